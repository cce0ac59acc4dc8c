"""The only way to a tenant's tables: one use case, one transaction, bound to one tenant."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import partial
from typing import Any, Final, LiteralString, TypeVar

import asyncpg
import structlog

from dunwell.kernel.calendar import business_date
from dunwell.kernel.caller import Caller, Tenant
from dunwell.kernel.errors import Broken, Forbidden
from dunwell.storage.control import ControlTx
from dunwell.storage.pool import CONTROL_ROLE, Connection, DatabaseUnavailable, Pool
from dunwell.storage.vault import Keyring, TenantKeys

log = structlog.get_logger()

C = TypeVar("C")
R = TypeVar("R")
UseCase = Callable[["TenantTx", C], Awaitable[R]]
ControlUseCase = Callable[[ControlTx, C], Awaitable[R]]
# Wakes the workers of a tenant's lane. Safe to lose: a sweep finds the work anyway.
Bell = Callable[[Tenant, str], Awaitable[None]]

ATTEMPTS: Final = 5
TIMEOUT: Final = "30s"
ACQUIRE_SECONDS: Final = 10

# PostgreSQL asks for the whole transaction again. A cached statement goes stale when a migration runs.
AGAIN: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
)
AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)

# One round trip binds tenant, role and timeout, and reads the clock: the database's own, moved by
# the test clock that only sandbox tenants have. Rights are checked before the role changes, as the login's.
BIND: Final = """
SELECT set_config('search_path', $1::text || ', pg_temp', true),
       set_config('role', $2, true),
       set_config('statement_timeout', $3, true),
       now() + coalesce((SELECT ahead FROM control.tenant_clocks WHERE schema_name = $1), interval '0') AS now
"""

BIND_CONTROL: Final = """
SELECT set_config('search_path', 'control, pg_temp', true),
       set_config('role', $1, true),
       set_config('statement_timeout', $2, true),
       now() AS now
"""


class TenantSuspended(Forbidden):
    """The tenant may read its data, and nothing is changed or sent."""

    code = "tenant.suspended"


class TenantTx:
    """One transaction bound to one tenant.

    `now` is the instant of the transaction (aware UTC, tenant time), `today` the tenant's business date.
    `memo` is for what a transaction reads once and cannot change under it, such as the version in force.
    """

    __slots__ = ("_after", "_connection", "_lanes", "caller", "keys", "memo", "now", "today")

    def __init__(self, connection: Connection, caller: Caller, now: datetime, keys: TenantKeys) -> None:
        self._connection = connection
        self._after: list[Callable[[], Awaitable[None]]] = []
        self._lanes: set[str] = set()
        self.caller: Final = caller
        self.keys: Final = keys
        self.now: Final = now
        self.memo: Final[dict[str, object]] = {}
        self.today: Final[date] = business_date(now, caller.tenant.zone)

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

    async def copy_in(
        self, table: LiteralString, columns: Sequence[str], records: Iterable[Sequence[object]]
    ) -> None:
        """COPY rows into one of the tenant's tables."""
        await self._connection.copy_records_to_table(
            table, schema_name=self.caller.tenant.schema, columns=list(columns), records=records
        )

    async def stream(self, sql: LiteralString, *arguments: object) -> AsyncIterator[asyncpg.Record]:
        """Rows of a large answer through a server-side cursor: memory stays bounded."""
        async for row in self._connection.cursor(sql, *arguments, prefetch=1000):
            yield row

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """What fails inside is undone and the transaction goes on; the binding is older and stays."""
        async with self._connection.transaction():
            yield

    def after_commit(self, hint: Callable[[], Awaitable[None]]) -> None:
        """Run once the transaction is durable. For hints only: it may never run."""
        self._after.append(hint)

    def ring(self, lane: str) -> None:
        """Wake the workers of a lane once the transaction is durable."""
        self._lanes.add(lane)

    def hints(self) -> tuple[list[Callable[[], Awaitable[None]]], set[str]]:
        """What to do after the commit; for the runner."""
        return self._after, self._lanes


class Database:
    """Runs use cases, each in one transaction bound to the caller's tenant."""

    def __init__(self, pools: dict[str, Pool], keyring: Keyring, bell: Bell | None = None) -> None:
        self._pools = pools
        self._keyring = keyring
        self.bell = bell

    @property
    def keyring(self) -> Keyring:
        return self._keyring

    async def run(self, caller: Caller, use_case: UseCase[C, R], command: C) -> R:
        """Run the use case, and run it again if PostgreSQL asks us to. Raises `DatabaseUnavailable`."""
        if caller.tenant.suspended:
            raise TenantSuspended("this tenant is suspended")
        return await self._run(caller, use_case, command, readonly=False)

    async def read(self, caller: Caller, use_case: UseCase[C, R], command: C) -> R:
        """The same, READ ONLY: a reader cannot write by accident."""
        return await self._run(caller, use_case, command, readonly=True)

    async def control(self, use_case: ControlUseCase[C, R], command: C, *, cell: str = "main") -> R:
        """Run a use case of the control plane, or of the part of it that each cell has (test clocks)."""
        try:
            async with (
                self._pool(cell).acquire(timeout=ACQUIRE_SECONDS) as connection,
                connection.transaction(),
            ):
                bound = await connection.fetchrow(BIND_CONTROL, CONTROL_ROLE, TIMEOUT)
                return await use_case(ControlTx(connection, _clock(bound)), command)
        except AWAY as error:
            raise DatabaseUnavailable(type(error).__name__) from error

    async def _run(self, caller: Caller, use_case: UseCase[C, R], command: C, *, readonly: bool) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._bound(caller, readonly=readonly) as tx:
                    result = await use_case(tx, command)
            except AGAIN:
                if attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(0.05 * attempt)
            except AWAY as error:
                raise DatabaseUnavailable(type(error).__name__) from error
            else:
                await self._tell(caller.tenant, tx)
                return result
        raise Broken("unreachable: the last attempt returns or raises")

    @asynccontextmanager
    async def _bound(self, caller: Caller, *, readonly: bool) -> AsyncGenerator[TenantTx]:
        tenant = caller.tenant
        keys = self._keyring.keys(tenant.id, tenant.wrapped_key)
        async with (
            self._pool(tenant.cell).acquire(timeout=ACQUIRE_SECONDS) as connection,
            connection.transaction(readonly=readonly),
        ):
            bound = await connection.fetchrow(BIND, tenant.schema, tenant.role, TIMEOUT)
            yield TenantTx(connection, caller, _clock(bound), keys)

    def _pool(self, cell: str) -> Pool:
        pool = self._pools.get(cell)
        if pool is None:
            raise DatabaseUnavailable(f"no address for cell {cell!r} in this process")
        return pool

    async def _tell(self, tenant: Tenant, tx: TenantTx) -> None:
        """Hints after the commit. None of them may turn a success into a failure."""
        hints, lanes = tx.hints()
        if self.bell is not None:
            hints = [*hints, *(partial(self.bell, tenant, lane) for lane in sorted(lanes))]
        for hint in hints:
            try:
                await hint()
            except Exception as error:  # noqa: BLE001 - the work is in PostgreSQL; a sweep finds it
                log.warning("hint.lost", tenant=tenant.slug, error=type(error).__name__)


def _clock(bound: asyncpg.Record | None) -> datetime:
    if bound is None:
        raise Broken("the database did not tell the time")
    return bound["now"]
