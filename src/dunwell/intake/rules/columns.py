"""A profile's cell, compiled once per file into the closure that reads it from a row."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias, TypeVar

from dunwell.intake.model import Cellular, Value, WrongCell
from dunwell.intake.rules.cells import (
    as_text,
    int_reader,
    mapped,
    money_reader,
    rate_reader,
    text_reader,
    word_reader,
)
from dunwell.intake.rules.dates import date_reader, shifted
from dunwell.intake.settings import Cell, Condition
from dunwell.kernel.calendar import add_months
from dunwell.kernel.errors import Fault


class Kind(StrEnum):
    """What a field of ours holds."""

    TEXT = "text"
    WORD = "word"
    MONEY = "money"
    DATE = "date"
    COUNT = "count"
    RATE = "rate"


class Row:
    """The row under the readers: its line, its cells, and the decimals of its currency. One per file, refilled."""

    __slots__ = ("cells", "exponent", "line")

    def __init__(self) -> None:
        self.line = 0
        self.cells: Sequence[Cellular] = ()
        self.exponent = 2


Read: TypeAlias = Callable[[Row], Value | None]
Test: TypeAlias = Callable[[Row], bool]
N = TypeVar("N")

CLOSE: Final = 0.6


class Columns:
    """The header of a file: where each column stands. Collects what is missing instead of stopping at the first."""

    def __init__(self, header: list[str], line: int, missing: tuple[str, ...]) -> None:
        self.places: Mapping[str, int] = {name: place for place, name in enumerate(header)}
        self.missing = frozenset(missing) | {""}
        self.line = line
        self.faults: dict[str, Fault] = {}

    def place(self, name: str) -> int:
        """Where the column stands; 0, and a fault, when there is none."""
        found = self.places.get(name)
        if found is not None:
            return found
        near = difflib.get_close_matches(name, list(self.places), n=1, cutoff=CLOSE)
        hint = f"did the file mean {near[0]!r}? " if near else ""
        remedy = f"{hint}Add the column to the file, or correct the profile"
        self.faults.setdefault(name, Fault(name, "the file has no such column", remedy, self.line))
        return 0


def compile_cell(
    cell: Cell, kind: Kind, columns: Columns, *, words: frozenset[str] = frozenset(), personal: bool = False
) -> Read:
    """The reader of one cell as `kind`; `None` for an empty cell. Errors carry the column and its value."""
    read = _source(cell, kind, columns, words, personal=personal)
    if kind is Kind.DATE and (cell.plus_days != 0 or cell.plus_months != 0):
        read = _later(read, cell, columns)
    if kind in (Kind.MONEY, Kind.COUNT) and (cell.negate or cell.at_least is not None):
        read = _bounded(read, cell)
    if cell.default is not None:
        read = _otherwise(read, _constant(cell.default, kind, _parser(cell, kind, words)))
    if cell.only_if:
        tests = tuple(compile_condition(each, columns) for each in cell.only_if)
        return _conditional(read, tests)
    return read


def _conditional(read: Read, tests: tuple[Test, ...]) -> Read:
    return lambda row: read(row) if all(test(row) for test in tests) else None


def _source(cell: Cell, kind: Kind, columns: Columns, words: frozenset[str], *, personal: bool) -> Read:
    if cell.column is not None:
        return _column(cell, cell.column, columns, _parser(cell, kind, words), personal=personal)
    if cell.value is not None:
        return _constant(str(cell.value), kind, _parser(cell, kind, words))
    if cell.line is not None:
        prefix = cell.line
        return lambda row: f"{prefix}{row.line}"
    parts = tuple(
        compile_cell(part, kind, columns, words=words, personal=personal)
        for part in cell.sum or cell.minus or cell.first or cell.join or ()
    )
    if cell.first is not None:
        return lambda row: next((value for part in parts if (value := part(row)) is not None), None)
    if cell.join is not None:
        by = cell.by
        return lambda row: by.join(str(value) for part in parts if (value := part(row)) is not None) or None
    return _total(parts, sign=1) if cell.sum is not None else _total(parts, sign=-1)


def _total(parts: tuple[Read, ...], *, sign: int) -> Read:
    """The sum; or the first less the others. Empty cells count nothing; empty when all (or the first) are."""

    def read(row: Row) -> Value | None:
        first, *others = (part(row) for part in parts)
        if first is None and (sign < 0 or all(other is None for other in others)):
            return None
        total = first if isinstance(first, int) else 0
        return total + sign * sum(other for other in others if isinstance(other, int))

    return read


Parser: TypeAlias = Callable[[Cellular, int], Value]


def _parser(cell: Cell, kind: Kind, words: frozenset[str]) -> Parser:
    """Text (and the decimals of the currency) to a value."""
    if kind is Kind.MONEY:
        return money_reader(cell)
    if kind is Kind.DATE:
        return _whatever(date_reader(cell))
    if kind is Kind.COUNT:
        return _whatever(int_reader(cell))
    if kind is Kind.RATE:
        return _whatever(rate_reader(cell))
    return _whatever(word_reader(words) if kind is Kind.WORD else text_reader())


def _whatever(read: Callable[[Cellular], Value]) -> Parser:
    """A reader that does not care for the currency."""
    return lambda given, _: read(given)


def _column(cell: Cell, name: str, columns: Columns, parse: Parser, *, personal: bool) -> Read:
    place = columns.place(name)
    missing = frozenset(cell.missing) | {""} if cell.missing is not None else columns.missing
    remove = cell.remove
    lookup = mapped(cell)

    def read(row: Row) -> Value | None:
        given = row.cells[place]
        text = given.strip() if isinstance(given, str) else given
        if text in missing:
            return None
        if remove and isinstance(text, str):
            for piece in remove:
                text = text.replace(piece, "")
            text = text.strip()
        try:
            if lookup is not None and not (text := lookup(text)):
                return None
            return parse(text, row.exponent)
        except WrongCell as wrong:
            wrong.column, wrong.value, wrong.personal = name, as_text(given), personal
            raise

    return read


def _constant(text: str, kind: Kind, parse: Parser) -> Read:
    """A value written in the profile. Wrong ones are found here, before any row; an amount needs its currency first."""
    if kind is Kind.MONEY:
        return lambda row: parse(text, row.exponent)
    value = parse(text, 0)
    return lambda _: value


def _otherwise(read: Read, default: Read) -> Read:
    def filled(row: Row) -> Value | None:
        value = read(row)
        return default(row) if value is None else value

    return filled


def _bounded(read: Read, cell: Cell) -> Read:
    least = cell.at_least

    def bounded(row: Row) -> Value | None:
        value = read(row)
        if not isinstance(value, int):
            return value
        value = -value if cell.negate else value
        return least if least is not None and value < least else value

    return bounded


def _later(read: Read, cell: Cell, columns: Columns) -> Read:
    """A date and so many months and days more."""
    days, months = _steps(cell.plus_days, columns), _steps(cell.plus_months, columns)

    def later(row: Row) -> Value | None:
        day = read(row)
        if not isinstance(day, date):
            return day
        more_months, more_days = months(row), days(row)
        if more_months is None or more_days is None:
            return None
        try:
            moved = add_months(day, more_months)
        except ValueError:
            raise WrongCell("too many months to add", "check the column") from None
        return shifted(moved, more_days)

    return later


def _steps(given: Cell | int, columns: Columns) -> Callable[[Row], int | None]:
    if isinstance(given, int):
        return lambda _: given
    read = compile_cell(given, Kind.COUNT, columns)

    def steps(row: Row) -> int | None:
        value = read(row)
        return value if isinstance(value, int) else None

    return steps


def compile_condition(condition: Condition, columns: Columns) -> Test:
    """Whether a row passes; empty means one of the profile's words for nothing."""
    place = columns.place(condition.column)
    allowed = frozenset(condition.one_of) if condition.one_of is not None else None
    refused = frozenset(condition.not_in) if condition.not_in is not None else None
    missing, empty, positive = columns.missing, condition.empty, condition.positive

    def test(row: Row) -> bool:
        text = as_text(row.cells[place]).strip()
        if (allowed is not None and text not in allowed) or (refused is not None and text in refused):
            return False
        if empty is not None and (text in missing) is not empty:
            return False
        return positive is None or _is_positive(text) is positive

    return test


def _is_positive(text: str) -> bool:
    return not text.startswith(("-", "(")) and any(sign in "123456789" for sign in text)
