"""The doorbell: wakes a lane's workers for a tenant. Safe to lose, rung twice it wakes once.

arq drops a wake-up whose id is queued *or running*, without a word. So the id carries a five-second bucket,
and a ring that is dropped is rung again for the next bucket: whatever was committed before the ring is
looked for after it.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from arq.connections import ArqRedis

from dunwell.kernel.caller import Tenant
from workers.connections import close_redis

log = structlog.get_logger()

BUCKET_SECONDS: Final = 5
# The one job of each lane that a ring starts. A name is only ever added: an old worker deletes jobs it
# does not know.
JOB_OF_LANE: Final = {
    "messages": "messages.drain",
    "facts": "facts.drain",
    "bulk": "bulk.drain",
    "audit": "audit.seal",
}
QUEUE_OF_LANE: Final = {
    "messages": "dunwell:messages",
    "facts": "dunwell:facts",
    "bulk": "dunwell:bulk",
    "audit": "dunwell:audit",
    "schedule": "dunwell:schedule",
}


def _monotonic() -> float:
    # Not the wall clock: buckets only have to differ over time, and hosts need not agree on them.
    return asyncio.get_running_loop().time()


class Doorbell:
    """Rings over one Redis. Fits `dunwell.storage.tenant.Bell`."""

    def __init__(self, redis: ArqRedis, clock: Callable[[], float] = _monotonic) -> None:
        self._redis = redis
        self._clock = clock

    async def __call__(self, tenant: Tenant, lane: str) -> None:
        await self.ring(tenant.slug, lane)

    async def ring(self, slug: str, lane: str) -> None:
        """Wake whoever serves the lane. Raises what Redis raises: the caller logs and goes on."""
        bucket = int(self._clock() // BUCKET_SECONDS)
        if not await self._enqueue(slug, lane, bucket, 0.0):
            wait = (bucket + 1) * BUCKET_SECONDS - self._clock()
            await self._enqueue(slug, lane, bucket + 1, max(wait, 0.01))

    async def _enqueue(self, slug: str, lane: str, bucket: int, wait: float) -> bool:
        job = await self._redis.enqueue_job(
            JOB_OF_LANE[lane],
            slug,
            _job_id=f"drain:{slug}:{lane}:{bucket}",
            _queue_name=QUEUE_OF_LANE[lane],
            _defer_by=wait or None,
        )
        return job is not None

    async def aclose(self) -> None:
        await close_redis(self._redis)
