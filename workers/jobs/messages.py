"""Send a tenant's due messages."""

from dunwell.kernel.caller import Caller
from dunwell.lanes.messages import drain_messages
from workers.job import Workshop, job


@job("messages.drain")
async def drain(workshop: Workshop, caller: Caller) -> None:
    """Until no message is due, or the turn is over; then this tenant goes to the end of the queue."""
    if (await drain_messages(workshop.database, caller, workshop.providers)).more:
        await workshop.ring_again(caller, "messages")
