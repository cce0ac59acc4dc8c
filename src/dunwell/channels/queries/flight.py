"""Messages in hand: handing over, outcomes, workers that went away."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.channels.model import InFlight, MessageState
from dunwell.channels.queries.outbox import dues_of
from dunwell.contact.model import Channel, Purpose
from dunwell.kernel.ids import BorrowerId, ContactPointId, MessageId, VerdictId
from dunwell.storage.tenant import TenantTx

CLAIMED: Final = """
SELECT message.id, message.borrower_id, message.channel, message.purpose, message.loans, message.dues_on,
       message.state, message.lease_token, message.refusals, message.contact_point_id, message.handed_at,
       attempt.id AS attempt_id, attempt.verdict_id
  FROM unnest($1::uuid[], $2::bigint[]) AS given (id, token)
  JOIN messages AS message ON message.id = given.id
  JOIN message_attempts AS attempt
    ON attempt.message_id = message.id AND attempt.number = message.attempts
 WHERE message.lease_token = given.token AND message.state = 'claimed'
   AND message.lease_until > clock_timestamp()
 ORDER BY message.id
   FOR UPDATE OF message
"""


async def lock_claimed(tx: TenantTx, held: Mapping[MessageId, int]) -> list[InFlight]:
    """Of the messages claimed under these tokens, those whose lease still stands."""
    return [_in_flight(row) for row in await tx.rows(CLAIMED, list(held), list(held.values()))]


HAND_OVER: Final = """
UPDATE messages
   SET state = 'submitting', handed_at = $2, changed_at = $2,
       lease_until = clock_timestamp() + make_interval(secs => $3)
 WHERE id = ANY ($1::uuid[])
"""


async def hand_over(tx: TenantTx, ids: Sequence[MessageId], lease_seconds: int) -> None:
    """From here on a provider may have them."""
    await tx.execute(HAND_OVER, list(ids), tx.now, float(lease_seconds))


ATTEMPTED: Final = """
SELECT message.id, message.borrower_id, message.channel, message.purpose, message.loans, message.dues_on,
       message.state, message.lease_token, message.refusals, message.contact_point_id, message.handed_at,
       attempt.id AS attempt_id, attempt.verdict_id
  FROM unnest($1::uuid[]) AS given (attempt_id)
  JOIN message_attempts AS attempt ON attempt.id = given.attempt_id
  JOIN messages AS message ON message.id = attempt.message_id
 ORDER BY message.id
   FOR UPDATE OF message
"""


async def lock_attempted(tx: TenantTx, attempts: Sequence[UUID]) -> dict[UUID, InFlight]:
    """The messages of these attempts, locked in order of their ids."""
    return {row["attempt_id"]: _in_flight(row) for row in await tx.rows(ATTEMPTED, list(attempts))}


LATEST: Final = """
SELECT message.id, message.borrower_id, message.channel, message.purpose, message.loans, message.dues_on,
       message.state, message.lease_token, message.refusals, message.contact_point_id, message.handed_at,
       attempt.id AS attempt_id, attempt.verdict_id
  FROM messages AS message
  JOIN message_attempts AS attempt
    ON attempt.message_id = message.id AND attempt.number = message.attempts
 WHERE message.id = $1
   FOR UPDATE OF message
"""


async def lock_latest(tx: TenantTx, message: MessageId) -> InFlight | None:
    """A message that was attempted, with its latest attempt."""
    row = await tx.row(LATEST, message)
    return _in_flight(row) if row else None


REFERRED: Final = """
SELECT given.ref, attempt.id AS attempt_id
  FROM unnest($2::text[]) AS given (ref)
  JOIN messages AS message ON message.provider = $1 AND message.provider_ref = given.ref
  JOIN message_attempts AS attempt
    ON attempt.message_id = message.id AND attempt.number = message.attempts
"""


async def attempts_of_refs(tx: TenantTx, provider: str, refs: Sequence[str]) -> dict[str, UUID]:
    """The latest attempt of each message that the provider knows by its own reference."""
    if not refs:
        return {}
    return {row["ref"]: row["attempt_id"] for row in await tx.rows(REFERRED, provider, list(refs))}


ABANDONED: Final = """
  WITH lost AS (SELECT id
                  FROM messages
                 WHERE state IN ('claimed', 'submitting') AND lease_until < clock_timestamp()
                 ORDER BY lease_until, id
                 LIMIT $1
                   FOR UPDATE SKIP LOCKED)
SELECT message.id, message.borrower_id, message.channel, message.purpose, message.loans, message.dues_on,
       message.state, message.lease_token, message.refusals, message.contact_point_id, message.handed_at,
       attempt.id AS attempt_id, attempt.verdict_id
  FROM lost
  JOIN messages AS message ON message.id = lost.id
  JOIN message_attempts AS attempt
    ON attempt.message_id = message.id AND attempt.number = message.attempts
 ORDER BY message.id
"""


async def lock_abandoned(tx: TenantTx, most: int) -> list[InFlight]:
    """Messages in hand whose lease ran out."""
    return [_in_flight(row) for row in await tx.rows(ABANDONED, most)]


OUTCOMES: Final = """
INSERT INTO message_outcomes (message_id, attempt_id, at, outcome, provider_ref, detail)
SELECT message_id, attempt_id, $6, outcome, provider_ref, detail
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
    AS given (message_id, attempt_id, outcome, provider_ref, detail)
    ON CONFLICT ON CONSTRAINT message_outcomes_once DO NOTHING
"""


async def keep_outcomes(
    tx: TenantTx, kept: Sequence[tuple[MessageId, UUID, str, str | None, str | None]]
) -> None:
    """Keep what a provider answered or reported: message, attempt, outcome, its reference, a detail.

    Each outcome of an attempt once: an answer may be written again after a commit whose confirmation was lost.
    """
    if not kept:
        return
    await tx.execute(
        OUTCOMES,
        [each[0] for each in kept],
        [each[1] for each in kept],
        [each[2] for each in kept],
        [each[3] for each in kept],
        [each[4] for each in kept],
        tx.now,
    )


# The key of the borrower seals what was said to them: erasing the borrower erases it too.
KEYS: Final = """
SELECT borrower_id, wrapped
  FROM borrower_keys
 WHERE borrower_id = ANY ($1::uuid[])
"""


async def borrower_keys(tx: TenantTx, borrowers: Sequence[BorrowerId]) -> dict[BorrowerId, bytes]:
    """The data key of each borrower that still has one."""
    rows = await tx.rows(KEYS, list(borrowers))
    return {BorrowerId(row["borrower_id"]): tx.keys.unwrap(row["wrapped"]) for row in rows}


KEYS_OF_MESSAGES: Final = """
SELECT message.id, kept.wrapped
  FROM messages AS message
  JOIN borrower_keys AS kept ON kept.borrower_id = message.borrower_id
 WHERE message.id = ANY ($1::uuid[])
"""


async def keys_of_messages(tx: TenantTx, messages: Sequence[MessageId]) -> dict[MessageId, bytes]:
    """The data key of the borrower of each message, unless that borrower was erased."""
    rows = await tx.rows(KEYS_OF_MESSAGES, list(messages))
    return {MessageId(row["id"]): tx.keys.unwrap(row["wrapped"]) for row in rows}


def _in_flight(row: asyncpg.Record) -> InFlight:
    point = row["contact_point_id"]
    return InFlight(
        MessageId(row["id"]),
        BorrowerId(row["borrower_id"]),
        Channel(row["channel"]),
        Purpose(row["purpose"]),
        dues_of(row),
        MessageState(row["state"]),
        row["lease_token"],
        row["refusals"],
        row["attempt_id"],
        VerdictId(row["verdict_id"]),
        ContactPointId(point) if point else None,
        row["handed_at"],
    )
