"""Sealing: every committed event gets one place, whoever writes at the same time, and none is skipped."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from dunwell.audit import queries
from dunwell.audit.model import (
    LAST,
    Act,
    CheckpointNotFound,
    Edge,
    EventNotFound,
    HorizonWentBack,
    ListCheckpoints,
    ListEvents,
    NotSealedYet,
    ProveConsistency,
    ProveInclusion,
    Seal,
    Sealed,
    SignedCheckpoint,
    TreeDiffers,
    WrongRange,
)
from dunwell.audit.rules.notes import is_signed_by, origin_of, read_checkpoint, read_note
from dunwell.audit.rules.proofs import proves_consistency, proves_inclusion
from dunwell.audit.rules.tree import Frontier, leaf_hash
from dunwell.audit.use_cases import (
    backlog,
    consistency_proof,
    get_checkpoint,
    get_event,
    inclusion_proof,
    latest_checkpoint,
    list_checkpoints,
    list_events,
    public_key,
    record,
    record_many,
    seal,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import WrongCursor, encode_cursor
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.opening import caller_for, opened
from tests.conftest import NewDatabase

WRITERS = 12
ROUNDS = 25
MOST_WAIT = 20.0


@pytest.fixture(scope="module")
async def wide(settings: Settings) -> AsyncIterator[Database]:
    """A database with a connection for each writer and for the sealer."""
    async with opened(replace(settings, pool_size=WRITERS + 4), name="wide") as database:
        yield database


async def sealed_through(database: Database, caller: Caller, batch: int = 5_000) -> int:
    """Seal until nothing waits. Other databases of the cluster may hold the horizon for a moment."""
    async with asyncio.timeout(MOST_WAIT):
        while (await database.read(caller, backlog, 1)).events:
            await database.run(caller, seal, Seal(batch))
            await asyncio.sleep(0.01)
    return (await database.read(caller, latest_checkpoint, None)).size


async def bodies(database: Database, caller: Caller) -> list[bytes]:
    found, cursor = list[bytes](), None
    while True:
        shown = await database.read(caller, list_events, ListEvents(cursor=cursor, limit=500))
        found += [event.body for event in shown.rows]
        cursor = shown.next
        if cursor is None:
            return found


async def test_twelve_writers_lose_nothing(wide: Database, acme: Caller) -> None:
    done = asyncio.Event()

    async def act(tx: TenantTx, subject: str) -> None:
        await record(tx, "loan.noted", subject, step=1)
        await asyncio.sleep(random.random() * 0.01)  # so that ids and commits interleave
        await record(tx, "loan.noted", subject, step=2)

    async def write(writer: int) -> None:
        for turn in range(ROUNDS):
            await wide.run(acme, act, f"race-{writer}-{turn}")

    async def keep_sealing() -> int:
        rounds = 0
        while not done.is_set():
            await wide.run(acme, seal, Seal(7))
            rounds += 1
        return rounds

    sealer = asyncio.create_task(keep_sealing())
    await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
    done.set()
    assert await sealer > 3
    size = await sealed_through(wide, acme)
    rows = await wide.read(acme, every_row, None)
    assert len(rows) == size
    assert Counter(await bodies(wide, acme)) == Counter(row["body"] for row in rows)
    assert [row["seq"] for row in rows] == list(range(size))
    raced = [row["subject"] for row in rows if row["subject"].startswith("race-")]
    assert Counter(raced) == {f"race-{w}-{t}": 2 for w in range(WRITERS) for t in range(ROUNDS)}


async def every_row(tx: TenantTx, _: None) -> list[asyncpg.Record]:
    return await tx.rows(
        "SELECT leaf.seq, event.subject, event.body FROM audit_events AS event "
        "LEFT JOIN audit_leaves AS leaf ON leaf.event_id = event.id ORDER BY event.xid, event.id"
    )


async def test_a_long_open_transaction_makes_sealing_wait_and_not_skip(wide: Database, birch: Caller) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow(tx: TenantTx, subject: str) -> None:
        await record(tx, "loan.noted", subject)
        begun.set()
        await release.wait()

    before = await sealed_through(wide, birch)
    waiting = asyncio.create_task(wide.run(birch, slow, "slow"))
    await begun.wait()
    await wide.run(birch, record_many, [Act("loan.noted", "quick")])
    for _ in range(3):
        assert await wide.run(birch, seal, Seal()) == Sealed(before, 0)
    waits = await wide.read(birch, backlog, 10)
    assert (waits.events, waits.oldest is not None) == (1, True)
    release.set()
    await waiting
    assert await sealed_through(wide, birch) == before + 2
    told = [event.body for event in (await wide.read(birch, list_events, ListEvents(limit=500))).rows[-2:]]
    assert [b'"subject":"slow"' in told[0], b'"subject":"quick"' in told[1]] == [True, True]


async def test_only_one_sealer_works_at_a_time(wide: Database, acme: Caller, birch: Caller) -> None:
    async def hold(tx: TenantTx, _: None) -> tuple[Sealed, Sealed]:
        assert await queries.lock_tree(tx)
        return await wide.run(acme, seal, Seal()), await wide.run(birch, seal, Seal())

    same, other = await wide.run(acme, hold, None)
    assert same == Sealed(0, 0, busy=True)
    assert not other.busy


async def test_every_checkpoint_is_signed_over_the_root_of_its_events(wide: Database, acme: Caller) -> None:
    for count in (1, 14, 33, 64):
        acts = [Act("loan.noted", f"batch-{count}-{number}") for number in range(count)]
        await wide.run(acme, record_many, acts)
        await sealed_through(wide, acme, batch=20)
    public, origin = await wide.read(acme, public_key, None), origin_of(acme.tenant.id)
    kept = await all_checkpoints(wide, acme)
    frontier, roots = Frontier(), dict[int, bytes]()
    for body in await bodies(wide, acme):
        frontier.append(leaf_hash(body))
        roots[frontier.size] = frontier.root()
    assert kept[-1].size == frontier.size
    for checkpoint in kept:
        note = read_note(checkpoint.note)
        said = read_checkpoint(note.text)
        assert is_signed_by(note, origin, public)
        assert (said.origin, said.size, said.root, said.at) == (
            origin,
            checkpoint.size,
            roots[said.size],
            checkpoint.at,
        )


async def all_checkpoints(database: Database, caller: Caller) -> list[SignedCheckpoint]:
    found, cursor = list[SignedCheckpoint](), None
    while True:
        shown = await database.read(caller, list_checkpoints, ListCheckpoints(cursor, 3))
        found += shown.rows
        cursor = shown.next
        if cursor is None:
            return found


async def test_stored_hashes_prove_every_event_and_every_checkpoint(wide: Database, acme: Caller) -> None:
    await wide.run(acme, record_many, [Act("loan.noted", f"proof-{number}") for number in range(70)])
    await sealed_through(wide, acme, batch=25)
    kept = await all_checkpoints(wide, acme)
    latest = kept[-1]
    for seq in range(0, latest.size, 7):
        proof = await wide.read(acme, inclusion_proof, ProveInclusion(seq))
        event = await wide.read(acme, get_event, seq)
        assert proof.leaf == event.leaf == leaf_hash(event.body)
        assert proves_inclusion(proof.leaf, seq, latest.size, proof.hashes, latest.root)
    for earlier in [*kept[:3], *kept[-3:]]:
        found = await wide.read(acme, consistency_proof, ProveConsistency(earlier.size))
        assert found.later == latest
        assert proves_consistency(earlier.size, latest.size, earlier.root, latest.root, found.hashes)
        oldest = await wide.read(acme, inclusion_proof, ProveInclusion(0, earlier.size))
        assert proves_inclusion(oldest.leaf, 0, earlier.size, oldest.hashes, earlier.root)


async def test_what_the_tree_does_not_have_is_refused(wide: Database, acme: Caller) -> None:
    await sealed_through(wide, acme)
    await wide.run(acme, record_many, [Act("loan.noted", "behind-the-first-checkpoint")])
    size = await sealed_through(wide, acme)
    for seq in (-1, size, LAST + 1):
        with pytest.raises(EventNotFound):
            await wide.read(acme, get_event, seq)
        with pytest.raises(WrongRange):
            await wide.read(acme, inclusion_proof, ProveInclusion(seq))
    for missing in (-1, size + 1, LAST + 1):
        with pytest.raises(CheckpointNotFound):
            await wide.read(acme, get_checkpoint, missing)
        with pytest.raises(CheckpointNotFound):
            await wide.read(acme, consistency_proof, ProveConsistency(missing))
    first = (await all_checkpoints(wide, acme))[0]
    with pytest.raises(WrongRange):
        await wide.read(acme, consistency_proof, ProveConsistency(size, first.size))
    for cursor in ("x", encode_cursor(["x"]), encode_cursor(["-5"]), encode_cursor(["9" * 16])):
        with pytest.raises(WrongCursor):
            await wide.read(acme, list_events, ListEvents(cursor=cursor))


async def test_events_are_found_by_action_and_subject(wide: Database, acme: Caller) -> None:
    acts = [Act("hold.placed", "hold-1"), Act("hold.lifted", "hold-1"), Act("hold.placed", "hold-2")]
    await wide.run(acme, record_many, acts)
    await sealed_through(wide, acme)
    for wanted, count in (
        (ListEvents(action="hold.placed"), 2),
        (ListEvents(subject="hold-1"), 2),
        (ListEvents(action="hold.placed", subject="hold-1"), 1),
        (ListEvents(action="hold.renewed"), 0),
    ):
        assert len((await wide.read(acme, list_events, wanted)).rows) == count


async def test_a_tree_without_events_is_signed_too(new_database: NewDatabase) -> None:
    settings = await new_database()
    async with opened(settings, name="empty") as database:
        caller = await caller_for(database, "acme")
        owner = await asyncpg.connect(settings.database_url)
        await owner.execute(f"TRUNCATE {caller.tenant.schema}.audit_events CASCADE")
        await owner.close()
        with pytest.raises(NotSealedYet):
            await database.read(caller, latest_checkpoint, None)
        for _ in range(2):
            assert await database.run(caller, seal, Seal()) == Sealed(0, 0)
        first = await database.read(caller, latest_checkpoint, None)
        assert read_checkpoint(read_note(first.note).text).root == Frontier().root() == first.root
        await database.run(caller, record_many, [Act("loan.noted", "first")])
        assert await sealed_through(database, caller) == 1
        proof = await database.read(caller, consistency_proof, ProveConsistency(0))
        assert proves_consistency(0, 1, first.root, proof.later.root, proof.hashes)


async def test_transaction_ids_that_went_back_stop_sealing(wide: Database, acme: Caller) -> None:
    await wide.run(acme, record_many, [Act("loan.noted", "before-the-move")])
    await sealed_through(wide, acme)

    async def restored_elsewhere(tx: TenantTx, _: None) -> None:
        latest = await latest_checkpoint(tx)
        ahead = replace(latest, size=latest.size + 1)
        await queries.insert_checkpoint(tx, Edge(ahead, 2**40, 1))
        await seal(tx, Seal())

    with pytest.raises(HorizonWentBack):
        await wide.run(acme, restored_elsewhere, None)


async def test_changed_or_missing_hashes_stop_sealing_and_proofs(new_database: NewDatabase) -> None:
    settings = await new_database()
    async with opened(settings, name="tampered") as database:
        caller = await caller_for(database, "birch")
        acts = [Act("loan.noted", f"forged-{number}") for number in range(40)]
        await database.run(caller, record_many, acts)
        size = await sealed_through(database, caller)
        await database.run(caller, record_many, acts)
        nodes = f"{caller.tenant.schema}.audit_nodes"
        owner = await asyncpg.connect(settings.database_url)
        for tampering in (f"UPDATE {nodes} SET hash = sha256(hash)", f"DELETE FROM {nodes}"):
            await owner.execute(f"{tampering} WHERE (level, idx) = (4, 0)")
            with pytest.raises(TreeDiffers):
                await sealed_through(database, caller)
        with pytest.raises(TreeDiffers):
            await database.read(caller, inclusion_proof, ProveInclusion(size - 1))
        await owner.close()
