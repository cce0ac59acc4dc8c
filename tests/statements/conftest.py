"""The application, served in this process, and tenants whose rules a test may change."""

from collections.abc import Awaitable, Callable

import pytest

from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database
from dunwell.tenancy import files
from dunwell.tenancy.model import Publish
from dunwell.tenancy.use_cases import publish
from tests.conftest import HERE
from tests.web.serving import acme_http, anybody, app, birch_http, operator_http, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "operator_http", "tokens"]

Ruled = Callable[..., Awaitable[None]]


@pytest.fixture(scope="module")
def ruled(database: Database) -> Ruled:
    """`await ruled(acme, posting={"received_on": "booked"})`: other rules from now on, for this module's copy."""

    async def change(caller: Caller, **tables: object) -> None:
        proposed = files.read(caller.tenant.slug, HERE / "tenants" / caller.tenant.slug)
        await database.run(caller, publish, Publish(dict(proposed.files) | {"statements": tables}))

    return change
