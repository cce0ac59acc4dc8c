"""Other terms for a running loan, in the database: what is owed moves, and the books follow."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import LARGEST, Money
from dunwell.loans.model import (
    ChangeRate,
    ChargeOff,
    DisburseTranche,
    HappeningInvalid,
    LoanChargedOff,
    LoanNotFound,
    ReAge,
    Reamortise,
    Reschedule,
    UndoHappening,
)
from dunwell.loans.use_cases import (
    change_rate,
    charge_off,
    disburse_tranche,
    loan,
    loan_schedule,
    re_age,
    reamortise,
    reschedule,
    undo_happening,
)
from dunwell.storage.tenant import Database
from tests.builders.loans import a_new_loan, balances, check_books, paid, postings_of

JAN, FEB, MAR, APR = date(2024, 1, 20), date(2024, 2, 20), date(2024, 3, 20), date(2024, 4, 20)


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


async def a_lent(database: Database, caller: Caller) -> LoanId:
    return await a_new_loan(database, caller, annual_rate=Decimal("0.12"))


async def test_a_tranche_is_owed_and_spread(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    await database.run(acme, disburse_tranche, DisburseTranche(it, f"T-{it}", yuan(110_00), FEB))
    assert (await check_books(database, acme, it)).outstanding.minor == 1_310_00
    books = await balances(database, acme, it)
    assert (books["cash"], books["principal"]) == (-1_310_00, 1_310_00)
    _, rows = await database.read(acme, loan_schedule, it)
    assert [row.due.principal for row in rows[:2]] == [100_00, 110_00]


async def test_another_rate_changes_the_interest_ahead(database: Database, acme: Caller) -> None:
    it = await a_lent(database, acme)
    before = (await database.read(acme, loan_schedule, it))[1]
    await database.run(acme, change_rate, ChangeRate(it, f"C-{it}", Decimal("0.06"), MAR))
    after = (await database.read(acme, loan_schedule, it))[1]
    assert before[:2] == after[:2]
    assert sum(row.due.interest for row in after) < sum(row.due.interest for row in before)
    assert sum(row.due.principal for row in after) == 1_200_00
    await check_books(database, acme, it)


async def test_rescheduling_moves_what_is_open(database: Database, acme: Caller) -> None:
    it = await a_lent(database, acme)
    await paid(database, acme, it, 106_62, FEB)
    command = Reschedule(it, f"R-{it}", APR, date(2024, 3, 15), date(2024, 6, 1), 2)
    await database.run(acme, reschedule, command)
    found = await check_books(database, acme, it)
    assert found.past_due_since == date(2024, 6, 1)
    _, rows = await database.read(acme, loan_schedule, it)
    assert len(rows) == 14
    assert found.matures_on == max(row.due.due_on for row in rows)
    assert sum(row.due.principal for row in rows) == 1_200_00


async def test_re_ageing_begins_anew_and_can_be_undone(database: Database, acme: Caller) -> None:
    it = await a_lent(database, acme)
    await paid(database, acme, it, 50_00, MAR)
    before = await database.read(acme, loan_schedule, it)
    kept = await balances(database, acme, it)
    done = await database.run(acme, re_age, ReAge(it, f"A-{it}", date(2025, 6, 1), date(2025, 7, 1), 6))
    found = await check_books(database, acme, it)
    assert found.matures_on == date(2025, 12, 1)
    await database.run(acme, undo_happening, UndoHappening(done.id, f"U-{it}", "not agreed after all"))
    assert (await database.read(acme, loan_schedule, it))[1] == before[1]
    assert {name: sum_ for name, sum_ in (await balances(database, acme, it)).items() if sum_} == {
        name: sum_ for name, sum_ in kept.items() if sum_
    }


async def test_what_is_overdue_is_spread_over_what_lies_ahead(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    await database.run(acme, reamortise, Reamortise(it, f"M-{it}", APR))
    found = await check_books(database, acme, it)
    assert (found.outstanding.minor, found.past_due_since) == (1_200_00, date(2024, 5, 15))


async def test_a_payment_from_before_other_terms_is_as_if_known(database: Database, acme: Caller) -> None:
    late, known = await a_lent(database, acme), await a_lent(database, acme)
    await paid(database, acme, known, 60_00, JAN)
    for it in (late, known):
        await database.run(acme, change_rate, ChangeRate(it, f"C-{it}", Decimal("0.24"), MAR))
        await database.run(acme, disburse_tranche, DisburseTranche(it, f"T-{it}", yuan(100_00), APR))
        await paid(database, acme, it, 150_00, APR)
    await paid(database, acme, late, 60_00, JAN)
    rows = [(await database.read(acme, loan_schedule, it))[1] for it in (late, known)]
    assert rows[0] == rows[1]
    assert await balances(database, acme, late) == await balances(database, acme, known)
    await check_books(database, acme, late)


NOBODY = LoanId(UUID(int=9))
DUE = date(2024, 3, 15)
CASES: list[tuple[Any, Any, type[Exception]]] = [
    (disburse_tranche, DisburseTranche(NOBODY, "x", yuan(1), FEB), LoanNotFound),
    (disburse_tranche, DisburseTranche(NOBODY, "", yuan(1), FEB), HappeningInvalid),
    (disburse_tranche, DisburseTranche(NOBODY, "x", yuan(0), FEB), HappeningInvalid),
    (disburse_tranche, DisburseTranche(NOBODY, "x", yuan(-1), FEB), HappeningInvalid),
    (disburse_tranche, DisburseTranche(NOBODY, "x", yuan(LARGEST + 1), FEB), HappeningInvalid),
    (disburse_tranche, DisburseTranche(NOBODY, "x", yuan(2**63), FEB), HappeningInvalid),
    (disburse_tranche, DisburseTranche(NOBODY, "x", Money(1, "USD"), FEB), HappeningInvalid),
    (disburse_tranche, DisburseTranche(NOBODY, "x", yuan(1), date(2024, 1, 1)), HappeningInvalid),
    (disburse_tranche, DisburseTranche(NOBODY, "x", yuan(1), date(2199, 1, 1)), HappeningInvalid),
    (change_rate, ChangeRate(NOBODY, "x", Decimal(-1), FEB), HappeningInvalid),
    (change_rate, ChangeRate(NOBODY, "x", Decimal(11), FEB), HappeningInvalid),
    (change_rate, ChangeRate(NOBODY, "x", Decimal("NaN"), FEB), HappeningInvalid),
    (change_rate, ChangeRate(NOBODY, "x", Decimal("0.123456789"), FEB), HappeningInvalid),
    (change_rate, ChangeRate(NOBODY, "x", Decimal(0), FEB, "x" * 501), HappeningInvalid),
    (reschedule, Reschedule(NOBODY, "x", APR, DUE), HappeningInvalid),
    (reschedule, Reschedule(NOBODY, "x", APR, date(2024, 3, 16), extra=1), HappeningInvalid),
    (reschedule, Reschedule(NOBODY, "x", APR, DUE, extra=-1), HappeningInvalid),
    (reschedule, Reschedule(NOBODY, "x", APR, DUE, extra=600), HappeningInvalid),
    (reschedule, Reschedule(NOBODY, "x", APR, DUE, date(2199, 6, 1)), HappeningInvalid),
    (reschedule, Reschedule(NOBODY, "x", APR, DUE, date(2000, 1, 1)), HappeningInvalid),
    (reschedule, Reschedule(NOBODY, "x", APR, DUE, annual_rate=Decimal(-1)), HappeningInvalid),
    (re_age, ReAge(NOBODY, "x", APR, APR, 6), HappeningInvalid),
    (re_age, ReAge(NOBODY, "x", APR, date(2024, 5, 1), 0), HappeningInvalid),
    (re_age, ReAge(NOBODY, "x", APR, date(2024, 5, 1), 600), HappeningInvalid),
    (re_age, ReAge(NOBODY, "x", APR, date(2190, 5, 1), 500), HappeningInvalid),
    (reamortise, Reamortise(NOBODY, "x", JAN), HappeningInvalid),
    (reamortise, Reamortise(NOBODY, "x", date(2025, 6, 1)), HappeningInvalid),
]


@pytest.mark.parametrize(("use_case", "command", "refusal"), CASES)
async def test_what_cannot_be_changed_posts_nothing(
    database: Database, acme: Caller, use_case: Any, command: Any, refusal: type[Exception]
) -> None:
    if refusal is not LoanNotFound:
        command = replace(command, loan=await a_new_loan(database, acme))
    before = await postings_of(database, acme)
    with pytest.raises(refusal):
        await database.run(acme, use_case, command)
    assert await postings_of(database, acme) == before


async def test_the_terms_of_what_was_written_off_stay(database: Database, acme: Caller) -> None:
    it = await a_new_loan(database, acme)
    await database.run(acme, charge_off, ChargeOff(it, f"O-{it}", APR))
    for use_case, command, _ in (CASES[0], CASES[9], CASES[14], CASES[21], CASES[25]):
        with pytest.raises(LoanChargedOff):
            await database.run(acme, use_case, replace(command, loan=it, reference=f"x-{uuid4()}"))
    with pytest.raises(LoanChargedOff):
        await database.run(acme, charge_off, ChargeOff(it, f"O2-{it}", APR))
    assert (await database.read(acme, loan, it)).charged_off_on == APR
