"""Working days and holidays as data: which days a region keeps, and how sure we are of them.

Words: a *region* is a place with days of its own (`cn`, `us`, `uk-scotland`, `eu` for the TARGET calendar, `de`, `in`);
the name of a rule pack is a region too. A day is *confirmed* when whoever sets it has announced it and the announcement
is named as its source; beyond the last announced year, and before the first one kept here, days are *provisional*:
computed, and told apart by `confirmed=False`. An unknown region raises `CalendarUnknown`: no guess is made.
"""

from dunwell.calendars.computed import COMPUTED
from dunwell.calendars.counting import (
    add_working_days,
    holidays,
    is_working_day,
    next_working_day,
    working_days_between,
)
from dunwell.calendars.model import Calendar, CalendarUnknown, CalendarUnsound, Day, Kind, Source
from dunwell.calendars.reading import (
    calendar_of,
    confirmed_through,
    days_of,
    known,
    read_calendar,
    region_for,
    regions,
)

__all__ = [
    "COMPUTED",
    "Calendar",
    "CalendarUnknown",
    "CalendarUnsound",
    "Day",
    "Kind",
    "Source",
    "add_working_days",
    "calendar_of",
    "confirmed_through",
    "days_of",
    "holidays",
    "is_working_day",
    "known",
    "next_working_day",
    "read_calendar",
    "region_for",
    "regions",
    "working_days_between",
]
