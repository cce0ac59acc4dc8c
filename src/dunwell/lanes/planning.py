"""Planning a tenant's day, batch by batch."""

from collections.abc import Mapping
from typing import Any

from dunwell.kernel.caller import Caller
from dunwell.lanes.model import TURN_SECONDS
from dunwell.lanes.turns import Turn
from dunwell.storage.tenant import Database
from dunwell.strategy.model import PlanBatch, Planned
from dunwell.strategy.use_cases import order_plan, plan_batch


async def plan_day(database: Database, caller: Caller, seconds: float | None = None) -> Planned:
    """Every step that has fallen due up to the tenant's today. Safe to run at any time, and again.

    With `seconds`, it ends after the first batch past them and `more_after` tells that it did.
    """
    turn = Turn(seconds)
    total = await database.run(caller, plan_batch, PlanBatch())
    while total.more_after is not None and not turn.over:
        total = total.plus(await database.run(caller, plan_batch, PlanBatch(after=total.more_after)))
    return total


async def plan_item(database: Database, caller: Caller, _: Mapping[str, Any]) -> None:
    """The work item that asks for it: a turn; what is left is asked for again, behind other work."""
    planned = await plan_day(database, caller, TURN_SECONDS)
    if planned.more_after is not None:
        await database.run(caller, order_plan, f"{planned.day} after {planned.more_after}")
