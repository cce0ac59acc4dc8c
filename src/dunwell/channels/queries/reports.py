"""What providers tell us, each event once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from dunwell.kernel.ids import MessageId
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Event:
    """One webhook event to keep; `body` is sealed."""

    event_id: str
    result: str
    message: MessageId | None
    body: bytes = field(repr=False)


KNOWN: Final = """
SELECT event_id
  FROM provider_events
 WHERE provider = $1 AND event_id = ANY ($2::text[])
"""


async def known_events(tx: TenantTx, provider: str, ids: Sequence[str]) -> set[str]:
    """Of these events, those we were told before."""
    return {row["event_id"] for row in await tx.rows(KNOWN, provider, list(ids))}


KEEP: Final = """
INSERT INTO provider_events (provider, event_id, received_at, body, result, message_id)
SELECT $1, event_id, $2, body, result, message_id
  FROM unnest($3::text[], $4::bytea[], $5::text[], $6::uuid[]) AS given (event_id, body, result, message_id)
 ORDER BY event_id
    ON CONFLICT ON CONSTRAINT provider_events_pkey DO NOTHING
RETURNING event_id
"""


async def keep_events(tx: TenantTx, provider: str, events: Sequence[Event]) -> set[str]:
    """Keep events as they came; those that another transaction kept first are left out of the answer."""
    if not events:
        return set()
    rows = await tx.rows(
        KEEP,
        provider,
        tx.now,
        [event.event_id for event in events],
        [event.body for event in events],
        [event.result for event in events],
        [event.message for event in events],
    )
    return {row["event_id"] for row in rows}
