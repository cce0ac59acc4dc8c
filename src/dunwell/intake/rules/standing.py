"""A loan of which the tape tells the balance, not the payments: condensed into a schedule that stands where it stands.

What was repaid before the tape becomes one instalment, due when the money was paid out and settled by one opening
payment. What is owed follows: the instalments that are overdue since the date the tape tells (or implies), then those
to come. So days past due, the amount overdue and the next due date are the lender's own, and are derived from then
on like those of any other loan.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from dunwell.intake.model import TapeInstalment, TapeLoan, TapePayment, Values, WrongCell
from dunwell.kernel.calendar import DAY, add_months
from dunwell.kernel.money import rounded
from dunwell.loans.model import MOST_INSTALMENTS

OPENING: Final = "repaid"
MONTHS_A_YEAR: Final = 12
DAYS_A_YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class Stated:
    """What the tape says, with the gaps filled."""

    as_of: date
    disbursed_on: date
    principal: int
    balance: int
    instalment: int
    rate: Decimal
    months: int
    days: int
    matures_on: date | None


def condensed(loan: TapeLoan) -> tuple[tuple[TapeInstalment, ...], tuple[TapePayment, ...]]:
    """The schedule and the opening payment of a loan with a stated balance. Raises `WrongCell`."""
    stated = _stated(loan)
    if stated.balance > stated.principal:
        raise _wrong("standing.balance", "more than the principal", "the principal is what was lent")
    repaid = stated.principal - stated.balance
    rows: list[TapeInstalment] = []
    payments: list[TapePayment] = []
    if repaid:
        rows.append(TapeInstalment(stated.disbursed_on, repaid, 0, 0))
        paid_on = max(stated.as_of, stated.disbursed_on)
        payments.append(TapePayment(OPENING, paid_on, repaid, f"{loan.reference}/{OPENING}"))
    if stated.balance:
        rows.extend(_remaining(stated, _next_due(loan.standing, loan.loan, stated)))
    return tuple(rows), tuple(payments)


def tells_lateness(loan: TapeLoan) -> bool:
    """Whether the tape says how late the loan is, beside or instead of its payments."""
    return any(name in loan.standing for name in ("paid_through", "past_due_since", "days_past_due"))


def caught_up(loan: TapeLoan) -> tuple[TapePayment, ...]:
    """The opening payment that leaves a schedule as late as the tape says. Raises `WrongCell`.

    Everything that fell due before the oldest unpaid instalment is paid, as of the day of the tape.
    """
    as_of = _as_of(loan)
    since = _unpaid_since(loan, as_of)
    paid = sum(row.total for row in loan.instalments if row.due_on < since)
    return (TapePayment(OPENING, as_of, paid, f"{loan.reference}/{OPENING}"),) if paid else ()


def _unpaid_since(loan: TapeLoan, as_of: date) -> date:
    since, through, late = (
        loan.standing.get(name) for name in ("past_due_since", "paid_through", "days_past_due")
    )
    if isinstance(since, date):
        return since
    if isinstance(through, date):
        return through + DAY
    if not isinstance(late, int) or late <= 0:
        return as_of + DAY
    # A bucket proves its lower end only: the instalment is the last one due that long ago, or longer.
    due = as_of - timedelta(days=late)
    return max((row.due_on for row in loan.instalments if row.due_on <= due), default=due)


def _as_of(loan: TapeLoan) -> date:
    as_of = loan.standing.get("as_of") or loan.told_on
    if not isinstance(as_of, date):
        raise _wrong("standing.as_of", "empty", "a standing needs the day it was true on")
    return as_of


def _stated(loan: TapeLoan) -> Stated:
    terms, standing = loan.loan, loan.standing
    as_of = _as_of(loan)
    disbursed = terms.get("disbursed_on")
    days = _int(terms, "every_days")
    rate = terms.get("annual_rate")
    matures = terms.get("matures_on")
    return Stated(
        as_of=as_of,
        disbursed_on=disbursed if isinstance(disbursed, date) else as_of,
        principal=_int(terms, "principal"),
        balance=_int(standing, "balance"),
        instalment=_int(terms, "instalment"),
        rate=rate if isinstance(rate, Decimal) else Decimal(0),
        months=_int(terms, "every_months") or (0 if days else 1),
        days=days,
        matures_on=matures if isinstance(matures, date) else None,
    )


def _next_due(standing: Values, terms: Values, stated: Stated) -> date:
    """The due date of the oldest instalment that is not paid, from the best source the tape has."""
    since, through, late = (
        standing.get(name) for name in ("past_due_since", "paid_through", "days_past_due")
    )
    if isinstance(since, date):
        return max(since, stated.disbursed_on)
    if isinstance(through, date):
        return max(_step(through, stated, 1), stated.disbursed_on)
    if isinstance(late, int) and late > 0:
        return max(stated.as_of - timedelta(days=late), stated.disbursed_on)
    first = terms.get("first_due_on")
    due = first if isinstance(first, date) else _step(stated.disbursed_on, stated, 1)
    return _after(due, stated)


def _after(first: date, stated: Stated) -> date:
    """The first due date behind the day of the tape, counted in steps from `first`."""
    position = 0
    while (due := _step(first, stated, position)) <= stated.as_of:
        position += 1
    return due


def _remaining(stated: Stated, first: date) -> list[TapeInstalment]:
    """The balance over the instalments to come; whatever is left falls due at maturity.

    Without an instalment amount nothing says how the balance is spread: then it falls due as one.
    """
    last = stated.matures_on or LATE
    if not stated.instalment:
        due = max(first, stated.matures_on) if stated.matures_on and first > stated.as_of else first
        return [TapeInstalment(due, stated.balance, 0, 0)]
    rows: list[TapeInstalment] = []
    balance, position = stated.balance, 0
    while balance:
        due = _step(first, stated, position)
        interest = min(_interest(balance, stated), stated.instalment)
        principal = min(stated.instalment - interest, balance)
        final = due >= last or position == MOST_INSTALMENTS - 2
        rows.append(TapeInstalment(due, balance if final else principal, interest, 0))
        balance = 0 if final else balance - principal
        position += 1
    return rows


def _interest(balance: int, stated: Stated) -> int:
    """Interest of one period on equal months; half-even to the minor unit."""
    year = Decimal(stated.months) / MONTHS_A_YEAR if stated.months else Decimal(stated.days) / DAYS_A_YEAR
    return rounded(balance * stated.rate * year)


def _step(day: date, stated: Stated, times: int) -> date:
    return add_months(day, stated.months * times) + timedelta(days=stated.days * times)


def _int(values: Values, name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) else 0


def _wrong(field: str, problem: str, remedy: str) -> WrongCell:
    wrong = WrongCell(problem, remedy)
    wrong.column = field
    return wrong


LATE: Final = date.max
