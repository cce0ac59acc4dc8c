"""What a contract adds to money that is overdue: the terms, the history they work on, and what they come to.

Amounts are whole minor units of the loan's currency; rates are annual fractions (`Decimal("0.12")` is 12 % a year).
Spans of days are half-open: interest of `[start, end)` is owed on `end`. A payment received on a day ends the span
that it settles on that day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from dunwell.kernel.errors import Broken
from dunwell.loans.model.values import MONTHLY, Every
from dunwell.loans.model.words import AfterGrace, Component, DayCount, Unit


class OverdueItem(StrEnum):
    """What overdue terms add: 滞纳金 (late fee), 罚息 (penalty interest), 复利 (compound interest)."""

    FEE = "late_fee"
    PENALTY = "penalty_interest"
    COMPOUND = "compound_interest"


@dataclass(frozen=True, slots=True)
class LateFee:
    """`flat` minor units plus the fraction `rate` of the most that was open, not below `least`, not above `most`.

    Once for an instalment that is late; with `every`, once in each such period (counted from the due date, or
    from the end of a grace that is forgiven) in which the instalment is late on some day.
    """

    flat: int = 0
    rate: Decimal = Decimal(0)
    least: int = 0
    most: int | None = None
    every: Every | None = None


@dataclass(frozen=True, slots=True)
class OverdueRate:
    """An annual rate: `annual`, plus `times` the contract's rate of the day. 1.5 × the contract's: `times=1.5`."""

    annual: Decimal = Decimal(0)
    times: Decimal = Decimal(0)

    def on(self, contract_rate: Decimal) -> Fraction:
        """The rate in force while the contract's is `contract_rate`."""
        return Fraction(self.annual) + Fraction(self.times) * Fraction(contract_rate)


@dataclass(frozen=True, slots=True)
class Compound:
    """Interest on unpaid interest and, with `on_penalty`, on penalty interest that was not paid.

    Penalty interest joins the base at the end of each period `every`, counted from the due date.
    """

    rate: OverdueRate
    on_penalty: bool = False
    every: Every = MONTHLY


@dataclass(frozen=True, slots=True)
class OverdueTerms:
    """What the contract adds to an instalment that was not paid in time; by default nothing.

    An instalment is late on a day on which more than `tolerance` of it is open. Settled within `grace_days` after
    its due date it was never late; settled later, days count `after_grace`: from the due date, or from the end of
    the grace. Penalty interest runs on the open amount of the components `penalty_on`, by `day_count` (None: the
    contract's; a 30/360 count gives every day its place in a month of 30, so that spans add up).
    """

    late_fee: LateFee | None = None
    penalty: OverdueRate | None = None
    penalty_on: tuple[Component, ...] = (Component.PRINCIPAL,)
    compound: Compound | None = None
    day_count: DayCount | None = None
    grace_days: int = 0
    after_grace: AfterGrace = AfterGrace.FROM_DUE_DATE
    tolerance: int = 0

    @property
    def adds_nothing(self) -> bool:
        return self.late_fee is None and self.penalty is None and self.compound is None


class Segment(NamedTuple):
    """`base` of a component of an instalment is open in `[start, end)`; `end` None: still open.

    Segments of one component may touch, have gaps (paid, then charged back) or overlap (they add up). What lies
    before the instalment's due date is not overdue and is ignored.
    """

    instalment: int
    component: Component
    base: int
    due_on: date
    start: date
    end: date | None = None


class RateFrom(NamedTuple):
    """The contract's annual rate from a day on; before the first such day, the first holds."""

    start: date
    annual: Decimal


class Relief(NamedTuple):
    """A time of relief: with `stops_interest` nothing is added for days in `[start, end)`."""

    start: date
    end: date | None = None
    stops_interest: bool = True


class PenaltySettled(NamedTuple):
    """Penalty interest of an instalment that was paid or waived on a day (negative: opened again)."""

    instalment: int
    on: date
    amount: int


class AccrualLine(NamedTuple):
    """One line of the working: base × rate × days, or one late fee (`rate` is its fraction, `days` 0).

    `days` are days of the day count; `amount` is exact; `rule` names the term of the contract.
    """

    instalment: int
    item: OverdueItem
    start: date
    end: date
    days: int
    base: Fraction
    rate: Fraction
    amount: Fraction
    rule: str


class AccruedItem(NamedTuple):
    """What one item of one instalment comes to: exactly, and half-even to the minor unit."""

    instalment: int
    item: OverdueItem
    exact: Fraction
    amount: int


@dataclass(frozen=True, slots=True)
class Accrued:
    """What the overdue terms added up to a day. Each item of each instalment is rounded once, on its whole."""

    to: date
    items: tuple[AccruedItem, ...] = ()
    lines: tuple[AccrualLine, ...] = ()

    @property
    def fees(self) -> int:
        return self._of(OverdueItem.FEE)

    @property
    def penalties(self) -> int:
        return self._of(OverdueItem.PENALTY)

    @property
    def compound(self) -> int:
        return self._of(OverdueItem.COMPOUND)

    @property
    def total(self) -> int:
        return sum(each.amount for each in self.items)

    def _of(self, item: OverdueItem) -> int:
        return sum(each.amount for each in self.items if each.item is item)


def overdue_json(terms: OverdueTerms) -> dict[str, Any]:
    """The terms as JSON: rates as text, amounts as minor units; `overdue_of` reads it back."""
    fee, compound = terms.late_fee, terms.compound
    return {
        "late_fee": fee
        and {
            "flat": fee.flat,
            "rate": str(fee.rate),
            "least": fee.least,
            "most": fee.most,
            "every": fee.every and _every_json(fee.every),
        },
        "penalty": terms.penalty and _rate_json(terms.penalty),
        "penalty_on": [component.value for component in terms.penalty_on],
        "compound": compound
        and {
            "rate": _rate_json(compound.rate),
            "on_penalty": compound.on_penalty,
            "every": _every_json(compound.every),
        },
        "day_count": terms.day_count and terms.day_count.value,
        "grace_days": terms.grace_days,
        "after_grace": terms.after_grace.value,
        "tolerance": terms.tolerance,
    }


def overdue_of(kept: Mapping[str, Any]) -> OverdueTerms:
    """The terms that were kept; an empty object adds nothing. Raises `Broken` for what `overdue_json` never wrote."""
    try:
        fee, penalty, compound = kept.get("late_fee"), kept.get("penalty"), kept.get("compound")
        day_count = kept.get("day_count")
        return OverdueTerms(
            late_fee=_fee_of(fee) if fee else None,
            penalty=_rate_of(penalty) if penalty else None,
            penalty_on=tuple(Component(each) for each in kept.get("penalty_on", ["principal"])),
            compound=Compound(
                _rate_of(compound["rate"]), compound["on_penalty"], _every_of(compound["every"])
            )
            if compound
            else None,
            day_count=DayCount(day_count) if day_count else None,
            grace_days=kept.get("grace_days", 0),
            after_grace=AfterGrace(kept.get("after_grace", AfterGrace.FROM_DUE_DATE)),
            tolerance=kept.get("tolerance", 0),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise Broken(f"kept overdue terms cannot be read: {type(error).__name__}") from error


def _every_json(every: Every) -> dict[str, Any]:
    return {"count": every.count, "unit": every.unit.value}


def _every_of(kept: Mapping[str, Any]) -> Every:
    return Every(kept["count"], Unit(kept["unit"]))


def _rate_json(rate: OverdueRate) -> dict[str, str]:
    return {"annual": str(rate.annual), "times": str(rate.times)}


def _rate_of(kept: Mapping[str, Any]) -> OverdueRate:
    return OverdueRate(Decimal(kept["annual"]), Decimal(kept["times"]))


def _fee_of(kept: Mapping[str, Any]) -> LateFee:
    every = kept["every"]
    return LateFee(
        kept["flat"], Decimal(kept["rate"]), kept["least"], kept["most"], _every_of(every) if every else None
    )
