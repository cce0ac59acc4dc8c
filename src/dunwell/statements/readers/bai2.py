"""BAI2: records 01 02 03 16 49 88 98 99, every control total and record count checked.

Amounts are whole minor units. A record ends with `/`, except a text, which may hold commas and slashes and goes on
in records 88.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.money import EXPONENT, LARGEST, Money
from dunwell.statements.model import (
    Account,
    Balance,
    BalanceKind,
    BankCode,
    Declared,
    Direction,
    Entry,
    Item,
    Kind,
    Reference,
    Scheme,
    State,
    Statement,
    Totals,
)
from dunwell.statements.readers.lines import encoding_of, lines_of
from dunwell.statements.rules.reading_cells import LONGEST_TEXT
from dunwell.statements.rules.reading_totals import Findings, Tally, follow
from dunwell.statements.sources import Source, unreadable

BALANCES: Final = {
    "010": BalanceKind.OPENING,
    "015": BalanceKind.CLOSING,
    "040": BalanceKind.OPENING_AVAILABLE,
    "045": BalanceKind.CLOSING_AVAILABLE,
}
TOTAL_CREDITS: Final = "100"
TOTAL_DEBITS: Final = "400"
# Detail codes that take back an entry, and those that return one; other codes leave it to their text.
REVERSALS: Final = frozenset({"252", "258", "552", "558"})
RETURNS: Final = frozenset({"255", "257", "555", "557"})
GROUP_STATES: Final = {"2": "a deletion", "4": "a test"}
MOST_CONTINUED: Final = 200
AGAIN: Final = "ask the bank for the file again; do not edit it"
CUT: Final = re.compile(r"[,\n]")


class _WrongRecord(Exception):
    """A record cannot be read. Never leaves the reader; its text tells nothing of the content."""


@dataclass(slots=True)
class _Record:
    """A record with its continuations, `lines` of the file."""

    code: str
    text: str
    line: int
    lines: int = 1

    @property
    def fields(self) -> list[str]:
        """Fields behind the record code."""
        return [part.strip() for part in CUT.split(self.text)]


@dataclass(slots=True)
class _Level:
    """What a trailer has to equal: a control total, a number of parts, a number of records."""

    control: int = 0
    parts: int = 0
    records: int = 0


@dataclass(slots=True)
class _Group:
    """The group being read."""

    on: date
    currency: str
    level: _Level = field(default_factory=_Level)


class Bai2Reader:
    """Reads the accounts of one file, each as a statement."""

    def __init__(self, source: Source, first: int, findings: Findings) -> None:
        self._source, self._first, self._findings = source, first, findings
        self._file = _Level()
        self._group: _Group | None = None
        self._account: _AccountRecord | None = None
        self._before: dict[str, Totals] = {}
        self._ended = False
        self.statements = 0

    def items(self) -> Iterator[Item]:
        """Statements, entries, totals. Raises `StatementUnreadable`."""
        for record in _records(self._source):
            if self._ended:
                raise unreadable("records behind the file trailer", "send one file at a time", record.line)
            self._file.records += record.lines
            if self._group is not None:
                self._group.level.records += record.lines
            if self._account is not None:
                self._account.level.records += record.lines
            try:
                yield from self._record(record)
            except _WrongRecord as wrong:
                if record.code in ("02", "03"):
                    # Without its header nothing behind it has a day, a currency or an account.
                    raise unreadable(f"record {record.code}: {wrong}", AGAIN, record.line) from wrong
                self._findings.add("fault", f"record {record.code}", str(wrong), AGAIN, record.line)
        if not self._ended:
            raise unreadable("there is no file trailer (99): the file is cut off", AGAIN)

    def _record(self, record: _Record) -> Iterator[Item]:
        group, account = self._group, self._account
        match record.code:
            case "01" if self._file.records == record.lines:
                pass
            case "02" if group is None:
                self._group = self._opened(record)
            case "03" if group is not None and account is None:
                yield from self._begin(record, group)
            case "16" if account is not None:
                yield from account.entry(record)
            case "49" if group is not None and account is not None:
                yield from self._end(record, group, account)
            case "98" if group is not None and account is None:
                self._group = None
                self._trailer(record, group.level, self._file)
            case "99" if group is None:
                self._ended = True
                self._trailer(record, self._file, None)
            case _:
                raise unreadable(f"record {record.code} stands in the wrong place", AGAIN, record.line)

    def _opened(self, record: _Record) -> _Group:
        """The group header: its date counts for all accounts in it."""
        group = _Group(EARLIEST, "USD", _Level(records=record.lines))
        values = [*record.fields, *[""] * 7]
        if values[2] in GROUP_STATES:
            self._findings.add(
                "fault", "record 02", f"the group is {GROUP_STATES[values[2]]}", "do not load it", record.line
            )
        if values[5]:
            group.currency = values[5]
        group.on = _day(values[3])
        return group

    def _begin(self, record: _Record, group: _Group) -> Iterator[Item]:
        number = self._first + self.statements
        self.statements += 1
        self._account = account = _AccountRecord(record, number, group, self._findings)
        account.level.records = record.lines
        follow(self._before.get(account.statement.account.identifier), account.statement, self._findings)
        yield account.statement

    def _end(self, record: _Record, group: _Group, account: "_AccountRecord") -> Iterator[Item]:
        self._account = None
        totals = account.close()
        self._before[account.statement.account.identifier] = totals
        yield totals
        self._trailer(record, account.level, group.level)

    def _trailer(self, record: _Record, level: _Level, above: _Level | None) -> None:
        """Hold a trailer against what was read, and carry it up."""
        values = record.fields
        names = ["control total", "records"] if record.code == "49" else ["control total", "parts", "records"]
        found = (
            [level.control, level.records]
            if record.code == "49"
            else [level.control, level.parts, level.records]
        )
        if above is not None:
            above.control += level.control
            above.parts += 1
        if len(values) < len(names):
            raise _WrongRecord("the trailer is cut off")
        for name, text, counted in zip(names, values, found, strict=False):
            if _number(text) != counted:
                self._findings.add(
                    "fault",
                    f"record {record.code}",
                    f"{name}: it declares {_number(text)}, the file holds {counted}",
                    "records are missing or changed: " + AGAIN,
                    record.line,
                )


class _AccountRecord:
    """One account: its summary, its entries, its control total."""

    def __init__(self, record: _Record, number: int, group: _Group, findings: Findings) -> None:
        values = [*record.fields, ""]
        self._currency = values[1] or group.currency
        if self._currency not in EXPONENT:
            raise _WrongRecord("an unknown currency")
        self._group, self._findings, self._record = group, findings, record
        self._tally = Tally()
        self._position = 0
        self._declared = Declared()
        self._balances: list[Balance] = []
        self.level = _Level()
        self.statement = Statement(
            number,
            Account(values[0], "other", self._currency),
            period_from=group.on,
            period_to=group.on,
        )
        self._summary(values[2:])
        kinds = {each.kind: each for each in reversed(self._balances)}
        self.statement = replace(
            self.statement,
            opening=kinds.get(BalanceKind.OPENING),
            closing=kinds.get(BalanceKind.CLOSING),
            balances=tuple(self._balances),
            declared=self._declared,
        )

    def _summary(self, values: list[str]) -> None:
        """Groups of type code, amount, item count, funds type."""
        rest = iter(values)
        for code in rest:
            if not code:
                # The record may end in empty fields.
                continue
            amount, count = next(rest, ""), next(rest, "")
            _funds(rest)
            if not amount:
                continue
            minor = _number(amount)
            self.level.control += minor
            self._told(code, Money(minor, self._currency), _number(count) if count else None)

    def _told(self, code: str, amount: Money, count: int | None) -> None:
        if code in BALANCES:
            self._balances.append(Balance(BALANCES[code], amount, self._group.on, code))
        elif code == TOTAL_CREDITS:
            self._declared = replace(self._declared, credits=amount, credit_count=count)
        elif code == TOTAL_DEBITS:
            self._declared = replace(self._declared, debits=amount, debit_count=count)

    def entry(self, record: _Record) -> Iterator[Entry]:
        """A detail record. Raises `_WrongRecord`."""
        fields = record.fields
        rest = iter(fields)
        code, amount = next(rest, ""), next(rest, "")
        minor = _number(amount) if amount else 0
        self.level.control += minor
        if minor < 0:
            raise _WrongRecord("an amount below zero; the direction is told by the type code")
        funds = _funds(rest)
        bank, customer = next(rest, ""), next(rest, "")
        text = _text_behind(record.text, len(fields) - len(list(rest)))
        direction, state = _direction(code)
        entry = Entry(
            statement=self.statement.number,
            line=record.line,
            direction=direction,
            amount=Money(minor, self._currency),
            state=state,
            booked_on=self._group.on,
            value_on=funds,
            kind=_kind(code),
            is_reversal=code in REVERSALS,
            references=tuple(
                Reference(scheme, ref)
                for scheme, ref in ((Scheme.BANK, bank), (Scheme.CUSTOMER, customer))
                if ref
            ),
            text=text,
            code=BankCode(proprietary=code, issuer="BAI"),
        )
        self._tally.add(entry)
        yield entry

    def close(self) -> Totals:
        """The end of the account."""
        self._tally.hold(self._declared, self._findings, f"statement {self.statement.number}")
        return self._tally.close(self.statement, self._findings)


def _records(source: Source) -> Iterator[_Record]:
    """Records with their continuations joined."""
    waiting: _Record | None = None
    for line in lines_of(source, encoding_of(source)):
        text = line.text.strip("\ufeff\r\n ")
        if not text:
            continue
        code, _, rest = text.partition(",")
        rest = rest.removesuffix("/")
        if code == "88":
            if waiting is None or waiting.lines > MOST_CONTINUED:
                raise unreadable("a continuation (88) of nothing, or without end", AGAIN, line.number)
            waiting.text += "\n" + rest
            waiting.lines += 1
            continue
        if code not in ("01", "02", "03", "16", "49", "98", "99"):
            raise unreadable("a record code that BAI2 does not have", AGAIN, line.number)
        if waiting is not None:
            yield waiting
        elif code != "01":
            raise unreadable("the file does not begin with its header (01)", AGAIN, line.number)
        waiting = _Record(code, rest, line.number)
    if waiting is not None:
        yield waiting


def _number(text: str) -> int:
    digits = text.lstrip("+-")
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 18:
        raise _WrongRecord("a number is none")
    value = -int(digits) if text.startswith("-") else int(digits)
    if abs(value) > LARGEST * 1000:
        raise _WrongRecord("a number larger than any we keep")
    return value


def _funds(rest: Iterator[str]) -> date | None:
    """The funds type and what belongs to it; the day the money can be used, where one is told."""
    kind = next(rest, "")
    if kind == "S":
        for _ in range(3):
            next(rest, "")
    elif kind == "V":
        text, _ = next(rest, ""), next(rest, "")
        return _day(text) if text else None
    elif kind == "D":
        for _ in range(2 * _number(next(rest, "0") or "0")):
            next(rest, "")
    elif kind not in ("", "0", "1", "2", "Z"):
        raise _WrongRecord("an unknown funds type")
    return None


def _text_behind(text: str, fields: int) -> str:
    """The free text behind so many fields; commas within it are its own."""
    pieces = CUT.split(text, maxsplit=fields)
    found = " ".join(pieces[fields].split()) if len(pieces) > fields else ""
    if len(found) > LONGEST_TEXT:
        raise _WrongRecord(f"a text longer than {LONGEST_TEXT} characters")
    return found


def _direction(code: str) -> tuple[Direction, State]:
    """By the type code: 1xx to 3xx and 920 to 959 came in, 4xx to 6xx and 960 to 999 went out."""
    number = _number(code) if len(code) == 3 else 0
    if 100 <= number <= 399 or number == 720 or 920 <= number <= 959:
        return Direction.CREDIT, State.BOOKED
    if 400 <= number <= 699 or number == 760 or 960 <= number <= 999:
        return Direction.DEBIT, State.BOOKED
    if 700 <= number <= 919:
        return Direction.NEUTRAL, State.INFORMATION
    raise _WrongRecord("a type code that is no entry")


def _kind(code: str) -> Kind:
    if code in REVERSALS:
        return Kind.REVERSAL
    return Kind.RETURN if code in RETURNS else Kind.OTHER


def _day(text: str) -> date:
    try:
        day = date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6])) if len(text) == 6 else None
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise _WrongRecord("not a date (YYMMDD)")
    return day
