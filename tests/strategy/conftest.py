"""Two o'clock in the morning in Shanghai, and nothing planned or due."""

from datetime import datetime, timedelta

import pytest

from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.conftest import Advance
from tests.web.serving import acme_http, anybody, app, birch_http, operator_http, tokens

__all__ = ["acme_http", "anybody", "app", "birch_http", "operator_http", "tokens"]

# Loans of earlier tests are nobody's business any more.
SETTLE = """
UPDATE loans SET state = 'closed', past_due_since = NULL WHERE state = 'open'
"""
CLEAR = "UPDATE messages SET state = 'cancelled' WHERE state IN ('planned', 'held', 'claimed', 'submitting')"
FORGET = "DELETE FROM work_items"


async def _now(tx: TenantTx, _: None) -> datetime:
    return tx.now


async def _clear(tx: TenantTx, _: None) -> None:
    for statement in (SETTLE, CLEAR, FORGET):
        await tx.execute(statement)


async def to_hour(database: Database, caller: Caller, advance: Advance, hour: int) -> None:
    """Move the clock forward to the next such hour in Shanghai."""
    now = await database.read(caller, _now, None)
    wait = timedelta(hours=hour - 8) - timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
    await advance(caller, wait % timedelta(hours=24))


@pytest.fixture(autouse=True)
async def two_o_clock(request: pytest.FixtureRequest) -> None:
    if "database" not in request.fixturenames:
        return
    database, acme = request.getfixturevalue("database"), request.getfixturevalue("acme")
    await database.run(acme, _clear, None)
    await to_hour(database, acme, request.getfixturevalue("advance"), 2)
