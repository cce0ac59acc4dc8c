"""The application, served in this process, and people with tokens of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar import Litestar

from dunwell.kernel.caller import Caller
from tests.web.serving import TokenFor, acme_http, anybody, app, birch_http, client, tokens

__all__ = ["PersonFor", "acme_http", "anybody", "app", "birch_http", "person", "tokens"]

PersonFor = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture(scope="module")
async def person(app: Litestar, acme: Caller, tokens: TokenFor) -> AsyncIterator[PersonFor]:
    """`await person("li")`: somebody of that name at acme; each time with another token."""
    async with AsyncExitStack() as stack:

        async def meet(name: str, *scopes: str) -> httpx.AsyncClient:
            token = await tokens(acme, *scopes, name=name)
            return await stack.enter_async_context(client(app, token))

        yield meet
