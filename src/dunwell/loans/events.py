"""Facts that loans tell the areas above. Ids, dates and amounts; never personal data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from dunwell.kernel.money import Money

PAYMENT_RECORDED: Final = "loans.payment-recorded"
PAYMENT_REVERSED: Final = "loans.payment-reversed"
# Payments told in one fact at most, so that a reaction stays one short transaction.
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class PaymentTold:
    """One payment (or reversal), and how its loan stands after it."""

    payment: UUID
    loan: UUID
    borrower: UUID
    amount: Money
    received_on: date
    outstanding: Money
    past_due_since: date | None
    settled_on: date | None


def payload(payments: Sequence[PaymentTold]) -> dict[str, object]:
    """The JSON of a fact: `{"payments": [{"payment", "loan", "borrower", "amount", …}]}`."""
    return {"payments": [_told(each) for each in payments]}


def _told(each: PaymentTold) -> dict[str, object]:
    return {
        "payment": str(each.payment),
        "loan": str(each.loan),
        "borrower": str(each.borrower),
        "amount": {"amount": each.amount.amount, "currency": each.amount.currency},
        "received_on": each.received_on.isoformat(),
        "outstanding": {"amount": each.outstanding.amount, "currency": each.outstanding.currency},
        "past_due_since": each.past_due_since.isoformat() if each.past_due_since else None,
        "settled_on": each.settled_on.isoformat() if each.settled_on else None,
    }
