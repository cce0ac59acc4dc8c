"""What is asked of a running loan beside payments: charges, waivers, charge-backs, other terms, its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from dunwell.kernel.errors import Conflict, Invalid, NotFound
from dunwell.kernel.ids import BorrowerId, LoanId, PaymentId
from dunwell.kernel.money import Money
from dunwell.loans.model.values import MONTHLY, Every
from dunwell.loans.model.words import Account, Component


class HappeningNotFound(NotFound):
    """Nothing of that id happened to this loan."""

    code = "happening.not-found"


class HappeningInvalid(Invalid):
    """What is to happen to the loan cannot be; `faults` names each field."""

    code = "happening.invalid"


class HappeningDiffers(Conflict):
    """Something of that reference happened before, and it said something else."""

    code = "happening.differs"


class HappeningUndone(Conflict):
    """It was undone already, or is itself an undoing."""

    code = "happening.undone"


class HappeningNeeded(Conflict):
    """Something that happened later rests on it; that has to be undone first."""

    code = "happening.needed"


class ChargeNotFound(NotFound):
    """No such charge on this loan."""

    code = "charge.not-found"


class ChargeNotAllowed(Conflict):
    """No charge of that code may be taken; `faults` and `extra` name the reasons and the rules that say so."""

    code = "charge.not-allowed"


class LoanClosed(Conflict):
    """The loan is closed: nothing happens to it any more."""

    code = "loan.closed"


class LoanChargedOff(Conflict):
    """The loan was written off; its terms are no longer changed."""

    code = "loan.charged-off"


class LoanUnsettled(Conflict):
    """Something is owed on the loan, or kept for the borrower: it cannot be closed."""

    code = "loan.unsettled"


class HappeningKind(StrEnum):
    DISBURSED = "disbursed"
    CHARGED = "charged"
    WAIVED = "waived"
    CHARGE_ADJUSTED = "charge_adjusted"
    CHARGED_BACK = "charged_back"
    REFUNDED = "refunded"
    CHARGED_OFF = "charged_off"
    RATE_CHANGED = "rate_changed"
    RESCHEDULED = "rescheduled"
    RE_AGED = "re_aged"
    REAMORTISED = "reamortised"
    CLOSED = "closed"
    UNDONE = "undone"


class ReversalCause(StrEnum):
    """Why a payment is taken back. What is unidentified stays with us: it goes into suspense."""

    BOUNCED = "bounced"
    CHARGED_BACK = "charged_back"
    BOOKED_WRONGLY = "booked_wrongly"
    UNIDENTIFIED = "unidentified"


@dataclass(frozen=True, slots=True)
class PostCharge:
    """A fee, a penalty, or costs of realising the claim.

    `code` is its name on the disclosure sheet, `name` the words the debtor reads.
    """

    loan: LoanId
    reference: str
    code: str
    component: Component
    amount: Money
    charged_on: date
    due_on: date | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class WaiveCharge:
    """Give up what is still open of a charge; or, without one, `amount` of a component."""

    loan: LoanId
    reference: str
    waived_on: date
    charge: UUID | None = None
    component: Component | None = None
    amount: Money | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AdjustCharge:
    """Credit (part of) a charge after the fact: it is spread as money that came in."""

    loan: LoanId
    reference: str
    charge: UUID
    amount: Money
    adjusted_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChargeBack:
    """The payer's bank took (part of) a payment back; without an amount, what is left of it."""

    payment: PaymentId
    reference: str
    charged_back_on: date
    amount: Money | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefundCredit:
    """Pay credit of the loan out to the borrower."""

    loan: LoanId
    reference: str
    amount: Money
    refunded_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DisburseTranche:
    """Lend a further amount under the same contract."""

    loan: LoanId
    reference: str
    amount: Money
    disbursed_on: date


@dataclass(frozen=True, slots=True)
class ChangeRate:
    """Another annual rate (a fraction) from a day on."""

    loan: LoanId
    reference: str
    annual_rate: Decimal
    from_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Move the instalments from the one due at `from_due` on, add some, or change their rate.

    `pause`: so many of them repay no principal; as many are added at the end.
    """

    loan: LoanId
    reference: str
    on: date
    from_due: date
    new_due: date | None = None
    extra: int = 0
    annual_rate: Decimal | None = None
    pause: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReAge:
    """Spread everything outstanding over `count` new instalments."""

    loan: LoanId
    reference: str
    on: date
    first_due_on: date
    count: int
    every: Every = MONTHLY
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reamortise:
    """Spread what is overdue over the instalments still ahead."""

    loan: LoanId
    reference: str
    on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChargeOff:
    """Write the loan off; the debt stays, and what comes in later is recovery."""

    loan: LoanId
    reference: str
    on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CloseLoan:
    """Nothing is owed and nothing is kept: nothing more may happen to the loan."""

    loan: LoanId
    reference: str
    on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UndoHappening:
    """It was booked wrongly: it is taken out of the loan's life, and its postings are undone by new ones."""

    happening: UUID
    reference: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ListHappenings:
    """A page of what happened to a loan beside payments, in the order it was booked."""

    loan: LoanId
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class BookedLine:
    """A line of the entry that was booked first; plus is a debit."""

    account: Account
    instalment: int | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened and what was booked for it at first. Repeating the request gives the same answer."""

    id: UUID
    loan: LoanId
    reference: str
    kind: HappeningKind
    on: date
    amount: Money | None
    details: Mapping[str, object]
    reason: str
    undoes: UUID | None
    booked_at: datetime
    lines: tuple[BookedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class SplitPayment:
    """One receipt over several loans of a borrower: as the debtor names them, or else by the order of the law."""

    borrower: BorrowerId
    reference: str
    amount: Money
    received_on: date
    parts: tuple[tuple[LoanId, Money], ...] = ()
    source: str = "api"


@dataclass(frozen=True, slots=True)
class AskPayoff:
    """What would end the loan on a day; without one, today."""

    loan: LoanId
    on: date | None = None


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """What to pay on a day so that nothing is owed, by component, less the credit that is kept for the borrower.

    `unearned` is what falls away of interest whose time has not come, where the contract counts by the day.
    """

    loan: LoanId
    on: date
    parts: tuple[tuple[Component, Money], ...]
    unearned: Money
    credit: Money
    amount: Money
