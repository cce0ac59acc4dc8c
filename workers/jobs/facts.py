"""Deliver a tenant's facts to the reactions of the areas above."""

from dunwell.kernel.caller import Caller
from dunwell.lanes.facts import drain_facts
from dunwell.lanes.registry import REACTIONS
from workers.job import Workshop, job


@job("facts.drain")
async def drain(workshop: Workshop, caller: Caller) -> None:
    """Until no fact is due, or the turn is over; then this tenant goes to the end of the queue."""
    if (await drain_facts(workshop.database, caller, REACTIONS)).more:
        await workshop.ring_again(caller, "facts")
