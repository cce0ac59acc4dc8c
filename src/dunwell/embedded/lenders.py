"""The three lenders of the demo: registered, published, with a token each."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.access.model import OPERATOR_SCOPES, SCOPES, IssueToken
from dunwell.access.use_cases import issue_operator_token, issue_token, operator_in_force, token_in_force
from dunwell.embedded.errors import CannotStart
from dunwell.kernel.caller import Caller, Tenant
from dunwell.settings import Settings
from dunwell.storage.migrate import migrate_all
from dunwell.storage.tenant import Database
from dunwell.tenancy.model import Files
from dunwell.tenancy.opening import opened
from dunwell.tenancy.provisioning import add_tenant, prepare_cells, target
from dunwell.tenancy.settings import TenantFile
from dunwell.tenancy.use_cases import all_tenants, operator
from dunwell.tenant_files import checked

SLUGS: Final = ("harbor", "birch", "lotus")
TOKEN: Final = "demo"  # noqa: S105 - the name of a token
TOKEN_DAYS: Final = 30
OPERATOR: Final = "operator"
# The lender that gets the real tape.
REAL: Final = SLUGS[0]
OPENING: Final = time(9, 30)


@dataclass(frozen=True, slots=True)
class Lender:
    """A tenant of the demo, and a token that may do everything in it."""

    tenant: Tenant
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class House:
    """All lenders, and a token for the control plane."""

    lenders: tuple[Lender, ...]
    operator_token: str = field(repr=False)


async def settle(settings: Settings, kept: Path, real_today: date | None) -> House:
    """Migrate, add what is missing, and hand out tokens; those of an earlier demo are kept in `kept`.

    `real_today` is the day on which the lender with the real tape begins.
    """
    for outcome in await prepare_cells(settings):
        if outcome.problem:
            raise CannotStart(f"{outcome.schema}: {outcome.problem}")
    async with opened(settings, name="demo") as database:
        await _migrate(database, settings)
        earlier = _earlier(kept)
        lenders: list[Lender] = []
        for slug in SLUGS:
            files = checked(slug)
            begins = _opening(files, real_today) if slug == REAL and real_today else None
            added = await add_tenant(database, settings, slug, files, begins=begins)
            token = await _token(database, Caller(added.tenant, operator("demo")), earlier.get(slug, ""))
            lenders.append(Lender(added.tenant, token))
        house = House(tuple(lenders), await _operator_token(database, earlier.get(OPERATOR, "")))
    _keep(kept, house)
    return house


def _opening(files: Files, day: date) -> datetime:
    return datetime.combine(day, OPENING, ZoneInfo(TenantFile.model_validate(files["tenant"]).zone))


async def _migrate(database: Database, settings: Settings) -> None:
    """A database from an earlier version of the program may be behind."""
    tenants = await database.control(all_tenants, False)  # noqa: FBT003 - the use case's command
    for outcome in await migrate_all([target(settings, tenant) for tenant in tenants]):
        if outcome.problem:
            raise CannotStart(f"{outcome.schema}: {outcome.problem}")


async def _token(database: Database, caller: Caller, earlier: str) -> str:
    held = await database.read(caller, token_in_force, earlier) if earlier else None
    # One from an earlier version of the program may lack what can be done since.
    if held is not None and frozenset(SCOPES) <= frozenset(held.scopes):
        return earlier
    issued = await database.run(caller, issue_token, IssueToken(TOKEN, frozenset(SCOPES), TOKEN_DAYS))
    return issued.secret


async def _operator_token(database: Database, earlier: str) -> str:
    if earlier and await database.control(operator_in_force, earlier):
        return earlier
    wanted = IssueToken(TOKEN, frozenset(OPERATOR_SCOPES), TOKEN_DAYS)
    return (await database.control(issue_operator_token, wanted)).secret


def _earlier(kept: Path) -> Mapping[str, str]:
    try:
        return {str(name): str(token) for name, token in json.loads(kept.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _keep(kept: Path, house: House) -> None:
    tokens = {lender.tenant.slug: lender.token for lender in house.lenders}
    write_private(kept, json.dumps(tokens | {OPERATOR: house.operator_token}))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, all of it or nothing."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(
        os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text + "\n")
    beside.replace(path)
