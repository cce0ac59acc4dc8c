"""The clauses of a contract as JSON: every one is optional, and what is left out is as in a plain schedule."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from dunwell.kernel.errors import Fault
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    PLAIN,
    WEEKENDS,
    Accrual,
    BusinessDays,
    Clauses,
    Keep,
    Level,
    LoanInvalid,
    RateChange,
    Roll,
    Rounding,
    Spread,
    Tranche,
)
from dunwell.web.shapes import Day, In, MoneyIn

RateText = Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,8})?$", examples=["0.12"])]
Some = Annotated[int, Field(ge=0, le=600)]


class TrancheIn(In):
    """A further disbursement; `principal` of the loan includes it."""

    on: Day
    amount: MoneyIn
    keep: Keep = Keep.TERM


class RateChangeIn(In):
    """Another yearly rate, a fraction, from this day on."""

    on: Day
    annual_rate: RateText
    keep: Keep = Keep.TERM


class BusinessDaysIn(In):
    """Which days are business days; `weekend` in ISO numbers, 7 is Sunday."""

    weekend: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=6)] = Field(
        default_factory=lambda: list(WEEKENDS.weekend)
    )
    holidays: Annotated[list[Day], Field(max_length=2000)] = Field(default_factory=list[Day])
    workdays: Annotated[list[Day], Field(max_length=2000)] = Field(default_factory=list[Day])

    def days(self) -> BusinessDays:
        return BusinessDays(
            tuple(sorted(set(self.weekend))),
            tuple(sorted(set(self.holidays))),
            tuple(sorted(set(self.workdays))),
        )


class ClausesIn(In):
    """What the contract says beyond the plain schedule of its method."""

    interest_only: Some = 0
    interest_deferred: Some = 0
    interest_free: Some = 0
    amortised_over: Annotated[int, Field(ge=1, le=600)] | None = None
    balloon: MoneyIn | None = None
    instalment: MoneyIn | None = None
    level: Level = Level.AS_THEY_ARE
    multiple_of: MoneyIn | None = None
    rounding: Rounding = Rounding.HALF_EVEN
    down_payment: Annotated[str, Field(pattern=r"^0(\.[0-9]{1,8})?$", examples=["0.25"])] = "0"
    tranches: Annotated[list[TrancheIn], Field(max_length=100)] = Field(default_factory=list[TrancheIn])
    spread: Spread = Spread.REMAINING
    rates: Annotated[list[RateChangeIn], Field(max_length=100)] = Field(default_factory=list[RateChangeIn])
    roll: Roll = Roll.NONE
    business_days: BusinessDaysIn | None = None
    accrues_to_roll: bool = False
    accrual: Accrual = Accrual.PERIOD

    def clauses(self, currency: str) -> Clauses:
        """Raises `LoanInvalid` for an amount in another currency than the principal."""
        return Clauses(
            interest_only=self.interest_only,
            interest_deferred=self.interest_deferred,
            interest_free=self.interest_free,
            amortised_over=self.amortised_over,
            balloon=_minor(self.balloon, "balloon", currency),
            instalment=_minor(self.instalment, "instalment", currency),
            level=self.level,
            multiple_of=_minor(self.multiple_of, "multiple_of", currency) or PLAIN.multiple_of,
            rounding=self.rounding,
            down_payment=Decimal(self.down_payment),
            tranches=tuple(
                Tranche(each.on, _minor(each.amount, f"tranches[{place}].amount", currency) or 0, each.keep)
                for place, each in enumerate(self.tranches)
            ),
            spread=self.spread,
            rates=tuple(RateChange(each.on, Decimal(each.annual_rate), each.keep) for each in self.rates),
            roll=self.roll,
            business_days=self.business_days.days() if self.business_days else WEEKENDS,
            accrues_to_roll=self.accrues_to_roll,
            accrual=self.accrual,
        )


def _minor(given: MoneyIn | None, name: str, currency: str) -> int | None:
    if given is None:
        return None
    field = f"clauses.{name}"
    money: Money = given.not_negative(field)
    if money.currency != currency:
        fault = Fault(field, "another currency than the principal", f"write it in {currency}")
        raise LoanInvalid("the clauses are in another currency", faults=[fault])
    return money.minor
