"""Permits and last places across real processes: a sweep killed in the middle, two workers after one place."""

import asyncio
import signal
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from dunwell.contact.model import Channel
from dunwell.contact.model.permits import UsePermit
from dunwell.contact.use_cases.permits import ask_permit, reveal_permit
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, VerdictId
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.gate import late_borrowers
from tests.builders.messages import Debtors, Reminders, some_debtors, some_reminders
from tests.builders.permits import a_call, recording
from tests.conftest import Advance
from tests.workers.conftest import eventually, states, sweep, workers
from tests.workers.test_kills import Moment, held_at

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

UNUSED, SHOWN = 30, 10
MIDDLE = Moment("in the sweep", "UPDATE ON t_acme.permits", "NEW.state = 'overdue'", unknown=False)
CLAIM = Moment("in the claim", "UPDATE ON t_acme.messages", "NEW.state = 'claimed'", unknown=False)
BLOCKED = """
SELECT count(*)
  FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event IN ('transactionid', 'tuple')
"""


async def given_out(tx: TenantTx, _: None) -> list[VerdictId]:
    """Permits of which the first ones are never shown."""
    permits: list[VerdictId] = []
    for number, borrower in enumerate(await late_borrowers(tx, UNUSED + SHOWN)):
        asked = await ask_permit(tx, a_call(borrower))
        assert asked.permit is not None, asked.verdict.reasons
        permits.append(asked.permit.id)
        if number >= UNUSED:
            await reveal_permit(tx, UsePermit(asked.permit.id))
    return permits


async def standing(tx: TenantTx, permits: list[VerdictId]) -> dict[str, Counter[str]]:
    """What became of them: states, touches, places, acts in the audit log."""
    questions = {
        "states": "SELECT state FROM permits WHERE id = ANY ($1::uuid[])",
        "touches": "SELECT outcome FROM contacts WHERE id = ANY ($1::uuid[])",
        "places": "SELECT counter FROM contact_slots WHERE verdict_id = ANY ($1::uuid[])",
        "acts": "SELECT action FROM audit_events WHERE subject = ANY ($1::uuid[]::text[])",
    }
    return {name: Counter(row[0] for row in await tx.rows(sql, permits)) for name, sql in questions.items()}


async def test_a_sweep_that_is_killed_is_done_by_the_next(
    settings: Settings, database: Database, acme: Caller, noon: None, advance: Advance, tmp_path: Path
):
    await database.run(acme, recording, {})
    permits = await database.run(acme, given_out, None)
    await advance(acme, timedelta(minutes=10))
    before = await database.read(acme, standing, permits)
    async with held_at(settings.database_url, MIDDLE) as somebody_waits:
        await sweep(settings.database_url)
        async with workers(settings, "schedule", log=tmp_path / "killed.log") as worker:
            assert await eventually(somebody_waits), (tmp_path / "killed.log").read_text()
            worker.kill()
    assert await database.read(acme, standing, permits) == before, "half a sweep is none"
    await sweep(settings.database_url)

    async def closed() -> bool:
        return not {"issued", "revealed"} & set((await database.read(acme, standing, permits))["states"])

    async with workers(settings, "schedule", log=tmp_path / "next.log"):
        assert await eventually(closed), (tmp_path / "next.log").read_text()
        await sweep(settings.database_url)
        await asyncio.sleep(6)
    after = await database.read(acme, standing, permits)
    assert after["states"] == {"released": UNUSED, "overdue": SHOWN}
    assert after["touches"] == {"not_made": UNUSED, "unknown": SHOWN}
    assert after["places"] == {"voice_day": SHOWN, "touch_day": SHOWN}
    acts = after["acts"]
    assert (acts["permit.released"], acts["permit.overdue"]) == (UNUSED, SHOWN), "each is told once"


async def test_of_two_worker_processes_one_gets_each_last_place(
    settings: Settings, database: Database, acme: Caller, noon: None, tmp_path: Path
):
    """A text and an e-mail to each borrower are due, and one message a day is allowed.

    The first process is stopped in the middle of claiming the texts; the second claims the e-mails to the same
    borrowers, and has to wait for the places.
    """
    debtors = await database.run(acme, some_debtors, Debtors(40))
    for channel in (Channel.SMS, Channel.EMAIL):
        await database.run(acme, some_reminders, Reminders(debtors, channel))
    people = [each.borrower for each in debtors]
    lanes = ("messages", "schedule")
    async with AsyncExitStack() as stack:
        connection = await asyncpg.connect(settings.database_url)
        stack.push_async_callback(connection.close)

        async def another_waits() -> bool:
            return bool(await connection.fetchval(BLOCKED))

        async with held_at(settings.database_url, CLAIM) as somebody_waits:
            first = await stack.enter_async_context(workers(settings, *lanes, log=tmp_path / "first.log"))
            await sweep(settings.database_url)
            assert await eventually(somebody_waits), (tmp_path / "first.log").read_text()
            first.process.send_signal(signal.SIGSTOP)
            await stack.enter_async_context(workers(settings, *lanes, log=tmp_path / "second.log"))
            await sweep(settings.database_url)
            assert await eventually(another_waits), (tmp_path / "second.log").read_text()
            first.process.send_signal(signal.SIGCONT)

        async def one_each() -> bool:
            return await database.read(acme, states, people) == {"accepted": 40, "held": 40}

        assert await eventually(one_each), (tmp_path / "second.log").read_text()
    places = await database.read(acme, places_of, people)
    assert places == {"message_day": 40, "touch_day": 40}
    assert await database.read(acme, reached, people) == dict.fromkeys(people, 1)


async def places_of(tx: TenantTx, people: list[BorrowerId]) -> Counter[str]:
    taken = "SELECT counter FROM contact_slots WHERE borrower_id = ANY ($1::uuid[]) AND window_on = $2"
    return Counter(row["counter"] for row in await tx.rows(taken, people, tx.today))


async def reached(tx: TenantTx, people: list[BorrowerId]) -> Counter[BorrowerId]:
    """How many messages each of them was sent."""
    sent = "SELECT borrower_id FROM messages WHERE borrower_id = ANY ($1::uuid[]) AND state = 'accepted'"
    return Counter(row["borrower_id"] for row in await tx.rows(sent, people))
