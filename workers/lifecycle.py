"""Start-up, supervision and shut-down of the lanes of one process.

arq's worker ends with the first error of its poll loop: Redis gone for longer than a command's patience, a
fail-over in the middle of a pipeline. So every lane is started again after a pause, and only a signal ends
the process. There are no arq hooks at all: an exception in one would end the worker and leave the job's
in-progress key behind.
"""

import asyncio
import gc
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import structlog
from arq.worker import Worker

from dunwell.channels.dispatch import ProviderPool
from dunwell.settings import Settings
from dunwell.tenancy.opening import Register, opened
from workers import jobs
from workers.connections import close_redis, open_redis
from workers.doorbell import QUEUE_OF_LANE, Doorbell
from workers.job import Workshop
from workers.settings import GRACE_SECONDS, Lane, make_worker

log = structlog.get_logger()

PAUSE_FIRST: Final = 0.5
PAUSE_LONGEST: Final = 10.0
STEADY_SECONDS: Final = 60.0
CANCEL_SECONDS: Final = 0.5


@asynccontextmanager
async def workshop(settings: Settings) -> AsyncGenerator[Workshop]:
    """What the jobs of this process share; closed at the end."""
    async with AsyncExitStack() as stack:
        bell = Doorbell(open_redis(settings.redis_url, queue=QUEUE_OF_LANE["messages"], hasty=True))
        stack.push_async_callback(bell.aclose)
        database = await stack.enter_async_context(opened(settings, name="worker", bell=bell))
        providers = ProviderPool(database)
        stack.push_async_callback(providers.aclose)
        yield Workshop(database, Register(database), providers, bell)


def calm_collector() -> None:
    """Look for cycles less often, and never again in what start-up made.

    A batch makes hundreds of thousands of objects and hardly a cycle; with Python's own thresholds walking
    them was a third of the CPU of loading a tape.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


async def run_lanes(settings: Settings, lanes: Sequence[Lane]) -> None:
    """Serve the lanes until SIGTERM or SIGINT; then let running jobs come to the end of their bite."""
    calm_collector()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with workshop(settings) as shared:
        log.info("workers.started", lanes=[lane.name for lane in lanes], jobs=sorted(jobs.ALL))
        await asyncio.gather(*(serve(settings, lane, shared, stop) for lane in lanes))
        log.info("workers.stopped")


async def serve(settings: Settings, lane: Lane, shared: Workshop, stop: asyncio.Event) -> None:
    """One lane, started again whenever its worker ends, until `stop`."""
    pause, loop = PAUSE_FIRST, asyncio.get_running_loop()
    while not stop.is_set():
        worker = make_worker(lane, open_redis(settings.redis_url, queue=lane.queue), shared)
        began = loop.time()
        running = asyncio.ensure_future(worker.async_run())
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done() and not stop.is_set():
            log.warning("lane.ended", lane=lane.name, error=_ended_with(running))
        await end_worker(worker, running)
        if loop.time() - began > STEADY_SECONDS:
            pause = PAUSE_FIRST
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0 if stop.is_set() else pause)
        pause = min(pause * 2, PAUSE_LONGEST)


async def end_worker(worker: Worker, running: asyncio.Future[None]) -> None:
    """No new jobs, patience for those that run, then cancel: a cancelled job is run again by another worker."""
    worker.allow_pick_jobs = False
    if worker.tasks:
        await asyncio.wait(list(worker.tasks.values()), timeout=GRACE_SECONDS)
    every = {running, *worker.tasks.values()}
    left = every
    # More than once: redis-py can swallow a cancellation that arrives while it tidies up a connection.
    while left := {task for task in left if not task.done()}:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=CANCEL_SECONDS)
    # Read, so that nobody is told of an error that was dealt with here.
    await asyncio.gather(*every, return_exceptions=True)
    try:
        await worker.pool.delete(worker.health_check_key)
        await close_redis(worker.pool)
    except Exception as error:  # noqa: BLE001 - Redis may be what ended the worker
        log.info("lane.not-closed", error=type(error).__name__)


def _ended_with(running: asyncio.Future[None]) -> str:
    error = None if running.cancelled() else running.exception()
    return type(error).__name__ if error else "nothing"
