"""Schedules on the declining balance: equal instalments, equal principal, interest first, with all their clauses.

One walk over the periods. Whenever money is lent or repaid in between or the rate changes, what is still to be
repaid is spread anew over the rows that are left. The last row takes what rounding leaves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import assert_never

from dunwell.kernel.errors import Fault
from dunwell.kernel.money import rounded
from dunwell.loans.model import (
    MOST_INSTALMENTS,
    Due,
    Keep,
    Level,
    LoanInvalid,
    Method,
    Prepayment,
    Spread,
    Terms,
)
from dunwell.loans.rules.calendar import Periods, equal_part, periods
from dunwell.loans.rules.events import (
    PRECISION,
    Event,
    down_payment_of,
    events_of,
    first_disbursement,
    grown,
    is_lent,
    merged,
    reaches,
    to_multiple,
)


@dataclass(slots=True)
class _Walk:
    """Where the walk is: the row, what is outstanding at its beginning, and the instalment until told otherwise."""

    terms: Terms
    periods: Periods
    waiting: list[Event]
    balance: int
    rate: Decimal
    number: int = 1
    payment: int | None = None
    # Rows go on, or end early, with what the kept instalment repays.
    open_ended: bool = False
    deferred: int = 0


def amortised(
    terms: Terms, prepayments: Sequence[Prepayment] = (), at: Periods | None = None
) -> tuple[Due, ...]:
    """The schedule on the declining balance, after any prepayments; `at` gives periods other than the terms'.

    The principal parts add up to the principal less what was prepaid. Raises `LoanInvalid` where an instalment
    that is to be kept does not repay the loan.
    """
    events, lent = events_of(terms, prepayments), first_disbursement(terms)
    down = down_payment_of(lent, terms.clauses)
    walk = _Walk(terms, at or periods(terms), events, lent - down, terms.annual_rate)
    with localcontext(prec=PRECISION):
        rows = _walked(walk)
    return merged(rows, [Event(terms.disbursed_on, lent, down), *events], terms.clauses)


def _walked(walk: _Walk) -> list[Due]:
    """The rows of the whole walk; behind the term those that repay something, numbered without gaps."""
    rows: list[Due] = []
    while walk.number <= walk.terms.count or walk.balance or is_lent(walk.waiting):
        if walk.number > MOST_INSTALMENTS:
            raise never_repaid()
        if walk.open_ended and not walk.balance and not is_lent(walk.waiting):
            break
        row = _row(walk)
        if row.number <= walk.terms.count:
            rows.append(row)
        elif row.total:
            rows.append(row._replace(number=len(rows) + 1))
    return rows


def never_repaid() -> LoanInvalid:
    """The loan is not repaid by its instalments."""
    fault = Fault(
        "clauses",
        f"not repaid within {MOST_INSTALMENTS} instalments",
        "keep the term instead of the instalment, or raise the instalment",
    )
    return LoanInvalid("the instalment does not repay the loan", faults=[fault])


def _row(walk: _Walk) -> Due:
    """The row of this period; the walk moves to the next."""
    terms, number, clauses = walk.terms, walk.number, walk.terms.clauses
    period = walk.periods(number)
    inside = [event for event in walk.waiting if reaches(event, period, clauses)]
    walk.waiting = walk.waiting[len(inside) :]
    if walk.payment is None or inside:
        _spread(walk, inside)
    after = grown(walk.balance, walk.rate, terms.day_count, period, inside)
    owed = rounded(after.interest) if number > clauses.interest_free else 0
    last = number >= terms.count and not walk.open_ended
    repaid = after.balance if last else _principal(walk, after.balance, owed)
    walk.balance, walk.rate, walk.number = after.balance - repaid, after.rate, number + 1
    due = walk.deferred + owed
    walk.deferred = due if number <= clauses.interest_deferred and not last else 0
    return Due(number, period.due_on, repaid, due - walk.deferred)


def _principal(walk: _Walk, balance: int, owed: int) -> int:
    """What a row repays that is not the last."""
    if walk.number <= walk.terms.clauses.interest_only:
        return 0
    payment = walk.payment or 0
    if walk.terms.method is Method.EQUAL_INSTALMENT:
        payment = max(payment - owed, 0)
    return min(payment, balance)


def _spread(walk: _Walk, inside: Sequence[Event]) -> None:
    """Set the instalment (or, of equal principal, its part) from this row on."""
    clauses, first = walk.terms.clauses, walk.payment is None
    kept = bool(inside) and all(event.keep is Keep.INSTALMENT for event in inside)
    if first and clauses.instalment is not None:
        walk.payment = clauses.instalment
    elif first and kept:
        walk.payment = _level(walk, ())
    if kept:
        at_maturity = walk.terms.method is Method.INTEREST_FIRST or clauses.balloon or clauses.amortised_over
        walk.open_ended = not at_maturity
    elif inside or walk.payment is None:
        walk.open_ended = False
        walk.payment = _level(walk, inside)


def _level(walk: _Walk, inside: Sequence[Event]) -> int:
    """The instalment (or the principal part) that the rows left need, rounded as the contract says."""
    match walk.terms.method:
        case Method.EQUAL_INSTALMENT:
            exact = _annuity(walk, inside)
        case Method.EQUAL_PRINCIPAL:
            exact = _share(walk, inside)
        case _:
            return 0
    return max(to_multiple(exact, walk.terms.clauses), 0)


def _annuity(walk: _Walk, inside: Sequence[Event]) -> Decimal:
    """The equal instalment that repays the balance over the rows left, unrounded.

    (V - balloon) / Σ, where V is what the balance grows to by the last row if nothing is paid and Σ what one unit
    paid in every row grows to. Without interest-only rows, V = P·∏(1+f).
    """
    terms, clauses = walk.terms, walk.terms.clauses
    first, last = walk.number, _last_row(walk)
    start = grown(walk.balance, walk.rate, terms.day_count, walk.periods(first), inside)
    part_of_row = _parts(walk)
    value, units = Decimal(start.balance), Decimal(0)
    for number in range(first, last + 1):
        if number <= clauses.interest_only:
            continue
        if number == first and clauses.level is Level.AS_THEY_ARE:
            value, units = value + (start.interest if number > clauses.interest_free else 0), Decimal(1)
            continue
        part = part_of_row(number) if number > clauses.interest_free else Fraction(0)
        factor = 1 + start.rate * part.numerator / part.denominator
        value, units = value * factor, units * factor + 1
    return (value - (clauses.balloon or 0)) / units if units else Decimal(0)


def _parts(walk: _Walk) -> Callable[[int], Fraction]:
    """The part of a year that each period counts for in the instalment."""
    match level := walk.terms.clauses.level:
        case Level.AS_THEY_ARE:
            return lambda number: walk.periods(number).part
        case Level.EQUAL:
            equal = equal_part(walk.terms.every)
            return lambda _: equal
        case Level.AS_THE_FIRST:
            first = walk.periods(1).part
            return lambda _: first
        case _:
            assert_never(level)


def _share(walk: _Walk, inside: Sequence[Event]) -> Decimal:
    """The equal part of the principal over the rows left that repay."""
    clauses = walk.terms.clauses
    if clauses.spread is Spread.WHOLE_TERM and walk.payment is not None:
        return Decimal(walk.payment) + Decimal(sum(event.change for event in inside)) / max(
            walk.terms.count - clauses.interest_only, 1
        )
    rows = _last_row(walk) - max(walk.number - 1, clauses.interest_only)
    balance = max(walk.balance + sum(event.change for event in inside), 0)
    return Decimal(balance - (clauses.balloon or 0)) / rows if rows > 0 else Decimal(0)


def _last_row(walk: _Walk) -> int:
    """The row the instalments are computed to end with; behind the term where the loan is amortised over a longer."""
    clauses = walk.terms.clauses
    over = clauses.interest_only + clauses.amortised_over if clauses.amortised_over else walk.terms.count
    return max(over, walk.number)
