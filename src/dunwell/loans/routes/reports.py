"""Reports over all loans over HTTP: arrears, roll rates, recoveries."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Struct

from dunwell.kernel.caller import Caller
from dunwell.loans import use_cases
from dunwell.loans.model import (
    ArrearsReport,
    ArrearsRow,
    AskRecoveries,
    AskReport,
    AskRolls,
    CureRow,
    LoanState,
    RecoveryRow,
    RollRates,
    RollRow,
)
from dunwell.loans.model.owed import View
from dunwell.loans.routes.arrears import Seen
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import MoneyOut

From = Annotated[date, QueryParameter(name="from", description="The first day; its end is what counts.")]
To = Annotated[date, QueryParameter(name="to", description="The last day.")]


class ArrearsRowOut(Struct, frozen=True):
    """Loans of one currency, product, state and bucket. `overdue` fell due before the day."""

    currency: str
    product: str
    state: LoanState
    bucket: str
    count: int
    outstanding: MoneyOut
    overdue: MoneyOut

    @classmethod
    def of(cls, row: ArrearsRow) -> Self:
        return cls(
            row.currency,
            row.product,
            row.state,
            row.bucket,
            row.count,
            MoneyOut.of(row.outstanding),
            MoneyOut.of(row.overdue),
        )


class ArrearsOut(Struct, frozen=True):
    """All loans at the end of a day, each in exactly one row."""

    on: date
    view: View
    rules_version: int
    rows: list[ArrearsRowOut]

    @classmethod
    def of(cls, report: ArrearsReport) -> Self:
        rows = [ArrearsRowOut.of(row) for row in report.rows]
        return cls(report.on, report.view, report.rules_version, rows)


class RollRowOut(Struct, frozen=True):
    """Loans that went from one bucket to another; `share` is their fraction of the loans in `from_bucket`."""

    currency: str
    from_bucket: str
    to_bucket: str
    count: int
    outstanding_before: MoneyOut
    outstanding_after: MoneyOut
    share: str

    @classmethod
    def of(cls, row: RollRow) -> Self:
        return cls(
            row.currency,
            row.from_bucket,
            row.to_bucket,
            row.count,
            MoneyOut.of(row.outstanding_before),
            MoneyOut.of(row.outstanding_after),
            _fraction(row.share),
        )


class CureRowOut(Struct, frozen=True):
    """Of the loans late on the first day, how many are current or settled on the last."""

    currency: str
    late: int
    cured: int
    share: str

    @classmethod
    def of(cls, row: CureRow) -> Self:
        return cls(row.currency, row.late, row.cured, _fraction(row.share))


class RollRatesOut(Struct, frozen=True):
    """The matrix, from the end of one day to the end of another."""

    from_on: date
    to_on: date
    view: View
    rules_version: int
    rows: list[RollRowOut]
    cures: list[CureRowOut]

    @classmethod
    def of(cls, rates: RollRates) -> Self:
        return cls(
            rates.from_on,
            rates.to_on,
            rates.view,
            rates.rules_version,
            [RollRowOut.of(row) for row in rates.rows],
            [CureRowOut.of(row) for row in rates.cures],
        )


class RecoveryRowOut(Struct, frozen=True):
    """One month: written off in it, came in during it, and came in so far of what was written off in it."""

    month: date
    currency: str
    loans: int
    charged_off: MoneyOut
    recovered: MoneyOut
    recovered_of_these: MoneyOut
    rate: str

    @classmethod
    def of(cls, row: RecoveryRow) -> Self:
        return cls(
            row.month,
            row.currency,
            row.loans,
            MoneyOut.of(row.charged_off),
            MoneyOut.of(row.recovered),
            MoneyOut.of(row.recovered_of_these),
            _fraction(row.rate),
        )


class RecoveriesOut(Struct, frozen=True):
    """The months in their order."""

    rows: list[RecoveryRowOut]

    @classmethod
    def of(cls, rows: list[RecoveryRow]) -> Self:
        return cls([RecoveryRowOut.of(row) for row in rows])


@get("/arrears", guards=[requires("loans:read")])
async def get_arrears(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: Annotated[
        date | None, QueryParameter(description="Any day, past or ahead; today without it.")
    ] = None,
    seen: Seen = View.RECOMPUTED,
) -> ArrearsOut:
    """All loans at the end of a day: how many, outstanding and overdue, by currency, product, state and bucket."""
    return ArrearsOut.of(await database.read(caller, use_cases.arrears_report, AskReport(on, seen)))


@get("/roll-rates", guards=[requires("loans:read")])
async def get_roll_rates(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    from_on: From,
    to_on: To,
    seen: Seen = View.RECOMPUTED,
) -> RollRatesOut:
    """From which bucket to which loans went between the ends of two days, and how many of the late ones cured."""
    command = AskRolls(from_on, to_on, seen)
    return RollRatesOut.of(await database.read(caller, use_cases.roll_rates, command))


@get("/recoveries", guards=[requires("loans:read")])
async def get_recoveries(
    database: NamedDependency[Database], caller: NamedDependency[Caller], from_on: From, to_on: To
) -> RecoveriesOut:
    """What was charged off, and what came in on charged-off loans, by month."""
    found = await database.read(caller, use_cases.recoveries, AskRecoveries(from_on, to_on))
    return RecoveriesOut.of(found)


def _fraction(share: int) -> str:
    """Hundredths of a per cent as a fraction: 0.0333 is 3.33 %."""
    return f"{Decimal(share).scaleb(-4):.4f}"


router = Router("/reports", route_handlers=[get_arrears, get_roll_rates, get_recoveries], tags=["arrears"])
