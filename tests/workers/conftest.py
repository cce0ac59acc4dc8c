"""Noon in Shanghai, real worker processes, and a mail server that can be held at any moment."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from dunwell.channels.dispatch import ProviderPool
from dunwell.channels.model import ListMessages, MessageState
from dunwell.channels.use_cases import list_messages
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.opening import Register
from tests.builders.messages import Debtor, Debtors, some_debtors
from tests.builders.strategy import Cadences, a_cadence, a_step, with_cadences
from tests.conftest import Advance
from tests.fakes.smtp_server import MailSink
from tests.strategy.conftest import to_hour
from workers.connections import open_redis
from workers.doorbell import QUEUE_OF_LANE, Doorbell
from workers.job import Workshop

ROOT: Final = Path(__file__).parents[2]
STATES: Final = """
SELECT message.state, borrower.id AS borrower
  FROM messages AS message JOIN borrowers AS borrower ON borrower.id = message.borrower_id
 WHERE borrower.id = ANY ($1::uuid[])
"""
SETTLE: Final = "UPDATE loans SET state = 'closed', past_due_since = NULL WHERE state = 'open'"
CLEAR: Final = "UPDATE messages SET state = 'cancelled', lease_until = NULL WHERE state NOT IN ('cancelled')"
FORGET: Final = "DELETE FROM work_items"
LAPSE: Final = "UPDATE messages SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL"
AWAKE: Final = "UPDATE channel_states SET paused_until = NULL, failures = 0"


async def _clear(tx: TenantTx, _: None) -> None:
    for statement in (SETTLE, CLEAR, FORGET, AWAKE):
        await tx.execute(statement)


async def lapse(tx: TenantTx, _: None) -> None:
    """Every lease has run out, and no channel rests."""
    await tx.execute(LAPSE)
    await tx.execute(AWAKE)


async def states(tx: TenantTx, people: Sequence[BorrowerId]) -> Counter[str]:
    """What became of the messages to some borrowers."""
    return Counter(row["state"] for row in await tx.rows(STATES, list(people)))


@pytest.fixture
async def noon(database: Database, acme: Caller, advance: Advance) -> None:
    await database.run(acme, _clear, None)
    await to_hour(database, acme, advance, 12)


@pytest.fixture
async def providers(database: Database) -> AsyncIterator[ProviderPool]:
    pool = ProviderPool(database)
    yield pool
    await pool.aclose()


@pytest.fixture
async def workshop(
    database: Database, providers: ProviderPool, settings: Settings
) -> AsyncIterator[Workshop]:
    """What the jobs of a process share, in this one."""
    bell = Doorbell(open_redis(settings.redis_url, queue=QUEUE_OF_LANE["messages"], hasty=True))
    yield Workshop(database, Register(database), providers, bell)
    await bell.aclose()


def by_mail(sink: MailSink) -> dict[str, Any]:
    """`channels.toml` with e-mail by SMTP to this sink."""
    smtp = {"host": "127.0.0.1", "port": sink.port, "tls": "none"}
    return {
        "email": {"provider": "smtp", "sender": "notice@acme.test", "sender_name": "安信分期", "smtp": smtp}
    }


async def reminded_by_mail(database: Database, acme: Caller, sink: MailSink, count: int) -> list[Debtor]:
    """Borrowers whose first reminder is due now and goes to the sink."""
    cadence = a_cadence(a_step(1, at="11:00"))
    await database.run(acme, with_cadences, Cadences([cadence], channels=by_mail(sink)))
    debtors: list[Debtor] = []
    for first in range(0, count, 500):
        batch = Debtors(min(500, count - first), days_late=1, first=first)
        debtors += await database.run(acme, some_debtors, batch)
    return debtors


@dataclass
class WorkerProcess:
    """A real `python -m workers`."""

    process: asyncio.subprocess.Process

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is said."""
        self.process.kill()

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


@asynccontextmanager
async def workers(settings: Settings, *lanes: str, log: Path | None = None) -> AsyncIterator[WorkerProcess]:
    """A worker process on the module's database and Redis; ended at the end."""
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DUNWELL_MASTER_KEY": settings.master_key,
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "DUNWELL_LOG_FORMAT": "text",
    }
    with (log or Path(os.devnull)).open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "workers", *lanes, env=environment, cwd=ROOT, stdout=output, stderr=output
        )
    try:
        yield WorkerProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def eventually(what: Callable[[], Any], seconds: float = 45.0) -> Any:
    """Wait until it is so; its answer."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = await what()
        if found or asyncio.get_running_loop().time() > end:
            return found
        await asyncio.sleep(0.05)


async def sweep(dsn: str) -> None:
    """The sweep interval is over: the next tick looks at every tenant."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE control.schedules SET next_run_at = now(), lease_until = NULL")
    finally:
        await connection.close()


async def at_rest(database: Database, acme: Caller, debtors: list[Debtor]) -> Counter[str]:
    final = {"accepted", "unknown"}

    async def ended() -> Counter[str] | None:
        became = await database.read(acme, states, [each.borrower for each in debtors])
        return became if set(became) <= final and became.total() == len(debtors) else None

    await eventually(ended, 60)
    return await database.read(acme, states, [each.borrower for each in debtors])


async def listed_unknown(database: Database, acme: Caller, debtors: list[Debtor]) -> int:
    """Unknown outcomes are listed for a person to settle."""
    query = ListMessages(state=MessageState.UNKNOWN, limit=500)
    people = {each.borrower for each in debtors}
    return sum(row.borrower in people for row in (await database.read(acme, list_messages, query)).rows)
