"""The JSON of the gate: what is sent in, what is shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self, cast
from uuid import UUID, uuid4

from litestar.params import QueryParameter
from msgspec import Struct
from pydantic import Field

from dunwell.contact.model import (
    Answer,
    Block,
    Channel,
    Content,
    Direction,
    HoldKind,
    KeptContact,
    KeptHold,
    KeptOptOut,
    KeptVerdict,
    Outcome,
    Phase,
    PlaceHold,
    Proposal,
    Purpose,
    Reason,
    Verdict,
)
from dunwell.kernel.ids import BorrowerId, HoldId, LoanId
from dunwell.web.shapes import Day, In, Instant

# A word, not a sentence: no personal data may stand in it.
Why = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,59}$", examples=["dispute-received"])]
Loans = Annotated[list[UUID], Field(min_length=1, max_length=100)]
OfBorrower = Annotated[UUID | None, QueryParameter(name="borrower", description="Only of this borrower.")]
OfKind = Annotated[HoldKind | None, QueryParameter(name="kind", description="Only holds of this kind.")]
OfChannel = Annotated[Channel | None, QueryParameter(name="channel", description="Only on this channel.")]
OfAnswer = Annotated[Answer | None, QueryParameter(name="verdict", description="Only with this answer.")]

ALL_BLOCKS = frozenset(Block)


class HoldIn(In):
    """Stop collection from a borrower, of one loan or of all. With an `id`, sending it again is no news."""

    borrower: UUID
    kind: HoldKind
    reason: Why
    id: UUID | None = None
    loan: UUID | None = None
    from_on: Day | None = None
    until_on: Day | None = None

    def command(self) -> PlaceHold:
        return PlaceHold(
            id=HoldId(self.id or uuid4()),
            borrower=BorrowerId(self.borrower),
            kind=self.kind,
            reason=self.reason,
            loan=LoanId(self.loan) if self.loan else None,
            from_on=self.from_on,
            until_on=self.until_on,
        )


class LiftIn(In):
    reason: Why


class OptOutIn(In):
    """How we know is said in `source`: letter, call, portal."""

    borrower: UUID
    channel: Channel
    source: Why


class CheckIn(In):
    """A contact that might be made. Without a text its content is taken to be lawful; `at`: when it would be."""

    borrower: UUID
    loans: Loans
    channel: Channel
    purpose: Purpose = Purpose.COLLECTION
    text: Annotated[str, Field(max_length=10_000)] | None = None
    contact_point: UUID | None = None
    at: Instant | None = None

    def proposal(self) -> Proposal:
        content = Content(blocks=ALL_BLOCKS) if self.text is None else Content(self.text)
        return Proposal(
            person=self.borrower,
            debts=tuple(self.loans),
            channel=self.channel,
            purpose=self.purpose,
            content=content,
            number=self.contact_point,
            at=self.at,
        )


class HoldOut(Struct, frozen=True):
    """A hold; lifted ones stay in the list."""

    id: UUID
    borrower: UUID
    loan: UUID | None
    kind: HoldKind
    from_on: date
    until_on: date | None
    reason: str
    placed_by: str
    placed_at: datetime
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str | None

    @classmethod
    def of(cls, hold: KeptHold) -> Self:
        return cls(
            hold.id,
            hold.borrower,
            hold.loan,
            hold.kind,
            hold.from_on,
            hold.until_on,
            hold.reason,
            hold.placed_by,
            hold.placed_at,
            hold.lifted_at,
            hold.lifted_by,
            hold.lift_reason,
        )


class OptOutOut(Struct, frozen=True):
    """An opt-out; it stands until `withdrawn_at`."""

    borrower: UUID
    channel: Channel
    at: datetime
    source: str
    withdrawn_at: datetime | None

    @classmethod
    def of(cls, kept: KeptOptOut) -> Self:
        return cls(kept.borrower, kept.channel, kept.at, kept.source, kept.withdrawn_at)


class ChannelOut(Struct, frozen=True):
    """Whether a borrower's channel is open as far as the borrower's own word goes."""

    borrower: UUID
    channel: Channel
    open: bool


class ReasonOut(Struct, frozen=True):
    """One rule's answer: its code, the ids of the rules behind it, its own release, what was compared."""

    code: str
    answer: Answer
    rules: list[str]
    until: datetime | None
    working: str

    @classmethod
    def of(cls, reason: Reason) -> Self:
        return cls(reason.code, reason.answer, list(reason.rules), reason.until, reason.working)

    @classmethod
    def of_kept(cls, reason: Mapping[str, Any]) -> Self:
        until = cast("str | None", reason["until"])
        return cls(
            str(reason["code"]),
            Answer(reason["answer"]),
            [str(rule) for rule in reason["rules"]],
            datetime.fromisoformat(until) if until else None,
            str(reason["working"]),
        )


class CheckOut(Struct, frozen=True):
    """The answer of a dry run; nothing of it is kept."""

    verdict: Answer
    until: datetime | None
    reasons: list[ReasonOut]
    duties: list[str]
    pack: str
    pack_version: str
    policy_version: int

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        return cls(
            verdict.answer,
            verdict.until,
            [ReasonOut.of(reason) for reason in verdict.reasons],
            list(verdict.duties),
            verdict.pack,
            verdict.pack_version,
            verdict.policy_version,
        )


class VerdictOut(Struct, frozen=True):
    """A verdict as it was kept: what was asked, when, under which law, and why it was answered so."""

    id: UUID
    at: datetime
    judged_for: datetime
    phase: Phase
    borrower: UUID
    loans: list[UUID]
    channel: Channel
    purpose: Purpose
    verdict: Answer
    until: datetime | None
    reasons: list[ReasonOut]
    duties: list[str]
    pack: str
    pack_version: str
    policy_version: int
    message: UUID | None

    @classmethod
    def of(cls, kept: KeptVerdict) -> Self:
        return cls(
            id=kept.id,
            at=kept.at,
            judged_for=kept.judged_for,
            phase=kept.phase,
            borrower=kept.borrower,
            loans=list(kept.loans),
            channel=kept.channel,
            purpose=kept.purpose,
            verdict=Answer(kept.answer),
            until=kept.until,
            reasons=[ReasonOut.of_kept(reason) for reason in kept.reasons],
            duties=list(kept.duties),
            pack=kept.pack,
            pack_version=kept.pack_version,
            policy_version=kept.policy_version,
            message=kept.message,
        )


class ContactOut(Struct, frozen=True):
    """A touch, and the verdict it was made under; one that came in has none."""

    id: UUID
    borrower: UUID
    at: datetime
    channel: Channel
    direction: Direction
    purpose: Purpose
    outcome: Outcome
    actor: str
    loans: list[UUID]
    verdict: UUID | None
    answer: Answer | None
    message: UUID | None

    @classmethod
    def of(cls, kept: KeptContact) -> Self:
        return cls(
            kept.id,
            kept.borrower,
            kept.at,
            kept.channel,
            kept.direction,
            kept.purpose,
            kept.outcome,
            kept.actor,
            list(kept.loans),
            kept.verdict,
            Answer(kept.answer) if kept.answer else None,
            kept.message,
        )
