"""Planning a tenant's day, batch by batch."""

from collections.abc import Mapping
from typing import Any

from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database
from dunwell.strategy.model import PlanBatch, Planned
from dunwell.strategy.use_cases import plan_batch


async def plan_day(database: Database, caller: Caller) -> Planned:
    """Every step that has fallen due up to the tenant's today. Safe to run at any time, and again."""
    total = await database.run(caller, plan_batch, PlanBatch())
    while total.more_after is not None:
        total = total.plus(await database.run(caller, plan_batch, PlanBatch(after=total.more_after)))
    return total


async def plan_item(database: Database, caller: Caller, _: Mapping[str, Any]) -> None:
    """The work item that asks for it."""
    await plan_day(database, caller)
