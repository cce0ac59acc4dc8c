"""Closing a tenant's permits whose minutes are over, bite by bite."""

from typing import Final

from dunwell.contact.use_cases.permits import close_permits
from dunwell.kernel.caller import Caller
from dunwell.lanes.model import TURN_SECONDS, Drained
from dunwell.lanes.turns import Turn
from dunwell.storage.tenant import Database

BITE: Final = 500


async def close_due_permits(
    database: Database, caller: Caller, seconds: float | None = TURN_SECONDS
) -> Drained:
    """Until none is over or the turn is: each bite is a transaction, and what a killed process left is done again."""
    turn, total = Turn(seconds), Drained()
    while True:
        swept = await database.run(caller, close_permits, BITE)
        counts = {"released": swept.released, "overdue": swept.overdue}
        total = total.plus(Drained(done=swept.touched, counts=counts))
        if swept.touched < BITE:
            return total
        if turn.over:
            return total.plus(Drained(more=True))
