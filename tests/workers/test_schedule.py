"""The schedule on a real database: caught up, once, and one tenant's trouble is its own."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from dunwell.kernel.caller import Caller
from dunwell.lanes import use_cases
from dunwell.storage import work
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.work import Work
from tests.builders.messages import Debtors, Reminders, some_debtors, some_reminders
from tests.workers.conftest import sweep
from workers import jobs
from workers.doorbell import QUEUE_OF_LANE
from workers.job import JOBS, Workshop
from workers.schedule import EVERY

ROWS = """
SELECT tenants.slug, schedules.name, schedules.failures, schedules.last_error, schedules.lease_token,
       schedules.next_run_at > now() AS later
  FROM control.schedules JOIN control.tenants ON tenants.id = schedules.tenant_id
 ORDER BY tenants.slug, schedules.name
"""


async def rows(dsn: str) -> dict[tuple[str, str], asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return {(row["slug"], row["name"]): row for row in await connection.fetch(ROWS)}
    finally:
        await connection.close()


async def tick(workshop: Workshop) -> None:
    await JOBS["schedule.tick"].run({"workshop": workshop})


async def test_8_what_fell_due_while_nobody_ran_is_run_once(workshop: Workshop, dsn: str):
    """arq's cron has no catch-up; the rows have."""
    await tick(workshop)
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE control.schedules SET next_run_at = now() - interval '9 days'")
    await connection.close()
    before = await rows(dsn)
    await tick(workshop)
    after = await rows(dsn)
    assert set(after) == {(slug, name) for slug in ("acme", "birch") for name in EVERY}
    for place, row in after.items():
        assert row["lease_token"] == before[place]["lease_token"] + 1, "nine days are one run"
        assert row["later"]


async def test_two_ticks_at_once_run_each_row_once(workshop: Workshop, dsn: str):
    await tick(workshop)
    await sweep(dsn)
    before = await rows(dsn)
    await asyncio.gather(*(tick(workshop) for _ in range(5)))
    after = await rows(dsn)
    assert all(after[place]["lease_token"] == before[place]["lease_token"] + 1 for place in after)


async def test_one_tenants_trouble_is_its_own(workshop: Workshop, dsn: str):
    await tick(workshop)
    connection = await asyncpg.connect(dsn)
    await connection.execute("ALTER TABLE t_birch.work_items RENAME TO away")
    await sweep(dsn)
    try:
        await tick(workshop)
        after = await rows(dsn)
    finally:
        await connection.execute("ALTER TABLE t_birch.away RENAME TO work_items")
        await connection.close()
    assert after["birch", "look"]["failures"] == 1
    assert "UndefinedTable" in after["birch", "look"]["last_error"]
    assert after["acme", "look"]["failures"] == 0
    await sweep(dsn)
    await tick(workshop)
    assert (await rows(dsn))["birch", "look"]["failures"] == 0


async def test_a_look_rings_every_lane_with_due_work(
    workshop: Workshop, database: Database, acme: Caller, noon: None, dsn: str
):
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    await database.run(acme, some_reminders, Reminders([debtor]))

    async def a_fact(tx: TenantTx, _: None) -> None:
        await work.add(
            tx, [Work("facts", "fact", "f", tx.now, {}), Work("bulk", "later", "b", tx.now + _DAY)]
        )

    await database.run(acme, a_fact, None)
    lanes = await database.run(acme, use_cases.look, None)
    assert set(lanes) == {"messages", "facts", "bulk", "audit"}, "bulk holds the day's plan"
    await workshop.doorbell._redis.flushall()
    await sweep(dsn)
    await tick(workshop)
    for lane in lanes:
        queued = await workshop.doorbell._redis.zrange(QUEUE_OF_LANE[lane], 0, -1)
        assert any(f"drain:acme:{lane}:".encode() in each for each in queued), lane


_DAY = timedelta(days=1)


async def test_without_redis_a_look_still_ends_well(
    workshop: Workshop, dsn: str, monkeypatch: pytest.MonkeyPatch
):
    async def away(slug: str, lane: str) -> None:
        raise ConnectionError(slug, lane)

    monkeypatch.setattr(type(workshop.doorbell), "ring", lambda _self, slug, lane: away(slug, lane))
    await sweep(dsn)
    await tick(workshop)
    assert (await rows(dsn))["acme", "look"]["failures"] == 0


async def test_a_job_of_a_tenant_that_is_gone_ends_well(workshop: Workshop):
    for name in jobs.ALL - {"schedule.tick"}:
        await JOBS[name].run({"workshop": workshop}, "nobody")


async def test_tidying_forgets_what_was_done_long_ago(database: Database, acme: Caller):
    async def old(tx: TenantTx, _: None) -> None:
        await tx.execute("DELETE FROM work_items")
        await work.add(tx, [Work("bulk", "test", key, tx.now) for key in ("old", "young", "open")])
        await tx.execute("UPDATE work_items SET state = 'done' WHERE dedupe_key <> 'open'")
        await tx.execute(
            "UPDATE work_items SET created_at = created_at - interval '8 days' WHERE dedupe_key <> 'young'"
        )

    await database.run(acme, old, None)
    assert await database.run(acme, use_cases.tidy, None) == 1
