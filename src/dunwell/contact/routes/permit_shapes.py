"""The JSON of permits, outcomes, inbound contacts and notes."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from msgspec import Struct
from pydantic import Field

from dunwell.contact.model import LENDER, Channel, Outcome, Place, Purpose, Visit
from dunwell.contact.model.permits import (
    Asked,
    AskPermit,
    InboundContact,
    KeptNote,
    OpenNote,
    Permit,
    PermitState,
    Recorded,
    RecordOutcome,
    Revealed,
    UsePermit,
)
from dunwell.contact.routes.shapes import Loans, VerdictOut, Why
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId, VerdictId
from dunwell.web.shapes import In, Instant

Code = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,62}$", examples=["lender"])]
Sender = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=10_000)]
Transcript = Annotated[str, Field(min_length=1, max_length=100_000)]
Language = Annotated[str, Field(pattern="^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$", examples=["zh-CN"])]


class VisitIn(In):
    """How a visit is to be made; what is not said was not done."""

    collectors: Annotated[int, Field(ge=1, le=20)]
    place: Place
    place_consent: bool = False
    filming_consent: bool = False
    announced_at: Instant | None = None
    papers: bool = False
    tried_home: bool = False

    def visit(self) -> Visit:
        return Visit(
            collectors=self.collectors,
            place=self.place,
            place_consent=self.place_consent,
            filming_consent=self.filming_consent,
            announced_at=self.announced_at,
            announced=self.announced_at is not None,
            papers=self.papers,
            tried_home=self.tried_home,
        )


class PermitIn(In):
    """A contact by hand. Without `contact_point` the best address of the channel's kind is used.

    `agent`: the registered person who acts, `agency` for whom, `sender` the number or account used; `text`: what would
    be written; `visit`: how it would be made.
    """

    borrower: UUID
    loans: Loans
    channel: Channel
    purpose: Purpose = Purpose.COLLECTION
    contact_point: UUID | None = None
    agent: UUID | None = None
    agency: Code = LENDER
    sender: Sender | None = None
    text: Text | None = None
    visit: VisitIn | None = None

    def command(self) -> AskPermit:
        made = self.visit.visit() if self.visit is not None else None
        return AskPermit(
            borrower=BorrowerId(self.borrower),
            loans=tuple(LoanId(each) for each in self.loans),
            channel=self.channel,
            purpose=self.purpose,
            point=ContactPointId(self.contact_point) if self.contact_point else None,
            agent=self.agent,
            actor=self.agency,
            sender=self.sender,
            text=self.text,
            visit=UNTOLD if made is None and self.channel is Channel.VISIT else made,
        )


# A visit of which nothing is told was prepared in no way.
UNTOLD = Visit(collectors=1, announced=False, papers=False, tried_home=False)


class UseIn(In):
    """`agent`: the one the permit was asked for, if it was asked for one."""

    agent: UUID | None = None

    def command(self, permit: UUID) -> UsePermit:
        return UsePermit(VerdictId(permit), self.agent)


class OutcomeIn(In):
    """What became of it; `promised`: to pay. The note is kept sealed, and judged when it arrives."""

    outcome: Outcome
    promised: bool = False
    note: Transcript | None = None
    language: Language | None = None

    def command(self, permit: UUID) -> RecordOutcome:
        return RecordOutcome(VerdictId(permit), self.outcome, self.promised, self.note, self.language)


class InboundIn(In):
    """Who contacted us, how, when; `contact_point`: the number used, if it is one we know. No loans: about all."""

    borrower: UUID
    channel: Channel
    at: Instant
    outcome: Outcome
    loans: Loans | None = None
    contact_point: UUID | None = None
    agency: Code = LENDER
    note: Transcript | None = None
    language: Language | None = None

    def command(self) -> InboundContact:
        return InboundContact(
            borrower=BorrowerId(self.borrower),
            channel=self.channel,
            at=self.at,
            outcome=self.outcome,
            loans=tuple(LoanId(each) for each in dict.fromkeys(self.loans or ())),
            point=ContactPointId(self.contact_point) if self.contact_point else None,
            actor=self.agency,
            note=self.note,
            language=self.language,
        )


class ReasonIn(In):
    reason: Why


class PermitOut(Struct, frozen=True):
    """A permit; `id` is its verdict's. The number is never here. `judged_again`: the verdict when it was shown."""

    id: UUID
    borrower: UUID
    contact_point: UUID
    loans: list[UUID]
    channel: Channel
    purpose: Purpose
    asked_by: str
    agent: UUID | None
    agency: str
    sender: str | None
    state: PermitState
    issued_at: datetime
    expires_at: datetime
    revealed_at: datetime | None
    judged_again: UUID | None
    closed_at: datetime | None
    outcome: Outcome | None

    @classmethod
    def of(cls, permit: Permit) -> Self:
        return cls(
            id=permit.id,
            borrower=permit.borrower,
            contact_point=permit.point,
            loans=list(permit.loans),
            channel=permit.channel,
            purpose=permit.purpose,
            asked_by=permit.asked_by,
            agent=permit.agent,
            agency=permit.actor,
            sender=permit.sender,
            state=permit.state,
            issued_at=permit.issued_at,
            expires_at=permit.expires_at,
            revealed_at=permit.revealed_at,
            judged_again=permit.judged_again,
            closed_at=permit.closed_at,
            outcome=permit.outcome,
        )


class PermitAnswerOut(Struct, frozen=True):
    """The gate's answer and, only under an ALLOW, a permit. Its duties stand in the verdict."""

    verdict: VerdictOut
    permit: PermitOut | None

    @classmethod
    def of(cls, asked: Asked) -> Self:
        permit = PermitOut.of(asked.permit) if asked.permit else None
        return cls(VerdictOut.of(asked.verdict), permit)


class RevealedOut(Struct, frozen=True):
    """`number`: what to dial, or where to write or go; null when the verdict of this moment no longer allows it."""

    permit: PermitOut
    verdict: VerdictOut
    number: str | None
    name: str | None

    @classmethod
    def of(cls, shown: Revealed) -> Self:
        return cls(PermitOut.of(shown.permit), VerdictOut.of(shown.verdict), shown.number, shown.name)


class NoteOut(Struct, frozen=True):
    """That a contact has a note, and the classes of what was found in it. The text is shown apart."""

    contact: UUID
    borrower: UUID
    channel: Channel
    classes: list[str]
    flagged: bool
    written_by: str
    written_at: datetime

    @classmethod
    def of(cls, note: KeptNote) -> Self:
        return cls(
            note.contact,
            note.borrower,
            note.channel,
            list(note.classes),
            note.flagged,
            note.written_by,
            note.written_at,
        )


class OpenNoteOut(Struct, frozen=True):
    """A note in clear."""

    note: NoteOut
    text: str

    @classmethod
    def of(cls, opened: OpenNote) -> Self:
        return cls(NoteOut.of(opened.note), opened.text)


class RecordedOut(Struct, frozen=True):
    """A contact as it is kept. `permit` null: it came in. `note` null: none was sent, or it was sent before."""

    contact: UUID
    verdict: VerdictOut
    permit: PermitOut | None
    note: NoteOut | None

    @classmethod
    def of(cls, recorded: Recorded) -> Self:
        return cls(
            recorded.verdict.id,
            VerdictOut.of(recorded.verdict),
            PermitOut.of(recorded.permit) if recorded.permit else None,
            NoteOut.of(recorded.note) if recorded.note else None,
        )
