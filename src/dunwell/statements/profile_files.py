"""Statement profiles as files: parsed and checked, each fault with its line."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

from pydantic import ValidationError

from dunwell.intake.profile_text import faults_in, profile_of
from dunwell.kernel.errors import Fault
from dunwell.statements.model import ProfileInvalid, ProfileNotFound
from dunwell.statements.settings import NAME, Profile

FOLDER: Final = "statements/"
REFERENCE: Final = "see docs/statements.md"


def parse(table: Mapping[str, Any], place: str) -> Profile | list[Fault]:
    """A profile from its TOML table, or every fault of it, as `place:dotted.key`."""
    try:
        return Profile.model_validate(table)
    except ValidationError as error:
        found = cast("list[dict[str, Any]]", error.errors(include_url=False))
        return [_fault(place, each) for each in found]


def read(text: str, place: str) -> Profile:
    """A profile from the text of its file. Raises `ProfileInvalid` with file and line of every fault."""
    found = profile_of(text, place, parse)
    if isinstance(found, Profile):
        return found
    raise ProfileInvalid(f"{place} is no statement profile", faults=found)


def check_profiles(proposed: Mapping[str, Mapping[str, Any]]) -> Sequence[Fault]:
    """What is wrong with the statement profiles among a tenant's files; run when they are published."""
    return list(faults_in(FOLDER, proposed, parse))


def builtin_names() -> list[str]:
    """The profiles that ship with Dunwell."""
    names = (entry.name for entry in files("dunwell.statements.profiles").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def builtins() -> tuple[Profile, ...]:
    """All of them, checked."""
    return tuple(builtin(name) for name in builtin_names())


@cache
def builtin(name: str) -> Profile:
    """A profile that ships with Dunwell. Raises `ProfileNotFound`, naming those there are."""
    if not NAME.match(name) or name not in builtin_names():
        fault = Fault(
            "profile", "no such profile", f"use one of: {', '.join(builtin_names())}, or a .toml file"
        )
        raise ProfileNotFound(f"no statement profile {name[:60]!r}", faults=[fault])
    text = (files("dunwell.statements.profiles") / f"{name}.toml").read_text(encoding="utf-8")
    return read(text, f"{name}.toml")


def _fault(place: str, found: Mapping[str, Any]) -> Fault:
    path = ".".join(str(part) for part in found["loc"])
    kind, message = str(found["type"]), str(found["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return Fault(f"{place}:{path}", "unknown key", f"remove it or mend its spelling; {REFERENCE}")
    if kind == "missing":
        return Fault(f"{place}:{path}", "missing", f"add the key; {REFERENCE}")
    return Fault(f"{place}:{path}", message, REFERENCE)
