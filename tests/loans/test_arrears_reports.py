"""One pass over all loans says what the workings of the single loans say, on any day, of any portfolio."""

import random
from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    AskHistory,
    AskReport,
    AskRolls,
    AskWorking,
    LoanState,
    Method,
    PlacePause,
    ReportInvalid,
    ReversePayment,
    RollRates,
    Spell,
)
from dunwell.loans.model.owed import View
from dunwell.loans.use_cases import (
    arrears_history,
    arrears_report,
    loan_working,
    place_pause,
    reverse_payment,
    roll_rates,
)
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.loans import a_loan, pay

Key = tuple[str, str, str]


async def a_portfolio(tx: TenantTx, chance: random.Random) -> list[LoanId]:
    """Loans that began within the last year; paid on time, late, in advance, back-dated, taken back; some paused."""
    who = await a_borrower(tx)
    return [await _some_loan(tx, chance, who) for _ in range(25)]


async def _some_loan(tx: TenantTx, chance: random.Random, who: BorrowerId) -> LoanId:
    began = tx.today - timedelta(days=chance.randrange(5, 365))
    count = chance.randrange(1, 9)
    loan = await a_loan(
        tx,
        borrower=who,
        disbursed_on=began,
        principal=Money(chance.randrange(count, 90_000), "CNY"),
        count=count,
        method=chance.choice([Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_FIRST]),
        product=chance.choice(["", "card"]),
    )
    for _ in range(chance.randrange(0, 5)):
        on = began + timedelta(days=chance.randrange(0, (tx.today - began).days + 1))
        if not await tx.value("SELECT outstanding FROM loans WHERE id = $1", loan):
            break
        receipt = await pay(tx, loan, chance.randrange(1, 20_000), on)
        if chance.random() < 0.2:
            command = ReversePayment(receipt.payment, f"R-{uuid4().hex[:12]}", "charge-back")
            await reverse_payment(tx, command)
    if chance.random() < 0.3:
        start = began + timedelta(days=chance.randrange(0, 60))
        ends = start + timedelta(days=chance.randrange(0, 40)) if chance.random() < 0.7 else None
        await place_pause(tx, PlacePause(loan, f"S-{uuid4().hex[:12]}", start, ends, "flood"))
    return loan


async def singly(tx: TenantTx, on: date) -> tuple[Counter[Key], Counter[Key]]:
    """The report, added up from one working after the other."""
    loans = [row["id"] for row in await tx.rows("SELECT id FROM loans")]
    counts, overdue = Counter[Key](), Counter[Key]()
    for loan in loans:
        row = await tx.row("SELECT disbursed_on, product FROM loans WHERE id = $1", loan)
        assert row is not None
        if row["disbursed_on"] > on:
            continue
        working = (await loan_working(tx, AskWorking(loan, on))).working
        is_open = any(line.outstanding for line in working.instalments)
        key = row["product"], LoanState.OPEN if is_open else LoanState.SETTLED, working.bucket
        counts[key] += 1
        overdue[key] += working.overdue
    return counts, overdue


async def test_the_report_is_the_sum_of_the_single_workings(database: Database, acme: Caller) -> None:
    await database.run(acme, a_portfolio, random.Random(7))
    today = await database.read(acme, _today, None)
    for days in (0, 1, 13, 45, 120, 200, 300, 400, -10, -60):
        on = today - timedelta(days=days)
        report = await database.read(acme, arrears_report, AskReport(on))
        counts, overdue = await database.read(acme, singly, on)
        assert {(row.product, row.state, row.bucket): row.count for row in report.rows} == counts, on
        found = {(row.product, row.state, row.bucket): row.overdue.minor for row in report.rows}
        assert found == {key: overdue[key] for key in counts}, on


async def test_the_history_of_a_loan_says_what_its_workings_say(database: Database, birch: Caller) -> None:
    async def lent(tx: TenantTx, chance: random.Random) -> list[LoanId]:
        who = await a_borrower(tx)
        return [await _some_loan(tx, chance, who) for _ in range(6)]

    today = await database.read(birch, _today, None)
    for loan in await database.run(birch, lent, random.Random(3)):
        history = await database.read(birch, arrears_history, AskHistory(loan))
        assert history.spells[-1].to_on == today
        for spell in history.spells:
            for on in {spell.from_on, spell.to_on}:
                working = (await database.read(birch, loan_working, AskWorking(loan, on))).working
                assert working.bucket == spell.bucket, on
                assert working.days_past_due <= spell.most_days


def _names(rates: RollRates) -> Counter[tuple[str, str]]:
    counts = Counter[tuple[str, str]]()
    for row in rates.rows:
        counts["from", row.from_bucket] += row.count
        counts["to", row.to_bucket] += row.count
    return counts


@pytest.mark.parametrize("view", list(View))
async def test_roll_rates_begin_and_end_with_the_arrears_of_those_days(
    database: Database, acme: Caller, view: View
) -> None:
    today = await database.read(acme, _today, None)
    first, second = today - timedelta(days=70), today - timedelta(days=9 if view is View.RECOMPUTED else 0)
    rates = await database.read(acme, roll_rates, AskRolls(first, second, view))
    counts = _names(rates)
    for side, on in (("from", first), ("to", second)):
        report = await database.read(acme, arrears_report, AskReport(on, view))
        alone = Counter[str]()
        for row in report.rows:
            alone[row.bucket if row.state is LoanState.OPEN else row.state] += row.count
        found = {name: count for (which, name), count in counts.items() if which == side and name != "new"}
        assert found == alone
    for cure in rates.cures:
        assert 0 <= cure.cured <= cure.late


async def test_nothing_was_known_before_it_was_booked(database: Database, acme: Caller) -> None:
    today = await database.read(acme, _today, None)
    yesterday = today - timedelta(days=1)
    known = await database.read(acme, arrears_report, AskReport(yesterday, View.KNOWN_THEN))
    assert known.rows == ()
    now = await database.read(acme, arrears_report, AskReport(today, View.KNOWN_THEN))
    assert now.rows == (await database.read(acme, arrears_report, AskReport())).rows


@pytest.mark.parametrize(
    ("first", "last"), [(date(2024, 2, 1), date(2024, 1, 1)), (date(1900, 1, 1), date(2024, 1, 1))]
)
async def test_days_that_cannot_be_are_refused(
    database: Database, acme: Caller, first: date, last: date
) -> None:
    with pytest.raises(ReportInvalid):
        await database.read(acme, roll_rates, AskRolls(first, last))


async def test_known_history_begins_with_the_first_booking(database: Database, acme: Caller) -> None:
    async def lent(tx: TenantTx, _: None) -> LoanId:
        return await a_loan(tx, days_late=40)

    loan = await database.run(acme, lent, None)
    today = await database.read(acme, _today, None)
    known = await database.read(acme, arrears_history, AskHistory(loan, View.KNOWN_THEN))
    assert known.spells == (Spell("M2", LoanState.OPEN, today, today, 40),)
    recomputed = await database.read(acme, arrears_history, AskHistory(loan))
    assert [spell.bucket for spell in recomputed.spells] == ["current", "M1", "M2"]


async def _today(tx: TenantTx, _: None) -> date:
    return tx.today
