"""camt.053 and camt.054, every version, streamed: no DTD, no entities, nothing kept but the entry being read."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import IO, Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from dunwell.kernel.money import Money
from dunwell.statements.model import (
    MIB,
    Balance,
    BalanceKind,
    Declared,
    Detail,
    Direction,
    Format,
    Item,
    Statement,
    Totals,
)
from dunwell.statements.readers.camt_parts import (
    BALANCES,
    Parts,
    WrongElement,
    account_of,
    child,
    direction_of,
    local,
    moment_of,
    money_of,
    text_at,
    whole_number,
)
from dunwell.statements.rules.reading_totals import Findings, Tally, follow
from dunwell.statements.sources import Source, unreadable

DEEPEST: Final = 60  # the schema is 20 deep
LONGEST: Final = MIB  # bytes between two tags
MOST_DETAILS: Final = 100_000  # transactions under one entry
MESSAGES: Final = {"BkToCstmrStmt": Format.CAMT053, "BkToCstmrDbtCdtNtfctn": Format.CAMT054}
STATEMENTS: Final = ("Stmt", "Ntfctn")
WELL_FORMED: Final = "ask the bank for the file again; do not edit it"


class _Metered:
    """A file that notices when nothing ends for too long."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.since = file, 0

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.since += len(piece)
        if self.since > LONGEST:
            raise unreadable("a text of more than 1 MiB in one element", WELL_FORMED)
        return piece


class CamtReader:
    """Reads the statements of one message."""

    def __init__(self, source: Source, first: int, findings: Findings) -> None:
        self._source, self._findings, self._first = source, findings, first
        self._stack: list[Element] = []
        self._base = 0
        self._open: _Statement | None = None
        self._before: Totals | None = None
        self.statements = 0
        self.version = ""
        self.message_id = ""

    def items(self) -> Iterator[Item]:
        """Statements, entries, totals. Raises `StatementUnreadable`."""
        self._source.file.seek(0)
        metered = _Metered(self._source.file)
        try:
            events: Any = iterparse(metered, events=("start", "end"), forbid_dtd=True)
            for event, element in events:
                metered.since = 0
                if event == "start":
                    self._enter(element)
                else:
                    yield from self._leave(element)
        except DefusedXmlException as error:
            raise unreadable(
                "the XML has a document type or entities", "no bank sends them: ask for the file again"
            ) from error
        except ParseError as error:
            line, _ = error.position
            raise unreadable(f"not well-formed XML: {error}", WELL_FORMED, line) from error
        except (LookupError, ValueError) as error:
            raise unreadable("the XML names an encoding it is not in", WELL_FORMED) from error
        if not self.statements:
            raise unreadable("the message holds no statement", WELL_FORMED)

    def _enter(self, element: Element) -> None:
        self._stack.append(element)
        if len(self._stack) > DEEPEST:
            raise unreadable("elements nested deeper than any statement", WELL_FORMED)
        if local(element) in MESSAGES and not self._base:
            self._base = len(self._stack)
            self.version = element.tag.partition("}")[0].rpartition(":")[2]
        elif self._base and local(element) in STATEMENTS and len(self._stack) == self._base + 1:
            self.statements += 1
            self._open = _Statement(
                self._first + self.statements - 1, self.message_id, self.version, self._findings
            )

    def _leave(self, element: Element) -> Iterator[Item]:
        self._stack.pop()
        # Some banks put an envelope around the message: depths count from the message.
        name, depth, opened = local(element), len(self._stack) - self._base, self._open
        if depth == 0 and name == "GrpHdr":
            self.message_id = text_at(element, "MsgId")
        elif opened is not None and depth == 0 and name in STATEMENTS:
            totals = yield from opened.close(element)
            follow(self._before, totals.statement, self._findings)
            self._before, self._open = totals, None
        elif opened is not None and depth == 3 and name == "TxDtls":
            opened.detail(element)
        elif opened is not None and depth == 1 and name == "Ntry":
            yield from opened.entry(element, self._stack[-1])
        else:
            return
        if self._stack:
            self._stack[-1].remove(element)


class _Statement:
    """One statement being read."""

    def __init__(self, number: int, message_id: str, version: str, findings: Findings) -> None:
        self._number, self._message_id, self._version = number, message_id, version
        self._findings = findings
        self._statement: Statement | None = None
        self._tally = Tally()
        self._details: list[Detail] = []
        self._position = 0

    def detail(self, element: Element) -> None:
        """A transaction of the entry being read; taken at once, since there may be many."""
        if len(self._details) >= MOST_DETAILS:
            raise unreadable(
                f"an entry of more than {MOST_DETAILS} transactions", "ask the bank to divide it"
            )
        try:
            self._details.append(Parts(self._statement_currency()).detail(element))
        except WrongElement as wrong:
            self._fault(wrong)

    def entry(self, element: Element, parent: Element) -> Iterator[Item]:
        """An entry; what precedes the first tells of the statement."""
        self._position += 1
        details, self._details = tuple(self._details), []
        try:
            yield from self._head(parent)
            entry = Parts(self._statement_currency()).entry(element, self._number, self._position, details)
        except WrongElement as wrong:
            self._fault(wrong)
            return
        self._tally.add(entry)
        yield entry

    def close(self, element: Element) -> Generator[Item, None, Totals]:
        """The end of the statement."""
        try:
            yield from self._head(element)
        except WrongElement as wrong:
            self._fault(wrong)
        statement = self._statement or Statement(self._number, account_of(element))
        statement = replace(
            statement, text=text_at(element, "AddtlStmtInf") or text_at(element, "AddtlNtfctnInf")
        )
        self._tally.hold(statement.declared, self._findings, f"statement {self._number}")
        totals = self._tally.close(statement, self._findings)
        yield totals
        return totals

    def _head(self, element: Element) -> Iterator[Item]:
        if self._statement is None:
            self._statement = replace(
                _statement_of(element, self._number), message_id=self._message_id, version=self._version
            )
            if self._statement.copy:
                self._findings.add(
                    "notice", f"statement {self._number}", f"a copy or duplicate ({self._statement.copy})"
                )
            yield self._statement

    def _statement_currency(self) -> str:
        return self._statement.account.currency if self._statement is not None else ""

    def _fault(self, wrong: WrongElement) -> None:
        place = f"statement {self._number}, entry {self._position}: {wrong.element}"
        self._findings.add("fault", place, wrong.problem, WELL_FORMED)


def _statement_of(element: Element, number: int) -> Statement:
    balances = tuple(_balance(each) for each in element if local(each) == "Bal")
    kinds = {balance.kind: balance for balance in reversed(balances)}
    pages = child(element, "StmtPgntn")
    if pages is None:
        pages = child(element, "NtfctnPgntn")
    created = _instant(element, "CreDtTm")
    # A page in the middle begins or ends with an interim balance.
    ends = [each for each in balances if each.code == "ITBD"] if text_at(pages, "PgNb") else []
    if len(ends) == 1 and not {BalanceKind.OPENING, BalanceKind.CLOSING} & kinds.keys():
        ends = []
    return Statement(
        number,
        account_of(element),
        id=text_at(element, "Id"),
        sequence=text_at(element, "ElctrncSeqNb"),
        legal_sequence=text_at(element, "LglSeqNb"),
        page=text_at(pages, "PgNb"),
        last_page=text_at(pages, "LastPgInd") in ("", "true", "1"),
        created_at=created if isinstance(created, datetime) else None,
        period_from=_instant(element, "FrToDt/FrDtTm"),
        period_to=_instant(element, "FrToDt/ToDtTm"),
        opening=kinds.get(BalanceKind.OPENING) or (ends[0] if ends else None),
        closing=kinds.get(BalanceKind.CLOSING) or (ends[-1] if ends else None),
        balances=balances,
        declared=_declared(element, account_of(element).currency, balances),
        copy=text_at(element, "CpyDplctInd"),
    )


def _instant(element: Element, path: str) -> datetime | date | None:
    text = text_at(element, path)
    if not text:
        return None
    day, at = moment_of(text, path)
    return at or day


def _balance(element: Element) -> Balance:
    code = text_at(element, "Tp/CdOrPrtry/Cd") or text_at(element, "Tp/CdOrPrtry/Prtry")
    amount = money_of(child(element, "Amt"), "Bal/Amt")
    if direction_of(element, "Bal") is Direction.DEBIT:
        amount = -amount
    day = text_at(element, "Dt/Dt") or text_at(element, "Dt/DtTm")
    return Balance(
        BALANCES.get(code, BalanceKind.OTHER), amount, moment_of(day, "Bal/Dt")[0] if day else None, code
    )


def _declared(element: Element, currency: str, balances: tuple[Balance, ...]) -> Declared:
    summary = child(element, "TxsSummry")
    if summary is None:
        return Declared()
    currency = currency or (balances[0].amount.currency if balances else "")

    def told(path: str) -> Money | None:
        text = text_at(summary, path)
        return money_of(text, f"TxsSummry/{path}", currency) if text and currency else None

    return Declared(
        count=whole_number(text_at(summary, "TtlNtries/NbOfNtries")),
        credit_count=whole_number(text_at(summary, "TtlCdtNtries/NbOfNtries")),
        debit_count=whole_number(text_at(summary, "TtlDbtNtries/NbOfNtries")),
        credits=told("TtlCdtNtries/Sum"),
        debits=told("TtlDbtNtries/Sum"),
    )
