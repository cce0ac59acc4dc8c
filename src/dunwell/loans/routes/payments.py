"""Payments over HTTP: recorded once, listed, taken back."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from pydantic import Field

from dunwell.access.once import Once
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId, PaymentId
from dunwell.kernel.money import Money
from dunwell.kernel.paging import LIMIT
from dunwell.loans import use_cases
from dunwell.loans.model import (
    MOST_PAYMENTS,
    Component,
    InAdvance,
    ListPayments,
    Payment,
    PaymentKind,
    Receipt,
    RecordPayment,
    ReversalCause,
    ReversePayment,
)
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Day, Filter, In, Limit, MoneyIn, MoneyOut, PageOut, Reference, page_out


class PaymentIn(In):
    """Money that came in for the loan. The same `reference` again is the same payment.

    `kind` tells money of the lender's (goodwill, refund of a purchase) from the debtor's; `in_advance` where money
    before its time goes, if not where the contract sends it.
    """

    reference: Reference
    amount: MoneyIn
    received_on: Day
    kind: Annotated[PaymentKind, Field(examples=["repayment"])] = PaymentKind.REPAYMENT
    in_advance: InAdvance | None = None


class LoanPaymentIn(PaymentIn):
    """A payment in a batch names its loan."""

    loan: UUID


class PaymentsIn(In):
    """Payments of any loans; all are recorded, or none."""

    payments: Annotated[list[LoanPaymentIn], Field(min_length=1, max_length=MOST_PAYMENTS)]


class ReversalIn(In):
    """Why and as of which day a payment is taken back; the reversal has a reference of its own.

    With the cause `unidentified` the money stays: it goes into suspense.
    """

    reference: Reference
    reason: Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,59}$", examples=["charge-back"])]
    reversed_on: Day | None = None
    cause: ReversalCause | None = None


class SliceOut(Struct, frozen=True):
    """The part of a payment that settled one component of one instalment."""

    instalment: int
    component: Component
    amount: MoneyOut


class ReceiptOut(Struct, frozen=True):
    """What the payment did when it was booked; of a reversal (`reverses`), what it opened again."""

    payment: UUID
    loan: UUID
    reference: str
    amount: MoneyOut
    received_on: date
    booked_at: datetime
    slices: list[SliceOut]
    credit: MoneyOut
    reverses: UUID | None

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        currency = receipt.amount.currency
        return cls(
            payment=receipt.payment,
            loan=receipt.loan,
            reference=receipt.reference,
            amount=MoneyOut.of(receipt.amount),
            received_on=receipt.received_on,
            booked_at=receipt.booked_at,
            slices=[
                SliceOut(number, component, MoneyOut.of(Money(amount, currency)))
                for number, component, amount in receipt.slices
            ],
            credit=MoneyOut.of(receipt.credit),
            reverses=receipt.reverses,
        )


class ReceiptsOut(Struct, frozen=True):
    """One receipt for each payment, in their order."""

    items: list[ReceiptOut]

    @classmethod
    def of(cls, receipts: list[Receipt]) -> Self:
        return cls([ReceiptOut.of(receipt) for receipt in receipts])


class PaymentOut(Struct, frozen=True):
    """A payment as it was booked. A reversal `reverses` another; a payment that was taken back is `reversed_by` one.

    `part_of` is the first payment of a receipt that was split over loans, `suspense` the item the money came from.
    """

    id: UUID
    loan: UUID
    reference: str
    amount: MoneyOut
    received_on: date
    booked_at: datetime
    source: str
    reverses: UUID | None
    reversed_by: UUID | None
    kind: PaymentKind
    cause: ReversalCause | None
    part_of: UUID | None
    suspense: UUID | None

    @classmethod
    def of(cls, payment: Payment) -> Self:
        return cls(
            payment.id,
            payment.loan,
            payment.reference,
            MoneyOut.of(payment.amount),
            payment.received_on,
            payment.booked_at,
            payment.source,
            payment.reverses,
            payment.reversed_by,
            payment.kind,
            payment.cause,
            payment.part_of,
            payment.suspense,
        )


@post("/{loan_id:uuid}/payments", guards=[requires("payments:write")])
async def post_payment(
    loan_id: FromPath[UUID], data: JSONBody[PaymentIn], once: NamedDependency[Once]
) -> Response[ReceiptOut]:
    """Record a payment. Safe to send again with the same `reference`: the first receipt is the answer."""
    return await once.run(use_cases.record_payment, _command(loan_id, data, "amount"), ReceiptOut.of)


@get("/{loan_id:uuid}/payments", guards=[requires("payments:read")])
async def get_loan_payments(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[PaymentOut]:
    """Payments of one loan in the order they arrived."""
    command = ListPayments(cursor, limit, LoanId(loan_id))
    return page_out(await database.read(caller, use_cases.list_payments, command), PaymentOut.of)


@get("/", guards=[requires("payments:read")])
async def get_payments(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    reference: Filter = None,
) -> PageOut[PaymentOut]:
    """Payments in the order they arrived."""
    command = ListPayments(cursor, limit, None, reference)
    return page_out(await database.read(caller, use_cases.list_payments, command), PaymentOut.of)


@get("/{payment_id:uuid}", guards=[requires("payments:read")])
async def get_payment(
    payment_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> PaymentOut:
    """One payment as it was booked."""
    return PaymentOut.of(await database.read(caller, use_cases.payment, PaymentId(payment_id)))


@post("/", guards=[requires("payments:write")])
async def post_payments(data: JSONBody[PaymentsIn], once: NamedDependency[Once]) -> Response[ReceiptsOut]:
    """Record up to 500 payments, all or none; one that was recorded before is answered with its first receipt."""
    commands = [
        _command(each.loan, each, f"payments[{place}].amount") for place, each in enumerate(data.payments)
    ]
    return await once.run(use_cases.record_payments, commands, ReceiptsOut.of)


@post("/{payment_id:uuid}/reverse", guards=[requires("payments:write")])
async def post_reversal(
    payment_id: FromPath[UUID], data: JSONBody[ReversalIn], once: NamedDependency[Once]
) -> Response[ReceiptOut]:
    """Take a payment back: it bounced, was charged back or was booked wrongly. Later payments move up."""
    command = ReversePayment(PaymentId(payment_id), data.reference, data.reason, data.reversed_on, data.cause)
    return await once.run(use_cases.reverse_payment, command, ReceiptOut.of)


def _command(loan: UUID, data: PaymentIn, place: str) -> RecordPayment:
    return RecordPayment(
        LoanId(loan),
        data.reference,
        data.amount.positive(place),
        data.received_on,
        kind=data.kind,
        in_advance=data.in_advance,
    )


router = Router(
    "/payments",
    route_handlers=[get_payments, get_payment, post_payments, post_reversal],
    tags=["payments"],
)
