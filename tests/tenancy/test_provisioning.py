"""A tenant from its first command to its last, each of them safe to repeat."""

import asyncio
import csv
import hashlib
import io
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from dunwell.kernel.caller import Caller
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.model import Files, Publish, TenantNotPublished, TenantUnknown, WrongFiles
from dunwell.tenancy.opening import Register, caller_for
from dunwell.tenancy.provisioning import add_tenant, erase_tenant, export_tenant, publish_files
from dunwell.tenancy.settings import BrandingFile, TenantFile
from dunwell.tenancy.use_cases import (
    advance_clock,
    find_tenant,
    operator,
    publications,
    publish,
    published,
    resume,
    suspend,
)
from dunwell.tenant_files import checked


@pytest.fixture
def files() -> Files:
    return checked("lotus")


async def test_adding_twice_at_once_makes_one_tenant(
    database: Database, settings: Settings, files: Files
) -> None:
    added = await asyncio.gather(*(add_tenant(database, settings, "twice", files) for _ in range(4)))
    assert len({each.tenant.id for each in added}) == 1
    assert sum(bool(each.applied) for each in added) == 1
    assert [each.version for each in added].count(1) == 1
    assert not added[0].tenant.suspended


async def test_a_slug_that_is_none_is_refused(database: Database, settings: Settings, files: Files) -> None:
    for slug in ("Acme", "a", "a-b", "x" * 40, "x; DROP"):
        with pytest.raises(WrongFiles):
            await add_tenant(database, settings, slug, files)


async def test_publishing_the_same_files_is_no_new_version(
    database: Database, settings: Settings, files: Files
) -> None:
    tenant = (await add_tenant(database, settings, "publisher", files)).tenant
    caller = await caller_for(database, "publisher")
    assert await publish_files(database, tenant, files) is None
    changed = {**files, "branding": {**files["branding"], "mark": "新"}}
    assert await publish_files(database, tenant, changed) == 2
    in_force = await database.read(caller, lambda tx, model: published(tx, "branding", model), BrandingFile)
    assert (in_force.version, in_force.value.mark) == (2, "新")
    versions = await database.read(caller, publications, 10)
    assert [each.version for each in versions] == [2, 1]


async def test_a_version_counts_from_its_day_on(database: Database, settings: Settings, files: Files) -> None:
    await add_tenant(database, settings, "dated", files)
    caller = await caller_for(database, "dated")
    later = {**files, "branding": {**files["branding"], "mark": "后"}}

    async def schedule(tx: TenantTx, _: None) -> int | None:
        return await publish(tx, Publish(later, tx.now + timedelta(days=3)))

    async def mark(tx: TenantTx, _: None) -> str:
        return (await published(tx, "branding", BrandingFile)).value.mark

    assert await database.run(caller, schedule, None) == 2
    assert await database.read(caller, mark, None) == files["branding"]["mark"]
    await database.control(advance_clock, (caller.tenant, timedelta(days=3, minutes=1)))
    assert await database.read(caller, mark, None) == "后"


async def test_before_the_first_version_nothing_is_in_force(database: Database, acme: Caller) -> None:
    async def empty(tx: TenantTx, _: None) -> None:
        tx.now -= timedelta(days=36500)  # type: ignore[misc]
        await published(tx, "tenant", TenantFile)

    with pytest.raises(TenantNotPublished):
        await database.read(acme, empty, None)


async def test_suspending_and_resuming_are_repeatable(
    database: Database, settings: Settings, files: Files
) -> None:
    await add_tenant(database, settings, "pausing", files)
    register = Register(database)
    for _ in range(2):
        assert (await database.control(suspend, "pausing")).suspended
    assert (await register.by_host("pausing.localhost")).suspended
    for _ in range(2):
        assert not (await database.control(resume, "pausing")).suspended
    register.forget()
    assert not (await register.by_slug("pausing")).suspended
    with pytest.raises(TenantUnknown):
        await register.by_host("nosuch.localhost")


async def test_an_export_holds_every_table_and_its_sums(
    database: Database, settings: Settings, files: Files, tmp_path: Path
) -> None:
    tenant = (await add_tenant(database, settings, "exporting", files)).tenant
    out = tmp_path / "export.tar.gz"
    counts = await export_tenant(settings, tenant, out)
    assert counts["publications"] == 1
    with tarfile.open(out) as archive:
        sums = archive.extractfile("manifest-sha256.txt")
        assert sums is not None
        for line in sums.read().decode().splitlines():
            digest, name = line.split("  ")
            member = archive.extractfile(name)
            assert member is not None
            content = member.read()
            assert hashlib.sha256(content).hexdigest() == digest
            if name.startswith("tables/"):
                rows = list(csv.reader(io.StringIO(content.decode())))
                assert len(rows) - 1 == counts[name[7:-4]]
    assert not list(tmp_path.glob("*.partial"))


async def test_erasing_leaves_no_schema_no_key_and_frees_the_slug(
    database: Database, settings: Settings, files: Files
) -> None:
    first = (await add_tenant(database, settings, "leaving", files)).tenant
    await erase_tenant(database, settings, "leaving")
    with pytest.raises(TenantUnknown):
        await database.control(find_tenant, "leaving")
    connection = await asyncpg.connect(settings.database_url)
    try:
        assert not await connection.fetchval("SELECT to_regnamespace('t_leaving') IS NOT NULL")
        kept = await connection.fetchrow(
            "SELECT state, wrapped_key FROM control.tenants WHERE id = $1", first.id
        )
    finally:
        await connection.close()
    assert tuple(kept) == ("erased", b"")
    second = (await add_tenant(database, settings, "leaving", files)).tenant
    assert second.id != first.id


async def test_a_sandbox_begins_when_it_is_told_and_is_not_set_back(
    database: Database, settings: Settings, files: Files
) -> None:
    async def now(tx: TenantTx, _: None) -> datetime:
        return tx.now

    begins = datetime(2016, 1, 4, 9, tzinfo=UTC)
    for _ in range(2):
        added = await add_tenant(database, settings, "past", files, begins=begins)
        told = await database.read(Caller(added.tenant, operator()), now, None)
        assert begins <= told < begins + timedelta(minutes=5)
