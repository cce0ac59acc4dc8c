"""The packs of every area side by side: what each says on a day, and what differs between two days."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any, Final, cast

from dunwell.agents import law as agents
from dunwell.arrangements import law as arrangements
from dunwell.contact.settings import packs as contact
from dunwell.disputes import law as disputes
from dunwell.kernel.errors import Fault
from dunwell.law.model import Difference, LawQuery, ParameterUnknown, Provision
from dunwell.law.sources import LawSource, sources
from dunwell.loans import law as loans
from dunwell.packs import Entry, Form, Pack, shipped


@dataclass(frozen=True, slots=True)
class Area:
    """An area that has packs: their folder, and what they may say."""

    name: str
    folder: str
    form: Form


AREAS: Final = (
    Area("contact", contact.FOLDER, contact.FORM),
    Area("agents", agents.FOLDER, Form(agents.READERS)),
    Area("loans", loans.FOLDER, Form(loans.READERS)),
    Area("disputes", disputes.FOLDER, Form(disputes.READERS)),
    Area("arrangements", arrangements.FOLDER, Form(arrangements.READERS)),
)


@cache
def packs_of(name: str) -> Mapping[str, Pack]:
    """The packs of that name by area. Raises `PackUnknown`: without one nothing is lawful."""
    return {area.name: shipped(area.folder, name, area.form) for area in AREAS}


def provisions(pack: str, on: date) -> Mapping[tuple[str, str], Provision]:
    """Everything the packs of that name say on a day, by area and parameter; empty before the first entry.

    Raises `PackUnknown`. Remembered from one change of the law to the next.
    """
    changes = _changes(pack)
    position = bisect_right(changes, on)
    return _provisions(pack, changes[position - 1]) if position else {}


@cache
def _changes(pack: str) -> tuple[date, ...]:
    return tuple(sorted({day for found in packs_of(pack).values() for day in found.changes()}))


@lru_cache(maxsize=512)
def _provisions(pack: str, since: date) -> Mapping[tuple[str, str], Provision]:
    return {
        (area, parameter): _provision(area, found, parameter, entry, since)
        for area, found in packs_of(pack).items()
        for parameter in found.entries
        if (entry := found.entry(parameter, since)) is not None
    }


def _provision(area: str, pack: Pack, parameter: str, entry: Entry, since: date) -> Provision:
    following = pack.following(parameter, since)
    source = sources().get(entry.source, LawSource(entry.source, "", ""))
    return Provision(
        area=area,
        parameter=parameter,
        value=plain(entry.written),
        value_class=entry.value_class,
        source=entry.source,
        source_what=source.what,
        source_address=source.address,
        rules=entry.rules,
        effective_from=entry.effective_from,
        tenant_may=entry.tenant,
        limit=plain(entry.limit_written) if entry.tenant == "stricter" else None,
        next_change=following.effective_from if following else None,
        next_value=plain(following.written) if following else None,
        note=entry.note,
        file=f"{area}/packs/{pack.name}.toml",
        line=entry.line,
    )


def differences(pack: str, first: date, second: date) -> list[Difference]:
    """What is another provision on the second day than on the first, by area and parameter. Raises `PackUnknown`."""
    before, after = provisions(pack, first), provisions(pack, second)
    return [
        Difference(*key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if _entry_of(before.get(key)) != _entry_of(after.get(key))
    ]


def _entry_of(provision: Provision | None) -> tuple[str, int | None] | None:
    return (provision.file, provision.line) if provision else None


def wanted(query: LawQuery) -> None:
    """Raises `ParameterUnknown` where no pack has the area or the parameter that is asked for."""
    areas = [area for area in AREAS if query.area in (None, area.name)]
    if not areas:
        fault = Fault("area", "has no packs", f"one of {', '.join(area.name for area in AREAS)}")
        raise ParameterUnknown(fault.problem, faults=[fault])
    names = {name for area in areas for name in area.form.readers}
    if query.parameter is not None and query.parameter not in names:
        fault = Fault("parameter", "no pack may have such a parameter", "leave it out to see them all")
        raise ParameterUnknown(fault.problem, faults=[fault])


def plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """A TOML value as JSON has it: days become texts."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(each) for key, each in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in cast("list[object]", value)]
    return value
