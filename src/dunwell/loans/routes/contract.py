"""What a contract says about money that is overdue or early, as JSON; all of it may be left out."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from dunwell.kernel.errors import Fault
from dunwell.loans.model import AfterGrace, Component, DayCount, Every, LoanInvalid, Unit
from dunwell.loans.model.overdue import Compound, LateFee, OverdueRate, OverdueTerms
from dunwell.loans.routes.clauses import RateText
from dunwell.web.shapes import In, MoneyIn


class PeriodIn(In):
    """The distance between two days: a month if nothing is said."""

    count: Annotated[int, Field(ge=1, le=366, examples=[1])] = 1
    unit: Annotated[Unit, Field(examples=["month"])] = Unit.MONTH

    def every(self) -> Every:
        return Every(self.count, self.unit)


class LateFeeIn(In):
    """A flat amount and a fraction of the most that was open, between `least` and `most`; once, or each period."""

    flat: MoneyIn | None = None
    rate: RateText = "0"
    least: MoneyIn | None = None
    most: MoneyIn | None = None
    every: PeriodIn | None = None


class OverdueRateIn(In):
    """An annual rate, so many times the contract's, or both added up."""

    annual: RateText = "0"
    times: RateText = "0"

    def rate(self) -> OverdueRate:
        return OverdueRate(Decimal(self.annual), Decimal(self.times))


class CompoundIn(OverdueRateIn):
    """Interest on unpaid interest and, with `on_penalty`, on penalty interest that was not paid."""

    on_penalty: bool = False
    every: PeriodIn = PeriodIn()


class OverdueIn(In):
    """What the contract adds to an instalment that was not paid in time."""

    late_fee: LateFeeIn | None = None
    penalty: OverdueRateIn | None = None
    penalty_on: Annotated[list[Component], Field(min_length=1, max_length=5)] = [Component.PRINCIPAL]  # noqa: RUF012
    compound: CompoundIn | None = None
    day_count: DayCount | None = None
    grace_days: Annotated[int, Field(ge=0, le=366)] = 0
    after_grace: AfterGrace = AfterGrace.FROM_DUE_DATE
    tolerance: MoneyIn | None = None

    def terms(self, currency: str) -> OverdueTerms:
        """The terms. Raises `LoanInvalid` or `WrongMoney` naming the field."""
        fee = self.late_fee
        return OverdueTerms(
            late_fee=LateFee(
                flat=_minor(fee.flat, currency, "late_fee.flat"),
                rate=Decimal(fee.rate),
                least=_minor(fee.least, currency, "late_fee.least"),
                most=_minor(fee.most, currency, "late_fee.most") if fee.most else None,
                every=fee.every.every() if fee.every else None,
            )
            if fee
            else None,
            penalty=self.penalty.rate() if self.penalty else None,
            penalty_on=tuple(dict.fromkeys(self.penalty_on)),
            compound=Compound(self.compound.rate(), self.compound.on_penalty, self.compound.every.every())
            if self.compound
            else None,
            day_count=self.day_count,
            grace_days=self.grace_days,
            after_grace=self.after_grace,
            tolerance=_minor(self.tolerance, currency, "tolerance"),
        )


def _minor(amount: MoneyIn | None, currency: str, field: str) -> int:
    if amount is None:
        return 0
    money = amount.not_negative(f"overdue.{field}")
    if money.currency != currency:
        fault = Fault(f"overdue.{field}", "another currency than the principal", f"write it in {currency}")
        raise LoanInvalid("the loan says something that cannot be", faults=[fault])
    return money.minor
