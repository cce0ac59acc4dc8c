"""Migrations keep their form, and the schema that results is the one that was reviewed."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from dunwell.storage.migrate import Migration, stream
from tests.architecture.catalogue import described
from tests.architecture.source import ROOT

SNAPSHOTS = ROOT / "migrations" / "snapshot"
STREAMS = {"control": "control", "tenant": "t_acme"}
# What happened stays as it was written: a correction is a new row that names the old one.
APPEND_ONLY = {
    "agency_reviews",
    "contact_notes",
    "contact_notices",
    "contact_refusals",
    "number_confirmations",
    "number_zones",
    "payment_offers",
    "register_changes",
    "rehearsal_differences",
    "training_withdrawals",
    "trainings",
    "suspense_moves",
    "standings",
    "happenings",
    "application_steps",
    "audit_checkpoints",
    "audit_events",
    "audit_leaves",
    "audit_nodes",
    "contact_verdicts",
    "facts",
    "message_attempts",
    "message_outcomes",
    "payments",
    "postings",
    "provider_events",
    "publications",
    "reactions_done",
}
FORBIDDEN = {
    "CREATE TYPE": "prepared statements of other tenants would break: use text and CHECK",
    "CREATE DOMAIN": "prepared statements of other tenants would break: use text and CHECK",
    "ALTER COLUMN \\S+ (?:SET DATA )?TYPE": "expand, move, contract: add a column instead",
    "CREATE EXTENSION": "a tenant's schema holds no extension objects",
    "DEFAULT uuidv7": "ids are made in Python; versions 15 to 17 have no such function",
}
MIGRATIONS = [(name, migration) for name in STREAMS for migration in stream(name)]


def _bare(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql)


@pytest.mark.parametrize(("kind", "migration"), MIGRATIONS, ids=lambda value: getattr(value, "name", value))
def test_a_migration_avoids_what_cannot_be_undone(kind: str, migration: Migration) -> None:
    for pattern, remedy in FORBIDDEN.items():
        assert not re.search(pattern, _bare(migration.sql), re.IGNORECASE), (
            f"{kind}/{migration.name}: {remedy}"
        )


@pytest.mark.parametrize(("kind", "migration"), MIGRATIONS, ids=lambda value: getattr(value, "name", value))
def test_a_migration_names_no_schema_and_every_constraint(kind: str, migration: Migration) -> None:
    bare = _bare(migration.sql)
    assert not re.search(r"\b(?:public|control|t_[a-z]+)\.[a-z_]+", bare), "the runner sets the search path"
    unnamed = re.findall(r"[(,]\s*(?:PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY)\b.*", bare)
    assert not unnamed, f"{kind}/{migration.name}: a violation is mapped by the constraint's name"


@pytest.fixture(scope="module")
async def catalogue(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


@pytest.mark.parametrize("kind", STREAMS)
async def test_the_schema_is_the_one_that_was_reviewed(catalogue: asyncpg.Connection, kind: str) -> None:
    found = await described(catalogue, STREAMS[kind])
    kept = SNAPSHOTS / f"{kind}.txt"
    if os.environ.get("DUNWELL_WRITE_SNAPSHOT"):
        kept.write_text(found, encoding="utf-8")
    assert found == kept.read_text(encoding="utf-8"), "run `make snapshot` and read the difference"


async def test_two_tenants_have_the_same_schema(catalogue: asyncpg.Connection) -> None:
    assert await described(catalogue, "t_acme") == await described(catalogue, "t_birch")


async def test_what_happened_cannot_be_rewritten(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT c.relname, has_table_privilege('t_acme', c.oid, 'UPDATE, DELETE, TRUNCATE') "
        "OR has_any_column_privilege('t_acme', c.oid, 'UPDATE') AS rewritable "
        "FROM pg_class c WHERE c.relnamespace = 't_acme'::regnamespace AND c.relkind = 'r'"
    )
    found = {row["relname"]: row["rewritable"] for row in rows}
    assert set(found) >= APPEND_ONLY
    assert not {name for name in APPEND_ONLY if found[name]}


async def test_a_role_reaches_its_own_schema_only(catalogue: asyncpg.Connection) -> None:
    reach = (
        "SELECT n.nspname FROM pg_namespace n WHERE has_schema_privilege($1::text, n.oid, 'USAGE') "
        "AND n.nspname !~ '^(pg_|information_schema)' ORDER BY 1"
    )
    for role, expected in {
        "t_acme": {"t_acme"},
        "t_birch": {"t_birch"},
        "dunwell_control": {"control"},
        "dunwell_app": {"control"},
    }.items():
        assert {row["nspname"] for row in await catalogue.fetch(reach, role)} == expected
    readable = await catalogue.fetch(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'control'::regnamespace AND c.relkind = 'r' "
        "AND has_table_privilege('dunwell_app', c.oid, 'SELECT')"
    )
    assert {row["relname"] for row in readable} == {"tenant_clocks"}


async def test_no_role_can_make_or_own_anything(catalogue: asyncpg.Connection) -> None:
    for role in ("t_acme", "t_birch", "dunwell_control", "dunwell_app"):
        row = await catalogue.fetchrow(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolcanlogin AS strong, "
            "(SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid) AS owned FROM pg_roles r WHERE rolname = $1",
            role,
        )
        assert row is not None
        assert not row["strong"]
        assert row["owned"] == 0


async def test_every_table_has_a_primary_key(catalogue: asyncpg.Connection) -> None:
    without = await catalogue.fetch(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace IN ('t_acme'::regnamespace, 'control'::regnamespace) "
        "AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_constraint t WHERE t.conrelid = c.oid AND t.contype = 'p')"
    )
    assert not [row["relname"] for row in without]


async def test_a_foreign_key_stays_in_its_schema_and_has_an_index(catalogue: asyncpg.Connection) -> None:
    keys = await catalogue.fetch(
        "SELECT t.conname, c.relname, f.relnamespace = c.relnamespace AS inside, "
        "EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND t.conkey[1] = i.indkey[0]) AS indexed, "
        "pg_get_constraintdef(t.oid) ~ 'CASCADE' AS cascades "
        "FROM pg_constraint t JOIN pg_class c ON c.oid = t.conrelid JOIN pg_class f ON f.oid = t.confrelid "
        "WHERE t.contype = 'f' AND t.connamespace IN ('t_acme'::regnamespace, 'control'::regnamespace)"
    )
    assert keys
    assert not [row["conname"] for row in keys if not row["inside"]]
    # An index is needed where the referenced row can go away or is looked up from; the others are append-only.
    assert not [row["conname"] for row in keys if row["cascades"] and not row["indexed"]]


def test_snapshots_hold_nothing_that_is_generated_elsewhere() -> None:
    kept = {path.name for path in Path(SNAPSHOTS).iterdir() if path.suffix != ".py" and path.is_file()}
    assert kept == {f"{kind}.txt" for kind in STREAMS}
