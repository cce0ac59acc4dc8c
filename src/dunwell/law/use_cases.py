"""Which law applied to a lender on a day: the packs, and the lender's own values as published then."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from enum import Enum
from typing import Any, Final

from dunwell.calendars import calendar_of, days_of, region_for
from dunwell.contact.model import Window
from dunwell.contact.settings import ContactSettings
from dunwell.contact.settings.parameters import WEEK
from dunwell.contact.settings.tenant import RENAMED
from dunwell.kernel.calendar import DAY, EARLIEST, LATEST, local_instant
from dunwell.kernel.errors import Fault
from dunwell.law.model import Applied, CalendarOfDays, CalendarQuery, LawOfDay, LawQuery, Version, WrongDays
from dunwell.law.provisions import packs_of, plain, provisions, wanted
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.model import Files
from dunwell.tenancy.settings import TenantFile
from dunwell.tenancy.use_cases import files_of, publications_during, published

# The area whose values a lender may tighten, and the file in which it does.
OWN: Final = "contact"
INSTANT: Final = timedelta(microseconds=1)
LONGEST: Final = timedelta(days=366)


async def law_on(tx: TenantTx, query: LawQuery) -> LawOfDay:
    """What applied on a day, by the packs and by the lender's files that were in force at its end.

    Of today, and of days to come, by the files in force now. Raises `ParameterUnknown`, `WrongDays`.
    """
    wanted(query)
    on, zone = query.on or tx.today, tx.caller.tenant.zone
    _check_day("on", on)
    last = min(local_instant(on + DAY, time.min, zone) - INSTANT, tx.now)
    kept = await publications_during(tx, (min(local_instant(on, time.min, zone), last), last))
    files: Files = await files_of(tx, kept[-1].version) if kept else {}
    pack = str(files.get("tenant", {}).get("pack", tx.caller.tenant.pack))
    settings = ContactSettings.model_validate(dict(files.get(OWN, {})))
    return LawOfDay(
        on=on,
        pack=pack,
        pack_versions=[(area, found.version) for area, found in packs_of(pack).items()],
        version=kept[-1].version if kept else None,
        versions=[Version(each.version, max(each.effective_from, each.published_at)) for each in kept],
        applied=[each for each in _applied(pack, settings, on) if _is_wanted(each, query)],
    )


def _applied(pack: str, settings: ContactSettings, on: date) -> Iterator[Applied]:
    law = provisions(pack, on)
    own = settings.own_values(packs_of(pack)[OWN], on)
    for area, parameter in sorted(law.keys() | {(OWN, name) for name in own}):
        provision = law.get((area, parameter))
        if area == OWN and parameter in own:
            yield Applied(area, parameter, _written(own[parameter]), _key(settings, parameter), provision)
        elif provision is not None:
            yield Applied(area, parameter, provision.value, None, provision)


def _is_wanted(applied: Applied, query: LawQuery) -> bool:
    return query.area in (None, applied.area) and query.parameter in (None, applied.parameter)


def _key(settings: ContactSettings, parameter: str) -> str:
    """The key that set the value; hours of contact also bind visits that have none of their own."""
    if parameter == "visit_window" and settings.visit_hours is None:
        parameter = "window"
    return f"{OWN}.toml:{RENAMED.get(parameter, parameter)}"


def _written(value: object) -> Any:  # noqa: ANN401 - JSON
    """A lender's value as its file would write it."""
    if isinstance(value, Window):
        days = [name for number, name in enumerate(WEEK) if number in value.days]
        written: Mapping[str, object] = {"from": _clock(value.hours.start), "to": _clock(value.hours.end)}
        return {**written, "days": days} if len(days) < len(WEEK) else dict(written)
    return str(value) if isinstance(value, Enum) else plain(value)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


async def calendar_between(tx: TenantTx, query: CalendarQuery) -> CalendarOfDays:
    """The days of a region that are not what their weekday says; the lender's region unless one is named.

    Raises `CalendarUnknown`, `WrongDays`.
    """
    region = query.region
    if region is None:
        file = (await published(tx, "tenant", TenantFile)).value
        region = region_for(file.pack, file.country)
    first = query.first or tx.today
    _check_day("from", first)
    last = query.last or first + LONGEST
    if not first <= last <= first + LONGEST:
        fault = Fault(
            "to", "lies before `from`, or more than 366 days after it", "ask for one year at a time"
        )
        raise WrongDays(fault.problem, faults=[fault])
    return CalendarOfDays(calendar_of(region), first, last, days_of(region, first, last))


def _check_day(field: str, day: date) -> None:
    if not EARLIEST <= day <= LATEST:
        fault = Fault(field, f"{day} lies outside the days we know", f"from {EARLIEST} to {LATEST}")
        raise WrongDays(fault.problem, faults=[fault])
