"""Rule packs: the law of a jurisdiction as dated values, each with its class and source, read from TOML."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dunwell.contact.model import PackBroken
from dunwell.contact.settings.parameters import PARAMETERS, REQUIRED
from dunwell.kernel.calendar import is_zone
from dunwell.kernel.errors import Fault

FOLDER: Final = "dunwell.contact.packs"
NAME: Final = re.compile(r"[a-z]{2}\Z")


class EntryTable(BaseModel):
    """One value of a parameter, from a day on. `class`: L law, S standard, M from memory, O ours.

    `tenant` says what a lender may do with it: nothing (fixed), only tighten it (stricter, up to `limit`
    or the value itself), or choose (free).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    value: object
    value_class: Annotated[Literal["L", "S", "M", "O"], Field(alias="class")]
    source: Annotated[str, Field(min_length=1)]
    rules: Annotated[tuple[str, ...], Field(min_length=1)]
    effective_from: date
    tenant: Literal["fixed", "stricter", "free"] = "fixed"
    limit: object = None
    note: str = ""


class PackTable(BaseModel):
    """A pack file as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pack: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+$")]
    countries: Annotated[tuple[str, ...], Field(min_length=1)]
    codes: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, Annotated[tuple[EntryTable, ...], Field(min_length=1)]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A parameter's value from `effective_from` on; `limit` is the loosest a tenant may choose."""

    value: object
    limit: object
    tenant: str
    value_class: str
    source: str
    rules: tuple[str, ...]
    effective_from: date


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was found sound: entries by parameter, in order of date."""

    name: str
    version: str
    countries: frozenset[str]
    codes: Mapping[str, tuple[str, ...]]
    entries: Mapping[str, tuple[Entry, ...]]

    def entry(self, parameter: str, day: date) -> Entry | None:
        """The entry in force on `day`; None where the pack has no such rule then."""
        found = None
        for entry in self.entries.get(parameter, ()):
            if entry.effective_from > day:
                break
            found = entry
        return found

    def changes(self) -> tuple[date, ...]:
        """The days on which any value changes, in order."""
        return tuple(sorted({entry.effective_from for line in self.entries.values() for entry in line}))


@cache
def pack_named(name: str) -> Pack | None:
    """The pack shipped under this name; None if there is none, and then nothing may be allowed."""
    if not NAME.match(name):
        return None
    file = resources.files(FOLDER) / f"{name}.toml"
    return read_pack(file.read_text("utf-8"), f"{name}.toml") if file.is_file() else None


def read_pack(text: str, file: str) -> Pack:
    """Read and check a pack. Raises `PackBroken` with every fault, by line where one can be named."""
    try:
        table = PackTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PackBroken(
            f"{file} is not TOML", faults=[Fault(file, str(error), "mend the syntax")]
        ) from error
    except ValidationError as error:
        faults = [_located(text, tuple(each["loc"]), each["msg"]) for each in error.errors()]
        raise PackBroken(f"{file} is not a rule pack", faults=faults) from error
    faults = [fault for name in table.parameters for fault in _faults_of(text, table, name)]
    faults += [
        Fault(f"parameters.{name}", "missing", f"add [[parameters.{name}]]")
        for name, spec in PARAMETERS.items()
        if spec.absent is REQUIRED and name not in table.parameters
    ]
    if faults:
        raise PackBroken(f"{file} is not a rule pack", faults=faults)
    return Pack(
        table.pack,
        table.version,
        frozenset(table.countries),
        dict(table.codes),
        {name: _entries(name, lines) for name, lines in table.parameters.items()},
    )


def _faults_of(text: str, table: PackTable, name: str) -> list[Fault]:
    spec = PARAMETERS.get(name)
    if spec is None:
        return [_located(text, ("parameters", name, 0), "no such parameter")]
    faults: list[Fault] = []
    before: date | None = None
    for position, entry in enumerate(table.parameters[name]):
        place = ("parameters", name, position)
        try:
            value = spec.read(entry.value)
            limit = value if entry.limit is None else spec.read(entry.limit)
            if entry.limit is not None and spec.looser(value, limit):
                faults.append(_located(text, place, "the value is looser than its own limit"))
            if name == "legal_zone" and not is_zone(str(value)):
                faults.append(_located(text, place, "no such time zone"))
        except ValueError as error:
            faults.append(_located(text, place, str(error)))
        if before is not None and entry.effective_from <= before:
            faults.append(_located(text, place, f"overlaps the entry in force from {before}"))
        before = entry.effective_from
    return faults


def _entries(name: str, lines: tuple[EntryTable, ...]) -> tuple[Entry, ...]:
    spec = PARAMETERS[name]
    return tuple(
        Entry(
            value=spec.read(line.value),
            limit=spec.read(line.value if line.limit is None else line.limit),
            tenant=line.tenant,
            value_class=line.value_class,
            source=line.source,
            rules=line.rules,
            effective_from=line.effective_from,
        )
        for line in lines
    )


def _located(text: str, place: tuple[int | str, ...], problem: str) -> Fault:
    """A fault with the line of the n-th `[[parameters.name]]` it is about."""
    line = None
    if len(place) >= 3 and place[0] == "parameters" and isinstance(place[2], int):
        heads = [
            number
            for number, content in enumerate(text.splitlines(), 1)
            if content.strip() == f"[[parameters.{place[1]}]]"
        ]
        line = heads[place[2]] if place[2] < len(heads) else None
    return Fault(".".join(str(part) for part in place), problem, "see contact/settings/parameters.py", line)
