"""Reading a pack file and finding what is wrong with it, each fault by file, line and rule."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from dunwell.kernel.errors import Fault
from dunwell.kernel.lines import line_of, syntax_fault
from dunwell.packs.model import Entry, Form, Pack, PackUnknown, PackUnsound, Readers

NAME: Final = re.compile(r"[a-z]{2}\Z")
NAMES: Final = ("cn", "us", "uk", "eu", "in")
REMEDY: Final = "see the head of a shipped pack"
WORDS: Final = {
    "extra_forbidden": ("unknown key", "remove it, or mend its spelling"),
    "missing": ("missing", "add the key"),
    "too_short": ("is empty: nothing without a rule", "name at least one rule id"),
    "string_too_short": ("is empty", "name a source, or OURS"),
}

RuleIds = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


class EntryTable(BaseModel):
    """One value of a parameter, from a day on."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    value: object
    value_class: Annotated[Literal["L", "S", "M", "O"], Field(alias="class")]
    source: Annotated[str, Field(min_length=1)]
    rules: RuleIds
    effective_from: date
    tenant: Literal["fixed", "stricter", "free"] | None = None
    limit: object = None
    note: str = ""


class PackTable(BaseModel):
    """A pack file as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pack: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+$")]
    countries: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()
    codes: Mapping[str, RuleIds] = {}
    parameters: Mapping[str, Annotated[tuple[EntryTable, ...], Field(min_length=1)]] = {}


def shipped(folder: str, name: str, readers: Readers | Form) -> Pack:
    """The pack `name` of a resource folder. Raises `PackUnknown` or `PackUnsound`."""
    file = resources.files(folder) / f"{name}.toml"
    if not NAME.match(name) or not file.is_file():
        fault = Fault("pack", f"no pack {name[:8]!r} is shipped", f"choose one of {', '.join(NAMES)}")
        raise PackUnknown(fault.problem, faults=[fault])
    pack = read_pack(file.read_text("utf-8"), f"{name}.toml", readers)
    if pack.name != name:
        fault = Fault(f"{name}.toml:pack", f"says {pack.name!r}", "a pack bears the name of its file", 1)
        raise PackUnsound(f"{name}.toml is not the pack {name}", faults=[fault])
    return pack


def read_pack(text: str, file: str, readers: Readers | Form) -> Pack:
    """Read and check a pack. Raises `PackUnsound` with every fault, each with file and line."""
    form = readers if isinstance(readers, Form) else Form(readers)
    try:
        table = PackTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PackUnsound(f"{file} is not TOML", faults=[syntax_fault(file, text, error)]) from error
    except ValidationError as error:
        faults = list(_shape_faults(text, file, error.errors(include_url=False)))
        raise PackUnsound(f"{file} is not a pack", faults=_in_order(faults)) from error
    faults = list(_whole_faults(text, file, table, form))
    entries = {name: _entries(text, file, table, name, form, faults) for name in table.parameters}
    if faults:
        raise PackUnsound(f"{file} is not a pack", faults=_in_order(faults))
    return Pack(table.pack, table.version, dict(table.codes), entries, frozenset(table.countries))


def _whole_faults(text: str, file: str, table: PackTable, form: Form) -> Iterator[Fault]:
    """What is wrong with the pack as a whole: countries, and parameters that are not there."""
    if bool(table.countries) != form.by_country:
        problem = "missing" if form.by_country else "unknown key"
        remedy = 'write countries = ["CN"] where a pack is chosen by country'
        yield _located(text, file, ("countries",), problem, remedy)
    for name in sorted(form.required - set(table.parameters)):
        yield _located(text, file, ("parameters", name), "missing", f"add [[parameters.{name}]]")


def _entries(
    text: str, file: str, table: PackTable, name: str, form: Form, faults: list[Fault]
) -> tuple[Entry, ...]:
    """The entries of one parameter; what is wrong with them is added to `faults`."""
    if name not in form.readers:
        faults.append(_located(text, file, ("parameters", name, "0"), "no such parameter"))
        return ()
    entries: list[Entry] = []
    for position, line in enumerate(table.parameters[name]):
        place = ("parameters", name, str(position))
        value, limit, problems = _judged(name, line, entries[-1] if entries else None, form)
        faults += [_located(text, file, (*place, key), _ruled(each, line)) for key, each in problems]
        entries.append(
            Entry(
                value=value,
                value_class=line.value_class,
                source=line.source,
                rules=line.rules,
                effective_from=line.effective_from,
                note=line.note,
                tenant=line.tenant or ("stricter" if name in form.looser else "fixed"),
                limit=value if line.limit is None else limit,
                written=line.value,
                limit_written=line.value if line.limit is None else line.limit,
                line=line_of(text, place),
            )
        )
    return tuple(entries)


def _judged(
    name: str, line: EntryTable, before: Entry | None, form: Form
) -> tuple[object, object, list[tuple[str, str]]]:
    """Value and limit as the area has them, and what is wrong with the entry: key and problem."""
    problems: list[tuple[str, str]] = []
    if before is not None and line.effective_from <= before.effective_from:
        problems.append(("effective_from", f"overlaps the entry in force from {before.effective_from}"))
    looser = form.looser.get(name)
    if looser is None and (line.limit is not None or line.tenant is not None):
        problems.append(("tenant" if line.limit is None else "limit", "a lender has no say in this"))
    found: dict[str, object] = {}
    for key, written in (("value", line.value), ("limit", line.limit)):
        try:
            if written is not None:
                found[key] = form.readers[name](written)
        except (ValueError, TypeError) as error:
            problems.append((key, str(error)))
    if looser is not None and len(found) == 2 and looser(found["value"], found["limit"]):
        problems.append(("limit", "the value is looser than its own limit"))
    return found.get("value"), found.get("limit"), problems


def _ruled(problem: str, line: EntryTable) -> str:
    """A problem with the rules it is about."""
    return f"{problem} [{', '.join(line.rules)}]"


def _shape_faults(text: str, file: str, errors: Sequence[ErrorDetails]) -> Iterator[Fault]:
    """Faults of form in our words. A list that lost an item to its fault is not also too short."""
    places = [tuple(str(part) for part in error["loc"]) for error in errors]
    for error, path in zip(errors, places, strict=True):
        inside = any(len(other) > len(path) and other[: len(path)] == path for other in places)
        if error["type"] == "too_short" and inside:
            continue
        problem, remedy = WORDS.get(error["type"], (error["msg"], REMEDY))
        yield _located(text, file, path, problem, remedy)


def _in_order(faults: Sequence[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.field))


def _located(text: str, file: str, path: tuple[str, ...], problem: str, remedy: str = REMEDY) -> Fault:
    """A fault with the line of its key; what is missing altogether is missed on line 1."""
    return Fault(f"{file}:{'.'.join(path)}", problem, remedy, line_of(text, path) or 1)
