"""Loans as values: terms, instalments, payments, receipts, and the working behind days past due.

Amounts inside a loan are whole minor units of the loan's one currency (`int`); `Money` is used where a
value crosses the border of the area.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from dunwell.kernel.errors import Conflict, Fault, Invalid, NotFound
from dunwell.kernel.ids import BorrowerId, LoanId, PaymentId
from dunwell.kernel.money import Money

MOST_INSTALMENTS: Final = 600
MOST_RATE: Final = Decimal(10)
MOST_PAYMENTS: Final = 500
REFERENCE_LENGTH: Final = 200


class LoanNotFound(NotFound):
    """No such loan at this tenant."""

    code = "loan.not-found"


class LoanInvalid(Invalid):
    """The terms of a loan contradict themselves; `faults` names each field."""

    code = "loan.invalid"


class LoanSettled(Conflict):
    """Nothing is open on the loan that a payment could settle."""

    code = "loan.settled"


class LoanCurrencyFixed(Conflict):
    """The currency of a loan cannot change once money was received in it."""

    code = "loan.currency-fixed"


class PaymentNotFound(NotFound):
    """No such payment at this tenant."""

    code = "payment.not-found"


class PaymentInvalid(Invalid):
    """The payment says something that cannot be; `faults` names each field."""

    code = "payment.invalid"


class PaymentDiffers(Conflict):
    """A payment of that reference was booked before, and it said something else."""

    code = "payment.differs"


class PaymentReversed(Conflict):
    """The payment was taken back already, or is itself a reversal."""

    code = "payment.reversed"


class Method(StrEnum):
    """How principal and interest are spread: 等额本息, 等额本金, 先息后本, 一次性还本付息, or as supplied."""

    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_FIRST = "interest_first"
    BULLET = "bullet"
    AS_ON_TAPE = "as_on_tape"


class DayCount(StrEnum):
    """How much of a year lies between two dates."""

    THIRTY_360 = "30/360"
    THIRTY_E_360 = "30E/360"
    ACTUAL_360 = "actual/360"
    ACTUAL_365 = "actual/365"
    ACTUAL_ACTUAL = "actual/actual"


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Component(StrEnum):
    """What an instalment is made of; also the name of the ledger account of what is owed of it."""

    COSTS = "costs"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class Processing(StrEnum):
    """Which comes first when a payment is spread: finish an instalment, or finish a component."""

    INSTALMENT_FIRST = "instalment_first"
    COMPONENT_FIRST = "component_first"


class FirstDay(StrEnum):
    """Which day of being late has number 1."""

    DAY_AFTER_DUE = "day_after_due"
    DUE_DAY = "due_day"


class AfterGrace(StrEnum):
    """From where days are counted once the grace has passed."""

    FROM_DUE_DATE = "from_due_date"
    FROM_GRACE_END = "from_grace_end"


class LoanState(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    CHARGED_OFF = "charged_off"
    CLOSED = "closed"


class Role(StrEnum):
    """A contact person is never liable and is never told about the debt."""

    BORROWER = "borrower"
    CO_BORROWER = "co_borrower"
    GUARANTOR = "guarantor"
    CONTACT_PERSON = "contact_person"


class Outcome(StrEnum):
    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Account(StrEnum):
    """Ledger accounts of a loan. What is owed stands on the component's own account."""

    CASH = "cash"
    PRINCIPAL = "principal"
    INTEREST = "interest"
    COSTS = "costs"
    UNEARNED = "unearned"
    CREDIT = "credit"
    SUSPENSE = "suspense"
    WRITTEN_OFF = "written_off"


class EntryKind(StrEnum):
    OPENING = "opening"
    TERMS = "terms"
    PAYMENT = "payment"
    REVERSAL = "reversal"
    REPLAY = "replay"
    WRITE_OFF = "write_off"


@dataclass(frozen=True, slots=True)
class Every:
    """The distance between two due dates: one month, two weeks, 30 days."""

    count: int = 1
    unit: Unit = Unit.MONTH


@dataclass(frozen=True, slots=True)
class Terms:
    """The contract, as far as a schedule needs it. `annual_rate` is a fraction: 0.12 is 12 % a year.

    Without `first_due_on` the first instalment falls due one period after the money was paid out.
    """

    principal: int
    annual_rate: Decimal
    method: Method
    day_count: DayCount
    disbursed_on: date
    count: int
    every: Every
    first_due_on: date | None = None


class Due(NamedTuple):
    """An instalment: number from 1, due date, and what of it is owed, by component.

    A named tuple because tapes make millions of them.
    """

    number: int
    due_on: date
    principal: int
    interest: int
    costs: int = 0

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.costs


class Paid(NamedTuple):
    """What of an instalment is settled, by component, and the day that settled the last of it."""

    principal: int = 0
    interest: int = 0
    costs: int = 0
    settled_on: date | None = None

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.costs


UNPAID: Final = Paid()


class Instalment(NamedTuple):
    """What falls due, beside what of it is settled."""

    due: Due
    paid: Paid = UNPAID

    @property
    def outstanding(self) -> int:
        return self.due.total - self.paid.total


class Slice(NamedTuple):
    """The part of a payment that settled one component of one instalment."""

    instalment: int
    component: Component
    amount: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a payment settled. Slices and surplus add up to the payment."""

    slices: tuple[Slice, ...]
    surplus: int


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The order in which a payment settles what is owed."""

    order: tuple[Component, ...] = (Component.COSTS, Component.INTEREST, Component.PRINCIPAL)
    processing: Processing = Processing.INSTALMENT_FIRST


@dataclass(frozen=True, slots=True)
class Convention:
    """How a tenant counts days past due. An instalment with at most `tolerance` open counts as settled."""

    first_day: FirstDay = FirstDay.DAY_AFTER_DUE
    grace_days: int = 0
    after_grace: AfterGrace = AfterGrace.FROM_DUE_DATE
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """A range of days past due, from `from_day` to the next bucket's."""

    name: str
    from_day: int


class Received(NamedTuple):
    """A payment as replay and ageing see it, in the order (`received_on`, arrival)."""

    id: UUID
    amount: int
    received_on: date
    reference: str = ""


@dataclass(frozen=True, slots=True)
class GivenRow:
    """One instalment as the lender supplies it."""

    due_on: date
    principal: Money
    interest: Money
    costs: Money


@dataclass(frozen=True, slots=True)
class Obligor:
    """A person beside the borrower, and what they are to the loan."""

    borrower: BorrowerId
    role: Role


@dataclass(frozen=True, slots=True)
class LoanDraft:
    """What a lender says about a loan. `rows` go with `Method.AS_ON_TAPE`, and only with it."""

    reference: str
    borrower: BorrowerId
    principal: Money
    disbursed_on: date
    method: Method
    annual_rate: Decimal = Decimal(0)
    day_count: DayCount = DayCount.THIRTY_360
    count: int = 1
    every: Every = Every()
    first_due_on: date | None = None
    rows: tuple[GivenRow, ...] = ()
    product: str = ""
    obligors: tuple[Obligor, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a draft; a refused one has a fault and no id of its own."""

    reference: str
    id: LoanId | None
    outcome: Outcome
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan as it stands."""

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
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """Money that came in for one loan. The sender's `reference` makes it happen once."""

    loan: LoanId
    reference: str
    amount: Money
    received_on: date
    source: str = "api"


@dataclass(frozen=True, slots=True)
class ListLoans:
    """A page of loans, oldest first. `late_on`: only those past due on that day."""

    cursor: str | None
    limit: int
    state: LoanState | None = None
    borrower: BorrowerId | None = None
    reference: str | None = None
    late_on: date | None = None


@dataclass(frozen=True, slots=True)
class ListPayments:
    """A page of payments in the order they arrived."""

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
class WorkingLine:
    """One instalment in the working: what was open on the day, and whether it made the loan late."""

    number: int
    due_on: date
    due: int
    outstanding: int
    settled_on: date | None
    days_late: int
    counts: bool


@dataclass(frozen=True, slots=True)
class Working:
    """Days past due on a day, and everything it was counted from.

    `calendar_days` is the plain distance from `since`; `days_past_due` is what the convention makes of it.
    """

    on: date
    since: date | None
    calendar_days: int
    days_past_due: int
    bucket: str
    convention: Convention
    instalments: tuple[WorkingLine, ...]
    payments: tuple[Received, ...]


@dataclass(frozen=True, slots=True)
class LoanWorking:
    """The working of one loan, with the version of the tenant's file it follows."""

    loan: LoanId
    currency: str
    rules_version: int
    working: Working
