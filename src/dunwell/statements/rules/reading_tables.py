"""Whose rows: a table holds the statement of one account, or of several, one after another."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from dunwell.statements.model import Account, Balance, BalanceKind, Declared, Entry, Item, Statement, Totals
from dunwell.statements.rules.reading_around import Around
from dunwell.statements.rules.reading_cells import masked
from dunwell.statements.rules.reading_rows import Columns
from dunwell.statements.rules.reading_totals import Findings, Tally
from dunwell.statements.settings import Profile


@dataclass(slots=True)
class _Open:
    """The statement whose rows are being read."""

    statement: Statement
    tally: Tally


class Accounts:
    """Opens and closes the statements of a table as its rows come."""

    def __init__(
        self, profile: Profile, header: Sequence[str], around: Around, first: int, findings: Findings
    ) -> None:
        self._profile, self._around, self._findings = profile, around, findings
        cell = profile.account.identifier
        self._read: Callable[[Sequence[str]], str] | None = None
        if cell is not None:
            columns = Columns(header, profile.file.missing)
            self._read = columns.reader(cell.column, cell.pattern) if columns.has(cell.column) else None
        self._first = first
        self._open: _Open | None = None
        self._seen: dict[str, int] = {}
        self._whole = Tally()

    @property
    def number(self) -> int:
        """How many statements the table held so far."""
        return len(self._seen)

    def of(self, cells: Sequence[str]) -> Account:
        """Whose row it is."""
        return self._account(self._read(cells) if self._read is not None else "")

    def number_of(self, account: Account) -> int:
        """The position in the file of an account's statement."""
        return self._seen.get(account.identifier, self._first + len(self._seen))

    def take(self, account: Account, entry: Entry) -> Iterator[Item]:
        """An entry. Where the account changes, the statement before is closed and another opened."""
        self._whole.add(entry)
        opened = self._open
        if opened is None or opened.statement.account.identifier != account.identifier:
            opened = yield from self._enter(replace(account, currency=entry.amount.currency), entry.line)
        opened.tally.add(entry)
        yield entry

    def _enter(self, account: Account, line: int) -> Generator[Item, None, _Open]:
        if self._open is not None and account.identifier in self._seen:
            self._findings.add(
                "fault",
                "account",
                "rows of this account stand apart, others between them",
                "export each account alone",
                line,
            )
            return self._open
        if self._open is not None:
            yield self._closed(self._open)
        opened = self._open = self._opened(account)
        yield opened.statement
        return opened

    def close(self) -> Iterator[Item]:
        """The end of the table: what it declares is held against all its rows."""
        opened = self._open
        if opened is None:
            opened = self._opened(self._account(""))
            yield opened.statement
        declared = self._around.declared(self._findings)
        self._whole.hold(declared, self._findings, "file", self._profile.check.totals)
        if len(self._seen) == 1:
            opened.statement = self._complete(opened.statement, declared)
        yield self._closed(opened)

    def _account(self, identifier: str) -> Account:
        told, cells = self._around.told, self._profile.account
        return Account(
            identifier or told.get("account", ""),
            cells.scheme,
            self._profile.currency,
            masked(told.get("holder", "")),
            told.get("bank", "") or cells.bank,
        )

    def _opened(self, account: Account) -> _Open:
        number = self._first + len(self._seen)
        self._seen[account.identifier] = number
        statement = Statement(
            number,
            account,
            id=self._around.told.get("id", ""),
            sequence=self._around.told.get("sequence", ""),
            period_from=self._around.moment("from", Findings()),
            period_to=self._around.moment("to", Findings()),
        )
        return _Open(statement, Tally())

    def _complete(self, statement: Statement, declared: Declared) -> Statement:
        """With what the lines behind the rows told, too."""
        told = [
            (kind, self._around.money(kind.value, self._findings))
            for kind in (BalanceKind.OPENING, BalanceKind.CLOSING)
        ]
        balances = {kind: Balance(kind, amount) for kind, amount in told if amount is not None}
        return replace(
            statement,
            account=replace(
                statement.account,
                identifier=statement.account.identifier or self._around.told.get("account", ""),
            ),
            period_from=statement.period_from or self._around.moment("from", self._findings),
            period_to=statement.period_to or self._around.moment("to", self._findings),
            declared=declared,
            opening=balances.get(BalanceKind.OPENING),
            closing=balances.get(BalanceKind.CLOSING),
            balances=tuple(balances.values()),
        )

    def _closed(self, opened: _Open) -> Totals:
        return opened.tally.close(opened.statement, self._findings, self._profile.check.balance)
