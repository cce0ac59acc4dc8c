"""Claiming due messages: everything that may have changed since planning is judged again, now."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import structlog

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.borrowers import use_cases as borrowers
from dunwell.borrowers.model import ContactPoint, OpenPoint, PointKind, Profile
from dunwell.channels import rules
from dunwell.channels.model import (
    ClaimBatch,
    Claimed,
    Due,
    MessageState,
    Move,
    NewAttempt,
    Outgoing,
    Waiting,
)
from dunwell.channels.queries import flight, outbox
from dunwell.channels.settings import ChannelSettings
from dunwell.channels.use_cases.published import FilesInForce, files_in_force
from dunwell.channels.wording import Rendered, Template, TemplateUnusable, render
from dunwell.contact import use_cases as contact
from dunwell.contact.model import Answer, Channel, Outcome, Phase, Proposal, Touch, Verdict
from dunwell.kernel.errors import Broken
from dunwell.kernel.ids import LoanId, MessageId
from dunwell.loans import use_cases as loans
from dunwell.loans.model import Debt
from dunwell.storage.tenant import TenantTx

log = structlog.get_logger()

_KINDS = {Channel.SMS: PointKind.PHONE, Channel.EMAIL: PointKind.EMAIL}
_PLACE = "message_attempts.sealed_body"


class VerdictNotKept(Broken):
    """The gate allowed a message and kept no verdict."""

    code = "message.verdict-not-kept"


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message that can be asked for: its open debts, where it goes, in which language."""

    waiting: Waiting
    dues: tuple[Due, ...]
    debts: tuple[Debt, ...]
    point: ContactPoint
    template: Template
    language: str


async def claim_batch(tx: TenantTx, command: ClaimBatch) -> Claimed:
    """Take due messages of a channel in hand: each leaves with an attempt under an allowing verdict, or not at all.

    Expired, paid, unreachable, held and denied ones move on with their reason. The statements are few and their
    number does not depend on the batch. Lock order: messages (skipping what is locked), then borrowers.
    """
    files = await files_in_force(tx)
    settings = files.channels.of(command.channel)
    if settings is None or settings.provider == "off":
        return Claimed()
    most = await _allowance(tx, command, settings)
    waiting = await outbox.lock_due(tx, command.channel, most) if most > 0 else []
    if not waiting:
        return Claimed()
    ready, moves = await _screened(tx, waiting, command.channel, files)
    ready = await _narrowed(tx, ready)
    verdicts = await contact.ask(tx, [_proposal(each) for each in ready], phase=Phase.SEND)
    allowed = [
        (each, verdict)
        for each, verdict in zip(ready, verdicts, strict=True)
        if verdict.allowed and verdict.id
    ]
    moves += [
        _refused(each, verdict) for each, verdict in zip(ready, verdicts, strict=True) if not verdict.allowed
    ]
    outgoing, unreachable = await _prepared(tx, allowed, files, settings, command.lease_seconds)
    moves += unreachable
    await outbox.move(tx, moves)
    if settings.rate_per_minute is not None and outgoing:
        await outbox.take(tx, command.channel, len(outgoing))
    await record_many(tx, [_moved_act(move) for move in moves])
    return Claimed(tuple(outgoing), Counter(move.state for move in moves))


async def _allowance(tx: TenantTx, command: ClaimBatch, settings: ChannelSettings) -> int:
    """How many may be claimed: none while the channel rests, few to try it again, no more than the rate allows."""
    state = await outbox.channel_state(tx, command.channel)
    if state.resting:
        return 0
    most = min(command.limit, rules.PROBE) if state.failures else command.limit
    if settings.rate_per_minute is None:
        return most
    return min(most, settings.rate_per_minute - await outbox.lock_taken(tx, command.channel))


async def _screened(
    tx: TenantTx, waiting: Sequence[Waiting], channel: Channel, files: FilesInForce
) -> tuple[list[_Ready], list[Move]]:
    """Which of them can be asked for, and where the others go."""
    people = sorted({each.borrower for each in waiting})
    # Locked first and read after, so that what is read is what holds until the end of this transaction.
    await borrowers.lock(tx, people)
    profiles = await borrowers.profiles(tx, people)
    points = await borrowers.contact_points(tx, people, _KINDS[channel])
    debts = {debt.loan: debt for each in (await loans.open_debts(tx, people)).values() for debt in each}
    unpaid = {loan: debt.past_due_since for loan, debt in debts.items()}
    ready: list[_Ready] = []
    moves: list[Move] = []
    for each in waiting:
        dues = rules.still_open(each.dues, unpaid)
        screened = _screen(
            tx, each, dues, debts, points.get(each.borrower), profiles.get(each.borrower), files
        )
        if isinstance(screened, Move):
            moves.append(screened)
        else:
            ready.append(screened)
    return ready, moves


def _screen(
    tx: TenantTx,
    each: Waiting,
    dues: tuple[Due, ...],
    debts: Mapping[LoanId, Debt],
    point: ContactPoint | None,
    profile: Profile | None,
    files: FilesInForce,
) -> _Ready | Move:
    if each.expires_at <= tx.now:
        return Move(each.id, MessageState.EXPIRED, "too-late")
    if not dues:
        return Move(each.id, MessageState.CANCELLED, "paid")
    template = files.templates.get(each.template)
    if template is None:
        return Move(each.id, MessageState.CANCELLED, "template-not-published")
    if point is None or profile is None:
        return Move(each.id, MessageState.CANCELLED, "unreachable")
    language = template.language(profile.language, tx.caller.tenant.locale)
    return _Ready(each, dues, tuple(debts[due.loan] for due in dues), point, template, language)


async def _narrowed(tx: TenantTx, ready: Sequence[_Ready]) -> list[_Ready]:
    """Leave out of a message what the gate forbids to speak of: one dispute does not silence another debt.

    Only messages about several debts are asked about; if none of a message's debts is allowed, it stays whole, so
    that the verdict at sending says why.
    """
    several = [(each, position) for each in ready for position in range(len(each.dues)) if len(each.dues) > 1]
    asked = [_proposal(each, (each.dues[position],)) for each, position in several]
    verdicts = await contact.ask(tx, asked, phase=Phase.PLAN)
    open_: dict[MessageId, list[int]] = {}
    for (each, position), verdict in zip(several, verdicts, strict=True):
        if verdict.allowed:
            open_.setdefault(each.waiting.id, []).append(position)
    return [_only(each, open_.get(each.waiting.id)) for each in ready]


def _only(ready: _Ready, positions: Sequence[int] | None) -> _Ready:
    if not positions:
        return ready
    return replace(
        ready,
        dues=tuple(ready.dues[position] for position in positions),
        debts=tuple(ready.debts[position] for position in positions),
    )


def _proposal(ready: _Ready, dues: Sequence[Due] | None = None) -> Proposal:
    waiting = ready.waiting
    return Proposal(
        person=waiting.borrower,
        debts=tuple(due.loan for due in dues or ready.dues),
        channel=waiting.channel,
        purpose=waiting.purpose,
        content=rules.judged_content(ready.template, waiting.channel, ready.language),
        number=ready.point.id,
        message=waiting.id,
    )


def _refused(ready: _Ready, verdict: Verdict) -> Move:
    """HOLD waits until the gate opens; REVIEW and DENY end the message with the verdict that says why."""
    codes = ",".join(verdict.codes)[:200]
    if verdict.answer is Answer.HOLD and verdict.until is not None:
        return Move(ready.waiting.id, MessageState.HELD, codes, due_at=verdict.until, verdict=verdict.id)
    reason = codes if verdict.answer is Answer.DENY else f"{verdict.answer.lower()}:{codes}"
    return Move(ready.waiting.id, MessageState.DENIED, reason, verdict=verdict.id)


async def _prepared(
    tx: TenantTx,
    allowed: Sequence[tuple[_Ready, Verdict]],
    files: FilesInForce,
    settings: ChannelSettings,
    lease_seconds: int,
) -> tuple[list[Outgoing], list[Move]]:
    """Render, seal, write the attempts, take the lease."""
    addresses = await borrowers.open_points(tx, [ready.point.id for ready, _ in allowed])
    keys = await flight.borrower_keys(tx, sorted({ready.waiting.borrower for ready, _ in allowed}))
    attempts: list[NewAttempt] = []
    outgoing: list[Outgoing] = []
    gone: list[tuple[Move, Touch]] = []
    for ready, verdict in allowed:
        address, key = addresses.get(ready.point.id), keys.get(ready.waiting.borrower)
        text = _rendered(ready, address, files) if address and key else None
        if address is None or key is None or text is None:
            gone.append(_gone(tx, ready, verdict, "template-unusable" if address and key else "unreachable"))
            continue
        attempt = _attempt(tx, ready, verdict, text, key, settings)
        attempts.append(attempt)
        outgoing.append(_outgoing(ready, attempt, address, text, settings, files))
    await outbox.lease(tx, attempts, lease_seconds)
    await contact.record_contacts(tx, [touch for _, touch in gone])
    await record_many(tx, [_attempt_act(each, files.version) for each in attempts])
    return outgoing, [move for move, _ in gone]


def _gone(tx: TenantTx, ready: _Ready, verdict: Verdict, reason: str) -> tuple[Move, Touch]:
    """Allowed, and yet it cannot leave: its slots are given back, and it does not stop its neighbours."""
    waiting = ready.waiting
    if verdict.id is None:
        raise VerdictNotKept("a verdict at sending is always kept")
    touch = Touch(verdict.id, waiting.borrower, tx.now, waiting.channel, Outcome.FAILED, verdict=verdict.id)
    return Move(waiting.id, MessageState.CANCELLED, reason, verdict=verdict.id), touch


def _rendered(ready: _Ready, address: OpenPoint, files: FilesInForce) -> Rendered | None:
    """The text; `None` if the template cannot be filled."""
    facts = rules.facts_of(ready.debts, files.lender(ready.language), address.name, ready.language)
    blocks = files.channels.blocks[ready.language]
    try:
        return render(ready.template, blocks, ready.waiting.channel, ready.language, facts)
    except TemplateUnusable as error:
        log.error("message.template-unusable", template=ready.waiting.template, detail=error.detail)  # noqa: TRY400 - a traceback may quote a name
        return None


def _attempt(
    tx: TenantTx, ready: _Ready, verdict: Verdict, text: Rendered, key: bytes, settings: ChannelSettings
) -> NewAttempt:
    if verdict.id is None:
        raise VerdictNotKept("a verdict at sending is always kept")
    attempt = uuid4()
    body = json.dumps({"subject": text.subject, "body": text.body}, ensure_ascii=False).encode()
    return NewAttempt(
        attempt,
        ready.waiting.id,
        ready.waiting.attempts + 1,
        verdict.id,
        ready.point.id,
        settings.provider,
        # Keyed: a plain hash of a short text with a name and an amount could be guessed.
        tx.keys.hmac("message-body", body),
        tx.keys.seal(key, body, f"{_PLACE}|{attempt}"),
    )


def _outgoing(
    ready: _Ready,
    attempt: NewAttempt,
    address: OpenPoint,
    text: Rendered,
    settings: ChannelSettings,
    files: FilesInForce,
) -> Outgoing:
    return Outgoing(
        message=ready.waiting.id,
        attempt=attempt.id,
        token=ready.waiting.token + 1,
        channel=ready.waiting.channel,
        client_ref=rules.client_ref(attempt.id),
        sender=settings.sender or files.lender(text.language),
        sender_name=settings.sender_name or files.lender(text.language),
        language=text.language,
        to=address.address,
        to_name=address.name,
        subject=text.subject,
        body=text.body,
        reply_to=settings.reply_to,
        unsubscribe=settings.unsubscribe,
    )


def _attempt_act(attempt: NewAttempt, version: int) -> Act:
    return Act(
        "message.attempted",
        attempt.message,
        {
            "attempt": str(attempt.id),
            "number": attempt.number,
            "verdict": str(attempt.verdict),
            "provider": attempt.provider,
            "policy_version": version,
            "text": attempt.body_digest.hex(),
        },
    )


def _moved_act(move: Move) -> Act:
    return Act(
        f"message.{move.state}",
        move.id,
        {"reason": move.reason, "verdict": str(move.verdict) if move.verdict else None}
        | ({"until": move.due_at.isoformat()} if move.due_at else {}),
    )
