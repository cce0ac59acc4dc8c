"""Recording payments: lock, judge, allocate, post, audit, tell. Any number in a constant count of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple
from uuid import UUID

import asyncpg

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.kernel.errors import Fault, Refused
from dunwell.kernel.ids import LoanId, PaymentId
from dunwell.kernel.money import Money
from dunwell.loans import events
from dunwell.loans.model import (
    Effect,
    Instalment,
    LoanClosed,
    LoanNotFound,
    LoanSettled,
    LoanState,
    PaidIn,
    Payment,
    PaymentDiffers,
    PaymentInvalid,
    PaymentKind,
    Receipt,
    Received,
    RecordPayment,
)
from dunwell.loans.queries import ledger, loans, schedules
from dunwell.loans.rules import Past, Standing, append, faults_of_payment, relive
from dunwell.loans.use_cases.living import ARRIVING, News, relived, situations
from dunwell.loans.use_cases.receipts import effect_json, payment_id, receipt, receipt_by_effect, receipt_of
from dunwell.loans.use_cases.rulebook import Rulebook, rulebook
from dunwell.loans.use_cases.writing import After, turns, write
from dunwell.storage.events import Fact
from dunwell.storage.events import append as tell
from dunwell.storage.tenant import TenantTx

Answers = dict[str, "Receipt | Refused"]


class _New(NamedTuple):
    """A payment to book, with the id that follows from its reference."""

    id: PaymentId
    command: RecordPayment


@dataclass(frozen=True, slots=True)
class _Batch:
    """What judging found: payments to book by loan, and the answers that need no booking."""

    accepted: dict[LoanId, list[_New]]
    answers: Answers


async def record_payment(tx: TenantTx, command: RecordPayment) -> Receipt:
    """Record one payment. Raises what `record_payments` raises."""
    return (await record_payments(tx, [command]))[0]


async def record_payments(tx: TenantTx, commands: Sequence[RecordPayment]) -> list[Receipt]:
    """Record payments, all or none. Sending one again answers with its first receipt.

    A back-dated payment replays what follows it; earlier postings stay and corrections name them.
    Raises `PaymentInvalid`, `LoanNotFound`, `LoanSettled` or `PaymentDiffers`; of several payments that are
    refused, `PaymentInvalid` with a fault for each (`line` is its place, from 1).
    """
    answers = await take_payments(tx, commands)
    refused = [(line, each) for line, each in enumerate(answers, start=1) if isinstance(each, Refused)]
    if refused and len(commands) == 1:
        raise refused[0][1]
    if refused:
        faults = [replace(fault, line=line) for line, each in refused for fault in _faults(each)]
        raise PaymentInvalid(f"{len(refused)} of {len(commands)} payments are refused", faults=faults)
    return [each for each in answers if isinstance(each, Receipt)]


async def take_payments(tx: TenantTx, commands: Sequence[RecordPayment]) -> list[Receipt | Refused]:
    """Record what can be recorded, and answer each payment with its receipt or the reason it is refused."""
    # Locked in one statement, read in the next: what others booked while we waited is seen.
    held = await loans.lock(tx, sorted({command.loan for command in commands}))
    sound = [command for command in commands if not faults_of_payment(command, tx.today)]
    kept = await ledger.kept_by_reference(tx, [command.reference for command in sound])
    batch = _judge(commands, held, kept, tx)
    if batch.accepted:
        batch.answers.update(await _book(tx, batch.accepted, held))
    return [_answer(command, batch.answers) for command in commands]


def _judge(
    commands: Sequence[RecordPayment],
    held: Mapping[LoanId, loans.Held],
    kept: Mapping[str, ledger.Kept],
    tx: TenantTx,
) -> _Batch:
    """Sort payments into those to book and those already answered, in the order they came."""
    batch = _Batch({}, {})
    first: dict[str, RecordPayment] = {}
    left = {loan: each.outstanding for loan, each in held.items()}
    for command in commands:
        if command.reference in first:
            continue
        first[command.reference] = command
        answer = _known(command, kept) or _refusal(command, held.get(command.loan), left, tx)
        if answer is not None:
            batch.answers[command.reference] = answer
        else:
            if held[command.loan].plain:
                left[command.loan] -= command.amount.minor
            new = _New(payment_id(tx, command.reference), command)
            batch.accepted.setdefault(command.loan, []).append(new)
    return batch


def _known(command: RecordPayment, kept: Mapping[str, ledger.Kept]) -> Receipt | Refused | None:
    found = kept.get(command.reference)
    if found is None:
        return None
    return receipt_of(found) if _says_the_same(command, found.payment) else _differs()


def _refusal(
    command: RecordPayment, held: loans.Held | None, left: Mapping[LoanId, int], tx: TenantTx
) -> Refused | None:
    if held is None:
        return LoanNotFound("no such loan")
    faults = list(faults_of_payment(command, tx.today))
    if faults:
        return PaymentInvalid("the payment says something that cannot be", faults=faults)
    if command.amount.currency != held.currency:
        faults.append(Fault("amount", "another currency than the loan's", f"the loan is in {held.currency}"))
    if command.received_on < held.disbursed_on:
        faults.append(Fault("received_on", "before the loan was paid out", f"at least {held.disbursed_on}"))
    if faults:
        return PaymentInvalid("the payment does not fit the loan", faults=faults)
    if held.state is LoanState.CLOSED:
        return LoanClosed("the loan is closed; hold the money in suspense, or return it")
    if left[command.loan] <= 0:
        return LoanSettled("nothing is open on this loan")
    return None


async def _book(
    tx: TenantTx, accepted: Mapping[LoanId, Sequence[_New]], held: Mapping[LoanId, loans.Held]
) -> Answers:
    rules = await rulebook(tx)
    odd = [loan for loan, new in accepted.items() if not held[loan].plain or any(map(_is_odd, new))]
    plain = {
        loan: [_received(each) for each in new] for loan, new in accepted.items() if loan not in set(odd)
    }
    found = await situations(tx, odd)
    results = [
        *await _book_plain(tx, plain, held),
        *(relived(held[loan], found[loan], _news(accepted[loan])) for loan in odd),
    ]
    new = list(chain.from_iterable(accepted.values()))
    effects = {
        payment: effect
        for each in results
        if each.lived is not None
        for payment, effect in each.lived.life.effects.items()
    }
    await _insert_payments(tx, new, effects)
    stand = await write(tx, rules, results)
    entries = {entry.id: entry for result in results for entry in result.booked.entries}
    await _audit_and_tell(tx, rules, new, held, stand, turns(tx, results, stand))
    return {
        each.command.reference: receipt_by_effect(_payment(tx, each), effects[each.id])
        if each.id in effects
        else receipt(_payment(tx, each), entries[each.id].lines)
        for each in new
    }


async def _book_plain(
    tx: TenantTx, received: Mapping[LoanId, Sequence[Received]], held: Mapping[LoanId, loans.Held]
) -> list[After]:
    """Loans to which only payments ever happened: what is booked follows from their instalments alone."""
    if not received:
        return []
    before = await schedules.instalments(tx, list(received))
    between = [loan for loan, payments in received.items() if _comes_between(held[loan], payments)]
    pasts = await ledger.pasts(tx, between)
    return [
        _booked(held[loan], before[loan], pasts.get(loan), payments) for loan, payments in received.items()
    ]


def _booked(
    held: loans.Held,
    before: Sequence[Instalment],
    past: Sequence[Past] | None,
    payments: Sequence[Received],
) -> After:
    """Book the payments of one loan: after all others, or (`past` given) among them."""
    if past is None:
        in_order = sorted(payments, key=lambda payment: payment.received_on)
        booked = append(before, in_order, held.waterfall)
        credit = held.credit + booked.credit
    else:
        booked = relive([due for due, *_ in before], past, payments, held.waterfall, payments[0].id)
        credit = booked.credit
    days = [payment.received_on for payment in payments]
    last = max(days if held.last_received_on is None else [*days, held.last_received_on])
    return After(held, before, booked, credit, last, payments[-1].id, max(days))


def _is_odd(new: _New) -> bool:
    """Whether the money is spread otherwise than what is due next."""
    return new.command.kind is not PaymentKind.REPAYMENT or new.command.in_advance is not None


def _news(new: Sequence[_New]) -> News:
    paid = [
        PaidIn(
            payment,
            each.received_on,
            ARRIVING + place,
            each.amount.minor,
            each.kind,
            each.reference,
            each.in_advance,
        )
        for place, (payment, each) in enumerate(new)
    ]
    return News(paid[-1].id, max(each.on for each in paid), paid)


def _comes_between(held: loans.Held, payments: Sequence[Received]) -> bool:
    """Whether some payment belongs before one that is booked already."""
    last = held.last_received_on
    return last is not None and any(payment.received_on < last for payment in payments)


async def _insert_payments(tx: TenantTx, new: Sequence[_New], effects: Mapping[UUID, Effect]) -> None:
    rows = [
        ledger.PaymentRow(
            payment,
            each.loan,
            each.reference,
            each.amount.minor,
            each.amount.currency,
            each.received_on,
            each.source,
            kind=each.kind,
            in_advance=each.in_advance,
            effect=effect_json(effects[payment]) if payment in effects else None,
            part_of=each.part_of,
            suspense_id=each.suspense,
        )
        for payment, each in new
    ]
    try:
        await ledger.insert_payments(tx, rows)
    except asyncpg.UniqueViolationError as error:
        # Only a race for one reference on two loans ends here: on one loan, the lock lets the second one see the first.
        raise PaymentDiffers("a payment of that reference is being booked on another loan") from error


async def _audit_and_tell(
    tx: TenantTx,
    rules: Rulebook,
    new: Sequence[_New],
    held: Mapping[LoanId, loans.Held],
    standings: Mapping[LoanId, Standing],
    more: Sequence[Fact],
) -> None:
    acts = [
        Act(
            "payment.recorded",
            payment,
            {"loan": str(each.loan), "amount": str(each.amount), "rules": rules.version},
        )
        for payment, each in new
    ]
    await record_many(tx, acts)
    told = [_told(each, held[each.command.loan], standings[each.command.loan]) for each in new]
    facts = [
        Fact(events.PAYMENT_RECORDED, told[at].payment, events.payload(told[at : at + events.MOST]))
        for at in range(0, len(told), events.MOST)
    ]
    await tell(tx, [*facts, *more])


def _told(new: _New, held: loans.Held, standing: Standing) -> events.PaymentTold:
    return events.PaymentTold(
        payment=new.id,
        loan=new.command.loan,
        borrower=held.borrower,
        amount=new.command.amount,
        received_on=new.command.received_on,
        outstanding=Money(standing.outstanding, held.currency),
        past_due_since=standing.past_due_since,
        settled_on=standing.settled_on,
        recovery=held.state is LoanState.CHARGED_OFF,
    )


def _received(new: _New) -> Received:
    return Received(new.id, new.command.amount.minor, new.command.received_on, new.command.reference)


def _says_the_same(command: RecordPayment, payment: Payment) -> bool:
    booked = (payment.loan, payment.amount, payment.received_on, payment.kind, payment.reverses)
    origin = (payment.part_of, payment.suspense)
    return booked == (command.loan, command.amount, command.received_on, command.kind, None) and origin == (
        command.part_of,
        command.suspense,
    )


def _answer(command: RecordPayment, answers: Answers) -> Receipt | Refused:
    """The answer to the reference, unless another payment of the same call took the reference first."""
    answer = answers[command.reference]
    if isinstance(answer, Receipt):
        first = (answer.loan, answer.amount, answer.received_on)
        if first != (command.loan, command.amount, command.received_on):
            return _differs()
    return answer


def _differs() -> PaymentDiffers:
    return PaymentDiffers("a payment of that reference was booked and said something else")


def _faults(refused: Refused) -> Sequence[Fault]:
    return refused.faults or [Fault("payment", refused.detail, refused.code)]


def _payment(tx: TenantTx, new: _New) -> Payment:
    command = new.command
    return Payment(
        id=new.id,
        loan=command.loan,
        reference=command.reference,
        amount=command.amount,
        received_on=command.received_on,
        booked_at=tx.now,
        source=command.source,
        reverses=None,
        reversed_by=None,
        kind=command.kind,
        part_of=command.part_of,
        suspense=command.suspense,
    )
