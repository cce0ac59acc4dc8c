"""Cells of the statement of amount owed: what a table holds, as it is printed and as a workbook keeps it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from dunwell.documents.workbook import Value
from dunwell.kernel.money import Money


class Minor(NamedTuple):
    """An amount in minor units."""

    amount: int


class Exact(NamedTuple):
    """An amount in minor units before it is rounded, shown with so many decimals of whole units."""

    amount: Fraction
    decimals: int


class Rate(NamedTuple):
    """An annual fraction."""

    annual: Fraction


Cell = Minor | Exact | Rate | date | int | str | None
Row = list[Cell]


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes cells in the currency of one statement."""

    currency: str

    def printed(self, cell: Cell) -> str:
        """`1,234.56`, `13.05 %`, `2026-11-23`; nothing is a dash."""
        match cell:
            case None | "":
                return "–"
            case Minor(amount):
                return f"{self._whole(amount):,f}"
            case Exact(amount, decimals):
                return f"{self._exact(amount, decimals):,f}"
            case Rate(annual):
                return f"{_percent(annual):f} %"
            case date():
                return cell.isoformat()
            case _:
                return str(cell)

    def kept(self, cell: Cell) -> Value:
        """The same for a workbook: amounts and rates are numbers there."""
        match cell:
            case Minor(amount):
                return self._whole(amount)
            case Exact(amount, decimals):
                return self._exact(amount, decimals)
            case Rate(annual):
                return _percent(annual)
            case _:
                return cell

    def _whole(self, minor: int) -> Decimal:
        return Decimal(Money(minor, self.currency).amount)

    def _exact(self, amount: Fraction, decimals: int) -> Decimal:
        minor = Decimal(amount.numerator) / Decimal(amount.denominator)
        return (minor * self._whole(1)).quantize(Decimal(1).scaleb(-decimals))


def _percent(annual: Fraction) -> Decimal:
    percent = Decimal(annual.numerator * 100) / Decimal(annual.denominator)
    return percent.quantize(Decimal("0.000001")).normalize()
