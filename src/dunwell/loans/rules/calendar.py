"""Due dates, and how much of a year lies between two of them."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Final, assert_never

from dunwell.kernel.calendar import add_months
from dunwell.loans.model import DayCount, Every, Terms, Unit

YEAR: Final = 360
MONTH: Final = 30


def later(day: date, every: Every, periods: int) -> date:
    """The day `periods` periods after (or, negative, before) `day`."""
    distance = every.count * periods
    match every.unit:
        case Unit.MONTH:
            return add_months(day, distance)
        case Unit.WEEK:
            return day + timedelta(weeks=distance)
        case Unit.DAY:
            return day + timedelta(days=distance)
        case _:
            assert_never(every.unit)


def due_dates(terms: Terms) -> list[date]:
    """All due dates, strictly rising, counted from one day so that month ends stay month ends.

    Lent on 31 January and first due on 28 February, the next instalment is due on 31 March: whole periods
    are counted from the day the money was paid out. After a first period of another length they are counted
    from the first due date.
    """
    first = terms.first_due_on
    if first is None or later(terms.disbursed_on, terms.every, 1) == first:
        return [later(terms.disbursed_on, terms.every, number) for number in range(1, terms.count + 1)]
    return [later(first, terms.every, number) for number in range(terms.count)]


def year_fraction(day_count: DayCount, start: date, end: date) -> Fraction:
    """The part of a year from `start` to `end`, exactly. Zero for an empty span."""
    match day_count:
        case DayCount.THIRTY_360 | DayCount.THIRTY_E_360:
            return Fraction(_thirty_days(day_count, start, end), YEAR)
        case DayCount.ACTUAL_360:
            return Fraction((end - start).days, YEAR)
        case DayCount.ACTUAL_365:
            return Fraction((end - start).days, 365)
        case DayCount.ACTUAL_ACTUAL:
            return _actual_actual(start, end)
        case _:
            assert_never(day_count)


def period_fraction(terms: Terms, start: date, end: date, *, whole: bool) -> Fraction:
    """The part of a year of one period; a whole month is 30 days under 30/360, however long it was."""
    thirty = terms.day_count in {DayCount.THIRTY_360, DayCount.THIRTY_E_360}
    if thirty and whole and terms.every.unit is Unit.MONTH:
        return Fraction(terms.every.count, 12)
    return year_fraction(terms.day_count, start, end)


def _thirty_days(day_count: DayCount, start: date, end: date) -> int:
    """Days when every month has 30: the bond basis (US) keeps a 31st that does not follow a 30th."""
    first = min(start.day, MONTH)
    keeps = day_count is DayCount.THIRTY_360 and first < MONTH
    last = end.day if keeps else min(end.day, MONTH)
    return (end.year - start.year) * YEAR + (end.month - start.month) * MONTH + last - first


def _actual_actual(start: date, end: date) -> Fraction:
    """Days in leap years over 366, the others over 365 (ISDA)."""
    total = Fraction(0)
    day = start
    while day < end:
        following = date(day.year + 1, 1, 1)
        until = min(following, end)
        total += Fraction((until - day).days, (following - date(day.year, 1, 1)).days)
        day = until
    return total
