"""Instalments from terms. Rounding is half-even to the minor unit; the last one takes the remainder."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import assert_never

from dunwell.kernel.errors import Broken
from dunwell.kernel.money import rounded
from dunwell.loans.model import Due, GivenRow, Method, Prepayment, Terms
from dunwell.loans.rules.amortising import amortised
from dunwell.loans.rules.calendar import due_dates, periods
from dunwell.loans.rules.events import (
    PRECISION,
    Event,
    down_payment_of,
    events_of,
    first_disbursement,
    grown,
    merged,
)
from dunwell.loans.rules.flat import flat


def schedule(terms: Terms) -> tuple[Due, ...]:
    """What falls due, and when. The principal parts add up to the principal, whatever the rounding.

    Raises `LoanInvalid` where an instalment that a clause keeps does not repay the loan.
    """
    return schedule_after(terms, ())


def schedule_after(terms: Terms, prepayments: Sequence[Prepayment]) -> tuple[Due, ...]:
    """The schedule as prepayments change it: what is behind them stays, what is ahead is computed anew.

    The principal parts and the prepayments add up to the principal. Each prepayment says whether the term stays
    (a smaller instalment) or the instalment (a shorter term). It is no row of the schedule.
    """
    match terms.method:
        case Method.EQUAL_INSTALMENT | Method.EQUAL_PRINCIPAL | Method.INTEREST_FIRST:
            return amortised(terms, prepayments)
        case Method.FLAT:
            return flat(terms, prepayments)
        case Method.BULLET:
            return _bullet(terms, prepayments)
        case Method.AS_ON_TAPE:
            raise Broken("a schedule as on the tape is given, not computed")
        case _:
            assert_never(terms.method)


def given_schedule(rows: Sequence[GivenRow]) -> tuple[Due, ...]:
    """The lender's own rows, numbered by due date; rows of one date keep their order."""
    ordered = sorted(rows, key=lambda row: row.due_on)
    return tuple(
        Due(number, row.due_on, row.principal.minor, row.interest.minor, row.costs.minor)
        for number, row in enumerate(ordered, start=1)
    )


def interest(balance: int, annual_rate: Decimal, part_of_year: Fraction) -> int:
    """Interest on a balance for a part of a year, half-even to the minor unit."""
    with localcontext(prec=PRECISION):
        return rounded(balance * annual_rate * part_of_year.numerator / part_of_year.denominator)


def annuity(principal: int, rates: Sequence[Decimal]) -> int:
    """The equal instalment that repays the principal at those rates per period, half-even to the minor unit.

    P·∏(1+f) / Σ, where Σ is the value at maturity of one unit paid in every period.
    """
    with localcontext(prec=PRECISION):
        growth, units = Decimal(1), Decimal(0)
        for rate in rates:
            growth *= 1 + rate
            units = units * (1 + rate) + 1
        return rounded(principal * growth / units)


def _bullet(terms: Terms, prepayments: Sequence[Prepayment]) -> tuple[Due, ...]:
    """Everything on the last due date; the interest of all periods is rounded once."""
    lent, at = first_disbursement(terms), periods(terms)
    down = down_payment_of(lent, terms.clauses)
    events = events_of(terms, prepayments)
    balance, rate, owed = lent - down, terms.annual_rate, Decimal(0)
    waiting = list(events)
    with localcontext(prec=PRECISION):
        for number in range(1, terms.count + 1):
            period = at(number)
            # What happens after the last due date is too late to change it, but for the principal.
            inside = waiting if number == terms.count else [each for each in waiting if each.on < period.end]
            waiting = waiting[len(inside) :]
            after = grown(balance, rate, terms.day_count, period, inside)
            balance, rate = after.balance, after.rate
            owed += after.interest if number > terms.clauses.interest_free else 0
    row = Due(1, due_dates(terms)[-1], balance, rounded(owed))
    return merged([row], [Event(terms.disbursed_on, lent, down), *events], terms.clauses)
