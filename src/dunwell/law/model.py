"""The law of a day as it is answered, and what can be wrong with the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dunwell.calendars import Calendar, Day
from dunwell.kernel.errors import Invalid


class ParameterUnknown(Invalid):
    """No pack knows a parameter, or an area, of that name."""

    code = "law.parameter-unknown"


class WrongDays(Invalid):
    """Days before 1970 or after 2199, or more of them than one answer shows."""

    code = "law.days"


@dataclass(frozen=True, slots=True)
class LawQuery:
    """`on` None: today. `parameter` and `area` narrow the answer."""

    on: date | None = None
    parameter: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class Provision:
    """One parameter as its pack has it on a day; values are as the file writes them.

    `tenant_may`: fixed, stricter or free, and `limit` the loosest value that a lender may choose. `next_change`: the
    day of the next entry that is known, and `next_value` what it will say.
    """

    area: str
    parameter: str
    value: Any
    value_class: str
    source: str
    source_what: str
    source_address: str
    rules: tuple[str, ...]
    effective_from: date
    tenant_may: str
    limit: Any
    next_change: date | None
    next_value: Any
    note: str
    file: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Applied:
    """A parameter that applied to a lender: `value` is what held, `provision` what the pack said, if it had a rule.

    `tenant_key` names the key of the lender's own file where `value` is the lender's.
    """

    area: str
    parameter: str
    value: Any
    tenant_key: str | None
    provision: Provision | None


@dataclass(frozen=True, slots=True)
class Version:
    """A publication of the lender that was in force on a day, and since when."""

    version: int
    since: datetime


@dataclass(frozen=True, slots=True)
class LawOfDay:
    """What applied to a lender on a day, by area and parameter.

    `version` is the lender's publication in force at the end of the day, or now if the day is today; None: nothing was
    published yet, so nothing could be sent. `versions` are all that were in force at some instant of it.
    """

    on: date
    pack: str
    pack_versions: Sequence[tuple[str, str]]
    version: int | None
    versions: Sequence[Version]
    applied: Sequence[Applied]


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter whose provision is not the same on two days; None: there was no such rule."""

    area: str
    parameter: str
    before: Provision | None
    after: Provision | None


@dataclass(frozen=True, slots=True)
class CalendarQuery:
    """`first` None: today. `last` None: 366 days later. `region` None: the lender's own."""

    first: date | None = None
    last: date | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class CalendarOfDays:
    """A region's days from `first` through `last` that are not what their weekday says."""

    calendar: Calendar
    first: date
    last: date
    days: Sequence[Day]
