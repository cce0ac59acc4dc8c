"""Where a key of a TOML text stands: so that a fault can name its line."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from dunwell.kernel.errors import Fault

HEADER: Final = re.compile(r"\s*\[(\[)?\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
KEY: Final = re.compile(r"""\s*("[^"]+"|'[^']+'|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*=""")
PLACE: Final = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


def line_of(text: str, path: Sequence[str]) -> int | None:
    """The line (from 1) on which the key of a dotted path, or the nearest table above it, stands."""
    places = _places(text)
    depths = range(len(path), 0, -1)
    return next((places[part] for depth in depths if (part := tuple(path[:depth])) in places), None)


def syntax_fault(file: str, text: str, error: tomllib.TOMLDecodeError) -> Fault:
    """What is wrong with a text that is not TOML, by file and line."""
    place = PLACE.search(str(error))
    line = (int(place[1]) if place[1] else len(text.splitlines()) or 1) if place else None
    return Fault(file, f"not TOML: {PLACE.sub('', str(error))}", "mend the line", line)


@lru_cache(maxsize=16)
def _places(text: str) -> Mapping[tuple[str, ...], int]:
    """The first line of every table and key; remembered, because a pack asks for each of its entries."""
    found: dict[tuple[str, ...], int] = {}
    for number, path in _keys(text):
        found.setdefault(path, number)
    return found


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
