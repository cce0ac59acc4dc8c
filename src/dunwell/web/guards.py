"""May this actor do that? Every route carries exactly one of these guards; a route without one stops the start.

@get("/", guards=[requires("loans:read")])           a tenant's token with that scope → dependency `caller`
@get("/", guards=[signed_in()])                  any token of the tenant → dependency `caller`
@get("/", guards=[operates("tenants:read")])         an operator's token with that scope → dependency `operator`
@post("/{tenant:str}/{provider:str}", guards=[reports()])   a provider; the route checks its signature → `caller`
@get("/live", guards=[public("a probe has no token")])      anybody, with the reason why
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Final, cast

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

from dunwell.kernel.caller import Actor
from dunwell.kernel.errors import Broken, Forbidden
from dunwell.web.callers import Doorkeeper

Connection = ASGIConnection[Any, Any, Any, Any]
# Held by the operator at the command line only; no token can carry it.
EVERYTHING: Final = "*"


class ScopeMissing(Forbidden):
    """The token is in force, but not for this."""

    code = "access.scope-missing"


class Guard(ABC):
    """What a route asks of its caller; the base of the five kinds."""

    __slots__ = ()

    @abstractmethod
    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None: ...


@dataclass(frozen=True, slots=True)
class Requires(Guard):
    scope: str

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        caller = await doorkeeper(connection).staff(connection)
        _permit(caller.actor, self.scope)
        connection.scope["user"] = caller


@dataclass(frozen=True, slots=True)
class SignedIn(Guard):
    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        connection.scope["user"] = await doorkeeper(connection).staff(connection)


@dataclass(frozen=True, slots=True)
class Operates(Guard):
    scope: str

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        operator = await doorkeeper(connection).operator(connection)
        _permit(operator, self.scope)
        connection.scope["user"] = operator


@dataclass(frozen=True, slots=True)
class Reports(Guard):
    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        path = cast("dict[str, str]", connection.path_params)
        connection.scope["user"] = await doorkeeper(connection).provider(
            connection, path["tenant"], path["provider"]
        )


@dataclass(frozen=True, slots=True)
class Public(Guard):
    because: str

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        return


def requires(scope: str) -> Guard:
    """A token of the tenant that holds `scope` (`access.model.SCOPES` lists them)."""
    return Requires(scope)


def signed_in() -> Guard:
    """Any token of the tenant, whatever its scopes."""
    return SignedIn()


def operates(scope: str) -> Guard:
    """A token of the control plane that holds `scope`."""
    return Operates(scope)


def reports() -> Guard:
    """A provider that calls back; the path must hold `{tenant:str}` and `{provider:str}`."""
    return Reports()


def public(because: str) -> Guard:
    """Nobody is asked anything; the reason is read by reviewers."""
    return Public(because)


def doorkeeper(connection: Connection) -> Doorkeeper:
    """The doorkeeper of this application."""
    keeper: object = connection.app.state["doorkeeper"]
    if not isinstance(keeper, Doorkeeper):
        raise Broken("the application has no doorkeeper")
    return keeper


def guard_of(handler: HTTPRouteHandler) -> Guard:
    """The one guard of a route. Raises `Broken` for a route with none or with several."""
    guards = cast("list[object]", handler.resolve_guards())  # pyright: ignore[reportUnknownMemberType]
    found = [guard for guard in guards if isinstance(guard, Guard)]
    if len(found) != 1:
        raise Broken(f"{handler.handler_name} has {len(found)} guards, not one")
    return found[0]


def own_handlers(app: Litestar) -> list[tuple[str, HTTPRouteHandler]]:
    """Every route we wrote, with its path; the framework's answers to OPTIONS are left out."""
    return [
        (route.path, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if set(handler.http_methods) != {"OPTIONS"}
    ]


def ensure_guarded(app: Litestar) -> None:
    """Stop the start if any route forgot to say who may call it."""
    for _, handler in own_handlers(app):
        guard_of(handler)


def _permit(actor: Actor, scope: str) -> None:
    if not actor.scopes & {scope, EVERYTHING}:
        raise ScopeMissing(f"the token has no scope {scope}")
