"""Flat interest: counted on the amount that was lent, whatever of it is repaid, in equal parts (等本等息)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from dunwell.kernel.money import rounded
from dunwell.loans.model import MOST_INSTALMENTS, Due, Prepayment, Rounding, Spread, Terms
from dunwell.loans.rules.amortising import never_repaid
from dunwell.loans.rules.calendar import Periods, part_of, periods
from dunwell.loans.rules.events import (
    PRECISION,
    Event,
    down_payment_of,
    events_of,
    first_disbursement,
    is_lent,
    merged,
    reaches,
    to_multiple,
)


@dataclass(slots=True)
class _Walk:
    """Where the walk is. Of the rows from here on `share` is the principal and `each` the interest, unrounded.

    `whole` is the interest of the loan, of which `asked` is in the rows behind.
    """

    terms: Terms
    periods: Periods
    waiting: list[Event]
    rate: Decimal
    number: int = 1
    balance: int = 0
    lent: int = 0
    share: Decimal = Decimal(0)
    each: Decimal = Decimal(0)
    whole: Decimal = Decimal(0)
    asked: int = 0
    deferred: int = 0

    @property
    def last(self) -> int:
        """The last row: of the term, or the one after it that a late tranche needs."""
        return max(self.terms.count, self.number)


def flat(terms: Terms, prepayments: Sequence[Prepayment] = ()) -> tuple[Due, ...]:
    """Equal principal and equal interest; the last row takes what rounding leaves of both.

    A down payment lowers the principal and not the interest. A tranche adds its own interest to the rows that are
    left, a change of the rate the difference; a prepayment lowers the principal parts and no interest. The term
    is always kept.
    """
    lent = first_disbursement(terms)
    first = Event(terms.disbursed_on, lent, down_payment_of(lent, terms.clauses))
    events = [first, *events_of(terms, prepayments)]
    walk = _Walk(terms, periods(terms), events[1:], terms.annual_rate)
    rows: list[Due] = []
    with localcontext(prec=PRECISION):
        _charge(walk, first)
        _spread(walk, first)
        while walk.number <= terms.count or is_lent(walk.waiting):
            if walk.number > MOST_INSTALMENTS:
                raise never_repaid()
            row = _row(walk)
            if row.number <= terms.count or row.total:
                rows.append(row._replace(number=len(rows) + 1))
    return merged(rows, events, terms.clauses)


def _row(walk: _Walk) -> Due:
    """The row of this period; the walk moves to the next."""
    number, clauses = walk.number, walk.terms.clauses
    period = walk.periods(number)
    inside = [event for event in walk.waiting if reaches(event, period, clauses)]
    walk.waiting = walk.waiting[len(inside) :]
    for event in inside:
        _charge(walk, event)
        _spread(walk, event)
    last = number == walk.last
    left = max(rounded(walk.whole) - walk.asked, 0)
    usual = min(rounded(walk.each), left) if number > clauses.interest_free else 0
    owed = left if last else usual
    repaid = walk.balance if last else _principal(walk, owed)
    walk.balance, walk.asked, walk.number = walk.balance - repaid, walk.asked + owed, number + 1
    due = walk.deferred + owed
    walk.deferred = due if number <= clauses.interest_deferred and not last else 0
    return Due(number, period.due_on, repaid, due - walk.deferred)


def _principal(walk: _Walk, owed: int) -> int:
    """What a row repays that is not the last."""
    clauses = walk.terms.clauses
    if walk.number <= clauses.interest_only:
        return 0
    if clauses.instalment is not None:
        repaid = clauses.instalment - owed
    elif clauses.multiple_of == 1 and clauses.rounding is Rounding.HALF_EVEN:
        repaid = rounded(walk.share)
    else:
        repaid = to_multiple(walk.share + walk.each, clauses) - owed
    return min(max(repaid, 0), walk.balance)


def _charge(walk: _Walk, event: Event) -> None:
    """Lead the balance over an event, and spread the interest it adds over the rows from here on."""
    lent = walk.lent + max(event.amount, 0)
    rate = walk.rate if event.rate is None else event.rate
    more = lent * rate - walk.lent * walk.rate
    free = walk.terms.clauses.interest_free
    numbers = range(max(walk.number, free + 1), walk.last + 1)
    part = sum((_part(walk, number, event) for number in numbers), Fraction(0))
    interest = more * part.numerator / part.denominator
    walk.whole += interest
    walk.each += interest / len(numbers) if numbers else 0
    walk.balance = max(walk.balance + event.change, 0)
    walk.lent, walk.rate = lent, rate


def _spread(walk: _Walk, event: Event) -> None:
    """Set the principal of the rows from here on."""
    clauses, first = walk.terms.clauses, walk.number == 1
    if clauses.spread is Spread.WHOLE_TERM and not first:
        walk.share += Decimal(event.change) / (walk.terms.count - clauses.interest_only)
    else:
        walk.share = Decimal(walk.balance) / (walk.last - max(walk.number - 1, clauses.interest_only))


def _part(walk: _Walk, number: int, event: Event) -> Fraction:
    """The part of a year of a period that lies after an event."""
    period = walk.periods(number)
    return part_of(walk.terms.day_count, period, min(max(event.on, period.start), period.end), period.end)
