"""What is rehearsed, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from dunwell.kernel.errors import Invalid, NotFound
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.tenancy.model import Files


class RehearsalInvalid(Invalid):
    """Days that cannot be rehearsed, or nothing to compare."""

    code = "rehearsal.invalid"


class RehearsalNotFound(NotFound):
    """There is no such rehearsal."""

    code = "rehearsal.not-found"


class Mode(StrEnum):
    """HISTORY: days that were, on what was known then. FORECAST: days to come, as if nobody paid."""

    HISTORY = "history"
    FORECAST = "forecast"


class State(StrEnum):
    RUNNING = "running"
    DONE = "done"


class Fate(StrEnum):
    """What becomes of one step of one loan. `delayed`: sent, but only when a hold opened."""

    SENT = "sent"
    DELAYED = "delayed"
    DENIED = "denied"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Rehearse:
    """Compare `version` (None: in force) with `other`, or with the files in `proposed`, from `first` to `last`.

    `proposed` replaces whole files of the version by name: `{"strategy": {…}}`.
    """

    mode: Mode
    first: date
    last: date
    version: int | None = None
    other: int | None = None
    proposed: Files = field(default_factory=dict[str, Mapping[str, object]])


@dataclass(frozen=True, slots=True)
class Span:
    """A loan between two bookings: its anchor and what was open did not change. `until` None: to this day."""

    loan: LoanId
    borrower: BorrowerId
    product: str
    currency: str
    principal: int
    anchor_on: date
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One step on one side."""

    loan: LoanId
    borrower: BorrowerId
    planned_for: date
    channel: str
    cadence: str
    step: str
    fate: Fate
    reasons: tuple[str, ...] = ()
    hour: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """A step that the sides treat differently; None: that side has none there."""

    was: Line | None
    now: Line | None

    @property
    def line(self) -> Line:
        """Either: loan, borrower, day and channel are the same."""
        found = self.was or self.now
        assert found is not None, "a difference has a side"  # noqa: S101 - said by whoever makes one
        return found


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How far a rehearsal is and what it counted.

    `counts` by side (`a`, `b`), by what is counted (`fate`, `reason`, `cadence`, `day`, `hour`, `channel`,
    `messages`, `borrowers`, `per_borrower`) and by its name; `differences` by `was→is`.
    """

    id: UUID
    asked_at: datetime
    asked_by: str
    mode: Mode
    first: date
    last: date
    version: int
    other: int | None
    state: State
    reached: UUID | None
    borrowers: int
    counts: Mapping[str, Mapping[str, Mapping[str, int]]]
    finished_at: datetime | None
    proposed: Files = field(default_factory=dict[str, Mapping[str, object]], repr=False)


@dataclass(frozen=True, slots=True)
class KeptDifference:
    """A difference as it is kept and shown."""

    loan: UUID
    borrower: UUID
    planned_for: date
    channel: str
    was: tuple[str, str, str] | None
    now: tuple[str, str, str] | None
