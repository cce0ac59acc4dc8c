"""The queue and facts: once each, whoever races, dies or comes back late."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.storage import events, work
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.work import Claimed, Work


async def put(database: Database, caller: Caller, lane: str, keys: list[str]) -> int:
    async def use_case(tx: TenantTx, _: None) -> int:
        return await work.add(tx, [Work(lane, "test", key, tx.now, {"key": key}) for key in keys])

    return await database.run(caller, use_case, None)


async def take(database: Database, caller: Caller, lane: str, most: int = 10) -> list[Claimed]:
    async def use_case(tx: TenantTx, lease: timedelta) -> list[Claimed]:
        return await work.claim(tx, lane, most, lease)

    return await database.run(caller, use_case, timedelta(seconds=30))


async def finish(database: Database, caller: Caller, items: list[Claimed]) -> bool:
    return await database.run(caller, work.finish, items)


async def test_twelve_workers_share_five_hundred_items_without_overlap(
    database: Database, acme: Caller
) -> None:
    keys = [f"race-{n}" for n in range(500)]
    assert await put(database, acme, "bulk", keys) == 500

    async def drain() -> list[str]:
        mine: list[str] = []
        while items := await take(database, acme, "bulk", 20):
            mine += [item.dedupe_key for item in items]
            assert await finish(database, acme, items)
        return mine

    taken = [key for keys in await asyncio.gather(*(drain() for _ in range(12))) for key in keys]
    assert sorted(taken) == sorted(keys)


async def test_the_same_key_is_queued_once(database: Database, acme: Caller) -> None:
    assert await put(database, acme, "audit", ["once", "twice"]) == 2
    assert await put(database, acme, "audit", ["once", "thrice"]) == 1
    assert {item.dedupe_key for item in await take(database, acme, "audit")} == {"once", "twice", "thrice"}


async def test_a_lost_lease_is_taken_over_and_the_late_result_is_refused(
    database: Database, acme: Caller
) -> None:
    await put(database, acme, "messages", ["leased"])

    async def briefly(tx: TenantTx, _: None) -> list[Claimed]:
        return await work.claim(tx, "messages", 1, timedelta(0))

    async def reap(tx: TenantTx, _: None) -> int:
        return await work.reap(tx)

    late = await database.run(acme, briefly, None)
    assert await database.run(acme, reap, None) == 1
    again = await take(database, acme, "messages")
    assert [item.id for item in again] == [item.id for item in late]
    assert not await finish(database, acme, late)
    assert await finish(database, acme, again)


async def test_what_keeps_failing_is_set_aside_with_its_reason_and_can_be_retried(
    database: Database, birch: Caller
) -> None:
    await put(database, birch, "messages", ["poison", "healthy"])

    async def fail(tx: TenantTx, item: Claimed) -> None:
        await work.set_aside(tx, item, "poisoned")

    items = await take(database, birch, "messages")
    poison = next(item for item in items if item.dedupe_key == "poison")
    await database.run(birch, fail, poison)
    assert await finish(database, birch, [item for item in items if item is not poison])
    lanes = await database.read(birch, lambda tx, _: work.waiting(tx), None)
    waiting = next(each for each in lanes if each.lane == "messages")
    assert (waiting.ready, waiting.leased, waiting.set_aside) == (0, 0, 1)
    assert await database.run(birch, work.retry, poison.id)
    assert [item.id for item in await take(database, birch, "messages")] == [poison.id]


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 1), (2, 5), (7, 3600), (50, 3600)])
async def test_a_new_try_waits_longer_each_time(
    database: Database, birch: Caller, attempts: int, seconds: int
) -> None:
    key = f"backoff-{attempts}"
    await put(database, birch, "facts", [key])
    (item,) = await take(database, birch, "facts")
    item = Claimed(item.id, item.kind, item.dedupe_key, item.payload, attempts, item.token)

    async def put_back(tx: TenantTx, _: None) -> timedelta:
        await work.put_back(tx, item, "later")
        return await tx.value("SELECT due_at FROM work_items WHERE id = $1", item.id) - tx.now

    assert await database.run(birch, put_back, None) == timedelta(seconds=seconds)


async def test_a_fact_reaches_a_reaction_once(database: Database, acme: Caller) -> None:
    subject = uuid4()

    async def tell(tx: TenantTx, _: None) -> None:
        await events.append(tx, [events.Fact("loan.paid", subject, {"n": 1})])

    await database.run(acme, tell, None)
    (item,) = await take(database, acme, "facts")

    async def react(tx: TenantTx, reaction: str) -> bool:
        told = await events.told(tx, item.payload["fact"])
        assert told is not None
        assert (told.kind, told.subject, told.payload) == ("loan.paid", subject, {"n": 1})
        return await events.first_time(tx, told.id, reaction)

    racing = await asyncio.gather(*(database.run(acme, react, "stop") for _ in range(8)))
    assert sorted(racing) == [False] * 7 + [True]
    assert await database.run(acme, react, "other")
