"""Facts that loans tell the areas above. Ids, dates and amounts; never personal data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from dunwell.kernel.money import Money

PAYMENT_RECORDED: Final = "loans.payment-recorded"
PAYMENT_REVERSED: Final = "loans.payment-reversed"
HAPPENED: Final = "loans.happened"
# A loan that was late is not any more; a loan that owed something owes nothing.
CURED: Final = "loans.cured"
SETTLED: Final = "loans.settled"
# Payments (or loans) told in one fact at most, so that a reaction stays one short transaction.
MOST: Final = 500


@dataclass(frozen=True, slots=True)
class PaymentTold:
    """One payment (or reversal), and how its loan stands after it. `recovery`: the loan had been written off."""

    payment: UUID
    loan: UUID
    borrower: UUID
    amount: Money
    received_on: date
    outstanding: Money
    past_due_since: date | None
    settled_on: date | None
    recovery: bool = False


@dataclass(frozen=True, slots=True)
class LoanTold:
    """How one loan stands."""

    loan: UUID
    borrower: UUID
    outstanding: Money
    past_due_since: date | None
    settled_on: date | None
    state: str


def payload(payments: Sequence[PaymentTold]) -> dict[str, object]:
    """The JSON of a fact: `{"payments": [{"payment", "loan", "borrower", "amount", …}]}`."""
    return {"payments": [_told(each) for each in payments]}


def loans_payload(loans: Sequence[LoanTold]) -> dict[str, object]:
    """The JSON of a fact: `{"loans": [{"loan", "borrower", "outstanding", "past_due_since", …}]}`."""
    return {"loans": [_loan(each) for each in loans]}


def happened_payload(happening: UUID, kind: str, on: date, loan: LoanTold) -> dict[str, object]:
    """The JSON of a fact: what happened, and how the loan stands after it."""
    return {"happening": str(happening), "kind": kind, "on": on.isoformat(), **_loan(loan)}


def _told(each: PaymentTold) -> dict[str, object]:
    return {
        "payment": str(each.payment),
        "loan": str(each.loan),
        "borrower": str(each.borrower),
        "amount": _money(each.amount),
        "received_on": each.received_on.isoformat(),
        "outstanding": _money(each.outstanding),
        "past_due_since": _day(each.past_due_since),
        "settled_on": _day(each.settled_on),
        "recovery": each.recovery,
    }


def _loan(each: LoanTold) -> dict[str, object]:
    return {
        "loan": str(each.loan),
        "borrower": str(each.borrower),
        "outstanding": _money(each.outstanding),
        "past_due_since": _day(each.past_due_since),
        "settled_on": _day(each.settled_on),
        "state": each.state,
    }


def _money(money: Money) -> dict[str, str]:
    return {"amount": money.amount, "currency": money.currency}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
