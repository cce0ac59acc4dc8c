"""Payments that arrive at once: each counts once, whatever the order, and the books stay whole."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    Component,
    ListSuspense,
    LoanState,
    PaymentKind,
    PostCharge,
    RecordPayment,
    ReversalCause,
    ReversePayment,
    SuspenseState,
)
from dunwell.loans.use_cases import (
    list_suspense,
    payment,
    post_charge,
    record_payment,
    record_payments,
    reverse_payment,
)
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.loans import a_new_loan, balances, check_books, paid

JAN, FEB, MAR = date(2024, 1, 20), date(2024, 2, 20), date(2024, 3, 20)


async def test_two_racing_payments_both_count(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    await asyncio.gather(*(paid(database, acme, it, 60_00, day) for day in (MAR, FEB, JAN, FEB, MAR, JAN)))
    found = await check_books(database, acme, it)
    assert found.outstanding.minor == 1_200_00 - 6 * 60_00


async def test_racing_repeats_of_one_payment_count_once(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    command = RecordPayment(it, f"race-{it}", Money(60_00, "CNY"), FEB)
    receipts = await asyncio.gather(*(database.run(acme, record_payment, command) for _ in range(6)))
    assert all(receipt == receipts[0] for receipt in receipts)
    assert (await check_books(database, acme, it)).outstanding.minor == 1_140_00


async def test_one_reference_racing_on_two_loans_counts_once(database: Database, acme: Caller) -> None:
    loans = [await a_new_loan(database, acme), await a_new_loan(database, acme)]
    reference = f"two-{loans[0]}"
    answers = await asyncio.gather(
        *(paid(database, acme, each, 60_00, FEB, reference=reference) for each in loans),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["PaymentDiffers", "Receipt"]


async def test_racing_reversals_take_back_once(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 60_00, FEB)
    answers = await asyncio.gather(
        *(
            database.run(acme, reverse_payment, ReversePayment(receipt.payment, f"r{n}-{it}", "race"))
            for n in range(3)
        ),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == [
        "PaymentReversed",
        "PaymentReversed",
        "Receipt",
    ]
    assert (await check_books(database, acme, it)).outstanding.minor == 1_200_00


async def test_a_large_batch_takes_a_constant_number_of_statements(database: Database, acme: Caller) -> None:
    ids = [await a_new_loan(database, acme) for _ in range(20)]

    async def counted(tx: TenantTx, few: int) -> int:
        statements = 0

        def count(_: object) -> None:
            nonlocal statements
            statements += 1

        connection = tx._connection
        commands = [RecordPayment(each, f"n{few}-{each}", Money(1_00, "CNY"), FEB) for each in ids[:few]]
        with connection.query_logger(count):
            await record_payments(tx, commands)
        return statements

    await database.run(acme, counted, 1)  # reads the tenant's files, which are then remembered
    assert await database.run(acme, counted, 2) == await database.run(acme, counted, 20)


@pytest.mark.parametrize("charged", [False, True])
async def test_two_payments_and_a_reversal_at_once(database: Database, acme: Caller, charged: bool) -> None:
    it, never = await a_new_loan(database, acme), await a_new_loan(database, acme)
    for each in (it, never) if charged else ():
        fee = PostCharge(each, f"F-{each}", "fee", Component.FEES, Money(9_00, "CNY"), JAN)
        await database.run(acme, post_charge, fee)
    bounced = await paid(database, acme, it, 130_00, JAN)
    await asyncio.gather(
        paid(database, acme, it, 60_00, MAR),
        database.run(acme, reverse_payment, ReversePayment(bounced.payment, f"R-{it}", "bounced")),
        paid(database, acme, it, 70_00, FEB),
    )
    for minor, on in ((70_00, FEB), (60_00, MAR)):
        await paid(database, acme, never, minor, on)
    owed = [(await check_books(database, acme, each)).outstanding for each in (it, never)]
    assert owed[0] == owed[1]
    left = [
        {name: balance for name, balance in (await balances(database, acme, each)).items() if balance}
        for each in (it, never)
    ]
    assert left[0] == left[1]


async def test_the_same_charge_at_once_is_charged_once(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    command = PostCharge(it, f"F-{it}", "fee", Component.FEES, Money(9_00, "CNY"), JAN)
    answers = await asyncio.gather(*(database.run(acme, post_charge, command) for _ in range(5)))
    assert all(each == answers[0] for each in answers)
    assert (await check_books(database, acme, it)).outstanding.minor == 1_209_00


async def test_one_charge_racing_on_two_loans_counts_once(database: Database, acme: Caller) -> None:
    loans = [await a_new_loan(database, acme) for _ in range(2)]
    answers = await asyncio.gather(
        *(
            database.run(
                acme,
                post_charge,
                PostCharge(each, f"F-{loans[0]}", "fee", Component.FEES, Money(1, "CNY"), JAN),
            )
            for each in loans
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in answers) == ["Happened", "HappeningDiffers"]


async def test_the_lenders_own_money_is_told_apart(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    command = RecordPayment(it, f"G-{it}", Money(40_00, "CNY"), FEB, kind=PaymentKind.GOODWILL)
    receipt = await database.run(acme, record_payment, command)
    assert await database.run(acme, record_payment, command) == receipt
    assert (await database.read(acme, payment, receipt.payment)).kind is PaymentKind.GOODWILL
    books = await balances(database, acme, it)
    assert (books["waived"], books["cash"]) == (40_00, -1_200_00)
    await check_books(database, acme, it)


async def test_somebody_elses_money_stays_in_suspense(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 1_200_00, FEB)
    command = ReversePayment(receipt.payment, f"U-{it}", "not theirs", cause=ReversalCause.UNIDENTIFIED)
    undone = await database.run(acme, reverse_payment, command)
    assert await database.run(acme, reverse_payment, command) == undone
    found = await check_books(database, acme, it)
    assert (found.state, found.outstanding.minor) == (LoanState.OPEN, 1_200_00)
    assert (await database.read(acme, payment, undone.payment)).cause is ReversalCause.UNIDENTIFIED
    held = (await database.read(acme, list_suspense, ListSuspense(None, 500, SuspenseState.HELD))).rows
    assert [each.left.minor for each in held if each.reference == command.reference] == [1_200_00]


STOOD = """
SELECT value_on, state, past_due_since, outstanding, cause FROM standings WHERE loan_id = $1 ORDER BY seq
"""


async def test_where_a_loan_stood_is_kept_for_good(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    first = await paid(database, acme, it, 100_00, FEB)
    await paid(database, acme, it, 10_00, FEB)
    last = await paid(database, acme, it, 1_090_00, MAR)
    undone = await database.run(acme, reverse_payment, ReversePayment(last.payment, f"R-{it}", "bounced"))

    async def use_case(tx: TenantTx, _: None) -> list[Any]:
        return [tuple(row) for row in await tx.rows(STOOD, it)]

    rows = await database.read(acme, use_case, None)
    assert rows[:3] == [
        (date(2024, 1, 15), "open", date(2024, 2, 15), 1_200_00, UUID(str(it))),
        (FEB, "open", date(2024, 3, 15), 1_100_00, first.payment),
        (MAR, "settled", None, 0, last.payment),
    ]
    assert rows[3][1:] == ("open", date(2024, 3, 15), 1_090_00, undone.payment)
    assert len(rows) == 4


async def test_a_batch_may_mix_plain_loans_and_others(database: Database, acme: Caller) -> None:
    plain, other = await a_new_loan(database, acme), await a_new_loan(database, acme)
    fee = PostCharge(other, f"F-{other}", "fee", Component.FEES, Money(9_00, "CNY"), JAN)
    await database.run(acme, post_charge, fee)
    commands = [
        RecordPayment(each, f"{uuid4()}", Money(minor, "CNY"), on)
        for each, minor, on in ((plain, 5_00, FEB), (other, 20_00, FEB), (other, 30_00, JAN))
    ]
    receipts = await database.run(acme, record_payments, commands)
    assert [each.amount.minor for each in receipts] == [5_00, 20_00, 30_00]
    assert await database.run(acme, record_payments, commands) == receipts
    assert (await check_books(database, acme, plain)).plain
    assert (await check_books(database, acme, other)).outstanding.minor == 1_159_00
