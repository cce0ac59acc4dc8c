"""Connections to Redis, with the time limits that arq does not set."""

import json
from typing import Any, Final

from arq.connections import ArqRedis
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

# A frozen Redis or a half-open connection would hang a worker for ever: arq's own pool has no limit.
SOCKET_SECONDS: Final = 5
CONNECT_SECONDS: Final = 2
# A connection idle longer than this is tried with PING before it is trusted.
PROBE_SECONDS: Final = 15
# About 25 s of one command's patience: longer than a fail-over, shorter than a supervisor's.
PATIENT_TRIES: Final = 30
# The bell is rung inside somebody's request: it gives up at once and the sweep does the rest.
HASTY_SECONDS: Final = 0.5
# A bell rung this long ago has been answered by many sweeps.
STALE_MS: Final = 3_600_000


def encode(job: dict[str, Any]) -> bytes:
    """JSON, never pickle: whoever may write to Redis must not be able to run code here."""
    return json.dumps(job, default=repr, separators=(",", ":")).encode()


def decode(raw: bytes) -> dict[str, Any]:
    return json.loads(raw)


def open_redis(url: str, *, queue: str, hasty: bool = False) -> ArqRedis:
    """A pool on `redis://`, `rediss://` or `unix://`; nothing is connected yet."""
    limits: dict[str, Any] = {
        "socket_timeout": HASTY_SECONDS if hasty else SOCKET_SECONDS,
        "socket_connect_timeout": HASTY_SECONDS if hasty else CONNECT_SECONDS,
        "socket_keepalive": True,
    }
    if url.startswith("unix:"):
        limits = {"socket_timeout": limits["socket_timeout"]}
    if not hasty:
        limits |= {
            "retry": Retry(ExponentialBackoff(cap=1, base=0.05), PATIENT_TRIES),
            "retry_on_error": [RedisConnectionError, RedisTimeoutError, OSError],
            "retry_on_timeout": True,
            "health_check_interval": PROBE_SECONDS,
        }
    return ArqRedis(
        ConnectionPool.from_url(url, **limits),  # pyright: ignore[reportUnknownMemberType]
        job_serializer=encode,
        job_deserializer=decode,
        default_queue_name=queue,
        expires_extra_ms=STALE_MS,
    )


async def close_redis(redis: ArqRedis) -> None:
    """Close the connections too: redis-py leaves a pool that it was given open."""
    await redis.aclose(close_connection_pool=True)
