"""The law over HTTP: what applied on a day, and the calendar with its flags."""

from datetime import date, datetime
from typing import Annotated, Any, Self

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from dunwell.calendars import Day, Source
from dunwell.kernel.caller import Caller
from dunwell.law import use_cases
from dunwell.law.model import Applied, CalendarOfDays, CalendarQuery, LawOfDay, LawQuery, Provision
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires

Word = Annotated[str | None, QueryParameter(min_length=1, max_length=60, pattern=r"^[a-z0-9_-]+$")]


class ProvisionOut(msgspec.Struct, frozen=True):
    """What the pack says. `value_class`: L law, S standard, M from memory, O ours; `tenant_may`: fixed, stricter, free.

    `limit` is the loosest value a lender may choose; `next_change` the day of the next entry that is known, with
    `next_value`. `file` and `line` tell where the entry stands.
    """

    value: Any
    value_class: str
    source: str
    source_what: str
    source_address: str
    rules: list[str]
    effective_from: date
    tenant_may: str
    limit: Any
    next_change: date | None
    next_value: Any
    note: str
    file: str
    line: int | None

    @classmethod
    def of(cls, provision: Provision) -> Self:
        return cls(
            value=provision.value,
            value_class=provision.value_class,
            source=provision.source,
            source_what=provision.source_what,
            source_address=provision.source_address,
            rules=list(provision.rules),
            effective_from=provision.effective_from,
            tenant_may=provision.tenant_may,
            limit=provision.limit,
            next_change=provision.next_change,
            next_value=provision.next_value,
            note=provision.note,
            file=provision.file,
            line=provision.line,
        )


class AppliedOut(msgspec.Struct, frozen=True):
    """A parameter and the value that held. `origin`: pack, or tenant where `tenant_key` of its files set the value.

    `pack` is null where the law has no such rule and the value is the lender's alone.
    """

    area: str
    parameter: str
    value: Any
    origin: str
    tenant_key: str | None
    pack: ProvisionOut | None

    @classmethod
    def of(cls, applied: Applied) -> Self:
        return cls(
            area=applied.area,
            parameter=applied.parameter,
            value=applied.value,
            origin="tenant" if applied.tenant_key else "pack",
            tenant_key=applied.tenant_key,
            pack=ProvisionOut.of(applied.provision) if applied.provision else None,
        )


class PackVersionOut(msgspec.Struct, frozen=True):
    area: str
    version: str


class VersionOut(msgspec.Struct, frozen=True):
    """A version of the lender's files, and since when it was in force."""

    version: int
    since: datetime


class LawOut(msgspec.Struct, frozen=True):
    """`version` is the version of the lender's files in force at the end of the day (now, if the day is not over).

    Null: nothing was published yet, and nothing could be sent. `versions`: all that were in force during the day.
    """

    on: date
    pack: str
    pack_versions: list[PackVersionOut]
    version: int | None
    versions: list[VersionOut]
    parameters: list[AppliedOut]

    @classmethod
    def of(cls, law: LawOfDay) -> Self:
        return cls(
            on=law.on,
            pack=law.pack,
            pack_versions=[PackVersionOut(area, version) for area, version in law.pack_versions],
            version=law.version,
            versions=[VersionOut(each.version, each.since) for each in law.versions],
            parameters=[AppliedOut.of(each) for each in law.applied],
        )


@get("/law", guards=[requires("law:read")])
async def get_law(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: Annotated[date | None, QueryParameter(description="The day; today if it is left out.")] = None,
    parameter: Word = None,
    area: Word = None,
) -> LawOut:
    """Which rule applied on a day: every parameter, its value, where it comes from, and what changes next.

    Not paged: there are as many parameters as the packs have, some hundred and fifty.
    """
    return LawOut.of(await database.read(caller, use_cases.law_on, LawQuery(on, parameter, area)))


class DayOut(msgspec.Struct, frozen=True):
    """A day that is not what its weekday says: public_holiday, festival (worked) or make_up_workday.

    `confirmed` false: nobody has announced it; it is computed, and may change.
    """

    on: date
    kind: str
    zh: str
    en: str
    confirmed: bool
    source: str

    @classmethod
    def of(cls, day: Day) -> Self:
        return cls(day.on, day.kind, day.zh, day.en, day.confirmed, day.source)


class SourceOut(msgspec.Struct, frozen=True):
    id: str
    what: str
    address: str

    @classmethod
    def of(cls, source: Source) -> Self:
        return cls(source.id, source.what, source.address)


class CalendarOut(msgspec.Struct, frozen=True):
    """A region's days. `confirmed_through`: after that day everything is provisional; null: all of it is.

    `weekend` counts from 0, Monday.
    """

    region: str
    zh: str
    en: str
    first: date
    last: date
    confirmed_through: date | None
    weekend: list[int]
    days: list[DayOut]
    sources: list[SourceOut]

    @classmethod
    def of(cls, shown: CalendarOfDays) -> Self:
        calendar, used = shown.calendar, {day.source for day in shown.days}
        return cls(
            region=calendar.region,
            zh=calendar.zh,
            en=calendar.en,
            first=shown.first,
            last=shown.last,
            confirmed_through=calendar.announced_through,
            weekend=sorted(calendar.weekend),
            days=[DayOut.of(day) for day in shown.days],
            sources=[SourceOut.of(each) for key, each in sorted(calendar.sources.items()) if key in used],
        )


@get("/calendar", guards=[requires("law:read")])
async def get_calendar(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    first: Annotated[
        date | None, QueryParameter(name="from", description="The first day; today if it is left out.")
    ] = None,
    last: Annotated[
        date | None,
        QueryParameter(
            name="to", description="The last day, at most 366 later, which is what it is if left out."
        ),
    ] = None,
    region: Word = None,
) -> CalendarOut:
    """Holidays, festivals and make-up workdays of the lender's region, or of another; provisional ones say so."""
    query = CalendarQuery(first, last, region)
    return CalendarOut.of(await database.read(caller, use_cases.calendar_between, query))


router = Router("/", route_handlers=[get_law, get_calendar], tags=["law"])
