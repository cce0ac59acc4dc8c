"""Tenant files as they lie on disk: read, merged with the defaults, every fault with file and line."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError

from dunwell.kernel.errors import Fault
from dunwell.kernel.lines import line_of, syntax_fault
from dunwell.tenancy.model import Files

DEFAULTS: Final = "_defaults"
WHOLE: Final = ("templates/", "profiles/", "statements/")
LONGEST: Final = 256 * 1024
SLUGS_ARE: Final = "2 to 31 letters a–z and digits, a letter first"

# What an area says about the merged files: faults whose `field` is "file.toml:dotted.key".
Check = Callable[[Files], Sequence[Fault]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tenant's files after merging, the texts they come from, and what could not be read.

    `texts` are the tenant's own, `defaults` those below them; both by name without `.toml`.
    """

    slug: str
    files: Files
    texts: Mapping[str, str]
    faults: tuple[Fault, ...]
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])


def read(slug: str, folder: Traversable | None = None) -> Proposal:
    """Read `tenants/<slug>` (or another folder) over `tenants/_defaults`."""
    root = files("tenants")
    own = folder if folder is not None else root / slug
    if not own.is_dir():
        fault = Fault(f"tenants/{slug}", "no such folder", "copy one that exists; see tenants/README.md")
        return Proposal(slug, {}, {}, (fault,))
    merged: dict[str, Mapping[str, Any]] = {}
    texts: dict[str, str] = {}
    defaults: dict[str, str] = {}
    faults: list[Fault] = []
    for layer, kept in ((root / DEFAULTS, defaults), (own, texts)):
        for name, text in _toml_files(layer):
            try:
                table = tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                faults.append(syntax_fault(f"{name}.toml", text, error))
                continue
            whole = name.startswith(WHOLE)
            merged[name] = table if whole else _merge(merged.get(name, {}), table)
            kept[name] = text
    if "tenant" not in merged and not any(fault.field == "tenant.toml" for fault in faults):
        faults.append(Fault("tenant.toml", "missing", "say at least name, country, zone, currency and pack"))
    return Proposal(slug, merged, texts, tuple(faults), defaults)


def model_check(name: str, model: type[BaseModel]) -> Check:
    """A check that one file fits its model; a file that is not there must be allowed to be empty."""

    def check(proposed: Files) -> list[Fault]:
        try:
            model.model_validate(dict(proposed.get(name, {})))
        except ValidationError as error:
            return [
                Fault(f"{name}.toml:{'.'.join(str(part) for part in found['loc'])}", *_words(found))
                for found in cast("list[dict[str, Any]]", error.errors(include_url=False))
            ]
        return []

    return check


def check(proposal: Proposal, checks: Sequence[Check]) -> list[Fault]:
    """Every fault of a proposal, each with the line of the key it is about."""
    found = list(proposal.faults)
    if not found:
        for each in checks:
            found.extend(each(proposal.files))
    return [_located(fault, proposal) for fault in found]


def _located(fault: Fault, proposal: Proposal) -> Fault:
    """A fault with the line of its key, in the tenant's own file or in the default that it comes from."""
    file, _, dotted = fault.field.partition(":")
    name, path = file.removesuffix(".toml"), dotted.split(".")
    own, below = proposal.texts.get(name), proposal.defaults.get(name)
    if fault.line is not None or not dotted:
        return fault
    if below is not None and (own is None or (_says(below, path) and not _says(own, path))):
        return Fault(f"{DEFAULTS}/{fault.field}", fault.problem, fault.remedy, line_of(below, path))
    return Fault(fault.field, fault.problem, fault.remedy, line_of(own, path) if own is not None else None)


def _says(text: str, path: Sequence[str]) -> bool:
    """Whether a file has the key; what lies inside a list it has, it has: lists are replaced as a whole."""
    table: object = tomllib.loads(text)
    for part in path:
        if not isinstance(table, dict):
            return True
        if part not in table:
            return False
        table = cast("dict[str, object]", table)[part]
    return True


def _toml_files(layer: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in sorted(layer.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and not prefix and entry.name in ("templates", "profiles", "statements"):
            yield from _toml_files(entry, f"{entry.name}/")
        elif entry.name.endswith(".toml"):
            yield prefix + entry.name.removesuffix(".toml"), entry.read_text(encoding="utf-8")[:LONGEST]


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merge key by key; anything else, lists included, is replaced as a whole."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = (
            _merge(cast("Mapping[str, Any]", old), cast("Mapping[str, Any]", value))
            if isinstance(old, dict) and isinstance(value, dict)
            else value
        )
    return merged


REMEDIES: Final = {
    "missing": "add the key",
    "extra_forbidden": "remove the key or mend its spelling",
    "int_type": "write a whole number",
    "bool_type": "write true or false",
    "string_type": 'write text in quotes: "…"',
}


def _words(found: Mapping[str, Any]) -> tuple[str, str]:
    kind, message = str(found["type"]), str(found["msg"]).removeprefix("Value error, ")
    if kind == "missing":
        return "missing", REMEDIES[kind]
    if kind == "extra_forbidden":
        return "unknown key", REMEDIES[kind]
    return message, REMEDIES.get(kind, "see tenants/README.md")
