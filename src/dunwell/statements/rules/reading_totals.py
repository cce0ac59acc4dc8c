"""What must add up: balances, declared counts and sums, the running balance, one statement after another."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, TypeAlias

from dunwell.kernel.errors import Fault
from dunwell.kernel.money import Money
from dunwell.statements.model import (
    MOST_FAULTS,
    Balance,
    BalanceKind,
    Declared,
    Direction,
    Entry,
    State,
    Statement,
    Sum,
    Totals,
)

Severity: TypeAlias = Literal["fault", "notice"]


@dataclass(slots=True)
class Findings:
    """What is wrong with a file, and what people should know about it. Kept up to a limit, counted beyond."""

    faults: list[Fault] = field(default_factory=list[Fault])
    notices: list[Fault] = field(default_factory=list[Fault])
    more: int = 0

    def add(
        self, severity: Severity, place: str, problem: str, remedy: str = "", line: int | None = None
    ) -> None:
        """Keep a finding; past the limit only count faults."""
        kept = self.faults if severity == "fault" else self.notices
        if len(kept) < MOST_FAULTS:
            kept.append(Fault(place, problem, remedy, line))
        elif severity == "fault":
            self.more += 1


@dataclass(slots=True)
class _Way:
    """Entries of one direction: all of them, and those that are booked."""

    count: int = 0
    minor: int = 0
    booked: int = 0
    booked_minor: int = 0

    def add(self, minor: int, *, booked: bool) -> None:
        self.count += 1
        self.minor += minor
        if booked:
            self.booked += 1
            self.booked_minor += minor


class Chain:
    """The running balance of a table, whichever end it begins at.

    Some banks list the newest row first. Both readings are followed at once; the one that never breaks is true.
    """

    def __init__(self) -> None:
        self._first: tuple[Money, Money] | None = None  # movement, balance after it
        self._last: tuple[Money, Money] | None = None
        self._breaks = [0, 0]  # oldest first, newest first
        self._where = [0, 0]
        self._whole = True

    def add(self, entry: Entry) -> None:
        """The next row of the file."""
        if entry.balance_after is None:
            self._whole = False
            return
        row = (entry.signed, entry.balance_after)
        before = self._last or row
        if before is not row and before[1].currency == row[1].currency:
            oldest_first = before[1] + row[0] == row[1]
            newest_first = row[1] + before[0] == before[1]
            for way, holds in enumerate((oldest_first, newest_first)):
                if not holds:
                    self._breaks[way] += 1
                    self._where[way] = self._where[way] or entry.line
        self._first = self._first or row
        self._last = row

    @property
    def broken_at(self) -> int | None:
        """The first line that does not follow from its neighbour; `None` when all do."""
        if not self._whole or 0 in self._breaks:
            return None
        return self._where[0 if self._breaks[0] <= self._breaks[1] else 1]

    @property
    def patchy(self) -> bool:
        """Whether some rows have a balance and others none."""
        return not self._whole and self._first is not None

    @property
    def ends(self) -> tuple[Money, Money] | None:
        """Opening and closing balance that the rows imply; `None` when they break or there is none."""
        if not self._whole or 0 not in self._breaks or self._first is None or self._last is None:
            return None
        earliest, latest = (self._last, self._first) if self._breaks[0] else (self._first, self._last)
        return earliest[1] - earliest[0], latest[1]


class Tally:
    """Adds up the entries of one statement as they come."""

    def __init__(self) -> None:
        self.entries = 0
        self._ways = {way: _Way() for way in Direction}
        self._currencies: dict[str, int] = {}
        self._chain = Chain()
        self._first: date | None = None
        self._last: date | None = None

    def add(self, entry: Entry) -> None:
        """The next entry."""
        self.entries += 1
        booked = entry.state is State.BOOKED
        self._ways[entry.direction].add(entry.amount.minor, booked=booked)
        self._currencies.setdefault(entry.amount.currency, entry.line)
        if booked:
            self._chain.add(entry)
        if entry.booked_on is not None:
            self._first = min(self._first or entry.booked_on, entry.booked_on)
            self._last = max(self._last or entry.booked_on, entry.booked_on)

    def close(self, statement: Statement, findings: Findings, running: Severity = "fault") -> Totals:
        """The end of the statement: its balances are held against its entries."""
        place = f"statement {statement.number}"
        currency = self._currency(statement, findings, place)
        statement = self._chained(statement, findings, place, running)
        return Totals(
            statement=statement,
            currency=currency,
            entries=self.entries,
            credits=self._sum(Direction.CREDIT),
            debits=self._sum(Direction.DEBIT),
            neutral=self._sum(Direction.NEUTRAL),
            not_booked=self.entries - sum(way.booked for way in self._ways.values()),
            reconciled=self._reconciled(statement, findings, place, currency),
            first_on=self._first,
            last_on=self._last,
        )

    def _sum(self, way: Direction) -> Sum:
        return Sum(self._ways[way].booked, self._ways[way].booked_minor)

    def _currency(self, statement: Statement, findings: Findings, place: str) -> str:
        told = statement.account.currency
        for currency, line in self._currencies.items():
            if (told or next(iter(self._currencies))) != currency:
                findings.add(
                    "fault",
                    place,
                    f"an entry in {currency} on an account in {told or next(iter(self._currencies))}",
                    "one currency per account: ask the bank for a statement of each",
                    line,
                )
        opening = statement.opening.amount.currency if statement.opening is not None else ""
        return told or next(iter(self._currencies), opening)

    def _chained(self, statement: Statement, findings: Findings, place: str, running: Severity) -> Statement:
        """With a running balance: whether it holds and, where none is stated, the balances it implies."""
        broken = self._chain.broken_at
        if broken is not None:
            findings.add(
                running,
                place,
                "the running balance does not follow from the row beside it",
                "rows are missing, repeated or changed: export the file again",
                broken,
            )
        if self._chain.patchy:
            findings.add("notice", place, "some rows have no balance: the running balance proves nothing")
        ends = self._chain.ends
        if ends is None or statement.opening is not None or statement.closing is not None:
            return statement
        return _with_balances(statement, ends)

    def hold(self, told: Declared, findings: Findings, place: str, severity: Severity = "fault") -> None:
        """Counts and sums that are declared, held against all entries, booked or not."""
        ways, currency = self._ways, next(iter(self._currencies), "")
        counts = [
            ("entries", told.count, self.entries),
            ("credits", told.credit_count, ways[Direction.CREDIT].count),
            ("debits", told.debit_count, ways[Direction.DEBIT].count),
            ("neutral entries", told.neutral_count, ways[Direction.NEUTRAL].count),
        ]
        for what, declared, found in counts:
            if declared is not None and declared != found:
                findings.add(
                    severity,
                    place,
                    f"it declares {declared} {what} and holds {found}",
                    "export the file again",
                )
        sums = [
            ("credits", told.credits, ways[Direction.CREDIT].minor),
            ("debits", told.debits, ways[Direction.DEBIT].minor),
            ("neutral entries", told.neutral, ways[Direction.NEUTRAL].minor),
        ]
        for what, amount, minor in sums:
            if amount is not None and (amount.minor, amount.currency) != (minor, currency or amount.currency):
                found_sum = Money(minor, currency or amount.currency)
                findings.add(
                    severity,
                    place,
                    f"it declares {what} of {amount} and holds {found_sum}",
                    "export the file again",
                )

    def _reconciled(self, statement: Statement, findings: Findings, place: str, currency: str) -> bool | None:
        opening, closing = statement.opening, statement.closing
        if opening is None or closing is None:
            return None
        currencies = {opening.amount.currency, closing.amount.currency, currency or opening.amount.currency}
        if len(currencies) > 1:
            findings.add(
                "notice",
                place,
                f"the balances are not in one currency ({', '.join(sorted(currencies))}): they prove nothing",
                "ask the bank",
            )
            return None
        moved = self._ways[Direction.CREDIT].booked_minor - self._ways[Direction.DEBIT].booked_minor
        if opening.amount.minor + moved == closing.amount.minor:
            return True
        reached = Money(opening.amount.minor + moved, opening.amount.currency)
        findings.add(
            "fault",
            place,
            f"opening balance {opening.amount} and entries come to {reached}; it closes with {closing.amount}",
            "entries are missing or changed: ask for the file again",
        )
        return False


def _with_balances(statement: Statement, ends: tuple[Money, Money]) -> Statement:
    opening = Balance(BalanceKind.OPENING, ends[0], code="running")
    closing = Balance(BalanceKind.CLOSING, ends[1], code="running")
    return replace(
        statement, opening=opening, closing=closing, balances=(*statement.balances, opening, closing)
    )


def follow(before: Totals | None, after: Statement, findings: Findings, *, pages: bool = False) -> None:
    """One statement after another of the same account in a file: this opening is the previous closing."""
    if before is None or before.statement.account.identifier != after.account.identifier:
        return
    closing, opening = before.statement.closing, after.opening
    if closing is None or opening is None or closing.amount == opening.amount:
        return
    findings.add(
        "fault" if pages else "notice",
        f"statement {after.number}",
        f"it opens with {opening.amount}; the one before closes with {closing.amount}",
        "a page is missing: ask for the file again" if pages else "a statement between them may be missing",
    )
