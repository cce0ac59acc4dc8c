"""The outermost layer of every request: correlation id, security headers, one line in the access log, counters.

It stands outside the router, so that an address that does not exist is counted and logged like any other.
"""

from time import perf_counter
from typing import Any, Final, cast
from uuid import UUID, uuid4

import structlog
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram

CORRELATION: Final = b"x-correlation-id"
SECURITY: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
# What a JSON answer needs of a browser: nothing. A page brings its own, looser policy.
NOTHING: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
NO_STORE: Final = (b"cache-control", b"no-store")
log = structlog.stdlib.get_logger("dunwell.access_log")


def correlation_of(scope: Scope) -> UUID:
    """The id that ties the log lines, audit events and answer of one request together.

    A caller may name it (`X-Correlation-Id`, a UUID); anything else is replaced by a new one.
    """
    state: dict[str, Any] = cast("dict[str, Any]", scope).setdefault("state", {})
    known = state.get("dunwell_correlation")
    if isinstance(known, UUID):
        return known
    given = next((value for name, value in scope["headers"] if name == CORRELATION), b"")
    try:
        chosen = UUID(given.decode("ascii"))
    except ValueError:
        chosen = uuid4()
    state["dunwell_correlation"] = chosen
    return chosen


class Meter:
    """Counters of requests. No tenant label: thousands of tenants would make thousands of series."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "dunwell_requests", "Requests answered.", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "dunwell_request_seconds", "Time to the first byte.", ("method", "route"), registry=registry
        )

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class Edge:
    """Wraps the application; adds to every answer, changes none."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        correlation = correlation_of(scope)
        status = 0

        async def outward(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(message, correlation)
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation=str(correlation))
        try:
            await self._app(scope, receive, outward)
        finally:
            seconds = perf_counter() - begun
            route = str(scope.get("path_template") or "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._meter.note(method, route, status, seconds)
            log.info(
                "request.answered", method=method, route=route, status=status, ms=round(seconds * 1000, 1)
            )
            structlog.contextvars.clear_contextvars()


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _complete(message: HTTPResponseStartEvent, correlation: UUID) -> None:
    headers = list(message.get("headers", ()))
    present = {name.lower() for name, _ in headers}
    headers.append((CORRELATION, str(correlation).encode()))
    headers.extend(header for header in (*SECURITY, NOTHING, NO_STORE) if header[0] not in present)
    message["headers"] = headers
