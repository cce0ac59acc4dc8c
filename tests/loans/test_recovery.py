"""Charge-off and recovery, closing, one receipt over many loans, pay-off: how loans end."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    AskPayoff,
    ChargeOff,
    CloseLoan,
    Component,
    HappeningDiffers,
    HappeningInvalid,
    HappeningNotFound,
    ListHappenings,
    LoanClosed,
    LoanInvalid,
    LoanNotFound,
    LoanSettled,
    LoanState,
    LoanUnsettled,
    PaymentDiffers,
    PaymentInvalid,
    PostCharge,
    RecordPayment,
    ReversePayment,
    SplitPayment,
    UndoHappening,
)
from dunwell.loans.use_cases import (
    charge_off,
    close_loan,
    happening,
    list_happenings,
    loan,
    post_charge,
    quote_payoff,
    record_payment,
    reverse_payment,
    split_payment,
    undo_happening,
)
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.loans import a_new_loan, check_books, paid, postings_of, told

JAN, FEB, MAR, APR = date(2024, 1, 20), date(2024, 2, 20), date(2024, 3, 20), date(2024, 4, 20)


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


async def test_what_comes_in_after_a_charge_off_is_recovery(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    await paid(database, acme, it, 100_00, FEB)
    done = await database.run(acme, charge_off, ChargeOff(it, f"O-{it}", APR, "120 days late"))
    found = await database.read(acme, loan, it)
    assert (found.state, found.outstanding.minor, found.charged_off_on) == (
        LoanState.CHARGED_OFF,
        1_100_00,
        APR,
    )
    receipt = await paid(database, acme, it, 300_00, date(2024, 6, 1))
    assert sum(each.amount for each in receipt.slices) == 300_00
    again = RecordPayment(it, receipt.reference, receipt.amount, receipt.received_on)
    assert await database.run(acme, record_payment, again) == receipt
    (fact,) = await told(database, acme, receipt.payment)
    assert fact["payments"][0]["recovery"] is True
    assert (await database.read(acme, loan, it)).state is LoanState.CHARGED_OFF
    await database.run(acme, undo_happening, UndoHappening(done.id, f"U-{it}"))
    found = await check_books(database, acme, it)
    assert (found.state, found.charged_off_on, found.outstanding.minor) == (LoanState.OPEN, None, 800_00)


async def test_a_written_off_loan_that_is_paid_in_full_is_settled(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    await database.run(acme, charge_off, ChargeOff(it, f"O-{it}", APR))
    await paid(database, acme, it, 1_200_00, date(2024, 6, 1))
    assert (await database.read(acme, loan, it)).state is LoanState.SETTLED
    with pytest.raises(HappeningInvalid):
        await database.run(acme, charge_off, ChargeOff(await settled(database, acme), "x", APR))


async def settled(database: Database, caller: Caller) -> LoanId:
    it = await a_new_loan(database, caller)
    await paid(database, caller, it, 1_200_00, MAR)
    return it


async def test_a_settled_loan_is_closed_and_nothing_happens_to_it(database: Database, acme: Caller) -> None:
    it = await settled(database, acme)
    command = CloseLoan(it, f"C-{it}", MAR, "paid")
    done = await database.run(acme, close_loan, command)
    assert await database.run(acme, close_loan, command) == done
    found = await database.read(acme, loan, it)
    assert (found.state, found.plain, found.settled_on) == (LoanState.CLOSED, True, MAR)
    before = await postings_of(database, acme)
    with pytest.raises(LoanClosed):
        await paid(database, acme, it, 1, MAR)
    with pytest.raises(LoanClosed):
        await database.run(acme, post_charge, PostCharge(it, "x", "fee", Component.FEES, yuan(1), MAR))
    with pytest.raises(LoanClosed):
        await database.run(acme, close_loan, replace(command, reference=f"C2-{it}"))
    with pytest.raises(HappeningDiffers):
        await database.run(acme, close_loan, replace(command, reason="else"))
    assert await postings_of(database, acme) == before
    undo = UndoHappening(done.id, f"U-{it}")
    await database.run(acme, undo_happening, undo)
    assert (await database.read(acme, loan, it)).state is LoanState.SETTLED


async def test_what_cannot_be_closed(database: Database, acme: Caller) -> None:
    open_loan = await a_new_loan(database, acme)
    with pytest.raises(LoanUnsettled):
        await database.run(acme, close_loan, CloseLoan(open_loan, "x", MAR))
    in_credit = await a_new_loan(database, acme)
    await paid(database, acme, in_credit, 1_200_01, MAR)
    with pytest.raises(LoanUnsettled):
        await database.run(acme, close_loan, CloseLoan(in_credit, "x", MAR))
    it = await settled(database, acme)
    for wrong in (CloseLoan(it, "x", FEB), CloseLoan(it, "", MAR), CloseLoan(it, "x", date(2199, 1, 1))):
        with pytest.raises(HappeningInvalid):
            await database.run(acme, close_loan, wrong)
    with pytest.raises(LoanNotFound):
        await database.run(acme, close_loan, CloseLoan(LoanId(uuid4()), "x", MAR))


async def test_a_payment_that_bounces_opens_a_closed_loan(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 1_200_00, MAR)
    await database.run(acme, close_loan, CloseLoan(it, f"C-{it}", MAR))
    await database.run(acme, reverse_payment, ReversePayment(receipt.payment, f"R-{it}", "bounced"))
    found = await check_books(database, acme, it)
    assert (found.state, found.outstanding.minor) == (LoanState.OPEN, 1_200_00)


async def test_happenings_are_listed_and_belong_to_their_tenant(
    database: Database, acme: Caller, birch: Caller
) -> None:
    it = await a_new_loan(database, acme)
    made = [
        await database.run(
            acme, post_charge, PostCharge(it, f"{n}-{it}", "fee", Component.FEES, yuan(n), FEB)
        )
        for n in (1, 2, 3)
    ]
    first = await database.read(acme, list_happenings, ListHappenings(it, None, 2))
    second = await database.read(acme, list_happenings, ListHappenings(it, first.next, 2))
    assert [*first.rows, *second.rows] == made
    assert await database.read(acme, happening, made[0].id) == made[0]
    for caller, which in ((birch, made[0].id), (acme, uuid4())):
        with pytest.raises(HappeningNotFound):
            await database.read(caller, happening, which)
        with pytest.raises(HappeningNotFound):
            await database.run(caller, undo_happening, UndoHappening(which, "x"))
    with pytest.raises(LoanNotFound):
        await database.read(acme, list_happenings, ListHappenings(LoanId(uuid4()), None, 2))


async def two_loans(database: Database, caller: Caller, **changes: object) -> tuple[UUID, LoanId, LoanId]:
    one = await a_new_loan(database, caller)
    who = (await database.read(caller, loan, one)).borrower
    return who, one, await a_new_loan(database, caller, borrower=who, **changes)


async def test_one_receipt_over_loans_as_the_debtor_names_them(database: Database, acme: Caller) -> None:
    who, one, two = await two_loans(database, acme)
    parts = ((one, yuan(30_00)), (two, yuan(70_00)))
    command = SplitPayment(who, f"S-{one}", yuan(100_00), MAR, parts)
    receipts = await database.run(acme, split_payment, command)
    assert [(each.loan, each.amount) for each in receipts] == list(parts)
    assert await database.run(acme, split_payment, command) == receipts
    for wrong in (
        replace(command, amount=yuan(99_00), parts=((one, yuan(99_00)),)),
        replace(command, received_on=FEB),
        replace(command, parts=((one, yuan(70_00)), (two, yuan(30_00)))),
    ):
        with pytest.raises(PaymentDiffers):
            await database.run(acme, split_payment, wrong)
    plain = RecordPayment(one, command.reference, yuan(30_00), MAR)
    with pytest.raises(PaymentDiffers):
        await database.run(acme, record_payment, plain)
    for it, left in ((one, 1_170_00), (two, 1_130_00)):
        assert (await check_books(database, acme, it)).outstanding.minor == left


async def test_one_receipt_over_loans_by_the_law(database: Database, acme: Caller) -> None:
    who, one, two = await two_loans(database, acme, first_due_on=date(2024, 3, 1))
    command = SplitPayment(who, f"L-{one}", yuan(250_00), MAR)
    receipts = await database.run(acme, split_payment, command)
    # Due on 15 February and 15 March of the one, on 1 March of the other: what is due comes first.
    assert sum(each.amount.minor for each in receipts) == 250_00
    assert {each.loan: each.amount.minor for each in receipts} == {one: 200_00, two: 50_00}
    assert await database.run(acme, split_payment, command) == receipts


async def test_racing_repeats_of_one_split_count_once(database: Database, acme: Caller) -> None:
    who, one, two = await two_loans(database, acme)
    command = SplitPayment(who, f"R-{one}", yuan(300_00), MAR)
    answers = await asyncio.gather(*(database.run(acme, split_payment, command) for _ in range(4)))
    assert all(each == answers[0] for each in answers)
    owed = [(await check_books(database, acme, it)).outstanding.minor for it in (one, two)]
    assert sum(owed) == 2_400_00 - 300_00


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": yuan(0)},
        {"amount": yuan(2_400_01)},
        {"amount": yuan(2**63)},
        {"received_on": date(2199, 1, 1)},
        {"reference": " "},
        {"parts": [(0, yuan(99))]},
        {"parts": [(0, yuan(50)), (0, yuan(50))]},
        {"parts": [(0, yuan(101)), (1, yuan(-1))]},
        {"parts": [(0, Money(100, "USD"))]},
        {"parts": [(2, yuan(100))]},
    ],
)
async def test_what_cannot_be_split(database: Database, acme: Caller, changes: dict[str, Any]) -> None:
    who, one, two = await two_loans(database, acme)
    loans = (one, two, await a_new_loan(database, acme))
    if "parts" in changes:
        changes = {"parts": tuple((loans[place], amount) for place, amount in changes["parts"])}
    before = await postings_of(database, acme)
    command = replace(SplitPayment(who, f"X-{one}", yuan(100), MAR), **changes)
    with pytest.raises(PaymentInvalid):
        await database.run(acme, split_payment, command)
    assert await postings_of(database, acme) == before


async def test_nothing_is_split_where_nothing_is_owed(database: Database, acme: Caller) -> None:
    it = await settled(database, acme)
    who = (await database.read(acme, loan, it)).borrower
    with pytest.raises(LoanSettled):
        await database.run(acme, split_payment, SplitPayment(who, f"N-{it}", yuan(1), MAR))
    open_loan = await a_new_loan(database, acme, borrower=who)
    dollars = SplitPayment(who, f"N-{it}", Money(1, "USD"), MAR)
    with pytest.raises(LoanSettled):
        await database.run(acme, split_payment, dollars)
    assert (await database.read(acme, loan, open_loan)).outstanding.minor == 1_200_00


async def test_paying_what_was_quoted_ends_the_loan(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    await database.run(acme, post_charge, PostCharge(it, f"q-{it}", "fee", Component.FEES, yuan(7), FEB))
    await paid(database, acme, it, 100_00, FEB)
    quote = await database.read(acme, quote_payoff, AskPayoff(it, APR))
    assert (quote.amount, quote.credit) == (yuan(1_100_07), yuan(0))
    assert sum(amount.minor for _, amount in quote.parts) == quote.amount.minor
    await paid(database, acme, it, quote.amount.minor, APR)
    assert (await check_books(database, acme, it)).state is LoanState.SETTLED
    assert (await database.read(acme, quote_payoff, AskPayoff(it))).amount == yuan(0)
    with pytest.raises(LoanInvalid):
        await database.read(acme, quote_payoff, AskPayoff(it, date(2023, 1, 1)))


async def test_a_loan_that_is_cured_and_one_that_is_settled_are_told(
    database: Database, acme: Caller
) -> None:
    async def an_old(tx: TenantTx, _: None) -> date:
        return tx.today

    today = await database.read(acme, an_old, None)
    it = await a_new_loan(database, acme, days_late=10)
    await paid(database, acme, it, 50_00, today)
    assert await told(database, acme, it) == []
    await paid(database, acme, it, 60_00, today)
    (cured,) = await told(database, acme, it)
    assert cured["loans"][0]["loan"] == str(it)
    await paid(database, acme, it, 1_090_00, today)
    facts = await told(database, acme, it)
    assert [fact["loans"][0]["state"] for fact in facts] == ["open", "settled"]
