"""Instalments and payments told by a row: the schedule as on the tape, and what was paid on it."""

from datetime import date
from typing import Final

from dunwell.intake.model import TapeInstalment, TapePayment, WrongCell
from dunwell.intake.rules.columns import Columns, Kind, Read, Row, compile_cell, compile_condition
from dunwell.intake.rules.dates import shifted
from dunwell.intake.settings import Cell, InstalmentCells, PaymentCells
from dunwell.kernel.calendar import add_months
from dunwell.kernel.money import split

MOST_INSTALMENTS: Final = 1200


class CompiledInstalment:
    """One [[instalment]] of a profile: one row of the schedule, or `count` equal ones."""

    def __init__(self, cells: InstalmentCells, columns: Columns) -> None:
        def money(cell: Cell | None) -> Read | None:
            return compile_cell(cell, Kind.MONEY, columns) if cell is not None else None

        self._due_on = compile_cell(cells.due_on, Kind.DATE, columns)
        self._principal = money(cells.principal)
        self._interest = money(cells.interest)
        self._fees = money(cells.fees)
        self._total = money(cells.total)
        self._count = compile_cell(cells.count, Kind.COUNT, columns) if cells.count is not None else None
        self._months, self._days = cells.every_months, cells.every_days

    def read(self, row: Row) -> tuple[TapeInstalment, ...]:
        """No instalment where the due date is empty (tapes leave later ones blank). Raises `WrongCell`."""
        due_on = self._due_on(row)
        if not isinstance(due_on, date):
            return ()
        principal, interest, fees = self._amounts(row)
        count = self._repeats(row)
        if count == 1:
            return (TapeInstalment(due_on, principal, interest, fees),)
        equal = [1] * count
        parts = zip(split(principal, equal), split(interest, equal), split(fees, equal), strict=True)
        return tuple(
            TapeInstalment(self._due(due_on, position), *part) for position, part in enumerate(parts)
        )

    def _due(self, first: date, position: int) -> date:
        # Counted from the first date each time: stepping month by month would lose the 31st for good.
        return shifted(add_months(first, self._months * position), self._days * position)

    def _repeats(self, row: Row) -> int:
        count = 1 if self._count is None else self._count(row)
        if not isinstance(count, int) or not 1 <= count <= MOST_INSTALMENTS:
            raise _wrong("instalment.count", f"not 1 to {MOST_INSTALMENTS} instalments", "check the column")
        return count

    def _amounts(self, row: Row) -> tuple[int, int, int]:
        """Principal, interest and fees; whichever of principal and interest is not told comes from the total."""
        fees = _amount(self._fees, row) or 0
        total = _amount(self._total, row)
        principal, interest = _amount(self._principal, row), _amount(self._interest, row)
        if principal is None:
            if total is None:
                raise _wrong("instalment.principal", "empty", "fill in the amount of the instalment")
            principal = total - (interest or 0) - fees
        if interest is None:
            interest = 0 if total is None else total - principal - fees
        if total is not None and principal + interest + fees != total:
            raise _wrong(
                "instalment.total",
                "not the sum of principal, interest and fees",
                "correct the amounts, or leave one of them out of the profile",
            )
        if min(principal, interest, fees) < 0:
            raise _wrong(
                "instalment.total", "an amount below zero", "the total must cover principal, interest, fees"
            )
        return principal, interest, fees


class CompiledPayment:
    """One [[payment]] of a profile. Nothing where its date is empty: it has not been paid."""

    def __init__(self, cells: PaymentCells, columns: Columns) -> None:
        self._slot = cells.name
        self._settles = cells.settles
        self._tests = tuple(compile_condition(each, columns) for each in cells.only_if)
        self._paid_on = compile_cell(cells.paid_on, Kind.DATE, columns)
        self._amount = compile_cell(cells.amount, Kind.MONEY, columns) if cells.amount is not None else None
        self._named = (
            compile_cell(cells.reference, Kind.TEXT, columns) if cells.reference is not None else None
        )

    def read(
        self, row: Row, loan: str, schedule: tuple[TapeInstalment, ...], earlier: list[TapePayment]
    ) -> TapePayment | None:
        """Raises `WrongCell` for an amount that is no payment."""
        if not all(test(row) for test in self._tests):
            return None
        paid_on = self._paid_on(row)
        if not isinstance(paid_on, date):
            return None
        minor = self._minor(row, schedule, earlier)
        if minor < 0:
            raise _wrong(f"payment.{self._slot}", "an amount below zero", "a reversal is not a payment")
        if minor == 0:
            return None
        named = self._named(row) if self._named is not None else None
        slot = self._slot if named is None else f"{self._slot}:{named}"
        return TapePayment(slot, paid_on, minor, f"{loan}/{slot}")

    def _minor(self, row: Row, schedule: tuple[TapeInstalment, ...], earlier: list[TapePayment]) -> int:
        if self._amount is not None:
            return _amount(self._amount, row) or 0
        if self._settles == "first":
            return schedule[0].total if schedule else 0
        return sum(each.total for each in schedule) - sum(each.minor for each in earlier)


def _amount(read: Read | None, row: Row) -> int | None:
    value = read(row) if read is not None else None
    return value if isinstance(value, int) else None


def _wrong(field: str, problem: str, remedy: str) -> WrongCell:
    wrong = WrongCell(problem, remedy)
    wrong.column = field
    return wrong
