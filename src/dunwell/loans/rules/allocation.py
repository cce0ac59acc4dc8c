"""How payments settle what is owed: one payment by the waterfall, and a whole life replayed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
    ordered = sorted(instalments, key=lambda each: (each.due.due_on, each.due.number))
    for lot in open_lots(ordered, waterfall):
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
        with_paid(each, gained[each.due.number], payment.received_on) if each.due.number in gained else each
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


def open_lots(ordered: Sequence[Instalment], waterfall: Waterfall) -> Iterator[Lot]:
    """What is open on instalments in the order given, in the order in which the waterfall settles it."""
    if waterfall.processing is Processing.INSTALMENT_FIRST:
        pairs = ((each, component) for each in ordered for component in waterfall.order)
    else:
        pairs = ((each, component) for component in waterfall.order for each in ordered)
    lots = (Lot(each.due.number, component, each.open(component)) for each, component in pairs)
    return (lot for lot in lots if lot.open)


def with_paid(instalment: Instalment, gained: Mapping[Component, int], on: date) -> Instalment:
    """The instalment with that much more (or, negative, less) of each component settled on a day."""
    due, before, waived = instalment
    paid = Paid(
        principal=before.principal + gained.get(Component.PRINCIPAL, 0),
        interest=before.interest + gained.get(Component.INTEREST, 0),
        costs=before.costs + gained.get(Component.COSTS, 0),
        fees=before.fees + gained.get(Component.FEES, 0),
        penalties=before.penalties + gained.get(Component.PENALTIES, 0),
    )
    complete = paid.total + waived.total == due.total
    return Instalment(due, paid._replace(settled_on=on if complete else None), waived)
