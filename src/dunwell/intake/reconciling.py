"""A lender's own figures, computed again row by row: interest, instalment, status, sums. No database here.

Memory is bounded by one piece of the file and the first differing rows of each check.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from dunwell.intake.checks import Answer, Check, Outcome, checks_of
from dunwell.intake.model import RawRow, RowProblem, TapeUnreadable, WrongCell
from dunwell.intake.readers import Header, open_reader
from dunwell.intake.rules.columns import Columns, Kind, Row, Test, compile_cell, compile_condition
from dunwell.intake.settings import Profile, Reconcile
from dunwell.kernel.errors import Fault
from dunwell.kernel.money import EXPONENT

# Differing rows kept of each check; the counts go on.
KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """A row whose figure is not ours."""

    line: int
    reference: str
    expected: str
    found: str
    reason: str


@dataclass(slots=True)
class Tally:
    """One check over a file. `checked` is agree + imprecise + differ; `silent` rows have nothing to check."""

    name: str
    at_least: Decimal
    agree: int = 0
    imprecise: int = 0
    differ: int = 0
    near: int = 0
    silent: int = 0
    aside: Counter[str] = field(default_factory=Counter[str])
    reasons: Counter[str] = field(default_factory=Counter[str])
    findings: list[Finding] = field(default_factory=list[Finding])

    @property
    def checked(self) -> int:
        """Rows of which the check says something."""
        return self.agree + self.imprecise + self.differ

    @property
    def share(self) -> Decimal:
        """The part of the checked rows that agree, as far as the tape is precise."""
        return Decimal(self.agree + self.imprecise) / self.checked if self.checked else Decimal(0)

    @property
    def sound(self) -> bool:
        """Whether enough agree; a check without a single row proves nothing."""
        return self.checked > 0 and self.share >= self.at_least


@dataclass(slots=True)
class Reconciliation:
    """What came of a file."""

    profile: str
    rows: int = 0
    skipped: int = 0
    unreadable: int = 0
    problems: list[RowProblem] = field(default_factory=list[RowProblem])
    tallies: list[Tally] = field(default_factory=list[Tally])

    @property
    def sound(self) -> bool:
        """Whether every check has enough rows that agree."""
        return all(tally.sound for tally in self.tallies)


class Reconciler:
    """Feed it a tape piece by piece; `result` counts as it goes."""

    def __init__(self, profile: Profile) -> None:
        """Raises `TapeUnreadable` where the profile has no [reconcile]."""
        if profile.reconcile is None:
            fault = Fault(
                "reconcile", "the profile does not say what to check", "see docs/tapes.md, Reconciling"
            )
            raise TapeUnreadable("the profile has no [reconcile]", faults=[fault])
        self._profile = profile
        self._table = profile.reconcile
        self._reader = open_reader(profile)
        self._rows: RowChecks | None = None
        self.result = Reconciliation(profile.name)

    def feed(self, piece: bytes) -> None:
        """The rows that `piece` completes. Raises `TapeUnreadable`."""
        self._take(self._reader.feed(piece))

    def close(self) -> Reconciliation:
        """The last rows. Raises `TapeUnreadable`, also for a file without a single row."""
        self._take(self._reader.close())
        if not self.result.rows:
            raise TapeUnreadable("the file has a header and no rows", faults=[])
        return self.result

    def _take(self, items: Iterable[Header | RowProblem | RawRow]) -> None:
        for item in items:
            if isinstance(item, Header):
                self._rows = RowChecks(self._profile, self._table, item.columns, item.line)
                self.result.tallies = [
                    Tally(check.name, check.at_least if check.at_least is not None else self._table.at_least)
                    for check in self._rows.checks
                ]
                continue
            self.result.rows += 1
            if isinstance(item, RowProblem):
                self._spoilt(item)
            elif self._rows is not None:
                self._check(self._rows, item)

    def _check(self, rows: "RowChecks", raw: RawRow) -> None:
        try:
            reference = rows.begin(raw)
            if reference is None:
                self.result.skipped += 1
                return
            answers = [rows.aside(check.name) or check.read(rows.row) for check in rows.checks]
        except WrongCell as wrong:
            self._spoilt(RowProblem(raw[0], wrong.column, "", wrong.problem, wrong.remedy))
            return
        for tally, answer in zip(self.result.tallies, answers, strict=True):
            if isinstance(answer, str):
                tally.aside[answer] += 1
            else:
                _count(tally, raw[0], reference, answer)

    def _spoilt(self, problem: RowProblem) -> None:
        self.result.unreadable += 1
        if len(self.result.problems) < KEPT:
            self.result.problems.append(problem)


class RowChecks:
    """The checks of a profile bound to a header."""

    def __init__(self, profile: Profile, table: Reconcile, header: Sequence[str], line: int) -> None:
        """Raises `TapeUnreadable` naming every column the file lacks."""
        columns = Columns(list(header), line, profile.missing)
        self.row = Row()
        self._keep: tuple[Test, ...] = tuple(
            compile_condition(each, columns) for each in (*profile.keep, *table.keep)
        )
        self._reference = compile_cell(profile.loan.reference, Kind.TEXT, columns)
        self._currency = compile_cell(profile.loan.currency, Kind.TEXT, columns)
        self._aside = tuple(
            (
                each.reason,
                frozenset(each.checks),
                tuple(compile_condition(test, columns) for test in each.when),
            )
            for each in table.set_aside
        )
        self.checks: tuple[Check, ...] = tuple(checks_of(table, columns))
        if columns.faults:
            raise TapeUnreadable("the file does not fit the profile", faults=list(columns.faults.values()))

    def begin(self, raw: RawRow) -> str | None:
        """Take up a row: the reference of its loan, or nothing for a row that is not to be checked."""
        self.row.line, self.row.cells = raw
        if not all(test(self.row) for test in self._keep):
            return None
        exponent = EXPONENT.get(str(self._currency(self.row)))
        if exponent is None:
            raise _wrong("loan.currency", "not a currency we know", "use an ISO 4217 code")
        self.row.exponent = exponent
        return str(self._reference(self.row) or "")

    def aside(self, check: str) -> str | None:
        """Why this row is none for that check."""
        for reason, checks, tests in self._aside:
            if (not checks or check in checks) and all(test(self.row) for test in tests):
                return reason
        return None


def reconciled(profile: Profile, pieces: Iterator[bytes]) -> Reconciliation:
    """A whole file at hand. Raises `TapeUnreadable`."""
    reconciler = Reconciler(profile)
    for piece in pieces:
        reconciler.feed(piece)
    return reconciler.close()


def _count(tally: Tally, line: int, reference: str, answer: Answer | None) -> None:
    if answer is None:
        tally.silent += 1
        return
    match answer.outcome:
        case Outcome.AGREES:
            tally.agree += 1
        case Outcome.IMPRECISE:
            tally.imprecise += 1
        case Outcome.DIFFERS:
            tally.differ += 1
    tally.near += answer.near
    if answer.outcome is not Outcome.AGREES:
        tally.reasons[answer.kind] += 1
        if len(tally.findings) < KEPT:
            tally.findings.append(Finding(line, reference, answer.expected, answer.found, answer.reason))


def _wrong(column: str, problem: str, remedy: str) -> WrongCell:
    wrong = WrongCell(problem, remedy)
    wrong.column = column
    return wrong
