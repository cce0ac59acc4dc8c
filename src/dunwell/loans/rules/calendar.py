"""Due dates, the days an instalment's interest is for, and how much of a year they are."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Final, NamedTuple, assert_never

from dunwell.kernel.calendar import DAY, add_months
from dunwell.loans.model import PLAIN, Accrual, DayCount, Every, Terms, Unit
from dunwell.loans.rules.rolls import rolled

MONTH: Final = 30
THIRTY: Final = {DayCount.THIRTY_360: 360, DayCount.THIRTY_E_360: 360, DayCount.THIRTY_365: 365}
ACTUAL: Final = {DayCount.ACTUAL_360: 360, DayCount.ACTUAL_364: 364, DayCount.ACTUAL_365: 365}
PERIODS_A_YEAR: Final = {Unit.DAY: 365, Unit.WEEK: 52, Unit.MONTH: 12, Unit.YEAR: 1}


class Period(NamedTuple):
    """One instalment's time: when it is due, the days its interest is for, and the part of a year they are."""

    due_on: date
    start: date
    end: date
    part: Fraction


Periods = Callable[[int], Period]


def later(day: date, every: Every, periods: int) -> date:
    """The day `periods` periods after (or, negative, before) `day`."""
    distance = every.count * periods
    match every.unit:
        case Unit.YEAR:
            return add_months(day, 12 * distance)
        case Unit.MONTH:
            return add_months(day, distance)
        case Unit.WEEK:
            return day + timedelta(weeks=distance)
        case Unit.DAY:
            return day + timedelta(days=distance)
        case _:
            assert_never(every.unit)


def due_date(terms: Terms, number: int) -> date:
    """The due date of an instalment, before it rolls; number 0 is the day the first period begins.

    Counted from one day so that month ends stay month ends: lent on 31 January and first due on 28 February,
    the next instalment is due on 31 March. After a first period of another length they are counted from the
    first due date.
    """
    first, lent = terms.first_due_on, terms.disbursed_on
    if number == 0:
        return lent
    if first is None or later(lent, terms.every, 1) == first:
        return later(lent, terms.every, number)
    return later(first, terms.every, number - 1)


def due_dates(terms: Terms) -> list[date]:
    """All due dates where business days put them. Without a roll they rise strictly."""
    clauses = terms.clauses
    nominal = (due_date(terms, number) for number in range(1, terms.count + 1))
    return [rolled(day, clauses.roll, clauses.business_days) for day in nominal]


def periods(terms: Terms) -> Periods:
    """The periods by number from 1, also those behind the last: a loan may be amortised over a longer time."""
    clauses = terms.clauses
    whole_first = later(terms.disbursed_on, terms.every, 1) == due_date(terms, 1)
    if clauses is PLAIN:
        return _plain(terms, whole_first=whole_first)

    @cache
    def period(number: int) -> Period:
        nominal = due_date(terms, number)
        due_on = rolled(nominal, clauses.roll, clauses.business_days)
        if clauses.accrual is Accrual.PREVIOUS_MONTH:
            return Period(due_on, *_months_before(terms, nominal))
        start, end = due_date(terms, number - 1), nominal
        if clauses.accrues_to_roll:
            start = rolled(start, clauses.roll, clauses.business_days) if number > 1 else start
            end = due_on
        whole = (number > 1 or whole_first) and (start, end) == (due_date(terms, number - 1), nominal)
        return Period(due_on, start, end, period_fraction(terms, start, end, whole=whole))

    return period


def periods_between(terms: Terms, begins: date, days: Sequence[date]) -> Periods:
    """Periods that end on given due dates, the first beginning on `begins`; behind the last the terms go on."""
    ends = [begins, *days]

    def period(number: int) -> Period:
        while number >= len(ends):
            ends.append(later(ends[-1], terms.every, 1))
        start, end = ends[number - 1], ends[number]
        whole = later(start, terms.every, 1) == end
        return Period(end, start, end, period_fraction(terms, start, end, whole=whole))

    return period


def year_fraction(day_count: DayCount, start: date, end: date) -> Fraction:
    """The part of a year from `start` to `end`, exactly. Zero for an empty span.

    `PERIOD` has no days of its own: between dates it is actual/365.
    """
    match day_count:
        case DayCount.THIRTY_360 | DayCount.THIRTY_E_360 | DayCount.THIRTY_365:
            return Fraction(_thirty_days(day_count, start, end), THIRTY[day_count])
        case DayCount.ACTUAL_360 | DayCount.ACTUAL_364 | DayCount.ACTUAL_365:
            return Fraction((end - start).days, ACTUAL[day_count])
        case DayCount.ACTUAL_ACTUAL:
            return _actual_actual(start, end)
        case DayCount.PERIOD:
            return Fraction((end - start).days, 365)
        case _:
            assert_never(day_count)


def equal_part(every: Every) -> Fraction:
    """The part of a year of a period where all are equal: a month is a twelfth, a week 1/52, a day 1/365."""
    return Fraction(every.count, PERIODS_A_YEAR[every.unit])


def period_fraction(terms: Terms, start: date, end: date, *, whole: bool) -> Fraction:
    """The part of a year of one period.

    A whole month is 30 days under the 30-day counts, however long it was. Under `PERIOD` all whole periods are
    the same part of a year, and another length counts by its days.
    """
    usual = whole_part(terms) if whole else None
    if usual is not None:
        return usual
    if terms.day_count is DayCount.PERIOD:
        days = (end - later(end, terms.every, -1)).days
        return equal_part(terms.every) * Fraction((end - start).days, days)
    return year_fraction(terms.day_count, start, end)


def whole_part(terms: Terms) -> Fraction | None:
    """The part of a year of a whole period, where that does not depend on its dates."""
    day_count, every = terms.day_count, terms.every
    if day_count is DayCount.PERIOD:
        return equal_part(every)
    if day_count in THIRTY and every.unit in {Unit.MONTH, Unit.YEAR}:
        months = every.count * (12 if every.unit is Unit.YEAR else 1)
        return Fraction(months * MONTH, THIRTY[day_count])
    return None


def part_of(day_count: DayCount, period: Period, start: date, end: date) -> Fraction:
    """The part of a year from `start` to `end` within a period; the parts of a period add up to the whole.

    By actual days, also where every month has 30: of a month of 29 days that is a twelfth, 14 days are 14/29.
    """
    if (start, end) == (period.start, period.end):
        return period.part
    if day_count is DayCount.ACTUAL_ACTUAL:
        return _actual_actual(start, end)
    return period.part * Fraction((end - start).days, (period.end - period.start).days)


def _months_before(terms: Terms, due_on: date) -> tuple[date, date, Fraction]:
    """The calendar month(s) before the one the instalment is due in, as far as the money was lent."""
    end = due_on.replace(day=1)
    whole = later(end, terms.every, -1)
    start = min(max(whole, terms.disbursed_on), end)
    return start, end, period_fraction(terms, start, end, whole=start == whole)


def _plain(terms: Terms, *, whole_first: bool) -> Periods:
    """Neither rolls nor another time of accrual: tapes make millions of these."""
    ends, usual = [terms.disbursed_on], whole_part(terms)

    def period(number: int) -> Period:
        while len(ends) <= number:
            ends.append(due_date(terms, len(ends)))
        start, end, whole = ends[number - 1], ends[number], number > 1 or whole_first
        if whole and usual is not None:
            return Period(end, start, end, usual)
        return Period(end, start, end, period_fraction(terms, start, end, whole=whole))

    return period


def _thirty_days(day_count: DayCount, start: date, end: date) -> int:
    """Days when every month has 30.

    European (30E): a 31st is a 30th. US (bond basis): a 31st is a 30th only after a 30th, and the last of
    February is a 30th where the span begins on it.
    """
    first, last = start.day, end.day
    if day_count is DayCount.THIRTY_E_360:
        first, last = min(first, MONTH), min(last, MONTH)
    else:
        if _ends_february(start):
            first, last = MONTH, MONTH if _ends_february(end) else last
        first = min(first, MONTH)
        last = min(last, MONTH) if first == MONTH else last
    return (end.year - start.year) * 360 + (end.month - start.month) * MONTH + last - first


def _ends_february(day: date) -> bool:
    return day.month == 2 and (day + DAY).month == 3


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
