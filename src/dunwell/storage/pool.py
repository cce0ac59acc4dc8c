"""Connections: one pool per cell, no session state, nothing the login itself may read.

Tenant and role are bound with SET LOCAL inside the transaction and nowhere else, so asyncpg's reset
query (45 % of the cost of a small query, and blind to SET ROLE) is switched off. Every connection
starts as `dunwell_app`, a role without rights: a statement outside a bound transaction fails.
"""

import json
from typing import TYPE_CHECKING, Final, TypeAlias

import asyncpg

from dunwell.kernel.errors import Unavailable

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

APP_ROLE: Final = "dunwell_app"
CONTROL_ROLE: Final = "dunwell_control"

# As text: asyncpg's own classes are generic only in its type stubs.
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
OwnConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer, or not in time."""

    code = "storage.unavailable"


class NotMigrated(Unavailable):
    """The database has not been prepared: `dunwell migrate` comes first."""

    code = "storage.not-migrated"


class StatelessConnection(asyncpg.Connection):  # pyright: ignore[reportMissingTypeArgument]
    """A connection that needs no reset, because nothing on it outlives its transaction."""

    def get_reset_query(self) -> str:
        return ""


async def prepare(connection: Connection) -> None:
    """JSON columns hold Python values; text that JSON cannot carry is refused by PostgreSQL."""
    await connection.set_type_codec(
        "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog", format="text"
    )


async def open_pool(dsn: str, *, name: str, size: int) -> Pool:
    """A pool on one cell. Raises `DatabaseUnavailable` or `NotMigrated`."""
    try:
        pool = await asyncpg.create_pool(
            dsn,
            connection_class=StatelessConnection,
            init=prepare,
            min_size=1,
            max_size=size,
            command_timeout=60,
            timeout=5,
            # A backend keeps some 50 kB for every table of every tenant it has touched.
            max_queries=20_000,
            max_inactive_connection_lifetime=120,
            statement_cache_size=300,
            server_settings={
                "application_name": f"dunwell-{name}",
                "role": APP_ROLE,
                "search_path": "pg_catalog",
                "timezone": "UTC",
                "idle_in_transaction_session_timeout": "60s",
                "lock_timeout": "10s",
                "statement_timeout": "60s",
                "jit": "off",
            },
        )
    except asyncpg.InvalidParameterValueError as error:
        raise NotMigrated("the database is empty: run `dunwell migrate`") from error
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseUnavailable(f"cannot connect: {type(error).__name__}") from error
    return pool


async def connect(dsn: str, *, name: str) -> OwnConnection:
    """One connection with the login's own rights, for migrations and provisioning only."""
    try:
        connection = await asyncpg.connect(
            dsn, timeout=10, server_settings={"application_name": f"dunwell-{name}", "timezone": "UTC"}
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseUnavailable(f"cannot connect: {type(error).__name__}") from error
    await prepare(connection)
    return connection
