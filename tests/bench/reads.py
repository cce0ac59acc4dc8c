"""Reads: one loan through the API, against a bare handler with one SELECT; both called as ASGI, no sockets."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
from litestar import Litestar, get

from dunwell import logs
from dunwell.access.model import SCOPES, IssueToken
from dunwell.access.use_cases import issue_token
from dunwell.app import create_app
from dunwell.storage.tenant import TenantTx
from tests.bench.figures import Pair, measure
from tests.builders.loans import a_loan

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

READS = 1500
CALLERS = 8


async def bench(bench: "Bench", rounds: int) -> list[Pair]:
    async def some_loans(tx: TenantTx, count: int) -> list[UUID]:
        return [await a_loan(tx, days_late=3) for _ in range(count)]

    async def token(tx: TenantTx, _: None) -> str:
        return (await issue_token(tx, IssueToken("bench", frozenset(SCOPES), 1))).secret

    loans = await bench.database.run(bench.caller, some_loans, 50)
    secret = await bench.database.run(bench.caller, token, None)
    # The access log is part of the cost, and nobody wants to read it here.
    with Path(os.devnull).open("w") as nowhere:
        logs.configure(stream=nowhere)
        return await _compare(bench, loans, secret, rounds)


async def _compare(bench: "Bench", loans: list[UUID], secret: str, rounds: int) -> list[Pair]:
    ours = create_app(bench.settings)
    async with (
        asyncpg.create_pool(bench.settings.database_url, min_size=8, max_size=8) as pool,
        ours.lifespan(),
    ):
        bare = _bare(pool, bench.caller.tenant.schema)
        async with bare.lifespan():
            headers = [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {secret}".encode())]
            return [
                await measure(
                    "API point reads of a loan",
                    "bare Litestar + asyncpg, one SELECT",
                    _reader(ours, "/v1/loans/", loans, headers),
                    _reader(bare, "/loans/", loans, [(b"host", b"127.0.0.1")]),
                    rounds,
                )
            ]


def _bare(pool: asyncpg.Pool, schema: str) -> Litestar:
    sql = (
        f"SELECT id, reference, principal, currency, state, past_due_since FROM {schema}.loans WHERE id = $1"
    )

    @get("/loans/{loan_id:uuid}")
    async def loan(loan_id: UUID) -> dict[str, Any]:
        return dict(await pool.fetchrow(sql, loan_id))

    return Litestar([loan], openapi_config=None, logging_config=None)


def _reader(
    app: Litestar, path: str, loans: list[UUID], headers: list[tuple[bytes, bytes]]
) -> Callable[[int], Awaitable[Callable[[], Awaitable[int]]]]:
    async def one(loan: UUID) -> None:
        target = f"{path}{loan}"
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": target, "raw_path": target.encode(), "root_path": "", "query_string": b"", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {}, "extensions": {},
        }  # fmt: skip
        answers: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            answers.append(message)

        await app(scope, receive, send)  # type: ignore[arg-type]
        assert answers[0]["status"] == 200, answers

    async def prepare(_: int) -> Callable[[], Awaitable[int]]:
        async def caller(mine: int) -> None:
            for n in range(READS // CALLERS):
                await one(loans[(mine + n) % len(loans)])

        async def timed() -> int:
            await asyncio.gather(*(caller(mine) for mine in range(CALLERS)))
            return READS // CALLERS * CALLERS

        return timed

    return prepare
