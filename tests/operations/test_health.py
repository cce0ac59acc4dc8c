"""Readiness and gauges: what they say when something is not there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx
import pytest
from prometheus_client import CollectorRegistry

from dunwell.app import create_app
from dunwell.kernel.caller import Caller
from dunwell.operations.gauges import Metrics
from dunwell.operations.use_cases import TenantHealth, all_health, summed
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.work import Waiting, Work, add
from dunwell.tenancy.opening import Register
from tests.conftest import NewDatabase
from tests.web.serving import client, running


@pytest.fixture
async def lonely(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A process whose Redis is not there."""
    async with (
        running(create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))) as app,
        client(app) as opened,
    ):
        yield opened


async def test_without_redis_the_process_lives_and_is_not_ready(lonely: httpx.AsyncClient):
    assert (await lonely.get("/health/live")).status_code == 200
    answer = await lonely.get("/health/ready")
    assert (answer.status_code, answer.json()["type"]) == (503, "health.not-ready")
    assert answer.headers["retry-after"]


async def test_an_unmigrated_control_plane_is_not_ready(new_database: NewDatabase):
    copy = await new_database()
    connection = await asyncpg.connect(copy.database_url)
    await connection.execute("DELETE FROM control.schema_versions WHERE number = 1")
    await connection.close()
    async with running(create_app(copy)) as app, client(app) as opened:
        answer = await opened.get("/health/ready")
    assert (answer.status_code, answer.json()["type"]) == (503, "health.not-ready")


@asynccontextmanager
async def _wire(dsn: str) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """A TCP address that leads to the database, until it is cut."""
    parts = urlsplit(dsn)
    socket_folder = parse_qs(parts.query).get("host", [""])[0]

    async def reach() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if socket_folder:
            return await asyncio.open_unix_connection(f"{socket_folder}/.s.PGSQL.{parts.port or 5432}")
        return await asyncio.open_connection(parts.hostname, parts.port or 5432)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                sink.write(data)
        sink.close()

    writers: list[asyncio.StreamWriter] = []

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await reach()
        writers.extend((writer, far_writer))
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    def cut() -> None:
        server.close()
        for writer in writers:
            writer.transport.abort()

    login = f"{parts.username}:{parts.password}" if parts.password else str(parts.username)
    try:
        yield f"postgresql://{login}@127.0.0.1:{port}{parts.path}?sslmode=disable", cut
    finally:
        cut()


async def test_without_postgresql_every_answer_is_a_503(new_database: NewDatabase):
    copy = await new_database()
    async with (
        _wire(copy.database_url) as (dsn, cut),
        running(create_app(replace(copy, cells={"main": dsn}))) as app,
        client(app, "dw_acme_" + "A" * 43) as opened,
    ):
        assert (await opened.get("/v1/me")).status_code == 401
        cut()
        for path in ("/v1/me", "/health/ready", "/v1/me"):
            answer = await opened.get(path)
            assert (answer.status_code, answer.json()["type"]) == (503, "storage.unavailable"), path
            assert answer.json()["detail"] == answer.json()["title"]
        assert (await opened.get("/health/live")).status_code == 200


async def _wait_for_work(tx: TenantTx, _: None) -> None:
    await add(tx, [Work("bulk", "test.kind", "one", tx.now - timedelta(minutes=5))])


async def test_gauges_show_the_oldest_due_item_and_what_is_not_sealed(
    database: Database, acme: Caller, birch: Caller
):
    await database.run(acme, _wait_for_work, None)
    health = {each.slug: each for each in await all_health(database, [acme.tenant, birch.tenant])}
    assert health["acme"].lag["bulk"] >= 300
    assert health["acme"].unsealed_events >= 1
    assert "bulk" not in health["birch"].lag
    text = (await Metrics(CollectorRegistry()).text(database, Register(database))).decode()
    assert 'dunwell_work_ready{lane="bulk"} 1.0' in text
    lag = next(
        line for line in text.splitlines() if line.startswith('dunwell_oldest_due_seconds{lane="bulk"}')
    )
    assert float(lag.split()[1]) >= 300


async def test_a_tenant_that_cannot_be_read_is_reported_and_stops_nothing(database: Database, acme: Caller):
    elsewhere = replace(acme.tenant, slug="elsewhere", cell="moon")
    lost, found = await all_health(database, [elsewhere, acme.tenant])
    assert lost.problem == "storage.unavailable"
    assert found.problem is None
    assert summed([lost, found]).failing == 1


def test_sums_take_the_worst_lag_and_the_sum_of_the_rest():
    at = datetime(2026, 11, 23, tzinfo=UTC)
    one = TenantHealth("a", False, (), (Waiting("bulk", 2, 0, 1, at),), {"bulk": 5.0}, 1, 10, None)
    two = TenantHealth("b", False, (), (Waiting("bulk", 3, 0, 0, at),), {"bulk": 9.0}, 2, 20, None)
    total = summed([one, two])
    assert (total.lag, total.ready, total.set_aside) == ({"bulk": 9.0}, {"bulk": 5}, {"bulk": 1})
    assert (total.unknown_messages, total.unsealed_events, total.tenants) == (3, 30, 2)
