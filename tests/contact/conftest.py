"""The gate in the database, at noon of the borrower's clock: most tests ask what else stops a contact."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from dunwell.contact.model import Phase, Proposal, Verdict
from dunwell.contact.use_cases import ask
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.conftest import Advance

T = TypeVar("T")

Asking = Callable[[Caller, list[Proposal], Phase], Awaitable[list[Verdict]]]
Nooning = Callable[[Caller], Awaitable[datetime]]


async def ask_for(tx: TenantTx, asked: tuple[list[Proposal], Phase]) -> list[Verdict]:
    proposals, phase = asked
    return await ask(tx, proposals, phase=phase)


async def now_of(tx: TenantTx, command: None) -> datetime:
    return tx.now


@pytest.fixture(scope="module")
def asking(database: Database) -> Asking:
    """`await asking(acme, [proposal, …], Phase.SEND)`: one transaction that commits."""

    async def asked(caller: Caller, proposals: list[Proposal], phase: Phase) -> list[Verdict]:
        return await database.run(caller, ask_for, (proposals, phase))

    return asked


@pytest.fixture(scope="module")
def next_noon(database: Database, advance: Advance) -> Nooning:
    """Moves the tenant's clock to the next noon of a weekday on the tenant's own clock."""

    async def move(caller: Caller) -> datetime:
        now = await database.read(caller, now_of, None)
        local = now.astimezone(ZoneInfo(caller.tenant.zone))
        noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
        noon += timedelta(days=1) if noon <= local else timedelta()
        while noon.weekday() > 4:
            noon += timedelta(days=1)
        await advance(caller, noon.astimezone(UTC) - now)
        return noon.astimezone(UTC)

    return move
