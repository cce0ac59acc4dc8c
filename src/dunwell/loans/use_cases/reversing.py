"""Taking a payment back: it bounced, was charged back, or was booked wrongly."""

from datetime import date

import asyncpg

from dunwell.audit.use_cases import record
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import PaymentId
from dunwell.kernel.money import Money
from dunwell.loans import events
from dunwell.loans.model import (
    Payment,
    PaymentDiffers,
    PaymentInvalid,
    PaymentNotFound,
    PaymentReversed,
    Receipt,
    ReversePayment,
)
from dunwell.loans.queries import ledger, loans, schedules
from dunwell.loans.rules import Booked, Past, Standing, relive, take_back
from dunwell.loans.use_cases.receipts import payment_id, receipt, receipt_of
from dunwell.loans.use_cases.rulebook import rulebook
from dunwell.loans.use_cases.writing import After, write
from dunwell.storage.events import Fact
from dunwell.storage.events import append as tell
from dunwell.storage.tenant import TenantTx


async def reverse_payment(tx: TenantTx, command: ReversePayment) -> Receipt:
    """Take a payment back: new postings undo it, and what it had settled is settled anew by the payments after it.

    Sending the reversal again answers with its first receipt. Raises `PaymentNotFound`, `PaymentReversed`,
    `PaymentInvalid` or `PaymentDiffers`.
    """
    found = await ledger.payment(tx, command.payment)
    if found is None:
        raise PaymentNotFound("no such payment")
    held = (await loans.lock(tx, [found.loan]))[found.loan]
    earlier = (await ledger.kept_by_reference(tx, [command.reference])).get(command.reference)
    if earlier is not None:
        if earlier.payment.reverses != command.payment:
            raise PaymentDiffers("a payment of that reference was booked and said something else")
        return receipt_of(earlier)
    await _refuse_unfit(tx, command, found)

    reversal = payment_id(tx, command.reference)
    on = command.reversed_on or tx.today
    pasts = (await ledger.pasts(tx, [held.id]))[held.id]
    before = (await schedules.instalments(tx, [held.id]))[held.id]
    undone = next(each for each in pasts if each.payment.id == found.id)
    others = [each for each in pasts if each is not undone]
    rules = await rulebook(tx)
    relived = relive([due for due, _ in before], others, [], held.waterfall, reversal)
    entry = take_back(undone, reversal, on)
    booked = Booked(relived.instalments, (entry, *relived.entries), relived.credit)
    await _insert(tx, command, found, reversal, on)
    after = After(held.id, held.currency, held.state, before, booked, booked.credit, _last(others))
    standing = (await write(tx, rules, [after]))[held.id]
    await _audit_and_tell(tx, command, held, reversal, found.amount, on, standing)
    return receipt(_payment(tx, command, found, reversal, on), entry.lines)


async def _refuse_unfit(tx: TenantTx, command: ReversePayment, found: Payment) -> None:
    """Read again under the lock: somebody may have been faster."""
    current = await ledger.payment(tx, command.payment)
    if found.reverses is not None:
        raise PaymentReversed("a reversal cannot be reversed; record the payment again")
    if current is None or current.reversed_by is not None:
        raise PaymentReversed("the payment was taken back already")
    faults: list[Fault] = []
    if not command.reference.strip():
        faults.append(Fault("reference", "empty", "the reversal needs a reference of its own"))
    if command.reversed_on is not None and not found.received_on <= command.reversed_on <= tx.today:
        faults.append(Fault("reversed_on", "before the payment or in the future", f"at most {tx.today}"))
    if faults:
        raise PaymentInvalid("the reversal says something that cannot be", faults=faults)


async def _insert(
    tx: TenantTx, command: ReversePayment, found: Payment, reversal: PaymentId, on: date
) -> None:
    row = ledger.PaymentRow(
        reversal,
        found.loan,
        command.reference,
        found.amount.minor,
        found.amount.currency,
        on,
        found.source,
        reverses=found.id,
        reason=command.reason,
    )
    try:
        await ledger.insert_payments(tx, [row])
    except asyncpg.UniqueViolationError as error:
        raise PaymentDiffers("a payment of that reference is being booked on another loan") from error


async def _audit_and_tell(
    tx: TenantTx,
    command: ReversePayment,
    held: loans.Held,
    reversal: PaymentId,
    amount: Money,
    on: date,
    standing: Standing,
) -> None:
    await record(
        tx, "payment.reversed", command.payment, loan=str(held.id), reversal=str(reversal), amount=str(amount)
    )
    told = events.PaymentTold(
        payment=command.payment,
        loan=held.id,
        borrower=held.borrower,
        amount=amount,
        received_on=on,
        outstanding=Money(standing.outstanding, held.currency),
        past_due_since=standing.past_due_since,
        settled_on=standing.settled_on,
    )
    await tell(tx, [Fact(events.PAYMENT_REVERSED, command.payment, events.payload([told]))])


def _last(pasts: list[Past]) -> date | None:
    return max((each.payment.received_on for each in pasts), default=None)


def _payment(tx: TenantTx, command: ReversePayment, found: Payment, reversal: PaymentId, on: date) -> Payment:
    return Payment(
        id=reversal,
        loan=found.loan,
        reference=command.reference,
        amount=found.amount,
        received_on=on,
        booked_at=tx.now,
        source=found.source,
        reverses=found.id,
        reversed_by=None,
    )
