"""The migration runner: two streams of plain SQL files, a version table inside each schema.

One advisory lock per schema on a connection of its own; one transaction per file with short timeouts;
tenants side by side up to a bound; one that fails does not stop the others.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

import asyncpg

from dunwell.kernel.errors import Broken, Conflict
from dunwell.storage.pool import APP_ROLE, CONTROL_ROLE, OwnConnection, connect

NAME: Final = re.compile(r"(\d{4})_(pre|post)_([a-z]+)(?:_[a-z0-9_]+)?\.sql")
SCHEMA: Final = re.compile(r"control|t_[a-z][a-z0-9]{1,30}")
CONTROL: Final = "control"
LOCK: Final = 0x44554E57  # "DUNW", so that the lock numbers of other programs stay out of the way
LOCK_TIMEOUT: Final = "4s"
STATEMENT_TIMEOUT: Final = "60s"
TRIES: Final = 4
SIDE_BY_SIDE: Final = 4


class MigrationChanged(Conflict):
    """A file that has already run was edited."""

    code = "migrate.changed"


class MigrationFailed(Broken):
    """A file could not be applied; its transaction was undone."""

    code = "migrate.failed"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, name, text and checksum."""

    number: int
    name: str
    sql: str
    checksum: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one schema: the files applied, or why it stopped."""

    schema: str
    applied: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A tenant's schema and role, in the cell whose address the caller gives."""

    schema: str
    role: str
    dsn: str = field(repr=False)


@cache
def stream(name: str) -> tuple[Migration, ...]:
    """The files of `control` or `tenant`, in order. Raises `Broken` for a misnamed file."""
    found: list[Migration] = []
    for entry in sorted((files("migrations") / name).iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".sql"):
            continue
        match = NAME.fullmatch(entry.name)
        if match is None:
            raise Broken(f"migrations/{name}/{entry.name}: expected NNNN_pre_area_what.sql")
        sql = entry.read_text(encoding="utf-8")
        found.append(Migration(int(match[1]), entry.name, sql, hashlib.sha256(sql.encode()).hexdigest()))
    numbers = [migration.number for migration in found]
    if numbers != list(range(1, len(found) + 1)):
        raise Broken(f"migrations/{name}: numbers must run from 0001 without gaps")
    return tuple(found)


ROLE_EXISTS: Final = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"


async def ensure_role(connection: OwnConnection, role: str) -> None:
    """A role without rights that this login may become. Safe to repeat, and to race."""
    if not await connection.fetchval(ROLE_EXISTS, role):
        with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            await connection.execute(f"CREATE ROLE {_safe_role(role)} NOINHERIT NOLOGIN")
    # Since 16 a role's maker administers it without being allowed to become it.
    since_16 = connection.get_server_version().major >= 16
    how = "SET" if since_16 else "MEMBER"
    if not await connection.fetchval("SELECT pg_has_role(session_user, $1::text, $2::text)", role, how):
        options = " WITH INHERIT FALSE, SET TRUE" if since_16 else ""
        await connection.execute(f"GRANT {_safe_role(role)} TO SESSION_USER{options}")


async def migrate_control(dsn: str) -> Outcome:
    """Bring the control schema of one cell up to date. Raises nothing for a failed file: see `problem`."""
    connection = await connect(dsn, name="migrate")
    try:
        for role in (APP_ROLE, CONTROL_ROLE):
            await ensure_role(connection, role)
        database = await connection.fetchval("SELECT quote_ident(current_database())")
        await connection.execute(f"REVOKE TEMP ON DATABASE {database} FROM PUBLIC")
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        return await _apply(connection, CONTROL, CONTROL_ROLE, stream("control"))
    finally:
        await connection.close()


async def migrate_tenant(target: Target) -> Outcome:
    """Create a tenant's schema and role where missing, and bring it up to date."""
    connection = await connect(target.dsn, name="migrate")
    try:
        await ensure_role(connection, target.role)
        return await _apply(connection, target.schema, target.role, stream("tenant"))
    finally:
        await connection.close()


async def migrate_all(
    targets: Sequence[Target], done: Callable[[Outcome], None] | None = None, *, check: bool = False
) -> list[Outcome]:
    """Every tenant, `SIDE_BY_SIDE` at a time; the outcomes in the order of the targets."""
    room = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(target: Target) -> Outcome:
        async with room:
            try:
                outcome = await (pending_of(target) if check else migrate_tenant(target))
            except Exception as error:  # noqa: BLE001 - one tenant's trouble is reported, not spread
                outcome = Outcome(target.schema, problem=f"{type(error).__name__}: {error}")
            if done:
                done(outcome)
            return outcome

    return list(await asyncio.gather(*(one(target) for target in targets)))


async def pending_of(target: Target) -> Outcome:
    """What `migrate` would do, without doing it."""
    connection = await connect(target.dsn, name="migrate-check")
    try:
        name = "control" if target.schema == CONTROL else "tenant"
        applied = await _applied(connection, target.schema)
        _unchanged(target.schema, stream(name), applied)
        return Outcome(target.schema, pending=tuple(m.name for m in stream(name) if m.number not in applied))
    finally:
        await connection.close()


async def _apply(
    connection: OwnConnection, schema: str, role: str, migrations: Sequence[Migration]
) -> Outcome:
    applied_now: list[str] = []
    await connection.execute("SELECT pg_advisory_lock($1, hashtext($2))", LOCK, schema)
    try:
        await _prepare_schema(connection, schema, role)
        applied = await _applied(connection, schema)
        _unchanged(schema, migrations, applied)
        for migration in migrations:
            if migration.number not in applied:
                await _run_file(connection, schema, role, migration)
                applied_now.append(migration.name)
    except (asyncpg.PostgresError, Conflict, MigrationFailed) as error:
        return Outcome(schema, tuple(applied_now), problem=str(error))
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", LOCK, schema)
    return Outcome(schema, tuple(applied_now))


async def _prepare_schema(connection: OwnConnection, schema: str, role: str) -> None:
    safe = _safe_schema(schema)
    async with connection.transaction():
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {safe}")
        await connection.execute(f"GRANT USAGE ON SCHEMA {safe} TO {_safe_role(role)}")
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS {safe}.schema_versions (number integer PRIMARY KEY, "
            "name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        await connection.execute(f"GRANT SELECT ON {safe}.schema_versions TO {_safe_role(role)}")


async def _applied(connection: OwnConnection, schema: str) -> dict[int, tuple[str, str]]:
    table = f"{_safe_schema(schema)}.schema_versions"
    if await connection.fetchval("SELECT to_regclass($1) IS NULL", table):
        return {}
    rows = await connection.fetch(f"SELECT number, name, checksum FROM {table} ORDER BY number")  # noqa: S608 - checked name
    return {row["number"]: (row["name"], row["checksum"]) for row in rows}


def _unchanged(schema: str, migrations: Sequence[Migration], applied: dict[int, tuple[str, str]]) -> None:
    for migration in migrations:
        ran = applied.get(migration.number)
        if ran is not None and ran != (migration.name, migration.checksum):
            raise MigrationChanged(f"{schema}: {migration.name} differs from the {ran[0]} that ran")


async def _run_file(connection: OwnConnection, schema: str, role: str, migration: Migration) -> None:
    safe = _safe_schema(schema)
    for attempt in range(1, TRIES + 1):
        try:
            async with connection.transaction():
                await connection.execute(
                    f"SET LOCAL search_path = {safe}, pg_temp; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; "
                    f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"
                )
                await connection.execute(migration.sql.replace(":role", _safe_role(role)))
                await connection.execute(
                    f"INSERT INTO {safe}.schema_versions (number, name, checksum) VALUES ($1, $2, $3)",  # noqa: S608 - checked name
                    migration.number,
                    migration.name,
                    migration.checksum,
                )
        except asyncpg.LockNotAvailableError as error:
            if attempt == TRIES:
                raise MigrationFailed(f"{migration.name}: a lock was not free in {LOCK_TIMEOUT}") from error
            await asyncio.sleep(0.5 * attempt)
        except asyncpg.PostgresError as error:
            raise MigrationFailed(f"{migration.name}: {error}") from error
        else:
            return


def _safe_schema(schema: str) -> str:
    if not SCHEMA.fullmatch(schema):
        raise Broken(f"not a schema of ours: {schema!r}")
    return schema


def _safe_role(role: str) -> str:
    if role not in (APP_ROLE, CONTROL_ROLE) and not SCHEMA.fullmatch(role):
        raise Broken(f"not a role of ours: {role!r}")
    return role
