"""The API process, put together: routers, callers, limits, lifespan."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, Final, cast

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.plugins.pydantic import PydanticDIPlugin, PydanticInitPlugin, PydanticSchemaPlugin
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from dunwell.access.once import Once
from dunwell.access.pages import router as signing_in
from dunwell.access.tokens import TokenBook
from dunwell.kernel.caller import Actor, Caller
from dunwell.kernel.errors import Broken
from dunwell.operations.gauges import Metrics
from dunwell.operations.routes import control, get_metrics, health
from dunwell.settings import Settings
from dunwell.storage.tenant import Bell, Database
from dunwell.tenancy.opening import Register, opened
from dunwell.web.bodies import Bodies
from dunwell.web.callers import LOCAL, Doorkeeper
from dunwell.web.edge import Edge, Meter
from dunwell.web.guards import ensure_guarded, requires
from dunwell.web.openapi import Document
from dunwell.web.problems import answer

# `dunwell.<area>.routes` has `router` or `routers`, mounted under /v1.
AREAS: Final = (
    "access",
    "audit",
    "borrowers",
    "loans",
    "applications",
    "agents",
    "contact",
    "channels",
    "intake",
    "statements",
    "strategy",
    "law",
    "rehearsal",
)


# `dunwell.<area>.pages` has `router`, mounted under /.
WITH_PAGES: Final = ("channels",)


def create_app(settings: Settings, *, bell: Bell | None = None) -> Litestar:
    """The application. `bell` wakes the workers after a commit; without it their sweep finds the work."""
    registry = CollectorRegistry()
    state = State({"settings": settings, "metrics": Metrics(registry), "bell": bell})
    app = Litestar(
        route_handlers=[health, get_metrics, control, signing_in, _api(), *_pages()],
        dependencies=_dependencies(),
        exception_handlers={Exception: answer},
        lifespan=[_lifespan],
        openapi_config=OpenAPIConfig(
            title="Dunwell",
            version="1",
            description="Loans in, lawful reminders out, a record that proves it.",
            use_handler_docstrings=True,
            operation_id_creator=lambda handler, _method, _path: handler.handler_name,
            render_plugins=[Document()],
            openapi_router=Router(
                "/schema", route_handlers=[], guards=[requires("schema:read")], include_in_schema=False
            ),
        ),
        # Bodies comes last: its decoder of models has to stand before the framework's.
        plugins=[PydanticInitPlugin(), PydanticSchemaPlugin(), PydanticDIPlugin(), Bodies()],
        request_max_body_size=settings.body_limit,
        state=state,
        logging_config=None,
        debug=False,
    )
    ensure_guarded(app)
    app.asgi_handler = Edge(app.asgi_handler, Meter(registry))
    return app


def _api() -> Router:
    routers: list[Router] = []
    for area in AREAS:
        module = import_module(f"dunwell.{area}.routes")
        found = cast("list[Router] | None", getattr(module, "routers", None)) or [module.router]
        routers.extend(found)
    return Router("/v1", route_handlers=routers)


def _pages() -> list[Router]:
    return [import_module(f"dunwell.{area}.pages").router for area in WITH_PAGES]


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncGenerator[None]:
    settings: Settings = app.state["settings"]
    redis: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
        settings.redis_url, socket_timeout=2, socket_connect_timeout=2
    )
    try:
        async with opened(settings, name="api", bell=app.state["bell"]) as database:
            register, book = Register(database), TokenBook(database)
            plain = LOCAL | {settings.base_host, settings.host}
            app.state.update(
                database=database,
                register=register,
                book=book,
                redis=redis,
                doorkeeper=Doorkeeper(register, book, plain),
            )
            yield
    finally:
        await redis.aclose()


def _dependencies() -> dict[str, Provide]:
    found: dict[str, Callable[..., object]] = {
        "database": _from_state("database", Database),
        "register": _from_state("register", Register),
        "book": _from_state("book", TokenBook),
        "redis": _from_state("redis", Redis),
        "settings": _from_state("settings", Settings),
        "metrics": _from_state("metrics", Metrics),
        "doorkeeper": _from_state("doorkeeper", Doorkeeper),
        "caller": _caller,
        "operator": _operator,
        "once": _once,
    }
    return {name: Provide(provide, sync_to_thread=False) for name, provide in found.items()}


def _from_state(name: str, kind: type[Any]) -> Callable[..., object]:
    def provide(request: Request[Any, Any, Any]) -> object:
        # Not the injected `state`: the framework would make a copy of it for every request.
        found: object = request.app.state[name]
        if not isinstance(found, kind):
            raise Broken(f"the application has no {name}")
        return found

    return provide


def _caller(request: Request[Any, Any, Any]) -> Caller:
    found: object = request.user
    if not isinstance(found, Caller):
        raise Broken("this route asks for a caller and has no guard that makes one")
    return found


def _operator(request: Request[Any, Any, Any]) -> Actor:
    found: object = request.user
    if not isinstance(found, Actor):
        raise Broken("this route asks for an operator and has no guard that makes one")
    return found


def _once(request: Request[Any, Any, Any]) -> Once:
    return Once(request.app.state["database"], _caller(request), request)
