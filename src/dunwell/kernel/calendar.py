"""Business dates: which local day an instant belongs to, and instants of a local day."""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dunwell.kernel.errors import Broken

DAY: Final = timedelta(days=1)
# Dates outside are typing errors, not loans; both ends fit every format we write.
EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2199, 12, 31)


def business_date(instant: datetime, zone: str) -> date:
    """The local calendar day of an aware instant in an IANA zone."""
    if instant.tzinfo is None:
        raise Broken("an instant without an offset has no business date")
    return instant.astimezone(ZoneInfo(zone)).date()


def local_instant(day: date, at: time, zone: str) -> datetime:
    """The instant of a local wall-clock time; a time that a DST change skips moves forward.

    Of a time that occurs twice the first is meant.
    """
    local = datetime.combine(day, at, tzinfo=ZoneInfo(zone))
    back = local.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone))
    return back if back.replace(tzinfo=None) != local.replace(tzinfo=None) else local


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    # The list is read from the disk, file by file, each time it is asked for.
    return frozenset(available_timezones())


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    return date(year, month, min(day.day, days_in_month(year, month)))


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - DAY).day
