"""The doorbell of processes that are no workers: a note in Redis that a tenant's lane has work.

The workers pick the notes up (`workers.doorbell.answer`) and wake the lane. A list of notes and not a job,
because what dispatches the workers is their own affair. Safe to lose: the sweep finds the work anyway.
"""

from typing import Final

from redis.asyncio import Redis

from dunwell.kernel.caller import Tenant

NOTES: Final = "dunwell:rung"
# Nobody picks up notes while the workers are down; the sweep makes older ones worthless.
MOST_NOTES: Final = 10_000
# The bell is rung inside somebody's request: it gives up at once.
HASTY_SECONDS: Final = 0.5


class NoteBell:
    """Fits `dunwell.storage.tenant.Bell`. Raises what Redis raises; the runner logs it and goes on."""

    def __init__(self, redis_url: str) -> None:
        self._redis: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
            redis_url, socket_timeout=HASTY_SECONDS, socket_connect_timeout=HASTY_SECONDS
        )

    async def __call__(self, tenant: Tenant, lane: str) -> None:
        async with self._redis.pipeline(transaction=False) as together:
            together.rpush(NOTES, f"{tenant.slug} {lane}")
            together.ltrim(NOTES, -MOST_NOTES, -1)
            await together.execute()

    async def aclose(self) -> None:
        await self._redis.aclose()
