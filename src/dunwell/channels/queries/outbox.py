"""The outbox: planning, claiming and moving messages. The table is its own queue."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.channels.model import (
    ChannelState,
    Due,
    MessageDraft,
    MessageState,
    Move,
    NewAttempt,
    Waiting,
)
from dunwell.contact.model import Channel, Purpose
from dunwell.kernel.ids import BorrowerId, LoanId, MessageId
from dunwell.storage.tenant import TenantTx

# Arrays of arrays cannot be unnested row by row, so each message's loans and dates travel as one text.
PLAN: Final = """
INSERT INTO messages (id, dedupe_key, borrower_id, channel, purpose, template, policy_version, loans, dues_on,
                      state, reason, due_at, expires_at, plan_verdict_id, last_verdict_id, contact_point_id,
                      planned_at, changed_at)
SELECT id, dedupe_key, borrower_id, channel, purpose, template, policy_version, loans::uuid[], dues_on::date[],
       state, reason, due_at, expires_at, verdict_id, verdict_id, contact_point_id, $15, $15
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[],
              $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::uuid[], $14::uuid[],
              $16::text[])
    AS given (id, dedupe_key, borrower_id, channel, purpose, template, policy_version, loans, dues_on, state,
              due_at, expires_at, verdict_id, contact_point_id, reason)
 ORDER BY dedupe_key
    ON CONFLICT ON CONSTRAINT messages_one_per_key DO NOTHING
RETURNING id
"""


async def insert_messages(tx: TenantTx, drafts: Sequence[MessageDraft]) -> set[MessageId]:
    """Plan messages; those whose key is taken are left alone. The ids that are new."""
    held = MessageState.HELD
    rows = await tx.rows(
        PLAN,
        [draft.id for draft in drafts],
        [draft.dedupe_key for draft in drafts],
        [draft.borrower for draft in drafts],
        [draft.channel for draft in drafts],
        [draft.purpose for draft in drafts],
        [draft.template for draft in drafts],
        [draft.policy_version for draft in drafts],
        [_array(str(due.loan) for due in draft.dues) for draft in drafts],
        [_array(due.due_on.isoformat() for due in draft.dues) for draft in drafts],
        [held if draft.held_until else MessageState.PLANNED for draft in drafts],
        [draft.held_until or draft.due_at for draft in drafts],
        [draft.expires_at for draft in drafts],
        [draft.plan_verdict for draft in drafts],
        [draft.contact_point for draft in drafts],
        tx.now,
        ["gate" if draft.held_until else None for draft in drafts],
    )
    return {MessageId(row["id"]) for row in rows}


DUE: Final = """
SELECT id, borrower_id, channel, purpose, template, loans, dues_on, expires_at, attempts, lease_token
  FROM messages
 WHERE state IN ('planned', 'held') AND channel = $1 AND due_at <= $2
 ORDER BY due_at, id
 LIMIT $3
   FOR UPDATE SKIP LOCKED
"""


async def lock_due(tx: TenantTx, channel: Channel, most: int) -> list[Waiting]:
    """Lock the oldest due messages of a channel that nobody else has in hand."""
    rows = await tx.rows(DUE, channel, tx.now, most)
    return [
        Waiting(
            MessageId(row["id"]),
            BorrowerId(row["borrower_id"]),
            Channel(row["channel"]),
            Purpose(row["purpose"]),
            row["template"],
            dues_of(row),
            row["expires_at"],
            row["attempts"],
            row["lease_token"],
        )
        for row in rows
    ]


EXPIRED: Final = """
SELECT id
  FROM messages
 WHERE state IN ('planned', 'held') AND expires_at <= $1
 ORDER BY expires_at
 LIMIT $2
   FOR UPDATE SKIP LOCKED
"""


async def lock_expired(tx: TenantTx, most: int) -> list[MessageId]:
    """Lock waiting messages that it is too late to send."""
    return [MessageId(row["id"]) for row in await tx.rows(EXPIRED, tx.now, most)]


# A lease is real time: a sandbox clock that is moved by a month must not end the leases of a running worker.
LEASE: Final = """
UPDATE messages AS message
   SET state = 'claimed', reason = NULL, last_verdict_id = given.verdict_id,
       contact_point_id = given.contact_point_id, provider = given.provider, attempts = given.number,
       lease_until = clock_timestamp() + make_interval(secs => $6), lease_token = message.lease_token + 1,
       handed_at = NULL, changed_at = $7
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[])
    AS given (id, verdict_id, contact_point_id, provider, number)
 WHERE message.id = given.id
"""

ATTEMPT: Final = """
INSERT INTO message_attempts (id, message_id, number, at, verdict_id, provider, body_digest, sealed_body)
SELECT id, message_id, number, $8, verdict_id, provider, body_digest, sealed_body
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::uuid[], $5::text[], $6::bytea[], $7::bytea[])
    AS given (id, message_id, number, verdict_id, provider, body_digest, sealed_body)
"""


async def lease(tx: TenantTx, attempts: Sequence[NewAttempt], lease_seconds: int) -> None:
    """Write the attempts and take the messages in hand. The foreign key refuses a verdict that does not allow."""
    if not attempts:
        return
    await tx.execute(
        ATTEMPT,
        [each.id for each in attempts],
        [each.message for each in attempts],
        [each.number for each in attempts],
        [each.verdict for each in attempts],
        [each.provider for each in attempts],
        [each.body_digest for each in attempts],
        [each.sealed_body for each in attempts],
        tx.now,
    )
    await tx.execute(
        LEASE,
        [each.message for each in attempts],
        [each.verdict for each in attempts],
        [each.contact_point for each in attempts],
        [each.provider for each in attempts],
        [each.number for each in attempts],
        float(lease_seconds),
        tx.now,
    )


MOVE: Final = """
UPDATE messages AS message
   SET state = given.state, reason = given.reason, due_at = coalesce(given.due_at, message.due_at),
       last_verdict_id = coalesce(given.verdict_id, message.last_verdict_id),
       provider_ref = coalesce(given.provider_ref, message.provider_ref),
       refusals = coalesce(given.refusals, message.refusals), lease_until = NULL, changed_at = $8
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::uuid[], $6::text[], $7::integer[])
    AS given (id, state, reason, due_at, verdict_id, provider_ref, refusals)
 WHERE message.id = given.id
"""


async def move(tx: TenantTx, moves: Sequence[Move]) -> None:
    """Put messages that this transaction holds locked into their next state; nobody has them in hand any more."""
    if not moves:
        return
    await tx.execute(
        MOVE,
        [each.id for each in moves],
        [each.state for each in moves],
        [each.reason for each in moves],
        [each.due_at for each in moves],
        [each.verdict for each in moves],
        [each.provider_ref for each in moves],
        [each.refusals for each in moves],
        tx.now,
    )


CHANNEL: Final = """
SELECT channel, failures, reason, coalesce(paused_until > clock_timestamp(), false) AS resting
  FROM channel_states
 WHERE channel = $1
"""


async def channel_state(tx: TenantTx, channel: Channel) -> ChannelState:
    row = await tx.row(CHANNEL, channel)
    return _state(row) if row else ChannelState(channel)


LOCK_CHANNEL: Final = """
SELECT channel, failures, reason, coalesce(paused_until > clock_timestamp(), false) AS resting
  FROM channel_states
 WHERE channel = $1
   FOR UPDATE
"""


async def lock_channel(tx: TenantTx, channel: Channel) -> ChannelState:
    row = await tx.row(LOCK_CHANNEL, channel)
    return _state(row) if row else ChannelState(channel)


CHANNELS: Final = """
SELECT channel, failures, reason, coalesce(paused_until > clock_timestamp(), false) AS resting
  FROM channel_states
 ORDER BY channel
 LIMIT 100
"""


async def channel_states(tx: TenantTx) -> list[ChannelState]:
    return [_state(row) for row in await tx.rows(CHANNELS)]


# The row lock makes claimers of one channel take turns, so that together they keep to the rate.
ALLOWANCE: Final = """
INSERT INTO channel_states AS known (channel, minute, taken)
VALUES ($1, date_trunc('minute', clock_timestamp()), 0)
    ON CONFLICT ON CONSTRAINT channel_states_pkey DO UPDATE
   SET taken = CASE WHEN known.minute = excluded.minute THEN known.taken ELSE 0 END, minute = excluded.minute
RETURNING taken
"""

TAKE: Final = """
UPDATE channel_states
   SET taken = taken + $2
 WHERE channel = $1
"""


async def lock_taken(tx: TenantTx, channel: Channel) -> int:
    """How many messages of the channel were claimed in this minute of real time; locks the count."""
    return int(await tx.value(ALLOWANCE, channel))


async def take(tx: TenantTx, channel: Channel, count: int) -> None:
    await tx.execute(TAKE, channel, count)


KEEP_CHANNEL: Final = """
INSERT INTO channel_states AS known (channel, failures, paused_until, reason)
VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3), $4)
    ON CONFLICT ON CONSTRAINT channel_states_pkey DO UPDATE
   SET failures = excluded.failures, paused_until = excluded.paused_until, reason = excluded.reason
"""


async def keep_channel(
    tx: TenantTx, channel: Channel, failures: int, rest: timedelta, reason: str | None
) -> None:
    """Note that a channel rests from now on for so long, or works again (no failures, no rest)."""
    await tx.execute(KEEP_CHANNEL, channel, failures, rest.total_seconds(), reason)


REAL_NOW: Final = """
SELECT clock_timestamp() AS real
"""


async def real_now(tx: TenantTx) -> datetime:
    """The database's own time, which no test clock moves: for signatures and the Date header."""
    return await tx.value(REAL_NOW)


def dues_of(row: asyncpg.Record) -> tuple[Due, ...]:
    """Loans and dates stand in two columns, in the same order."""
    loans: list[UUID] = row["loans"]
    dates: list[date] = row["dues_on"]
    return tuple(Due(LoanId(loan), due_on) for loan, due_on in zip(loans, dates, strict=True))


def _state(row: asyncpg.Record) -> ChannelState:
    return ChannelState(Channel(row["channel"]), row["failures"], row["resting"], row["reason"])


def _array(items: Iterable[str]) -> str:
    return "{" + ",".join(items) + "}"
