"""What can be done with tenants: register, publish, suspend, move a test clock, read what is in force."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel

from dunwell.audit.use_cases import record
from dunwell.kernel.caller import Actor, ActorKind, Tenant
from dunwell.storage.control import ControlTx
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy import queries
from dunwell.tenancy.model import (
    Files,
    InForce,
    NewTenant,
    NoTestClock,
    Publication,
    Publish,
    TenantNotPublished,
    TenantUnknown,
)
from dunwell.tenancy.settings import TenantFile

M = TypeVar("M", bound=BaseModel)

# Parsed files by (digest of all files, file, model): content never changes, so nothing here goes stale.
KEPT: Final = 2048
_parsed: OrderedDict[tuple[bytes, str, type[BaseModel]], BaseModel] = OrderedDict()


async def all_tenants(tx: ControlTx, unfinished: bool) -> list[Tenant]:  # noqa: FBT001 - the command of this use case
    """Tenants that work or are suspended; with `unfinished`, also those being added or erased."""
    return await queries.tenants(tx, unfinished=unfinished)


async def find_tenant(tx: ControlTx, slug: str) -> Tenant:
    """Raises `TenantUnknown`."""
    found = await queries.tenant(tx, slug)
    if found is None:
        raise TenantUnknown("no such tenant")
    return found


async def register(tx: ControlTx, new: NewTenant) -> Tenant:
    """Enter a tenant into the register, once; the row that is there if it was."""
    if await queries.insert_tenant(tx, new):
        await queries.log(tx, "operator", "tenant.registered", new.slug, {"id": str(new.id)})
    return await find_tenant(tx, new.slug)


async def activate(tx: ControlTx, tenant: Tenant) -> None:
    """The tenant's schema is ready; repeatable."""
    if await queries.set_state(tx, tenant.slug, "active", ["adding"]):
        await queries.log(tx, "operator", "tenant.activated", tenant.slug, {})


async def suspend(tx: ControlTx, slug: str) -> Tenant:
    """Nothing is changed or sent any more; reading goes on. Repeatable."""
    await find_tenant(tx, slug)
    if await queries.set_state(tx, slug, "suspended", ["active"]):
        await queries.log(tx, "operator", "tenant.suspended", slug, {})
    return await find_tenant(tx, slug)


async def resume(tx: ControlTx, slug: str) -> Tenant:
    """Work goes on where it stopped. Repeatable."""
    await find_tenant(tx, slug)
    if await queries.set_state(tx, slug, "active", ["suspended"]):
        await queries.log(tx, "operator", "tenant.resumed", slug, {})
    return await find_tenant(tx, slug)


async def describe(tx: ControlTx, described: tuple[str, TenantFile]) -> None:
    """Bring the register's copy of `tenant.toml` up to date."""
    slug, file = described
    await queries.describe(tx, slug, file.name, file.zone, file.locale, file.pack)


async def begin_erasing(tx: ControlTx, slug: str) -> Tenant:
    """From here there is no way back; repeatable until it is done."""
    await find_tenant(tx, slug)
    if await queries.set_state(tx, slug, "erasing", ["adding", "active", "suspended"]):
        await queries.log(tx, "operator", "tenant.erasing", slug, {})
    return await find_tenant(tx, slug)


async def finish_erasing(tx: ControlTx, slug: str) -> None:
    """The schema is gone: forget the keys too."""
    await queries.shred(tx, slug)
    await queries.log(tx, "operator", "tenant.erased", slug, {})


async def note(tx: ControlTx, action: str, subject: str, **facts: Any) -> None:  # noqa: ANN401 - JSON
    """Record what the operator did in the control plane, in the transaction that did it."""
    await queries.log(tx, "operator", action, subject, facts)


async def give_clock(tx: ControlTx, given: tuple[Tenant, datetime | None]) -> None:
    """A test clock for a sandbox tenant, at the instant it begins with, if one is named.

    That may lie in the past, to which no clock is ever moved afterwards. Runs in the tenant's cell; the clock
    that is there stays as it is.
    """
    tenant, begins = given
    if not tenant.sandbox:
        raise NoTestClock(f"{tenant.slug} is not a sandbox tenant")
    await queries.give_clock(tx, tenant.schema, begins - tx.now if begins else timedelta(0))


async def advance_clock(tx: ControlTx, move: tuple[Tenant, timedelta]) -> timedelta:
    """Move a sandbox tenant's clock forward; how far it is ahead now. Runs in the tenant's cell."""
    tenant, by = move
    if not tenant.sandbox:
        raise NoTestClock(f"{tenant.slug} is not a sandbox tenant: its clock is the database's")
    ahead = await queries.move_clock(tx, tenant.schema, by)
    if ahead is None:
        raise NoTestClock(f"{tenant.slug} has no test clock")
    await queries.log(tx, "operator", "clock.advanced", tenant.slug, {"seconds": by.total_seconds()})
    return ahead


async def publish(tx: TenantTx, command: Publish) -> int | None:
    """Put files in force as the next version; `None` if nothing differs from the latest.

    The caller has validated them (`tenant_files.faults`): what is here is in force.
    """
    effective_from = command.effective_from or tx.now
    version = await queries.publish(tx, command.files, effective_from)
    if version is not None:
        tx.memo.pop("in_force", None)
        await record(
            tx,
            "tenant.published",
            tx.caller.tenant.id,
            version=version,
            effective_from=effective_from.isoformat(),
            files=sorted(command.files),
        )
    return version


async def publications(tx: TenantTx, most: int) -> list[Publication]:
    """The newest versions first."""
    return await queries.publications(tx, most)


async def publications_during(tx: TenantTx, span: tuple[datetime, datetime]) -> list[Publication]:
    """The versions that were in force at some instant from the first through the last, in that order.

    As it was then: what was published later with an earlier date had not begun.
    """
    first, last = span
    begun = await queries.begun(tx, last)
    instants = sorted({first, *(since for each in begun if first < (since := _since(each)))})
    found: list[Publication] = []
    for instant in instants:
        # Those that have begun stand in the order in which one takes the place of the other.
        now = next((each for each in begun if _since(each) <= instant), None)
        if now is not None and now not in found[-1:]:
            found.append(now)
    return found


def _since(publication: Publication) -> datetime:
    """When a version began to be in force: at the instant it names, yet not before it was published."""
    return max(publication.effective_from, publication.published_at)


async def in_force(tx: TenantTx) -> tuple[int, bytes]:
    """The version in force at `tx.now` and the SHA-256 of its files; read once in a transaction.

    Raises `TenantNotPublished`.
    """
    known = tx.memo.get("in_force")
    if known is None:
        known = await queries.version_in_force(tx, tx.now)
        if known is None:
            raise TenantNotPublished(f"{tx.caller.tenant.slug}: nothing is published yet")
        tx.memo["in_force"] = known
    return cast("tuple[int, bytes]", known)


async def published(tx: TenantTx, name: str, model: type[M]) -> InForce[M]:
    """One file as in force at `tx.now`, parsed once per content. Raises `TenantNotPublished`."""
    version, digest = await in_force(tx)
    kept = _parsed.get((digest, name, model))
    if not isinstance(kept, model):
        kept = model.model_validate((await files_of(tx, version)).get(name, {}))
        _keep((digest, name, model), kept)
    return InForce(version, kept)


async def published_files(tx: TenantTx, folder: str) -> InForce["Folder"]:
    """All files of a folder (`templates`, `profiles`) as in force at `tx.now`, by their bare name."""
    version, digest = await in_force(tx)
    kept = _parsed.get((digest, folder + "/", Folder))
    if not isinstance(kept, Folder):
        files = await files_of(tx, version)
        inside = {k.partition("/")[2]: dict(v) for k, v in files.items() if k.startswith(folder + "/")}
        kept = Folder(files=inside)
        _keep((digest, folder + "/", Folder), kept)
    return InForce(version, kept)


def _keep(place: tuple[bytes, str, type[BaseModel]], parsed: BaseModel) -> None:
    _parsed[place] = parsed
    while len(_parsed) > KEPT:
        _parsed.popitem(last=False)


class Folder(BaseModel):
    """The parsed files of one folder, by name without `.toml`."""

    files: dict[str, dict[str, Any]]


async def files_of(tx: TenantTx, version: int) -> Files:
    """All files of one version. Raises `TenantNotPublished`."""
    files = await queries.published_files(tx, version)
    if files is None:
        raise TenantNotPublished(f"version {version} is not there")
    return files


def operator(name: str = "cli") -> Actor:
    """The operator at the command line: may do everything, and every act names it."""
    return Actor(ActorKind.OPERATOR, name, frozenset({"*"}))
