"""A row of a table as an entry, by the profile. Everything that can be decided once per file is decided once."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from dunwell.kernel.errors import Fault
from dunwell.kernel.money import Money
from dunwell.statements.model import (
    Direction,
    Entry,
    Kind,
    Party,
    ProviderId,
    Reference,
    State,
    StatementUnreadable,
)
from dunwell.statements.rules.reading_cells import (
    Matcher,
    Moments,
    WrongCell,
    matcher,
    minor_of,
    reference_of,
    text_of,
)
from dunwell.statements.settings import (
    Cell,
    Condition,
    Counterparty,
    CurrencyCell,
    DirectionCell,
    Moment,
    Profile,
    Row,
    StateCell,
)
from dunwell.statements.settings import KindCell as KindWords
from dunwell.statements.settings import Reference as ReferenceCell

Cells: TypeAlias = Sequence[str]
Read: TypeAlias = Callable[[Cells], str]
SEPARATOR: Final = " · "


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands."""

    statement: int
    line: int


class Columns:
    """The columns of a header: finds a cell by any of its names, empty where the exporter wrote a dash."""

    def __init__(self, header: Sequence[str], missing: str) -> None:
        self._places = {name: place for place, name in reversed(list(enumerate(header))) if name}
        self._missing = re.compile(missing)

    def has(self, names: Sequence[str]) -> bool:
        """Whether the table has such a column."""
        return any(name in self._places for name in names)

    def reader(self, names: Sequence[str], pattern: str | None = None) -> Read:
        """Reads the column; one that the table does not have is always empty."""
        place = next((self._places[name] for name in names if name in self._places), None)
        if place is None:
            return lambda _: ""
        missing, found = self._missing.fullmatch, re.compile(pattern) if pattern else None

        def read(cells: Cells) -> str:
            text = cells[place]
            if missing(text):
                return ""
            if found is None:
                return text
            match = found.search(text)
            return "" if match is None else (match[1] if found.groups else match[0]) or ""

        return read

    def needed(self, cell: Cell) -> Read:
        """Likewise, for a column without which a row means nothing. Raises `StatementUnreadable`."""
        if not self.has(cell.column):
            fault = Fault(cell.column[0], "the table has no such column", "name it in the profile")
            raise StatementUnreadable(f"no column {cell.column[0]!r}", faults=[fault])
        return self.reader(cell.column, cell.pattern)


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, profile: Profile, header: Sequence[str]) -> None:
        columns = Columns(header, profile.file.missing)
        self._skip = [_condition(each, columns) for each in profile.skip]
        self._kinds = [
            (_condition(row.when, columns) if row.when is not None else None, _RowKind(profile, row, columns))
            for row in profile.row
        ]

    def skips(self, cells: Cells) -> bool:
        """Whether the profile leaves this row out."""
        return any(test(cells) for test in self._skip)

    def read(self, place: Place, cells: Cells) -> Entry:
        """The entry. Raises `WrongCell`, which names the column."""
        for test, kind in self._kinds:
            if test is None or test(cells):
                return kind.read(place, cells)
        raise WrongCell("no [[row]] of the profile reads this row", "add one without `when`, or a [[skip]]")


class _RowKind:
    """One `[[row]]` of a profile, its columns found."""

    def __init__(self, profile: Profile, row: Row, columns: Columns) -> None:
        self._row, self._file, self._currency = row, profile.file, profile.currency
        self._masked = re.compile(profile.file.masked)
        self._date = _moment(row.date, columns, profile.zone)
        self._value = _moment(row.value_date, columns, profile.zone) if row.value_date else None
        self._amounts = {
            name: columns.needed(cell)
            for name in ("amount", "credit", "debit")
            if (cell := _cell_of(row, name)) is not None
        }
        self._direction = _direction(row.direction, columns) if row.direction else None
        self._balance = _optional(row.balance, columns)
        self._fee = _optional(row.fee, columns)
        self._money = _currency(row.currency, columns) if row.currency else None
        self._state = _state(row.state, columns) if row.state else None
        self._kind = _kind(row.kind, columns)
        self._reversal = _condition(row.reversal, columns) if row.reversal else None
        self._refund_of = _optional(row.refund_of, columns)
        self._provider = [columns.reader([name]) for name in row.provider.columns] if row.provider else []
        self._references = [(each, columns.reader(each.column, each.pattern)) for each in row.references]
        self._party = _party(row.counterparty, columns)
        self._text = [(name, columns.reader([name])) for name in row.text]

    def read(self, place: Place, cells: Cells) -> Entry:
        """Raises `WrongCell`."""
        day, at = self._date(cells)
        currency = self._money(cells) if self._money else self._currency
        direction, minor = self._moved(cells, currency)
        return Entry(
            statement=place.statement,
            line=place.line,
            direction=direction,
            amount=Money(minor, currency),
            state=self._state(cells) if self._state else State.BOOKED,
            booked_on=day,
            value_on=self._value(cells)[0] if self._value else None,
            at=at,
            kind=self._kind(cells),
            is_reversal=self._reversal is not None and self._reversal(cells),
            refund_of=_checked(self._refund_of, cells),
            provider=self._provided(cells),
            references=tuple(_references(self._references, cells)),
            counterparty=self._party(cells) or None,
            text=SEPARATOR.join(text for text in self._texts(cells) if text),
            # Platforms tell fees to a hundredth of a cent; they are told to people, never posted.
            fee=self._money_of("fee", self._fee(cells), currency, rounding=True),
            balance_after=self._money_of("balance", self._balance(cells), currency),
        )

    def _moved(self, cells: Cells, currency: str) -> tuple[Direction, int]:
        """What moved, and which way. A minus sign turns the direction round."""
        if "credit" in self._amounts:
            credit = self._minor("credit", cells, currency)
            debit = self._minor("debit", cells, currency)
            if (credit is None or credit == 0) == (debit is None or debit == 0):
                problem = "neither" if not credit else "both"
                raise WrongCell(
                    f"{problem} of credit and debit hold an amount",
                    "check the row",
                    self._named("credit"),
                )
            minor = credit or (debit or 0) * (1 if self._row.debits_negative else -1)
            return (Direction.CREDIT, minor) if minor > 0 else (Direction.DEBIT, -minor)
        minor = self._minor("amount", cells, currency)
        if minor is None:
            raise WrongCell("there is no amount", "check the row", self._named("amount"))
        told = self._told(cells)
        if told is None:
            return (Direction.CREDIT, minor) if minor >= 0 else (Direction.DEBIT, -minor)
        if minor < 0 and told is not Direction.NEUTRAL:
            told = Direction.DEBIT if told is Direction.CREDIT else Direction.CREDIT
        return told, abs(minor)

    def _told(self, cells: Cells) -> Direction | None:
        if self._row.way is not None:
            return Direction(self._row.way)
        return self._direction(cells) if self._direction else None

    def _minor(self, name: str, cells: Cells, currency: str) -> int | None:
        found = self._money_of(name, self._amounts[name](cells), currency)
        return found.minor if found is not None else None

    def _money_of(self, name: str, text: str, currency: str, *, rounding: bool = False) -> Money | None:
        if not text or self._masked.search(text):
            return None
        try:
            return Money(minor_of(text, currency, decimal=self._file.decimal, rounding=rounding), currency)
        except WrongCell as wrong:
            raise WrongCell(wrong.problem, wrong.remedy, self._named(name)) from None

    def _named(self, name: str) -> str:
        cell = _cell_of(self._row, name)
        return cell.column[0] if cell is not None else name

    def _provided(self, cells: Cells) -> ProviderId | None:
        if self._row.provider is None:
            return None
        parts = [
            _checked(read, cells, name)
            for read, name in zip(self._provider, self._row.provider.columns, strict=True)
        ]
        if not parts[0]:
            return None
        return ProviderId(self._row.provider.scheme, "|".join(parts).rstrip("|"))

    def _texts(self, cells: Cells) -> list[str]:
        try:
            return [text_of(read(cells)) for _, read in self._text]
        except WrongCell as wrong:
            raise WrongCell(wrong.problem, wrong.remedy, self._text[0][0]) from None


def _cell_of(row: Row, name: str) -> Cell | None:
    found: Mapping[str, Cell | None] = {
        "amount": row.amount,
        "credit": row.credit,
        "debit": row.debit,
        "fee": row.fee,
        "balance": row.balance,
    }
    return found[name]


def _optional(cell: Cell | None, columns: Columns) -> Read:
    return columns.reader(cell.column, cell.pattern) if cell is not None else lambda _: ""


def _checked(read: Read, cells: Cells, name: str = "") -> str:
    try:
        return reference_of(read(cells))
    except WrongCell as wrong:
        raise WrongCell(wrong.problem, wrong.remedy, name) from None


def _moment(cell: Moment, columns: Columns, zone: str) -> Callable[[Cells], tuple[date, datetime | None]]:
    read, moments = columns.needed(cell), Moments(cell.format, zone, seconds=cell.seconds)
    clock = _optional(cell.time, columns)

    def moment(cells: Cells) -> tuple[date, datetime | None]:
        try:
            return moments.read(read(cells), clock(cells))
        except WrongCell as wrong:
            raise WrongCell(wrong.problem, wrong.remedy, cell.column[0]) from None

    return moment


def _condition(condition: Condition, columns: Columns) -> Callable[[Cells], bool]:
    read = columns.reader(condition.column)
    if condition.empty is not None:
        return lambda cells: (not read(cells)) == condition.empty
    test = matcher(condition.one_of)
    return lambda cells: test(read(cells))


def _direction(words: DirectionCell, columns: Columns) -> Callable[[Cells], Direction]:
    read = columns.needed(Cell(column=words.column))
    ways: list[tuple[Matcher, Direction]] = [
        (matcher(words.credit), Direction.CREDIT),
        (matcher(words.debit), Direction.DEBIT),
        (matcher(words.neutral), Direction.NEUTRAL),
    ]

    def direction(cells: Cells) -> Direction:
        text = read(cells)
        for test, way in ways:
            if test(text):
                return way
        raise WrongCell("a direction the profile does not list", "add the word to it", words.column[0])

    return direction


def _state(words: StateCell, columns: Columns) -> Callable[[Cells], State]:
    read = columns.reader(words.column)
    states = [
        (matcher(words.failed), State.FAILED),
        (matcher(words.closed), State.CLOSED),
        (matcher(words.pending), State.PENDING),
        (matcher(words.information), State.INFORMATION),
        (matcher(words.booked), State.BOOKED),
    ]

    def state(cells: Cells) -> State:
        text = read(cells)
        for test, found in states:
            if test(text):
                return found
        if words.otherwise is None:
            raise WrongCell("a state the profile does not list", "add the word to it", words.column[0])
        return words.otherwise

    return state


def _kind(words: KindWords | Kind, columns: Columns) -> Callable[[Cells], Kind]:
    if isinstance(words, Kind):
        return lambda _: words
    read = columns.reader(words.column)
    kinds = [(matcher(texts), kind) for kind, texts in words.words.items()]
    return lambda cells: next((kind for test, kind in kinds if test(read(cells))), words.otherwise)


def _currency(words: CurrencyCell, columns: Columns) -> Callable[[Cells], str]:
    read = columns.reader(words.column)
    return lambda cells: words.map.get(read(cells), read(cells))


def _references(wanted: Sequence[tuple[ReferenceCell, Read]], cells: Cells) -> list[Reference]:
    found = [(each, _checked(read, cells, each.column[0])) for each, read in wanted]
    return [Reference(each.scheme, text, each.label) for each, text in found if text]


def _party(words: Counterparty, columns: Columns) -> Callable[[Cells], Party]:
    name, account, bank = (_optional(cell, columns) for cell in (words.name, words.account, words.bank))
    if words.pattern is None:
        return lambda cells: Party(
            name(cells),
            _checked(account, cells, words.account.column[0] if words.account else ""),
            bank(cells),
        )
    combined, cut = columns.reader(words.column), re.compile(words.pattern)

    def party(cells: Cells) -> Party:
        text = combined(cells)
        match = cut.search(text)
        if match is None:
            return Party(text)
        parts = match.groupdict()
        return Party(*((parts.get(part) or "").strip() for part in ("name", "account", "bank")))

    return party
