"""Real worker processes, killed with SIGKILL at four moments; Redis flushed in the middle of a run.

The moments are made with triggers that wait for an advisory lock this test holds, and with a mail server that
keeps a message and does not answer: the process is killed exactly there, not roughly there.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as _policy
from pathlib import Path
from typing import cast

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from dunwell.kernel.caller import Caller
from dunwell.lanes.planning import plan_day
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from tests.builders.messages import Debtor
from tests.fakes.smtp_server import MailSink, mail_server
from tests.workers.conftest import (
    at_rest,
    eventually,
    lapse,
    listed_unknown,
    reminded_by_mail,
    states,
    sweep,
    workers,
)
from workers.connections import close_redis, open_redis

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

COUNT = 30
LOCK = 20161123
WAIT_AT = f"""
CREATE FUNCTION t_acme.wait_here() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock({LOCK}); RETURN NEW; END $$;
GRANT EXECUTE ON FUNCTION t_acme.wait_here() TO t_acme;
CREATE TRIGGER wait_here BEFORE %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION t_acme.wait_here();
"""
GO_ON = "DROP FUNCTION IF EXISTS t_acme.wait_here() CASCADE"
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted"


@dataclass(frozen=True)
class Moment:
    """Where the process waits when it is killed, and how many messages may be unknown afterwards."""

    name: str
    event: str
    condition: str
    unknown: bool


MOMENTS = [
    Moment("before the claim", "UPDATE ON t_acme.messages", "NEW.state = 'claimed'", unknown=False),
    Moment("after the claim", "UPDATE ON t_acme.messages", "NEW.state = 'submitting'", unknown=False),
    Moment("before the outcome", "INSERT ON t_acme.message_outcomes", "true", unknown=True),
]


@asynccontextmanager
async def held_at(dsn: str, moment: Moment) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Every process that comes to the moment waits there until the end; tells whether one does."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
    await connection.execute(WAIT_AT % (moment.event, moment.condition))

    async def somebody_waits() -> bool:
        return bool(await connection.fetchval(WAITING, LOCK))

    try:
        yield somebody_waits
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)
        await connection.execute(GO_ON)
        await connection.close()


async def _finish(
    settings: Settings, database: Database, acme: Caller, debtors: list[Debtor], log: Path
) -> Counter[str]:
    """A new worker finds everything; leases have run out and the sweep interval is over."""
    await database.run(acme, lapse, None)
    await sweep(settings.database_url)
    async with workers(settings, log=log):
        return await at_rest(database, acme, debtors)


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.name)
async def test_killed(
    moment: Moment, settings: Settings, database: Database, acme: Caller, noon: None, tmp_path: Path
):
    async with mail_server(MailSink()) as sink:
        debtors = await reminded_by_mail(database, acme, sink, COUNT)
        await plan_day(database, acme)
        async with held_at(settings.database_url, moment) as somebody_waits:
            await sweep(settings.database_url)
            async with workers(settings, log=tmp_path / "killed.log") as worker:
                assert await eventually(somebody_waits), (tmp_path / "killed.log").read_text()
                worker.kill()
        sent_before = Counter(sink.per_recipient())
        became = await _finish(settings, database, acme, debtors, tmp_path / "next.log")
        assert became["accepted"] + became["unknown"] == COUNT, "none is lost"
        assert max(sink.per_recipient().values()) == 1, "none is sent twice"
        assert became["unknown"] == await listed_unknown(database, acme, debtors)
        assert bool(became["unknown"]) == moment.unknown
        if moment.unknown:
            assert sent_before.total() == became["unknown"]
            assert sink.per_recipient().total() == COUNT
        else:
            assert sent_before.total() == 0


async def test_killed_after_the_provider_accepted(
    settings: Settings, database: Database, acme: Caller, noon: None, tmp_path: Path
):
    """The message is in the mailbox, and the answer never came: unknown, counted, never sent again."""
    async with silent_server(MailSink()) as (sink, kept, answer):
        debtors = await reminded_by_mail(database, acme, sink, COUNT)
        await plan_day(database, acme)
        await sweep(settings.database_url)
        async with workers(settings, log=tmp_path / "killed.log") as worker:
            await asyncio.wait_for(kept.wait(), 45)
            worker.kill()
        answer.set()
        taken = sink.per_recipient().total()
        became = await _finish(settings, database, acme, debtors, tmp_path / "next.log")
        assert became["accepted"] + became["unknown"] == COUNT
        assert became["unknown"] == await listed_unknown(database, acme, debtors) >= taken >= 1
        assert max(sink.per_recipient().values()) == 1


@asynccontextmanager
async def silent_server(sink: MailSink) -> AsyncIterator[tuple[MailSink, asyncio.Event, asyncio.Event]]:
    """Keeps messages and answers only once it may."""
    kept, answer = asyncio.Event(), asyncio.Event()

    class Silent:
        async def handle_DATA(  # noqa: N802 - aiosmtpd's name
            self, server: SMTP, session: Session, envelope: Envelope
        ) -> str:
            content = cast("bytes", envelope.content)
            sink.kept.append(cast("EmailMessage", message_from_bytes(content, policy=_policy)))
            kept.set()
            await answer.wait()
            return "250 OK"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Silent(), hostname="silent.test", enable_SMTPUTF8=False, loop=loop), "127.0.0.1", 0
    )
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink, kept, answer
    finally:
        answer.set()
        server.close()
        await asyncio.sleep(0)


async def test_redis_flushed_during_a_run(
    settings: Settings, database: Database, acme: Caller, noon: None, tmp_path: Path
):
    async with mail_server(MailSink()) as sink:
        debtors = await reminded_by_mail(database, acme, sink, 300)
        await sweep(settings.database_url)
        redis = open_redis(settings.redis_url, queue="any")
        async with workers(settings, log=tmp_path / "worker.log"):
            for least in (0, 50, 150):

                async def that_many(least: int = least) -> bool:
                    return len(sink.kept) > least

                assert await eventually(that_many), (tmp_path / "worker.log").read_text()
                await redis.flushall()
                await sweep(settings.database_url)
            became = await at_rest(database, acme, debtors)
        await close_redis(redis)
        assert became == {"accepted": 300}
        assert sink.per_recipient() == Counter(each.email for each in debtors)


async def test_a_worker_that_is_asked_to_stop_finishes_its_bite(
    settings: Settings, database: Database, acme: Caller, noon: None, tmp_path: Path
):
    """A deploy leaves nothing unknown."""
    async with mail_server(MailSink()) as sink:
        debtors = await reminded_by_mail(database, acme, sink, 300)
        await sweep(settings.database_url)
        async with workers(settings, log=tmp_path / "first.log") as worker:

            async def some() -> bool:
                return len(sink.kept) > 5

            assert await eventually(some), (tmp_path / "first.log").read_text()
            assert await worker.stop() == 0
        became = await database.read(acme, states, [each.borrower for each in debtors])
        assert not {"unknown", "submitting", "claimed"} & set(became)
        assert (await _finish(settings, database, acme, debtors, tmp_path / "next.log")) == {"accepted": 300}
        assert sink.per_recipient() == Counter(each.email for each in debtors)
