"""Sending a tenant's due messages, batch by batch."""

from collections import Counter
from typing import Final

from dunwell.channels.providers.port import Providers
from dunwell.channels.sending import send_batch
from dunwell.kernel.caller import Caller
from dunwell.lanes.model import TURN_SECONDS, Drained
from dunwell.lanes.turns import Turn
from dunwell.storage.tenant import Database

BITE: Final = 200


async def drain_messages(
    database: Database, caller: Caller, providers: Providers, seconds: float | None = TURN_SECONDS
) -> Drained:
    """Send until nothing is due or the turn is over; what became of the messages is counted by state."""
    turn, total = Turn(seconds), Drained()
    while True:
        sent = await send_batch(database, caller, providers, BITE)
        if sent.idle:
            return total
        answered = {
            "accepted": sent.accepted,
            "rejected": sent.rejected,
            "retried": sent.retried,
            "unknown": sent.unknown,
            "not_sent": sent.not_sent,
            "paid": sent.paid,
        }
        counts = Counter(answered) + Counter({str(state): count for state, count in sent.moved.items()})
        total = total.plus(Drained(done=sent.claimed, counts=counts))
        if turn.over:
            return total.plus(Drained(more=True))
