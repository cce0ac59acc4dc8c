"""How the service stands: one tenant's queues, all tenants' together, and whether this process may serve."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from dunwell.audit.use_cases import backlog
from dunwell.kernel.caller import Actor, ActorKind, Caller, Tenant
from dunwell.kernel.errors import DunwellError, Unavailable
from dunwell.operations import queries
from dunwell.storage.control import ControlTx
from dunwell.storage.migrate import stream
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.work import Waiting, waiting

AT_ONCE: Final = 4
# Beyond this many unsealed events the exact number is nobody's interest.
MOST_UNSEALED: Final = 100_000
WATCH: Final = Actor(ActorKind.SYSTEM, "watch")
PING_SECONDS: Final = 2.0


class NotReady(Unavailable):
    """Something this process needs is not there; which, stands in the log."""

    code = "health.not-ready"


@dataclass(frozen=True, slots=True)
class TenantHealth:
    """One tenant's queues. `lag` is the age in seconds of the oldest due item, by lane."""

    slug: str
    suspended: bool
    migrations_pending: tuple[str, ...]
    lanes: tuple[Waiting, ...]
    lag: Mapping[str, float]
    unknown_messages: int
    unsealed_events: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class Gauges:
    """The worst and the sums over all tenants."""

    tenants: int = 0
    failing: int = 0
    lag: Mapping[str, float] = field(default_factory=dict[str, float])
    ready: Mapping[str, int] = field(default_factory=dict[str, int])
    set_aside: Mapping[str, int] = field(default_factory=dict[str, int])
    unknown_messages: int = 0
    unsealed_events: int = 0


async def tenant_health(tx: TenantTx, _command: None = None) -> TenantHealth:
    """How one tenant's work stands, in one snapshot."""
    lanes = tuple(await waiting(tx))
    applied = await queries.tenant_migrated(tx)
    left = await backlog(tx, MOST_UNSEALED)
    return TenantHealth(
        tx.caller.tenant.slug,
        tx.caller.tenant.suspended,
        tuple(each.name for each in stream("tenant") if each.name not in applied),
        lanes,
        {lane.lane: _age(lane.oldest_due, tx.now) for lane in lanes},
        await queries.unknown_messages(tx),
        left.events,
        None,
    )


async def all_health(database: Database, tenants: Sequence[Tenant]) -> list[TenantHealth]:
    """Every tenant's standing, some at a time; one that cannot be read is reported, not raised."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(tenant: Tenant) -> TenantHealth:
        async with room:
            try:
                return await database.read(Caller(tenant, WATCH), tenant_health, None)
            except DunwellError as error:
                return TenantHealth(tenant.slug, tenant.suspended, (), (), {}, 0, 0, error.code)

    return list(await asyncio.gather(*(one(tenant) for tenant in tenants)))


def summed(all_of_them: Sequence[TenantHealth]) -> Gauges:
    """What a dashboard shows of the whole cell: the oldest lag, the sums of the rest."""
    lag: dict[str, float] = {}
    ready: dict[str, int] = {}
    set_aside: dict[str, int] = {}
    for health in all_of_them:
        for lane in health.lanes:
            lag[lane.lane] = max(lag.get(lane.lane, 0.0), health.lag[lane.lane])
            ready[lane.lane] = ready.get(lane.lane, 0) + lane.ready
            set_aside[lane.lane] = set_aside.get(lane.lane, 0) + lane.set_aside
    return Gauges(
        len(all_of_them),
        sum(health.problem is not None for health in all_of_them),
        lag,
        ready,
        set_aside,
        sum(health.unknown_messages for health in all_of_them),
        sum(health.unsealed_events for health in all_of_them),
    )


async def ensure_migrated(tx: ControlTx, _command: None = None) -> None:
    """The control plane is at this program's level. Raises `NotReady`."""
    applied = await queries.migrated(tx)
    missing = [each.name for each in stream("control") if each.name not in applied]
    if missing:
        raise NotReady(f"pending: {', '.join(missing)}")


async def ensure_redis(redis: Redis) -> None:
    """Redis answers. Raises `NotReady`."""
    try:
        async with asyncio.timeout(PING_SECONDS):
            await redis.ping()  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]
    except (RedisError, OSError, TimeoutError) as error:
        raise NotReady(f"redis: {type(error).__name__}") from error


def _age(oldest: datetime | None, now: datetime) -> float:
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
