"""What the register is told to do, and what is asked of it."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from dunwell.agents.model.words import AgencyId, AgentId, Course, ReviewResult, SenderKind
from dunwell.kernel.paging import LIMIT


@dataclass(frozen=True, slots=True)
class AgencyTerms:
    """What may change of an agency. `contract_until` is the last day; `listed`: on the lender's public list."""

    name: str
    contract_from: date
    contract_until: date
    listed: bool


@dataclass(frozen=True, slots=True)
class SaveAgency:
    """A new agency. Its code stays for ever: contacts and verdicts name it."""

    code: str
    terms: AgencyTerms


@dataclass(frozen=True, slots=True)
class ChangeAgency:
    id: AgencyId
    terms: AgencyTerms


@dataclass(frozen=True, slots=True)
class ReviewAgency:
    """`reference` names the lender's own paper on it."""

    agency: AgencyId
    reviewed_on: date
    result: ReviewResult
    reference: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """Suspend, deactivate or withdraw, with a reason in a word."""

    id: UUID
    because: str


@dataclass(frozen=True, slots=True)
class AgentTerms:
    """What may change of an agent. `agency` is a code, None for the lender's own; `country` None: the tenant's own.

    `name` None leaves a name that is kept as it is.
    """

    agency: str | None = None
    principal: str | None = None
    country: str | None = None
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SaveAgent:
    """A new agent. His code stays for ever."""

    code: str
    terms: AgentTerms = AgentTerms()


@dataclass(frozen=True, slots=True)
class ChangeAgent:
    id: AgentId
    terms: AgentTerms


@dataclass(frozen=True, slots=True)
class RecordTraining:
    """`agent` is the staff code. `expires_on`: where the certificate itself names an end."""

    agent: str
    course: Course
    passed_on: date
    reference: str
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class RegisterSender:
    """`private`: somebody's own number or account, used with the lender's consent, which `consent` names."""

    kind: SenderKind
    address: str = field(repr=False)
    agency: str | None = None
    private: bool = False
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class ListAgencies:
    """`due_by`: only agencies whose review is due on that day or before."""

    cursor: str | None = None
    limit: int = LIMIT
    listed: bool | None = None
    due_by: date | None = None


@dataclass(frozen=True, slots=True)
class ListUnder:
    """Entries that belong to one thing: an agency's reviews, an agent's trainings, a history."""

    id: UUID
    cursor: str | None = None
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class ListOf:
    """Agents or senders. `agency`: only of that code (`lender`: the lender's own); `active`: who is, or is not."""

    cursor: str | None = None
    limit: int = LIMIT
    agency: str | None = None
    active: bool | None = None
