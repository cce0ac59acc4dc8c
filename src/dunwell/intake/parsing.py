"""A tape's bytes → batches of rows to take, with memory for one piece and one batch. No database here."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from dunwell.intake.model import (
    BATCH_ROWS,
    HOPELESS_ROWS,
    Batch,
    Counts,
    RowProblem,
    TapeLoan,
    TapeUnreadable,
)
from dunwell.intake.readers import Header, Item, open_reader
from dunwell.intake.rules.rows import Outcome, RowReader, Skipped, faults_of
from dunwell.intake.settings import Profile

MOST_INSTALMENT_ROWS: Final = 1200
SHOWN: Final = 20


@dataclass(slots=True)
class _Gathering:
    """The batch being filled."""

    after: int
    loans: list[TapeLoan] = field(default_factory=list[TapeLoan])
    problems: list[RowProblem] = field(default_factory=list[RowProblem])
    rows: int = 0
    bad: int = 0
    skipped: int = 0
    through: int = 0


class Parser:
    """Feed it a tape piece by piece. Rows up to line `after` were taken before and are passed over."""

    def __init__(self, profile: Profile, *, after: int = 0, as_of: date | None = None) -> None:
        self._profile = profile
        self._reader = open_reader(profile)
        self._rows: RowReader | None = None
        self._after = after
        self._as_of = as_of
        self._batch = _Gathering(after)
        self._grouped = profile.rows == "one-instalment-each"
        self._group: TapeLoan | None = None
        self._seen = 0
        self._good = 0

    def feed(self, piece: bytes) -> list[Batch]:
        """The batches that `piece` completes. Raises `TapeUnreadable`."""
        return list(self._batches(self._reader.feed(piece)))

    def close(self) -> list[Batch]:
        """The last batches. Raises `TapeUnreadable`, also for a file without a single row."""
        batches = list(self._batches(self._reader.close()))
        if self._group is not None:
            self._batch.loans.append(self._group)
        if self._batch.rows:
            batches.append(self._closed())
        if not self._seen and not self._after:
            raise TapeUnreadable("the file has a header and no rows", faults=[])
        return batches

    def _batches(self, items: Iterator[Item]) -> Iterator[Batch]:
        for item in items:
            if isinstance(item, Header):
                self._rows = RowReader(self._profile, item.columns, item.line)
                continue
            line = item.line if isinstance(item, RowProblem) else item[0]
            if line <= self._after:
                continue
            if self._batch.rows >= BATCH_ROWS and not self._in_group(item):
                if self._group is not None:
                    self._batch.loans.append(self._group)
                    self._group = None
                yield self._closed()
            self._count(line, (item,) if isinstance(item, RowProblem) else self._read(item))

    def _in_group(self, item: Item) -> bool:
        """Whether a row may belong to the loan before it; then the batch waits for the loan to be whole."""
        if not self._grouped or self._group is None or self._batch.rows >= BATCH_ROWS + MOST_INSTALMENT_ROWS:
            return False
        outcome = (item,) if isinstance(item, (RowProblem, Header)) else self._read(item)
        return isinstance(outcome, TapeLoan) and outcome.reference == self._group.reference

    def _read(self, item: Item) -> Outcome:
        if self._rows is None or not isinstance(item, tuple):
            raise TapeUnreadable("rows before a header")
        return self._rows.read(item)

    def _count(self, line: int, outcome: Outcome) -> None:
        batch = self._batch
        batch.rows += 1
        batch.through = line
        self._seen += 1
        if isinstance(outcome, Skipped) or (isinstance(outcome, TapeLoan) and self._is_later(outcome)):
            batch.skipped += 1
        elif isinstance(outcome, TapeLoan):
            self._good += 1
            self._gather(outcome)
        else:
            batch.bad += 1
            batch.problems.extend(outcome)
            self._hope(batch.problems)

    def _is_later(self, loan: TapeLoan) -> bool:
        return self._as_of is not None and loan.told_on is not None and loan.told_on > self._as_of

    def _gather(self, loan: TapeLoan) -> None:
        if not self._grouped:
            self._batch.loans.append(loan)
        elif self._group is not None and self._group.reference == loan.reference:
            self._group = _joined(self._group, loan)
        else:
            if self._group is not None:
                self._batch.loans.append(self._group)
            self._group = loan

    def _hope(self, problems: list[RowProblem]) -> None:
        """Nothing but bad rows from the start: it is the profile that is wrong, not the rows."""
        if not self._good and not self._after and self._batch.bad == HOPELESS_ROWS == self._seen:
            raise TapeUnreadable(
                f"each of the first {HOPELESS_ROWS} rows is bad: the profile does not fit the file",
                faults=faults_of(problems[:SHOWN]),
            )

    def _closed(self) -> Batch:
        done, self._batch = self._batch, _Gathering(self._batch.through)
        return Batch(
            done.after,
            done.through,
            tuple(done.loans),
            tuple(done.problems),
            Counts(
                rows=done.rows, good=done.rows - done.bad - done.skipped, bad=done.bad, skipped=done.skipped
            ),
        )


def _joined(loan: TapeLoan, row: TapeLoan) -> TapeLoan:
    """A loan and one more row of it: its instalments and payments are added, slots kept apart by their number."""
    number = len(loan.instalments) + 1
    payments = tuple(
        replace(each, slot=f"{each.slot}-{number}", reference=f"{each.reference}-{number}")
        for each in row.payments
    )
    return replace(loan, instalments=loan.instalments + row.instalments, payments=loan.payments + payments)


def parsed(profile: Profile, pieces: Iterator[bytes], as_of: date | None = None) -> Iterator[Batch]:
    """All batches of a file at hand."""
    parser = Parser(profile, as_of=as_of)
    for piece in pieces:
        yield from parser.feed(piece)
    yield from parser.close()
