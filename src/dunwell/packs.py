"""Law as data: packs of dated values, each with its class and source, read from the TOML files of an area.

    pack = "cn"
    version = "1"
    [codes]                                  # reason code → the rules it carries out
    COST_CAP = ["CN-FEE-06"]
    [[parameters.cost_cap_bank_assisted]]
    value = { pct = "24" }
    class = "L"                              # L law, S standard, M from memory, O ours
    source = "S26"
    rules = ["CN-FEE-06"]
    effective_from = 2025-10-01

A change is a new entry with a later `effective_from`, never an edit. What a parameter's value may be, the area
says by a reader: it turns the TOML value into the area's own, or raises ValueError in words.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dunwell.kernel.errors import Broken, Fault, Invalid

NAME: Final = re.compile(r"[a-z]{2}\Z")

T = TypeVar("T")
Readers = Mapping[str, Callable[[object], object]]


class PackUnsound(Invalid):
    """A pack that does not say what a pack must say; `faults` names parameter and line."""

    code = "pack.unsound"


class PackUnknown(Invalid):
    """No pack of that name is shipped; without one nothing is lawful."""

    code = "pack.unknown"


class EntryTable(BaseModel):
    """One value of a parameter, from a day on."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    value: object
    value_class: Annotated[Literal["L", "S", "M", "O"], Field(alias="class")]
    source: Annotated[str, Field(min_length=1)]
    rules: Annotated[tuple[str, ...], Field(min_length=1)]
    effective_from: date
    note: str = ""


class PackTable(BaseModel):
    """A pack file as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pack: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+$")]
    codes: Mapping[str, Annotated[tuple[str, ...], Field(min_length=1)]] = {}
    parameters: Mapping[str, Annotated[tuple[EntryTable, ...], Field(min_length=1)]] = {}


@dataclass(frozen=True, slots=True)
class Names:
    """A value that is a list of names."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A parameter's value from `effective_from` on, and where it comes from."""

    value: object
    value_class: str
    source: str
    rules: tuple[str, ...]
    effective_from: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was found sound: entries by parameter, in order of date."""

    name: str
    version: str
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

    def value(self, parameter: str, day: date, kind: type[T]) -> T | None:
        """The value in force on `day`, of the type that the parameter's reader gives."""
        entry = self.entry(parameter, day)
        if entry is None:
            return None
        if not isinstance(entry.value, kind):
            raise Broken(f"{parameter} of pack {self.name} is no {kind.__name__}")
        return entry.value

    def listed(self, parameter: str, day: date) -> tuple[str, ...]:
        """The names a parameter lists on `day`; none where the pack has no such rule then."""
        names = self.value(parameter, day, Names)
        return names.names if names else ()


def shipped(folder: str, name: str, readers: Readers) -> Pack:
    """The pack `name` of a resource folder. Raises `PackUnknown` or `PackUnsound`."""
    file = resources.files(folder) / f"{name}.toml"
    if not NAME.match(name) or not file.is_file():
        fault = Fault("pack", f"no pack {name[:8]!r} is shipped", "choose cn, us, uk, eu or in")
        raise PackUnknown(fault.problem, faults=[fault])
    return read_pack(file.read_text("utf-8"), f"{name}.toml", readers)


def read_pack(text: str, file: str, readers: Readers) -> Pack:
    """Read and check a pack. Raises `PackUnsound` with every fault, by line where one can be named."""
    try:
        table = PackTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PackUnsound(
            f"{file} is not TOML", faults=[Fault(file, str(error), "mend the syntax")]
        ) from error
    except ValidationError as error:
        faults = [_located(text, tuple(each["loc"]), each["msg"]) for each in error.errors()]
        raise PackUnsound(f"{file} is not a pack", faults=faults) from error
    faults = list[Fault]()
    entries = {name: _entries(text, table, name, readers, faults) for name in table.parameters}
    if faults:
        raise PackUnsound(f"{file} is not a pack", faults=faults)
    return Pack(table.pack, table.version, dict(table.codes), entries)


def _entries(
    text: str, table: PackTable, name: str, readers: Readers, faults: list[Fault]
) -> tuple[Entry, ...]:
    """The entries of one parameter; what is wrong with them is added to `faults`."""
    reader = readers.get(name)
    if reader is None:
        faults.append(_located(text, ("parameters", name, 0), "no such parameter"))
        return ()
    entries: list[Entry] = []
    for position, line in enumerate(table.parameters[name]):
        place = ("parameters", name, position)
        try:
            value = reader(line.value)
        except (ValueError, TypeError) as error:
            faults.append(_located(text, place, str(error)))
            continue
        if entries and line.effective_from <= entries[-1].effective_from:
            faults.append(
                _located(text, place, f"not later than the entry of {entries[-1].effective_from} before it")
            )
        entries.append(
            Entry(value, line.value_class, line.source, line.rules, line.effective_from, line.note)
        )
    return tuple(entries)


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
    return Fault(".".join(str(part) for part in place), problem, "see the head of a shipped pack", line)
