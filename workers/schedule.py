"""What happens again and again: rows of `control.schedules`, not cron lines.

arq's cron has no memory: a tick that nobody was there to hear never happened, and a lagging worker may fire
one twice. So a tick only says "look at the rows". A due row is leased with SKIP LOCKED, run, and told when it
is due next; what fell due while everything was down is run once when something is up again.

`look` (every 30 s per tenant) closes permits whose minutes are over, frees what dead workers held, adds the day's
plan to the queue, and rings each lane in which something is due: losing all of Redis costs at most one such interval.
`tidy` (daily) deletes work that was done long ago.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog

from dunwell.kernel.errors import DunwellError, Refused
from dunwell.lanes import queries, use_cases
from dunwell.lanes.items import reason
from dunwell.lanes.permits import close_due_permits
from dunwell.lanes.queries import Ended, Run
from dunwell.storage.control import ControlTx
from workers.callers import caller_of
from workers.job import Workshop, house_job

log = structlog.get_logger()

SWEEP_SECONDS: Final = 30
EVERY: Final[Mapping[str, timedelta]] = {
    "look": timedelta(seconds=SWEEP_SECONDS),
    "tidy": timedelta(days=1),
}
BITE: Final = 200
LEASE: Final = timedelta(seconds=90)
# Tenants looked at together: as many connections of the pool, not all of them.
TOGETHER: Final = 4
LONGEST_WAIT: Final = timedelta(hours=1)


async def claim_due(tx: ControlTx, most: int) -> list[Run]:
    """Due runs of every active tenant, leased."""
    await queries.ensure_schedules(tx, list(EVERY))
    return await queries.claim_runs(tx, most, LEASE)


async def end(tx: ControlTx, ended: list[Ended]) -> None:
    await queries.end_runs(tx, ended)


@house_job("schedule.tick")
async def tick(workshop: Workshop) -> None:
    """Run what is due until nothing is."""
    gate = asyncio.Semaphore(TOGETHER)

    async def one(due: Run) -> Ended:
        async with gate:
            return await _run(workshop, due)

    while runs := await workshop.database.control(claim_due, BITE):
        ended = await asyncio.gather(*(one(due) for due in runs))
        await workshop.database.control(end, list(ended))
        if len(runs) < BITE:
            return


async def _run(workshop: Workshop, due: Run) -> Ended:
    every = EVERY.get(due.name, LONGEST_WAIT)
    try:
        caller = await caller_of(workshop.register, due.slug, f"schedule.{due.name}")
        if due.name == "look":
            await close_due_permits(workshop.database, caller)
            for lane in await workshop.database.run(caller, use_cases.look, None):
                await workshop.ring_again(caller, lane)
        elif due.name == "tidy":
            await workshop.database.run(caller, use_cases.tidy, None)
    except Refused as refusal:
        log.info("schedule.refused", run=due.name, tenant=due.slug, code=refusal.code)
    except Exception as error:  # noqa: BLE001 - one tenant's trouble must not stop the others' schedule
        told = error.code if isinstance(error, DunwellError) else reason(error)
        log.warning("schedule.failed", run=due.name, tenant=due.slug, error=told)
        return Ended(due, min(every * 2 ** min(due.failures, 10), LONGEST_WAIT), told)
    return Ended(due, every)
