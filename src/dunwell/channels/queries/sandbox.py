"""What the sandbox provider took, and how it was told to fail."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.channels.model import SandboxBehaviour
from dunwell.channels.queries.places import place
from dunwell.contact.model import Channel
from dunwell.kernel.ids import MessageId
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Taken:
    """A message as the sandbox keeps it: address and text sealed; `report_due_at` when a report is to come."""

    attempt: UUID
    message: MessageId
    channel: Channel
    behaviour: SandboxBehaviour
    taken_at: datetime
    report_due_at: datetime | None
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """How messages are treated: of a channel or of all, to one recipient or to all, one in so many."""

    id: UUID
    channel: Channel | None
    recipient: bytes | None
    behaviour: SandboxBehaviour
    one_in: int


FAULTS: Final = """
SELECT id, channel, recipient, behaviour, one_in
  FROM sandbox_faults
 ORDER BY set_at DESC, id
 LIMIT 200
"""


async def faults(tx: TenantTx) -> list[Fault]:
    """The newest first: it wins."""
    return [
        Fault(
            row["id"],
            Channel(row["channel"]) if row["channel"] else None,
            row["recipient"],
            SandboxBehaviour(row["behaviour"]),
            row["one_in"],
        )
        for row in await tx.rows(FAULTS)
    ]


ADD_FAULT: Final = """
INSERT INTO sandbox_faults (id, channel, recipient, behaviour, one_in, set_at)
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT ON CONSTRAINT sandbox_faults_pkey DO NOTHING
"""


async def add_fault(tx: TenantTx, fault: Fault) -> None:
    await tx.execute(
        ADD_FAULT, fault.id, fault.channel, fault.recipient, fault.behaviour, fault.one_in, tx.now
    )


CLEAR_FAULTS: Final = """
DELETE FROM sandbox_faults
 WHERE $1::uuid IS NULL OR id = $1
"""


async def clear_faults(tx: TenantTx, fault: UUID | None) -> int:
    """Remove one fault, or all of them."""
    return await tx.execute(CLEAR_FAULTS, fault)


KEEP: Final = """
INSERT INTO sandbox_messages (id, message_id, channel, sealed, taken_at, behaviour, report_due_at)
SELECT id, message_id, channel, sealed, taken_at, behaviour, report_due_at
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::timestamptz[], $6::text[], $7::timestamptz[])
    AS given (id, message_id, channel, sealed, taken_at, behaviour, report_due_at)
    ON CONFLICT ON CONSTRAINT sandbox_messages_pkey DO NOTHING
"""


async def keep(tx: TenantTx, taken: Sequence[Taken]) -> None:
    """Keep what was taken; the same attempt again is the same message."""
    if not taken:
        return
    await tx.execute(
        KEEP,
        [each.attempt for each in taken],
        [each.message for each in taken],
        [each.channel for each in taken],
        [each.sealed for each in taken],
        [each.taken_at for each in taken],
        [each.behaviour for each in taken],
        [each.report_due_at for each in taken],
    )


DUE_REPORTS: Final = """
SELECT id, message_id, channel, sealed, taken_at, behaviour, report_due_at
  FROM sandbox_messages
 WHERE report_due_at <= $1
 ORDER BY report_due_at
 LIMIT $2
   FOR UPDATE SKIP LOCKED
"""

REPORTED: Final = """
UPDATE sandbox_messages
   SET report_due_at = NULL
 WHERE id = ANY ($1::uuid[])
"""


async def take_due_reports(tx: TenantTx, most: int) -> list[Taken]:
    """Messages whose report is due; it counts as made once this transaction stands."""
    taken = [_taken(row) for row in await tx.rows(DUE_REPORTS, tx.now, most)]
    if taken:
        await tx.execute(REPORTED, [each.attempt for each in taken])
    return taken


LISTED: Final = """
SELECT id, message_id, channel, sealed, taken_at, behaviour, report_due_at
  FROM sandbox_messages
 WHERE ($1::timestamptz IS NULL OR (taken_at, id) < ($1, $2::uuid))
   AND ($3::text IS NULL OR channel = $3)
 ORDER BY taken_at DESC, id DESC
 LIMIT $4
"""


async def listed(tx: TenantTx, cursor: str | None, channel: Channel | None, limit: int) -> list[Taken]:
    """The newest first; one row more than the page, if there is one."""
    at, row = place(cursor)
    rows = await tx.rows(
        LISTED,
        at,
        row,
        channel,
        limit + 1,
    )
    return [_taken(each) for each in rows]


STATES: Final = """
SELECT id, state
  FROM messages
 WHERE id = ANY ($1::uuid[])
"""


async def states(tx: TenantTx, messages: Sequence[MessageId]) -> dict[MessageId, str]:
    """In which state each message of ours is."""
    return {MessageId(row["id"]): row["state"] for row in await tx.rows(STATES, list(messages))}


def _taken(row: asyncpg.Record) -> Taken:
    return Taken(
        row["id"],
        MessageId(row["message_id"]),
        Channel(row["channel"]),
        SandboxBehaviour(row["behaviour"]),
        row["taken_at"],
        row["report_due_at"],
        row["sealed"],
    )
