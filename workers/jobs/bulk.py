"""Load tapes and plan days: the items of the lane `bulk`."""

from dunwell.kernel.caller import Caller
from dunwell.lanes.items import drain_bulk
from dunwell.lanes.registry import HANDLERS
from workers.job import Workshop, job


@job("bulk.drain")
async def drain(workshop: Workshop, caller: Caller) -> None:
    """Until no item is due, or the turn is over; then this tenant goes to the end of the queue."""
    if (await drain_bulk(workshop.database, caller, HANDLERS)).more:
        await workshop.ring_again(caller, "bulk")
