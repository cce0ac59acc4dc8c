"""Terms, instalments, slices, conventions: what the rules work on.

Amounts are whole minor units of the loan's one currency (`int`); `Money` is used where a value crosses the
border of the area.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from dunwell.loans.model.clauses import PLAIN, BusinessDays, Clauses
from dunwell.loans.model.words import AfterGrace, Component, DayCount, FirstDay, Method, Processing, Unit


@dataclass(frozen=True, slots=True)
class Every:
    """The distance between two due dates: one month, two weeks, 30 days."""

    count: int = 1
    unit: Unit = Unit.MONTH


MONTHLY: Final = Every()


@dataclass(frozen=True, slots=True)
class Terms:
    """The contract, as far as a schedule needs it. `annual_rate` is a fraction: 0.12 is 12 % a year.

    Without `first_due_on` the first instalment falls due one period after the money was paid out.
    """

    principal: int
    annual_rate: Decimal
    method: Method
    day_count: DayCount
    disbursed_on: date
    count: int
    every: Every
    first_due_on: date | None = None
    clauses: Clauses = PLAIN


class Due(NamedTuple):
    """An instalment: number from 1, due date, and what of it is owed, by component.

    A named tuple because tapes make millions of them.
    """

    number: int
    due_on: date
    principal: int
    interest: int
    costs: int = 0
    fees: int = 0
    penalties: int = 0

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.costs + self.fees + self.penalties


class Paid(NamedTuple):
    """What of an instalment is settled, by component, and the day that settled the last of it."""

    principal: int = 0
    interest: int = 0
    costs: int = 0
    settled_on: date | None = None
    fees: int = 0
    penalties: int = 0

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.costs + self.fees + self.penalties


class GivenUp(NamedTuple):
    """What of an instalment the lender waived, by component."""

    principal: int = 0
    interest: int = 0
    costs: int = 0
    fees: int = 0
    penalties: int = 0

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.costs + self.fees + self.penalties


UNPAID: Final = Paid()
UNWAIVED: Final = GivenUp()


class Instalment(NamedTuple):
    """What falls due, beside what of it is settled and what of it was waived."""

    due: Due
    paid: Paid = UNPAID
    waived: GivenUp = UNWAIVED

    @property
    def outstanding(self) -> int:
        return self.due.total - self.paid.total - self.waived.total

    def open(self, component: Component) -> int:
        """What of one component is neither settled nor waived."""
        due, paid, waived = self
        return getattr(due, component) - getattr(paid, component) - getattr(waived, component)


class Slice(NamedTuple):
    """The part of a payment that settled one component of one instalment."""

    instalment: int
    component: Component
    amount: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a payment settled. Slices and surplus add up to the payment."""

    slices: tuple[Slice, ...]
    surplus: int


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The order in which a payment settles what is owed: names each component once."""

    order: tuple[Component, ...] = (
        Component.COSTS,
        Component.FEES,
        Component.PENALTIES,
        Component.INTEREST,
        Component.PRINCIPAL,
    )
    processing: Processing = Processing.INSTALMENT_FIRST


def completed(order: Sequence[Component]) -> tuple[Component, ...]:
    """All five components: in an order of three, as kept at first, fees and penalties follow the costs."""
    if len(order) == len(Component):
        return tuple(order)
    at = order.index(Component.COSTS) + 1
    return (*order[:at], Component.FEES, Component.PENALTIES, *order[at:])


@dataclass(frozen=True, slots=True)
class Convention:
    """How a tenant counts days past due. An instalment with at most `tolerance` open counts as settled.

    - `business_days`: a due date on any other day counts as the next business day; without it, as it stands;
    - `instalment_grace`: whether the grace covers each instalment too, or only decides whether the loan is late.
    """

    first_day: FirstDay = FirstDay.DAY_AFTER_DUE
    grace_days: int = 0
    after_grace: AfterGrace = AfterGrace.FROM_DUE_DATE
    tolerance: int = 0
    business_days: BusinessDays | None = None
    instalment_grace: bool = True


class Pause(NamedTuple):
    """Being late is not counted from the end of `starts_on` to the end of `ends_on`; `None`: until further notice.

    What was counted on `starts_on` is what is counted on `ends_on`; a pause resumed early ends on that day.
    """

    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A range of days past due, from `from_day` to the next bucket's."""

    name: str
    from_day: int


class Received(NamedTuple):
    """A payment as replay and ageing see it, in the order (`received_on`, arrival)."""

    id: UUID
    amount: int
    received_on: date
    reference: str = ""


@dataclass(frozen=True, slots=True)
class WorkingLine:
    """One instalment in the working: what was open on the day, and whether it made the loan late.

    `days_late` is the plain distance, signed; `days_past_due` and `bucket` are its own by the convention.
    """

    number: int
    due_on: date
    due: int
    outstanding: int
    settled_on: date | None
    days_late: int
    counts: bool
    days_past_due: int
    bucket: str


@dataclass(frozen=True, slots=True)
class Working:
    """Days past due on a day, and everything it was counted from.

    `calendar_days` (past-due days) is the plain distance from `since`; `days_past_due` (delinquent days) is what the
    convention makes of it: counted from `counted_from` (`since`, rolled to a business day), less `paused_days`, after
    the grace. `delinquent_since` is the day on which the grace is used up; `overdue` is what fell due before `on`.
    """

    on: date
    since: date | None
    calendar_days: int
    days_past_due: int
    bucket: str
    convention: Convention
    instalments: tuple[WorkingLine, ...]
    payments: tuple[Received, ...]
    counted_from: date | None
    delinquent_since: date | None
    paused_days: int
    overdue: int
    pauses: tuple[Pause, ...]
