"""PostgreSQL restarted in the middle of a run; on servers of its own, because every connection breaks."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dunwell.embedded.servers import Servers, running
from dunwell.embedded.settings import programs
from dunwell.kernel.caller import Caller
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from tests.conftest import _furnish
from tests.fakes.smtp_server import MailSink, mail_server
from tests.workers.conftest import (
    at_rest,
    eventually,
    lapse,
    listed_unknown,
    reminded_by_mail,
    sweep,
    workers,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
async def own_servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    with running(tmp_path_factory.mktemp("own"), durable=False, programs=programs()) as started:
        yield started


@pytest.fixture(scope="module")
async def settings(own_servers: Servers, master_key: str) -> Settings:
    found = Settings({"main": own_servers.postgres_dsn}, own_servers.redis_url, master_key)
    await _furnish(found)
    return found


async def test_postgres_restarted_during_a_run(
    settings: Settings, database: Database, acme: Caller, noon: None, tmp_path: Path, own_servers: Servers
):
    postgres = own_servers.postgres
    assert postgres is not None
    async with mail_server(MailSink()) as sink:
        debtors = await reminded_by_mail(database, acme, sink, 300)
        async with workers(settings, log=tmp_path / "worker.log") as worker:

            async def some() -> bool:
                return len(sink.kept) > 20

            assert await eventually(some), (tmp_path / "worker.log").read_text()
            await asyncio.to_thread(postgres.stop)
            postgres.start()
            await database.run(acme, lapse, None)
            await sweep(settings.database_url)
            became = await at_rest(database, acme, debtors)
            assert worker.process.returncode is None, "the worker outlived it"
        assert became["accepted"] + became["unknown"] == 300, "none is lost"
        assert max(sink.per_recipient().values()) == 1, "none is sent twice"
        assert became["unknown"] == await listed_unknown(database, acme, debtors)
