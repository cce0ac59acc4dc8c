"""Counting days: which are holidays, which are worked, and how many lie between two."""

from datetime import date, timedelta
from functools import lru_cache

from dunwell.calendars.model import Kind
from dunwell.calendars.reading import calendar_of, days_of
from dunwell.kernel.calendar import DAY
from dunwell.kernel.errors import Fault, Invalid


@lru_cache(maxsize=4096)
def holidays(region: str, first: date, last: date) -> frozenset[date]:
    """Public holidays and festivals of a region or pack from `first` through `last`, both included.

    Announced or provisional alike: whoever is spared on such a day is spared on one that is only computed too.
    Raises `CalendarUnknown` for an unknown region; remembered for the spans that were asked for last.
    """
    return frozenset(day.on for day in days_of(region, first, last) if day.kind is not Kind.MAKE_UP_WORKDAY)


def is_working_day(region: str, day: date) -> bool:
    """Whether offices work: no weekend and no public holiday, or a weekend that is made up on.

    A festival is worked. Raises `CalendarUnknown`.
    """
    return day not in _closed(region, day.year)


def next_working_day(region: str, day: date) -> date:
    """The first working day after `day`. Raises `CalendarUnknown`."""
    found = day + DAY
    while not is_working_day(region, found):
        found += DAY
    return found


def add_working_days(region: str, day: date, number: int) -> date:
    """The day on which a term of `number` working days ends that starts on `day`, which is not counted.

    A term of no working day ends on `day` itself. Raises `CalendarUnknown`, `Invalid`.
    """
    if not 0 <= number <= 10_000:
        fault = Fault("number", f"{number} is no number of working days", "0 to 10,000")
        raise Invalid(fault.problem, faults=[fault])
    for _ in range(number):
        day = next_working_day(region, day)
    return day


def working_days_between(region: str, start: date, end: date) -> int:
    """How many working days lie after `start` up to and including `end`; none where `end` is not later.

    Raises `CalendarUnknown`.
    """
    calendar_of(region)
    return sum(is_working_day(region, start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


@lru_cache(maxsize=1024)
def _closed(region: str, year: int) -> frozenset[date]:
    """The days of a year on which offices do not work."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    calendar = calendar_of(region)
    days = days_of(region, first, last)
    worked = {day.on for day in days if day.kind is Kind.MAKE_UP_WORKDAY}
    off = {day.on for day in days if day.kind is Kind.PUBLIC_HOLIDAY}
    everyday = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(off | {day for day in everyday if day.weekday() in calendar.weekend}) - worked
