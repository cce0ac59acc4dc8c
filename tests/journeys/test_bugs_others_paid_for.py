"""Acceptance tests from what users of other systems met: whole stories from cadence to sandbox."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from dunwell.channels.dispatch import ProviderPool
from dunwell.contact.model import Channel, HoldKind, LiftHold, OptOut, PlaceHold
from dunwell.contact.use_cases import lift_hold, opt_out, place_hold
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, HoldId
from dunwell.kernel.money import Money
from dunwell.lanes.facts import drain_facts
from dunwell.lanes.items import drain_bulk
from dunwell.lanes.messages import drain_messages
from dunwell.lanes.planning import plan_day
from dunwell.lanes.registry import HANDLERS, REACTIONS
from dunwell.loans.model import RecordPayment, ReversePayment
from dunwell.loans.use_cases import record_payment, reverse_payment
from dunwell.storage.tenant import Database
from dunwell.strategy.model import PlanBatch, StepOutcome
from dunwell.strategy.use_cases import plan_batch
from tests.builders.messages import Debtor, Debtors, some_debtors
from tests.builders.strategy import (
    Cadences,
    a_cadence,
    a_step,
    messages_of,
    steps_of,
    today_of,
    with_cadences,
)
from tests.conftest import Advance
from tests.workers.conftest import noon, providers

__all__ = ["noon", "providers"]

Send = Callable[[], Awaitable[int]]
DAILY = a_cadence(*(a_step(day, at="11:00") for day in range(1, 8)))


@pytest.fixture
async def send(database: Database, acme: Caller, providers: ProviderPool, noon: None) -> Send:
    async def all_due() -> int:
        return (await drain_messages(database, acme, providers, None)).counts.get("accepted", 0)

    await database.run(acme, with_cadences, Cadences([DAILY]))
    return all_due


async def _pay(database: Database, acme: Caller, debtor: Debtor, reference: str) -> RecordPayment:
    today = await database.read(acme, today_of, None)
    return RecordPayment(debtor.dues[0].loan, reference, Money(100_00, "CNY"), today)


async def test_4_a_payment_in_the_middle_of_the_run_is_taken_and_no_reminder_follows(
    database: Database, acme: Caller, send: Send
):
    debtors = await database.run(acme, some_debtors, Debtors(4, days_late=1))
    first = await database.run(acme, plan_batch, PlanBatch(limit=2))
    assert first.more_after is not None
    for each in debtors:
        await database.run(acme, record_payment, await _pay(database, acme, each, f"mid-{each.borrower}"))
    await database.run(acme, plan_batch, PlanBatch(after=first.more_after, limit=2))
    assert await send() == 0
    became = await database.read(acme, messages_of, [each.borrower for each in debtors])
    assert became == {"cancelled": 2}, (
        "two were planned before they paid, and two paid before they were planned"
    )


# An open grievance stops the agency only, a wedding calls and visits.
STOPS_PART = (HoldKind.GRIEVANCE, HoldKind.MARRIAGE)


@pytest.mark.parametrize("kind", [kind for kind in HoldKind if kind not in STOPS_PART])
async def test_7_nobody_is_reminded_while_collection_is_stopped(
    kind: HoldKind, database: Database, acme: Caller, advance: Advance, send: Send
):
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    today = await database.read(acme, today_of, None)
    # The cn pack gives a breathing space no length of its own: its end is said.
    until = today + timedelta(days=30) if kind is HoldKind.BREATHING_SPACE else None
    hold = PlaceHold(HoldId(uuid4()), debtor.borrower, kind, "told us", until_on=until)
    await database.run(acme, place_hold, hold)
    for _ in range(3):
        await plan_day(database, acme)
        assert await send() == 0
        await advance(acme, timedelta(days=1))
    rows = await steps_of(database, acme, debtor.dues[0].loan)
    assert rows
    assert all(row.verdict is not None for row in rows), "each step says why"


async def test_7_reminders_go_on_when_the_stop_is_lifted(
    database: Database, acme: Caller, advance: Advance, send: Send
):
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    hold = HoldId(uuid4())
    await database.run(acme, place_hold, PlaceHold(hold, debtor.borrower, HoldKind.MANUAL, "on holiday"))
    await plan_day(database, acme)
    assert await send() == 0
    await advance(acme, timedelta(days=1))
    await database.run(acme, lift_hold, LiftHold(hold, "back"))
    await plan_day(database, acme)
    assert await send() == 1


@pytest.mark.parametrize("when", ["before the plan", "between plan and send"])
async def test_8_an_opt_out_ends_in_a_final_state_with_a_reason(
    when: str, database: Database, acme: Caller, advance: Advance, send: Send
):
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    if when == "between plan and send":
        await plan_day(database, acme)
    await database.run(acme, opt_out, OptOut(debtor.borrower, Channel.EMAIL, "reply"))
    for _ in range(3):
        await plan_day(database, acme)
        assert await send() == 0
        await advance(acme, timedelta(days=1))
    open_states = {"planned", "held", "claimed", "submitting"}
    assert not open_states & set(await database.read(acme, messages_of, [debtor.borrower]))
    rows = await steps_of(database, acme, debtor.dues[0].loan)
    assert {row.outcome for row in rows} <= {StepOutcome.PLANNED, StepOutcome.DENIED}
    assert all(row.reason for row in rows if row.outcome is StepOutcome.DENIED)


async def test_a_payment_taken_back_is_planned_again_through_its_fact(
    database: Database, acme: Caller, send: Send
):
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    paid = await database.run(
        acme, record_payment, await _pay(database, acme, debtor, f"fact-{debtor.borrower}")
    )
    await plan_day(database, acme)
    assert await send() == 0
    await database.run(
        acme, reverse_payment, ReversePayment(paid.payment, f"undo-{debtor.borrower}", "bounced")
    )
    await drain_facts(database, acme, REACTIONS)
    await drain_bulk(database, acme, HANDLERS)
    assert await send() == 1


async def test_a_whole_cadence_reaches_a_borrower_once_a_day_and_stops_with_the_payment(
    database: Database, acme: Caller, advance: Advance, send: Send
):
    debtors = await database.run(acme, some_debtors, Debtors(3, days_late=0, loans_each=2))
    people: list[BorrowerId] = [each.borrower for each in debtors]
    sent: list[int] = []
    for day in range(6):
        await plan_day(database, acme)
        sent.append(await send())
        if day == 3:
            for number, due in enumerate(debtors[0].dues):
                today = await database.read(acme, today_of, None)
                payment = RecordPayment(due.loan, f"end-{due.loan}-{number}", Money(100_00, "CNY"), today)
                await database.run(acme, record_payment, payment)
        await advance(acme, timedelta(days=1))
    assert sent[0] == 0, "nothing is overdue on the due date"
    assert max(sent) <= 3, "one message a day for all loans of a borrower"
    assert sent[1] == 3
    became = await database.read(acme, messages_of, people)
    assert set(became) <= {"accepted", "delivered", "held", "denied", "expired", "planned"}
    assert all(count <= 2 for count in sent[4:]), "whoever paid is left alone"
