"""The runner: one transaction, one tenant, nothing left on the connection."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from dunwell.kernel.caller import Caller
from dunwell.settings import Settings
from dunwell.storage.pool import open_pool
from dunwell.storage.tenant import Database, TenantSuspended, TenantTx
from dunwell.storage.vault import Keyring
from dunwell.tenancy.model import NoTestClock
from dunwell.tenancy.use_cases import advance_clock

WHERE = "SELECT current_user::text AS role, current_setting('search_path') AS path"
PUT = """
INSERT INTO idempotency_keys (key, actor, route, request, created_at) VALUES ($1, 'a', 'r', '', now())
"""


async def where(tx: TenantTx, _: None) -> tuple[str, str]:
    row = await tx.row(WHERE)
    assert row is not None
    return row["role"], row["path"]


async def one_connection(settings: Settings, keyring: Keyring) -> tuple[Database, asyncpg.Pool]:
    pool = await open_pool(settings.database_url, name="one", size=1)
    return Database({"main": pool}, keyring), pool


async def test_two_tenants_on_one_connection_see_their_own_schema(
    settings: Settings, keyring: Keyring, acme: Caller, birch: Caller
) -> None:
    database, pool = await one_connection(settings, keyring)
    async with pool:
        for caller in (acme, birch, acme, birch):
            schema = caller.tenant.schema
            assert await database.run(caller, where, None) == (schema, f"{schema}, pg_temp")


async def test_nothing_survives_a_release_also_after_cancellation(
    settings: Settings, keyring: Keyring, acme: Caller
) -> None:
    database, pool = await one_connection(settings, keyring)

    async def slow(tx: TenantTx, _: None) -> None:
        await tx.execute("SELECT pg_sleep(5)")

    async with pool:
        for wait in (0.0, 0.001, 0.005, 0.02):
            task = asyncio.create_task(database.run(acme, slow, None))
            await asyncio.sleep(wait)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            async with pool.acquire() as connection:
                row = await connection.fetchrow(WHERE)
            assert (row["role"], row["path"]) == ("dunwell_app", "pg_catalog")


async def test_outside_a_transaction_the_login_reads_nothing(
    settings: Settings, keyring: Keyring, acme: Caller
) -> None:
    _, pool = await one_connection(settings, keyring)
    async with pool, pool.acquire() as connection:
        for table in (f"{acme.tenant.schema}.tokens", "control.tenants"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT count(*) FROM {table}")


async def test_a_tenants_role_reads_neither_another_tenant_nor_the_control_plane(
    database: Database, acme: Caller, birch: Caller
) -> None:
    async def peek(tx: TenantTx, table: str) -> None:
        await tx.rows(f"SELECT 1 FROM {table}")

    for table in (f"{birch.tenant.schema}.tokens", "control.tenants", "control.operator_tokens"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.run(acme, peek, table)


async def test_a_reader_cannot_write(database: Database, acme: Caller) -> None:
    async def write(tx: TenantTx, key: str) -> None:
        await tx.execute(PUT, key)

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await database.read(acme, write, "reader")


async def test_a_use_case_that_postgresql_wants_again_is_run_again(database: Database, acme: Caller) -> None:
    runs: list[int] = []

    async def use_case(tx: TenantTx, key: str) -> None:
        runs.append(1)
        await tx.execute(PUT, key)
        if len(runs) < 3:
            raise asyncpg.SerializationError("again")

    await database.run(acme, use_case, "retried")
    assert len(runs) == 3


async def test_what_fails_leaves_nothing_and_rings_no_bell(database: Database, acme: Caller) -> None:
    rung: list[str] = []

    async def bell(_: object, lane: str) -> None:
        rung.append(lane)

    async def fail(tx: TenantTx, key: str) -> None:
        tx.ring("facts")
        await tx.execute(PUT, key)
        raise LookupError

    async def count(tx: TenantTx, key: str) -> int:
        return await tx.value("SELECT count(*) FROM idempotency_keys WHERE key = $1", key)

    database.bell = bell
    try:
        with pytest.raises(LookupError):
            await database.run(acme, fail, "failed")
    finally:
        database.bell = None
    assert not rung
    assert await database.read(acme, count, "failed") == 0


async def test_a_lost_hint_does_not_turn_success_into_failure(database: Database, acme: Caller) -> None:
    async def bell(_: object, lane: str) -> None:
        raise ConnectionError(lane)

    async def ring(tx: TenantTx, _: None) -> str:
        tx.ring("facts")
        return "done"

    database.bell = bell
    try:
        assert await database.run(acme, ring, None) == "done"
    finally:
        database.bell = None


async def test_the_clock_of_a_sandbox_moves_and_only_its_own(
    database: Database, acme: Caller, birch: Caller
) -> None:
    async def now(tx: TenantTx, _: None) -> tuple[object, object]:
        return tx.now, tx.today

    before, _ = await database.read(acme, now, None)
    other, _ = await database.read(birch, now, None)
    await database.control(advance_clock, (acme.tenant, timedelta(days=30)))
    after, day = await database.read(acme, now, None)
    assert timedelta(days=30) <= after - before < timedelta(days=30, minutes=1)
    assert day == (after + timedelta(hours=8)).date()
    assert (await database.read(birch, now, None))[0] - other < timedelta(minutes=1)


async def test_only_a_sandbox_has_a_test_clock(database: Database, acme: Caller) -> None:
    with pytest.raises(NoTestClock):
        await database.control(advance_clock, (replace(acme.tenant, sandbox=False), timedelta(days=1)))


async def test_a_suspended_tenant_is_read_and_not_changed(database: Database, acme: Caller) -> None:
    suspended = replace(acme, tenant=replace(acme.tenant, suspended=True))
    with pytest.raises(TenantSuspended):
        await database.run(suspended, where, None)
    assert (await database.read(suspended, where, None))[0] == acme.tenant.role
