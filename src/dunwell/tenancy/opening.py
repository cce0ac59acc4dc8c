"""Opening the databases of this process: for the commands, the API and the workers alike."""

import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from dunwell.kernel.caller import Actor, Caller, Tenant
from dunwell.settings import Settings, read
from dunwell.storage.pool import open_pool
from dunwell.storage.tenant import Bell, Database
from dunwell.storage.vault import Keyring
from dunwell.tenancy.model import TenantUnknown
from dunwell.tenancy.use_cases import all_tenants, find_tenant, operator

FRESH_SECONDS: Final = 5.0


@asynccontextmanager
async def opened(
    settings: Settings | None = None, *, name: str = "cli", bell: Bell | None = None
) -> AsyncGenerator[Database]:
    """A `Database` over every cell; closed at the end. Raises `DatabaseUnavailable`, `NotMigrated`."""
    settings = settings or read()
    keyring = Keyring.from_text(settings.master_key)
    async with AsyncExitStack() as stack:
        pools = {
            cell: await stack.enter_async_context(await open_pool(dsn, name=name, size=settings.pool_size))
            for cell, dsn in settings.cells.items()
        }
        yield Database(pools, keyring, bell)


async def caller_for(database: Database, slug: str, actor: Actor | None = None) -> Caller:
    """A caller for a tenant by its slug; the operator unless told otherwise. Raises `TenantUnknown`."""
    return Caller(await database.control(find_tenant, slug), actor or operator())


@dataclass(slots=True)
class Register:
    """The register of tenants as this process knows it, at most some seconds old."""

    database: Database
    _read_at: float = float("-inf")
    _by_slug: dict[str, Tenant] | None = None
    _by_host: dict[str, Tenant] | None = None

    async def by_slug(self, slug: str) -> Tenant:
        """Raises `TenantUnknown`."""
        await self._refresh()
        return _found((self._by_slug or {}).get(slug))

    async def by_host(self, host: str) -> Tenant:
        """By bare host name, without a port. Raises `TenantUnknown`."""
        await self._refresh()
        return _found((self._by_host or {}).get(host.lower()))

    async def all(self) -> list[Tenant]:
        await self._refresh()
        return list((self._by_slug or {}).values())

    def forget(self) -> None:
        """Read again at the next question."""
        self._read_at = float("-inf")

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at < FRESH_SECONDS:
            return
        tenants = await self.database.control(all_tenants, False)  # noqa: FBT003 - the use case's command
        self._by_slug = {tenant.slug: tenant for tenant in tenants}
        self._by_host = {tenant.host: tenant for tenant in tenants}
        self._read_at = time.monotonic()


def _found(tenant: Tenant | None) -> Tenant:
    if tenant is None:
        raise TenantUnknown("no such tenant")
    return tenant
