"""Health and metrics of this process, and the control plane for the operator."""

from datetime import datetime
from typing import Annotated, Self

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from pydantic import Field
from redis.asyncio import Redis

from dunwell.kernel.caller import Tenant
from dunwell.operations.gauges import Metrics
from dunwell.operations.use_cases import TenantHealth, all_health, ensure_migrated, ensure_redis
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from dunwell.tenancy.opening import Register
from dunwell.tenancy.provisioning import Added, add_tenant, publish_files
from dunwell.tenancy.use_cases import find_tenant, resume, suspend
from dunwell.tenant_files import checked
from dunwell.web.guards import operates, public
from dunwell.web.shapes import In

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
Slug = Annotated[str, Field(pattern="^[a-z][a-z0-9]{1,30}$", examples=["acme"])]


class TenantIn(In):
    """The tenant's files must be on the server, under `tenants/<slug>/`."""

    slug: Slug
    cell: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,30}$")] = "main"


class StateOut(Struct, frozen=True):
    """`ok`, or the problem document says why not."""

    status: str


class TenantOut(Struct, frozen=True):
    """A tenant as the register knows it."""

    slug: str
    name: str
    host: str
    cell: str
    zone: str
    locale: str
    pack: str
    sandbox: bool
    suspended: bool

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        return cls(
            tenant.slug,
            tenant.name,
            tenant.host,
            tenant.cell,
            tenant.zone,
            tenant.locale,
            tenant.pack,
            tenant.sandbox,
            tenant.suspended,
        )


class TenantsOut(Struct, frozen=True):
    items: list[TenantOut]


class AddedOut(Struct, frozen=True):
    """`version` is null where the files in force are the same already."""

    tenant: TenantOut
    migrations: list[str]
    version: int | None

    @classmethod
    def of(cls, added: Added) -> Self:
        return cls(TenantOut.of(added.tenant), list(added.applied), added.version)


class PublishedOut(Struct, frozen=True):
    """`version` is null where nothing differs from the one in force."""

    version: int | None


class LaneOut(Struct, frozen=True):
    """`lag_seconds` is the age of the oldest due item."""

    lane: str
    ready: int
    leased: int
    set_aside: int
    oldest_due: datetime | None
    lag_seconds: float


class HealthOut(Struct, frozen=True):
    """One tenant's queues; `problem` is the code of what kept us from reading them."""

    tenant: str
    suspended: bool
    migrations_pending: list[str]
    lanes: list[LaneOut]
    unknown_messages: int
    unsealed_events: int
    problem: str | None

    @classmethod
    def of(cls, health: TenantHealth) -> Self:
        lanes = [
            LaneOut(w.lane, w.ready, w.leased, w.set_aside, w.oldest_due, health.lag[w.lane])
            for w in health.lanes
        ]
        return cls(
            health.slug,
            health.suspended,
            list(health.migrations_pending),
            lanes,
            health.unknown_messages,
            health.unsealed_events,
            health.problem,
        )


class HealthsOut(Struct, frozen=True):
    items: list[HealthOut]


@get("/live", guards=[public("a probe holds no token, and learns only that the process runs")])
async def get_live() -> StateOut:
    """The process runs."""
    return StateOut("ok")


@get("/ready", guards=[public("a probe holds no token, and learns only yes or no")])
async def get_ready(database: NamedDependency[Database], redis: NamedDependency[Redis]) -> StateOut:
    """PostgreSQL and Redis answer, and the control plane is migrated. 503 otherwise."""
    await database.control(ensure_migrated, None)
    await ensure_redis(redis)
    return StateOut("ok")


@get(
    "/metrics",
    guards=[public("scrapers hold no token; sums over all tenants, no tenant is named")],
    media_type=OPENMETRICS,
    tags=["health"],
)
async def get_metrics(
    database: NamedDependency[Database],
    register: NamedDependency[Register],
    metrics: NamedDependency[Metrics],
) -> Response[str]:
    """Requests of this process and the queues of all tenants, for Prometheus."""
    text = await metrics.text(database, register)
    return Response(text.decode(), media_type=OPENMETRICS)


@get("/tenants", guards=[operates("tenants:read")])
async def get_tenants(register: NamedDependency[Register]) -> TenantsOut:
    """Every tenant that is served or suspended; the whole list, for there are hundreds at most in a cell."""
    register.forget()
    return TenantsOut([TenantOut.of(tenant) for tenant in await register.all()])


@post("/tenants", guards=[operates("tenants:write")])
async def post_tenant(
    data: JSONBody[TenantIn],
    database: NamedDependency[Database],
    register: NamedDependency[Register],
    settings: NamedDependency[Settings],
) -> AddedOut:
    """Schema, role, migrations and first publication of a tenant. Repeatable: finishes what was begun."""
    added = await add_tenant(database, settings, data.slug, checked(data.slug), cell=data.cell)
    register.forget()
    return AddedOut.of(added)


@get("/tenants/{slug:str}", guards=[operates("tenants:read")])
async def get_tenant(slug: FromPath[str], database: NamedDependency[Database]) -> TenantOut:
    """One tenant."""
    return TenantOut.of(await database.control(find_tenant, slug))


@post("/tenants/{slug:str}/publications", guards=[operates("tenants:write")])
async def post_publication(
    slug: FromPath[str], database: NamedDependency[Database], register: NamedDependency[Register]
) -> PublishedOut:
    """Validate the tenant's files on the server and put them in force. Repeatable."""
    tenant = await database.control(find_tenant, slug)
    version = await publish_files(database, tenant, checked(slug))
    register.forget()
    return PublishedOut(version)


@post("/tenants/{slug:str}/suspension", guards=[operates("tenants:write")], status_code=200)
async def post_suspension(
    slug: FromPath[str], database: NamedDependency[Database], register: NamedDependency[Register]
) -> TenantOut:
    """Nothing of the tenant is changed or sent any more; reading goes on. Repeatable."""
    tenant = await database.control(suspend, slug)
    register.forget()
    return TenantOut.of(tenant)


@post("/tenants/{slug:str}/resumption", guards=[operates("tenants:write")], status_code=200)
async def post_resumption(
    slug: FromPath[str], database: NamedDependency[Database], register: NamedDependency[Register]
) -> TenantOut:
    """Work goes on where it stopped. Repeatable."""
    tenant = await database.control(resume, slug)
    register.forget()
    return TenantOut.of(tenant)


@get("/health", guards=[operates("health:read")])
async def get_health(database: NamedDependency[Database], register: NamedDependency[Register]) -> HealthsOut:
    """Every tenant's queues, pending migrations and whatever keeps them from being read."""
    return HealthsOut([HealthOut.of(each) for each in await all_health(database, await register.all())])


health = Router("/health", route_handlers=[get_live, get_ready], tags=["health"])
control = Router(
    "/control/v1",
    route_handlers=[
        get_tenants,
        post_tenant,
        get_tenant,
        post_publication,
        post_suspension,
        post_resumption,
        get_health,
    ],
    tags=["control"],
)
