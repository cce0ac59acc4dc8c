"""Charges over HTTP: what is charged, given up, credited; and credit paid out."""

from datetime import date
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
from dunwell.loans import use_cases
from dunwell.loans.model import (
    AdjustCharge,
    ChargeBack,
    ChargeStanding,
    Component,
    PostCharge,
    RefundCredit,
    WaiveCharge,
)
from dunwell.loans.routes.happened import HappenedOut, Reason
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Day, In, MoneyIn, MoneyOut, Reference


class ChargeIn(In):
    """A fee, a penalty, or costs. `code` is its name on the disclosure sheet, `name` what the debtor reads."""

    reference: Reference
    code: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,59}$", examples=["late_notice_fee"])]
    component: Annotated[Component, Field(examples=["fees"])]
    amount: MoneyIn
    charged_on: Day
    due_on: Day | None = None
    name: Annotated[str, Field(max_length=200)] = ""


class WaiverIn(In):
    """Give up what is still open of the charge."""

    reference: Reference
    waived_on: Day
    reason: Reason = ""


class PartWaiverIn(WaiverIn):
    """Give up an amount of a component, the oldest due first."""

    component: Annotated[Component, Field(examples=["interest"])]
    amount: MoneyIn


class CreditIn(In):
    """Credit (part of) a charge after the fact: it is spread as money that came in."""

    reference: Reference
    amount: MoneyIn
    adjusted_on: Day
    reason: Reason = ""


class ChargeBackIn(In):
    """The payer's bank took the payment back; without an amount, all that is left of it."""

    reference: Reference
    charged_back_on: Day
    amount: MoneyIn | None = None
    reason: Reason = ""


class RefundIn(In):
    """Credit paid out to the borrower; never more than there is."""

    reference: Reference
    amount: MoneyIn
    refunded_on: Day
    reason: Reason = ""


class ChargeOut(Struct, frozen=True):
    """A charge, and what became of it. `instalment` is the one it is paid with."""

    id: UUID
    code: str
    component: Component
    charged_on: date
    due_on: date
    amount: MoneyOut
    paid: MoneyOut
    waived: MoneyOut
    outstanding: MoneyOut
    instalment: int

    @classmethod
    def of(cls, standing: ChargeStanding, currency: str) -> Self:
        charge = standing.charge
        return cls(
            id=charge.id,
            code=charge.code,
            component=charge.component,
            charged_on=charge.on,
            due_on=charge.due_on,
            amount=MoneyOut.of(Money(charge.amount, currency)),
            paid=MoneyOut.of(Money(standing.paid, currency)),
            waived=MoneyOut.of(Money(standing.waived, currency)),
            outstanding=MoneyOut.of(Money(standing.outstanding, currency)),
            instalment=standing.instalment,
        )


class ChargesOut(Struct, frozen=True):
    """All charges of a loan, in the order they were made."""

    items: list[ChargeOut]

    @classmethod
    def of(cls, found: tuple[str, tuple[ChargeStanding, ...]]) -> Self:
        currency, charges = found
        return cls([ChargeOut.of(each, currency) for each in charges])


@post("/{loan_id:uuid}/charges", guards=[requires("loans:write")])
async def post_charge(
    loan_id: FromPath[UUID], data: JSONBody[ChargeIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Charge the loan, if its disclosure sheet and the law allow it: a charge that they forbid is never posted."""
    command = PostCharge(
        LoanId(loan_id),
        data.reference,
        data.code,
        data.component,
        data.amount.positive("amount"),
        data.charged_on,
        data.due_on,
        data.name,
    )
    return await once.run(use_cases.post_charge, command, HappenedOut.of)


@get("/{loan_id:uuid}/charges", guards=[requires("loans:read")])
async def get_charges(
    loan_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> ChargesOut:
    """The charges of a loan, and what became of each."""
    return ChargesOut.of(await database.read(caller, use_cases.charges_of, LoanId(loan_id)))


@post("/{loan_id:uuid}/charges/{charge_id:uuid}/waiver", guards=[requires("loans:write")])
async def post_waiver(
    loan_id: FromPath[UUID], charge_id: FromPath[UUID], data: JSONBody[WaiverIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Give up what is still open of a charge."""
    command = WaiveCharge(
        LoanId(loan_id), data.reference, data.waived_on, charge=charge_id, reason=data.reason
    )
    return await once.run(use_cases.waive_charge, command, HappenedOut.of)


@post("/{loan_id:uuid}/charges/{charge_id:uuid}/credit", guards=[requires("loans:write")])
async def post_credit(
    loan_id: FromPath[UUID], charge_id: FromPath[UUID], data: JSONBody[CreditIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Credit (part of) a charge that may have been paid already."""
    amount = data.amount.positive("amount")
    command = AdjustCharge(LoanId(loan_id), data.reference, charge_id, amount, data.adjusted_on, data.reason)
    return await once.run(use_cases.adjust_charge, command, HappenedOut.of)


@post("/{loan_id:uuid}/waivers", guards=[requires("loans:write")])
async def post_part_waiver(
    loan_id: FromPath[UUID], data: JSONBody[PartWaiverIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Give up an amount of a component: never more than is owed of it."""
    command = WaiveCharge(
        LoanId(loan_id),
        data.reference,
        data.waived_on,
        component=data.component,
        amount=data.amount.positive("amount"),
        reason=data.reason,
    )
    return await once.run(use_cases.waive_charge, command, HappenedOut.of)


@post("/{loan_id:uuid}/refunds", guards=[requires("payments:write")])
async def post_refund(
    loan_id: FromPath[UUID], data: JSONBody[RefundIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Pay credit of the loan out to the borrower."""
    amount = data.amount.positive("amount")
    command = RefundCredit(LoanId(loan_id), data.reference, amount, data.refunded_on, data.reason)
    return await once.run(use_cases.refund_credit, command, HappenedOut.of)


@post("/{payment_id:uuid}/chargeback", guards=[requires("payments:write")])
async def post_chargeback(
    payment_id: FromPath[UUID], data: JSONBody[ChargeBackIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """(Part of) a payment was taken back by the payer's bank: what it had settled is owed again, from that day."""
    amount = data.amount.positive("amount") if data.amount else None
    command = ChargeBack(PaymentId(payment_id), data.reference, data.charged_back_on, amount, data.reason)
    return await once.run(use_cases.charge_back, command, HappenedOut.of)


of_loans = Router(
    "/loans",
    route_handlers=[post_charge, get_charges, post_waiver, post_credit, post_part_waiver, post_refund],
    tags=["charges"],
)
of_payments = Router("/payments", route_handlers=[post_chargeback], tags=["payments"])
routers = [of_loans, of_payments]
