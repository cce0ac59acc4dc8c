"""The calendars that are shipped, read from TOML and checked; and the days of any span of time.

    region = "cn"
    title = { zh = "中国大陆", en = "Mainland China" }
    country = "CN"                           # who computes the years that are not here; or market = "XECB"
    weekend = ["sat", "sun"]
    announced = { from = 2025-01-01, through = 2026-12-31 }
    [[sources]]
    id = "CAL-CN-2026"
    what = "…"
    address = "…"
    [[days]]
    on = 2026-02-15
    through = 2026-02-23                     # optional: several days in a row
    kind = "public_holiday"
    zh = "春节"
    en = "Spring Festival"
    source = "CAL-CN-2026"
    confirmed = true

What is announced inside `announced` is all there is; years outside are computed and provisional.
"""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dunwell.calendars.computed import COMPUTED, SOURCE, computed_days
from dunwell.calendars.model import Calendar, CalendarUnknown, CalendarUnsound, Day, Kind, Source
from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.lines import line_of, syntax_fault

FOLDER: Final = "dunwell.calendars.days"
SHIPPED: Final = ("cn", "eu", "in", "uk-england-wales", "uk-northern-ireland", "uk-scotland", "us")
# The name of a pack and the region whose days it keeps unless a nation is named.
ALIASES: Final = {"uk": "uk-england-wales"}
# Countries of a pack that have a calendar of their own.
BY_COUNTRY: Final = {"CN": "cn", "US": "us", "GB": "uk-england-wales", "IN": "in"}
WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_RUN: Final = timedelta(days=31)

Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SpanTable(_Table):
    start: Annotated[date, Field(alias="from")]
    through: date


class TitleTable(_Table):
    zh: Text
    en: Text


class SourceTable(_Table):
    id: Text
    what: Text
    address: Text


class DayTable(_Table):
    """One day, or a run of days through another."""

    on: date
    through: date | None = None
    kind: Kind
    zh: Text
    en: Text
    source: Text
    confirmed: bool


class CalendarTable(_Table):
    """A calendar file as it is written."""

    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)*$")]
    title: TitleTable
    country: str = ""
    subdivision: str = ""
    market: str = ""
    weekend: Annotated[
        tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(max_length=3)
    ]
    announced: SpanTable
    sources: tuple[SourceTable, ...]
    days: tuple[DayTable, ...]


def known(region: str) -> bool:
    """Whether there is a calendar of that region or pack."""
    return ALIASES.get(region, region) in SHIPPED or region in COMPUTED


def regions() -> tuple[str, ...]:
    """Every region there is a calendar of, in order of name."""
    return tuple(sorted((*SHIPPED, *COMPUTED)))


def region_for(pack: str, country: str) -> str:
    """The region whose days a person of that country keeps; the pack's where the country has none of its own."""
    own = BY_COUNTRY.get(country, country.lower())
    return own if known(own) else pack


@cache
def calendar_of(region: str) -> Calendar:
    """The calendar of a region or pack. Raises `CalendarUnknown`."""
    name = ALIASES.get(region, region)
    if name in SHIPPED:
        return read_calendar((resources.files(FOLDER) / f"{name}.toml").read_text("utf-8"), f"{name}.toml")
    if name in COMPUTED:
        zh, en = COMPUTED[name]
        return Calendar(name, zh, en, frozenset({5, 6}), None, None, (), {SOURCE.id: SOURCE}, name.upper())
    fault = Fault(
        "region", f"no calendar of {region[:40]!r} is known", f"choose one of {', '.join(regions())}"
    )
    raise CalendarUnknown(fault.problem, faults=[fault])


def confirmed_through(region: str) -> date | None:
    """The last day whose year somebody has announced; None where every day is computed. Raises `CalendarUnknown`."""
    return calendar_of(region).announced_through


def days_of(region: str, first: date, last: date) -> tuple[Day, ...]:
    """The days from `first` through `last` that are not what their weekday says, in order; raises `CalendarUnknown`.

    Empty where `last` lies before `first`.
    """
    calendar = calendar_of(region)
    return tuple(
        day
        for year in range(max(first, EARLIEST).year, min(last, LATEST).year + 1)
        for day in _year(calendar.region, year)
        if first <= day.on <= last
    )


@lru_cache(maxsize=1024)
def _year(region: str, year: int) -> tuple[Day, ...]:
    """Announced days where the year is announced, computed ones where not; years are announced as a whole."""
    calendar = calendar_of(region)
    start, end = calendar.announced_from, calendar.announced_through
    if start is not None and end is not None and start.year <= year <= end.year:
        return tuple(day for day in calendar.days if day.on.year == year)
    return computed_days(calendar.country, calendar.subdivision, calendar.market, year)


def read_calendar(text: str, file: str) -> Calendar:
    """Read and check a calendar file. Raises `CalendarUnsound` with every fault, by line."""
    try:
        table = CalendarTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CalendarUnsound(f"{file} is not TOML", faults=[syntax_fault(file, text, error)]) from error
    except ValidationError as error:
        faults = [
            _fault(text, file, tuple(str(part) for part in each["loc"]), each["msg"])
            for each in error.errors(include_url=False)
        ]
        raise CalendarUnsound(f"{file} is not a calendar", faults=faults) from error
    if faults := list(_faults_of(table, text, file)):
        raise CalendarUnsound(f"{file} is not a calendar", faults=faults)
    return Calendar(
        region=table.region,
        zh=table.title.zh,
        en=table.title.en,
        weekend=frozenset(WEEK.index(name) for name in table.weekend),
        announced_from=table.announced.start,
        announced_through=table.announced.through,
        days=tuple(sorted((day for line in table.days for day in _run(line)), key=lambda day: day.on)),
        sources={SOURCE.id: SOURCE}
        | {each.id: Source(each.id, each.what, each.address) for each in table.sources},
        country=table.country,
        subdivision=table.subdivision,
        market=table.market,
    )


def _run(line: DayTable) -> Iterator[Day]:
    for number in range(((line.through or line.on) - line.on).days + 1):
        on = line.on + timedelta(days=number)
        yield Day(on, line.kind, line.zh, line.en, line.confirmed, line.source)


def _faults_of(table: CalendarTable, text: str, file: str) -> Iterator[Fault]:
    """What a model of one line cannot see: who computes the rest, whole years, sources, days told twice."""
    if bool(table.country) == bool(table.market):
        yield _fault(text, file, ("country",), "name the country, or the market, that computes other years")
    start, end = table.announced.start, table.announced.through
    if (start.month, start.day, end.month, end.day) != (1, 1, 12, 31) or end < start:
        yield _fault(text, file, ("announced",), "years are announced from 1 January through 31 December")
    named, seen = {each.id for each in table.sources}, set[date]()
    for position, line in enumerate(table.days):
        place = ("days", str(position))
        if line.source not in named:
            yield _fault(text, file, (*place, "source"), f"there is no source {line.source}")
        if not line.on <= (line.through or line.on) <= line.on + LONGEST_RUN:
            yield _fault(
                text, file, (*place, "through"), "lies before the first day, or more than a month after it"
            )
            continue
        days = {day.on for day in _run(line)}
        if twice := days & seen:
            yield _fault(text, file, (*place, "on"), f"{min(twice)} stands here twice")
        if not all(start <= day <= end for day in days):
            yield _fault(text, file, (*place, "on"), "lies outside the years that are announced")
        weekend = {WEEK.index(name) for name in table.weekend}
        if line.kind is Kind.MAKE_UP_WORKDAY and any(day.weekday() not in weekend for day in days):
            yield _fault(text, file, (*place, "on"), "only a day of the weekend can be made up on")
        seen |= days


def _fault(text: str, file: str, path: tuple[str, ...], problem: str) -> Fault:
    remedy = "see dunwell/calendars/reading.py"
    return Fault(f"{file}:{'.'.join(path)}", problem, remedy, line_of(text, path))
