"""What comes back: delivery reports move messages on, replies are kept, STOP opts out at once."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record, record_many
from dunwell.borrowers import use_cases as borrowers
from dunwell.borrowers.model import Find, FindBy
from dunwell.channels import rules
from dunwell.channels.model import (
    DeliveryReport,
    HookNotFound,
    IncomingReports,
    InFlight,
    MessageNotFound,
    MessageState,
    Move,
    NotUnknown,
    Reply,
    Report,
    ReportsTaken,
    SettleUnknown,
)
from dunwell.channels.queries import flight, outbox, reports
from dunwell.channels.settings import ChannelSettings
from dunwell.channels.use_cases.published import files_in_force
from dunwell.contact import use_cases as contact
from dunwell.contact.model import Channel, Direction, OptOut, Touch
from dunwell.contact.model import Outcome as TouchOutcome
from dunwell.kernel.ids import BorrowerId, MessageId
from dunwell.storage.tenant import TenantTx

_CARRIERS: Final = (Channel.SMS, Channel.EMAIL)
# Of our providers the HTTP gateway is the one that calls back.
_REPORTING: Final = "sms_http"
_TOUCHED: Final = {
    MessageState.ACCEPTED: TouchOutcome.SENT,
    MessageState.DELIVERED: TouchOutcome.DELIVERED,
    MessageState.BOUNCED: TouchOutcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class ReportContext:
    """Which channel a webhook address belongs to, how its provider is set up, and the real time."""

    channel: Channel
    settings: ChannelSettings
    at: datetime


@dataclass(frozen=True, slots=True)
class HookAddress:
    """The webhook address of a channel's provider, to be entered there."""

    channel: Channel
    provider: str
    path: str


async def hook_token(tx: TenantTx, provider: str) -> str:
    """The secret part of the tenant's webhook address for a provider; stable until the keys change."""
    return tx.keys.hmac("hook", provider.encode()).hex()[:32]


async def hook_addresses(tx: TenantTx, _command: None = None) -> list[HookAddress]:
    """Where the providers in force report to; the sandbox reports inside the house."""
    files = await files_in_force(tx)
    slug = tx.caller.tenant.slug
    found: list[HookAddress] = []
    for channel in _CARRIERS:
        settings = files.channels.of(channel)
        if settings is not None and settings.provider == _REPORTING:
            path = f"/v1/hooks/{slug}/{settings.provider}/{await hook_token(tx, settings.provider)}"
            found.append(HookAddress(channel, settings.provider, path))
    return found


async def report_context(tx: TenantTx, address: tuple[str, str]) -> ReportContext:
    """Whose webhook address this is: provider and secret part. Raises `HookNotFound`."""
    provider, token = address
    expected = await hook_token(tx, provider)
    files = await files_in_force(tx)
    for channel in _CARRIERS:
        settings = files.channels.of(channel)
        if settings is not None and settings.provider == provider:
            if hmac.compare_digest(expected.encode(), token.encode()):
                return ReportContext(channel, settings, await outbox.real_now(tx))
            break
    raise HookNotFound("no such webhook address")


async def record_reports(tx: TenantTx, incoming: IncomingReports) -> ReportsTaken:
    """Take verified reports, each event once, in any order: a message never moves back.

    A report settles what was unknown. A reply that means STOP opts its sender out in this transaction.
    """
    fresh = await _fresh(tx, incoming)
    attempts = await _attempts(tx, incoming.provider, fresh)
    locked = await flight.lock_attempted(tx, sorted({each for each in attempts.values() if each}))
    kept = await reports.keep_events(
        tx, incoming.provider, [_event(tx, incoming.provider, each, attempts, locked) for each in fresh]
    )
    new = [each for each in fresh if each.event_id in kept]
    deliveries = [each for each in new if isinstance(each, DeliveryReport)]
    moved = await _move(tx, deliveries, attempts, locked)
    opted_out, nobody = await _replies(
        tx, incoming, [each for each in new if isinstance(each, Reply)], attempts, locked
    )
    unmatched = sum(attempts[each.event_id] not in locked for each in deliveries)
    return ReportsTaken(len(new), len(incoming.reports) - len(new), moved, opted_out, unmatched + nobody)


async def settle_unknown(tx: TenantTx, command: SettleUnknown) -> None:
    """Write down what a person found out about an unknown outcome. Raises `MessageNotFound` or `NotUnknown`."""
    found = await flight.lock_latest(tx, command.message)
    if found is None:
        raise MessageNotFound("no such message")
    if found.state is not MessageState.UNKNOWN:
        raise NotUnknown(f"the message is {found.state}")
    state = MessageState.ACCEPTED if command.arrived else MessageState.REJECTED
    touched = TouchOutcome.SENT if command.arrived else TouchOutcome.FAILED
    await flight.keep_outcomes(tx, [(found.id, found.attempt, f"settled:{state}", None, command.note)])
    await outbox.move(tx, [Move(found.id, state, "settled-by-hand")])
    await contact.record_contacts(tx, [_touch(tx, found, touched)])
    await record(tx, "message.settled", found.id, state=state)


async def _fresh(tx: TenantTx, incoming: IncomingReports) -> list[Report]:
    """Events nobody told us before, each once."""
    once = {each.event_id: each for each in reversed(incoming.reports)}
    known = await reports.known_events(tx, incoming.provider, list(once))
    return [each for key, each in reversed(once.items()) if key not in known]


async def _attempts(tx: TenantTx, provider: str, fresh: Sequence[Report]) -> dict[str, UUID | None]:
    """The attempt each event is about: by our reference, else by the provider's own."""
    ours = {each.event_id: rules.attempt_of(each.client_ref) for each in fresh}
    theirs = {
        each.event_id: each.provider_ref
        for each in fresh
        if isinstance(each, DeliveryReport) and ours[each.event_id] is None and each.provider_ref
    }
    found = await flight.attempts_of_refs(tx, provider, sorted(set(theirs.values())))
    return {
        event: attempt or (found.get(theirs[event]) if event in theirs else None)
        for event, attempt in ours.items()
    }


async def _move(
    tx: TenantTx,
    deliveries: Sequence[DeliveryReport],
    attempts: Mapping[str, UUID | None],
    locked: Mapping[UUID, InFlight],
) -> int:
    """Apply delivery reports; how many messages moved.

    By message, not by attempt: two attempts of one message may be reported about in one call.
    """
    heard: list[tuple[DeliveryReport, InFlight]] = []
    for each in deliveries:
        attempt = attempts[each.event_id]
        if attempt is not None and attempt in locked:
            heard.append((each, locked[attempt]))
    states = {found.id: found.state for _, found in heard}
    last: dict[MessageId, tuple[DeliveryReport, InFlight]] = {}
    for each, found in heard:
        following = rules.reported(states[found.id], each.state)
        if following is not states[found.id]:
            states[found.id], last[found.id] = following, (each, found)
    await flight.keep_outcomes(
        tx,
        [
            (found.id, found.attempt, f"reported:{each.state}", each.provider_ref, each.code or None)
            for each, found in heard
        ],
    )
    moves = [
        Move(message, states[message], each.code or None, provider_ref=each.provider_ref)
        for message, (each, _) in last.items()
    ]
    await outbox.move(tx, moves)
    await contact.record_contacts(
        tx, [_touch(tx, found, _TOUCHED[states[message]]) for message, (_, found) in last.items()]
    )
    await record_many(
        tx,
        [Act(f"message.{move.state}", move.id, {"reported": True, "reason": move.reason}) for move in moves],
    )
    return len(moves)


async def _replies(
    tx: TenantTx,
    incoming: IncomingReports,
    replies: Sequence[Reply],
    attempts: Mapping[str, UUID | None],
    locked: Mapping[UUID, InFlight],
) -> tuple[int, int]:
    """Keep that borrowers answered, and opt out whoever said STOP; how many did, how many nobody knows."""
    touches: list[Touch] = []
    acts: list[Act] = []
    stopped: set[tuple[BorrowerId, Channel]] = set()
    unknown = 0
    for each in replies:
        attempt = attempts[each.event_id]
        found = locked.get(attempt) if attempt else None
        people = [found.borrower] if found else await _by_address(tx, incoming.channel, each.sender)
        channel = found.channel if found else incoming.channel
        unknown += not people
        for borrower in people:
            touches.append(_inbound(tx, each, incoming.provider, borrower, channel, found))
            stop = rules.means_stop(each.text)
            acts.append(Act("message.answered", borrower, {"event": each.event_id, "stop": stop}))
            if stop:
                stopped.add((borrower, channel))
    # Borrowers are locked before their contacts are written, never the other way round.
    await contact.opt_out_many(
        tx, [OptOut(borrower, channel, "reply") for borrower, channel in sorted(stopped)]
    )
    await contact.record_contacts(tx, touches)
    await record_many(tx, acts)
    return len(stopped), unknown


async def _by_address(tx: TenantTx, channel: Channel, sender: str) -> list[BorrowerId]:
    """Everybody of this tenant with that address: a shared telephone is silenced for all who share it."""
    by = FindBy.PHONE if channel is Channel.SMS else FindBy.EMAIL
    return [found.profile.id for found in await borrowers.find(tx, Find(by, sender))]


def _event(
    tx: TenantTx,
    provider: str,
    each: Report,
    attempts: Mapping[str, UUID | None],
    locked: Mapping[UUID, InFlight],
) -> reports.Event:
    attempt = attempts[each.event_id]
    found = locked.get(attempt) if attempt else None
    plain = json.dumps(asdict(each), ensure_ascii=False).encode()
    sealed = tx.keys.seal(b"", plain, f"provider_events.body|{provider}|{each.event_id}")
    if isinstance(each, Reply):
        result = "stop" if rules.means_stop(each.text) else "reply"
    else:
        result = each.state if found else "unmatched"
    return reports.Event(each.event_id, result, found.id if found else None, sealed)


def _touch(tx: TenantTx, found: InFlight, outcome: TouchOutcome) -> Touch:
    return Touch(
        id=found.verdict,
        borrower=found.borrower,
        at=found.handed_at or tx.now,
        channel=found.channel,
        outcome=outcome,
        loans=tuple(due.loan for due in found.dues),
        purpose=found.purpose,
        number=found.contact_point,
        verdict=found.verdict,
        message=found.id,
    )


def _inbound(
    tx: TenantTx,
    each: Reply,
    provider: str,
    borrower: BorrowerId,
    channel: Channel,
    found: InFlight | None,
) -> Touch:
    # One id per event and person, so that the same reply told twice is one contact.
    name = tx.keys.hmac("reply", f"{provider}|{each.event_id}|{borrower}".encode())
    return Touch(
        id=UUID(bytes=name[:16], version=4),
        borrower=borrower,
        at=tx.now,
        channel=channel,
        outcome=TouchOutcome.DELIVERED,
        direction=Direction.INBOUND,
        actor="borrower",
        message=found.id if found else None,
    )
