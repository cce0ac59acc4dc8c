"""`dunwell tenant`, `dunwell migrate` and `dunwell clock`: what the operator does with tenants."""

import asyncio
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from dunwell.kernel.calendar import DAY, business_date, local_instant
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Fault, Invalid
from dunwell.settings import read
from dunwell.storage.migrate import Outcome, migrate_all
from dunwell.storage.tenant import TenantTx
from dunwell.storage.vault import Keyring
from dunwell.tenancy.model import TenantUnknown
from dunwell.tenancy.opening import caller_for, opened
from dunwell.tenancy.provisioning import (
    add_tenant,
    erase_tenant,
    export_tenant,
    pending,
    prepare_cells,
    publish_files,
    target,
)
from dunwell.tenancy.use_cases import (
    advance_clock,
    all_tenants,
    find_tenant,
    operator,
    publications,
    resume,
    suspend,
)
from dunwell.tenant_files import checked, proposal

console: Final = Console(highlight=False, soft_wrap=True)
SPAN: Final = re.compile(r"(\d{1,5})([dhm])")
UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}
FILES = click.option(
    "--files",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="文件夹 · folder of the tenant's files (default: tenants/<slug>).",
)


@click.group(help="租户 · tenants: add, check, publish, list, suspend, resume, export, erase.")
def tenant() -> None:
    """Group."""


@tenant.command(
    "check", help="检查租户文件 · validate a tenant's files; every fault with file, line and remedy."
)
@click.argument("slug")
@FILES
def check_command(slug: str, files: Path | None) -> None:
    proposed, faults = proposal(slug, files)
    for fault in faults:
        console.print(f"✗ {fault}", style="red", markup=False)
    if faults:
        sys.exit(1)
    console.print(f"[green]✓[/] {slug}: {len(proposed.files)} 个文件无误 · files are valid")


@tenant.command("add", help="新增租户 · schema, role, migrations, first publication; safe to repeat.")
@click.argument("slug")
@FILES
@click.option("--cell", default="main", show_default=True)
@click.option(
    "--sandbox/--no-sandbox", default=None, help="测试时钟 · allow a test clock (default: as the file says)."
)
def add_command(slug: str, files: Path | None, cell: str, sandbox: bool | None) -> None:  # noqa: FBT001 - click passes flags so
    found = checked(slug, files)

    async def work() -> None:
        settings = read()
        async with opened(settings) as database:
            added = await add_tenant(database, settings, slug, found, cell=cell, sandbox=sandbox)
        console.print(
            f"[green]✓[/] {added.tenant.slug} · {added.tenant.host} · "
            f"{len(added.applied)} 个迁移 migrations · 版本 version {added.version or '='}"
        )

    asyncio.run(work())


@tenant.command("publish", help="发布租户文件 · put the files in force as a numbered version.")
@click.argument("slug")
@FILES
def publish_command(slug: str, files: Path | None) -> None:
    found = checked(slug, files)

    async def work() -> None:
        async with opened() as database:
            version = await publish_files(database, await database.control(find_tenant, slug), found)
            if version is None:
                console.print("没有变化 · nothing differs from the version in force")
            else:
                console.print(f"[green]✓[/] 版本 version {version}")

    asyncio.run(work())


@tenant.command("list", help="租户列表 · every tenant with its state and newest version.")
def list_command() -> None:
    async def work() -> None:
        table = Table("slug", "名称 name", "host", "zone", "pack", "状态 state", "版本 version")
        async with opened() as database:
            for found in await database.control(all_tenants, False):  # noqa: FBT003 - the use case's command
                versions = await database.read(Caller(found, operator()), publications, 1)
                state = "suspended" if found.suspended else "sandbox" if found.sandbox else "active"
                version = str(versions[0].version) if versions else "–"
                table.add_row(found.slug, found.name, found.host, found.zone, found.pack, state, version)
        console.print(table)

    asyncio.run(work())


@tenant.command("suspend", help="暂停 · nothing is changed or sent any more; reading goes on.")
@click.argument("slug")
def suspend_command(slug: str) -> None:
    async def work() -> None:
        async with opened() as database:
            await database.control(suspend, slug)
        console.print(f"[green]✓[/] {slug} 已暂停 suspended")

    asyncio.run(work())


@tenant.command("resume", help="恢复 · work goes on where it stopped.")
@click.argument("slug")
def resume_command(slug: str) -> None:
    async def work() -> None:
        async with opened() as database:
            await database.control(resume, slug)
        console.print(f"[green]✓[/] {slug} 已恢复 resumed")

    asyncio.run(work())


@tenant.command("export", help="导出 · everything the tenant owns as one .tar.gz with SHA-256 sums.")
@click.argument("slug")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
def export_command(slug: str, out: Path) -> None:
    async def work() -> None:
        settings = read()
        async with opened(settings) as database:
            found = await database.control(find_tenant, slug)
        with _bar("导出 export", None) as (progress, task):
            counts = await export_tenant(settings, found, out, lambda _: progress.advance(task))
        console.print(f"[green]✓[/] {out}: {sum(counts.values())} 行 rows, {len(counts)} 张表 tables")

    asyncio.run(work())


@tenant.command("erase", help="抹除 · drop the tenant's schema, role and keys. There is no way back.")
@click.argument("slug")
@click.option("--yes", "confirmed", metavar="SLUG", required=True, help="再写一遍 · the slug once more.")
def erase_command(slug: str, confirmed: str) -> None:
    if slug != confirmed:
        raise click.BadParameter(f"{confirmed!r} is not {slug!r}", param_hint="--yes")

    async def work() -> None:
        settings = read()
        async with opened(settings) as database:
            try:
                await erase_tenant(database, settings, slug)
            except TenantUnknown:
                console.print(f"{slug}: 没有可抹除的 · nothing to erase")
                return
        console.print(f"[green]✓[/] {slug} 已抹除 erased")

    asyncio.run(work())


@click.command(help="数据库迁移 · bring the control plane and every tenant up to date.")
@click.option("--check", is_flag=True, help="只检查 · only say what is pending; exit 1 if anything is.")
def migrate(check: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Migrate or check; one failing tenant does not stop the others, and the exit code tells."""
    outcomes = asyncio.run(_check_all() if check else _migrate_all())
    for outcome in outcomes:
        if outcome.problem:
            console.print(f"[red]✗ {outcome.schema}[/]: {outcome.problem}")
        for name in outcome.pending:
            console.print(f"… {outcome.schema}: {name}")
    ran = sum(len(outcome.applied) for outcome in outcomes)
    waiting = sum(len(outcome.pending) for outcome in outcomes)
    broken = sum(outcome.problem is not None for outcome in outcomes)
    console.print(
        f"{len(outcomes)} schemas · {ran} 已执行 applied · {waiting} 待执行 pending · {broken} 失败 failed"
    )
    if broken or (check and waiting):
        sys.exit(1)


@click.group(help="测试时钟 · the test clock of sandbox tenants.")
def clock() -> None:
    """Group."""


@clock.command("advance", help="拨快 · move a sandbox tenant's clock forward, e.g. 30d, 12h, 90m.")
@click.argument("slug")
@click.argument("span")
@click.option(
    "--to",
    "hour",
    type=click.DateTime(["%H:%M"]),
    help="再拨到当地时间 · and on to this local time, e.g. 11:00, when the law lets messages out.",
)
def advance_command(slug: str, span: str, hour: datetime | None) -> None:
    async def work() -> None:
        async with opened() as database:
            caller = await caller_for(database, slug)
            tenant, by = caller.tenant, read_span(span)
            if hour is not None:
                now = await database.read(caller, _now, None)
                by = _until(now + by, hour.time(), tenant.zone) - now
            ahead = await database.control(advance_clock, (tenant, by), cell=tenant.cell)
            local = (await database.read(caller, _now, None)).astimezone(ZoneInfo(tenant.zone))
        console.print(f"[green]✓[/] {slug}: {local:%Y-%m-%d %H:%M} {tenant.zone} · {ahead} 超前 ahead")

    asyncio.run(work())


async def _now(tx: TenantTx, _: None) -> datetime:
    return tx.now


def _until(instant: datetime, at: time, zone: str) -> datetime:
    """The first instant, not before `instant`, at which the clock of the zone shows `at`."""
    day = business_date(instant, zone)
    found = local_instant(day, at, zone)
    return found if found >= instant else local_instant(day + DAY, at, zone)


def read_span(text: str) -> timedelta:
    """`30d`, `12h` or `90m`. Raises `Invalid`."""
    match = SPAN.fullmatch(text)
    if match is None or not int(match[1]):
        fault = Fault("span", f"{text[:20]!r} is no span of time", "write 30d, 12h or 90m")
        raise Invalid(str(fault), faults=[fault])
    return timedelta(**{UNITS[match[2]]: int(match[1])})


async def _migrate_all() -> list[Outcome]:
    settings = read()
    Keyring.from_text(settings.master_key)
    outcomes = await prepare_cells(settings)
    if any(outcome.problem for outcome in outcomes):
        return outcomes
    async with opened(settings) as database:
        tenants = await database.control(all_tenants, True)  # noqa: FBT003 - the use case's command
    with _bar("迁移 migrate", len(tenants)) as (progress, task):
        targets = [target(settings, found) for found in tenants]
        return outcomes + await migrate_all(targets, lambda _: progress.advance(task))


async def _check_all() -> list[Outcome]:
    settings = read()
    async with opened(settings) as database:
        tenants = await database.control(all_tenants, True)  # noqa: FBT003 - the use case's command
    return await pending(settings, tenants)


@contextmanager
def _bar(what: str, total: int | None) -> Generator[tuple[Progress, TaskID]]:
    """A progress bar on standard error that is gone when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress, progress.add_task(what, total=total)
