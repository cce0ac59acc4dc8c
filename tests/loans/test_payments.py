"""Payments in the database: once, in any order, in a race, taken back; the ledger always adds up."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Refused
from dunwell.kernel.ids import BorrowerId, LoanId, PaymentId
from dunwell.kernel.money import LARGEST, Money
from dunwell.loans.model import (
    ListPayments,
    ListPostings,
    LoanInvalid,
    LoanNotFound,
    LoanSettled,
    LoanState,
    Outcome,
    PaymentDiffers,
    PaymentInvalid,
    PaymentNotFound,
    PaymentReversed,
    Receipt,
    RecordPayment,
    ReversePayment,
)
from dunwell.loans.use_cases import (
    list_payments,
    loan,
    loan_ledger,
    loan_schedule,
    payment,
    record_payment,
    record_payments,
    reverse_payment,
    save_loan,
    take_payments,
)
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.loans import a_draft, a_new_loan, balances, check_books, paid, pay

JAN, FEB, MAR = date(2024, 1, 20), date(2024, 2, 20), date(2024, 3, 20)


async def settled(database: Database, caller: Caller, of: LoanId) -> list[tuple[int, date | None]]:
    _, rows = await database.read(caller, loan_schedule, of)
    return [(row.paid.total, row.paid.settled_on) for row in rows]


async def test_a_payment_settles_and_moves_the_date_since_when_the_loan_is_behind(
    database: Database, acme: Caller
) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 150_00, FEB)
    assert [(each.instalment, each.amount) for each in receipt.slices] == [(1, 100_00), (2, 50_00)]
    found = await check_books(database, acme, it)
    assert (found.past_due_since, found.outstanding.minor, found.state) == (
        date(2024, 3, 15),
        1_050_00,
        LoanState.OPEN,
    )
    assert (await settled(database, acme, it))[:3] == [(100_00, FEB), (50_00, None), (0, None)]


async def test_the_same_payment_twice_gives_the_first_receipt(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    command = RecordPayment(it, f"same-{it}", Money(50_00, "CNY"), FEB)
    first = await database.run(acme, record_payment, command)
    await paid(database, acme, it, 70_00, JAN)  # replays: the first receipt stays what it was
    assert await database.run(acme, record_payment, command) == first
    assert (await check_books(database, acme, it)).outstanding.minor == 1_080_00
    for other in (
        replace(command, amount=Money(50_01, "CNY")),
        replace(command, received_on=MAR),
        replace(command, loan=await a_new_loan(database, acme)),
    ):
        with pytest.raises(PaymentDiffers):
            await database.run(acme, record_payment, other)


async def test_a_settled_loan_and_its_credit(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 1_300_00, MAR)
    assert receipt.credit == Money(100_00, "CNY")
    found = await check_books(database, acme, it)
    assert (found.state, found.settled_on, found.past_due_since, found.credit.minor) == (
        LoanState.SETTLED,
        MAR,
        None,
        100_00,
    )
    with pytest.raises(LoanSettled):
        await paid(database, acme, it, 1, MAR)


async def test_a_back_dated_payment_replays_what_follows_and_leaves_the_old_postings(
    database: Database, acme: Caller
) -> None:
    it = await a_new_loan(database, acme)
    late = await paid(database, acme, it, 100_00, MAR)
    before = (await database.read(acme, loan_ledger, ListPostings(it, None, 100))).rows
    early = await paid(database, acme, it, 100_00, FEB)
    after = (await database.read(acme, loan_ledger, ListPostings(it, None, 100))).rows
    assert after[: len(before)] == before
    corrections = [row for row in after if row.kind == "replay"]
    assert {(row.payment, row.corrects, row.instalment, row.amount.minor) for row in corrections} == {
        (late.payment, late.payment, 1, 100_00),
        (late.payment, late.payment, 2, -100_00),
    }
    assert [each.instalment for each in early.slices] == [1]
    assert (await settled(database, acme, it))[:2] == [(100_00, FEB), (100_00, MAR)]
    await check_books(database, acme, it)


async def test_back_dating_equals_having_known(database: Database, acme: Caller) -> None:
    payments = [(90_00, MAR), (130_00, JAN), (15_00, FEB), (400_00, FEB), (60_00, JAN)]
    shuffled = await a_new_loan(database, acme)
    known = await a_new_loan(database, acme)
    for minor, on in payments:
        await paid(database, acme, shuffled, minor, on)
    for minor, on in sorted(payments, key=lambda each: each[1]):
        await paid(database, acme, known, minor, on)
    assert await settled(database, acme, shuffled) == await settled(database, acme, known)
    assert await balances(database, acme, shuffled) == await balances(database, acme, known)
    await check_books(database, acme, shuffled)


async def test_a_reversal_opens_again_and_the_rest_moves_up(database: Database, acme: Caller) -> None:
    it, never = await a_new_loan(database, acme), await a_new_loan(database, acme)
    bounced = await paid(database, acme, it, 120_00, JAN)
    for each in (it, never):
        await paid(database, acme, each, 100_00, FEB)
    command = ReversePayment(bounced.payment, f"bounce-{it}", "bounced")
    receipt = await database.run(acme, reverse_payment, command)
    assert (receipt.reverses, receipt.amount.minor) == (bounced.payment, 120_00)
    assert sum(each.amount for each in receipt.slices) == 120_00
    assert await settled(database, acme, it) == await settled(database, acme, never)
    found = await check_books(database, acme, it)
    assert found.past_due_since == date(2024, 3, 15)
    assert (await balances(database, acme, it))["cash"] == (await balances(database, acme, never))["cash"]
    assert await database.run(acme, reverse_payment, command) == receipt
    await paid(database, acme, it, 30_00, JAN)
    await check_books(database, acme, it)


async def test_reversing_the_last_payment_of_a_settled_loan_opens_it(
    database: Database, acme: Caller
) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 1_500_00, MAR)
    await database.run(acme, reverse_payment, ReversePayment(receipt.payment, f"open-{it}", "charge-back"))
    found = await check_books(database, acme, it)
    assert (found.state, found.settled_on, found.past_due_since, found.credit.minor) == (
        LoanState.OPEN,
        None,
        date(2024, 2, 15),
        0,
    )
    again = await paid(database, acme, it, 1_200_00, JAN)
    assert again.credit.minor == 0


async def test_what_cannot_be_reversed(database: Database, acme: Caller, birch: Caller) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 10_00, FEB)
    command = ReversePayment(receipt.payment, f"undo-{it}", "error")
    with pytest.raises(PaymentNotFound):
        await database.run(birch, reverse_payment, command)
    with pytest.raises(PaymentNotFound):
        await database.run(acme, reverse_payment, replace(command, payment=PaymentId(uuid4())))
    for wrong in (replace(command, reference=" "), replace(command, reversed_on=JAN)):
        with pytest.raises(PaymentInvalid):
            await database.run(acme, reverse_payment, wrong)
    with pytest.raises(PaymentDiffers):
        await database.run(acme, reverse_payment, replace(command, reference=receipt.reference))
    undone = await database.run(acme, reverse_payment, command)
    for wrong in (replace(command, reference="x"), replace(command, payment=undone.payment, reference="y")):
        with pytest.raises(PaymentReversed):
            await database.run(acme, reverse_payment, wrong)
    shown = await database.read(acme, payment, receipt.payment)
    assert shown.reversed_by == undone.payment


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": Money(0, "CNY")}, PaymentInvalid),
        ({"amount": Money(-1, "CNY")}, PaymentInvalid),
        ({"amount": Money(LARGEST + 1, "CNY")}, PaymentInvalid),
        ({"amount": Money(1, "USD")}, PaymentInvalid),
        ({"received_on": date(2199, 1, 1)}, PaymentInvalid),
        ({"received_on": date(1900, 1, 1)}, PaymentInvalid),
        ({"received_on": date(2024, 1, 14)}, PaymentInvalid),
        ({"loan": LoanId(uuid4())}, LoanNotFound),
    ],
)
async def test_a_payment_that_cannot_be_is_refused_and_nothing_is_posted(
    database: Database, acme: Caller, changes: dict[str, Any], refusal: type[Refused]
) -> None:
    it = await a_new_loan(database, acme)
    command = replace(RecordPayment(it, f"wrong-{it}", Money(1, "CNY"), FEB), **changes)
    with pytest.raises(refusal) as caught:
        await database.run(acme, record_payment, command)
    assert caught.value.faults or refusal is LoanNotFound
    assert len((await database.read(acme, list_payments, ListPayments(None, 10, it))).rows) == 0


async def test_another_tenants_loan_is_no_loan(database: Database, acme: Caller, birch: Caller) -> None:
    it = await a_new_loan(database, acme)
    with pytest.raises(LoanNotFound):
        await paid(database, birch, it, 1, FEB)
    with pytest.raises(LoanNotFound):
        await database.read(birch, loan, it)
    with pytest.raises(LoanNotFound):
        await database.read(birch, loan_ledger, ListPostings(it, None, 10))
    with pytest.raises(LoanNotFound):
        await database.read(birch, list_payments, ListPayments(None, 10, it))


async def test_two_tenants_may_use_the_same_references(
    database: Database, acme: Caller, birch: Caller
) -> None:
    reference = f"shared-{uuid4()}"
    receipts = [
        await paid(database, caller, await a_new_loan(database, caller), 10_00, FEB, reference=reference)
        for caller in (acme, birch)
    ]
    assert receipts[0].payment != receipts[1].payment


async def test_a_batch_is_all_or_none_and_names_each_fault(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    commands = [
        RecordPayment(it, f"a-{it}", Money(1_00, "CNY"), FEB),
        RecordPayment(LoanId(uuid4()), f"b-{it}", Money(1_00, "CNY"), FEB),
        RecordPayment(it, f"c-{it}", Money(0, "CNY"), FEB),
    ]
    with pytest.raises(PaymentInvalid) as caught:
        await database.run(acme, record_payments, commands)
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(2, "payment"), (3, "amount")]
    assert (await check_books(database, acme, it)).outstanding.minor == 1_200_00


async def test_what_can_be_taken_is_taken(database: Database, acme: Caller) -> None:
    it, other = await a_new_loan(database, acme), await a_new_loan(database, acme)
    first = RecordPayment(it, f"1-{it}", Money(1_200_00, "CNY"), MAR)
    commands = [
        first,
        first,
        replace(first, amount=Money(1, "CNY")),
        replace(first, reference=f"2-{it}"),
        RecordPayment(other, f"3-{it}", Money(5_00, "CNY"), MAR),
        RecordPayment(other, f"4-{it}", Money(5_00, "CNY"), JAN),
    ]
    answers = await database.run(acme, take_payments, commands)
    assert [type(answer).__name__ for answer in answers] == [
        "Receipt",
        "Receipt",
        "PaymentDiffers",
        "LoanSettled",
        "Receipt",
        "Receipt",
    ]
    assert (await check_books(database, acme, it)).state is LoanState.SETTLED
    assert (await check_books(database, acme, other)).outstanding.minor == 1_190_00
    again = await database.run(acme, take_payments, commands)
    assert [str(answer) for answer in again] == [str(answer) for answer in answers]


async def test_payments_are_audited_and_told(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    receipt = await paid(database, acme, it, 1_200_00, FEB)

    async def use_case(tx: TenantTx, _: None) -> tuple[list[str], Any]:
        actions = await tx.rows("SELECT action FROM audit_events WHERE subject = $1", str(receipt.payment))
        fact = await tx.value("SELECT payload FROM facts WHERE subject = $1", receipt.payment)
        return [row["action"] for row in actions], fact

    actions, fact = await database.read(acme, use_case, None)
    assert actions == ["payment.recorded"]
    told = fact["payments"][0]
    assert (told["loan"], told["settled_on"], told["past_due_since"]) == (str(it), "2024-02-20", None)
    assert told["outstanding"] == {"amount": "0.00", "currency": "CNY"}


async def test_the_database_refuses_an_entry_that_does_not_balance(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)

    async def use_case(tx: TenantTx, _: None) -> None:
        await tx.execute(
            """
            INSERT INTO postings (entry, kind, loan_id, account, amount, currency, value_on, booked_at)
            SELECT $1, 'payment', $2, account, amount, 'CNY', $3, $4
              FROM (VALUES ('cash', 100), ('principal', -99)) AS given (account, amount)
            """,
            uuid4(),
            it,
            tx.today,
            tx.now,
        )

    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await database.run(acme, use_case, None)
    assert caught.value.constraint_name == "postings_entry_balances"


@pytest.mark.parametrize("table", ["payments", "postings", "loan_terms"])
async def test_the_ledger_only_grows(database: Database, acme: Caller, table: str) -> None:
    for statement in (f"UPDATE {table} SET loan_id = loan_id", f"DELETE FROM {table}", f"TRUNCATE {table}"):

        async def use_case(tx: TenantTx, sql: str) -> None:
            await tx.execute(sql)

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.run(acme, use_case, statement)


async def test_payments_are_listed_in_the_order_they_arrived(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    made = [await paid(database, acme, it, 1_00, day) for day in (MAR, JAN, FEB)]
    first = await database.read(acme, list_payments, ListPayments(None, 2, it))
    second = await database.read(acme, list_payments, ListPayments(first.next, 2, it))
    assert [each.id for each in (*first.rows, *second.rows)] == [each.payment for each in made]
    assert second.next is None
    by_reference = await database.read(acme, list_payments, ListPayments(None, 2, None, made[1].reference))
    assert [each.id for each in by_reference.rows] == [made[1].payment]
    with pytest.raises(PaymentNotFound):
        await database.read(acme, payment, PaymentId(uuid4()))


async def test_other_terms_replay_the_payments(database: Database, acme: Caller) -> None:
    reference = f"L-{uuid4()}"
    it = await a_new_loan(database, acme, reference=reference)
    await paid(database, acme, it, 250_00, FEB)
    who = (await database.read(acme, loan, it)).borrower
    shorter = a_draft(reference=reference, borrower=who, count=3)
    saved = await database.run(acme, save_loan, shorter)
    assert (saved.id, saved.outcome) == (it, Outcome.UPDATED)
    found = await check_books(database, acme, it)
    assert (found.terms_version, found.matures_on, found.outstanding.minor) == (2, date(2024, 4, 15), 950_00)
    assert await settled(database, acme, it) == [(250_00, None), (0, None), (0, None)]
    assert (await database.run(acme, save_loan, shorter)).outcome is Outcome.UNCHANGED
    smaller = replace(shorter, principal=Money(200_00, "CNY"))
    assert (await database.run(acme, save_loan, smaller)).outcome is Outcome.UPDATED
    found = await check_books(database, acme, it)
    assert (found.state, found.credit.minor, found.settled_on) == (LoanState.SETTLED, 50_00, FEB)

    async def history(tx: TenantTx, _: None) -> list[tuple[int, int]]:
        rows = await tx.rows("SELECT version, terms FROM loan_terms WHERE loan_id = $1 ORDER BY version", it)
        return [(row["version"], len(row["terms"]["instalments"])) for row in rows]

    assert await database.read(acme, history, None) == [(1, 12), (2, 3)]


async def test_reversing_what_settled_nothing_changes_no_instalment(database: Database, acme: Caller) -> None:
    reference = f"L-{uuid4()}"
    it = await a_new_loan(database, acme, reference=reference)
    await paid(database, acme, it, 250_00, FEB)
    second = await paid(database, acme, it, 50_00, MAR)
    who = (await database.read(acme, loan, it)).borrower
    smaller = a_draft(reference=reference, borrower=who, principal=Money(200_00, "CNY"))
    await database.run(acme, save_loan, smaller)
    assert (await check_books(database, acme, it)).credit.minor == 100_00
    before = await settled(database, acme, it)
    await database.run(acme, reverse_payment, ReversePayment(second.payment, f"R-{it}", "bounced"))
    assert await settled(database, acme, it) == before
    assert (await check_books(database, acme, it)).credit.minor == 50_00


async def test_the_days_of_a_sandbox_decide_what_lies_ahead(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)

    async def use_case(tx: TenantTx, days: int) -> Receipt:
        return await pay(tx, it, 1_00, tx.today + timedelta(days=days))

    assert (await database.run(acme, use_case, 0)).amount.minor == 1_00
    with pytest.raises(PaymentInvalid):
        await database.run(acme, use_case, 1)


async def test_nobody_owes_who_is_not_a_borrower_here(database: Database, acme: Caller) -> None:
    draft = a_draft(reference=f"L-{uuid4()}", borrower=BorrowerId(uuid4()))
    with pytest.raises(LoanInvalid) as caught:
        await database.run(acme, save_loan, draft)
    assert [fault.field for fault in caught.value.faults] == ["borrower"]
