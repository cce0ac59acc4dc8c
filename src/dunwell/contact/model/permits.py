"""Permits: one contact by hand, allowed once, for minutes, to one asker. What is asked, shown and refused."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dunwell.contact.model.commands import KeptVerdict
from dunwell.contact.model.proposals import Visit
from dunwell.contact.model.words import LENDER, Channel, Outcome, Purpose
from dunwell.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId, VerdictId


class PermitState(StrEnum):
    """`overdue`: shown, its time is over and nobody said what became of it; it counts as a contact until then."""

    ISSUED = "issued"
    REVEALED = "revealed"
    RECORDED = "recorded"
    OVERDUE = "overdue"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class AskPermit:
    """May this person be called, visited or written to by hand? `point` None: the best of the kind the channel needs.

    `text`: what would be written, for channels that carry a text. `agent`: the registered person who acts.
    """

    borrower: BorrowerId
    loans: tuple[LoanId, ...]
    channel: Channel
    purpose: Purpose = Purpose.COLLECTION
    point: ContactPointId | None = None
    agent: UUID | None = None
    actor: str = LENDER
    sender: str | None = None
    text: str | None = field(default=None, repr=False)
    visit: Visit | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit; `id` is the id of the verdict that allowed it, and of the touch that counts while it stands."""

    id: VerdictId
    borrower: BorrowerId
    point: ContactPointId
    loans: tuple[LoanId, ...]
    channel: Channel
    purpose: Purpose
    asked_by: str
    agent: UUID | None
    actor: str
    sender: str | None
    asked: bytes = field(repr=False)
    state: PermitState
    issued_at: datetime
    expires_at: datetime
    revealed_at: datetime | None
    judged_again: VerdictId | None
    closed_at: datetime | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The gate's answer. `permit` only under an ALLOW."""

    verdict: KeptVerdict
    permit: Permit | None


@dataclass(frozen=True, slots=True)
class Revealed:
    """The verdict of this moment and, if it is still ALLOW, what to dial or where to go. Never logged, never kept."""

    permit: Permit
    verdict: KeptVerdict
    number: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UsePermit:
    """Reveal it or hand it back. `agent` must be the one it was asked for."""

    id: VerdictId
    agent: UUID | None = None


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """What became of a permit. `note`: free text or a transcript; `promised`: to pay, in this contact."""

    id: VerdictId
    outcome: Outcome
    promised: bool = False
    note: str | None = field(default=None, repr=False)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class InboundContact:
    """Somebody contacted us: whom, how, when, from which number. No loans: about every open one."""

    borrower: BorrowerId
    channel: Channel
    at: datetime
    outcome: Outcome
    loans: tuple[LoanId, ...] = ()
    point: ContactPointId | None = None
    actor: str = LENDER
    note: str | None = field(default=None, repr=False)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class KeptNote:
    """That a contact has a note, and what the content check found in it; the text is read apart."""

    contact: UUID
    borrower: BorrowerId
    channel: Channel
    classes: tuple[str, ...]
    flagged: bool
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class ReadNote:
    """Show a note, for a reason that is kept."""

    contact: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class OpenNote:
    note: KeptNote
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A contact whose outcome is kept. `permit` None: it came in."""

    verdict: KeptVerdict
    permit: Permit | None
    note: KeptNote | None


@dataclass(frozen=True, slots=True)
class ListPermits:
    state: PermitState | None = None
    agent: UUID | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ListNotes:
    flagged: bool | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep of permits whose time is over did."""

    released: int = 0
    overdue: int = 0

    @property
    def touched(self) -> int:
        return self.released + self.overdue


class PermitNotFound(NotFound):
    """No such permit."""

    code = "permit.not-found"


class PermitOfAnother(Forbidden):
    """It was given to another principal, or for another agent."""

    code = "permit.of-another"


class PermitOver(Conflict):
    """Its minutes are over."""

    code = "permit.over"


class PermitUsed(Conflict):
    """It was used before, or ended; a permit serves once."""

    code = "permit.used"


class PermitNotUsed(Conflict):
    """Its number was never shown, so there is nothing to tell."""

    code = "permit.not-used"


class OutcomeDiffers(Conflict):
    """Another outcome was recorded before."""

    code = "permit.outcome-differs"


class OutcomeWrong(Invalid):
    """Not an outcome that a contact on this channel can have."""

    code = "contact.outcome"


class NoAddress(Conflict):
    """There is no address of the kind that this channel needs."""

    code = "permit.no-address"


class PointWrong(Invalid):
    """The contact point cannot be used for this."""

    code = "permit.contact-point"


class InboundWrong(Invalid):
    """What came in cannot have come in like that."""

    code = "contact.inbound"


class NoteNotFound(NotFound):
    """No such note, or its writer's subject was erased."""

    code = "note.not-found"
