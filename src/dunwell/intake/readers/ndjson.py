"""NDJSON: one JSON object in each line, read without ever making a float of an amount."""

import json
from collections.abc import Iterator
from typing import Any, cast

from dunwell.intake.model import RowProblem
from dunwell.intake.readers.lines import Header, Item, Line, Lines
from dunwell.intake.settings import FileShape


class _Twice(ValueError):
    """A key stands twice in one object."""


class NdjsonReader:
    """Objects as rows of the columns a profile wants; `a.b` reaches into objects. A missing key is an empty cell."""

    def __init__(self, shape: FileShape, columns: tuple[str, ...]) -> None:
        self._lines = Lines(shape.encoding)
        self._columns = columns
        self._ignore = tuple(shape.ignore)
        self._begun = False

    def feed(self, piece: bytes) -> Iterator[Item]:
        """Rows that `piece` completes."""
        if not self._begun:
            self._begun = True
            yield Header(0, self._columns)
        for item in self._lines.feed(piece):
            yield from self._rows(item)

    def close(self) -> Iterator[Item]:
        """The last row."""
        for item in self._lines.close():
            yield from self._rows(item)

    def _rows(self, item: Line | RowProblem) -> Iterator[Item]:
        if isinstance(item, RowProblem):
            yield item
        elif item.text.strip() and not (self._ignore and item.text.lstrip().startswith(self._ignore)):
            yield self._row(item)

    def _row(self, line: Line) -> Item:
        try:
            given: Any = json.loads(
                line.text, parse_float=str, parse_int=str, parse_constant=_refuse, object_pairs_hook=_once
            )
            if not isinstance(given, dict):
                return _problem(line, "not an object", 'write each row as {"column": value, …}')
            row = cast("dict[str, object]", given)
            return line.number, [_cell(row, name) for name in self._columns]
        except _Twice as error:
            return _problem(line, str(error), "keep one of them")
        except (ValueError, RecursionError) as error:
            place = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
            return _problem(line, f"not JSON{place}", "write one complete JSON object in each line")


def _refuse(constant: str) -> str:
    raise ValueError(constant)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise _Twice(f"the key {twice[:40]!r} stands twice")
    return made


def _cell(row: dict[str, object], name: str) -> str:
    """The value at a name or a dotted path, as text."""
    value: object = row.get(name)
    if value is None and "." in name:
        value = _inside(row, name.split("."))
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    raise _Twice(f"{name} holds a list or an object")


def _inside(value: object, path: list[str]) -> object:
    for step in path:
        value = cast("dict[str, object]", value).get(step) if isinstance(value, dict) else None
    return value


def _problem(line: Line, problem: str, remedy: str) -> RowProblem:
    return RowProblem(line.number, "", "", problem, remedy)
