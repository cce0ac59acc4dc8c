"""What can be done about a tenant's lanes as a whole: look for due work, tidy up."""

from datetime import timedelta
from typing import Final

from dunwell.access import use_cases as access
from dunwell.audit import use_cases as audit
from dunwell.channels import use_cases as channels
from dunwell.lanes import queries
from dunwell.storage import work
from dunwell.storage.tenant import TenantTx
from dunwell.strategy.use_cases import order_plan

DONE_KEPT: Final = timedelta(days=7)
REAPED: Final = 500
REPORTED: Final = 500


async def look(tx: TenantTx, _: None) -> list[str]:
    """Free what dead workers held, order this hour's plan, and name the lanes with due work.

    The sandbox provider has nobody to send its delivery reports: they are made here.
    """
    await work.reap(tx)
    await channels.reap(tx, REAPED)
    await channels.make_reports(tx, REPORTED)
    await order_plan(tx, None)
    lanes = await queries.due_lanes(tx)
    return [*lanes, "audit"] if (await audit.backlog(tx, 1)).events else lanes


async def tidy(tx: TenantTx, _: None) -> int:
    """Forget items that were done long ago, and answers no client will ask for again, in bounded bites."""
    return await work.forget(tx, DONE_KEPT) + await access.forget_answers(tx)
