"""What the gate's use cases are asked to do, what they show, and what they refuse."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dunwell.contact.model.words import LENDER, Channel, Direction, HoldKind, Outcome, Phase, Purpose
from dunwell.kernel.errors import Conflict, Invalid, NotFound
from dunwell.kernel.ids import BorrowerId, HoldId, LoanId, VerdictId


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Stop collection from this borrower, of one loan or of all. Placing the same id again is no news."""

    id: HoldId
    borrower: BorrowerId
    kind: HoldKind
    reason: str
    loan: LoanId | None = None
    from_on: date | None = None
    until_on: date | None = None
    treatment_ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class LiftHold:
    id: HoldId
    reason: str


@dataclass(frozen=True, slots=True)
class EndTreatment:
    """The treatment of a mental-health crisis ended on that day; what the law adds to it is counted from there."""

    id: HoldId
    ended_on: date


@dataclass(frozen=True, slots=True)
class KeptHold:
    """A hold as it was placed and, perhaps, lifted."""

    id: HoldId
    borrower: BorrowerId
    loan: LoanId | None
    kind: HoldKind
    from_on: date
    until_on: date | None
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str | None
    treatment_ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class OptOut:
    """This borrower is not to be contacted through this channel. `source`: how we know (reply, api, link …)."""

    borrower: BorrowerId
    channel: Channel
    source: str


@dataclass(frozen=True, slots=True)
class OptIn:
    """The borrower asked for the channel again."""

    borrower: BorrowerId
    channel: Channel
    source: str


@dataclass(frozen=True, slots=True)
class KeptOptOut:
    borrower: BorrowerId
    channel: Channel
    at: datetime
    source: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Touch:
    """A contact to keep in the history. `id` is the caller's: the same id again moves the outcome only.

    An outcome `failed` gives back the slots that the verdict took; `promised`: a promise to pay was given in it.
    """

    id: UUID
    borrower: BorrowerId
    at: datetime
    channel: Channel
    outcome: Outcome
    loans: tuple[LoanId, ...] = ()
    purpose: Purpose = Purpose.COLLECTION
    number: UUID | None = None
    direction: Direction = Direction.OUTBOUND
    actor: str = LENDER
    verdict: VerdictId | None = None
    message: UUID | None = None
    promised: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows of a list, and from where on. None: whatever."""

    borrower: BorrowerId | None = None
    word: str | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class VerdictFilter:
    """Which verdicts, and from where on. None: whatever. `code`, `rule`: of any reason; `end` is exclusive.

    `loan`: verdicts on contacts about it, with people who have or had a part in it.
    """

    borrower: BorrowerId | None = None
    loan: LoanId | None = None
    answer: str | None = None
    channel: str | None = None
    code: str | None = None
    rule: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class CountVerdicts:
    """Count reasons by day, from the first through the last; by rule id, or by code."""

    first: date
    last: date
    by_code: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a rule, or a code, was a reason of this answer on that business day."""

    day: date
    word: str
    answer: str
    contacts: int


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """A verdict as it was kept; `reasons` as they stood then."""

    id: VerdictId
    at: datetime
    judged_for: datetime
    phase: Phase
    borrower: BorrowerId
    loans: tuple[LoanId, ...]
    channel: Channel
    purpose: Purpose
    answer: str
    until: datetime | None
    reasons: tuple[Mapping[str, object], ...]
    duties: tuple[str, ...]
    pack: str
    pack_version: str
    policy_version: int
    message: UUID | None
    actor: str
    agent: UUID | None
    number: UUID | None


@dataclass(frozen=True, slots=True)
class KeptContact:
    """A touch with the answer it was made under."""

    id: UUID
    borrower: BorrowerId
    at: datetime
    channel: Channel
    direction: Direction
    purpose: Purpose
    outcome: Outcome
    actor: str
    loans: tuple[LoanId, ...]
    verdict: VerdictId | None
    answer: str | None
    message: UUID | None
    promised: bool


class HoldNotFound(NotFound):
    """No such hold."""

    code = "hold.not-found"


class HoldDiffers(Conflict):
    """Another hold has this id."""

    code = "hold.differs"


class HoldWrong(Invalid):
    """The hold cannot be placed as described."""

    code = "hold.invalid"


class SpanWrong(Invalid):
    """The span to list or count over is none, or too long."""

    code = "verdict.span"


class VerdictNotFound(NotFound):
    """No such verdict."""

    code = "verdict.not-found"


class BorrowerUnknown(NotFound):
    """No such borrower."""

    code = "contact.borrower-unknown"


class CaseFileBroken(Invalid):
    """A file of paper cases that does not have the form of one."""

    code = "contact.case-file"
