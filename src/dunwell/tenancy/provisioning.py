"""Adding, migrating, exporting and erasing a whole tenant: several transactions each, safe to repeat.

Each step leaves a state from which the same command goes on, so a kill in the middle costs a repetition.
"""

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg

from dunwell.kernel.caller import Caller, Tenant
from dunwell.kernel.errors import Broken, Fault
from dunwell.settings import Settings
from dunwell.storage.migrate import (
    LOCK,
    Outcome,
    Target,
    migrate_control,
    migrate_tenant,
    pending_of,
)
from dunwell.storage.pool import OwnConnection, connect
from dunwell.storage.tenant import Database
from dunwell.tenancy.files import SLUGS_ARE
from dunwell.tenancy.model import Files, NewTenant, Publish, WrongFiles
from dunwell.tenancy.settings import SLUG, TenantFile
from dunwell.tenancy.use_cases import (
    activate,
    begin_erasing,
    describe,
    find_tenant,
    finish_erasing,
    give_clock,
    operator,
    publish,
    register,
)

DROP_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Added:
    """A tenant that is ready, the migrations that ran for it, and the version that was published."""

    tenant: Tenant
    applied: tuple[str, ...]
    version: int | None


async def prepare_cells(settings: Settings) -> list[Outcome]:
    """The control schema in every cell; needs no more than the addresses."""
    outcomes: list[Outcome] = []
    for name, dsn in sorted(settings.cells.items()):
        outcomes.append(await migrate_control(dsn))
        connection = await connect(dsn, name="cells")
        try:
            await connection.execute(
                "INSERT INTO control.cells (name) VALUES ($1) ON CONFLICT DO NOTHING", name
            )
        finally:
            await connection.close()
    return outcomes


async def add_tenant(
    database: Database,
    settings: Settings,
    slug: str,
    files: Files,
    *,
    cell: str = "main",
    sandbox: bool | None = None,
    begins: datetime | None = None,
) -> Added:
    """Register, migrate, publish and activate. `files` have been checked; `sandbox` overrides the file.

    `begins` is the instant at which the clock of a new sandbox tenant starts, now unless told otherwise.
    """
    if not SLUG.fullmatch(slug):
        fault = Fault("slug", f"{slug[:40]!r} is not a slug", SLUGS_ARE)
        raise WrongFiles(str(fault), faults=[fault])
    file = TenantFile.model_validate(files.get("tenant", {}))
    tenant_id = uuid4()
    new = NewTenant(
        id=tenant_id,
        slug=slug,
        name=file.name,
        cell=cell,
        host=file.host or f"{slug}.{settings.base_host}",
        zone=file.zone,
        locale=file.locale,
        pack=file.pack,
        sandbox=file.sandbox if sandbox is None else sandbox,
        wrapped_key=database.keyring.new_bundle(tenant_id),
    )
    tenant = await database.control(register, new)
    outcome = await migrate_tenant(target(settings, tenant))
    if outcome.problem:
        raise Broken(f"{slug}: {outcome.problem}")
    if tenant.sandbox:
        await database.control(give_clock, (tenant, begins), cell=tenant.cell)
    await database.control(activate, tenant)
    version = await publish_files(database, tenant, files)
    return Added(await database.control(find_tenant, slug), outcome.applied, version)


async def publish_files(database: Database, tenant: Tenant, files: Files) -> int | None:
    """Publish checked files and bring the register up to date; `None` if nothing changed."""
    version = await database.run(Caller(tenant, operator()), publish, Publish(files))
    await database.control(describe, (tenant.slug, TenantFile.model_validate(files.get("tenant", {}))))
    return version


def target(settings: Settings, tenant: Tenant) -> Target:
    """Where a tenant's migrations run."""
    dsn = settings.cells.get(tenant.cell)
    if dsn is None:
        raise Broken(f"no address for cell {tenant.cell!r}: set DUNWELL_CELL_{tenant.cell.upper()}_URL")
    return Target(tenant.schema, tenant.role, dsn)


async def pending(settings: Settings, tenants: Sequence[Tenant]) -> list[Outcome]:
    """What `migrate` would run, for the control plane and every tenant."""
    outcomes = [
        await pending_of(Target("control", "dunwell_control", dsn)) for dsn in settings.cells.values()
    ]
    return outcomes + [await pending_of(target(settings, tenant)) for tenant in tenants]


TABLES: Final = """
SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) AS columns
  FROM information_schema.columns
 WHERE table_schema = $1
 GROUP BY table_name
 ORDER BY table_name
"""


async def export_tenant(
    settings: Settings, tenant: Tenant, out: Path, progress: Callable[[str], None] | None = None
) -> Mapping[str, int]:
    """Everything a tenant owns as one `.tar.gz`: a CSV per table, a manifest of SHA-256 sums; rows per table.

    One snapshot, read with the tenant's own role. Sealed columns stay sealed; the key bundle is inside,
    wrapped under the master key, so the file is readable only together with that key.
    """
    counts: dict[str, int] = {}
    manifest: list[str] = []
    partial = out.with_name(out.name + ".partial")
    async with _snapshot(settings, tenant) as connection:
        with tarfile.open(partial, "w:gz") as archive:
            for row in await connection.fetch(TABLES, tenant.schema):
                with tempfile.TemporaryFile() as spool:
                    name = f"tables/{row['table_name']}.csv"
                    counts[row["table_name"]] = await _copy_table(connection, tenant, row, spool)
                    manifest.append(f"{_add(archive, name, spool)}  {name}")
                if progress:
                    progress(row["table_name"])
            about = json.dumps(_about(tenant, counts), ensure_ascii=False, indent=2).encode()
            manifest.append(f"{_add(archive, 'tenant.json', io.BytesIO(about))}  tenant.json")
            _add(archive, "manifest-sha256.txt", io.BytesIO(("\n".join(manifest) + "\n").encode()))
    partial.replace(out)
    return counts


async def erase_tenant(database: Database, settings: Settings, slug: str) -> Tenant:
    """Drop a tenant's schema, role and keys. Repeatable: a kill in the middle is finished by the next call."""
    tenant = await database.control(begin_erasing, slug)
    connection = await connect(settings.cells[tenant.cell], name="erase")
    try:
        await connection.execute("SELECT pg_advisory_lock($1, hashtext($2))", LOCK, tenant.schema)
        rows = await connection.fetch(TABLES, tenant.schema)
        names = [f'{tenant.schema}."{row["table_name"]}"' for row in rows]
        # In bites, because every dropped table holds locks until its transaction ends.
        for start in range(0, len(names), DROP_AT_ONCE):
            await connection.execute(
                f"DROP TABLE IF EXISTS {', '.join(names[start : start + DROP_AT_ONCE])} CASCADE"
            )
        await connection.execute(f"DROP SCHEMA IF EXISTS {tenant.schema} CASCADE")
        await connection.execute("DELETE FROM control.tenant_clocks WHERE schema_name = $1", tenant.schema)
        # The same slug may live in another database of this server; then its role is shared and stays.
        with suppress(asyncpg.DependentObjectsStillExistError):
            await connection.execute(f"DROP ROLE IF EXISTS {tenant.role}")
    finally:
        await connection.close()
    await database.control(finish_erasing, slug)
    database.keyring.forget(tenant.id)
    return tenant


@asynccontextmanager
async def _snapshot(settings: Settings, tenant: Tenant) -> AsyncGenerator[OwnConnection]:
    connection = await connect(settings.cells[tenant.cell], name="export")
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(
                f"SET LOCAL ROLE {tenant.role}; SET LOCAL search_path = {tenant.schema}, pg_temp"
            )
            yield connection
    finally:
        await connection.close()


async def _copy_table(
    connection: OwnConnection,
    tenant: Tenant,
    row: asyncpg.Record,
    spool: Any,  # noqa: ANN401 - a binary file
) -> int:
    status = await connection.copy_from_table(
        row["table_name"],
        schema_name=tenant.schema,
        columns=list(row["columns"]),
        output=spool,
        format="csv",
        header=True,
    )
    return int(status.rpartition(" ")[2])


def _add(archive: tarfile.TarFile, name: str, content: Any) -> str:  # noqa: ANN401 - a binary file
    """Add a file to the archive; its SHA-256."""
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while block := content.read(1 << 20):
        digest.update(block)
        size += len(block)
    content.seek(0)
    info = tarfile.TarInfo(name)
    info.size = size
    archive.addfile(info, content)
    return digest.hexdigest()


def _about(tenant: Tenant, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "format": "dunwell-tenant/1",
        "id": str(tenant.id),
        "slug": tenant.slug,
        "name": tenant.name,
        "zone": tenant.zone,
        "pack": tenant.pack,
        "wrapped_key": tenant.wrapped_key.hex(),
        "rows": dict(counts),
    }
