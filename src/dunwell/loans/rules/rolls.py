"""Business days: where a due date goes that is none."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, assert_never

from dunwell.kernel.calendar import DAY
from dunwell.loans.model import BusinessDays, Roll

# No calendar closes longer than this; without the limit a calendar without a business day would never end.
FARTHEST: Final = timedelta(days=60)


def is_business_day(day: date, calendar: BusinessDays) -> bool:
    """Neither a weekend nor a holiday; a weekend day that is worked is one."""
    test = _test(calendar)
    return test(day)


def rolled(day: date, roll: Roll, calendar: BusinessDays) -> date:
    """The day itself if business is done on it, or the one the convention puts in its place.

    A calendar without a business day within 60 days leaves the day where it is.
    """
    match roll:
        case Roll.NONE:
            return day
        case Roll.FOLLOWING:
            return _nearest(day, DAY, calendar)
        case Roll.PRECEDING:
            return _nearest(day, -DAY, calendar)
        case Roll.MODIFIED_FOLLOWING:
            after = _nearest(day, DAY, calendar)
            return after if after.month == day.month else _nearest(day, -DAY, calendar)
        case _:
            assert_never(roll)


def _nearest(day: date, step: timedelta, calendar: BusinessDays) -> date:
    test, found = _test(calendar), day
    while not test(found):
        found += step
        if abs(found - day) > FARTHEST:
            return day
    return found


@lru_cache(maxsize=64)
def _test(calendar: BusinessDays) -> Callable[[date], bool]:
    weekend, holidays, workdays = (
        frozenset(calendar.weekend),
        frozenset(calendar.holidays),
        frozenset(calendar.workdays),
    )
    return lambda day: day in workdays or (day.isoweekday() not in weekend and day not in holidays)
