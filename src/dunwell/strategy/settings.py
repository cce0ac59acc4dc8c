"""What `strategy.toml` of a tenant may say: its cadences.

[[cadences]]
name = "standard"                       # a loan follows the first cadence whose segment it is in
title = { en = "Standard", zh = "标准" }

[cadences.segment]                      # optional; what is left out does not matter
products = ["payday"]
currency = "CNY"
least = "100.00"                        # principal, in `currency`
most = "50000.00"

[[cadences.steps]]
key = "d3"                              # names the step for ever: planned once per loan and due date
day = 3                                 # days after (negative: before) the oldest unpaid due date
at = "10:00"                            # the borrower's local time
channel = "sms"
template = "overdue"
purpose = "collection"                  # optional: after the due date; up to it, "reminder"
least_due = "1.00"                      # optional: in the loan's currency, not below this amount
dpd_from = 1                            # optional: only within this range of days past due
dpd_to = 90
valid_hours = 48                        # optional: a message that could not leave by then expires
"""

import re
from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from dunwell.kernel.errors import Fault, Invalid
from dunwell.kernel.money import EXPONENT, Money
from dunwell.strategy.model import Cadence, Segment, Step, Strategy
from dunwell.tenancy.files import model_check
from dunwell.tenancy.model import Files

FARTHEST: Final = 3650
MOST_STEPS: Final = 60
CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=4)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SegmentTable(_Table):
    """Which loans a cadence is for."""

    products: tuple[str, ...] = ()
    currency: str | None = None
    least: str | None = None
    most: str | None = None

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, currency: str | None) -> str | None:
        if currency is not None and currency not in EXPONENT:
            raise ValueError("unknown currency: use an ISO 4217 code such as CNY")
        return currency

    @field_validator("least", "most")
    @classmethod
    def _amount(cls, amount: str | None, info: ValidationInfo) -> str | None:
        currency: str | None = info.data.get("currency")
        if amount is None:
            return None
        if currency is None:
            raise ValueError("an amount needs `currency` in the same segment")
        try:
            Money.parse(amount, currency)
        except Invalid as error:
            raise ValueError(error.detail) from error
        return amount

    def segment(self) -> Segment:
        return Segment(
            frozenset(self.products), self.currency, self._minor(self.least), self._minor(self.most)
        )

    def _minor(self, amount: str | None) -> int | None:
        return Money.parse(amount, self.currency).minor if amount is not None and self.currency else None


class StepTable(_Table):
    """One step of a cadence."""

    key: Name
    day: Annotated[int, Field(ge=-FARTHEST, le=FARTHEST)]
    at: str = "10:00"
    channel: Literal["sms", "email"]
    template: Name
    purpose: Literal["reminder", "collection"] | None = None
    least_due: Amount | None = None
    dpd_from: Annotated[int, Field(ge=0, le=FARTHEST)] | None = None
    dpd_to: Annotated[int, Field(ge=0, le=FARTHEST)] | None = None
    valid_hours: Annotated[int, Field(ge=1, le=24 * 14)] = 48

    @field_validator("at")
    @classmethod
    def _wall_clock(cls, at: str) -> str:
        if not CLOCK.match(at):
            raise ValueError('not a local time: write it as "10:00"')
        return at

    @field_validator("purpose")
    @classmethod
    def _fits_the_day(cls, purpose: str | None, info: ValidationInfo) -> str | None:
        # The gate judges the two differently, so a file cannot call collection by another name.
        day: int | None = info.data.get("day")
        if purpose is None or day is None or purpose == _purpose(day):
            return purpose
        if day > 0:
            raise ValueError('after the due date a message collects: use purpose = "collection"')
        raise ValueError('up to the due date nothing is overdue: use purpose = "reminder"')

    @field_validator("dpd_to")
    @classmethod
    def _range(cls, dpd_to: int | None, info: ValidationInfo) -> int | None:
        dpd_from: int | None = info.data.get("dpd_from")
        if dpd_to is not None and dpd_from is not None and dpd_to < dpd_from:
            raise ValueError("dpd_to lies before dpd_from")
        return dpd_to

    def step(self) -> Step:
        return Step(
            key=self.key,
            day=self.day,
            at=time.fromisoformat(self.at),
            channel=self.channel,
            template=self.template,
            purpose=_purpose(self.day),
            least_due=self.least_due,
            dpd_from=self.dpd_from,
            dpd_to=self.dpd_to,
            valid=timedelta(hours=self.valid_hours),
        )


def _purpose(day: int) -> str:
    return "collection" if day > 0 else "reminder"


class CadenceTable(_Table):
    """One cadence: segment and steps."""

    name: Name
    title: dict[str, str] = Field(default_factory=dict[str, str])
    segment: SegmentTable = SegmentTable()
    steps: Annotated[tuple[StepTable, ...], Field(min_length=1, max_length=MOST_STEPS)]

    @field_validator("steps")
    @classmethod
    def _distinct(cls, steps: tuple[StepTable, ...]) -> tuple[StepTable, ...]:
        seen: set[str] = set()
        for step in steps:
            if step.key in seen:
                raise ValueError(f"two steps are called {step.key}: a key names one step for ever")
            seen.add(step.key)
        return steps

    def cadence(self) -> Cadence:
        steps = sorted((table.step() for table in self.steps), key=lambda step: (step.day, step.at, step.key))
        return Cadence(self.name, dict(self.title), self.segment.segment(), tuple(steps))


class StrategyFile(_Table):
    """The whole of `strategy.toml`. No cadence at all is a choice: nobody is reminded."""

    cadences: Annotated[tuple[CadenceTable, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _distinct_names(self) -> Self:
        seen: set[str] = set()
        for cadence in self.cadences:
            if cadence.name in seen:
                raise ValueError(f"two cadences are called {cadence.name}")
            seen.add(cadence.name)
        return self

    def strategy(self, version: int) -> Strategy:
        """The cadences as the planner reads them, marked with the version of the publication."""
        return Strategy(version, tuple(table.cadence() for table in self.cadences))


def check_files(proposed: Files) -> list[Fault]:
    """What is wrong with the cadences of a tenant's files: the file itself, and templates that are not there."""
    faults = list(model_check("strategy", StrategyFile)(proposed))
    if faults:
        return faults
    file = StrategyFile.model_validate(dict(proposed.get("strategy", {})))
    return [
        Fault(
            f"strategy.toml:cadences.{place}.steps.{position}.template",
            f"there is no templates/{step.template}.toml",
            "write the template, or name one that exists",
        )
        for place, cadence in enumerate(file.cadences)
        for position, step in enumerate(cadence.steps)
        if f"templates/{step.template}" not in proposed
    ]
