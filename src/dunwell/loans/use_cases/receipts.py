"""Receipts: what a payment did when it was booked, the first time and every time it is asked again."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid5

from dunwell.kernel.ids import PaymentId
from dunwell.kernel.money import Money
from dunwell.loans.model import Account, Component, Effect, Payment, Receipt, Slice
from dunwell.loans.queries.ledger import Kept
from dunwell.loans.rules import Line
from dunwell.storage.tenant import TenantTx


def payment_id(tx: TenantTx, reference: str) -> PaymentId:
    """The id of the payment with that reference: the same whenever it is sent."""
    return PaymentId(uuid5(tx.caller.tenant.id, f"payment|{reference}"))


def part_reference(reference: str, place: int) -> str:
    """The reference of one part of a receipt that is split; `place` from 1."""
    return reference if place == 1 else f"{reference}/{place}"


def receipt_of(kept: Kept) -> Receipt:
    """The receipt as it was first given."""
    if kept.effect is not None:
        slices = tuple(
            Slice(number, Component(name), amount) for number, name, amount in kept.effect["slices"]
        )
        return _receipt(kept.payment, slices, kept.effect["surplus"])
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
    return _receipt(payment, tuple(slices), credit)


def effect_json(effect: Effect) -> dict[str, Any]:
    """What a payment did, as it is kept of loans that are not plain: their entries say more than that."""
    return {
        "slices": [[number, component.value, amount] for number, component, amount in effect.slices],
        "surplus": max(effect.surplus, 0),
    }


def receipt_by_effect(payment: Payment, effect: Effect) -> Receipt:
    """The receipt of a payment on such a loan; of a reversal, what the payment had settled until then."""
    return _receipt(payment, effect.slices, max(effect.surplus, 0))


def _receipt(payment: Payment, slices: tuple[Slice, ...], credit: int) -> Receipt:
    return Receipt(
        payment=payment.id,
        loan=payment.loan,
        reference=payment.reference,
        amount=payment.amount,
        received_on=payment.received_on,
        booked_at=payment.booked_at,
        slices=slices,
        credit=Money(credit, payment.amount.currency),
        reverses=payment.reverses,
    )
