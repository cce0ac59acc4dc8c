"""Charges, waivers, credits, charge-backs and refunds in the database: what is owed changes, the terms do not."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Refused
from dunwell.kernel.ids import LoanId, PaymentId
from dunwell.kernel.money import LARGEST, Money
from dunwell.loans.model import (
    AdjustCharge,
    ChargeBack,
    ChargeNotAllowed,
    ChargeNotFound,
    Component,
    Happened,
    HappeningDiffers,
    HappeningInvalid,
    HappeningNeeded,
    HappeningUndone,
    LoanNotFound,
    LoanState,
    PaymentNotFound,
    PaymentReversed,
    PostCharge,
    RefundCredit,
    ReversePayment,
    UndoHappening,
    WaiveCharge,
)
from dunwell.loans.use_cases import (
    adjust_charge,
    charge_back,
    charges_of,
    loan,
    loan_schedule,
    post_charge,
    refund_credit,
    reverse_payment,
    undo_happening,
    waive_charge,
)
from dunwell.storage.tenant import Database
from tests.builders.loans import a_new_loan, balances, check_books, paid, postings_of

JAN, FEB, MAR, APR = date(2024, 1, 20), date(2024, 2, 20), date(2024, 3, 20), date(2024, 4, 20)


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


def a_fee(it: LoanId, minor: int = 30_00, on: date = FEB, **changes: Any) -> PostCharge:
    command = PostCharge(it, f"F-{uuid4()}", "late_notice", Component.FEES, yuan(minor), on)
    return replace(command, **changes)


async def test_a_charge_is_owed_paid_before_principal_and_shown(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    made = await database.run(acme, post_charge, a_fee(it))
    assert made.amount == yuan(30_00)
    assert sum(line.amount.minor for line in made.lines) == 0
    found = await check_books(database, acme, it)
    assert found.outstanding.minor == 1_230_00
    assert not found.plain
    receipt = await paid(database, acme, it, 160_00, MAR)
    parts = {each.component for each in receipt.slices}
    assert Component.FEES in parts
    assert sum(each.amount for each in receipt.slices) == 160_00
    currency, charges = await database.read(acme, charges_of, it)
    assert (currency, [each.paid for each in charges]) == ("CNY", [30_00])
    await check_books(database, acme, it)


async def test_the_same_charge_twice_is_charged_once(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    command = a_fee(it)
    first = await database.run(acme, post_charge, command)
    assert await database.run(acme, post_charge, command) == first
    for other in (
        replace(command, amount=yuan(1)),
        replace(command, code="other"),
        replace(command, charged_on=MAR),
        replace(command, loan=await a_new_loan(database, acme)),
    ):
        with pytest.raises(HappeningDiffers):
            await database.run(acme, post_charge, other)
    assert (await check_books(database, acme, it)).outstanding.minor == 1_230_00


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": Money(0, "CNY")}, HappeningInvalid),
        ({"amount": Money(-1, "CNY")}, HappeningInvalid),
        ({"amount": Money(LARGEST + 1, "CNY")}, HappeningInvalid),
        ({"amount": Money(2**63, "CNY")}, HappeningInvalid),
        ({"amount": Money(10**18, "CNY")}, HappeningInvalid),
        ({"amount": Money(1, "USD")}, HappeningInvalid),
        ({"charged_on": date(2024, 1, 14)}, HappeningInvalid),
        ({"charged_on": date(2199, 1, 1)}, HappeningInvalid),
        ({"due_on": date(2024, 1, 1)}, HappeningInvalid),
        ({"component": Component.PRINCIPAL}, HappeningInvalid),
        ({"code": "No Code"}, HappeningInvalid),
        ({"reference": ""}, HappeningInvalid),
        ({"reference": "x" * 201}, HappeningInvalid),
        ({"code": "collection_fee", "charged_on": date(2026, 9, 1)}, ChargeNotAllowed),
        ({"loan": LoanId(UUID(int=9))}, LoanNotFound),
    ],
)
async def test_what_cannot_be_charged_posts_nothing(
    database: Database, acme: Caller, changes: dict[str, Any], refusal: type[Refused]
) -> None:
    it = await a_new_loan(database, acme)
    before = await postings_of(database, acme)
    with pytest.raises(refusal) as caught:
        await database.run(acme, post_charge, a_fee(it, **changes))
    assert caught.value.faults or refusal is not HappeningInvalid
    assert await postings_of(database, acme) == before
    assert (await database.read(acme, loan, it)).plain


async def test_a_charge_that_the_sheet_does_not_list(database: Database, acme: Caller) -> None:
    it = await a_new_loan(
        database,
        acme,
        disbursed_on=date(2026, 8, 15),
        contracted_on=date(2026, 8, 14),
        disclosed=("service_fee",),
    )
    on = date(2026, 9, 1)
    before = await postings_of(database, acme)
    with pytest.raises(ChargeNotAllowed) as caught:
        await database.run(acme, post_charge, a_fee(it, on=on))
    assert caught.value.extra == {"reasons": "FEE_NOT_DISCLOSED", "rules": caught.value.extra["rules"]}
    assert "CN-" in caught.value.extra["rules"]
    assert await postings_of(database, acme) == before
    await database.run(acme, post_charge, a_fee(it, on=on, code="service_fee"))


async def test_another_tenants_loan_is_not_charged(database: Database, acme: Caller, birch: Caller) -> None:
    it = await a_new_loan(database, acme)
    with pytest.raises(LoanNotFound):
        await database.run(birch, post_charge, a_fee(it))


async def test_a_charge_is_waived_as_far_as_it_is_open(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    made = await database.run(acme, post_charge, a_fee(it))
    wrong = WaiveCharge(it, f"W0-{it}", MAR, charge=uuid4())
    with pytest.raises(ChargeNotFound):
        await database.run(acme, waive_charge, wrong)
    command = WaiveCharge(it, f"W-{it}", MAR, charge=made.id, reason="goodwill")
    waived = await database.run(acme, waive_charge, command)
    assert await database.run(acme, waive_charge, command) == waived
    found = await check_books(database, acme, it)
    assert found.outstanding.minor == 1_200_00
    with pytest.raises(HappeningInvalid):
        await database.run(acme, waive_charge, replace(command, reference=f"W2-{it}"))
    with pytest.raises(HappeningNeeded):
        await database.run(acme, undo_happening, UndoHappening(made.id, f"U-{it}"))
    await database.run(acme, undo_happening, UndoHappening(waived.id, f"U1-{it}"))
    assert (await check_books(database, acme, it)).outstanding.minor == 1_230_00
    with pytest.raises(HappeningUndone):
        await database.run(acme, undo_happening, UndoHappening(waived.id, f"U2-{it}"))
    undo = UndoHappening(made.id, f"U3-{it}", "booked wrongly")
    undone = await database.run(acme, undo_happening, undo)
    assert await database.run(acme, undo_happening, undo) == undone
    assert (await check_books(database, acme, it)).outstanding.minor == 1_200_00


async def test_an_amount_of_a_component_is_waived(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme, principal=yuan(1_000_00), annual_rate=Decimal("0.12"))
    command = WaiveCharge(it, f"W-{it}", FEB, component=Component.INTEREST, amount=yuan(5_00))
    before = await database.read(acme, loan, it)
    await database.run(acme, waive_charge, command)
    after = await check_books(database, acme, it)
    assert after.outstanding.minor == before.outstanding.minor - 5_00
    for wrong in (
        replace(command, amount=yuan(100_000_00)),
        replace(command, amount=None),
        replace(command, component=None),
        replace(command, waived_on=date(2024, 1, 1)),
    ):
        with pytest.raises(HappeningInvalid):
            await database.run(acme, waive_charge, replace(wrong, reference=f"W-{uuid4()}"))


async def test_a_charge_is_credited_once(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    made = await database.run(acme, post_charge, a_fee(it))
    await paid(database, acme, it, 130_00, MAR)
    command = AdjustCharge(it, f"A-{it}", made.id, yuan(30_00), MAR)
    await database.run(acme, adjust_charge, command)
    assert (await check_books(database, acme, it)).outstanding.minor == 1_070_00
    for wrong in (
        replace(command, amount=yuan(1)),
        replace(command, charge=made.id, adjusted_on=JAN),
    ):
        with pytest.raises(HappeningInvalid):
            await database.run(acme, adjust_charge, replace(wrong, reference=f"A-{uuid4()}"))
    with pytest.raises(ChargeNotFound):
        await database.run(acme, adjust_charge, replace(command, reference="a", charge=uuid4()))


async def test_a_charge_back_opens_again_what_the_payment_settled(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 150_00, FEB)
    part = ChargeBack(receipt.payment, f"C1-{it}", MAR, yuan(40_00))
    first = await database.run(acme, charge_back, part)
    assert await database.run(acme, charge_back, part) == first
    assert (await check_books(database, acme, it)).outstanding.minor == 1_090_00
    with pytest.raises(HappeningNeeded):
        await database.run(acme, reverse_payment, ReversePayment(receipt.payment, f"R-{it}", "bounced"))
    with pytest.raises(HappeningInvalid):
        await database.run(acme, charge_back, replace(part, reference=f"C2-{it}", amount=yuan(110_01)))
    with pytest.raises(HappeningInvalid):
        await database.run(acme, charge_back, replace(part, reference=f"C3-{it}", charged_back_on=JAN))
    rest = ChargeBack(receipt.payment, f"C4-{it}", APR)
    whole = await database.run(acme, charge_back, rest)
    assert whole.amount == yuan(110_00)
    assert await database.run(acme, charge_back, rest) == whole
    assert (await check_books(database, acme, it)).outstanding.minor == 1_200_00
    assert (await balances(database, acme, it))["cash"] == -1_200_00


async def test_what_cannot_be_charged_back(database: Database, acme: Caller, birch: Caller) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 150_00, FEB)
    with pytest.raises(PaymentNotFound):
        await database.run(acme, charge_back, ChargeBack(PaymentId(uuid4()), "c", MAR))
    with pytest.raises(PaymentNotFound):
        await database.run(birch, charge_back, ChargeBack(receipt.payment, "c", MAR))
    undone = await database.run(acme, reverse_payment, ReversePayment(receipt.payment, f"R-{it}", "bounced"))
    with pytest.raises(PaymentReversed):
        await database.run(acme, charge_back, ChargeBack(receipt.payment, "c", MAR))
    with pytest.raises(PaymentReversed):
        await database.run(acme, charge_back, ChargeBack(receipt.payment, "c", MAR, yuan(1)))
    with pytest.raises(PaymentNotFound):
        await database.run(acme, charge_back, ChargeBack(undone.payment, "c", MAR))


async def test_credit_is_refunded_and_never_more(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    await paid(database, acme, it, 1_250_00, MAR)
    command = RefundCredit(it, f"R-{it}", yuan(50_01), MAR)
    for wrong in (command, replace(command, amount=yuan(50_00), refunded_on=FEB)):
        with pytest.raises(HappeningInvalid):
            await database.run(acme, refund_credit, wrong)
    back = await database.run(acme, refund_credit, replace(command, amount=yuan(50_00)))
    assert back.amount == yuan(50_00)
    found = await check_books(database, acme, it)
    assert (found.credit.minor, found.state) == (0, LoanState.SETTLED)
    assert (await balances(database, acme, it))["cash"] == 0


async def test_a_payment_among_charges_is_as_if_it_had_been_known(database: Database, acme: Caller) -> None:
    late, known = await a_new_loan(database, acme), await a_new_loan(database, acme)
    await paid(database, acme, known, 60_00, JAN)
    made: list[Happened] = []
    for it in (late, known):
        made.append(await database.run(acme, post_charge, a_fee(it)))
        await paid(database, acme, it, 150_00, MAR)
    await paid(database, acme, late, 60_00, JAN)
    rows = [(await database.read(acme, loan_schedule, it))[1] for it in (late, known)]
    assert rows[0] == rows[1]
    assert await balances(database, acme, late) == await balances(database, acme, known)
    await check_books(database, acme, late)
