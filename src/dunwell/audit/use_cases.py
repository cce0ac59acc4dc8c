"""What can be done with the audit log: record, seal, read, prove, export."""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from dunwell.audit import queries
from dunwell.audit.model import (
    BATCH,
    JSON,
    LAST,
    Act,
    Backlog,
    Checkpoint,
    CheckpointNotFound,
    ConsistencyProof,
    Edge,
    Event,
    EventNotFound,
    HorizonWentBack,
    InclusionProof,
    ListCheckpoints,
    ListEvents,
    NotSealedYet,
    ProveConsistency,
    ProveInclusion,
    Seal,
    Sealed,
    SignedCheckpoint,
    SignExport,
    Span,
    Stretch,
    TreeDiffers,
    WrongRange,
)
from dunwell.audit.rules.bodies import event_bodies
from dunwell.audit.rules.keys import public_bytes
from dunwell.audit.rules.lines import trailer_text
from dunwell.audit.rules.notes import checkpoint_text, origin_of, sign
from dunwell.audit.rules.proofs import consistency_path, inclusion_path
from dunwell.audit.rules.sealing import grow, restored
from dunwell.audit.rules.tree import Frontier, needed, span_root
from dunwell.kernel.errors import Fault
from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.storage.tenant import TenantTx

PLACE: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


async def record(tx: TenantTx, action: str, subject: UUID | str, **facts: JSON) -> None:
    """Record one act in the transaction that does it: `action` is `area.fact`, `subject` an id.

    Facts are ids, states, amounts and versions; never personal data.
    """
    await record_many(tx, (Act(action, subject, facts),))


async def record_many(tx: TenantTx, acts: Sequence[Act]) -> None:
    """Record acts in their order, in one statement."""
    if not acts:
        return
    caller = tx.caller
    actor = str(caller.actor)
    bodies = event_bodies(caller.tenant.id, tx.now, actor, caller.correlation, acts)
    await queries.insert_events(tx, [act.action for act in acts], [str(act.subject) for act in acts], bodies)


async def seal(tx: TenantTx, command: Seal) -> Sealed:
    """Give committed events their places in the tree and sign a checkpoint over them.

    Only events of transactions older than every running one are taken, in the order (xid, id): none can
    come in between later. A long transaction anywhere in the cluster makes sealing wait, never skip.
    At most one sealer per tenant works at a time; another answers `busy`. The first sealing of a tenant
    without events signs the empty tree. Not recorded itself: it would never come to an end.
    """
    if not await queries.lock_tree(tx):
        return Sealed(0, 0, busy=True)
    edge = await queries.edge(tx)
    if edge and await queries.horizon(tx) <= edge.xid:
        raise HorizonWentBack(f"transaction {edge.xid} was sealed and is not yet past here")
    xid, event, size = (edge.xid, edge.event, edge.checkpoint.size) if edge else (0, 0, 0)
    fresh = await queries.unsealed(tx, xid, event, max(1, min(command.batch, BATCH)))
    if edge and not fresh:
        return Sealed(size, 0)
    frontier = await _frontier(tx, size)
    if edge and frontier.root() != edge.checkpoint.root:
        raise TreeDiffers(f"the hashes of the first {size} leaves do not give the signed root")
    if fresh:
        leaves, nodes = grow(frontier, fresh)
        await queries.insert_leaves(tx, leaves, nodes)
        xid, event = fresh[-1].xid, fresh[-1].id
    await queries.insert_checkpoint(tx, Edge(_signed(tx, frontier), xid, event))
    return Sealed(frontier.size, len(fresh))


async def backlog(tx: TenantTx, limit: int) -> Backlog:
    """How many events wait to be sealed (counted up to `limit`) and since when: an alert's number."""
    edge = await queries.edge(tx)
    return await queries.backlog(tx, edge.xid if edge else 0, edge.event if edge else 0, limit)


async def list_events(tx: TenantTx, command: ListEvents) -> Page[Event]:
    """Sealed events in tree order, which never changes: a reader who follows it misses none."""
    after = _place(command.cursor)
    rows = await queries.events(tx, after, command.action, command.subject, command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (str(row.seq),))


async def get_event(tx: TenantTx, seq: int) -> Event:
    """One sealed event. Raises `EventNotFound`."""
    event = await queries.event(tx, seq) if 0 <= seq <= LAST else None
    if event is None:
        raise EventNotFound(f"no sealed event {seq}")
    return event


async def latest_checkpoint(tx: TenantTx, _command: None = None) -> SignedCheckpoint:
    """The checkpoint over most events. Raises `NotSealedYet`."""
    edge = await queries.edge(tx)
    if edge is None:
        raise NotSealedYet("nothing has been sealed yet")
    return edge.checkpoint


async def get_checkpoint(tx: TenantTx, size: int) -> SignedCheckpoint:
    """The checkpoint of exactly `size` events. Raises `CheckpointNotFound`."""
    found = await queries.checkpoint(tx, size) if 0 <= size <= LAST else None
    if found is None:
        raise CheckpointNotFound(f"no checkpoint of {size} events")
    return found


async def list_checkpoints(tx: TenantTx, command: ListCheckpoints) -> Page[SignedCheckpoint]:
    """Checkpoints by size."""
    rows = await queries.checkpoints(tx, _place(command.cursor), LAST, command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (str(row.size),))


async def public_key(tx: TenantTx, _command: None = None) -> bytes:
    """The 32 bytes of the key that signs this tenant's checkpoints."""
    return public_bytes(tx.keys.signing_key())


async def inclusion_proof(tx: TenantTx, command: ProveInclusion) -> InclusionProof:
    """That one event is under a signed checkpoint. Raises `WrongRange`, `CheckpointNotFound`."""
    checkpoint = await _checkpoint(tx, command.size)
    if not 0 <= command.seq < checkpoint.size:
        raise _wrong("seq", f"the tree has events 0 to {checkpoint.size - 1}")
    leaf = await get_event(tx, command.seq)
    hashes = await _roots(tx, inclusion_path(command.seq, checkpoint.size))
    return InclusionProof(command.seq, leaf.leaf, hashes, checkpoint)


async def consistency_proof(tx: TenantTx, command: ProveConsistency) -> ConsistencyProof:
    """That one checkpoint continues another. Raises `WrongRange`, `CheckpointNotFound`."""
    later = await _checkpoint(tx, command.later)
    earlier = await get_checkpoint(tx, command.earlier)
    if earlier.size > later.size:
        raise _wrong("from", f"the later checkpoint has only {later.size} events")
    return ConsistencyProof(await _roots(tx, consistency_path(earlier.size, later.size)), earlier, later)


async def stretch(tx: TenantTx, command: Stretch) -> tuple[list[Event], list[SignedCheckpoint]]:
    """Part of the tree for an export, with no place left out. Raises `TreeDiffers`."""
    start, end = command.start, command.end
    events = await queries.events(tx, start - 1, None, None, end - start)
    if [event.seq for event in events] != list(range(start, end)):
        raise TreeDiffers(f"events {start} to {end - 1} are not all there")
    return events, await queries.checkpoints(tx, start, end, end - start)


async def sign_export(tx: TenantTx, command: SignExport) -> str:
    """The signed note that binds every byte of an export to this tenant's key."""
    origin = origin_of(tx.caller.tenant.id)
    return sign(trailer_text(origin, command.lines, command.digest), origin, tx.keys.signing_key())


async def record_export(tx: TenantTx, command: SignExport) -> None:
    """Record that the log was handed out, and which file."""
    await record(
        tx,
        "audit.exported",
        tx.caller.tenant.id,
        events=command.size,
        lines=command.lines,
        sha256=command.digest,
    )


def _signed(tx: TenantTx, frontier: Frontier) -> SignedCheckpoint:
    origin = origin_of(tx.caller.tenant.id)
    said = Checkpoint(origin, frontier.size, frontier.root(), tx.now)
    note = sign(checkpoint_text(said), origin, tx.keys.signing_key())
    return SignedCheckpoint(said.size, said.root, said.at, note)


async def _checkpoint(tx: TenantTx, size: int | None) -> SignedCheckpoint:
    return await (latest_checkpoint(tx) if size is None else get_checkpoint(tx, size))


async def _frontier(tx: TenantTx, size: int) -> Frontier:
    kept = await queries.hashes(tx, needed((Span(0, size),)))
    try:
        return restored(size, kept)
    except KeyError as error:
        raise TreeDiffers(f"a stored hash of the first {size} leaves is missing") from error


async def _roots(tx: TenantTx, spans: Sequence[Span]) -> tuple[bytes, ...]:
    kept = await queries.hashes(tx, needed(spans))
    try:
        return tuple(span_root(span, kept) for span in spans)
    except KeyError as error:
        raise TreeDiffers("a stored hash is missing") from error


def _place(cursor: str | None) -> int:
    """The last place shown, -1 before the first. Raises `WrongCursor`."""
    key = decode_cursor(cursor, 1)
    if key is None:
        return -1
    if not PLACE.fullmatch(key[0]):
        raise WrongCursor("unknown cursor", faults=[Fault("cursor", "not a cursor of ours", "use `next`")])
    return int(key[0])


def _wrong(field: str, problem: str) -> WrongRange:
    return WrongRange(problem, faults=[Fault(field, problem, "ask for a checkpoint's own size")])
