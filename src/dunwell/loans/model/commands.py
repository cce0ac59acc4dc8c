"""What is asked of loans, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import BorrowerId, LoanId, PaymentId
from dunwell.kernel.money import Money
from dunwell.loans.model.clauses import PLAIN, Clauses
from dunwell.loans.model.happenings import InAdvance, InterestRule, PaymentKind
from dunwell.loans.model.overdue import OverdueTerms
from dunwell.loans.model.servicing import ReversalCause
from dunwell.loans.model.values import MONTHLY, Every, Slice, Waterfall, Working
from dunwell.loans.model.words import Account, DayCount, EntryKind, LoanState, Method, Outcome, Role

MOST_INSTALMENTS: Final = 600
MOST_RATE: Final = Decimal(10)
MOST_PAYMENTS: Final = 500
REFERENCE_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class GivenRow:
    """One instalment as the lender supplies it."""

    due_on: date
    principal: Money
    interest: Money
    costs: Money


@dataclass(frozen=True, slots=True)
class Obligor:
    """A person beside the borrower, and what they are to the loan.

    A guarantor may be liable up to `limit`, and until a day; without them for the whole, and for good.
    """

    borrower: BorrowerId
    role: Role
    limit: Money | None = None
    liable_until: date | None = None


@dataclass(frozen=True, slots=True)
class LoanDraft:
    """What a lender says about a loan. `rows` go with `Method.AS_ON_TAPE`, and only with it.

    What is not said of the contract (`overdue` and what follows it) is as the product says when the loan is opened.
    `disclosed` are the charges on the disclosure sheet; nothing at all: no sheet was given.
    """

    reference: str
    borrower: BorrowerId
    principal: Money
    disbursed_on: date
    method: Method
    annual_rate: Decimal = Decimal(0)
    day_count: DayCount = DayCount.THIRTY_360
    count: int = 1
    every: Every = MONTHLY
    first_due_on: date | None = None
    rows: tuple[GivenRow, ...] = ()
    product: str = ""
    obligors: tuple[Obligor, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    clauses: Clauses = PLAIN
    overdue: OverdueTerms | None = None
    in_advance: Mapping[PaymentKind, InAdvance] = field(default_factory=dict[PaymentKind, InAdvance])
    interest: InterestRule | None = None
    lender_type: str | None = None
    contracted_on: date | None = None
    disclosed: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a draft; a refused one has a fault and no id of its own."""

    reference: str
    id: LoanId | None
    outcome: Outcome
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan as it stands. `plain`: only payments ever happened to it, and nothing accrues."""

    id: LoanId
    reference: str
    borrower: BorrowerId
    product: str
    principal: Money
    annual_rate: Decimal
    method: Method
    day_count: DayCount
    disbursed_on: date
    matures_on: date
    state: LoanState
    past_due_since: date | None
    settled_on: date | None
    outstanding: Money
    credit: Money
    terms_version: int
    rules_version: int
    waterfall: Waterfall
    created_at: datetime
    updated_at: datetime
    plain: bool = True
    charged_off_on: date | None = None


@dataclass(frozen=True, slots=True)
class AgedLoan:
    """A loan as it stands, and how late it is today."""

    loan: Loan
    days_past_due: int
    bucket: str


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """Money that came in for one loan. The sender's `reference` makes it happen once.

    `in_advance` says where money before its time goes, if not where the contract sends it.
    `part_of` and `suspense` are for use cases that book several: the first payment of a receipt that is split over
    loans, and the item in suspense that the money comes from.
    """

    loan: LoanId
    reference: str
    amount: Money
    received_on: date
    source: str = "api"
    kind: PaymentKind = PaymentKind.REPAYMENT
    in_advance: InAdvance | None = None
    part_of: PaymentId | None = None
    suspense: UUID | None = None


@dataclass(frozen=True, slots=True)
class ListLoans:
    """A page of loans in the order they came; `late`: only those with something past due today."""

    cursor: str | None
    limit: int
    state: LoanState | None = None
    borrower: BorrowerId | None = None
    reference: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class ListPayments:
    """A page of payments in the order they arrived: of one loan, of one reference, or all."""

    cursor: str | None
    limit: int
    loan: LoanId | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class ListPostings:
    """A page of one loan's ledger in the order it was booked."""

    loan: LoanId
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class AskWorking:
    """Days past due of a loan on a day; without one, today."""

    loan: LoanId
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ReversePayment:
    """A payment that bounced, was charged back or was booked wrongly."""

    payment: PaymentId
    reference: str
    reason: str
    reversed_on: date | None = None
    cause: ReversalCause | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a payment (or reversal) did when it was booked. Repeating the request gives the same receipt."""

    payment: PaymentId
    loan: LoanId
    reference: str
    amount: Money
    received_on: date
    booked_at: datetime
    slices: tuple[Slice, ...]
    credit: Money
    reverses: PaymentId | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as it was booked."""

    id: PaymentId
    loan: LoanId
    reference: str
    amount: Money
    received_on: date
    booked_at: datetime
    source: str
    reverses: PaymentId | None
    reversed_by: PaymentId | None
    kind: PaymentKind = PaymentKind.REPAYMENT
    cause: ReversalCause | None = None
    part_of: PaymentId | None = None
    suspense: UUID | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of the ledger; plus is a debit."""

    id: int
    entry: UUID
    kind: EntryKind
    account: Account
    amount: Money
    value_on: date
    booked_at: datetime
    instalment: int | None
    payment: PaymentId | None
    corrects: UUID | None
    happening: UUID | None = None


@dataclass(frozen=True, slots=True)
class Debt:
    """What one loan asks of its obligors today.

    `overdue` is what fell due before today, `due_today` what falls due today, `next_due` what falls due next after.
    `past_due_since` is the due date of the oldest unpaid instalment and may lie ahead.
    """

    loan: LoanId
    reference: str
    borrower: BorrowerId
    disbursed_on: date
    overdue: Money
    due_today: Money
    outstanding: Money
    past_due_since: date | None
    days_past_due: int
    bucket: str
    next_due_on: date | None
    next_due: Money
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class Owing:
    """Whether a loan is open and since when: of a `Debt`, what is known without looking at instalments."""

    loan: LoanId
    outstanding: Money
    past_due_since: date | None
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class LoanWorking:
    """The working of one loan, with the version of the tenant's file it follows."""

    loan: LoanId
    currency: str
    rules_version: int
    working: Working
