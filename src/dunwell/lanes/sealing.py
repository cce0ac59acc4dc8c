"""Sealing a tenant's audit log, bite by bite."""

from dunwell.audit.model import BATCH, Seal
from dunwell.audit.use_cases import seal
from dunwell.kernel.caller import Caller
from dunwell.lanes.model import TURN_SECONDS, Drained
from dunwell.lanes.turns import Turn
from dunwell.storage.tenant import Database


async def seal_log(database: Database, caller: Caller, seconds: float | None = TURN_SECONDS) -> Drained:
    """Seal until every event that can no longer be overtaken has its place, or the turn is over."""
    turn, total = Turn(seconds), Drained()
    while True:
        sealed = await database.run(caller, seal, Seal())
        total = total.plus(Drained(done=sealed.leaves))
        if sealed.busy or sealed.leaves < BATCH:
            return total
        if turn.over:
            return total.plus(Drained(more=True))
