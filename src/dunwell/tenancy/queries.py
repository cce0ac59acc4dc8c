"""The register of tenants and their publications."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from dunwell.kernel.caller import Tenant
from dunwell.storage.control import ControlTx
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.model import Files, NewTenant, Publication

TENANTS: Final = """
SELECT id, slug, name, cell, schema_name, role_name, host, zone, locale, pack, sandbox, state, wrapped_key
  FROM tenants
 WHERE state IN ('active', 'suspended') OR $1
 ORDER BY slug
 LIMIT 10000
"""


async def tenants(tx: ControlTx, *, unfinished: bool = False) -> list[Tenant]:
    return [_tenant(row) for row in await tx.rows(TENANTS, unfinished)]


TENANT: Final = """
SELECT id, slug, name, cell, schema_name, role_name, host, zone, locale, pack, sandbox, state, wrapped_key
  FROM tenants
 WHERE slug = $1 AND state <> 'erased'
"""


async def tenant(tx: ControlTx, slug: str) -> Tenant | None:
    row = await tx.row(TENANT, slug)
    return _tenant(row) if row else None


INSERT_TENANT: Final = """
INSERT INTO tenants (id, slug, name, cell, schema_name, role_name, host, zone, locale, pack, sandbox, wrapped_key)
VALUES ($1, $2, $3, $4, 't_' || $2, 't_' || $2, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (slug) WHERE state <> 'erased' DO NOTHING
"""


async def insert_tenant(tx: ControlTx, new: NewTenant) -> bool:
    return bool(
        await tx.execute(
            INSERT_TENANT,
            new.id,
            new.slug,
            new.name,
            new.cell,
            new.host,
            new.zone,
            new.locale,
            new.pack,
            new.sandbox,
            new.wrapped_key,
        )
    )


SET_STATE: Final = """
UPDATE tenants
   SET state = $2
 WHERE slug = $1 AND state = ANY ($3::text[])
"""


async def set_state(tx: ControlTx, slug: str, state: str, before: list[str]) -> bool:
    return bool(await tx.execute(SET_STATE, slug, state, before))


DESCRIBE: Final = """
UPDATE tenants
   SET name = $2, zone = $3, locale = $4, pack = $5
 WHERE slug = $1 AND state <> 'erased'
"""


async def describe(tx: ControlTx, slug: str, name: str, zone: str, locale: str, pack: str) -> None:
    await tx.execute(DESCRIBE, slug, name, zone, locale, pack)


SHRED: Final = """
UPDATE tenants
   SET state = 'erased', wrapped_key = ''
 WHERE slug = $1 AND state = 'erasing'
"""


async def shred(tx: ControlTx, slug: str) -> None:
    """Forget the key bundle: whatever copy of the data is left cannot be read."""
    await tx.execute(SHRED, slug)


GIVE_CLOCK: Final = """
INSERT INTO tenant_clocks (schema_name, sandbox, ahead)
VALUES ($1, true, $2)
    ON CONFLICT ON CONSTRAINT tenant_clocks_pkey DO NOTHING
"""


async def give_clock(tx: ControlTx, schema: str, ahead: timedelta) -> None:
    await tx.execute(GIVE_CLOCK, schema, ahead)


MOVE_CLOCK: Final = """
UPDATE tenant_clocks
   SET ahead = make_interval(secs => extract(epoch FROM ahead) + $2)
 WHERE schema_name = $1
RETURNING ahead
"""


async def move_clock(tx: ControlTx, schema: str, by: timedelta) -> timedelta | None:
    return await tx.value(MOVE_CLOCK, schema, by.total_seconds())


CLOCK: Final = """
SELECT ahead
  FROM tenant_clocks
 WHERE schema_name = $1
"""


async def clock(tx: ControlTx, schema: str) -> timedelta | None:
    return await tx.value(CLOCK, schema)


LOG: Final = """
INSERT INTO control_events (actor, action, subject, facts)
VALUES ($1, $2, $3, $4)
"""


async def log(tx: ControlTx, actor: str, action: str, subject: str, facts: dict[str, Any]) -> None:
    await tx.execute(LOG, actor, action, subject, facts)


IN_FORCE: Final = """
SELECT version, digest
  FROM publications
 WHERE effective_from <= $1
 ORDER BY effective_from DESC, version DESC
 LIMIT 1
"""


async def version_in_force(tx: TenantTx, at: datetime) -> tuple[int, bytes] | None:
    """The number of the version and the SHA-256 of its files."""
    row = await tx.row(IN_FORCE, at)
    return (row["version"], row["digest"]) if row else None


PUBLISHED_FILES: Final = """
SELECT files
  FROM publications
 WHERE version = $1
"""


async def published_files(tx: TenantTx, version: int) -> Files | None:
    return await tx.value(PUBLISHED_FILES, version)


LOCK_PUBLICATIONS: Final = "SELECT pg_advisory_xact_lock(hashtext($1), 1)"

LATEST: Final = """
SELECT version, digest
  FROM publications
 ORDER BY version DESC
 LIMIT 1
"""

PUBLISH: Final = """
INSERT INTO publications (version, published_at, effective_from, published_by, digest, files)
VALUES ($1, $2, $3, $4, $5, $6)
"""


async def publish(tx: TenantTx, files: Files, effective_from: datetime) -> int | None:
    """Keep files as the next version; `None` when they equal the latest."""
    await tx.execute(LOCK_PUBLICATIONS, tx.caller.tenant.schema)
    digest = hashlib.sha256(json.dumps(files, sort_keys=True, ensure_ascii=False).encode()).digest()
    latest = await tx.row(LATEST)
    if latest is not None and latest["digest"] == digest:
        return None
    version = latest["version"] + 1 if latest else 1
    await tx.execute(PUBLISH, version, tx.now, effective_from, str(tx.caller.actor), digest, files)
    return version


PUBLICATIONS: Final = """
SELECT version, published_at, effective_from, published_by
  FROM publications
 ORDER BY version DESC
 LIMIT $1
"""


async def publications(tx: TenantTx, most: int) -> list[Publication]:
    rows = await tx.rows(PUBLICATIONS, most)
    return [
        Publication(row["version"], row["published_at"], row["effective_from"], row["published_by"])
        for row in rows
    ]


BEGUN: Final = """
SELECT version, published_at, effective_from, published_by
  FROM publications
 WHERE effective_from <= $1
   AND published_at <= $1
 ORDER BY effective_from DESC, version DESC
 LIMIT 1000
"""


async def begun(tx: TenantTx, until: datetime) -> list[Publication]:
    """The versions that had begun by an instant, that in force first."""
    return [
        Publication(row["version"], row["published_at"], row["effective_from"], row["published_by"])
        for row in await tx.rows(BEGUN, until)
    ]


def _tenant(row: asyncpg.Record) -> Tenant:
    return Tenant(
        id=UUID(str(row["id"])),
        slug=row["slug"],
        name=row["name"],
        cell=row["cell"],
        schema=row["schema_name"],
        role=row["role_name"],
        zone=row["zone"],
        locale=row["locale"],
        pack=row["pack"],
        host=row["host"],
        wrapped_key=row["wrapped_key"],
        sandbox=row["sandbox"],
        suspended=row["state"] == "suspended",
    )
