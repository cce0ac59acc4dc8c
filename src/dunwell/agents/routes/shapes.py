"""What the register looks like in JSON."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from litestar.params import QueryParameter
from msgspec import Struct
from pydantic import Field

from dunwell.agents.model import (
    Agency,
    AgencyId,
    AgencyTerms,
    Agent,
    AgentTerms,
    Change,
    Course,
    RecordTraining,
    RegisterSender,
    Review,
    ReviewAgency,
    ReviewResult,
    SaveAgency,
    SaveAgent,
    Sender,
    SenderKind,
    Training,
)
from dunwell.web.shapes import Day, In, Label, Reference

MOST_TRAININGS = 500

Code = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_-]{0,39}$", examples=["north-recoveries"])]
Principal = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,62}$", examples=["mei"])]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["CN"])]
# A word, not a sentence: it is kept in the audit log, where no personal data may be.
Because = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,59}$", examples=["contract-ended"])]

OfAgency = Annotated[
    str | None,
    QueryParameter(
        min_length=1, max_length=40, description="Only of that agency's code; `lender`: the lender's own."
    ),
]
OnlyActive = Annotated[
    bool | None, QueryParameter(description="Only those who stand, or only those who do not.")
]
OnlyListed = Annotated[
    bool | None, QueryParameter(description="Only agencies that the lender's public list names, or does not.")
]
DueBy = Annotated[
    date | None, QueryParameter(description="Only agencies whose review is due on that day or before.")
]


class BecauseIn(In):
    """Why, in a word."""

    because: Because


class AgencyTermsIn(In):
    """What may change of an agency. `contract_until` is the last day; `listed`: on the lender's public list."""

    name: Label
    contract_from: Day
    contract_until: Day
    listed: bool = False

    def terms(self) -> AgencyTerms:
        return AgencyTerms(self.name, self.contract_from, self.contract_until, self.listed)


class AgencyIn(AgencyTermsIn):
    """A new agency. Its code stays for ever."""

    code: Code

    def command(self) -> SaveAgency:
        return SaveAgency(self.code, self.terms())


class ReviewIn(In):
    """The lender's own look at an agency; `reference` names the paper on it."""

    reviewed_on: Day
    result: ReviewResult
    reference: Reference

    def command(self, agency: UUID) -> ReviewAgency:
        return ReviewAgency(AgencyId(agency), self.reviewed_on, self.result, self.reference)


class AgentTermsIn(In):
    """What may change of an agent. `agency` null: the lender's own; `principal`: the label of his tokens.

    `country` null: the tenant's own; `name` null: as it is kept.
    """

    agency: Code | None = None
    principal: Principal | None = None
    country: Country | None = None
    name: Label | None = None

    def terms(self) -> AgentTerms:
        return AgentTerms(self.agency, self.principal, self.country, self.name)


class AgentIn(AgentTermsIn):
    """A new agent. His staff code stays for ever; it is no name."""

    code: Code

    def command(self) -> SaveAgent:
        return SaveAgent(self.code, self.terms())


class TrainingIn(In):
    """A course passed. `expires_on`: where the certificate itself names the first day it no longer counts."""

    agent: Code
    course: Course
    passed_on: Day
    reference: Reference
    expires_on: Day | None = None

    def command(self) -> RecordTraining:
        return RecordTraining(self.agent, self.course, self.passed_on, self.reference, self.expires_on)


class TrainingsIn(In):
    """One course or hundreds: all are kept, or none."""

    trainings: Annotated[list[TrainingIn], Field(min_length=1, max_length=MOST_TRAININGS)]


class SenderIn(In):
    """`private`: somebody's own number or account; `consent` then names the lender's consent to its use."""

    kind: SenderKind
    address: Label
    agency: Code | None = None
    private: bool = False
    consent: Reference | None = None

    def command(self) -> RegisterSender:
        return RegisterSender(self.kind, self.address, self.agency, self.private, self.consent)


class AgencyOut(Struct, frozen=True):
    """`reviewed_on`: null where the last review failed or none was made; `review_due_on` null: at once."""

    id: UUID
    code: str
    name: str
    contract_from: date
    contract_until: date
    listed_on: date | None
    reviewed_on: date | None
    review_due_on: date | None
    suspended_at: datetime | None
    suspended_because: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, agency: Agency) -> Self:
        return cls(
            id=agency.id,
            code=agency.code,
            name=agency.name,
            contract_from=agency.contract_from,
            contract_until=agency.contract_until,
            listed_on=agency.listed_on,
            reviewed_on=agency.reviewed_on,
            review_due_on=agency.review_due_on,
            suspended_at=agency.suspended_at,
            suspended_because=agency.suspended_because,
            created_at=agency.created_at,
            updated_at=agency.updated_at,
        )


class ReviewOut(Struct, frozen=True):
    id: UUID
    agency: UUID
    reviewed_on: date
    result: ReviewResult
    reference: str
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, review: Review) -> Self:
        return cls(
            review.id,
            review.agency,
            review.reviewed_on,
            review.result,
            review.reference,
            review.recorded_at,
            review.recorded_by,
        )


class AgentOut(Struct, frozen=True):
    """`trained_on`: the day from which the law's months count; null: not trained as the law wants."""

    id: UUID
    code: str
    principal: str | None
    agency: str | None
    country: str
    named: bool
    active: bool
    trained_on: date | None
    deactivated_at: datetime | None
    deactivated_because: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, agent: Agent) -> Self:
        return cls(
            id=agent.id,
            code=agent.code,
            principal=agent.principal,
            agency=agent.agency,
            country=agent.country,
            named=agent.named,
            active=agent.active,
            trained_on=agent.trained_on,
            deactivated_at=agent.deactivated_at,
            deactivated_because=agent.deactivated_because,
            created_at=agent.created_at,
            updated_at=agent.updated_at,
        )


class NameOut(Struct, frozen=True):
    """An agent's name in clear; null where none is kept."""

    name: str | None


class TrainingOut(Struct, frozen=True):
    """`expires_on` is the first day on which it no longer counts; null: it has no term of its own."""

    id: UUID
    agent: UUID
    course: Course
    passed_on: date
    expires_on: date | None
    reference: str
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_because: str | None

    @classmethod
    def of(cls, training: Training) -> Self:
        return cls(
            id=training.id,
            agent=training.agent,
            course=training.course,
            passed_on=training.passed_on,
            expires_on=training.expires_on,
            reference=training.reference,
            recorded_at=training.recorded_at,
            recorded_by=training.recorded_by,
            withdrawn_at=training.withdrawn_at,
            withdrawn_because=training.withdrawn_because,
        )


class TrainingsOut(Struct, frozen=True):
    """In the order they were sent."""

    items: list[TrainingOut]

    @classmethod
    def of(cls, trainings: list[Training]) -> Self:
        return cls([TrainingOut.of(training) for training in trainings])


class SenderOut(Struct, frozen=True):
    """`address` is masked where it is somebody's own."""

    id: UUID
    kind: SenderKind
    address: str
    private: bool
    consent: str | None
    agency: str | None
    registered_at: datetime
    registered_by: str
    withdrawn_at: datetime | None
    withdrawn_because: str | None

    @classmethod
    def of(cls, sender: Sender) -> Self:
        return cls(
            id=sender.id,
            kind=sender.kind,
            address=sender.address,
            private=sender.private,
            consent=sender.consent,
            agency=sender.agency,
            registered_at=sender.registered_at,
            registered_by=sender.registered_by,
            withdrawn_at=sender.withdrawn_at,
            withdrawn_because=sender.withdrawn_because,
        )


class ChangeOut(Struct, frozen=True):
    """Something that happened to an entry; `facts` is what is so from then on."""

    number: int
    at: datetime
    actor: str
    action: str
    facts: dict[str, object]

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(change.number, change.at, change.actor, change.action, dict(change.facts))
