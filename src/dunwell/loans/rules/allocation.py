"""How payments settle what is owed: one payment by the waterfall, and a whole life replayed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dunwell.loans.model import (
    Allocation,
    Component,
    Due,
    Instalment,
    Paid,
    Processing,
    Received,
    Slice,
    Waterfall,
)


@dataclass(frozen=True, slots=True)
class Lot:
    """One component of one instalment with something open on it."""

    instalment: int
    component: Component
    open: int


def allocate(amount: int, instalments: Sequence[Instalment], waterfall: Waterfall) -> Allocation:
    """Settle the oldest due date first and, within an instalment, the waterfall's order.

    With `COMPONENT_FIRST` a component is settled on every instalment before the next one is touched.
    The slices and the surplus always add up to the payment.
    """
    left = amount
    slices: list[Slice] = []
    for lot in _open_lots(instalments, waterfall):
        if not left:
            break
        settled = min(lot.open, left)
        slices.append(Slice(lot.instalment, lot.component, settled))
        left -= settled
    return Allocation(tuple(slices), surplus=left)


def settle(
    instalments: Sequence[Instalment], allocation: Allocation, payment: Received
) -> tuple[Instalment, ...]:
    """The instalments after the slices of one payment."""
    gained: dict[int, dict[Component, int]] = {}
    for number, component, amount in allocation.slices:
        gained.setdefault(number, {})[component] = amount
    return tuple(
        _settled(each, gained[each.due.number], payment) if each.due.number in gained else each
        for each in instalments
    )


def replay(
    dues: Sequence[Due], payments: Sequence[Received], waterfall: Waterfall
) -> tuple[tuple[Instalment, ...], dict[UUID, Allocation]]:
    """Live through the payments in the order given: where each instalment stands, and what each payment settled."""
    instalments = tuple(Instalment(due) for due in dues)
    allocations: dict[UUID, Allocation] = {}
    for payment in payments:
        allocation = allocate(payment.amount, instalments, waterfall)
        instalments = settle(instalments, allocation, payment)
        allocations[payment.id] = allocation
    return instalments, allocations


def _open_lots(instalments: Sequence[Instalment], waterfall: Waterfall) -> list[Lot]:
    ordered = sorted(instalments, key=lambda each: (each.due.due_on, each.due.number))
    if waterfall.processing is Processing.INSTALMENT_FIRST:
        pairs = [(each, component) for each in ordered for component in waterfall.order]
    else:
        pairs = [(each, component) for component in waterfall.order for each in ordered]
    lots = [Lot(each.due.number, component, _open(each, component)) for each, component in pairs]
    return [lot for lot in lots if lot.open]


def _open(instalment: Instalment, component: Component) -> int:
    due, paid = instalment
    return getattr(due, component) - getattr(paid, component)


def _settled(instalment: Instalment, gained: dict[Component, int], payment: Received) -> Instalment:
    before = instalment.paid
    paid = Paid(
        before.principal + gained.get(Component.PRINCIPAL, 0),
        before.interest + gained.get(Component.INTEREST, 0),
        before.costs + gained.get(Component.COSTS, 0),
    )
    complete = paid.total == instalment.due.total
    return Instalment(instalment.due, paid._replace(settled_on=payment.received_on if complete else None))
