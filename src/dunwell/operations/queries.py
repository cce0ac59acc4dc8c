"""What is read across areas to tell how a tenant's work stands, and which migrations have run."""

from typing import Final

from dunwell.storage.control import ControlTx
from dunwell.storage.tenant import TenantTx

UNKNOWN: Final = """
SELECT count(*)
  FROM messages
 WHERE state = 'unknown'
"""


async def unknown_messages(tx: TenantTx) -> int:
    """Messages whose outcome nobody knows."""
    return await tx.value(UNKNOWN)


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
