"""The history of contacts: what became of those that were allowed, and those that came from outside."""

from collections.abc import Sequence

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.contact.model import Outcome, Touch
from dunwell.contact.queries import records
from dunwell.storage.tenant import TenantTx


async def record_contacts(tx: TenantTx, touches: Sequence[Touch]) -> None:
    """Keep what became of contacts, or contacts that began elsewhere.

    A touch that the gate allowed has the verdict's id; it is there already and only its outcome moves.
    `failed` gives back its slots: that contact did not take place. Repeating changes nothing.
    """
    if not touches:
        return
    last = {touch.id: touch for touch in touches}
    changed = await records.save_touches(tx, list(last.values()))
    failed = [touch.id for touch in last.values() if touch.outcome is Outcome.FAILED and touch.id in changed]
    if failed:
        await records.release_slots(tx, failed)
    await record_many(
        tx,
        [
            Act(
                "contact.recorded",
                touch.id,
                {
                    "borrower": str(touch.borrower),
                    "channel": touch.channel.value,
                    "outcome": touch.outcome.value,
                    "message": str(touch.message) if touch.message else None,
                },
            )
            for touch in last.values()
            if touch.id in changed
        ],
    )
