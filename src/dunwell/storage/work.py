"""The durable queue: rows with a lane, a due time, a lease and a fencing token.

Claiming commits before the work begins. A worker that dies leaves a lease that runs out; one that
comes back late finds its token spent, and its result is thrown away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from dunwell.storage.tenant import TenantTx

LEASE: Final = timedelta(seconds=90)
MOST_ATTEMPTS: Final = 12
# Seconds before the n-th new try; the last one is kept for all that follow.
BACKOFF: Final = (1, 5, 15, 60, 300, 900, 3600)
ERROR_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do once: `kind` and `dedupe_key` name it, `due_at` says from when (tenant time)."""

    lane: str
    kind: str
    dedupe_key: str
    due_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Claimed:
    """A leased item; `token` has to be shown when it is finished."""

    id: int
    kind: str
    dedupe_key: str
    payload: Mapping[str, Any]
    attempts: int
    token: int


ADD: Final = """
INSERT INTO work_items (lane, kind, dedupe_key, due_at, payload)
SELECT lane, kind, dedupe_key, due_at, payload
  FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[])
    AS given (lane, kind, dedupe_key, due_at, payload)
    ON CONFLICT ON CONSTRAINT work_items_one_per_key DO NOTHING
"""


async def add(tx: TenantTx, works: Sequence[Work]) -> int:
    """Put work into the queue and ring its lanes; work already known by its key is left alone."""
    if not works:
        return 0
    for lane in {work.lane for work in works}:
        tx.ring(lane)
    return await tx.execute(
        ADD,
        [work.lane for work in works],
        [work.kind for work in works],
        [work.dedupe_key for work in works],
        [work.due_at for work in works],
        [dict(work.payload) for work in works],
    )


CLAIM: Final = """
  WITH due AS (SELECT id
                 FROM work_items
                WHERE state = 'ready' AND lane = $1 AND due_at <= $2
                ORDER BY due_at, id
                LIMIT $3
                  FOR UPDATE SKIP LOCKED)
UPDATE work_items AS item
   SET state = 'leased', lease_until = clock_timestamp() + $4, lease_token = lease_token + 1,
       attempts = attempts + 1
  FROM due
 WHERE item.id = due.id
RETURNING item.id, item.kind, item.dedupe_key, item.payload, item.attempts, item.lease_token
"""


async def claim(tx: TenantTx, lane: str, most: int, lease: timedelta = LEASE) -> list[Claimed]:
    """Lease up to `most` due items of a lane, oldest first; nobody else gets them meanwhile.

    Leases run on the database's clock, not the tenant's: a test clock must not end them.
    """
    rows = await tx.rows(CLAIM, lane, tx.now, most, lease)
    claimed = [
        Claimed(
            row["id"], row["kind"], row["dedupe_key"], row["payload"], row["attempts"], row["lease_token"]
        )
        for row in rows
    ]
    return sorted(claimed, key=lambda item: item.id)


FINISH: Final = """
UPDATE work_items AS item
   SET state = 'done', lease_until = NULL, last_error = NULL
  FROM unnest($1::bigint[], $2::bigint[]) AS held (id, token)
 WHERE item.id = held.id AND item.lease_token = held.token AND item.state = 'leased'
"""


async def finish(tx: TenantTx, items: Sequence[Claimed]) -> bool:
    """Mark leased items done. False when a lease was lost: then the caller's transaction must not stand."""
    done = await tx.execute(FINISH, [item.id for item in items], [item.token for item in items])
    return done == len(items)


PUT_BACK: Final = """
UPDATE work_items
   SET state = CASE WHEN attempts >= $5 THEN 'set_aside' ELSE 'ready' END,
       due_at = $3, lease_until = NULL, last_error = $4
 WHERE id = $1 AND lease_token = $2 AND state = 'leased'
"""


async def put_back(tx: TenantTx, item: Claimed, error: str) -> None:
    """Try again later; after the last attempt it is set aside with its reason."""
    wait = BACKOFF[min(item.attempts, len(BACKOFF)) - 1]
    due_at = tx.now + timedelta(seconds=wait)
    await tx.execute(PUT_BACK, item.id, item.token, due_at, error[:ERROR_LENGTH], MOST_ATTEMPTS)


SET_ASIDE: Final = """
UPDATE work_items
   SET state = 'set_aside', lease_until = NULL, last_error = $3
 WHERE id = $1 AND lease_token = $2 AND state = 'leased'
"""


async def set_aside(tx: TenantTx, item: Claimed, error: str) -> None:
    """Take an item that cannot succeed out of the way, with its reason; `retry` brings it back."""
    await tx.execute(SET_ASIDE, item.id, item.token, error[:ERROR_LENGTH])


RETRY: Final = """
UPDATE work_items
   SET state = 'ready', attempts = 0, due_at = $2
 WHERE id = $1 AND state = 'set_aside'
"""


async def retry(tx: TenantTx, item: int) -> bool:
    """Put an item that was set aside back into the queue."""
    return bool(await tx.execute(RETRY, item, tx.now))


REAP: Final = """
UPDATE work_items
   SET state = CASE WHEN attempts >= $1 THEN 'set_aside' ELSE 'ready' END,
       lease_until = NULL, last_error = 'lease ran out'
 WHERE state = 'leased' AND lease_until < clock_timestamp()
"""


async def reap(tx: TenantTx) -> int:
    """Free the items of workers that died; how many there were."""
    return await tx.execute(REAP, MOST_ATTEMPTS)


WAITING: Final = """
SELECT lane, count(*) FILTER (WHERE state = 'ready') AS ready,
       count(*) FILTER (WHERE state = 'leased') AS leased,
       count(*) FILTER (WHERE state = 'set_aside') AS set_aside,
       min(due_at) FILTER (WHERE state = 'ready') AS oldest_due
  FROM work_items
 WHERE state IN ('ready', 'leased', 'set_aside')
 GROUP BY lane
 ORDER BY lane
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of a lane waits, is in hand, or was set aside."""

    lane: str
    ready: int
    leased: int
    set_aside: int
    oldest_due: datetime | None


async def waiting(tx: TenantTx) -> list[Waiting]:
    rows = await tx.rows(WAITING)
    return [Waiting(r["lane"], r["ready"], r["leased"], r["set_aside"], r["oldest_due"]) for r in rows]


FORGET: Final = """
DELETE FROM work_items
 WHERE id IN (SELECT id FROM work_items
               WHERE state = 'done' AND created_at < clock_timestamp() - $1::interval
               ORDER BY id LIMIT $2)
"""


async def forget(tx: TenantTx, age: timedelta, most: int = 5000) -> int:
    """Delete items done longer ago than `age`, in a bounded bite."""
    return await tx.execute(FORGET, age, most)
