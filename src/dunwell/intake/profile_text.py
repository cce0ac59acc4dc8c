"""Profiles as TOML text, of whatever kind: what is wrong, and in which line."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from dunwell.kernel.errors import Fault
from dunwell.kernel.lines import line_of


class Named(Protocol):
    """A profile knows its name."""

    @property
    def name(self) -> str: ...


P = TypeVar("P", bound=Named)
# Makes a profile of a table, or finds every fault of it, as `place:dotted.key`.
Parse = Callable[[Mapping[str, Any], str], P | list[Fault]]


def profile_of(text: str, place: str, parse: Parse[P]) -> P | list[Fault]:
    """A profile from the text of its file, or every fault with its line."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        return [Fault(place, f"not TOML: {error}", "mend the line", int(at[1]) if at else None)]
    found = parse(table, place)
    if not isinstance(found, list):
        return found
    return [
        Fault(each.field, each.problem, each.remedy, line_of(text, each.field.partition(":")[2].split(".")))
        for each in found
    ]


def faults_in(
    folder: str,
    proposed: Mapping[str, Mapping[str, Any]],
    parse: Callable[[Mapping[str, Any], str], P | list[Fault]],
) -> Iterator[Fault]:
    """What is wrong with the profiles in one folder of a tenant's files; each is named like its file."""
    for name, table in proposed.items():
        if not name.startswith(folder):
            continue
        place, wanted = f"{name}.toml", name.removeprefix(folder)
        found = parse(table, place)
        if isinstance(found, list):
            yield from found
        elif found.name != wanted:
            yield Fault(f"{place}:name", "not the name of the file", f"write {wanted!r}")
