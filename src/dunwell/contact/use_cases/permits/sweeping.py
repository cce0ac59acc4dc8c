"""Permits whose minutes are over: never shown, released; shown and not told about, owed."""

from typing import cast
from uuid import UUID

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.contact.model import Outcome
from dunwell.contact.model.permits import Permit, PermitState, Swept
from dunwell.contact.queries import permits
from dunwell.contact.use_cases.permits.touching import settle
from dunwell.storage.tenant import TenantTx


async def close_permits(tx: TenantTx, most: int) -> Swept:
    """Close at most so many permits whose time is over, oldest first; a constant number of statements.

    A contact that was never shown did not take place. One that was may have been made: it keeps counting, outcome
    unknown, and stays on the list of what is owed. Safe to run at any time and by several at once.
    """
    over = await permits.run_out(tx, most)
    if not over:
        return Swept()
    released = [permit for permit in over if permit.state is PermitState.RELEASED]
    await settle(tx, released, Outcome.NOT_MADE)
    await record_many(tx, [_act(permit) for permit in over])
    return Swept(len(released), len(over) - len(released))


def _act(permit: Permit) -> Act:
    facts = {"because": "time-over", "agent": str(permit.agent) if permit.agent else None}
    return Act(f"permit.{permit.state.value}", cast("UUID", permit.id), facts)
