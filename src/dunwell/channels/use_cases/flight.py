"""Messages in hand: handing over, what providers answered, workers that went away."""

from collections import Counter
from collections.abc import Mapping, Sequence

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.borrowers import use_cases as borrowers
from dunwell.borrowers.model import MarkPoint, PointStatus
from dunwell.channels import rules
from dunwell.channels.model import (
    Accepted,
    Handed,
    HandOver,
    InFlight,
    MessageState,
    Move,
    NotSent,
    Outcome,
    Reaped,
    RejectCode,
    Rejected,
    Result,
    Settled,
    Unknown,
)
from dunwell.channels.queries import flight, outbox
from dunwell.contact import use_cases as contact
from dunwell.contact.model import OptOut, Touch
from dunwell.contact.model import Outcome as TouchOutcome
from dunwell.kernel.ids import LoanId, MessageId
from dunwell.loans import use_cases as loans
from dunwell.storage.tenant import TenantTx


async def hand_over(tx: TenantTx, command: HandOver) -> Handed:
    """The last look before a provider gets them: the lease still stands, and nobody has paid since the claim.

    What comes back in `go` is `submitting` from here on: if we die now, it is unknown and never sent again.
    """
    at = await outbox.real_now(tx)
    if not command.held:
        return Handed(frozenset(), 0, 0, at)
    held = await flight.lock_claimed(tx, command.held)
    owings = await loans.owings(tx, sorted({each.borrower for each in held}))
    unpaid = {loan: owing.past_due_since for loan, owing in owings.items()}
    paid = [each for each in held if not rules.still_open(each.dues, unpaid)]
    gone = {each.id for each in paid}
    go = [each for each in held if each.id not in gone]
    await flight.hand_over(tx, [each.id for each in go], command.lease_seconds)
    await outbox.move(tx, [Move(each.id, MessageState.CANCELLED, "paid") for each in paid])
    if paid:
        await contact.record_contacts(tx, [_touch(tx, each, TouchOutcome.FAILED) for each in paid])
    await record_many(
        tx,
        [Act("message.handed-over", each.id, {"attempt": str(each.attempt)}) for each in go]
        + [Act("message.cancelled", each.id, {"reason": "paid"}) for each in paid],
    )
    return Handed(frozenset(each.id for each in go), len(paid), len(command.held) - len(held), at)


async def advance(tx: TenantTx, step: tuple[Sequence[Outcome], HandOver]) -> tuple[Settled, Handed]:
    """Write what became of one part of a batch and hand over the next, in one transaction."""
    outcomes, following = step
    settled = await record_outcomes(tx, outcomes)
    return settled, await hand_over(tx, following)


async def release(tx: TenantTx, held: Mapping[MessageId, int]) -> int:
    """Put back claimed messages that were not handed over, and give back the slots they took."""
    standing = await flight.lock_claimed(tx, held) if held else []
    await _put_back(tx, standing, "not-sent")
    return len(standing)


async def record_outcomes(tx: TenantTx, outcomes: Sequence[Outcome]) -> Settled:
    """Keep what a provider answered, and move the messages on.

    Every answer is kept, also a late one. A message moves only if it is still this attempt's (the token), and never
    back behind what a report said meanwhile. Lock order: messages, then the channel, then borrowers.
    """
    if not outcomes:
        return Settled()
    known = await flight.lock_attempted(tx, [each.attempt for each in outcomes])
    kept = [(each, known[each.attempt]) for each in outcomes if each.attempt in known]
    standing = [(each, found) for each, found in kept if _still_ours(each, found)]
    moves = [_moved(tx, each.result, found) for each, found in standing]
    await flight.keep_outcomes(tx, [(found.id, found.attempt, *_words(each.result)) for each, found in kept])
    await outbox.move(tx, moves)
    await _note_channels(tx, [(each.result, found) for each, found in standing])
    await contact.record_contacts(
        tx, [_touch(tx, found, _touched(each.result)) for each, found in standing if _newly(found)]
    )
    await _learn(tx, [(each.result, found) for each, found in standing])
    await record_many(
        tx,
        [
            Act(
                f"message.{_word(each.result)}",
                found.id,
                {"attempt": str(found.attempt), "reason": move.reason, "state": move.state},
            )
            for (each, found), move in zip(standing, moves, strict=True)
        ],
    )
    return _settled(standing, moves, lost=len(outcomes) - len(standing))


async def reap(tx: TenantTx, most: int) -> Reaped:
    """Take messages out of the hands of workers that went away, and out of the queue when it is too late for them.

    Claimed and never handed over: planned again. Handed over, perhaps: unknown; counts as a contact, never resent.
    A message of a channel that is switched off or down expires like any other: no queue is endless.
    """
    abandoned = await flight.lock_abandoned(tx, most)
    unknown = [each for each in abandoned if each.state is MessageState.SUBMITTING]
    await _put_back(tx, [each for each in abandoned if each.state is MessageState.CLAIMED], "worker-lost")
    if unknown:
        lost = Unknown("worker-lost")
        await flight.keep_outcomes(tx, [(each.id, each.attempt, *_words(lost)) for each in unknown])
        await outbox.move(tx, [Move(each.id, MessageState.UNKNOWN, lost.reason) for each in unknown])
        await contact.record_contacts(tx, [_touch(tx, each, TouchOutcome.UNKNOWN) for each in unknown])
        await record_many(
            tx,
            [
                Act("message.unknown", each.id, {"attempt": str(each.attempt), "reason": lost.reason})
                for each in unknown
            ],
        )
    late = await outbox.lock_expired(tx, most)
    await outbox.move(tx, [Move(each, MessageState.EXPIRED, "too-late") for each in late])
    await record_many(tx, [Act("message.expired", each, {"reason": "too-late"}) for each in late])
    return Reaped(released=len(abandoned) - len(unknown), unknown=len(unknown), expired=len(late))


async def _put_back(tx: TenantTx, claimed: Sequence[InFlight], reason: str) -> None:
    if not claimed:
        return
    await outbox.move(tx, [Move(each.id, MessageState.PLANNED, reason) for each in claimed])
    await contact.record_contacts(tx, [_touch(tx, each, TouchOutcome.FAILED) for each in claimed])
    await record_many(tx, [Act("message.released", each.id, {"reason": reason}) for each in claimed])


def _still_ours(outcome: Outcome, found: InFlight) -> bool:
    return found.token == outcome.token and found.state not in (MessageState.CLAIMED, MessageState.CANCELLED)


def _newly(found: InFlight) -> bool:
    """A report that came first has already said more about the contact than this answer does."""
    return found.state in (MessageState.SUBMITTING, MessageState.UNKNOWN)


def _moved(tx: TenantTx, result: Result, found: InFlight) -> Move:
    refusals = found.refusals + (1 if isinstance(result, Rejected) and result.retryable else 0)
    following = rules.after(result, refusals, tx.now)
    reference = result.provider_ref if isinstance(result, Accepted) else None
    if not _newly(found):
        state = rules.joined(found.state, following.state)
        return Move(found.id, state, provider_ref=reference)
    return Move(
        found.id,
        following.state,
        following.reason,
        due_at=following.due_at,
        provider_ref=reference,
        refusals=refusals,
    )


async def _note_channels(tx: TenantTx, answers: Sequence[tuple[Result, InFlight]]) -> None:
    """A channel whose provider could not be reached rests; one that answered is trusted again."""
    for channel in sorted({found.channel for _, found in answers}):
        results = [result for result, found in answers if found.channel is channel]
        down = [result for result in results if isinstance(result, NotSent)]
        state = await outbox.lock_channel(tx, channel)
        if down:
            failures = 1 if len(down) < len(results) else state.failures + 1
            await outbox.keep_channel(tx, channel, failures, rules.pause(failures), down[0].reason)
        elif state.failures:
            await outbox.keep_channel(tx, channel, 0, rules.NO_REST, None)


async def _learn(tx: TenantTx, answers: Sequence[tuple[Result, InFlight]]) -> None:
    """What a refusal tells about a borrower: the address is dead, or they asked the provider to stop."""
    dead = [
        MarkPoint(found.contact_point, PointStatus.INVALID)
        for result, found in answers
        if rules.invalidates_address(result) and found.contact_point is not None
    ]
    if dead:
        await borrowers.mark_points(tx, dead)
    await contact.opt_out_many(
        tx,
        [
            OptOut(found.borrower, found.channel, "provider")
            for result, found in answers
            if isinstance(result, Rejected) and result.code is RejectCode.OPTED_OUT
        ],
    )


def _touch(tx: TenantTx, found: InFlight, outcome: TouchOutcome) -> Touch:
    return Touch(
        # The gate wrote the touch when it allowed the attempt, under the verdict's id: only its outcome moves.
        id=found.verdict,
        borrower=found.borrower,
        at=found.handed_at or tx.now,
        channel=found.channel,
        outcome=outcome,
        loans=tuple(LoanId(due.loan) for due in found.dues),
        purpose=found.purpose,
        number=found.contact_point,
        verdict=found.verdict,
        message=found.id,
    )


def _touched(result: Result) -> TouchOutcome:
    match result:
        case Accepted():
            return TouchOutcome.SENT
        case Unknown():
            return TouchOutcome.UNKNOWN
        case Rejected() | NotSent():
            return TouchOutcome.FAILED


def _word(result: Result) -> str:
    match result:
        case Accepted():
            return "accepted"
        case Unknown():
            return "unknown"
        case Rejected():
            return "rejected"
        case NotSent():
            return "not-sent"


def _words(result: Result) -> tuple[str, str | None, str | None]:
    """Outcome, the provider's reference, a detail: as kept in `message_outcomes`."""
    match result:
        case Accepted(reference):
            return _word(result), reference, None
        case Rejected(code, _, detail):
            return _word(result), None, f"{code} {detail}".strip()
        case Unknown(reason) | NotSent(reason):
            return _word(result), None, reason


def _settled(standing: Sequence[tuple[Outcome, InFlight]], moves: Sequence[Move], lost: int) -> Settled:
    counts = Counter(_word(outcome.result) for outcome, _ in standing)
    again = sum(
        isinstance(outcome.result, Rejected) and move.state is MessageState.PLANNED
        for (outcome, _), move in zip(standing, moves, strict=True)
    )
    return Settled(
        accepted=counts["accepted"],
        rejected=counts["rejected"] - again,
        retried=again,
        unknown=counts["unknown"],
        not_sent=counts["not-sent"],
        lost=lost,
    )
