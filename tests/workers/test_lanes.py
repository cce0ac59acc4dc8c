"""Lanes without a dispatcher: nothing twice, a poisoned row out of the way, the rest done."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Broken, Refused, Unavailable
from dunwell.lanes.facts import Reaction, drain_facts
from dunwell.lanes.items import drain_bulk
from dunwell.lanes.sealing import seal_log
from dunwell.storage import work
from dunwell.storage.events import Fact, Told, append
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.work import Work

ITEMS = "SELECT kind, state, attempts, last_error FROM work_items ORDER BY id"
NOTE = "INSERT INTO idempotency_keys (key, actor, route, request, created_at) VALUES ($1, 'test', 'test', '', $2)"
NOTES = "SELECT key FROM idempotency_keys ORDER BY key"
CLEAR = ("DELETE FROM work_items", "DELETE FROM idempotency_keys")


@pytest.fixture(autouse=True)
async def nothing_due(database: Database, acme: Caller) -> None:
    async def clear(tx: TenantTx, _: None) -> None:
        for statement in CLEAR:
            await tx.execute(statement)

    await database.run(acme, clear, None)


async def items(tx: TenantTx, _: None) -> list[tuple[str, str, int, str | None]]:
    return [(r["kind"], r["state"], r["attempts"], r["last_error"]) for r in await tx.rows(ITEMS)]


async def notes(tx: TenantTx, _: None) -> list[str]:
    return [row["key"] for row in await tx.rows(NOTES)]


async def order(tx: TenantTx, kinds: Sequence[str]) -> None:
    await work.add(tx, [Work("bulk", kind, kind, tx.now) for kind in kinds])


async def tell(tx: TenantTx, subjects: Sequence[UUID]) -> None:
    await append(tx, [Fact("test.happened", subject, {}) for subject in subjects])


class Seen:
    """Handlers and reactions that count, and fail as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.times = 0

    async def handle(self, database: Database, caller: Caller, payload: Mapping[str, Any]) -> None:
        self.times += 1
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    ("error", "state", "word"),
    [
        (None, "done", None),
        (Refused("no"), "done", None),
        (Unavailable("later"), "ready", "unavailable"),
        (Broken("never"), "set_aside", "Broken broken"),
        (ValueError("secret text"), "set_aside", "ValueError"),
    ],
)
async def test_how_an_item_ends(
    database: Database, acme: Caller, error: Exception | None, state: str, word: str | None
):
    seen = Seen(error)
    await database.run(acme, order, ["test.item"])
    await drain_bulk(database, acme, {"test.item": seen.handle})
    [(_, now, attempts, told)] = await database.read(acme, items, None)
    assert (now, attempts, seen.times) == (state, 1, 1)
    assert (told or "").startswith(word or "")
    assert "secret" not in (told or ""), "the text of an error may quote data"


async def test_an_item_of_tomorrow_waits_for_newer_code(database: Database, acme: Caller):
    await database.run(acme, order, ["test.of-tomorrow"])
    done = await drain_bulk(database, acme, {})
    assert (done.put_back, done.set_aside) == (1, 0)


async def test_a_poisoned_item_does_not_stop_the_rest(database: Database, acme: Caller):
    """Acceptance test 5: set aside with its reason, the rest finish, and it can be run again alone."""
    good, bad = Seen(), Seen(Broken("poison"))
    await database.run(acme, order, [f"test.{n}" for n in range(9)])
    handlers = {f"test.{n}": (bad if n == 4 else good).handle for n in range(9)}
    done = await drain_bulk(database, acme, handlers)
    assert (done.done, done.set_aside, good.times, bad.times) == (8, 1, 8, 1)
    bad.error = None

    async def again(tx: TenantTx, _: None) -> bool:
        return await work.retry(tx, await tx.value("SELECT id FROM work_items WHERE state = 'set_aside'"))

    assert await database.run(acme, again, None)
    assert (await drain_bulk(database, acme, handlers)).done == 1


async def test_drains_at_once_do_each_item_once(database: Database, acme: Caller):
    seen = Seen()
    await database.run(acme, order, [f"test.{n}" for n in range(20)])
    handlers = {f"test.{n}": seen.handle for n in range(20)}
    await asyncio.gather(*(drain_bulk(database, acme, handlers) for _ in range(4)))
    assert seen.times == 20


async def test_a_turn_ends_and_says_that_there_is_more(database: Database, acme: Caller):
    seen = Seen()
    await database.run(acme, order, ["test.1", "test.2"])
    done = await drain_bulk(database, acme, {"test.1": seen.handle, "test.2": seen.handle}, seconds=0)
    assert done.more
    assert seen.times == 1


async def _note(tx: TenantTx, facts: Sequence[Told]) -> None:
    for each in facts:
        await tx.execute(NOTE, str(each.subject), tx.now)


async def test_facts_reach_a_reaction_once_each(database: Database, acme: Caller):
    subjects = sorted((uuid4() for _ in range(30)), key=str)
    await database.run(acme, tell, subjects)
    reactions = {"test.happened": [Reaction("test.note", _note)]}
    drained = await asyncio.gather(*(drain_facts(database, acme, reactions) for _ in range(3)))
    assert sum(each.done for each in drained) == 30
    # A worker that died after the effect and before the end hands them over again: nothing happens.
    await database.run(acme, _ready_again, None)
    await drain_facts(database, acme, reactions)
    assert await database.read(acme, notes, None) == [str(each) for each in subjects]


async def _ready_again(tx: TenantTx, _: None) -> None:
    await tx.execute("UPDATE work_items SET state = 'ready'")


async def test_a_poisoned_fact_is_found_among_many_and_leaves_no_trace(database: Database, acme: Caller):
    subjects = [uuid4() for _ in range(50)]
    poison = subjects[17]

    async def react(tx: TenantTx, facts: Sequence[Told]) -> None:
        await _note(tx, facts)
        if any(each.subject == poison for each in facts):
            raise Broken("poison")

    await database.run(acme, tell, subjects)
    drained = await drain_facts(database, acme, {"test.happened": [Reaction("test.poisoned", react)]})
    assert (drained.done, drained.set_aside) == (49, 1)
    assert set(await database.read(acme, notes, None)) == {str(each) for each in subjects if each != poison}


async def test_a_fact_nobody_reacts_to_is_done(database: Database, acme: Caller):
    await database.run(acme, tell, [uuid4()])
    assert (await drain_facts(database, acme, {})).done == 1


async def test_a_reaction_that_is_not_possible_now_is_tried_later(database: Database, acme: Caller):
    async def away(tx: TenantTx, facts: Sequence[Told]) -> None:
        raise Unavailable("not now")

    await database.run(acme, tell, [uuid4()])
    drained = await drain_facts(database, acme, {"test.happened": [Reaction("test.away", away)]})
    assert (drained.done, drained.put_back) == (0, 1)


async def test_what_a_dead_worker_held_is_freed_and_its_result_thrown_away(database: Database, acme: Caller):
    await database.run(acme, order, ["test.item"])

    async def claim(tx: TenantTx, _: None) -> list[work.Claimed]:
        return await work.claim(tx, "bulk", 1, timedelta(0))

    held = await database.run(acme, claim, None)

    async def reap(tx: TenantTx, _: None) -> int:
        return await work.reap(tx)

    async def finish(tx: TenantTx, _: None) -> bool:
        return await work.finish(tx, held)

    assert await database.run(acme, reap, None) == 1
    assert not await database.run(acme, finish, None), "the lease was lost, so the token is spent"
    seen = Seen()
    assert (await drain_bulk(database, acme, {"test.item": seen.handle})).done == 1


async def test_sealing_comes_to_an_end(database: Database, acme: Caller):
    await seal_log(database, acme, None)
    assert not (await seal_log(database, acme, None)).more
