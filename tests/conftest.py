"""Servers, databases, two tenants and their callers.

PostgreSQL and Valkey are real: started once per test process from packages, or those that `DATABASE_URL`
and `REDIS_URL` name. Both tenants are migrated and published once, in a template database; each test
module has a copy of it, commits for real, and shares nothing with other modules.

    database            a `Database` over the module's copy
    acme, birch         callers of the two sandbox tenants (pack cn, Shanghai, CNY; pack us, New York, USD)
    advance             `await advance(acme, timedelta(days=30))` moves a tenant's clock
    settings, dsn       the process settings of the module's copy, and its address
    new_database        `await new_database()` → settings of one more copy, for a test that breaks things
    keyring             the keys of this run
    redis_url           an empty Redis, emptied again before each module
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
import redis

from dunwell.embedded.servers import Servers, running
from dunwell.embedded.settings import programs
from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from dunwell.storage.vault import Keyring, new_master_key
from dunwell.tenancy import files
from dunwell.tenancy.opening import caller_for, opened
from dunwell.tenancy.provisioning import add_tenant, prepare_cells
from dunwell.tenancy.use_cases import advance_clock

HERE = Path(__file__).parent
TENANTS = ("acme", "birch")
TESTER = Actor(ActorKind.STAFF, "tester", frozenset({"*"}))

Advance = Callable[[Caller, timedelta], Awaitable[timedelta]]
NewDatabase = Callable[[], Awaitable[Settings]]


def _stay_at_home(event: str, arguments: tuple[object, ...]) -> None:
    """No test talks to another machine: only Unix sockets and the loopback are reached."""
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            raise ConnectionRefusedError(f"a test tried to reach {address[0]}")
    if event == "socket.getaddrinfo" and arguments[0] and not _is_loopback(str(arguments[0])):
        raise socket.gaierror(f"a test asked for the address of {arguments[0]}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or host == socket.gethostname()


sys.addaudithook(_stay_at_home)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        yield Servers(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
        return
    with running(tmp_path_factory.mktemp("servers"), durable=False, programs=programs()) as started:
        yield started


@pytest.fixture(scope="session")
def master_key() -> str:
    return new_master_key()


@pytest.fixture(scope="session")
def keyring(master_key: str) -> Keyring:
    return Keyring.from_text(master_key)


@pytest.fixture(scope="session")
async def copies(servers: Servers, master_key: str) -> AsyncIterator[NewDatabase]:
    """Makes copies of the template database, and drops them all at the end."""
    made: list[str] = []
    async with _connected(servers.postgres_dsn) as maintenance:

        async def new(template: str | None = None) -> Settings:
            name = f"dunwell_test_{uuid4().hex[:12]}"
            source = f" TEMPLATE {template}" if template else ""
            await maintenance.execute(f"CREATE DATABASE {name}{source}")
            made.append(name)
            address = urlunsplit(urlsplit(servers.postgres_dsn)._replace(path=f"/{name}"))
            return Settings(cells={"main": address}, redis_url=servers.redis_url, master_key=master_key)

        async def copy() -> Settings:
            return await new(made[0])

        try:
            await _furnish(await new())
            yield copy
        finally:
            for name in made:
                await _drop(maintenance, name)


async def _drop(maintenance: asyncpg.Connection, name: str) -> None:
    for _ in range(50):
        try:
            await maintenance.execute(f"DROP DATABASE {name} WITH (FORCE)")
        except asyncpg.InsufficientPrivilegeError:
            # A vacuum of the server's own is at work there; it may not be ended by us, and ends soon.
            await asyncio.sleep(0.1)
        else:
            return


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def _furnish(settings: Settings) -> None:
    for outcome in await prepare_cells(settings):
        assert outcome.problem is None, outcome.problem
    async with opened(settings, name="template") as database:
        for slug in TENANTS:
            proposal = files.read(slug, HERE / "tenants" / slug)
            assert not proposal.faults, proposal.faults
            await add_tenant(database, settings, slug, proposal.files)


@pytest.fixture(scope="session")
def new_database(copies: NewDatabase) -> NewDatabase:
    return copies


@pytest.fixture(scope="module")
async def settings(copies: NewDatabase, redis_url: str) -> Settings:
    return replace(await copies(), redis_url=redis_url)


@pytest.fixture(scope="module")
def dsn(settings: Settings) -> str:
    return settings.database_url


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with opened(settings, name="test") as opened_database:
        yield opened_database


@pytest.fixture(scope="module")
async def acme(database: Database) -> Caller:
    return await caller_for(database, "acme", TESTER)


@pytest.fixture(scope="module")
async def birch(database: Database) -> Caller:
    return await caller_for(database, "birch", TESTER)


@pytest.fixture(scope="module")
def advance(database: Database) -> Advance:
    """Moves a tenant's clock forward; tells how far it is ahead of the database's now."""

    async def move(caller: Caller, by: timedelta) -> timedelta:
        tenant = caller.tenant
        return await database.control(advance_clock, (tenant, by), cell=tenant.cell)

    return move


@pytest.fixture(scope="module")
def redis_url(servers: Servers, worker_id: str) -> str:
    """An empty Redis. One that is not ours is emptied only of what tests of ours left there."""
    url = servers.redis_url if servers.redis else _own_redis(servers.redis_url, worker_id)
    with redis.Redis.from_url(url) as connection:
        if servers.redis is not None:
            assert connection.info("server")["process_id"] == servers.redis.pid, "this is not our Redis"
        else:
            foreign = [key for key in connection.scan_iter() if not key.startswith((b"dunwell", b"arq"))]
            assert not foreign, "REDIS_URL names a Redis that somebody uses; give the tests an empty one"
        connection.flushdb()
    return url


def _own_redis(url: str, worker: str) -> str:
    """Test processes that share a Redis take a numbered database each, from 1 on."""
    number = 1 + int(worker.removeprefix("gw")) if worker.startswith("gw") else 1
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return urlunsplit(parts._replace(query=f"db={number}"))
    return urlunsplit(parts._replace(path=f"/{number}"))
