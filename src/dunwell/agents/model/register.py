"""Agencies, agents, trainings and senders as they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dunwell.agents.model.words import (
    AgencyId,
    AgentId,
    Course,
    ReviewResult,
    SenderId,
    SenderKind,
    TrainingId,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who makes a contact, as the register knows them now.

    `agency` None: the lender's own staff, or, not active, an agency that is not registered. `agent` None: no person was
    asked about, or, not active, one who is not registered; an agent of another employer than the one asked about is not
    active either. `agent_trained_on` is the day from which the law's months count: the oldest of the courses it wants;
    None where one of them, or a certificate, is missing or ran out, so that nobody without passes for trained.
    """

    agency: str | None = None
    agency_active: bool = True
    agency_contract_from: date | None = None
    agency_contract_until: date | None = None
    agency_reviewed_on: date | None = None
    agent: UUID | None = None
    agent_active: bool = True
    agent_trained_on: date | None = None


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency as it stands. `reviewed_on`: the last review it passed; `review_due_on`: when the next has to be made.

    `listed_on` is since when the lender names it on its public list; `contract_until` is the contract's last day.
    """

    id: AgencyId
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


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who collects. `agency` None: the lender's own; `principal`: the label of the token he signs in with.

    `country` is where he works from; `trained_on` as in `Standing`. A name is sealed: `named` tells that one is kept.
    """

    id: AgentId
    code: str
    principal: str | None
    agency: str | None
    country: str
    named: bool
    trained_on: date | None
    deactivated_at: datetime | None
    deactivated_because: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def active(self) -> bool:
        return self.deactivated_at is None


@dataclass(frozen=True, slots=True)
class Training:
    """A course passed. `expires_on` is the first day on which it no longer counts; None: no term of its own."""

    id: TrainingId
    agent: AgentId
    course: Course
    passed_on: date
    expires_on: date | None
    reference: str
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """A registered number or account. `address` is masked where it is somebody's own (`private`)."""

    id: SenderId
    kind: SenderKind
    address: str
    private: bool
    consent: str | None
    agency: str | None
    registered_at: datetime
    registered_by: str
    withdrawn_at: datetime | None
    withdrawn_because: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """The lender's look at an agency: on its conduct, quality and information security."""

    id: UUID
    agency: AgencyId
    reviewed_on: date
    result: ReviewResult
    reference: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to an entry of the register, in order; `facts` hold no personal data."""

    number: int
    at: datetime
    actor: str
    action: str
    facts: Mapping[str, object]
