"""What is asked of applications, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from dunwell.applications.model.scoring import Decision, Reason, Text
from dunwell.applications.model.words import Advice, ApplicationId, ApplicationState
from dunwell.borrowers.model import BorrowerDraft
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import DayCount, Every, Instalment, Loan, Method

MOST_FACTS: Final = 60
FACT_LENGTH: Final = 100
REFERENCE_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class Validity:
    """For how many days, counted from the day it begins, a state lasts."""

    draft: int
    decision: int
    offer: int
    payout: int


@dataclass(frozen=True, slots=True)
class Fee:
    """A charge the borrower is told of before he signs: an amount, or a fraction of what is overdue or lent."""

    code: str
    title: Text
    amount: Money | None
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Product:
    """What a lender offers."""

    name: str
    title: Text
    scorecard: str
    least: Money
    most: Money
    counts: tuple[int, ...]
    annual_rate: Decimal
    method: Method
    day_count: DayCount
    every: Every
    cooling_off_days: int
    fees: tuple[Fee, ...]


@dataclass(frozen=True, slots=True)
class Apply:
    """Somebody asks for a loan. The sender's `reference` makes it happen once, and becomes the loan's.

    `facts` are what the scorecard asks, as texts: they are personal data.
    """

    reference: str
    applicant: BorrowerDraft
    product: str
    amount: Money
    count: int
    facts: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decide:
    """A person approves or declines. `reasons` are codes of the scorecard's file, `because` a word for the log.

    Approving what the scorecard does not propose to approve needs `because`; declining needs at least one reason.
    """

    application: ApplicationId
    because: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """A declined application is to be looked at again, by a person."""

    application: ApplicationId
    because: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    application: ApplicationId
    because: str


@dataclass(frozen=True, slots=True)
class Disburse:
    """The money went out. `reference` is the payout's own; it pays one application, once."""

    application: ApplicationId
    reference: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ListApplications:
    """A page of applications in the order they came."""

    cursor: str | None
    limit: int
    state: ApplicationState | None = None
    borrower: BorrowerId | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """An application as it stands. `state` is as of today: what ran out of time is expired, whatever is written.

    `product` is the offer as it was when the application was submitted; before that, as it is now.
    `makers` are the persons who had a hand in it. `expires_on` is the last day of the state it is in, `pays_from` the
    first day on which it can be paid out.
    """

    id: ApplicationId
    reference: str
    borrower: BorrowerId
    product: str
    offer: Product | None
    amount: Money
    count: int
    state: ApplicationState
    advice: Advice | None
    rules_version: int
    makers: frozenset[str]
    approved_by: str | None
    expires_on: date | None
    accepted_on: date | None
    pays_from: date | None
    disbursed_on: date | None
    disbursement: str | None
    loan: LoanId | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an application's life: never changed. `decision` is there where the scorecard spoke."""

    number: int
    before: ApplicationState | None
    after: ApplicationState
    at: datetime
    actor: str
    because: str
    reasons: tuple[Reason, ...]
    rules_version: int
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Whole:
    """An application with its history."""

    application: Application
    steps: tuple[Step, ...]

    @property
    def decision(self) -> Step | None:
        """The step in which the scorecard spoke last."""
        return next((step for step in reversed(self.steps) if step.decision is not None), None)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A decision made again from the sealed facts and the scorecard it names; `same` if nothing differs."""

    rules_version: int
    kept: Decision
    again: Decision

    @property
    def same(self) -> bool:
        return self.kept == self.again


@dataclass(frozen=True, slots=True)
class Disbursed:
    """The application, the loan it became, and what falls due."""

    application: Application
    loan: Loan
    schedule: tuple[Instalment, ...]
