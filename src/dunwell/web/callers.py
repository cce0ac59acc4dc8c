"""Who is asking, and whose data: Host header and bearer token → `Caller`.

A token reads `dw_<tenant>_<secret>`. On a tenant's own host the token must be that tenant's; on a plain address
of the API (an IP address, localhost, or a configured name) the token alone decides. Any other host is unknown.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from litestar.connection import ASGIConnection

from dunwell.kernel.caller import Actor, ActorKind, Caller, Tenant
from dunwell.kernel.errors import NotFound, Unauthenticated
from dunwell.web.edge import correlation_of
from dunwell.web.pages import COOKIE

Connection = ASGIConnection[Any, Any, Any, Any]

TOKEN: Final = re.compile(r"dw_([a-z][a-z0-9]{1,30})_([A-Za-z0-9_-]{43})", re.ASCII)
OPERATOR_TOKEN: Final = re.compile(r"dwop_([A-Za-z0-9_-]{43})", re.ASCII)
LOCAL: Final = frozenset({"localhost"})


class NotServedHere(NotFound):
    """The address exists, but not on this host."""

    code = "http.no-such-address"


class WrongToken(Unauthenticated):
    """There is no token, or it is unknown, expired, revoked, or another tenant's. Which one is not told."""

    code = "access.unauthenticated"


class Tenants(Protocol):
    """The tenants we serve. Both raise `NotFound` for a name we do not serve."""

    async def by_slug(self, slug: str) -> Tenant: ...

    async def by_host(self, host: str) -> Tenant: ...


class Tokens(Protocol):
    """The tokens we issued: who holds this one; `None` unless it is in force."""

    async def staff(self, tenant: Tenant, token: str, correlation: UUID) -> Actor | None: ...

    async def operator(self, token: str) -> Actor | None: ...


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Turns a connection into a caller, or refuses it."""

    tenants: Tenants
    tokens: Tokens
    plain_hosts: frozenset[str] = LOCAL

    async def staff(self, connection: Connection) -> Caller:
        """The tenant's own people and programs, by bearer token."""
        return await self.by_token(connection, _bearer(connection))

    async def by_token(self, connection: Connection, token: str) -> Caller:
        """The caller of a token, wherever it was given. Raises `WrongToken`."""
        at_host = await self.tenant_of_host(connection)
        named = TOKEN.fullmatch(token)
        if named is None:
            raise WrongToken("give a bearer token of this tenant")
        tenant = at_host or await self._named(named.group(1))
        if tenant.slug != named.group(1):
            raise WrongToken("the token is not in force here")
        correlation = correlation_of(connection.scope)
        actor = await self.tokens.staff(tenant, token, correlation)
        if actor is None:
            raise WrongToken("the token is not in force here")
        return _caller(tenant, actor, correlation)

    async def operator(self, connection: Connection) -> Actor:
        """The operator of the service, by a token of the control plane; never on a tenant's host."""
        if await self.tenant_of_host(connection) is not None:
            raise NotServedHere("the control plane is not served on a tenant's host")
        token = _bearer(connection)
        actor = await self.tokens.operator(token) if OPERATOR_TOKEN.fullmatch(token) else None
        if actor is None:
            raise WrongToken("give an operator's bearer token")
        return actor

    async def provider(self, connection: Connection, slug: str, name: str) -> Caller:
        """A provider that reports to a tenant's address; the route checks its signature."""
        at_host = await self.tenant_of_host(connection)
        tenant = await self.tenants.by_slug(slug)
        if at_host is not None and at_host.slug != slug:
            raise NotServedHere("not an address of this tenant")
        return _caller(tenant, Actor(ActorKind.PROVIDER, name), correlation_of(connection.scope))

    async def tenant_of_host(self, connection: Connection) -> Tenant | None:
        """The tenant a host name belongs to; `None` on a plain address. Raises `NotFound`."""
        host = host_of(connection)
        return None if host in self.plain_hosts or _is_address(host) else await self.tenants.by_host(host)

    async def _named(self, slug: str) -> Tenant:
        try:
            return await self.tenants.by_slug(slug)
        except NotFound:
            raise WrongToken("the token is not in force here") from None


def host_of(connection: Connection) -> str:
    """The host asked for, lower-case, without port and final dot."""
    raw = connection.headers.get("host", "").strip().lower()
    if raw.startswith("["):
        return raw.partition("]")[0].removeprefix("[")
    return raw.partition(":")[0].rstrip(".")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bearer(connection: Connection) -> str:
    """The token of the header; on a page for people that only reads, also the one of the sign-in cookie."""
    given = connection.headers.get("authorization")
    if given is None and connection.scope["type"] == "http" and connection.scope["method"] == "GET":
        paged = connection.route_handler.opt.get("page")
        return connection.cookies.get(COOKIE, "") if paged else ""
    scheme, _, token = (given or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _caller(tenant: Tenant, actor: Actor, correlation: UUID) -> Caller:
    structlog.contextvars.bind_contextvars(tenant=tenant.slug, actor=str(actor))
    return Caller(tenant, actor, correlation)
