"""Migrations: once each, checked, side by side, one tenant's trouble its own."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from dunwell.settings import Settings
from dunwell.storage import migrate
from dunwell.storage.migrate import Migration, Target, migrate_all, migrate_tenant, pending_of, stream

NewDatabase = Callable[[], Awaitable[Settings]]


async def run(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def test_eight_processes_migrate_one_tenant_once(new_database: NewDatabase) -> None:
    dsn = (await new_database()).database_url
    target = Target("t_racing", "t_racing", dsn)
    outcomes = await asyncio.gather(*(migrate_tenant(target) for _ in range(8)))
    assert not [outcome.problem for outcome in outcomes if outcome.problem]
    assert sorted(len(outcome.applied) for outcome in outcomes) == [0] * 7 + [len(stream("tenant"))]
    assert (await pending_of(target)).pending == ()


async def test_one_failing_tenant_does_not_stop_the_rest(new_database: NewDatabase) -> None:
    dsn = (await new_database()).database_url
    await run(dsn, "CREATE SCHEMA t_broken; CREATE TABLE t_broken.borrowers (id int)")
    names = ["t_one", "t_broken", "t_two", "t_three"]
    outcomes = await migrate_all([Target(name, name, dsn) for name in names])
    assert [outcome.schema for outcome in outcomes] == names
    assert [outcome.problem is None for outcome in outcomes] == [True, False, True, True]
    assert "borrowers" in (outcomes[1].problem or "")
    assert "0002" in outcomes[1].applied[-1], "what ran before the failing file stays"


async def test_a_file_edited_after_it_ran_is_refused(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = (await new_database()).database_url
    target = Target("t_edited", "t_edited", dsn)
    await migrate_tenant(target)
    first, *rest = stream("tenant")
    edited = (Migration(first.number, first.name, first.sql, "0" * 64), *rest)
    monkeypatch.setattr(migrate, "stream", lambda _: edited)
    assert "differs" in ((await migrate_tenant(target)).problem or "")


async def test_a_table_that_stays_locked_is_reported_and_nothing_is_half_done(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = (await new_database()).database_url
    target = Target("t_locked", "t_locked", dsn)
    await migrate_tenant(target)
    adding = Migration(
        len(stream("tenant")) + 1, "9999_pre_x.sql", "ALTER TABLE tokens ADD COLUMN x int", "x"
    )
    longer = (*stream("tenant"), adding)
    monkeypatch.setattr(migrate, "stream", lambda _: longer)
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(migrate, "TRIES", 2)
    holder = await asyncpg.connect(dsn)
    async with holder.transaction():
        await holder.execute("LOCK TABLE t_locked.tokens IN ACCESS SHARE MODE")
        assert "lock" in ((await migrate_tenant(target)).problem or "")
    await holder.close()
    assert (await migrate_tenant(target)).applied == ("9999_pre_x.sql",)


@pytest.mark.parametrize("schema", ["public", "t_x; DROP SCHEMA control", "T_UP", "t_"])
async def test_only_names_of_ours_reach_sql(settings: Settings, schema: str) -> None:
    outcomes = await migrate_all([Target(schema, schema, settings.database_url)])
    assert "not a" in (outcomes[0].problem or "")
