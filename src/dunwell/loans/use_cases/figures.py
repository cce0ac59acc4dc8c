"""Figures of a contract for those who check a lender's own. Pure: nothing is looked up, nothing kept."""

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from dunwell.kernel.calendar import add_months
from dunwell.kernel.money import rounded
from dunwell.loans.model import DayCount
from dunwell.loans.rules import year_fraction
from dunwell.loans.rules.time_value import NoSuchValue, pmt, rate

MONTHS_A_YEAR: Final = 12
PRECISION: Final = 50
# The day counts under which a whole calendar month is a twelfth of a year.
TWELFTHS: Final = frozenset({DayCount.THIRTY_360, DayCount.THIRTY_E_360, DayCount.PERIOD})


def part_of_year(day_count: DayCount, start: date, end: date) -> Fraction:
    """The part of a year between two days; whole calendar months are twelfths where every month has 30 days."""
    months = (end.year - start.year) * MONTHS_A_YEAR + end.month - start.month
    if day_count in TWELFTHS and months > 0 and add_months(start, months) == end:
        return Fraction(months, MONTHS_A_YEAR)
    return year_fraction(day_count, start, end)


def exact_interest(balance: Decimal, annual_rate: Decimal, part: Fraction) -> Decimal:
    """Interest on a balance for a part of a year, unrounded, in the unit of the balance."""
    with localcontext(prec=PRECISION):
        return balance * annual_rate * part.numerator / part.denominator


def interest_of(balance: int, annual_rate: Decimal, part: Fraction) -> int:
    """The same in whole minor units, half-even."""
    return rounded(exact_interest(Decimal(balance), annual_rate, part))


def level_instalment(principal: int, annual_rate: Decimal, count: int, periods_a_year: int = 12) -> int:
    """The equal instalment of so many equal periods, half-even to the minor unit. `count` is above zero."""
    with localcontext(prec=PRECISION):
        return rounded(-pmt(annual_rate / periods_a_year, count, Decimal(principal)))


def implied_rate(principal: int, instalment: int, count: int, periods_a_year: int = 12) -> Decimal | None:
    """The yearly rate at which that instalment repays that principal; nothing where none does."""
    try:
        each = rate(count, Decimal(-instalment), Decimal(principal))
    except NoSuchValue:
        return None
    return each * periods_a_year
