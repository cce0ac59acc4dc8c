"""Carrying a rehearsal on, batch by batch."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from dunwell.kernel.caller import Caller
from dunwell.lanes.model import TURN_SECONDS
from dunwell.lanes.turns import Turn
from dunwell.rehearsal.model import Rehearsal, State
from dunwell.rehearsal.use_cases import carry_on, order
from dunwell.storage.tenant import Database


async def carry_on_item(database: Database, caller: Caller, payload: Mapping[str, Any]) -> None:
    """The work item that asks for it: a turn; what is left is asked for again, behind other work."""
    rehearsal = await carry_on_for(database, caller, UUID(str(payload["rehearsal"])), TURN_SECONDS)
    if rehearsal.state is State.RUNNING:
        await database.run(caller, order, rehearsal)


async def carry_on_for(
    database: Database,
    caller: Caller,
    rehearsal: UUID,
    seconds: float | None = None,
) -> Rehearsal:
    """Live batch after batch until the rehearsal is done or the turn is over."""
    turn = Turn(seconds)
    while True:
        found = await database.run(caller, carry_on, rehearsal)
        if found.state is State.DONE or turn.over:
            return found
