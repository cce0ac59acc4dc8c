"""Which error becomes which answer, and what never leaves the house."""

import asyncpg
import httpx
import pytest
from litestar import Litestar, get
from litestar.types import ASGIApp

from dunwell.kernel import errors
from dunwell.kernel.errors import Fault
from dunwell.storage.pool import DatabaseUnavailable
from dunwell.web.problems import answer

SECRET = "row value 13800138000"


class LoanNotFound(errors.NotFound):
    code = "loan.not-found"


def _app(error: Exception) -> ASGIApp:
    @get("/", sync_to_thread=False)
    def fail() -> None:
        raise error

    return Litestar([fail], exception_handlers={Exception: answer}, logging_config=None, openapi_config=None)


async def _ask(error: Exception) -> httpx.Response:
    transport = httpx.ASGITransport(_app(error))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get("/")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (LoanNotFound("no such loan"), 404, "loan.not-found"),
        (errors.Unauthenticated(), 401, "access.unauthenticated"),
        (errors.Forbidden(), 403, "access.forbidden"),
        (errors.Conflict(), 409, "conflict"),
        (errors.TooLarge(), 413, "too-large"),
        (errors.Invalid(), 422, "invalid"),
        (errors.Refused(), 400, "refused"),
        (errors.Unavailable(SECRET), 503, "unavailable"),
        (DatabaseUnavailable(SECRET), 503, "storage.unavailable"),
        (errors.Broken(SECRET), 500, "broken"),
        (asyncpg.SerializationError(SECRET), 503, "unavailable"),
        (ConnectionResetError(SECRET), 503, "unavailable"),
        (asyncpg.UniqueViolationError(SECRET), 500, "broken"),
        (RuntimeError(SECRET), 500, "broken"),
        (KeyError(SECRET), 500, "broken"),
    ],
)
async def test_every_error_is_a_problem_document(error: Exception, status: int, code: str):
    told = await _ask(error)
    assert told.status_code == status
    assert told.headers["content-type"] == "application/problem+json"
    problem = told.json()
    assert (problem["type"], problem["status"]) == (code, status)
    assert set(problem) == {"type", "title", "status", "detail", "instance", "faults"}
    assert SECRET not in told.text


async def test_faults_name_field_line_and_remedy():
    wrong = errors.Invalid("wrong tape", faults=[Fault("amount", "negative", "write it without a sign", 7)])
    told = (await _ask(wrong)).json()
    assert told["detail"] == "wrong tape"
    assert told["faults"] == [
        {"field": "amount", "problem": "negative", "remedy": "write it without a sign", "line": 7}
    ]


async def test_what_may_succeed_later_says_when_to_ask_again():
    assert (await _ask(errors.Unavailable())).headers["retry-after"] == "5"
