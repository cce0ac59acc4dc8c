"""What every job wears: a name, a log context, a caller, and a good end.

A job takes strings only: the tenant's slug, and at most ids. It re-reads everything, may run twice or not at
all, and never lets arq decide about a new try: arq repeats nothing that raised or timed out, and deletes it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from dunwell.channels.dispatch import ProviderPool
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
    providers: ProviderPool
    doorbell: Doorbell


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
            except Exception as error:
                log.exception("job.failed", error=reason(error))


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
