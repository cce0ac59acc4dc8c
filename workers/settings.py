"""One arq worker per lane, and why each setting is what it is.

| setting | why |
|---|---|
| `job_timeout` 60 s | a killed worker's job comes back after the *longest* timeout in its class plus 10 s |
| `keep_result` 0 for drains | a kept result would swallow the next wake-up of the same id |
| `keep_result` 300 s for the tick | 0 lets a lagging worker fire the same tick again |
| `poll_delay` 0.05 s | arq starts at most `max_jobs` per poll; the default 0.5 s caps a lane at 20 jobs/s per slot |
| `queue_read_limit` 1000 | running jobs stay at the head of the queue; a short read sees only them and starves |
| `max_tries` 1000 | it counts starts, also of deploys; a job that was "tried too often" would be deleted |
| `retry_jobs` on | a job cancelled by a shutdown is run by the next worker; nothing else is retried by arq |
| `health_check_key` | the default key is shared per queue and deleted by whichever worker stops first |
| `health_check_interval` 10 s | the default of an hour tells a probe nothing |
| `allow_abort_jobs` off | aborting is unsafe: a later job of the same id dies too. Cancel the row instead |
| JSON (`connections.py`) | pickle would let whoever writes to Redis run code here |
| `timezone` UTC | arq's cron follows the machine's zone otherwise |
| `log_results` off | results are nobody's business |
"""

import os
import socket
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from arq.connections import ArqRedis
from arq.cron import CronJob, cron
from arq.worker import Function, Worker, func

from workers.connections import STALE_MS, decode, encode
from workers.doorbell import QUEUE_OF_LANE
from workers.job import Workshop
from workers.jobs import JOBS

JOB_SECONDS: Final = 60
TICK_SECONDS: Final = 5
TICK_KEPT_SECONDS: Final = 300
POLL_SECONDS: Final = 0.05
READ_LIMIT: Final = 1000
TRIES: Final = 1000
HEALTH_SECONDS: Final = 10
# A shutdown waits this long for running drains: they stop at the end of a batch.
GRACE_SECONDS: Final = 25


@dataclass(frozen=True, slots=True)
class Lane:
    """A queue with its own workers: `jobs` it knows and how many run at once in one process."""

    name: str
    jobs: tuple[str, ...]
    at_once: int
    ticks: bool = False

    @property
    def queue(self) -> str:
        return QUEUE_OF_LANE[self.name]


# Few at once where a job keeps the processor busy, more where it waits for providers.
LANES: Final = {
    lane.name: lane
    for lane in (
        Lane("messages", ("messages.drain",), at_once=8),
        Lane("facts", ("facts.drain",), at_once=4),
        Lane("bulk", ("bulk.drain",), at_once=2),
        Lane("audit", ("audit.seal",), at_once=2),
        Lane("schedule", ("schedule.tick",), at_once=2, ticks=True),
    )
}


def functions(lane: Lane) -> list[Function]:
    """The lane's jobs under their explicit names."""
    return [
        func(JOBS[name].run, name=name, timeout=JOB_SECONDS, keep_result=0, max_tries=TRIES)
        for name in lane.jobs
        if name != "schedule.tick"
    ]


def ticks(lane: Lane) -> list[CronJob]:
    """The tick, on the one lane that has it. Its body claims rows, so a double fire changes nothing."""
    if not lane.ticks:
        return []
    return [
        cron(
            JOBS["schedule.tick"].run,
            name="schedule.tick",
            second=set(range(0, 60, TICK_SECONDS)),
            unique=True,
            timeout=JOB_SECONDS,
            keep_result=TICK_KEPT_SECONDS,
            max_tries=TRIES,
        )
    ]


def health_key(lane: Lane) -> str:
    """Where this process says that the lane is alive; a liveness probe reads it without importing us."""
    return f"dunwell:health:{lane.name}:{socket.gethostname()}:{os.getpid()}"


def options(lane: Lane) -> dict[str, Any]:
    """Every argument of arq's `Worker` that is not left to its default."""
    return {
        "functions": functions(lane),
        "cron_jobs": ticks(lane),
        "queue_name": lane.queue,
        "max_jobs": lane.at_once,
        "job_timeout": JOB_SECONDS,
        "keep_result": 0,
        "poll_delay": POLL_SECONDS,
        "queue_read_limit": READ_LIMIT,
        "max_tries": TRIES,
        "retry_jobs": True,
        "allow_abort_jobs": False,
        "health_check_key": health_key(lane),
        "health_check_interval": HEALTH_SECONDS,
        "job_serializer": encode,
        "job_deserializer": decode,
        "expires_extra_ms": STALE_MS,
        "timezone": UTC,
        "log_results": False,
        # The process listens for signals once for all its lanes (`lifecycle.run_lanes`).
        "handle_signals": False,
    }


def make_worker(lane: Lane, redis: ArqRedis, workshop: Workshop) -> Worker:
    """A worker of one lane on our own connection pool. No hooks: an exception in one ends the worker."""
    return Worker(redis_pool=redis, ctx={"workshop": workshop}, **options(lane))
