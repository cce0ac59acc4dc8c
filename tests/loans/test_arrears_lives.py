"""One pass, the history and the single workings agree on loans to which anything can have happened."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import DunwellError
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    AskHistory,
    AskRecoveries,
    AskReport,
    AskRolls,
    AskWorking,
    ChangeRate,
    ChargeBack,
    ChargeOff,
    Component,
    LoanState,
    PostCharge,
    ReAge,
    Reamortise,
    Reschedule,
    UndoHappening,
    WaiveCharge,
    WatchCause,
)
from dunwell.loans.model.owed import View
from dunwell.loans.use_cases import (
    arrears_history,
    arrears_report,
    change_rate,
    charge_back,
    charge_off,
    loan_working,
    post_charge,
    re_age,
    reamortise,
    recoveries,
    reschedule,
    roll_rates,
    undo_happening,
    waive_charge,
)
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.loans import a_loan, pay

NEXT = "SELECT min(due_on) FROM instalments WHERE loan_id = $1 AND due_on > $2"


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


async def a_busy_loan(tx: TenantTx, chance: random.Random) -> LoanId:
    """A loan to which ten random things happened, in random order of value dates; what is refused did not happen."""
    began = tx.today - timedelta(days=chance.randrange(60, 365))
    loan = await a_loan(
        tx, disbursed_on=began, principal=cny(chance.randrange(100, 90_000)), count=chance.randrange(2, 9),
        annual_rate=Decimal("0.12"),
    )  # fmt: skip
    for _ in range(10):
        on = began + timedelta(days=chance.randrange(0, (tx.today - began).days + 1))
        try:
            async with tx.savepoint():
                await _something(tx, loan, on, chance)
        except DunwellError:
            continue
    return loan


async def _something(tx: TenantTx, loan: LoanId, on: date, chance: random.Random) -> None:
    reference = f"H-{uuid4().hex[:12]}"
    match chance.randrange(10):
        case 0:
            due = on + timedelta(days=chance.randrange(0, 20))
            await post_charge(tx, PostCharge(loan, reference, "late_fee", Component.FEES, cny(500), on, due))
        case 1:
            command = WaiveCharge(loan, reference, on, component=Component.INTEREST, amount=cny(100))
            await waive_charge(tx, command)
        case 2:
            paid = await pay(tx, loan, chance.randrange(1, 9_000), on)
            await charge_back(tx, ChargeBack(paid.payment, reference, on + timedelta(days=1)))
        case 3:
            await re_age(tx, ReAge(loan, reference, on, on + timedelta(days=15), 4))
        case 4:
            due_on = await tx.value(NEXT, loan, on) or on
            moved = Reschedule(loan, reference, on, due_on, due_on + timedelta(days=10), 1)
            done = await reschedule(tx, moved)
            if chance.random() < 0.3:
                await undo_happening(tx, UndoHappening(done.id, reference + "-u"))
        case 5:
            await reamortise(tx, Reamortise(loan, reference, on))
        case 6:
            await change_rate(tx, ChangeRate(loan, reference, Decimal("0.06"), on))
        case 7 if chance.random() < 0.4:
            await charge_off(tx, ChargeOff(loan, reference, on, "gone"))
        case _:
            await pay(tx, loan, chance.randrange(1, 9_000), on)


async def busy(tx: TenantTx, chance: random.Random) -> list[LoanId]:
    return [await a_busy_loan(tx, chance) for _ in range(30)]


async def test_the_one_pass_agrees_with_every_single_life(database: Database, acme: Caller) -> None:
    await database.run(acme, busy, random.Random(11))
    loans = await database.read(acme, _loans, None)
    today = await database.read(acme, _today, None)
    kinds = await database.read(acme, _kinds, None)
    assert {"charged", "waived", "charged_back", "re_aged", "rescheduled", "charged_off"} <= set(kinds)
    for days in (0, 2, 20, 60, 120, 200, 300):
        on = today - timedelta(days=days)
        report = await database.read(acme, arrears_report, AskReport(on))
        found = Counter[tuple[str, str]]()
        for row in report.rows:
            found[row.state, row.bucket] += row.count
        counts, overdue = Counter[tuple[str, str]](), 0
        for loan in loans:
            history = await database.read(acme, arrears_history, AskHistory(loan, until=on))
            if history.spells:
                counts[history.spells[-1].state, history.spells[-1].bucket] += 1
                overdue += (await database.read(acme, loan_working, AskWorking(loan, on))).working.overdue
        assert found == counts, on
        assert sum(row.overdue.minor for row in report.rows) == overdue, on


async def test_roll_rates_of_busy_loans_begin_and_end_with_the_arrears_of_those_days(
    database: Database, acme: Caller
) -> None:
    today = await database.read(acme, _today, None)
    first, second = today - timedelta(days=90), today - timedelta(days=30)
    rates = await database.read(acme, roll_rates, AskRolls(first, second))
    for side, on in (("from_bucket", first), ("to_bucket", second)):
        report = await database.read(acme, arrears_report, AskReport(on))
        alone, rolled = Counter[str](), Counter[str]()
        for row in report.rows:
            alone[row.bucket if row.state is LoanState.OPEN else row.state] += row.count
        for row in rates.rows:
            rolled[getattr(row, side)] += row.count
        rolled.pop("new", None)
        assert rolled == alone
    before = await database.read(acme, arrears_report, AskReport(first))
    assert sum(row.outstanding_before.minor for row in rates.rows) == sum(
        row.outstanding.minor for row in before.rows
    )


async def test_a_charged_off_loan_keeps_its_bucket_and_what_comes_in_is_recovered(
    database: Database, birch: Caller
) -> None:
    async def gone(tx: TenantTx, _: None) -> LoanId:
        who = await a_borrower(tx)
        loan = await a_loan(tx, days_late=100, borrower=who, count=1, principal=Money(50_000, "USD"))
        await charge_off(tx, ChargeOff(loan, f"H-{uuid4()}", tx.today - timedelta(days=60), "gone"))
        await pay(tx, loan, 10_000, tx.today - timedelta(days=1), amount=Money(10_000, "USD"))
        return loan

    loan = await database.run(birch, gone, None)
    today = await database.read(birch, _today, None)
    history = await database.read(birch, arrears_history, AskHistory(loan))
    assert [(spell.state, spell.bucket) for spell in history.spells][-1] == (LoanState.CHARGED_OFF, "M2")
    report = await database.read(birch, arrears_report, AskReport())
    rows = [row for row in report.rows if row.state is LoanState.CHARGED_OFF]
    assert [(row.bucket, row.count, row.outstanding) for row in rows] == [("M2", 1, Money(40_000, "USD"))]
    off = today - timedelta(days=60)
    found = await database.read(birch, recoveries, AskRecoveries(off, today))
    assert [(row.charged_off, row.recovered_of_these, row.rate) for row in found if row.loans] == [
        (Money(50_000, "USD"), Money(10_000, "USD"), 2_000)
    ]
    assert sum(row.recovered.minor for row in found) == 10_000
    # As known then, the loan was charged off today, whatever day it was booked for.
    known = await database.read(birch, arrears_history, AskHistory(loan, View.KNOWN_THEN))
    assert [spell.state for spell in known.spells] == [LoanState.CHARGED_OFF]


async def test_a_restructured_loan_is_watched(database: Database, birch: Caller) -> None:
    async def helped(tx: TenantTx, _: None) -> LoanId:
        loan = await a_loan(tx, days_late=50, principal=Money(50_000, "USD"))
        first = tx.today + timedelta(days=20)
        await re_age(tx, ReAge(loan, f"H-{uuid4()}", tx.today - timedelta(days=5), first, 3))
        return loan

    loan = await database.run(birch, helped, None)
    history = await database.read(birch, arrears_history, AskHistory(loan))
    assert [watch.cause for watch in history.watches] == [WatchCause.RESTRUCTURE]


async def _today(tx: TenantTx, _: None) -> date:
    return tx.today


async def _kinds(tx: TenantTx, _: None) -> list[str]:
    return [row["kind"] for row in await tx.rows("SELECT DISTINCT kind FROM happenings")]


async def _loans(tx: TenantTx, _: None) -> list[LoanId]:
    return [row["id"] for row in await tx.rows("SELECT id FROM loans")]
