"""Every measured trap of arq, answered on a real Valkey: the numbers are those of the table of traps."""

import asyncio
import inspect
import os
import pickle
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis.exceptions import RedisError

from dunwell.embedded.servers import Servers
from dunwell.kernel.errors import Broken, Refused, Unavailable
from workers import connections, doorbell, settings
from workers.connections import close_redis, open_redis
from workers.doorbell import JOB_OF_LANE, QUEUE_OF_LANE, Doorbell
from workers.job import JOBS, Job
from workers.lifecycle import end_worker, serve
from workers.settings import LANES, Lane, options

LANE = LANES["messages"]
NO_WORKSHOP: Any = None


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[ArqRedis]:
    pool = open_redis(redis_url, queue=LANE.queue)
    await pool.flushall()
    yield pool
    await pool.flushall()
    await close_redis(pool)


@dataclass
class Calls:
    """A job of a test: counts its runs, and waits where it is told to."""

    name: str = "messages.drain"
    started: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[str] = field(default_factory=list[str])
    waits: bool = False
    worker: "asyncio.Future[None] | None" = None

    async def run(self, _ctx: dict[str, Any], tenant: str = "") -> None:
        self.seen.append(tenant)
        self.started.set()
        if self.waits:
            await self.go_on.wait()

    async def until(self, runs: int) -> None:
        while len(self.seen) < runs:
            if self.worker is not None and self.worker.done():
                self.worker.result()
            await asyncio.sleep(0.01)


@asynccontextmanager
async def working(redis_url: str, calls: Calls, lane: Lane = LANE, **changes: Any) -> AsyncIterator[Worker]:
    """A worker with the lane's own settings, doing the test's job under the lane's name."""
    chosen = options(lane) | {"functions": [func(calls.run, name=calls.name, timeout=60, keep_result=0)]}
    worker = Worker(redis_pool=open_redis(redis_url, queue=lane.queue), ctx={}, **(chosen | changes))
    running = calls.worker = asyncio.ensure_future(worker.async_run())
    try:
        yield worker
    finally:
        await end_worker(worker, running)


@pytest.mark.parametrize(
    "error", [Refused("no"), Unavailable("later"), Broken("never"), ValueError("what"), RedisError("gone")]
)
async def test_1_no_error_reaches_arq_which_would_delete_the_job(error: Exception):
    async def fails(_: Any) -> None:
        raise error

    await Job("house.fails", house=fails).run({"workshop": NO_WORKSHOP})


def test_2_a_killed_workers_job_comes_back_within_70_seconds():
    for lane in LANES.values():
        worker = Worker(redis_pool=ArqRedis(), ctx={}, **options(lane))
        assert worker.in_progress_timeout_s <= 70


async def test_3_a_job_that_was_started_by_many_deploys_is_still_run(redis: ArqRedis, redis_url: str):
    calls = Calls()
    job = await redis.enqueue_job(calls.name, "acme")
    assert job is not None
    await redis.set(f"arq:retry:{job.job_id}", 500)
    async with working(redis_url, calls):
        await calls.until(1)


async def test_4_a_job_nobody_knows_is_lost_and_the_lane_goes_on(redis: ArqRedis, redis_url: str):
    calls = Calls()
    await redis.enqueue_job("messages.of_tomorrow", "acme")
    await redis.enqueue_job(calls.name, "acme")
    async with working(redis_url, calls):
        await calls.until(1)
    assert calls.seen == ["acme"]


def test_4_every_lane_has_one_stable_name_that_its_worker_knows():
    for lane, name in JOB_OF_LANE.items():
        assert name in JOBS
        assert QUEUE_OF_LANE[lane] == LANES[lane].queue
        assert name in LANES[lane].jobs


async def test_5_a_bell_grows_stale_and_the_sweep_rings_again(redis: ArqRedis):
    bell = Doorbell(redis)
    await bell.ring("acme", "messages")
    [job_id] = await redis.zrange(LANE.queue, 0, -1)
    assert 0 < await redis.pttl(b"arq:job:" + job_id) <= connections.STALE_MS


async def test_6_a_ring_during_a_run_is_answered_after_it(redis: ArqRedis, redis_url: str):
    # Almost at the end of a bucket, so that the second ring waits for a hundredth of a second.
    calls, bell = Calls(waits=True), Doorbell(redis, clock=lambda: doorbell.BUCKET_SECONDS - 0.01)
    async with working(redis_url, calls):
        await bell.ring("acme", "messages")
        await calls.started.wait()
        for _ in range(20):
            await bell.ring("acme", "messages")
        await calls.until(2)
        calls.go_on.set()
    assert calls.seen == ["acme", "acme"], "twenty rings are one more run"


async def test_7_a_tick_fired_twice_runs_once(redis: ArqRedis, redis_url: str):
    calls = Calls(name="schedule.tick")
    lane = LANES["schedule"]
    tick = settings.ticks(lane)[0]
    assert tick.keep_result_s
    assert tick.unique
    async with working(
        redis_url, calls, lane, functions=[func(calls.run, name=calls.name, keep_result=tick.keep_result_s)],
        cron_jobs=[],
    ):  # fmt: skip
        for _ in range(2):
            await redis.enqueue_job(calls.name, _job_id="schedule.tick:1", _queue_name=lane.queue)
            await calls.until(1)
            while await redis.zcard(lane.queue):
                await asyncio.sleep(0.01)
    assert calls.seen == [""]


def test_9_a_full_fleet_does_not_hide_new_work():
    fleet = 16
    for lane in LANES.values():
        assert options(lane)["queue_read_limit"] >= 2 * fleet * lane.at_once


async def test_9_new_work_is_seen_behind_hundreds_that_run(redis: ArqRedis, redis_url: str):
    calls = Calls()
    for number in range(300):
        await redis.enqueue_job(calls.name, "busy", _job_id=f"busy-{number}")
        await redis.set(f"arq:in-progress:busy-{number}", 1, px=60_000)
    await redis.enqueue_job(calls.name, "acme")
    async with working(redis_url, calls):
        await calls.until(1)
    assert calls.seen == ["acme"]


async def test_10_a_frozen_redis_is_given_up_on(redis_url: str, servers: Servers):
    if servers.redis is None or servers.redis.pid is None:
        pytest.skip("the Redis is not ours to stop")
    hasty = open_redis(redis_url, queue=LANE.queue, hasty=True)
    await hasty.ping()
    os.kill(servers.redis.pid, signal.SIGSTOP)
    try:
        with pytest.raises(RedisError):
            await hasty.ping()
    finally:
        os.kill(servers.redis.pid, signal.SIGCONT)
    await close_redis(hasty)


@pytest.mark.parametrize("url", ["redis://h:1/0", "rediss://h:1/0", "unix:///run/r.sock"])
def test_10_every_connection_has_a_time_limit(url: str):
    for hasty in (False, True):
        limits = open_redis(url, queue="q", hasty=hasty).connection_pool.connection_kwargs
        assert 0 < limits["socket_timeout"] <= connections.SOCKET_SECONDS
    patient = open_redis(url, queue="q").connection_pool.connection_kwargs
    assert patient["health_check_interval"] == connections.PROBE_SECONDS
    assert patient["retry"] is not None
    assert patient["retry_on_error"]


async def test_11_a_lane_is_started_again_when_its_worker_ends(redis_url: str, servers: Servers):
    if servers.redis is None:
        pytest.skip("the Redis is not ours to kill")
    calls = Calls("test.survives")
    JOBS[calls.name] = Job(calls.name, house=lambda _: calls.run({}))
    lane, stop = Lane("messages", (calls.name,), at_once=2), asyncio.Event()
    chosen: Any = type("Chosen", (), {"redis_url": redis_url})()
    serving = asyncio.ensure_future(serve(chosen, lane, NO_WORKSHOP, stop))
    try:
        await _enqueue(redis_url, lane, calls.name)
        await calls.until(1)
        servers.redis.kill()
        await asyncio.sleep(0.3)
        servers.redis.start()
        await _enqueue(redis_url, lane, calls.name)
        await calls.until(2)
    finally:
        del JOBS[calls.name]
        stop.set()
        await serving


async def _enqueue(redis_url: str, lane: Lane, name: str) -> None:
    pool = open_redis(redis_url, queue=lane.queue)
    await pool.enqueue_job(name)
    await close_redis(pool)


def test_11_there_are_no_hooks_that_could_raise():
    for lane in LANES.values():
        assert not {"on_startup", "on_shutdown", "on_job_start", "on_job_end", "after_job_end"} & set(
            options(lane)
        )


@pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")
async def test_12_the_health_key_is_this_process_and_survives_another_workers_end(
    redis: ArqRedis, redis_url: str
):
    calls, mine = Calls(), settings.health_key(LANE)
    async with working(redis_url, calls):
        while not await redis.exists(mine):
            await asyncio.sleep(0.01)
        async with working(redis_url, Calls(), health_check_key="dunwell:health:messages:other:1") as other:
            await other.close()
        assert await redis.exists(mine)
    assert settings.HEALTH_SECONDS <= 10
    assert len({settings.health_key(lane) for lane in LANES.values()}) == len(LANES)


def test_13_nothing_can_be_aborted():
    assert not any(options(lane)["allow_abort_jobs"] for lane in LANES.values())


class Bomb:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return (BLASTS.append, ("boom",))


BLASTS: list[str] = []


async def test_14_a_pickle_in_the_queue_is_not_opened(redis: ArqRedis, redis_url: str):
    calls = Calls()
    await redis.set("arq:job:bomb", pickle.dumps({"t": 1, "f": calls.name, "a": (Bomb(),), "k": {}, "et": 1}))
    await redis.zadd(LANE.queue, {"bomb": 1})
    await redis.enqueue_job(calls.name, "acme")
    async with working(redis_url, calls):
        await calls.until(1)
        while await redis.zcard(LANE.queue):
            await asyncio.sleep(0.01)
    assert BLASTS == []
    assert calls.seen == ["acme"]


def test_15_nothing_asks_redis_for_all_keys():
    sources = [path.read_text() for path in Path(settings.__file__).parent.rglob("*.py")]
    for forbidden in (".queued_jobs(", ".all_job_results(", ".abort(", ".keys("):
        assert not any(forbidden in source for source in sources)


def test_16_every_setting_is_chosen():
    """What arq would decide by itself is decided here, or has no meaning without hooks and bursts."""
    left = set(inspect.signature(Worker).parameters) - set(options(LANE))
    assert left == {
        "redis_settings", "redis_pool", "ctx", "burst", "max_burst_jobs", "job_completion_wait",
        "on_startup", "on_shutdown", "on_job_start", "on_job_end", "after_job_end", "keep_result_forever",
    }  # fmt: skip
