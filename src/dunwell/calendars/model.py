"""Days of a calendar, the calendar of a region, and what can be wrong with either."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dunwell.kernel.errors import Invalid


class CalendarUnknown(Invalid):
    """No calendar of that region is known; without one no day is a working day."""

    code = "calendar.unknown"


class CalendarUnsound(Invalid):
    """A calendar file that does not say what it must say; `faults` names file, key and line."""

    code = "calendar.unsound"


class Kind(StrEnum):
    """What a day is. A festival is kept by people while offices work; a make-up workday is a worked weekend."""

    PUBLIC_HOLIDAY = "public_holiday"
    FESTIVAL = "festival"
    MAKE_UP_WORKDAY = "make_up_workday"


@dataclass(frozen=True, slots=True)
class Day:
    """One day that is not what its weekday says. `source` is an id of the calendar's sources."""

    on: date
    kind: Kind
    zh: str
    en: str
    confirmed: bool
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """Who announced the days, and where it can be read."""

    id: str
    what: str
    address: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The announced days of a region from `announced_from` through `announced_through`, in order of date.

    `weekend` counts from Monday 0. `country` and `subdivision`, or `market`, tell who computes the days outside.
    """

    region: str
    zh: str
    en: str
    weekend: frozenset[int]
    announced_from: date | None
    announced_through: date | None
    days: tuple[Day, ...]
    sources: Mapping[str, Source]
    country: str = ""
    subdivision: str = ""
    market: str = ""
