"""Cadences, steps, and what the planner says about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from dunwell.kernel.errors import Broken, NotFound
from dunwell.kernel.ids import BorrowerId, LoanId, MessageId, VerdictId


class CadenceNotFound(NotFound):
    """The published strategy has no cadence of that name."""

    code = "cadence.not-found"


class PlannerAhead(Broken):
    """The plan of this tenant reaches past its own today: its clock went backwards."""

    code = "cadence.planner-ahead"


# Why a step was not proposed; a verdict of the gate carries its own reasons.
SUPERSEDED: Final = "later-step"
NOTHING_OWED: Final = "nothing-owed"
BELOW_LEAST: Final = "below-least-due"
BEFORE_RANGE: Final = "before-dpd-range"
AFTER_RANGE: Final = "after-dpd-range"
UNREACHABLE: Final = "no-address"


class StepOutcome(StrEnum):
    """What became of one step of one loan when its day came. Written once, never changed."""

    PLANNED = "planned"
    HELD = "held"
    DENIED = "denied"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Segment:
    """Which loans a cadence is for; what is not named does not matter. Amounts are minor units of principal."""

    products: frozenset[str] = frozenset()
    currency: str | None = None
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: on `anchor + day`, at the borrower's local time `at`, unless its conditions fail.

    `valid`: how long after that its message may still leave.
    """

    key: str
    day: int
    at: time
    channel: str
    template: str
    purpose: str
    least_due: Decimal | None = None
    dpd_from: int | None = None
    dpd_to: int | None = None
    valid: timedelta = timedelta(hours=48)

    def falls_on(self, anchor_on: date) -> date:
        """The day of the step for a loan whose oldest unpaid instalment fell due on that date."""
        return anchor_on + timedelta(days=self.day)


@dataclass(frozen=True, slots=True)
class Cadence:
    """A named list of steps for one segment, in the order of the days."""

    name: str
    title: Mapping[str, str]
    segment: Segment
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Strategy:
    """Every cadence of a tenant in the order of the file: a loan follows the first whose segment it is in."""

    version: int
    cadences: tuple[Cadence, ...]

    def step(self, cadence: str, key: str) -> Step:
        """The step of that name. Raises `CadenceNotFound`."""
        for each in self.cadences:
            if each.name == cadence:
                for step in each.steps:
                    if step.key == key:
                        return step
        raise CadenceNotFound(f"no step {key} in cadence {cadence}")


@dataclass(frozen=True, slots=True)
class Owed:
    """What a loan asks for as it stands, in major units: `due` has fallen due or, if nothing has, falls due next."""

    due: Decimal
    outstanding: Decimal
    days_past_due: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A step of a loan whose day has come and that nobody has planned."""

    loan: LoanId
    borrower: BorrowerId
    anchor_on: date
    cadence: str
    step: Step
    planned_for: date

    def row(
        self,
        strategy: Strategy,
        outcome: StepOutcome,
        reason: str = "",
        message: MessageId | None = None,
        verdict: VerdictId | None = None,
    ) -> "StepRow":
        """The line of the ledger that says what became of this step."""
        return StepRow(
            loan=self.loan,
            anchor_on=self.anchor_on,
            step=self.step.key,
            borrower=self.borrower,
            cadence=self.cadence,
            version=strategy.version,
            channel=self.step.channel,
            planned_for=self.planned_for,
            outcome=outcome,
            reason=reason,
            message=message,
            verdict=verdict,
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """The steps of one borrower's loans that go out as one message: `lead` decides template, hour, purpose."""

    borrower: BorrowerId
    channel: str
    lead: Candidate
    members: tuple[Candidate, ...]

    @property
    def loans(self) -> tuple[LoanId, ...]:
        """The loans the message names, the lead's first."""
        first = self.lead.loan
        return (first, *(each.loan for each in self.members if each.loan != first))


@dataclass(frozen=True, slots=True)
class StepRow:
    """One line of the plan ledger."""

    loan: LoanId
    anchor_on: date
    step: str
    borrower: BorrowerId
    cadence: str
    version: int
    channel: str
    planned_for: date
    outcome: StepOutcome
    reason: str = ""
    message: MessageId | None = None
    verdict: VerdictId | None = None
    planned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlanBatch:
    """Plan the next `limit` borrowers after `after` (in id order) whose steps fall due up to today."""

    after: UUID | None = None
    limit: int = 500


@dataclass(frozen=True, slots=True)
class Planned:
    """What one batch did. `more_after` is where the next batch begins; `None` when the day is complete."""

    steps: int = 0
    messages: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict[str, int])
    more_after: UUID | None = None
    day: date | None = None

    def plus(self, other: "Planned") -> "Planned":
        """Both together; `more_after` and `day` of the later one."""
        keys = {*self.outcomes, *other.outcomes}
        return Planned(
            self.steps + other.steps,
            self.messages + other.messages,
            {key: self.outcomes.get(key, 0) + other.outcomes.get(key, 0) for key in sorted(keys)},
            other.more_after,
            other.day,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the plan reaches, and steps counted by (cadence, version, outcome)."""

    planned_through: date | None
    counts: Mapping[tuple[str, int, str], int]


@dataclass(frozen=True, slots=True)
class StepQuery:
    """A page of the plan ledger, newest day first."""

    borrower: BorrowerId | None = None
    loan: LoanId | None = None
    outcome: StepOutcome | None = None
    limit: int = 50
    cursor: str | None = None
