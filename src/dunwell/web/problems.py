"""Every error becomes one problem document (RFC 9457). The only place that knows status codes.

`type` is the error's stable code. Details of what is unavailable or broken never leave the house: they are
logged under the correlation id that the answer names.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, cast

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from dunwell.kernel.errors import (
    Conflict,
    DunwellError,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from dunwell.web.edge import correlation_of
from dunwell.web.pages import PLAIN, is_page, page

MISSING: Final = re.compile(r"^Missing required \w+ parameter '([\w-]{1,60})'")
PROBLEM_JSON: Final = "application/problem+json"
log = structlog.stdlib.get_logger("dunwell.web")


class WrongMediaType(Refused):
    """The body is not of a kind this route reads."""

    code = "http.media-type"


# The first class that fits decides.
STATUS: Final[tuple[tuple[type[DunwellError], int], ...]] = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooLarge, 413),
    (WrongMediaType, 415),
    (Invalid, 422),
    (Refused, 400),
    (Unavailable, 503),
)
TITLES: Final = {
    400: "The request cannot be read",
    401: "Who is asking is not known",
    403: "Not allowed",
    404: "There is no such thing here",
    405: "This address does not know that method",
    409: "It contradicts what is already there",
    413: "Longer than is read",
    415: "Not a kind of body that is read here",
    422: "The input is wrong",
    500: "Something is broken here",
    503: "Not available right now",
}
TITLES_ZH: Final = {
    400: "无法读取该请求",
    401: "请先登录",
    403: "无权进行此操作",
    404: "这里没有该内容",
    409: "与现有内容冲突",
    422: "输入有误",
    500: "系统出错",
    503: "暂时无法提供服务",
}
# Codes of refusals that come from the framework and not from an area.
CODES: Final = {
    400: "http.malformed",
    401: "access.unauthenticated",
    403: "access.forbidden",
    404: "http.no-such-address",
    405: "http.method",
    413: "too-large",
    415: "http.media-type",
    422: "http.parameter",
    503: "unavailable",
}
# PostgreSQL or its pool is not there now; the same request may succeed later.
AWAY: Final[tuple[type[BaseException], ...]] = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    ConnectionError,
    TimeoutError,
)


class ProblemFaultOut(msgspec.Struct, frozen=True):
    """One thing wrong: which field (and line, in a file), what, and how to mend it."""

    field: str
    problem: str
    remedy: str
    line: int | None


class ProblemOut(msgspec.Struct, frozen=True):
    """RFC 9457. `type` is stable and part of the API; `instance` names the log lines of this request."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    faults: list[ProblemFaultOut]


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[ProblemOut]:
    """The problem document of any error that reached the edge of a request."""
    status, code, detail, faults = _judge(error)
    if status >= 500:
        _report(error, status)
    problem = ProblemOut(
        type=code,
        title=TITLES.get(status, "The request was refused"),
        status=status,
        detail=detail,
        instance=f"urn:uuid:{correlation_of(request.scope)}",
        faults=[ProblemFaultOut(fault.field, fault.problem, fault.remedy, fault.line) for fault in faults],
    )
    if is_page(request):
        return cast("Response[ProblemOut]", _as_page(request, problem))
    return Response(problem, status_code=status, media_type=PROBLEM_JSON, headers=_headers(error, status))


def _as_page(request: Request[Any, Any, Any], problem: ProblemOut) -> Response[bytes]:
    """The same for people; without the tenant's brand, for the error may be that there is no such tenant."""
    view = {
        "status": problem.status,
        "title": problem.title,
        "title_zh": TITLES_ZH.get(problem.status, "请求被拒绝"),
        "detail": problem.detail,
        "code": problem.type,
        "instance": problem.instance,
    }
    return page(request, PLAIN, "web/problem.html", view, status=problem.status)


def _judge(error: Exception) -> tuple[int, str, str, Sequence[Fault]]:
    """Status, code, detail and faults: what may be told of an error."""
    if isinstance(error, DunwellError):
        status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
        if status >= 500:
            return status, error.code, TITLES[status], ()
        return status, error.code, error.detail or TITLES[status], error.faults
    if isinstance(error, ValidationException):
        return 422, "http.parameter", "a parameter or the body is wrong", _framework_faults(error)
    if isinstance(error, HTTPException) and error.status_code < 500:
        status = error.status_code
        return status, CODES.get(status, "http.refused"), TITLES.get(status, "The request was refused"), ()
    if isinstance(error, AWAY):
        return 503, "unavailable", TITLES[503], ()
    return 500, "broken", TITLES[500], ()


def _framework_faults(error: ValidationException) -> list[Fault]:
    found: list[Fault] = []
    missing = MISSING.search(error.detail)
    if missing:
        found.append(Fault(missing[1], "is missing", "add it"))
    if isinstance(error.extra, list):
        for each in cast("list[dict[str, Any]]", error.extra):
            field = str(each.get("key") or "body")
            field = "body" if field == "data" else field
            found.append(Fault(field, str(each.get("message", "wrong")), "see the schema of this route"))
    return found


def _headers(error: Exception, status: int) -> dict[str, str]:
    headers = {"cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="dunwell"'
    if status == 503:
        headers["retry-after"] = "5"
    if isinstance(error, HTTPException) and status == 405:
        headers |= {key.lower(): value for key, value in (error.headers or {}).items()}
    return headers


def _report(error: Exception, status: int) -> None:
    """Log with the traceback; arguments of the error may hold row values and are left out."""
    if status == 503:
        log.warning("request.unavailable", error=type(error).__name__)
    else:
        log.error("request.broken", error=type(error).__name__, exc_info=error)
