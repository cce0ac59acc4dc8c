"""Messages as people read them: lists, one with its attempts, counts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.channels.model import (
    Attempt,
    KeptOutcome,
    ListMessages,
    Message,
    MessageCount,
    MessageState,
)
from dunwell.channels.queries.outbox import dues_of
from dunwell.channels.queries.places import place
from dunwell.contact.model import Channel, Purpose
from dunwell.kernel.ids import BorrowerId, MessageId, VerdictId
from dunwell.storage.tenant import TenantTx

LISTED: Final = """
SELECT id, dedupe_key, borrower_id, channel, purpose, template, policy_version, state, reason, loans, dues_on,
       due_at, expires_at, planned_at, changed_at, plan_verdict_id, last_verdict_id, provider, provider_ref,
       attempts
  FROM messages
 WHERE ($1::text IS NULL OR state = $1)
   AND ($2::uuid IS NULL OR borrower_id = $2)
   AND ($3::text IS NULL OR channel = $3)
   AND ($4::timestamptz IS NULL OR (planned_at, id) < ($4, $5::uuid))
 ORDER BY planned_at DESC, id DESC
 LIMIT $6
"""


async def listed(tx: TenantTx, query: ListMessages) -> list[Message]:
    """The newest first; one row more than the page, if there is one."""
    at, row = place(query.cursor)
    rows = await tx.rows(
        LISTED,
        query.state,
        query.borrower,
        query.channel,
        at,
        row,
        query.limit + 1,
    )
    return [_message(each) for each in rows]


UNKNOWN: Final = """
SELECT id, dedupe_key, borrower_id, channel, purpose, template, policy_version, state, reason, loans, dues_on,
       due_at, expires_at, planned_at, changed_at, plan_verdict_id, last_verdict_id, provider, provider_ref,
       attempts
  FROM messages
 WHERE state = 'unknown'
   AND ($1::timestamptz IS NULL OR (changed_at, id) < ($1, $2::uuid))
 ORDER BY changed_at DESC, id DESC
 LIMIT $3
"""


async def unknown(tx: TenantTx, cursor: str | None, limit: int) -> list[Message]:
    """Messages whose outcome nobody knows, the newest first; one row more than the page, if there is one."""
    at, row = place(cursor)
    rows = await tx.rows(
        UNKNOWN,
        at,
        row,
        limit + 1,
    )
    return [_message(each) for each in rows]


ONE: Final = """
SELECT id, dedupe_key, borrower_id, channel, purpose, template, policy_version, state, reason, loans, dues_on,
       due_at, expires_at, planned_at, changed_at, plan_verdict_id, last_verdict_id, provider, provider_ref,
       attempts
  FROM messages
 WHERE id = $1
"""


async def one(tx: TenantTx, message: MessageId) -> Message | None:
    row = await tx.row(ONE, message)
    return _message(row) if row else None


ATTEMPTS: Final = """
SELECT id, number, at, verdict_id, provider, body_digest
  FROM message_attempts
 WHERE message_id = $1
 ORDER BY number DESC
 LIMIT 100
"""

OUTCOMES: Final = """
SELECT attempt_id, at, outcome, detail
  FROM message_outcomes
 WHERE message_id = $1
 ORDER BY id DESC
 LIMIT 500
"""


async def attempts(tx: TenantTx, message: MessageId) -> list[Attempt]:
    """The last hundred attempts in order, each with what was answered and reported about it."""
    told: dict[UUID | None, list[KeptOutcome]] = defaultdict(list)
    for row in reversed(await tx.rows(OUTCOMES, message)):
        told[row["attempt_id"]].append(KeptOutcome(row["at"], row["outcome"], row["detail"]))
    return [
        Attempt(
            row["id"],
            row["number"],
            row["at"],
            VerdictId(row["verdict_id"]),
            row["provider"],
            row["body_digest"],
            tuple(told[row["id"]]),
        )
        for row in reversed(await tx.rows(ATTEMPTS, message))
    ]


# Each branch reads one partial index, except the last, which reads the newest messages only.
COUNTS: Final = """
SELECT channel, state, count(*) AS messages, min(due_at) AS oldest_due
  FROM messages
 WHERE state IN ('planned', 'held')
 GROUP BY channel, state
 UNION ALL
SELECT channel, state, count(*), min(due_at)
  FROM messages
 WHERE state IN ('claimed', 'submitting')
 GROUP BY channel, state
 UNION ALL
SELECT channel, state, count(*), min(due_at)
  FROM messages
 WHERE state = 'unknown'
 GROUP BY channel, state
 UNION ALL
SELECT channel, state, count(*), min(due_at)
  FROM messages
 WHERE state IN ('accepted', 'delivered', 'bounced', 'rejected', 'cancelled', 'denied', 'expired') AND planned_at > $1
 GROUP BY channel, state
 ORDER BY channel, state
 LIMIT 200
"""


async def counts(tx: TenantTx, since: datetime) -> list[MessageCount]:
    """How many messages are in each state, by channel; of those that have ended, the ones planned since then."""
    return [
        MessageCount(Channel(row["channel"]), MessageState(row["state"]), row["messages"], row["oldest_due"])
        for row in await tx.rows(COUNTS, since)
    ]


KNOWN: Final = """
SELECT id, dedupe_key, borrower_id
  FROM messages
 WHERE dedupe_key = ANY ($1::text[])
"""


async def owners_of_keys(tx: TenantTx, keys: Sequence[str]) -> dict[str, tuple[MessageId, BorrowerId]]:
    """Which message holds each key, and to whom it goes."""
    return {
        row["dedupe_key"]: (MessageId(row["id"]), BorrowerId(row["borrower_id"]))
        for row in await tx.rows(KNOWN, list(keys))
    }


def _message(row: asyncpg.Record) -> Message:
    return Message(
        id=MessageId(row["id"]),
        dedupe_key=row["dedupe_key"],
        borrower=BorrowerId(row["borrower_id"]),
        channel=Channel(row["channel"]),
        purpose=Purpose(row["purpose"]),
        template=row["template"],
        policy_version=row["policy_version"],
        state=MessageState(row["state"]),
        reason=row["reason"],
        dues=dues_of(row),
        due_at=row["due_at"],
        expires_at=row["expires_at"],
        planned_at=row["planned_at"],
        changed_at=row["changed_at"],
        plan_verdict=VerdictId(row["plan_verdict_id"]),
        last_verdict=VerdictId(row["last_verdict_id"]),
        provider=row["provider"],
        provider_ref=row["provider_ref"],
        attempts=row["attempts"],
    )
