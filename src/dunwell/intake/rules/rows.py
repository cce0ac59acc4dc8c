"""What a row says: every field read, every fault named, and a `TapeLoan` only when there is none."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from dunwell.borrowers.model import BorrowerKind
from dunwell.intake.model import (
    RawRow,
    RowProblem,
    Status,
    TapeInstalment,
    TapeLoan,
    TapePayment,
    TapeUnreadable,
    Values,
    WrongCell,
)
from dunwell.intake.rules.cells import masked
from dunwell.intake.rules.columns import Columns, Kind, Read, Row, Test, compile_cell, compile_condition
from dunwell.intake.rules.schedules import CompiledInstalment, CompiledPayment
from dunwell.intake.settings import Cell, Part, Profile
from dunwell.kernel.errors import Fault
from dunwell.kernel.money import EXPONENT
from dunwell.loans.model import Accrual, DayCount, Level, Method, Roll, Rounding

METHODS: Final = frozenset(Method) - {Method.AS_ON_TAPE}
DAY_COUNTS: Final = frozenset(DayCount)
STATUSES: Final = frozenset(Status)
KINDS: Final = frozenset(BorrowerKind)

LOAN: Final[dict[str, tuple[Kind, frozenset[str]]]] = {
    "principal": (Kind.MONEY, frozenset()),
    "product": (Kind.TEXT, frozenset()),
    "method": (Kind.WORD, METHODS),
    "annual_rate": (Kind.RATE, frozenset()),
    "day_count": (Kind.WORD, DAY_COUNTS),
    "disbursed_on": (Kind.DATE, frozenset()),
    "first_due_on": (Kind.DATE, frozenset()),
    "instalments": (Kind.COUNT, frozenset()),
    "every_months": (Kind.COUNT, frozenset()),
    "every_days": (Kind.COUNT, frozenset()),
    "amortised_over": (Kind.COUNT, frozenset()),
    "interest_only": (Kind.COUNT, frozenset()),
    "interest_deferred": (Kind.COUNT, frozenset()),
    "interest_free": (Kind.COUNT, frozenset()),
    "balloon": (Kind.MONEY, frozenset()),
    "multiple_of": (Kind.MONEY, frozenset()),
    "level": (Kind.WORD, frozenset(Level)),
    "rounding": (Kind.WORD, frozenset(Rounding)),
    "roll": (Kind.WORD, frozenset(Roll)),
    "accrual": (Kind.WORD, frozenset(Accrual)),
    "instalment": (Kind.MONEY, frozenset()),
    "matures_on": (Kind.DATE, frozenset()),
    "grace_days": (Kind.COUNT, frozenset()),
    "disclosed": (Kind.TEXT, frozenset()),
}
STANDING: Final[dict[str, tuple[Kind, frozenset[str]]]] = {
    "as_of": (Kind.DATE, frozenset()),
    "balance": (Kind.MONEY, frozenset()),
    "overdue": (Kind.MONEY, frozenset()),
    "paid_through": (Kind.DATE, frozenset()),
    "past_due_since": (Kind.DATE, frozenset()),
    "days_past_due": (Kind.COUNT, frozenset()),
    "status": (Kind.WORD, STATUSES),
    "closed_on": (Kind.DATE, frozenset()),
}
PERSONAL: Final = frozenset({"name", "id_number", "phone", "email", "address"})
NOT_NEGATIVE: Final = frozenset(
    {"principal", "instalments", "every_months", "every_days", "amortised_over", "interest_only", "instalment",
     "interest_deferred", "interest_free", "balloon", "multiple_of",
     "grace_days", "balance", "overdue", "days_past_due"}
)  # fmt: skip
# What a schedule can be stepped by without leaving the calendar.
MOST: Final = {"every_months": 12, "every_days": 366, "instalments": 1200, "days_past_due": 20_000}

Fields: TypeAlias = tuple[tuple[str, Read], ...]
Found: TypeAlias = list[RowProblem]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that the profile does not keep."""

    line: int


Outcome: TypeAlias = TapeLoan | Skipped | tuple[RowProblem, ...]


class RowReader:
    """A profile bound to a header. `read` is called once per row and allocates little."""

    def __init__(self, profile: Profile, header: Sequence[str], line: int) -> None:
        """Raises `TapeUnreadable` naming every column the file lacks."""
        columns = Columns(list(header), line, profile.missing)
        self._row = Row()
        self._keep: tuple[Test, ...] = tuple(compile_condition(each, columns) for each in profile.keep)
        loan, borrower = profile.loan, profile.borrower
        self._names = _told_in(profile)
        self._reference = compile_cell(loan.reference, Kind.TEXT, columns)
        self._currency = compile_cell(loan.currency, Kind.TEXT, columns)
        self._told_on = compile_cell(profile.latest_by, Kind.DATE, columns) if profile.latest_by else None
        self._loan = _fields(loan, LOAN, columns)
        self._standing = _fields(profile.standing, STANDING, columns)
        self._borrower = _borrower(borrower, columns)
        self._instalments = tuple(CompiledInstalment(each, columns) for each in profile.instalment)
        self._payments = tuple(CompiledPayment(each, columns) for each in profile.payment)
        if columns.faults:
            raise TapeUnreadable("the file does not fit the profile", faults=list(columns.faults.values()))

    def read(self, raw: RawRow) -> Outcome:
        """The loan a row tells of, or what is wrong with the row, all of it."""
        row, found = self._row, list[RowProblem]()
        row.line, row.cells = raw
        if not all(test(row) for test in self._keep):
            return Skipped(row.line)
        reference = self._one(self._reference, "loan.reference", found)
        currency = self._one(self._currency, "loan.currency", found)
        exponent = EXPONENT.get(str(currency))
        if exponent is None:
            if currency is not None:
                found.append(self._unknown_currency(str(currency)))
            return tuple(found)
        row.exponent = exponent
        told_on = self._one(self._told_on, "latest_by", found) if self._told_on else None
        borrower = _values(self._borrower, row, "borrower", found)
        loan = _values(self._loan, row, "loan", found)
        standing = _values(self._standing, row, "standing", found)
        self._check(loan, borrower, standing, found)
        if found:
            return tuple(found)
        try:
            instalments = self._schedule(row)
            payments = self._paid(row, str(reference), instalments)
        except WrongCell as wrong:
            return (_problem(row.line, wrong.column, wrong),)
        return TapeLoan(
            row.line, str(reference), str(currency), told_on if isinstance(told_on, date) else None,
            borrower, loan, standing, instalments, payments,
        )  # fmt: skip

    def _check(self, loan: Values, borrower: Values, standing: Values, found: Found) -> None:
        """What is missing or contradicts itself; a cell that could not be read is not also missing."""
        line = self._row.line
        if not found:
            needed = (
                ("loan.principal", "principal" in loan),
                ("borrower.reference", "reference" in borrower),
            )
            found.extend(self._empty(line, field) for field, there in needed if not there)
        found.extend((*_limits(line, loan), *_limits(line, standing), *_contradictions(line, loan)))

    def _unknown_currency(self, currency: str) -> RowProblem:
        column = self._names.get("loan.currency", "loan.currency")
        remedy = "use an ISO 4217 code such as CNY"
        return RowProblem(self._row.line, column, currency[:8], "unknown currency", remedy)

    def _one(self, read: Read, field: str, found: Found) -> object:
        """A value that has to be there."""
        try:
            value = read(self._row)
        except WrongCell as wrong:
            found.append(_problem(self._row.line, field, wrong))
            return None
        if value is None:
            found.append(self._empty(self._row.line, field))
        return value

    def _empty(self, line: int, field: str) -> RowProblem:
        return RowProblem(
            line, self._names.get(field, field), "", "empty", f"fill it in: a loan needs it ({field})"
        )

    def _schedule(self, row: Row) -> tuple[TapeInstalment, ...]:
        return tuple(each for compiled in self._instalments for each in compiled.read(row))

    def _paid(
        self, row: Row, reference: str, instalments: tuple[TapeInstalment, ...]
    ) -> tuple[TapePayment, ...]:
        paid: list[TapePayment] = []
        for compiled in self._payments:
            payment = compiled.read(row, reference, instalments, paid)
            if payment is not None:
                paid.append(payment)
        return tuple(paid)


def _fields(part: Part, kinds: dict[str, tuple[Kind, frozenset[str]]], columns: Columns) -> Fields:
    given = ((name, getattr(part, name), kind, words) for name, (kind, words) in kinds.items())
    return tuple(
        (name, compile_cell(cell, kind, columns, words=words))
        for name, cell, kind, words in given
        if isinstance(cell, Cell)
    )


def _borrower(part: Part, columns: Columns) -> Fields:
    given = ((name, getattr(part, name)) for name in type(part).model_fields)
    return tuple(
        (
            name,
            compile_cell(
                cell,
                Kind.WORD if name == "kind" else Kind.TEXT,
                columns,
                words=KINDS,
                personal=name in PERSONAL,
            ),
        )
        for name, cell in given
        if isinstance(cell, Cell)
    )


def _values(fields: Fields, row: Row, part: str, found: Found) -> Values:
    values: Values = {}
    for name, read in fields:
        try:
            value = read(row)
        except WrongCell as wrong:
            found.append(_problem(row.line, f"{part}.{name}", wrong))
        else:
            if value is not None:
                values[name] = value
    return values


def _problem(line: int, field: str, wrong: WrongCell) -> RowProblem:
    value = masked(wrong.value) if wrong.personal else wrong.value[:80]
    return RowProblem(line, wrong.column or field, value, wrong.problem, wrong.remedy)


def _told_in(profile: Profile) -> dict[str, str]:
    """The column that tells a field, where it is one column."""
    cells = {
        "loan.reference": profile.loan.reference,
        "loan.currency": profile.loan.currency,
        "loan.principal": profile.loan.principal,
        "borrower.reference": profile.borrower.reference,
        "latest_by": profile.latest_by,
    }
    return {name: cell.column for name, cell in cells.items() if cell is not None and cell.column is not None}


def _limits(line: int, values: Values) -> Iterator[RowProblem]:
    """Amounts and counts below zero, and counts no loan has."""
    for name, value in values.items():
        if not isinstance(value, int):
            continue
        if value < 0 and name in NOT_NEGATIVE:
            yield RowProblem(
                line, name, str(value), "below zero", "correct the sign, or let the profile `negate`"
            )
        elif value > MOST.get(name, value):
            yield RowProblem(line, name, str(value), f"above {MOST[name]}", "check the column and its unit")


def _contradictions(line: int, loan: Values) -> Found:
    """What cannot be true of one contract, whatever the tape says."""
    found: Found = []
    if loan.get("principal") == 0:
        found.append(
            RowProblem(line, "loan.principal", "0", "zero", "a loan has a principal; leave the row out")
        )
    disbursed, first, matures = loan.get("disbursed_on"), loan.get("first_due_on"), loan.get("matures_on")
    if isinstance(disbursed, date) and isinstance(first, date) and first < disbursed:
        found.append(_before(line, "loan.first_due_on", first, "the loan was paid out", disbursed))
    if isinstance(first, date) and isinstance(matures, date) and matures < first:
        found.append(_before(line, "loan.matures_on", matures, "the first instalment", first))
    return found


def _before(line: int, field: str, day: date, what: str, other: date) -> RowProblem:
    return RowProblem(
        line, field, day.isoformat(), f"before {what} ({other.isoformat()})", "correct one of the two dates"
    )


def digest(loan: TapeLoan) -> bytes:
    """The content of a loan as told, without its line: equal digests mean that nothing changed."""
    told = (
        loan.reference,
        loan.currency,
        sorted(loan.borrower.items()),
        sorted((name, _stable(value)) for name, value in loan.loan.items()),
        sorted((name, _stable(value)) for name, value in loan.standing.items()),
        [(each.due_on.toordinal(), each.principal, each.interest, each.fees) for each in loan.instalments],
        [(each.slot, each.paid_on.toordinal(), each.minor, each.reference) for each in loan.payments],
    )
    return hashlib.blake2b(repr(told).encode(), digest_size=16).digest()


def _stable(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def faults_of(problems: Sequence[RowProblem]) -> list[Fault]:
    """Row problems as faults, for an error that stops the whole file."""
    return [Fault(each.column, each.problem, each.remedy, each.line) for each in problems]
