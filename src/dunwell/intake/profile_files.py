"""Profiles as files: parsed, checked down to every pattern and constant, each fault with its line."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

from pydantic import ValidationError

from dunwell.intake.model import ProfileInvalid, ProfileNotFound, WrongCell
from dunwell.intake.profile_text import faults_in, profile_of
from dunwell.intake.reconciling import RowChecks
from dunwell.intake.rules.dates import WrongPattern
from dunwell.intake.rules.rows import RowReader
from dunwell.intake.rules.wanted import wanted
from dunwell.intake.settings import NAME, Profile
from dunwell.kernel.errors import Fault

FOLDER: Final = "profiles/"
REFERENCE: Final = "see docs/tapes.md"


def parse(table: Mapping[str, Any], place: str) -> Profile | list[Fault]:
    """A profile from its TOML table, or every fault of it, as `place:dotted.key`."""
    try:
        profile = Profile.model_validate(table)
    except ValidationError as error:
        return [
            _fault(place, found) for found in cast("list[dict[str, Any]]", error.errors(include_url=False))
        ]
    try:
        # Compiling finds what a model cannot: patterns, zones, constants that are no value of their field.
        RowReader(profile, wanted(profile), 0)
        if profile.reconcile is not None:
            RowChecks(profile, profile.reconcile, wanted(profile), 0)
    except WrongCell as wrong:
        return [Fault(f"{place}:loan", f"a constant is wrong: {wrong.problem}", wrong.remedy)]
    except WrongPattern as wrong:
        return [Fault(f"{place}:format", str(wrong), REFERENCE)]
    return profile


def read(text: str, place: str) -> Profile:
    """A profile from the text of its file. Raises `ProfileInvalid` with file and line of every fault."""
    found = profile_of(text, place, parse)
    if isinstance(found, Profile):
        return found
    raise ProfileInvalid(f"{place} is no mapping profile", faults=found)


def check_profiles(proposed: Mapping[str, Mapping[str, Any]]) -> Sequence[Fault]:
    """What is wrong with the profiles among a tenant's files; run when they are published."""
    return list(faults_in(FOLDER, proposed, parse))


def builtin_names() -> list[str]:
    """The profiles that ship with Dunwell."""
    names = (entry.name for entry in files("dunwell.intake.profiles").iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def builtin(name: str) -> Profile:
    """A profile that ships with Dunwell. Raises `ProfileNotFound`, naming those there are."""
    found = parse(builtin_table(name), f"{name}.toml")
    if isinstance(found, Profile):
        return found
    raise ProfileInvalid(f"{name}.toml is no mapping profile", faults=found)


@cache
def builtin_table(name: str) -> dict[str, Any]:
    """The TOML table of a profile that ships with Dunwell. Raises `ProfileNotFound`."""
    if not NAME.match(name) or name not in builtin_names():
        known = ", ".join(builtin_names())
        fault = Fault("profile", "no such profile", f"use one of the tenant's own, or {known}")
        raise ProfileNotFound(f"no profile {name[:60]!r}", faults=[fault])
    return tomllib.loads((files("dunwell.intake.profiles") / f"{name}.toml").read_text(encoding="utf-8"))


def _fault(place: str, found: Mapping[str, Any]) -> Fault:
    path = ".".join(str(part) for part in found["loc"])
    kind, message = str(found["type"]), str(found["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return Fault(f"{place}:{path}", "unknown key", f"remove it or mend its spelling; {REFERENCE}")
    if kind == "missing":
        return Fault(f"{place}:{path}", "missing", f"add the key; {REFERENCE}")
    return Fault(f"{place}:{path}", message, REFERENCE)
