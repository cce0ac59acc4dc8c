"""Facts that people record for the gate: wishes, consents, refusals, offers, notices, numbers, circumstances, roles.

Each is a value with the sender's own `reference`; the same reference with the same content is no news. `Kept` adds
who recorded it and when, and whether it ended.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from dunwell.contact.model.facts import Guarantee, Hours
from dunwell.contact.model.words import Inheritance, Liability, NoticeKind, NoticeStatus, Role
from dunwell.kernel.errors import Conflict, Invalid, NotFound
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId


class ConsentKind(StrEnum):
    """`automated`: to automated voice and texts, of one number or of all."""

    SLOT = "contact_slot"
    VOLUNTEER = "volunteer_payer"
    AUTOMATED = "automated"


class CircumstanceKind(StrEnum):
    """`work_number`: a number that rings, or is read, at the place of work."""

    VULNERABLE = "vulnerable"
    UNDER_AGE = "under_age"
    WORK_CONTACT_FORBIDDEN = "work_contact_forbidden"
    WORK_NUMBER = "work_number"


class MarkKind(StrEnum):
    TRANSFERRED = "transferred"
    BARRED = "barred"


class Fact(Protocol):
    """What every recorded fact has."""

    @property
    def reference(self) -> str: ...


F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Kept(Generic[F]):
    """A fact as it was recorded; withdrawn or replaced ones stay."""

    id: UUID
    fact: F
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """The only hours in which the person wants to be contacted, on the person's own clock."""

    reference: str
    borrower: BorrowerId
    hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """From `starts_at` until before `ends_at`; None: until withdrawn. A `point` limits it to that number."""

    reference: str
    borrower: BorrowerId
    kind: ConsentKind
    starts_at: datetime
    ends_at: datetime | None = None
    point: ContactPointId | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The person does not want to be contacted about another's debt. `actor`: who was told, LENDER or an agency."""

    reference: str
    borrower: BorrowerId
    at: datetime
    actor: str
    loan: LoanId | None = None


@dataclass(frozen=True, slots=True)
class PaymentOffer:
    reference: str
    borrower: BorrowerId
    at: datetime
    loan: LoanId | None = None


@dataclass(frozen=True, slots=True)
class NoticeStep:
    """What became of a notice at an instant; its steps share the reference. `agency`: outsourcing only."""

    reference: str
    borrower: BorrowerId
    kind: NoticeKind
    status: NoticeStatus
    at: datetime
    loan: LoanId | None = None
    agency: str = ""


@dataclass(frozen=True, slots=True)
class NumberConfirmed:
    """The person confirmed on that day that the number is theirs."""

    reference: str
    borrower: BorrowerId
    point: ContactPointId
    on: date


@dataclass(frozen=True, slots=True)
class Circumstance:
    reference: str
    borrower: BorrowerId
    kind: CircumstanceKind
    point: ContactPointId | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """What a person is to a loan. `guarantee`: guarantors; `liability`: spouses; `inheritance`: heirs."""

    reference: str
    borrower: BorrowerId
    loan: LoanId
    role: Role
    liability: Liability = Liability.NONE
    inheritance: Inheritance | None = None
    guarantee: Guarantee | None = None


@dataclass(frozen=True, slots=True)
class DebtMark:
    """Transferred to another creditor, or barred by limitation, from that day on."""

    reference: str
    loan: LoanId
    kind: MarkKind
    from_on: date


@dataclass(frozen=True, slots=True)
class Withdraw:
    """End a fact now, by the reference it was recorded under."""

    reference: str


@dataclass(frozen=True, slots=True)
class FactFilter:
    """Which rows of a list of facts. `owner`: the borrower, or the loan where a fact is about a loan alone."""

    owner: UUID | None = None
    reference: str | None = None
    cursor: str | None = None
    limit: int = 50


class FactDiffers(Conflict):
    """Another fact has this reference."""

    code = "contact-fact.differs"


class FactNotFound(NotFound):
    """No fact has this reference."""

    code = "contact-fact.not-found"


class FactWrong(Invalid):
    """The fact cannot be as described; `faults` names the field."""

    code = "contact-fact.invalid"


class FactEnded(Conflict):
    """The fact under this reference was withdrawn; what is so again is a fact of its own."""

    code = "contact-fact.ended"
