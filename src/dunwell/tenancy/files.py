"""Tenant files as they lie on disk: read, merged with the defaults, every fault with file and line."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError

from dunwell.kernel.errors import Fault
from dunwell.tenancy.model import Files

DEFAULTS: Final = "_defaults"
HEADER: Final = re.compile(r"\s*\[(\[)?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
KEY: Final = re.compile(r"""\s*("[^"]+"|'[^']+'|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*=""")
LONGEST: Final = 256 * 1024
SLUGS_ARE: Final = "2 to 31 letters a–z and digits, a letter first"

# What an area says about the merged files: faults whose `field` is "file.toml:dotted.key".
Check = Callable[[Files], Sequence[Fault]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tenant's files after merging, the text each key came from, and what could not be read."""

    slug: str
    files: Files
    texts: Mapping[str, str]
    faults: tuple[Fault, ...]


def read(slug: str, folder: Traversable | None = None) -> Proposal:
    """Read `tenants/<slug>` (or another folder) over `tenants/_defaults`."""
    root = files("tenants")
    own = folder if folder is not None else root / slug
    if not own.is_dir():
        fault = Fault(f"tenants/{slug}", "no such folder", "copy one that exists; see tenants/README.md")
        return Proposal(slug, {}, {}, (fault,))
    merged: dict[str, Mapping[str, Any]] = {}
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for layer in (root / DEFAULTS, own):
        for name, text in _toml_files(layer):
            try:
                table = tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                faults.append(_syntax_fault(name, error))
                continue
            whole = name.startswith(("templates/", "profiles/", "statements/"))
            merged[name] = table if whole else _merge(merged.get(name, {}), table)
            texts[name] = text
    if "tenant" not in merged and not any(fault.field == "tenant.toml" for fault in faults):
        faults.append(Fault("tenant.toml", "missing", "say at least name, country, zone, currency and pack"))
    return Proposal(slug, merged, texts, tuple(faults))


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
    return [_located(fault, proposal.texts) for fault in found]


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line (from 1) on which the key of a dotted path, or the nearest table above it, stands."""
    best: tuple[int, int] | None = None
    for number, where in _keys(text):
        depth = len(where)
        if depth <= len(path) and tuple(path[:depth]) == where and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _keys(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    table: tuple[str, ...] = ()
    newest: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            table = _resolved([part.strip().strip("\"'") for part in header[2].split(".")], newest)
            if header[1]:
                newest[table] = newest.get(table, -1) + 1
                table = (*table, str(newest[table]))
            yield number, table
        elif key := KEY.match(line):
            yield number, (*table, *(part.strip("\"'") for part in key[1].split(".")))


def _resolved(parts: Sequence[str], newest: Mapping[tuple[str, ...], int]) -> tuple[str, ...]:
    """A header's path with the positions it leaves out: inside a list of tables the newest is meant."""
    path: tuple[str, ...] = ()
    for part in parts:
        if path in newest:
            path = (*path, str(newest[path]))
        path = (*path, part)
    return path


def _located(fault: Fault, texts: Mapping[str, str]) -> Fault:
    name, _, path = fault.field.partition(":")
    text = texts.get(name.removesuffix(".toml"))
    if fault.line is not None or text is None or not path:
        return fault
    return Fault(fault.field, fault.problem, fault.remedy, line_of(text, path.split(".")))


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


def _syntax_fault(name: str, error: tomllib.TOMLDecodeError) -> Fault:
    place = re.search(r"at line (\d+)", str(error))
    problem = re.sub(r"\s*\(at .*\)$", "", str(error))
    return Fault(f"{name}.toml", f"not TOML: {problem}", "mend the line", int(place[1]) if place else None)


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
