"""The six tests that the measured peers fail, with 1,000 reminders from cadence to a real SMTP sink.

Cadence, gate, outbox and send loop are those of the workers; only the dispatcher is left out.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from dunwell.channels.dispatch import ProviderPool
from dunwell.contact.model import HoldKind, PlaceHold
from dunwell.contact.use_cases import place_hold
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import HoldId
from dunwell.kernel.money import Money
from dunwell.lanes.messages import drain_messages
from dunwell.lanes.planning import plan_day
from dunwell.loans.model import RecordPayment
from dunwell.loans.use_cases import record_payments
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.messages import Debtor
from tests.builders.strategy import today_of
from tests.fakes.smtp_server import MailFault, MailSink, mail_server
from tests.workers.conftest import lapse, reminded_by_mail, states

COUNT = 1000

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with mail_server(MailSink()) as served:
        yield served


async def _send(database: Database, acme: Caller, providers: ProviderPool) -> None:
    await drain_messages(database, acme, providers, None)


async def _became(database: Database, acme: Caller, debtors: list[Debtor]) -> Counter[str]:
    return await database.read(acme, states, [each.borrower for each in debtors])


def _exactly(sink: MailSink, debtors: list[Debtor]) -> None:
    """Each of these got one message, and nobody else got any."""
    assert sink.per_recipient() == Counter(each.email for each in debtors)


async def test_the_send_action_twice(
    database: Database, acme: Caller, providers: ProviderPool, sink: MailSink, noon: None
):
    debtors = await reminded_by_mail(database, acme, sink, COUNT)
    for _ in range(2):
        await plan_day(database, acme)
        await _send(database, acme, providers)
    _exactly(sink, debtors)
    assert await _became(database, acme, debtors) == {"accepted": COUNT}


async def test_the_server_down_and_back(
    database: Database, acme: Caller, providers: ProviderPool, noon: None
):
    sink = MailSink()
    async with mail_server(sink):
        debtors = await reminded_by_mail(database, acme, sink, COUNT)
        await plan_day(database, acme)
    await _send(database, acme, providers)
    assert await _became(database, acme, debtors) == {"planned": COUNT}
    async with mail_server(sink, sink.port):
        for _ in range(3):
            await database.run(acme, lapse, None)
            await _send(database, acme, providers)
    _exactly(sink, debtors)
    assert await _became(database, acme, debtors) == {"accepted": COUNT}


async def test_ten_per_cent_of_recipients_refused(
    database: Database, acme: Caller, providers: ProviderPool, sink: MailSink, noon: None
):
    debtors = await reminded_by_mail(database, acme, sink, COUNT)
    refused = debtors[:: COUNT // 100]
    sink.faults = {each.email: MailFault.REFUSE_RECIPIENT for each in refused}
    await plan_day(database, acme)
    await _send(database, acme, providers)
    await _send(database, acme, providers)
    _exactly(sink, [each for each in debtors if each not in refused])
    assert await _became(database, acme, debtors) == {"accepted": COUNT - 100, "rejected": 100}


async def test_two_runs_at_once(
    database: Database, acme: Caller, providers: ProviderPool, sink: MailSink, noon: None
):
    debtors = await reminded_by_mail(database, acme, sink, COUNT)
    await asyncio.gather(*(plan_day(database, acme) for _ in range(2)))
    await asyncio.gather(*(_send(database, acme, providers) for _ in range(2)))
    _exactly(sink, debtors)
    assert await _became(database, acme, debtors) == {"accepted": COUNT}


async def test_a_hundred_held_between_plan_and_send(
    database: Database, acme: Caller, providers: ProviderPool, sink: MailSink, noon: None
):
    debtors = await reminded_by_mail(database, acme, sink, COUNT)
    await plan_day(database, acme)
    held = debtors[:100]

    async def hold(tx: TenantTx, _: None) -> None:
        for each in held:
            command = PlaceHold(HoldId(uuid4()), each.borrower, HoldKind.HARDSHIP, "asked for help")
            await place_hold(tx, command)

    await database.run(acme, hold, None)
    await _send(database, acme, providers)
    _exactly(sink, debtors[100:])
    became = await _became(database, acme, debtors)
    assert became["accepted"] == COUNT - 100
    assert became["denied"] + became["held"] == 100, "each with its verdict"


async def test_two_hundred_paid_between_plan_and_send(
    database: Database, acme: Caller, providers: ProviderPool, sink: MailSink, noon: None
):
    debtors = await reminded_by_mail(database, acme, sink, COUNT)
    await plan_day(database, acme)
    today = await database.read(acme, today_of, None)
    paid = [
        RecordPayment(each.dues[0].loan, f"paid-{each.borrower}", Money(100_00, "CNY"), today)
        for each in debtors[:200]
    ]
    await database.run(acme, record_payments, paid)
    await _send(database, acme, providers)
    _exactly(sink, debtors[200:])
    assert await _became(database, acme, debtors) == {"accepted": COUNT - 200, "cancelled": 200}
