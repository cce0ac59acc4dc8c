"""Which agency a code means."""

from typing import Final
from uuid import UUID

from dunwell.agents.model import AgencyUnknown
from dunwell.agents.queries import agencies as queries
from dunwell.kernel.errors import Fault
from dunwell.storage.tenant import TenantTx

REMEDY: Final = "register the agency first, or leave it out for the lender's own"


async def employer(tx: TenantTx, code: str | None) -> UUID | None:
    """The agency of that code; None for the lender itself. Raises `AgencyUnknown`."""
    if code is None:
        return None
    found = await queries.agency_of_code(tx, code)
    if found is None:
        raise AgencyUnknown("no agency has this code", faults=[Fault("agency", "not registered", REMEDY)])
    return found
