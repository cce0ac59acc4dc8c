"""Money in suspense: held when it comes in unidentified, assigned to loans later, or returned."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid5

import asyncpg

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record, record_many
from dunwell.kernel.calendar import EARLIEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import PaymentId
from dunwell.kernel.money import Money
from dunwell.kernel.paging import Page, page
from dunwell.loans.model import (
    MOST_PARTS,
    AssignMoney,
    HoldMoney,
    ListSuspense,
    Receipt,
    RecordPayment,
    ReturnMoney,
    SuspenseDiffers,
    SuspenseEmpty,
    SuspenseInvalid,
    SuspenseItem,
    SuspenseNotFound,
    SuspenseState,
)
from dunwell.loans.queries import ledger, suspense
from dunwell.loans.rules import (
    amount_faults,
    currency_faults,
    day_faults,
    held_lines,
    reason_faults,
    reference_faults,
    reversed_lines,
)
from dunwell.loans.use_cases.cursors import after_instant
from dunwell.loans.use_cases.paying import record_payments
from dunwell.loans.use_cases.receipts import part_reference, payment_id, receipt_of
from dunwell.storage.tenant import TenantTx


async def hold_money(tx: TenantTx, commands: Sequence[HoldMoney]) -> list[SuspenseItem]:
    """Book money that no loan can take yet, all or none. Sending one again answers with the item as it is now.

    Raises `SuspenseInvalid` with the line (from 1) of each fault, or `SuspenseDiffers`.
    """
    if not commands:
        return []
    faults = [
        replace(fault, line=line if len(commands) > 1 else None)
        for line, command in enumerate(commands, start=1)
        for fault in _faults(tx, command)
    ]
    if faults:
        raise SuspenseInvalid("money that cannot be held", faults=faults)
    first = {command.reference: command for command in reversed(commands)}
    new = await suspense.insert_items(tx, [_row(tx, each) for each in first.values()])
    items = await suspense.items_by_reference(tx, list(first))
    if any(_said(command) != _kept(items[command.reference]) for command in commands):
        raise SuspenseDiffers("money of that reference is held and said something else")
    fresh = [item for item in items.values() if item.id in new]
    await suspense.insert_item_postings(
        tx, [(item.id, item, item.received_on, held_lines(item.amount.minor)) for item in fresh]
    )
    await record_many(
        tx,
        [
            Act("suspense.held", item.id, {"amount": str(item.amount), "source": item.source})
            for item in fresh
        ],
    )
    return [items[command.reference] for command in commands]


async def assign_money(tx: TenantTx, command: AssignMoney) -> list[Receipt]:
    """Give (part of) an item to loans: a payment for each, received on the day the item was.

    Sending it again answers with the first receipts. Raises `SuspenseNotFound`, `SuspenseEmpty`,
    `SuspenseInvalid`, `SuspenseDiffers`, and what `record_payments` raises; then nothing is assigned.
    """
    item = await _locked(tx, command.item)
    total = sum(amount.minor for _, amount in command.parts)
    payments = _payments(tx, command, item)
    earlier = await suspense.move(tx, command.reference)
    if earlier is not None:
        said = (earlier.item, earlier.kind, earlier.amount)
        if said != (item.id, SuspenseState.ASSIGNED, total):
            raise SuspenseDiffers("that reference was used and said something else")
        return await _first_receipts(tx, payments)
    faults = [*reference_faults(command.reference), *_part_faults(command, item)]
    if faults:
        raise SuspenseInvalid("the item cannot be assigned like this", faults=faults)
    _refuse_more_than_left(item, total)
    receipts = await record_payments(tx, payments)
    await _move(
        tx, item, suspense.Move(_move_id(tx, command.reference), item.id, SuspenseState.ASSIGNED,
                                command.reference, total, item.received_on)
    )  # fmt: skip
    await record(
        tx,
        "suspense.assigned",
        item.id,
        amount=str(Money(total, item.amount.currency)),
        payments=[str(each.payment) for each in receipts],
    )
    return receipts


async def return_money(tx: TenantTx, command: ReturnMoney) -> SuspenseItem:
    """Send what is left of an item back. Sending it again answers with the item.

    Raises `SuspenseNotFound`, `SuspenseEmpty`, `SuspenseInvalid` or `SuspenseDiffers`.
    """
    item = await _locked(tx, command.item)
    earlier = await suspense.move(tx, command.reference)
    if earlier is not None:
        said = (earlier.item, earlier.kind, earlier.moved_on, earlier.reason)
        if said != (item.id, SuspenseState.RETURNED, command.returned_on, command.reason):
            raise SuspenseDiffers("that reference was used and said something else")
        return item
    faults = [
        *reference_faults(command.reference),
        *day_faults("returned_on", command.returned_on, item.received_on, tx.today),
        *reason_faults(command.reason),
    ]
    if faults:
        raise SuspenseInvalid("the item cannot be returned like this", faults=faults)
    _refuse_more_than_left(item, 1)
    after = await _move(
        tx, item, suspense.Move(_move_id(tx, command.reference), item.id, SuspenseState.RETURNED,
                                command.reference, item.left.minor, command.returned_on, command.reason)
    )  # fmt: skip
    await record(tx, "suspense.returned", item.id, amount=str(item.left))
    return after


async def suspense_item(tx: TenantTx, item_id: UUID) -> SuspenseItem:
    """One item as it is. Raises `SuspenseNotFound`."""
    found = await suspense.item(tx, item_id)
    if found is None:
        raise SuspenseNotFound("no such money in suspense")
    return found


async def list_suspense(tx: TenantTx, command: ListSuspense) -> Page[SuspenseItem]:
    """A page of items in the order they came."""
    rows = await suspense.items(tx, after_instant(command.cursor), command.state, command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (str(row.booked_at), str(row.id)))


async def _locked(tx: TenantTx, item_id: UUID) -> SuspenseItem:
    item = await suspense.lock_item(tx, item_id)
    if item is None:
        raise SuspenseNotFound("no such money in suspense")
    return item


async def _move(tx: TenantTx, item: SuspenseItem, move: suspense.Move) -> SuspenseItem:
    """Keep what was done, post it, and lower what is left."""
    try:
        await suspense.insert_move(tx, move)
    except asyncpg.UniqueViolationError as error:
        # Only a race for one reference on two items ends here: on one item, the lock lets the second see the first.
        raise SuspenseDiffers("that reference is being used on another item") from error
    lines = reversed_lines(held_lines(move.amount))
    await suspense.insert_item_postings(tx, [(move.id, item, move.moved_on, lines)])
    return await suspense.take_from_item(tx, item.id, move.amount, move.kind)


def _payments(tx: TenantTx, command: AssignMoney, item: SuspenseItem) -> list[RecordPayment]:
    """A payment for each part. The first has the reference itself, so that no other payment can have it."""
    first = payment_id(tx, command.reference) if len(command.parts) > 1 else None
    return [
        RecordPayment(
            loan=loan,
            reference=part_reference(command.reference, place),
            amount=amount,
            received_on=item.received_on,
            source=item.source,
            part_of=first,
            suspense=item.id,
        )
        for place, (loan, amount) in enumerate(command.parts, start=1)
    ]


async def _first_receipts(tx: TenantTx, payments: Sequence[RecordPayment]) -> list[Receipt]:
    kept = await ledger.kept_by_reference(tx, [each.reference for each in payments])
    found = [kept.get(each.reference) for each in payments]
    for payment, each in zip(payments, found, strict=True):
        if each is None or (each.payment.loan, each.payment.amount) != (payment.loan, payment.amount):
            raise SuspenseDiffers("that reference was used and said something else")
    return [receipt_of(each) for each in found if each is not None]


def _refuse_more_than_left(item: SuspenseItem, wanted: int) -> None:
    if item.left.minor == 0:
        raise SuspenseEmpty(f"nothing is left of it: it was {item.state}")
    if wanted > item.left.minor:
        fault = Fault("parts", "more than is left of the item", f"at most {item.left}")
        raise SuspenseInvalid("more than is left of the item", faults=[fault])


def _part_faults(command: AssignMoney, item: SuspenseItem) -> list[Fault]:
    faults: list[Fault] = []
    if not 1 <= len(command.parts) <= MOST_PARTS:
        faults.append(Fault("parts", f"not between 1 and {MOST_PARTS}", "name the loans and their amounts"))
    if len({loan for loan, _ in command.parts}) < len(command.parts):
        faults.append(Fault("parts", "a loan is named twice", "one part for each loan"))
    for place, (_, amount) in enumerate(command.parts):
        faults += amount_faults(f"parts[{place}].amount", amount.minor)
        faults += currency_faults(f"parts[{place}].amount", amount.currency, item.amount.currency)
    return faults


def _faults(tx: TenantTx, command: HoldMoney) -> list[Fault]:
    return [
        *reference_faults(command.reference),
        *amount_faults("amount", command.amount.minor),
        *day_faults("received_on", command.received_on, EARLIEST, tx.today),
    ]


def _row(tx: TenantTx, command: HoldMoney) -> suspense.ItemRow:
    return suspense.ItemRow(
        uuid5(tx.caller.tenant.id, f"suspense|{command.reference}"),
        command.reference,
        command.amount.minor,
        command.amount.currency,
        command.received_on,
        command.source,
    )


def _said(command: HoldMoney) -> tuple[object, ...]:
    return command.amount, command.received_on


def _kept(item: SuspenseItem) -> tuple[object, ...]:
    return item.amount, item.received_on


def _move_id(tx: TenantTx, reference: str) -> PaymentId:
    return PaymentId(uuid5(tx.caller.tenant.id, f"suspense-move|{reference}"))
