"""Audit: a use case that records against the same one that does not; and sealing."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import uuid4

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.lanes.sealing import seal_log
from dunwell.storage.tenant import TenantTx

from tests.bench.figures import Pair, measure

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

BATCHES = 20
BATCH = 500
PUT = """
INSERT INTO idempotency_keys (key, actor, route, request, created_at)
SELECT key, 'bench', 'bench', '', now() FROM unnest($1::text[]) AS given (key)
"""


async def bench(bench: "Bench", rounds: int) -> list[Pair]:
    async def act(tx: TenantTx, record: bool) -> None:
        keys = [uuid4() for _ in range(BATCH)]
        await tx.execute(PUT, [str(key) for key in keys])
        if record:
            await record_many(tx, [Act("bench.done", key, {"amount": "12.00", "step": 3}) for key in keys])

    def side(record: bool) -> Callable[[int], Awaitable[Callable[[], Awaitable[int]]]]:
        async def prepare(_: int) -> Callable[[], Awaitable[int]]:
            async def timed() -> int:
                for _ in range(BATCHES):
                    await bench.database.run(bench.caller, act, record)
                return BATCHES * BATCH

            return timed

        return prepare

    async def sealing(_: int) -> Callable[[], Awaitable[int]]:
        for _ in range(BATCHES):
            await bench.database.run(bench.caller, act, True)

        async def timed() -> int:
            return (await seal_log(bench.database, bench.caller, None)).done

        return timed

    async def counting(_: int) -> Callable[[], Awaitable[int]]:
        async def timed() -> int:
            sql = f"SELECT count(body) FROM (SELECT body FROM {bench.caller.tenant.schema}.audit_events LIMIT $1) AS e"
            return await bench.plain.fetchval(sql, BATCHES * BATCH)

        return timed

    return [
        await measure("rows changed, each act recorded", "the same, nothing recorded", side(True), side(False), rounds),
        await measure("audit events sealed", "SELECT of as many bodies", sealing, counting, rounds),
    ]
