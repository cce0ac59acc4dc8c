"""The tenant's `loans.toml`: how days past due are counted, what a payment settles first, the buckets."""

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from dunwell.kernel.errors import DunwellError
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    AfterGrace,
    Bucket,
    BusinessDays,
    Component,
    Convention,
    FirstDay,
    LoanState,
    Processing,
    WatchRule,
    Waterfall,
    completed,
)
from dunwell.loans.model.overdue import OverdueTerms
from dunwell.loans.overdue_table import LprTable, ProductTable


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _quoted(value: object) -> object:
    # Published files are kept as JSON, which has neither dates nor times of its own.
    if isinstance(value, date | time):
        raise ValueError('in quotes, please: "2024-10-01", "10:00"')
    return value


_Day = Annotated[date, BeforeValidator(_quoted)]
_Time = Annotated[time, BeforeValidator(_quoted)]


class DaysPastDue(_Strict):
    """`tolerance`: per currency, the amount up to which an instalment counts as settled.

    `roll`: a due date that is no business day (`calendar`) counts as the next one; `cut_off`: before that local
    time the day before is still counted; `instalment_grace`: the grace covers each instalment, not only the loan.
    """

    first_day: FirstDay = FirstDay.DAY_AFTER_DUE
    grace_days: int = Field(default=0, ge=0, le=60)
    after_grace: AfterGrace = AfterGrace.FROM_DUE_DATE
    roll: bool = False
    cut_off: _Time | None = None
    instalment_grace: bool = True
    tolerance: dict[str, Decimal] = Field(default_factory=dict[str, Decimal])


class CalendarTable(_Strict):
    """Business days: all but `weekend` (ISO numbers, 7 is Sunday) and `holidays`; `workdays` are worked anyway."""

    weekend: tuple[int, ...] = Field(default=(6, 7), max_length=6)
    holidays: tuple[_Day, ...] = ()
    workdays: tuple[_Day, ...] = ()

    @model_validator(mode="after")
    def _weekend_has_iso_days(self) -> Self:
        if not all(1 <= day <= 7 for day in self.weekend) or len(set(self.weekend)) != len(self.weekend):
            raise ValueError("calendar.weekend names days from 1 (Monday) to 7 (Sunday), each once")
        return self


class WatchTable(_Strict):
    """How long a loan that was late, or was restructured, has to stay on time before it counts as cured."""

    after_days: int = Field(default=1, ge=1, le=3650)
    days: int = Field(default=0, ge=0, le=3650)
    instalments: int = Field(default=0, ge=0, le=120)


class WaterfallTable(_Strict):
    """`order` names all five components; without fees and penalties, these two follow the costs."""

    order: tuple[Component, ...] = (Component.COSTS, Component.INTEREST, Component.PRINCIPAL)
    processing: Processing = Processing.INSTALMENT_FIRST

    @model_validator(mode="after")
    def _names_each_component_once(self) -> Self:
        three = set(Component) - {Component.FEES, Component.PENALTIES}
        if sorted(self.order) not in (sorted(Component), sorted(three)):
            raise ValueError(
                "waterfall.order names costs, interest and principal, each once, or fees and penalties too"
            )
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


# Where loans stand in a roll that are in no bucket.
RESERVED: Final = frozenset({"new", *LoanState}) - {LoanState.OPEN}


class LoansFile(_Strict):
    """The file as a whole; what it does not say is as in `tenants/_defaults/loans.toml`."""

    days_past_due: DaysPastDue = DaysPastDue()
    waterfall: WaterfallTable = WaterfallTable()
    buckets: tuple[BucketTable, ...] = BUCKETS
    calendar: CalendarTable = CalendarTable()
    watch: WatchTable = WatchTable()
    products: dict[str, ProductTable] = Field(default_factory=dict[str, ProductTable])
    lpr_1y: tuple[LprTable, ...] = ()

    @model_validator(mode="after")
    def _buckets_cover_every_day(self) -> Self:
        days = [bucket.from_day for bucket in self.buckets]
        if not days or days[0] != 0 or days != sorted(set(days)):
            raise ValueError("buckets begin with from_day = 0 and rise")
        names = [bucket.name for bucket in self.buckets]
        if len(set(names)) < len(names) or RESERVED & set(names):
            raise ValueError(f"buckets have names of their own, and none of {', '.join(sorted(RESERVED))}")
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
        return Convention(
            rule.first_day,
            rule.grace_days,
            rule.after_grace,
            tolerance,
            self.business_days() if rule.roll else None,
            rule.instalment_grace,
        )

    def product(self, name: str) -> ProductTable:
        """What the file says of a product; of one that it does not name, nothing special."""
        return self.products.get(name, ProductTable())

    def overdue_terms(self, product: str, currency: str) -> OverdueTerms:
        """What new contracts of the product add to overdue money."""
        return self.product(product).overdue.terms(currency)

    def lpr_on(self, day: date) -> Decimal | None:
        """The one-year LPR on a day as a fraction, where the tenant supplies it; None: the pack's table is asked."""
        known = [each for each in self.lpr_1y if each.start <= day]
        return max(known, key=lambda each: each.start).pct / 100 if known else None

    def business_days(self) -> BusinessDays:
        """The tenant's calendar."""
        days = self.calendar
        return BusinessDays(days.weekend, days.holidays, days.workdays)

    def watch_rule(self) -> WatchRule:
        """How long a cured or restructured loan is watched."""
        return WatchRule(self.watch.after_days, self.watch.days, self.watch.instalments)

    def waterfall_order(self) -> Waterfall:
        """The order in which payments settle."""
        return Waterfall(completed(self.waterfall.order), self.waterfall.processing)

    def bucket_list(self) -> tuple[Bucket, ...]:
        """The buckets, rising."""
        return tuple(Bucket(bucket.name, bucket.from_day) for bucket in self.buckets)
