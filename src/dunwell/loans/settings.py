"""The tenant's `loans.toml`: how days past due are counted, what a payment settles first, the buckets."""

from decimal import Decimal
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dunwell.kernel.errors import DunwellError
from dunwell.kernel.money import Money
from dunwell.loans.model import AfterGrace, Bucket, Component, Convention, FirstDay, Processing, Waterfall


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DaysPastDue(_Strict):
    """`tolerance`: per currency, the amount up to which an instalment counts as settled."""

    first_day: FirstDay = FirstDay.DAY_AFTER_DUE
    grace_days: int = Field(default=0, ge=0, le=60)
    after_grace: AfterGrace = AfterGrace.FROM_DUE_DATE
    tolerance: dict[str, Decimal] = Field(default_factory=dict[str, Decimal])


class WaterfallTable(_Strict):
    order: tuple[Component, ...] = (Component.COSTS, Component.INTEREST, Component.PRINCIPAL)
    processing: Processing = Processing.INSTALMENT_FIRST

    @model_validator(mode="after")
    def _names_each_component_once(self) -> Self:
        if sorted(self.order) != sorted(Component):
            raise ValueError("waterfall.order names costs, interest and principal, each once")
        return self


class BucketTable(_Strict):
    name: str = Field(min_length=1, max_length=40)
    from_day: int = Field(ge=0)


# M1 is 1 to 30 days, and so on by 30.
BUCKETS: Final = (
    BucketTable(name="current", from_day=0),
    *(BucketTable(name=f"M{month}", from_day=month * 30 - 29) for month in range(1, 7)),
    BucketTable(name="M7+", from_day=181),
)


class LoansFile(_Strict):
    """The file as a whole; what it does not say is as in `tenants/_defaults/loans.toml`."""

    days_past_due: DaysPastDue = DaysPastDue()
    waterfall: WaterfallTable = WaterfallTable()
    buckets: tuple[BucketTable, ...] = BUCKETS

    @model_validator(mode="after")
    def _buckets_cover_every_day(self) -> Self:
        days = [bucket.from_day for bucket in self.buckets]
        if not days or days[0] != 0 or days != sorted(set(days)):
            raise ValueError("buckets begin with from_day = 0 and rise")
        return self

    @model_validator(mode="after")
    def _tolerances_are_money(self) -> Self:
        for currency, amount in self.days_past_due.tolerance.items():
            try:
                minor = Money.parse(amount, currency, field=f"days_past_due.tolerance.{currency}").minor
            except DunwellError as error:
                raise ValueError(error.detail) from error
            if minor < 0:
                raise ValueError(f"days_past_due.tolerance.{currency} is negative")
        return self

    def convention(self, currency: str) -> Convention:
        """How days past due of loans in that currency are counted."""
        rule = self.days_past_due
        tolerance = Money.parse(rule.tolerance.get(currency, Decimal(0)), currency).minor
        return Convention(rule.first_day, rule.grace_days, rule.after_grace, tolerance)

    def waterfall_order(self) -> Waterfall:
        """The order in which payments settle."""
        return Waterfall(self.waterfall.order, self.waterfall.processing)

    def bucket_list(self) -> tuple[Bucket, ...]:
        """The buckets, rising."""
        return tuple(Bucket(bucket.name, bucket.from_day) for bucket in self.buckets)
