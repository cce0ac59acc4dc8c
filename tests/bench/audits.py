"""Audit: a use case that records against the same one that does not; and sealing."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import uuid4

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.lanes.sealing import seal_log
from dunwell.storage.tenant import TenantTx
from tests.bench.figures import Pair, Round, measure

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

BATCHES = 20
BATCH = 500
PUT = """
INSERT INTO idempotency_keys (key, actor, route, request, created_at)
SELECT key, 'bench', 'bench', '', now() FROM unnest($1::text[]) AS given (key)
"""


async def act(tx: TenantTx, record: bool) -> None:
    """Change a batch of rows and, if asked, record each."""
    keys = [uuid4() for _ in range(BATCH)]
    await tx.execute(PUT, [str(key) for key in keys])
    if record:
        await record_many(tx, [Act("bench.done", key, {"amount": "12.00", "step": 3}) for key in keys])


async def bench(bench: "Bench", rounds: int) -> list[Pair]:
    recorded, silent = "rows changed, each act recorded", "the same, nothing recorded"
    return [
        await measure(recorded, silent, _changing(bench, True), _changing(bench, False), rounds),
        await measure(
            "audit events sealed", "SELECT of as many bodies", _sealing(bench), _reading(bench), rounds
        ),
    ]


def _changing(bench: "Bench", record: bool) -> Round:
    async def timed() -> int:
        for _ in range(BATCHES):
            await bench.database.run(bench.caller, act, record)
        return BATCHES * BATCH

    return _at_once(timed)


def _sealing(bench: "Bench") -> Round:
    async def timed() -> int:
        return (await seal_log(bench.database, bench.caller, None)).done

    async def prepare(_: int) -> Callable[[], Awaitable[int]]:
        for _ in range(BATCHES):
            await bench.database.run(bench.caller, act, True)
        return timed

    return prepare


def _reading(bench: "Bench") -> Round:
    events = f"{bench.caller.tenant.schema}.audit_events"

    async def timed() -> int:
        sql = f"SELECT count(body) FROM (SELECT body FROM {events} LIMIT $1) AS e"
        return await bench.plain.fetchval(sql, BATCHES * BATCH)

    return _at_once(timed)


def _at_once(timed: Callable[[], Awaitable[int]]) -> Round:
    async def prepare(_: int) -> Callable[[], Awaitable[int]]:
        return timed

    return prepare
