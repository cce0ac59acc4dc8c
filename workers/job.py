"""What every job wears: a name, a log context, a caller, and a good end.

A job takes strings only: the tenant's slug, and at most ids. It re-reads everything, may run twice or not at
all, and never lets arq decide about a new try: arq repeats nothing that raised or timed out, and deletes it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from dunwell.channels.providers.port import Providers
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Refused, Unavailable
from dunwell.lanes.items import reason
from dunwell.storage.tenant import Database
from dunwell.tenancy.opening import Register
from workers.callers import caller_of
from workers.doorbell import Doorbell

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Workshop:
    """What jobs share in one process: databases, the register of tenants, providers, the doorbell."""

    database: Database
    register: Register
    providers: Providers
    doorbell: Doorbell

    async def ring_again(self, caller: Caller, lane: str) -> None:
        """Come back to this tenant after the others. A hint: without Redis the next sweep does it."""
        try:
            await self.doorbell.ring(caller.tenant.slug, lane)
        except Exception as error:  # noqa: BLE001 - whatever Redis raises
            log.warning("bell.lost", lane=lane, error=type(error).__name__)


Work = Callable[[Workshop, Caller], Awaitable[None]]
HouseWork = Callable[[Workshop], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A named job. `run` is what arq calls."""

    name: str
    work: Work | None = field(default=None, repr=False)
    house: HouseWork | None = field(default=None, repr=False)

    async def run(self, ctx: dict[str, Any], tenant: str = "") -> None:
        """End well, whatever happens: the rows in PostgreSQL decide what is tried again, and when."""
        workshop: Workshop = ctx["workshop"]
        with structlog.contextvars.bound_contextvars(job=self.name, tenant=tenant or None):
            try:
                if self.house is not None:
                    await self.house(workshop)
                elif self.work is not None:
                    await self.work(workshop, await caller_of(workshop.register, tenant, self.name))
            except Refused as refusal:
                log.info("job.refused", code=refusal.code)
            except Unavailable as error:
                # The work is still due: the next sweep rings again.
                log.warning("job.unavailable", code=error.code)
            except Exception as error:  # noqa: BLE001 - arq would delete the job and tell nobody
                log.error("job.failed", error=reason(error))  # noqa: TRY400 - a traceback may quote a row


# Every job there is, by name: the tests of isolation and of names are made from this table.
JOBS: Final[dict[str, Job]] = {}


def job(name: str) -> Callable[[Work], Job]:
    """A job of one tenant."""

    def wear(work: Work) -> Job:
        JOBS[name] = Job(name, work=work)
        return JOBS[name]

    return wear


def house_job(name: str) -> Callable[[HouseWork], Job]:
    """A job of the whole house, without a tenant."""

    def wear(work: HouseWork) -> Job:
        JOBS[name] = Job(name, house=work)
        return JOBS[name]

    return wear
