"""Receipts: what a payment did when it was booked, the first time and every time it is asked again."""

from collections.abc import Iterable
from uuid import uuid5

from dunwell.kernel.ids import PaymentId
from dunwell.kernel.money import Money
from dunwell.loans.model import Account, Component, Payment, Receipt, Slice
from dunwell.loans.queries.ledger import Kept
from dunwell.loans.rules import Line
from dunwell.storage.tenant import TenantTx


def payment_id(tx: TenantTx, reference: str) -> PaymentId:
    """The id of the payment with that reference: the same whenever it is sent."""
    return PaymentId(uuid5(tx.caller.tenant.id, f"payment|{reference}"))


def receipt_of(kept: Kept) -> Receipt:
    """The receipt as it was first given."""
    return receipt(kept.payment, kept.lines)


def receipt(payment: Payment, lines: Iterable[Line]) -> Receipt:
    """The receipt of a payment with the lines of its first entry; of a reversal, what it opened again."""
    slices: list[Slice] = []
    credit = 0
    for account, instalment, amount in lines:
        if account is Account.CREDIT:
            credit += abs(amount)
        elif instalment is not None:
            slices.append(Slice(instalment, Component(account), abs(amount)))
    return Receipt(
        payment=payment.id,
        loan=payment.loan,
        reference=payment.reference,
        amount=payment.amount,
        received_on=payment.received_on,
        booked_at=payment.booked_at,
        slices=tuple(slices),
        credit=Money(credit, payment.amount.currency),
        reverses=payment.reverses,
    )
