"""The application over the module's database, in this process and this event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from litestar import Litestar

from dunwell.access.model import OPERATOR_SCOPES, SCOPES, IssueToken
from dunwell.access.use_cases import issue_operator_token, issue_token
from dunwell.app import create_app
from dunwell.kernel.caller import Caller
from dunwell.settings import Settings
from dunwell.storage.tenant import Database

__all__ = ["acme_http", "anybody", "app", "birch_http", "operator_http", "tokens"]

TokenFor = Callable[..., Awaitable[str]]


@pytest.fixture(scope="module")
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    async with running(create_app(settings)) as application:
        yield application


@asynccontextmanager
async def running(application: Litestar):
    """The lifespan in a task of its own: it must end in the task in which it began, and fixtures do not."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            begun.set()
            await over.wait()

    life = asyncio.create_task(live())
    started = asyncio.create_task(begun.wait())
    await asyncio.wait({life, started}, return_when=asyncio.FIRST_COMPLETED)
    if life.done():
        await life
    try:
        yield application
    finally:
        over.set()
        await life


@asynccontextmanager
async def client(app: Litestar, token: str | None = None, host: str = "127.0.0.1:8080"):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers) as opened:
        yield opened


@pytest.fixture(scope="module")
def tokens(database: Database) -> TokenFor:
    """`await tokens(acme, "loans:read")`; all scopes unless some are named."""

    async def issue(caller: Caller, *scopes: str, days: int = 1, name: str = "tester") -> str:
        command = IssueToken(name, frozenset(scopes or SCOPES), days)
        return (await database.run(caller, issue_token, command)).secret

    return issue


@pytest.fixture(scope="module")
async def anybody(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app) as opened:
        yield opened


@pytest.fixture(scope="module")
async def acme_http(app: Litestar, acme: Caller, tokens: TokenFor) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, await tokens(acme)) as opened:
        yield opened


@pytest.fixture(scope="module")
async def birch_http(app: Litestar, birch: Caller, tokens: TokenFor) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, await tokens(birch)) as opened:
        yield opened


@pytest.fixture(scope="module")
async def operator_http(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    command = IssueToken("tester", frozenset(OPERATOR_SCOPES), 1)
    issued = await database.control(issue_operator_token, command)
    async with client(app, issued.secret) as opened:
        yield opened
