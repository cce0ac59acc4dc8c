"""A product of the tenant's `loans.toml`: what its contracts add to money that is overdue, and who lent it.

    [products.cash]
    kind = "loan"                                        # or "card"
    lender_type = "small_loan"                           # chooses the ceiling of the law
    [products.cash.overdue]
    late_fee = { rate = "0.05", least = { CNY = "10.00" }, most = { CNY = "200.00" } }
    penalty = { times = "1.5" }                          # of the contract's rate; or annual = "0.18"
    compound = { times = "1.5", on_penalty = true }      # on unpaid interest, and on penalty interest
    grace_days = 3
    after_grace = "from_due_date"                        # or "from_grace_end": the grace is forgiven
    tolerance = { CNY = "1.00" }

Rates are annual fractions. Everything may be left out, and then nothing accrues.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dunwell.kernel.errors import DunwellError
from dunwell.kernel.money import Money
from dunwell.loans.model.law import LenderType
from dunwell.loans.model.overdue import Compound, LateFee, OverdueRate, OverdueTerms
from dunwell.loans.model.values import Every
from dunwell.loans.model.words import AfterGrace, Component, DayCount, Unit

Share = Annotated[Decimal, Field(ge=0, le=10, max_digits=12, decimal_places=8)]
Amounts = dict[str, Decimal]


def _minor(amounts: Amounts, currency: str) -> int:
    return Money.parse(amounts.get(currency, Decimal(0)), currency).minor


def _check(field: str, amounts: Amounts) -> None:
    """Raises ValueError for what is no amount of its currency, or below zero."""
    for currency, amount in amounts.items():
        try:
            minor = Money.parse(amount, currency, field=f"{field}.{currency}").minor
        except DunwellError as error:
            raise ValueError(error.detail) from error
        if minor < 0:
            raise ValueError(f"{field}.{currency} is negative")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EveryTable(_Table):
    """`{ count = 1, unit = "month" }`."""

    count: Annotated[int, Field(ge=1, le=366)] = 1
    unit: Unit = Unit.MONTH

    def every(self) -> Every:
        return Every(self.count, self.unit)


class LateFeeTable(_Table):
    """Amounts are by currency; one that is not named is zero, and for `most` no limit."""

    flat: Amounts = Field(default_factory=dict[str, Decimal])
    rate: Share = Decimal(0)
    least: Amounts = Field(default_factory=dict[str, Decimal])
    most: Amounts = Field(default_factory=dict[str, Decimal])
    every: EveryTable | None = None

    @model_validator(mode="after")
    def _is_a_fee(self) -> Self:
        if not (self.flat or self.rate or self.least):
            raise ValueError("a late fee has a flat amount, a rate or a least amount")
        for name in ("flat", "least", "most"):
            _check(f"late_fee.{name}", getattr(self, name))
        for currency, least in self.least.items():
            if currency in self.most and least > self.most[currency]:
                raise ValueError(f"late_fee.least is above late_fee.most in {currency}")
        return self

    def fee(self, currency: str) -> LateFee:
        return LateFee(
            flat=_minor(self.flat, currency),
            rate=self.rate,
            least=_minor(self.least, currency),
            most=_minor(self.most, currency) if currency in self.most else None,
            every=self.every.every() if self.every else None,
        )


class RateTable(_Table):
    """`annual`, or so many `times` the contract's rate; both add up."""

    annual: Share = Decimal(0)
    times: Share = Decimal(0)

    @model_validator(mode="after")
    def _is_a_rate(self) -> Self:
        if not (self.annual or self.times):
            raise ValueError("a rate is annual, or so many times the contract's")
        return self

    def rate(self) -> OverdueRate:
        return OverdueRate(self.annual, self.times)


class CompoundTable(RateTable):
    on_penalty: bool = False
    every: EveryTable = EveryTable()

    def compound(self) -> Compound:
        return Compound(self.rate(), self.on_penalty, self.every.every())


class OverdueTable(_Table):
    """What contracts of the product add to an instalment that was not paid in time."""

    late_fee: LateFeeTable | None = None
    penalty: RateTable | None = None
    penalty_on: Annotated[tuple[Component, ...], Field(min_length=1)] = (Component.PRINCIPAL,)
    compound: CompoundTable | None = None
    day_count: DayCount | None = None
    grace_days: Annotated[int, Field(ge=0, le=366)] = 0
    after_grace: AfterGrace = AfterGrace.FROM_DUE_DATE
    tolerance: Amounts = Field(default_factory=dict[str, Decimal])

    @model_validator(mode="after")
    def _amounts_are_money(self) -> Self:
        _check("tolerance", self.tolerance)
        if len(set(self.penalty_on)) != len(self.penalty_on):
            raise ValueError("penalty_on names a component twice")
        return self

    def terms(self, currency: str) -> OverdueTerms:
        """The terms of contracts in that currency."""
        return OverdueTerms(
            late_fee=self.late_fee.fee(currency) if self.late_fee else None,
            penalty=self.penalty.rate() if self.penalty else None,
            penalty_on=self.penalty_on,
            compound=self.compound.compound() if self.compound else None,
            day_count=self.day_count,
            grace_days=self.grace_days,
            after_grace=self.after_grace,
            tolerance=_minor(self.tolerance, currency),
        )


class ProductTable(_Table):
    """A product: whether it is a card (the law settles a late card's principal first), who lent, what overdue adds."""

    kind: Literal["loan", "card"] = "loan"
    lender_type: LenderType | None = None
    overdue: OverdueTable = OverdueTable()


class LprTable(_Table):
    """The one-year LPR in per cent from a day on: later values than the pack knows, as published."""

    start: Annotated[date, Field(alias="from")]
    pct: Annotated[Decimal, Field(gt=0, le=100, max_digits=8)]
