"""Give a tenant's audit events their places in the tree."""

from dunwell.kernel.caller import Caller
from dunwell.lanes.sealing import seal_log
from workers.job import Workshop, job


@job("audit.seal")
async def seal(workshop: Workshop, caller: Caller) -> None:
    """Until every event that can no longer be overtaken is sealed, or the turn is over."""
    if (await seal_log(workshop.database, caller)).more:
        await workshop.ring_again(caller, "audit")
