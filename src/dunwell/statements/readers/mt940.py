"""MT940, statement by statement and entry by entry: fields are cut here, read by the `mt-940` library, strictly.

The library forgives: unknown fields, a missing balance, a currency that changes. Here each of these is a fault.
"""

import logging
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

import mt940
from mt940.models import Transactions
from mt940.tags import TAG_BY_ID

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.money import Money, WrongMoney
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
    Party,
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

# The library logs what it cannot read, with names and accounts in it.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)

TAG: Final = re.compile(r":(\d{2}[A-Z]?|NS):(.*)", re.DOTALL)
# What comes before the first field: SWIFT blocks, and banks' own opening lines.
KNOWN: Final = frozenset(
    {"13", "13D", "20", "21", "25", "25P", "28", "28C", "34", "34F", "60F", "60M", "61", "62F", "62M"}
    | {"64", "65", "86", "90C", "90D", "NS"}
)
MOST_LINES: Final = 100  # of one field
# What the library would forgive in a field that holds money.
_BALANCE: Final = re.compile(r"[CD]\d{6}[A-Z]{3}\d{1,15},\d{0,3}$", re.ASCII)
STRICT: Final = {
    "61": re.compile(r"\d{6}(?:\d{4}| {4})?R?[CD][A-Z]?\s?\d{1,12},\d{0,3}[A-Z]", re.ASCII),
    "90C": re.compile(r"\d{1,5}[A-Z]{3}\d{1,15},\d{0,3}$", re.ASCII),
    "90D": re.compile(r"\d{1,5}[A-Z]{3}\d{1,15},\d{0,3}$", re.ASCII),
} | dict.fromkeys(("60F", "60M", "62F", "62M", "64", "65"), _BALANCE)
OPTIONS: Final = mt940.Options.all()
SLASHED: Final = re.compile(
    r"/(EREF|MARF|PREF|RTRN|NAME|IBAN|BIC|REMI|CNTP|BENM|ORDP|ADDR|CSID|SVCL|PURP|TRTP|ID|ULTB|ULTD)/"
)
NO_REFERENCE: Final = frozenset({"", "NONREF", "NOTPROVIDED"})
AGAIN: Final = "ask the bank for the file again; do not edit it"


class _WrongField(Exception):
    """A field cannot be read. Never leaves the reader; its text tells nothing of the content."""


@dataclass(slots=True)
class _Field:
    """A field: its tag, its text, the line it begins in."""

    tag: str
    text: str
    line: int


class Mt940Reader:
    """Reads the statements of one file."""

    def __init__(self, source: Source, first: int, findings: Findings) -> None:
        self._source, self._first, self._findings = source, first, findings
        self._before: Totals | None = None
        self._open: _Statement | None = None
        self.statements = 0

    def items(self) -> Iterator[Item]:
        """Statements, entries, totals. Raises `StatementUnreadable`."""
        waiting: _Field | None = None
        for field in _fields(self._source):
            if field.tag == "20":
                yield from self._close()
                self._open = _Statement(self._first + self.statements, self._findings)
                self.statements += 1
            if self._open is None:
                raise unreadable("a field stands before the first :20:", AGAIN, field.line)
            if field.tag == "61":
                yield from self._entry(waiting, None)
                waiting = field
            elif field.tag == "86" and waiting is not None:
                yield from self._entry(waiting, field)
                waiting = None
            else:
                yield from self._entry(waiting, None)
                waiting = None
                self._open.take(field)
        yield from self._entry(waiting, None)
        yield from self._close()
        if not self.statements:
            raise unreadable("there is no :20:, so no statement", AGAIN)

    def _entry(self, line: _Field | None, details: _Field | None) -> Iterator[Item]:
        if line is not None and self._open is not None:
            yield from self._open.entry(line, details)

    def _close(self) -> Iterator[Item]:
        if self._open is None:
            return
        totals = yield from self._open.close(self._before)
        self._before, self._open = totals, None


def _fields(source: Source) -> Iterator[_Field]:
    field: _Field | None = None
    count = 0
    for line in lines_of(source, encoding_of(source)):
        text = line.text.strip("\r\ufeff").rstrip()
        # A block trailer ends a message; what is around the fields of SWIFT's block 4 tells nothing here.
        if text in ("-", "-}") or text.startswith(("-}", "{1:", "{2:", "{5:")):
            if field is not None:
                yield field
            field = None
            continue
        match = TAG.match(text)
        if match is not None and (match[1] in KNOWN or field is None or field.tag != "86"):
            if field is not None:
                yield field
            field, count = _Field(match[1], match[2], line.number), 0
        elif field is not None and text:
            count += 1
            if count > MOST_LINES:
                raise unreadable(f"a field of more than {MOST_LINES} lines", AGAIN, line.number)
            field.text += "\n" + text
    if field is not None:
        yield field


class _Statement:
    """One statement being read."""

    def __init__(self, number: int, findings: Findings) -> None:
        self._number, self._findings = number, findings
        self._place = f"statement {number}"
        self._read = Transactions(options=OPTIONS)
        self._values: dict[str, str] = {}
        self._balances: list[Balance] = []
        self._declared = Declared()
        self._statement: Statement | None = None
        self._tally = Tally()

    def take(self, field: _Field) -> None:
        """A field of the statement itself."""
        if field.tag not in KNOWN:
            self._fault(field, "an unknown field")
            return
        if field.tag in ("20", "21", "25", "25P", "28", "28C", "86", "NS"):
            self._values.setdefault(field.tag, field.text.strip())
            return
        try:
            self._figure(field)
        except _WrongField as wrong:
            self._fault(field, str(wrong))

    def _figure(self, field: _Field) -> None:
        found = self._parsed(field.tag, field.text)
        if field.tag in BALANCES:
            self._balances.append(_balance(field.tag, next(iter(found.values()))))
        elif field.tag in ("90C", "90D"):
            amount = next(iter(found.values()))
            self._declare(
                field.tag,
                int(amount.number),
                abs(_money(amount.amount, amount.currency).minor),
                amount.currency,
            )

    def _declare(self, tag: str, count: int, minor: int, currency: str) -> None:
        amount = Money(minor, currency)
        told = self._declared
        self._declared = (
            replace(told, credit_count=count, credits=amount)
            if tag == "90C"
            else replace(told, debit_count=count, debits=amount)
        )

    def _parsed(self, name: str, text: str) -> dict[str, Any]:
        """A field as the library reads it. Raises `_WrongField`."""
        strict = STRICT.get(name)
        if strict is not None and not strict.match(text.strip()):
            raise _WrongField("not written as the format wants it")
        tag = TAG_BY_ID.get(name) or TAG_BY_ID[int(name[:2])]
        try:
            read = tag.parse(self._read, text.strip())
            if name == "61":
                # Banks that count thirty days in every month write a value date of 30 February.
                read = mt940.processors.date_fixup_pre_processor(self._read, tag, read)
            found: dict[str, Any] = tag(self._read, read)
        except (RuntimeError, ValueError, ArithmeticError, TypeError) as error:
            raise _WrongField("not written as the format wants it") from error
        return found

    def entry(self, line: _Field, details: _Field | None) -> Iterator[Item]:
        """An entry: field 61 and the 86 behind it."""
        if self._statement is None:
            self._statement = self._head()
            yield self._statement
        try:
            entry = self._entry(line, details)
        except _WrongField as wrong:
            self._fault(line, str(wrong))
            return
        self._tally.add(entry)
        yield entry

    def _entry(self, line: _Field, details: _Field | None) -> Entry:
        found = self._parsed("61", line.text)
        mark = str(found["status"]).upper()
        value_on = _day(found["date"])
        told = _Told(details.text if details is not None else "", self._read)
        currency = self._currency()
        if not currency:
            raise _WrongField("an entry before the opening balance: its currency is not known")
        amount = _money(abs(found["amount"].amount), currency)
        return Entry(
            statement=self._number,
            line=line.line,
            direction=Direction.CREDIT if mark in ("C", "RD") else Direction.DEBIT,
            amount=amount,
            state=State.BOOKED,
            booked_on=_day(found["entry_date"]) if found.get("entry_date") else value_on,
            value_on=value_on,
            kind=Kind.REVERSAL
            if mark.startswith("R")
            else Kind.FEE
            if found.get("id") in FEES
            else Kind.OTHER,
            is_reversal=mark.startswith("R"),
            references=(*_references(found), *told.references),
            counterparty=told.party or None,
            text=told.text or str(found.get("extra_details") or "").strip(),
            code=BankCode(proprietary=str(found.get("id") or ""), issuer=told.code),
        )

    def _currency(self) -> str:
        return self._balances[0].amount.currency if self._balances else ""

    def _head(self) -> Statement:
        number, _, page = (self._values.get("28C") or self._values.get("28") or "").partition("/")
        identifier = self._values.get("25") or self._values.get("25P", "")
        opening = next((each for each in self._balances if each.kind is BalanceKind.OPENING), None)
        return Statement(
            self._number,
            Account(identifier.split("\n")[0], "other", self._currency()),
            id=self._values.get("20", ""),
            sequence=number,
            page=page,
            period_from=opening.on if opening is not None else None,
            opening=opening,
        )

    def close(self, before: Totals | None) -> Generator[Item, None, Totals]:
        """The end of the statement. One without its balances is cut off."""
        if self._statement is None:
            self._statement = self._head()
            yield self._statement
        kinds = {each.kind: each for each in reversed(self._balances)}
        statement = replace(
            self._statement,
            closing=kinds.get(BalanceKind.CLOSING),
            balances=tuple(self._balances),
            declared=self._declared,
            last_page=not any(each.code == "62M" for each in self._balances),
            period_to=kinds[BalanceKind.CLOSING].on if BalanceKind.CLOSING in kinds else None,
            text=self._values.get("86", ""),
        )
        for tag, what in (("25", "account"), ("28C", "number")):
            if not (self._values.get(tag) or self._values.get({"25": "25P", "28C": "28"}[tag])):
                self._findings.add("fault", self._place, f"no :{tag}: ({what})", AGAIN)
        for kind, tag in ((BalanceKind.OPENING, "60F"), (BalanceKind.CLOSING, "62F")):
            if kind not in kinds:
                self._findings.add(
                    "fault", self._place, f"no {kind} balance (:{tag}:): the file is cut off", AGAIN
                )
        follow(before, statement, self._findings, pages=any(each.code == "60M" for each in self._balances))
        self._tally.hold(self._declared, self._findings, self._place)
        totals = self._tally.close(statement, self._findings)
        yield totals
        return totals

    def _fault(self, field: _Field, problem: str) -> None:
        self._findings.add("fault", f":{field.tag}:", problem, AGAIN, field.line)


BALANCES: Final = {
    "60F": BalanceKind.OPENING,
    "60M": BalanceKind.OPENING,
    "62F": BalanceKind.CLOSING,
    "62M": BalanceKind.CLOSING,
    "64": BalanceKind.CLOSING_AVAILABLE,
    "65": BalanceKind.FORWARD_AVAILABLE,
}
FEES: Final = frozenset({"NCHG", "NCOM", "FCHG", "SCHG", "FCOM", "NBRF"})


def _balance(tag: str, found: Any) -> Balance:  # noqa: ANN401 - the library's model
    return Balance(BALANCES[tag], _money(found.amount.amount, found.amount.currency), _day(found.date), tag)


def _money(amount: Decimal, currency: str | None) -> Money:
    try:
        return Money.parse(amount, currency or "")
    except WrongMoney as wrong:
        raise _WrongField(wrong.faults[0].problem) from None


def _day(given: date) -> date:
    day = date(given.year, given.month, given.day)
    if not EARLIEST <= day <= LATEST:
        raise _WrongField(f"outside {EARLIEST.year} to {LATEST.year}")
    return day


def _references(found: dict[str, Any]) -> list[Reference]:
    named = [
        (Scheme.CUSTOMER, str(found.get("customer_reference") or "").strip()),
        (Scheme.BANK, str(found.get("bank_reference") or "").strip()),
    ]
    return [Reference(scheme, text) for scheme, text in named if text not in NO_REFERENCE]


class _Told:
    """What field 86 tells: structured by `?20`, by `/EREF/`, or free text."""

    def __init__(self, text: str, read: Transactions) -> None:
        self.party, self.code, self.references = Party(), "", list[Reference]()
        if len(text) > LONGEST_TEXT:
            raise _WrongField(f":86: is longer than {LONGEST_TEXT} characters")
        self.text = " ".join(text.split())
        flat = "".join(line.strip() for line in text.splitlines())
        if re.match(r"\d{3}\?\d{2}", flat):
            self._by_number(flat, read)
        elif SLASHED.search(flat):
            self._by_word(flat)

    def _by_number(self, flat: str, read: Transactions) -> None:
        found: dict[str, Any] = mt940.processors.transaction_details_post_processor(
            read, TAG_BY_ID[86], {"transaction_details": flat}, {"transaction_details": flat}
        )
        self.code = str(found.get("transaction_code") or "")
        self.party = Party(
            found.get("applicant_name") or "",
            found.get("applicant_iban") or found.get("gvc_applicant_iban") or "",
            found.get("applicant_bin") or "",
        )
        self.text = " ".join((found.get("purpose") or found.get("posting_text") or "").split())
        self._refer(
            (Scheme.END_TO_END, found.get("end_to_end_reference")),
            (Scheme.MANDATE, found.get("additional_position_reference")),
            (Scheme.CUSTOMER, found.get("customer_reference")),
        )

    def _by_word(self, flat: str) -> None:
        pieces = SLASHED.split(flat)
        found = dict(zip(pieces[1::2], (piece.strip("/ ") for piece in pieces[2::2]), strict=True))
        account, _, rest = found.get("CNTP", "").partition("/")
        bank, _, name = rest.partition("/")
        self.party = Party(
            found.get("NAME") or name.partition("/")[0],
            found.get("IBAN") or account,
            found.get("BIC") or bank,
        )
        self.text = found.get("REMI", "") or self.text
        self._refer((Scheme.END_TO_END, found.get("EREF")), (Scheme.MANDATE, found.get("MARF")))

    def _refer(self, *named: tuple[Scheme, str | None]) -> None:
        self.references += [
            Reference(scheme, text.strip())
            for scheme, text in named
            if text and text.strip().upper() not in NO_REFERENCE
        ]
