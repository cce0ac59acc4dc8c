"""Tables of the audit log: events, leaves, inner nodes, checkpoints."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from dunwell.audit.model import Backlog, Edge, Event, Leaf, Node, SignedCheckpoint, Unsealed
from dunwell.storage.tenant import TenantTx

# "AUDI": the first half of the advisory lock's number keeps other uses of such locks out of the way.
LOCK: Final = 0x41554449

INSERT_EVENTS: Final = """
INSERT INTO audit_events (action, subject, body)
SELECT action, subject, body
  FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY AS given (action, subject, body, place)
 ORDER BY place
"""


async def insert_events(
    tx: TenantTx, actions: Sequence[str], subjects: Sequence[str], bodies: Sequence[bytes]
) -> None:
    """Append events in the order given; their ids, transaction ids and times are the database's."""
    await tx.execute(INSERT_EVENTS, actions, subjects, bodies)


TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock($1, hashtext(current_schema()))"


async def lock_tree(tx: TenantTx) -> bool:
    """Become the only sealer of this tenant until the transaction ends; False if another one is."""
    return bool(await tx.value(TRY_LOCK, LOCK))


EDGE: Final = """
SELECT tree_size, root, signed_note, created_at, through_xid::text::bigint AS xid, through_event
  FROM audit_checkpoints
 ORDER BY tree_size DESC
 LIMIT 1
"""


async def edge(tx: TenantTx) -> Edge | None:
    """How far sealing has come."""
    row = await tx.row(EDGE)
    return Edge(_checkpoint(row), row["xid"], row["through_event"]) if row else None


HORIZON: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


async def horizon(tx: TenantTx) -> int:
    """The oldest transaction id that may still be running, in the whole cluster."""
    return int(await tx.value(HORIZON))


UNSEALED: Final = """
SELECT id, xid::text::bigint AS number, action, subject, body
  FROM audit_events
 WHERE (xid, id) > ($1::bigint::text::xid8, $2::bigint)
   AND xid < pg_snapshot_xmin(pg_current_snapshot())
 ORDER BY xid, id
 LIMIT $3
"""


async def unsealed(tx: TenantTx, xid: int, event: int, limit: int) -> list[Unsealed]:
    """The next events in the order of sealing.

    Only of transactions older than every running one: whatever commits later has a later place in the
    order. Ids alone would not do, because they are given out before the commit.
    """
    rows = await tx.rows(UNSEALED, xid, event, limit)
    return [Unsealed(row["id"], row["number"], row["action"], row["subject"], row["body"]) for row in rows]


BACKLOG: Final = """
SELECT count(id) AS events, min(created_at) AS oldest
  FROM (SELECT id, created_at
          FROM audit_events
         WHERE (xid, id) > ($1::bigint::text::xid8, $2::bigint)
         ORDER BY xid, id
         LIMIT $3) AS waiting
"""


async def backlog(tx: TenantTx, xid: int, event: int, limit: int) -> Backlog:
    """Committed events without a place in the tree, counted up to `limit`, and the age of the oldest."""
    row = await tx.row(BACKLOG, xid, event, limit)
    return Backlog(row["events"], row["oldest"]) if row else Backlog(0, None)


INSERT_LEAVES: Final = """
INSERT INTO audit_leaves (seq, event_id, hash, action, subject)
SELECT seq, event_id, hash, action, subject
  FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::text[], $5::text[])
    AS given (seq, event_id, hash, action, subject)
"""

INSERT_NODES: Final = """
INSERT INTO audit_nodes (level, idx, hash)
SELECT level, idx, hash
  FROM unnest($1::smallint[], $2::bigint[], $3::bytea[]) AS given (level, idx, hash)
"""


async def insert_leaves(tx: TenantTx, leaves: Sequence[Leaf], nodes: Sequence[tuple[Node, bytes]]) -> None:
    """Grow the tree. A second sealer at the same place would fail on the primary key."""
    await tx.execute(
        INSERT_LEAVES,
        [leaf.seq for leaf in leaves],
        [leaf.event for leaf in leaves],
        [leaf.hash for leaf in leaves],
        [leaf.action for leaf in leaves],
        [leaf.subject for leaf in leaves],
    )
    if nodes:
        levels, places = [node.level for node, _ in nodes], [node.index for node, _ in nodes]
        await tx.execute(INSERT_NODES, levels, places, [root for _, root in nodes])


INSERT_CHECKPOINT: Final = """
INSERT INTO audit_checkpoints (tree_size, root, signed_note, created_at, through_xid, through_event)
VALUES ($1, $2, $3, $4, $5::bigint::text::xid8, $6)
"""


async def insert_checkpoint(tx: TenantTx, reached: Edge) -> None:
    """Keep a signed checkpoint and the last event under it."""
    kept = reached.checkpoint
    await tx.execute(INSERT_CHECKPOINT, kept.size, kept.root, kept.note, kept.at, reached.xid, reached.event)


LEAF_HASHES: Final = """
SELECT seq, hash
  FROM audit_leaves
 WHERE seq = ANY ($1::bigint[])
"""

NODE_HASHES: Final = """
SELECT node.level, node.idx, node.hash
  FROM unnest($1::smallint[], $2::bigint[]) AS wanted (level, idx)
  JOIN audit_nodes AS node ON node.level = wanted.level AND node.idx = wanted.idx
"""


async def hashes(tx: TenantTx, nodes: Sequence[Node]) -> dict[Node, bytes]:
    """Kept hashes: of leaves (level 0) and of the inner nodes that are stored."""
    inner = [node for node in nodes if node.level]
    found: dict[Node, bytes] = {}
    if len(inner) < len(nodes):
        for row in await tx.rows(LEAF_HASHES, [node.index for node in nodes if not node.level]):
            found[Node(0, row["seq"])] = row["hash"]
    if inner:
        levels, places = [node.level for node in inner], [node.index for node in inner]
        for row in await tx.rows(NODE_HASHES, levels, places):
            found[Node(row["level"], row["idx"])] = row["hash"]
    return found


CHECKPOINT: Final = """
SELECT tree_size, root, signed_note, created_at
  FROM audit_checkpoints
 WHERE tree_size = $1
"""


async def checkpoint(tx: TenantTx, size: int) -> SignedCheckpoint | None:
    """The checkpoint of exactly that size."""
    row = await tx.row(CHECKPOINT, size)
    return _checkpoint(row) if row else None


CHECKPOINTS: Final = """
SELECT tree_size, root, signed_note, created_at
  FROM audit_checkpoints
 WHERE tree_size > $1 AND tree_size <= $2
 ORDER BY tree_size
 LIMIT $3
"""


async def checkpoints(tx: TenantTx, after: int, through: int, limit: int) -> list[SignedCheckpoint]:
    """Checkpoints by size, beginning behind `after`."""
    return [_checkpoint(row) for row in await tx.rows(CHECKPOINTS, after, through, limit)]


EVENT: Final = """
SELECT leaf.seq, leaf.hash, event.body
  FROM audit_leaves AS leaf
  JOIN audit_events AS event ON event.id = leaf.event_id
 WHERE leaf.seq = $1
"""


async def event(tx: TenantTx, seq: int) -> Event | None:
    """One sealed event."""
    row = await tx.row(EVENT, seq)
    return _event(row) if row else None


EVENTS: Final = """
SELECT leaf.seq, leaf.hash, event.body
  FROM audit_leaves AS leaf
  JOIN audit_events AS event ON event.id = leaf.event_id
 WHERE leaf.seq > $1
   AND ($2::text IS NULL OR leaf.action = $2)
   AND ($3::text IS NULL OR leaf.subject = $3)
 ORDER BY leaf.seq
 LIMIT $4
"""


async def events(
    tx: TenantTx, after: int, action: str | None, subject: str | None, limit: int
) -> list[Event]:
    """Sealed events in tree order, which never changes and has no gaps."""
    return [_event(row) for row in await tx.rows(EVENTS, after, action, subject, limit)]


def _event(row: asyncpg.Record) -> Event:
    return Event(row["seq"], row["hash"], row["body"])


def _checkpoint(row: asyncpg.Record) -> SignedCheckpoint:
    return SignedCheckpoint(row["tree_size"], row["root"], row["created_at"], row["signed_note"])
