"""What is read across areas to tell how a tenant's work stands."""

from dataclasses import dataclass
from typing import Final

from dunwell.storage.control import ControlTx
from dunwell.storage.tenant import TenantTx

STANDING: Final = """
SELECT (SELECT count(*) FROM messages WHERE state = 'unknown') AS unknown,
       (SELECT count(*) FROM audit_events AS event
         WHERE (event.xid, event.id) > (SELECT coalesce(max(through_xid::text::numeric), 0)::text::xid8,
                                               coalesce(max(through_event), 0)
                                          FROM (SELECT through_xid, through_event
                                                  FROM audit_checkpoints
                                                 ORDER BY tree_size DESC
                                                 LIMIT 1) AS last)) AS unsealed
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """Messages whose outcome nobody knows, and audit events without a place in the tree yet."""

    unknown: int
    unsealed: int


async def standing(tx: TenantTx) -> Standing:
    row = await tx.row(STANDING)
    return Standing(0, 0) if row is None else Standing(row["unknown"], row["unsealed"])


MIGRATED: Final = """
SELECT name
  FROM schema_versions
 ORDER BY number
 LIMIT 1000
"""


async def migrated(tx: ControlTx) -> list[str]:
    """The migrations of the control plane that have run."""
    return [row["name"] for row in await tx.rows(MIGRATED)]


TENANT_MIGRATED: Final = """
SELECT name
  FROM schema_versions
 ORDER BY number
 LIMIT 1000
"""


async def tenant_migrated(tx: TenantTx) -> list[str]:
    """The migrations of the tenant's schema that have run."""
    return [row["name"] for row in await tx.rows(TENANT_MIGRATED)]
