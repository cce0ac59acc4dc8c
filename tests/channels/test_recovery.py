"""Lost answers, dead workers, a database that was away: nothing lost, nothing twice, the rest counted."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from dunwell.channels import use_cases
from dunwell.channels.dispatch import ProviderPool
from dunwell.channels.model import (
    Accepted,
    ClaimBatch,
    HandOver,
    MessageState,
    NotUnknown,
    Outcome,
    SettleUnknown,
)
from dunwell.channels.sending import send_batch
from dunwell.contact.model import Channel
from dunwell.kernel.caller import Caller
from dunwell.storage.pool import DatabaseUnavailable
from dunwell.storage.tenant import Database
from tests.builders.messages import (
    Debtors,
    Reminders,
    some_debtors,
    some_reminders,
    with_channels,
)
from tests.channels.conftest import (
    awake,
    by_mail,
    contacts,
    got,
    lapse,
    pay,
    reasons,
    remind,
    send_all,
    slots,
    states,
)
from tests.conftest import Advance
from tests.fakes.smtp_server import MailFault, MailSink, mail_server


@pytest.mark.parametrize("fault", [MailFault.DROP_AFTER_DATA, MailFault.DROP_BEFORE_KEEPING])
async def test_a_lost_reply_is_unknown_and_never_sent_again(
    database: Database, acme: Caller, pool: ProviderPool, fault: MailFault, advance: Advance
):
    people = await database.run(acme, some_debtors, Debtors(5))
    lost = people[2].email
    async with mail_server(MailSink(faults={lost: fault})) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids = await database.run(acme, some_reminders, Reminders(people))
        await send_all(database, acme, pool)
        sink.faults.clear()
        await advance(acme, timedelta(hours=24))
        await send_all(database, acme, pool)
    assert sink.per_recipient()[lost] == (1 if fault is MailFault.DROP_AFTER_DATA else 0)
    assert got(sink, [each.email for each in people if each.email != lost]) == [1] * 4
    assert await database.read(acme, states, ids) == {"accepted": 4, "unknown": 1}
    assert await database.read(acme, contacts, ids) == {"sent": 4, "unknown": 1}
    counts = await database.read(acme, use_cases.message_counts, None)
    assert any(each.state is MessageState.UNKNOWN and each.messages >= 1 for each in counts)


async def test_a_person_settles_what_nobody_knew(database: Database, acme: Caller, pool: ProviderPool):
    people = await database.run(acme, some_debtors, Debtors(2))
    faults = dict.fromkeys((each.email for each in people), MailFault.DROP_AFTER_DATA)
    async with mail_server(MailSink(faults=faults)) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids = await database.run(acme, some_reminders, Reminders(people))
        await send_all(database, acme, pool)
        await database.run(acme, use_cases.settle_unknown, SettleUnknown(ids[0], arrived=True, note="seen"))
        await database.run(acme, use_cases.settle_unknown, SettleUnknown(ids[1], arrived=False, note="no"))
        await send_all(database, acme, pool)
    assert await database.read(acme, states, ids) == {"accepted": 1, "rejected": 1}
    assert await database.read(acme, slots, ids[1:]) == 0
    assert len(sink.kept) == 2
    with pytest.raises(NotUnknown):
        await database.run(acme, use_cases.settle_unknown, SettleUnknown(ids[0], arrived=True, note="again"))


async def test_a_refusal_for_now_is_tried_again_later(
    database: Database, acme: Caller, pool: ProviderPool, advance: Advance
):
    people = await database.run(acme, some_debtors, Debtors(3))
    async with mail_server(MailSink(faults={people[0].email: MailFault.REFUSE_FOR_NOW})) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids = await database.run(acme, some_reminders, Reminders(people))
        await send_all(database, acme, pool)
        assert await database.read(acme, states, ids) == {"accepted": 2, "planned": 1}
        assert await database.read(acme, reasons, ids[:1]) == {"retry:temporary": 1}
        sink.faults.clear()
        await advance(acme, timedelta(minutes=6))
        await send_all(database, acme, pool)
    assert got(sink, [each.email for each in people]) == [1] * 3
    assert await database.read(acme, states, ids) == {"accepted": 3}


async def test_a_worker_that_died_before_handing_over_loses_nothing(
    database: Database, acme: Caller, pool: ProviderPool
):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids, addresses = await remind(database, acme, Debtors(6))
        claimed = await database.run(acme, use_cases.claim_batch, ClaimBatch(Channel.EMAIL, 10))
        assert len(claimed.outgoing) == 6
        assert (await send_batch(database, acme, pool, 10)).idle
        await database.run(acme, lapse, None)
        reaped = await database.run(acme, use_cases.reap, 100)
        assert (reaped.released, reaped.unknown) == (6, 0)
        assert await database.read(acme, slots, ids) == 0
        await send_all(database, acme, pool)
        held = {each.message: each.token for each in claimed.outgoing}
        late = await database.run(acme, use_cases.hand_over, HandOver(held))
    assert (late.go, late.lost) == (set(), 6)
    assert got(sink, addresses) == [1] * 6


async def test_a_worker_that_died_while_handing_over_leaves_unknowns(
    database: Database, acme: Caller, pool: ProviderPool
):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids, _ = await remind(database, acme, Debtors(4))
        claimed = await database.run(acme, use_cases.claim_batch, ClaimBatch(Channel.EMAIL, 10))
        held = {each.message: each.token for each in claimed.outgoing}
        await database.run(acme, use_cases.hand_over, HandOver(held))
        await database.run(acme, lapse, None)
        reaped = await database.run(acme, use_cases.reap, 100)
        assert (reaped.released, reaped.unknown) == (0, 4)
        await send_all(database, acme, pool)
    assert not sink.kept
    assert await database.read(acme, states, ids) == {"unknown": 4}
    assert await database.read(acme, contacts, ids) == {"unknown": 4}
    first = claimed.outgoing[0]
    answer = Outcome(first.message, first.attempt, first.token, Accepted("late"))
    settled = await database.run(acme, use_cases.record_outcomes, [answer])
    assert settled.accepted == 1
    assert await database.read(acme, states, ids) == {"unknown": 3, "accepted": 1}


class Shaky(Database):
    """A database that is away for a moment after every hand-over."""

    def __init__(self, steady: Database) -> None:
        self._steady = steady
        self.away = 0

    async def read(self, *arguments: Any) -> Any:
        return await self._steady.read(*arguments)

    async def run(self, caller: Caller, use_case: Any, command: Any) -> Any:
        if use_case is use_cases.record_outcomes and self.away:
            self.away -= 1
            raise DatabaseUnavailable("restarting")
        result = await self._steady.run(caller, use_case, command)
        if use_case is use_cases.advance:
            self.away = 2
        return result


async def test_an_answer_is_written_even_if_the_database_was_away(
    database: Database, acme: Caller, pool: ProviderPool
):
    async with mail_server(MailSink()) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids, addresses = await remind(database, acme, Debtors(5))
        sent = await send_batch(Shaky(database), acme, pool, 10)
        await send_all(database, acme, pool)
    assert sent.accepted == 5
    assert got(sink, addresses) == [1] * 5
    assert await database.read(acme, states, ids) == {"accepted": 5}


async def test_an_answer_written_twice_is_kept_once(database: Database, acme: Caller):
    ids, _ = await remind(database, acme, Debtors(1))
    claimed = await database.run(acme, use_cases.claim_batch, ClaimBatch(Channel.EMAIL, 10))
    [one] = claimed.outgoing
    await database.run(acme, use_cases.hand_over, HandOver({one.message: one.token}))
    answer = [Outcome(one.message, one.attempt, one.token, Accepted("x"))]
    for _ in range(2):
        await database.run(acme, use_cases.record_outcomes, answer)
    _, attempts = await database.read(acme, use_cases.message, ids[0])
    assert [each.outcome for each in attempts[0].outcomes] == ["accepted"]


async def test_whatever_happens_at_once_nobody_is_mailed_twice(
    database: Database, acme: Caller, pool: ProviderPool
):
    """Four senders, a planner, a reaper, payments, and a server that refuses, delays and hangs up."""
    people = await database.run(acme, some_debtors, Debtors(160))
    kinds = [
        MailFault.REFUSE_RECIPIENT,
        MailFault.REFUSE_FOR_NOW,
        MailFault.DROP_AFTER_DATA,
        MailFault.DROP_BEFORE_KEEPING,
    ]
    faults = {each.email: kinds[position % 4] for position, each in enumerate(people[::8])}
    async with mail_server(MailSink(faults=faults)) as sink:
        await database.run(acme, with_channels, by_mail(sink))
        ids = await database.run(acme, some_reminders, Reminders(people))

        async def send() -> None:
            for _ in range(12):
                await database.run(acme, awake, None)
                await send_batch(database, acme, pool, 15)

        async def reap() -> None:
            for _ in range(10):
                await database.run(acme, use_cases.reap, 50)
                await asyncio.sleep(0.05)

        async def settle() -> None:
            for each in people[120:]:
                await database.run(acme, pay, [each])

        await asyncio.gather(send(), send(), send(), send(), reap(), settle())
        await database.run(acme, awake, None)
        await send_all(database, acme, pool)
    found = await database.read(acme, states, ids)
    mailed = sink.per_recipient()
    assert set(mailed.values()) == {1}
    assert sum(found.values()) == 160
    assert found["accepted"] <= len(mailed) <= found["accepted"] + found["unknown"]
    assert not found["claimed"]
    assert not found["submitting"]
    refused = {each for each, fault in faults.items() if fault is MailFault.REFUSE_RECIPIENT}
    assert not refused & set(mailed)
