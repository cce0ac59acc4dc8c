"""The JSON of the gate: what is sent in, what is shown."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, cast
from uuid import UUID, uuid4

from litestar.params import QueryParameter
from msgspec import Struct
from pydantic import ConfigDict, Field, model_validator

from dunwell.contact.model import (
    LENDER,
    Answer,
    Block,
    Channel,
    Content,
    Counted,
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
from dunwell.contact.settings import explain
from dunwell.kernel.errors import Broken
from dunwell.kernel.ids import BorrowerId, HoldId, LoanId
from dunwell.web.shapes import Day, In, Instant

# A word, not a sentence: no personal data may stand in it.
Why = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,59}$", examples=["dispute-received"])]
Actor = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_-]{0,39}$", examples=["north-recoveries"])]
Loans = Annotated[list[UUID], Field(min_length=1, max_length=100)]
OfBorrower = Annotated[UUID | None, QueryParameter(name="borrower", description="Only of this borrower.")]
OfKind = Annotated[HoldKind | None, QueryParameter(name="kind", description="Only holds of this kind.")]
OfChannel = Annotated[Channel | None, QueryParameter(name="channel", description="Only on this channel.")]
OfAnswer = Annotated[Answer | None, QueryParameter(name="verdict", description="Only with this answer.")]

OfLoan = Annotated[UUID | None, QueryParameter(name="loan", description="Only about this loan.")]
OfCode = Annotated[
    str | None,
    QueryParameter(name="code", pattern="^[A-Z][A-Z0-9_]{0,59}$", description="Only with this reason code."),
]
OfRule = Annotated[
    str | None,
    QueryParameter(
        name="rule", pattern="^[A-Z]{2,8}(-[A-Z0-9]{1,12}){1,4}$", description="Only with this rule."
    ),
]
From = Annotated[datetime | None, QueryParameter(name="from", description="Judged at this instant or later.")]
Until = Annotated[datetime | None, QueryParameter(name="to", description="Judged before this instant.")]
OnDay = Annotated[date, QueryParameter(name="from", description="The first business day.")]
UntilDay = Annotated[date, QueryParameter(name="to", description="The last business day.")]


class Counts(StrEnum):
    RULE = "rule"
    CODE = "code"


By = Annotated[Counts, QueryParameter(name="by", description="What is counted.")]

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
    treatment_ended_on: Day | None = None

    def command(self) -> PlaceHold:
        return PlaceHold(
            id=HoldId(self.id or uuid4()),
            borrower=BorrowerId(self.borrower),
            kind=self.kind,
            reason=self.reason,
            loan=LoanId(self.loan) if self.loan else None,
            from_on=self.from_on,
            until_on=self.until_on,
            treatment_ended_on=self.treatment_ended_on,
        )


class LiftIn(In):
    reason: Why


class TreatmentIn(In):
    """The day on which the treatment of a mental-health crisis ended."""

    ended_on: Day


class OptOutIn(In):
    """How we know is said in `source`: letter, call, portal."""

    borrower: UUID
    channel: Channel
    source: Why


class CheckIn(In):
    """A contact that might be made, or a file of paper cases.

    A contact names `borrower`, `loans` and `channel`. Without a text its content is taken to be lawful. `at`: when it
    would be; `actor`: `lender` or an agency's code; `agent`: a registered person; `sender`: what it would leave from.
    Paper cases are `{"format": "dunwell-paper-cases/1", "cases": [...]}`, and nothing else beside them.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["borrower", "loans", "channel"]}, {"required": ["format", "cases"]}]
        }
    )

    borrower: UUID | None = None
    loans: Loans | None = None
    channel: Channel | None = None
    purpose: Purpose = Purpose.COLLECTION
    text: Annotated[str, Field(max_length=10_000)] | None = None
    contact_point: UUID | None = None
    at: Instant | None = None
    actor: Actor = LENDER
    agent: UUID | None = None
    sender: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    format: Literal["dunwell-paper-cases/1"] | None = None
    cases: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=500)] | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        paper = {"format", "cases"}
        if paper & self.model_fields_set:
            if self.model_fields_set != paper or self.format is None or self.cases is None:
                raise ValueError("paper cases have `format` and `cases`, and nothing beside them")
        elif self.borrower is None or self.loans is None or self.channel is None:
            raise ValueError("name `borrower`, `loans` and `channel`, or `format` and `cases`")
        return self

    def proposal(self) -> Proposal:
        if self.borrower is None or self.loans is None or self.channel is None:
            raise Broken("a check of paper cases proposes no contact")
        content = Content(blocks=ALL_BLOCKS) if self.text is None else Content(self.text)
        return Proposal(
            person=self.borrower,
            debts=tuple(self.loans),
            channel=self.channel,
            purpose=self.purpose,
            content=content,
            number=self.contact_point,
            at=self.at,
            actor=self.actor,
            agent=self.agent,
            sender=self.sender,
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
    treatment_ended_on: date | None

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
            hold.treatment_ended_on,
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
    """One rule's answer: its code, the ids of the rules behind it, its own release, what was compared.

    `zh` and `en` say what the code means.
    """

    code: str
    answer: Answer
    rules: list[str]
    until: datetime | None
    working: str
    zh: str
    en: str

    @classmethod
    def of(cls, reason: Reason) -> Self:
        said = (explain(reason.code, "zh"), explain(reason.code, "en"))
        return cls(reason.code, reason.answer, list(reason.rules), reason.until, reason.working, *said)

    @classmethod
    def of_kept(cls, reason: Mapping[str, Any]) -> Self:
        until = cast("str | None", reason["until"])
        return cls(
            str(reason["code"]),
            Answer(reason["answer"]),
            [str(rule) for rule in reason["rules"]],
            datetime.fromisoformat(until) if until else None,
            str(reason["working"]),
            explain(str(reason["code"]), "zh"),
            explain(str(reason["code"]), "en"),
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
    actor: str
    agent: UUID | None
    contact_point: UUID | None

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
            actor=kept.actor,
            agent=kept.agent,
            contact_point=kept.number,
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
    promised: bool

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
            kept.promised,
        )


class CountOut(Struct, frozen=True):
    """How often this rule, or code, was a reason of that answer on the business day."""

    day: date
    found: str
    verdict: Answer
    contacts: int

    @classmethod
    def of(cls, counted: Counted) -> Self:
        return cls(counted.day, counted.word, Answer(counted.answer), counted.contacts)


class CountsOut(Struct, frozen=True):
    """By day, then rule or code, then answer."""

    items: list[CountOut]
