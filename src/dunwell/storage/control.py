"""The only way to the control plane; no relative of a tenant's transaction, so neither fits the other's queries."""

from datetime import datetime
from typing import Any, Final, LiteralString

import asyncpg

from dunwell.storage.pool import Connection


class ControlTx:
    """One transaction on the control plane; `now` is its instant (aware UTC, no test clock)."""

    __slots__ = ("_connection", "now")

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self.now: Final = now

    async def rows(self, sql: LiteralString, *arguments: object) -> list[asyncpg.Record]:
        return await self._connection.fetch(sql, *arguments)

    async def row(self, sql: LiteralString, *arguments: object) -> asyncpg.Record | None:
        return await self._connection.fetchrow(sql, *arguments)

    async def value(self, sql: LiteralString, *arguments: object) -> Any:  # noqa: ANN401 - one column of any type
        return await self._connection.fetchval(sql, *arguments)

    async def execute(self, sql: LiteralString, *arguments: object) -> int:
        """Run a statement; the number of rows it touched."""
        status = await self._connection.execute(sql, *arguments)
        return int(last) if (last := status.rpartition(" ")[2]).isdecimal() else 0
