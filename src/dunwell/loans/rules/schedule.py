"""Instalments from terms. Rounding is half-even to the minor unit; the last one takes the remainder."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final, assert_never

from dunwell.kernel.errors import Broken
from dunwell.kernel.money import rounded
from dunwell.loans.model import Due, GivenRow, Method, Terms
from dunwell.loans.rules.calendar import due_dates, later, period_fraction

# Enough digits that growing a balance over 600 periods never moves a cent.
PRECISION: Final = 50


def schedule(terms: Terms) -> tuple[Due, ...]:
    """What falls due, and when. The principal parts add up to the principal, whatever the rounding."""
    days = due_dates(terms)
    match terms.method:
        case Method.EQUAL_INSTALMENT:
            return _equal_instalment(terms, days)
        case Method.EQUAL_PRINCIPAL:
            return _equal_principal(terms, days)
        case Method.INTEREST_FIRST:
            return _interest_first(terms, days)
        case Method.BULLET:
            whole = sum(_fractions(terms, days), Fraction(0))
            return (Due(1, days[-1], terms.principal, interest(terms.principal, terms.annual_rate, whole)),)
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


def _fractions(terms: Terms, days: Sequence[date]) -> list[Fraction]:
    """The part of a year of each period; the first is whole only if it has the length of the others."""
    starts = [terms.disbursed_on, *days[:-1]]
    first_whole = later(terms.disbursed_on, terms.every, 1) == days[0]
    return [
        period_fraction(terms, start, end, whole=first_whole or position > 0)
        for position, (start, end) in enumerate(zip(starts, days, strict=True))
    ]


def _equal_instalment(terms: Terms, days: Sequence[date]) -> tuple[Due, ...]:
    parts = _fractions(terms, days)
    with localcontext(prec=PRECISION):
        rates = [terms.annual_rate * part.numerator / part.denominator for part in parts]
    payment = annuity(terms.principal, rates)
    balance, dues = terms.principal, list[Due]()
    for number, (day, part) in enumerate(zip(days, parts, strict=True), start=1):
        owed = interest(balance, terms.annual_rate, part)
        repaid = balance if number == terms.count else min(max(payment - owed, 0), balance)
        dues.append(Due(number, day, repaid, owed))
        balance -= repaid
    return tuple(dues)


def _equal_principal(terms: Terms, days: Sequence[date]) -> tuple[Due, ...]:
    each = rounded(Decimal(terms.principal) / terms.count)
    balance, dues = terms.principal, list[Due]()
    for number, (day, part) in enumerate(zip(days, _fractions(terms, days), strict=True), start=1):
        owed = interest(balance, terms.annual_rate, part)
        repaid = balance if number == terms.count else min(each, balance)
        dues.append(Due(number, day, repaid, owed))
        balance -= repaid
    return tuple(dues)


def _interest_first(terms: Terms, days: Sequence[date]) -> tuple[Due, ...]:
    return tuple(
        Due(
            number,
            day,
            terms.principal if number == terms.count else 0,
            interest(terms.principal, terms.annual_rate, part),
        )
        for number, (day, part) in enumerate(zip(days, _fractions(terms, days), strict=True), start=1)
    )
