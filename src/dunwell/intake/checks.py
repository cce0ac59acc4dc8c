"""What can be computed again of a row: interest, the equal instalment, the status, a sum; each with its working."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, Protocol

from dunwell.intake.rules.columns import Columns, Kind, Read, Row, compile_cell
from dunwell.intake.settings import (
    AnnuityCheck,
    Cell,
    InterestCheck,
    Reconcile,
    StatusCheck,
    SumCheck,
)
from dunwell.kernel.calendar import add_months
from dunwell.loans.model import DayCount
from dunwell.loans.use_cases.figures import (
    exact_interest,
    implied_rate,
    interest_of,
    level_instalment,
    part_of_year,
)

DAY_COUNTS: Final = frozenset(DayCount)
MOST_INSTALMENTS: Final = 1200
# Bits of the significand of a 32-bit number.
SIGNIFICAND: Final = 24
# How near a rate is called the rate that a figure fits.
RATE_SCALE: Final = 6


class Outcome(StrEnum):
    """`IMPRECISE`: no further away than the figures of the tape are precise."""

    AGREES = "agrees"
    IMPRECISE = "imprecise"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Answer:
    """Our figure beside the tape's. `near`: within one unit of money; `kind`: the reason without its numbers."""

    outcome: Outcome
    expected: str
    found: str
    reason: str = ""
    kind: str = ""
    near: bool = True


class Check(Protocol):
    """One check of a row; nothing where the row has nothing to check. Raises `WrongCell`."""

    @property
    def name(self) -> str: ...

    @property
    def at_least(self) -> Decimal | None: ...

    def read(self, row: Row) -> Answer | None: ...


def checks_of(table: Reconcile, columns: Columns) -> Iterator[Check]:
    """The checks of a profile, bound to the columns of a file."""
    if table.interest is not None:
        yield Interest(table.interest, table, columns)
    if table.annuity is not None:
        yield Annuity(table.annuity, table, columns)
    if table.status is not None:
        yield Status(table.status, columns)
    for each in table.sums:
        yield Sum(each, table, columns)


class Interest:
    """Balance × rate × days: see `InterestCheck`."""

    name = "interest"

    def __init__(self, cells: InterestCheck, table: Reconcile, columns: Columns) -> None:
        def days(cell: Cell | None) -> Read | None:
            return compile_cell(cell, Kind.DATE, columns) if cell is not None else None

        self.at_least = cells.at_least
        self._table, self._cells = table, cells
        self._balance = compile_cell(cells.balance, Kind.MONEY, columns)
        self._rate = compile_cell(cells.annual_rate, Kind.RATE, columns)
        self._interest = compile_cell(cells.interest, Kind.MONEY, columns)
        self._day_count = compile_cell(cells.day_count, Kind.WORD, columns, words=DAY_COUNTS)
        self._on, self._start, self._end = days(cells.on), days(cells.start), days(cells.end)

    def read(self, row: Row) -> Answer | None:
        """Nothing for a row without a balance, a rate, interest or its days."""
        balance, rate, told = self._balance(row), self._rate(row), self._interest(row)
        word, span = self._day_count(row), self._span(row)
        if not (isinstance(balance, int) and balance and isinstance(rate, Decimal) and isinstance(told, int)):
            return None
        if span is None or word is None:
            return None
        part = part_of_year(DayCount(str(word)), *span)
        ours = interest_of(balance, rate, part)

        def slack() -> Decimal:
            return _slack(balance, rate, part, told, row.exponent)

        reason = _why_interest(balance, rate, told, span, _minor(self._table, row))
        return _compared(ours, told, row, self._table, slack, reason)

    def _span(self, row: Row) -> tuple[date, date] | None:
        if self._cells.accrues == "between":
            start, end = (read(row) if read is not None else None for read in (self._start, self._end))
            if not isinstance(start, date) or not isinstance(end, date):
                return None
            return start, date.fromordinal(end.toordinal() + 1) if self._cells.end_counts else end
        on = self._on(row) if self._on is not None else None
        if not isinstance(on, date):
            return None
        first = on.replace(day=1)
        if self._cells.accrues == "same-month":
            return first, add_months(first, self._cells.every_months)
        return add_months(first, -self._cells.every_months), first


class Annuity:
    """The equal instalment: see `AnnuityCheck`."""

    name = "annuity"

    def __init__(self, cells: AnnuityCheck, table: Reconcile, columns: Columns) -> None:
        self.at_least = cells.at_least
        self._table, self._periods = table, cells.periods_a_year
        self._amount = compile_cell(cells.amount, Kind.MONEY, columns)
        self._rate = compile_cell(cells.annual_rate, Kind.RATE, columns)
        self._count = compile_cell(cells.instalments, Kind.COUNT, columns)
        self._instalment = compile_cell(cells.instalment, Kind.MONEY, columns)

    def read(self, row: Row) -> Answer | None:
        """Nothing for a row without an amount, a rate, a number of instalments or an instalment."""
        amount, rate = self._amount(row), self._rate(row)
        count, told = self._count(row), self._instalment(row)
        if not (isinstance(amount, int) and amount > 0 and isinstance(rate, Decimal)):
            return None
        if not (isinstance(count, int) and 0 < count <= MOST_INSTALMENTS and isinstance(told, int)):
            return None
        ours = level_instalment(amount, rate, count, self._periods)

        def why() -> tuple[str, str]:
            fits = implied_rate(amount, told, count, self._periods) if told > 0 else None
            if fits is None:
                return "no rate gives that instalment", "no rate gives that instalment"
            percent = f"{fits * 100:.3f} % instead of {rate * 100:.3f} %"
            return f"the instalment is that of {percent}", "the instalment is that of another rate"

        return _compared(ours, told, row, self._table, Decimal, why)


class Status:
    """The status from the paid-through date: see `StatusCheck`."""

    name = "status"

    def __init__(self, cells: StatusCheck, columns: Columns) -> None:
        self.at_least = cells.at_least
        self._in_months = cells.counted_in == "months"
        self._codes = sorted(cells.codes.items())
        self._status = compile_cell(cells.status, Kind.TEXT, columns)
        self._paid_through = compile_cell(cells.paid_through, Kind.DATE, columns)
        self._on = compile_cell(cells.on, Kind.DATE, columns)

    def read(self, row: Row) -> Answer | None:
        """Nothing for a row without a status or one of its dates."""
        told, paid, on = self._status(row), self._paid_through(row), self._on(row)
        if told is None or not isinstance(paid, date) or not isinstance(on, date):
            return None
        months = (on.year - paid.year) * 12 + on.month - paid.month
        behind = months if self._in_months else (on - paid).days
        code = self._codes[0][1]
        for least, word in self._codes:
            code = word if behind >= least else code
        if code == told:
            return Answer(Outcome.AGREES, code, code)
        unit = "months" if self._in_months else "days"
        reason = f"paid through {paid}, {behind} {unit} behind"
        return Answer(Outcome.DIFFERS, code, str(told), reason, "another status", near=False)


class Sum:
    """Two amounts that are the same: see `SumCheck`."""

    def __init__(self, cells: SumCheck, table: Reconcile, columns: Columns) -> None:
        self.name, self.at_least, self._table = cells.name, cells.at_least, table
        self._left = compile_cell(cells.left, Kind.MONEY, columns)
        self._right = compile_cell(cells.right, Kind.MONEY, columns)

    def read(self, row: Row) -> Answer | None:
        """Nothing for a row that has neither side, or one only."""
        left, right = self._left(row), self._right(row)
        if not isinstance(left, int) or not isinstance(right, int):
            return None

        def slack() -> Decimal:
            return _last_place(left, row.exponent) + _last_place(right, row.exponent)

        return _compared(
            left, right, row, self._table, slack, lambda: ("the sides differ", "the sides differ")
        )


def _compared(
    ours: int,
    told: int,
    row: Row,
    table: Reconcile,
    slack: Callable[[], Decimal],
    why: Callable[[], tuple[str, str]],
) -> Answer:
    """Our amount beside the tape's; how precise it is and `why` are asked only where they differ."""
    distance, allowed = abs(ours - told), _minor(table, row)
    near = distance <= 10**row.exponent
    expected, found = _written(ours, row), _written(told, row)
    if distance <= allowed:
        return Answer(Outcome.AGREES, expected, found, near=near)
    if table.precision == "single" and distance <= allowed + slack():
        precise = "as near as the tape's 32-bit figures are precise"
        return Answer(Outcome.IMPRECISE, expected, found, precise, precise, near=near)
    reason, kind = why()
    return Answer(Outcome.DIFFERS, expected, found, reason, kind, near=near)


def _why_interest(
    balance: int, rate: Decimal, told: int, span: tuple[date, date], allowed: Decimal
) -> Callable[[], tuple[str, str]]:
    """Which other convention gives the tape's interest, if one does."""

    def why() -> tuple[str, str]:
        if not told:
            return "no interest on the tape", "no interest on the tape"
        month = span[0].replace(day=1)
        spans = {
            "these days": span,
            "the month before": (add_months(month, -1), month),
            "this month": (month, add_months(month, 1)),
            "the month after": (add_months(month, 1), add_months(month, 2)),
        }
        for words, (start, end) in spans.items():
            for day_count in DayCount:
                if abs(interest_of(balance, rate, part_of_year(day_count, start, end)) - told) <= allowed:
                    fits = f"fits {day_count} on {words}"
                    return fits, fits
        whole = part_of_year(DayCount.ACTUAL_360, *span)
        implied = Decimal(told) / exact_interest(Decimal(balance), Decimal(1), whole) if whole else Decimal(0)
        return f"fits a rate of {round(implied, RATE_SCALE)} under actual/360", "fits another rate or balance"

    return why


def _slack(balance: int, rate: Decimal, part: Fraction, told: int, exponent: int) -> Decimal:
    """How far 32-bit figures can lie from exact ones: a unit in the last place of each, carried through."""
    of_balance = exact_interest(_last_place(balance, exponent), rate, part)
    of_rate = exact_interest(Decimal(balance), _last_binary(rate), part)
    return _last_place(told, exponent) + of_balance + of_rate


def _last_place(minor: int, exponent: int) -> Decimal:
    """A unit in the last place of an amount held as a 32-bit number of whole units, in minor units."""
    return _last_binary(Decimal(minor).scaleb(-exponent)).scaleb(exponent)


def _last_binary(value: Decimal) -> Decimal:
    numerator, denominator = abs(value).as_integer_ratio()
    if not numerator:
        return Decimal(0)
    power = numerator.bit_length() - denominator.bit_length()
    if numerator << max(-power, 0) < denominator << max(power, 0):
        power -= 1
    return Decimal(2) ** (power - SIGNIFICAND + 1)


def _minor(table: Reconcile, row: Row) -> Decimal:
    return table.tolerance.scaleb(row.exponent)


def _written(minor: int, row: Row) -> str:
    return str(Decimal(minor).scaleb(-row.exponent)) if row.exponent else str(minor)
