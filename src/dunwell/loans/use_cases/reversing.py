"""Taking a payment back: it bounced, was charged back, or was booked wrongly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from dunwell.audit.use_cases import record
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import PaymentId
from dunwell.kernel.money import Money
from dunwell.loans import events
from dunwell.loans.model import (
    ChargedBack,
    Effect,
    EntryKind,
    HappeningNeeded,
    HoldMoney,
    Payment,
    PaymentDiffers,
    PaymentInvalid,
    PaymentNotFound,
    PaymentReversed,
    Receipt,
    ReversalCause,
    ReversePayment,
)
from dunwell.loans.queries import ledger, loans, schedules
from dunwell.loans.rules import Booked, Entry, Standing, live, relive, reversed_lines, take_back
from dunwell.loans.use_cases.holding import hold_money
from dunwell.loans.use_cases.living import News, relived, situations
from dunwell.loans.use_cases.receipts import effect_json, payment_id, receipt, receipt_by_effect, receipt_of
from dunwell.loans.use_cases.rulebook import rulebook
from dunwell.loans.use_cases.writing import After, turns, write
from dunwell.storage.events import Fact
from dunwell.storage.events import append as tell
from dunwell.storage.tenant import TenantTx


async def reverse_payment(tx: TenantTx, command: ReversePayment) -> Receipt:
    """Take a payment back: new postings undo it, and what it had settled is settled anew by the payments after it.

    What turns out to be somebody else's (`UNIDENTIFIED`) stays with us, in suspense, under the reversal's reference.
    Sending the reversal again answers with its first receipt. Raises `PaymentNotFound`, `PaymentReversed`,
    `HappeningNeeded`, `PaymentInvalid` or `PaymentDiffers`.
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

    undone = _Undone(command, found, payment_id(tx, command.reference), command.reversed_on or tx.today)
    rules = await rulebook(tx)
    after, effect = await (_plain(tx, held, undone) if held.plain else _lived(tx, held, undone))
    await _insert(tx, undone, effect)
    stand = await write(tx, rules, [after])
    await _audit_and_tell(tx, undone, held, stand[held.id], turns(tx, [after], stand))
    if command.cause is ReversalCause.UNIDENTIFIED:
        await hold_money(tx, [HoldMoney(command.reference, found.amount, found.received_on, found.source)])
    reversal = _payment(tx, undone)
    if effect is not None:
        return receipt_by_effect(reversal, effect)
    return receipt(reversal, after.booked.entries[0].lines)


@dataclass(frozen=True, slots=True)
class _Undone:
    """A payment that is taken back, and the id and day of what takes it back."""

    command: ReversePayment
    found: Payment
    reversal: PaymentId
    on: date


async def _plain(tx: TenantTx, held: loans.Held, undone: _Undone) -> tuple[After, Effect | None]:
    """A loan to which only payments happened: the others are replayed over its instalments."""
    pasts = (await ledger.pasts(tx, [held.id]))[held.id]
    before = (await schedules.instalments(tx, [held.id]))[held.id]
    past = next(each for each in pasts if each.payment.id == undone.found.id)
    others = [each for each in pasts if each is not past]
    again = relive([due for due, *_ in before], others, [], held.waterfall, undone.reversal)
    entry = take_back(past, undone.reversal, undone.on)
    booked = Booked(again.instalments, (entry, *again.entries), again.credit)
    last = max((each.payment.received_on for each in others), default=None)
    return After(held, before, booked, booked.credit, last, undone.reversal, undone.on), None


async def _lived(tx: TenantTx, held: loans.Held, undone: _Undone) -> tuple[After, Effect | None]:
    """Any other loan: its life is lived again without the payment."""
    situation = (await situations(tx, [held.id]))[held.id]
    if any(isinstance(each, ChargedBack) and each.payment == undone.found.id for each in situation.life):
        raise HappeningNeeded("part of the payment was charged back; undo that first")
    entry = Entry(
        undone.reversal,
        EntryKind.REVERSAL,
        undone.on,
        reversed_lines(situation.lines.get(undone.found.id, ())),
        payment=undone.reversal,
        corrects=undone.found.id,
    )
    effect = live(situation.contract, situation.life).effects[undone.found.id]
    news = News(undone.reversal, undone.on, without=undone.found.id, entries=[entry])
    return relived(held, situation, news), effect


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


async def _insert(tx: TenantTx, undone: _Undone, effect: Effect | None) -> None:
    found, command = undone.found, undone.command
    row = ledger.PaymentRow(
        undone.reversal,
        found.loan,
        command.reference,
        found.amount.minor,
        found.amount.currency,
        undone.on,
        found.source,
        reverses=found.id,
        reason=command.reason,
        kind=found.kind,
        cause=command.cause,
        effect=effect_json(effect) if effect is not None else None,
    )
    try:
        await ledger.insert_payments(tx, [row])
    except asyncpg.UniqueViolationError as error:
        raise PaymentDiffers("a payment of that reference is being booked on another loan") from error


async def _audit_and_tell(
    tx: TenantTx, undone: _Undone, held: loans.Held, standing: Standing, more: Sequence[Fact]
) -> None:
    payment, amount = undone.found.id, undone.found.amount
    await record(
        tx,
        "payment.reversed",
        payment,
        loan=str(held.id),
        reversal=str(undone.reversal),
        amount=str(amount),
        cause=undone.command.cause,
    )
    told = events.PaymentTold(
        payment=payment,
        loan=held.id,
        borrower=held.borrower,
        amount=amount,
        received_on=undone.on,
        outstanding=Money(standing.outstanding, held.currency),
        past_due_since=standing.past_due_since,
        settled_on=standing.settled_on,
    )
    await tell(tx, [Fact(events.PAYMENT_REVERSED, payment, events.payload([told])), *more])


def _payment(tx: TenantTx, undone: _Undone) -> Payment:
    found = undone.found
    return Payment(
        id=undone.reversal,
        loan=found.loan,
        reference=undone.command.reference,
        amount=found.amount,
        received_on=undone.on,
        booked_at=tx.now,
        source=found.source,
        reverses=found.id,
        reversed_by=None,
        kind=found.kind,
        cause=undone.command.cause,
    )
