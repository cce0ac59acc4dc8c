"""The touch behind a permit: it counts from the verdict on, and moves when somebody says what became of it."""

from collections.abc import Sequence

from dunwell.contact.model import Outcome, Touch
from dunwell.contact.model.permits import Permit
from dunwell.contact.queries import records
from dunwell.contact.rules.permits import gives_back
from dunwell.contact.use_cases.touches import record_contacts
from dunwell.storage.tenant import TenantTx


async def settle(
    tx: TenantTx, permits: Sequence[Permit], outcome: Outcome, *, promised: bool = False
) -> None:
    """Say what became of contacts that permits allowed; those that reached nobody give their places back."""
    if not permits:
        return
    await record_contacts(tx, [_touch(permit, outcome, promised=promised) for permit in permits])
    if gives_back(outcome):
        await records.release_slots(tx, [permit.id for permit in permits])


def _touch(permit: Permit, outcome: Outcome, *, promised: bool) -> Touch:
    return Touch(
        id=permit.id,
        borrower=permit.borrower,
        at=permit.issued_at,
        channel=permit.channel,
        outcome=outcome,
        loans=permit.loans,
        purpose=permit.purpose,
        number=permit.point,
        actor=permit.actor,
        verdict=permit.id,
        promised=promised,
    )
