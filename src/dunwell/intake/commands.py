"""`dunwell tape`: load a file, see what came of it."""

import asyncio
import sys
import tomllib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dunwell.intake import use_cases
from dunwell.intake.loading import load_tape, pieces_of, problems_of
from dunwell.intake.model import MIB, ReadReport, Tape, TapeState
from dunwell.intake.profile_files import builtin, builtin_names, read
from dunwell.intake.receiving import Incoming, receive
from dunwell.intake.reconcile_report import as_json, show
from dunwell.intake.reconciling import KEPT, Reconciler
from dunwell.intake.reports import as_csv, as_ndjson, csv_header
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import TapeId
from dunwell.settings import read as read_settings
from dunwell.storage.tenant import Database
from dunwell.tenancy.opening import caller_for, opened

console: Final = Console(highlight=False, soft_wrap=True)
SHOWN: Final = 20
# 0 every row is in · 1 the tape failed · 4 good rows are in, bad ones are in the report
SOME_BAD: Final = 4
DAY = click.DateTime(["%Y-%m-%d"])


@click.group(help="贷款文件 · loan tapes: load a file, see its report, list the profiles.")
def tape() -> None:
    """Group."""


@tape.command("profiles", help="映射方案 · the mapping profiles that ship with Dunwell.")
def profiles_command() -> None:
    table = Table("name", "title", "format")
    for name in builtin_names():
        profile = builtin(name)
        table.add_row(profile.name, profile.title, profile.file.format)
    console.print(table)


@tape.command("check", help="检查方案文件 · check a profile file; every fault with line and remedy.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_command(file: Path) -> None:
    profile = read(file.read_text(encoding="utf-8"), file.name)
    console.print(f"[green]✓[/] {profile.name}: {profile.title}")


@tape.command(
    "load",
    help="导入 · load a loan tape. Exit: 0 all rows in, 1 failed, 4 some rows bad (the good ones are in).",
)
@click.argument("tenant")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--profile", required=True, help="方案 · a profile's name, or a .toml file.")
@click.option("--dry-run", is_flag=True, help="试运行 · validate and compare; change nothing but the report.")
@click.option("--as-of", type=DAY, help="截至 · payments and reports after this day have not happened yet.")
def load_command(tenant: str, file: Path, profile: str, dry_run: bool, as_of: datetime | None) -> None:  # noqa: FBT001 - click passes flags so
    name, table = _profile(profile)

    async def work() -> Tape:
        settings = read_settings()
        day = as_of.date() if as_of is not None else None
        incoming = Incoming(file.name, name, settings.tape_limit, dry_run=dry_run, as_of=day, table=table)
        async with opened(settings) as database:
            caller = await caller_for(database, tenant)
            return await _load(database, caller, incoming, file)

    _leave(asyncio.run(work()))


@tape.command("resume", help="继续 · go on with a tape that was received and is not loaded yet.")
@click.argument("tenant")
@click.argument("tape_id", type=click.UUID, metavar="ID")
def resume_command(tenant: str, tape_id: UUID) -> None:
    async def work() -> Tape:
        async with opened() as database:
            caller = await caller_for(database, tenant)
            done = await load_tape(database, caller, TapeId(tape_id))
            await _show(database, caller, done)
            return done

    _leave(asyncio.run(work()))


@tape.command("report", help="报告 · what was wrong with the rows of a tape; NDJSON or CSV with --format.")
@click.argument("tenant")
@click.argument("tape_id", type=click.UUID, metavar="ID")
@click.option("--format", "form", type=click.Choice(["table", "csv", "ndjson"]), default="table")
def report_command(tenant: str, tape_id: UUID, form: str) -> None:
    async def work() -> None:
        async with opened() as database:
            caller = await caller_for(database, tenant)
            found = await database.read(caller, use_cases.tape, TapeId(tape_id))
            if form == "table":
                await _show(database, caller, found)
                return
            if form == "csv":
                sys.stdout.write(csv_header())
            written = as_csv if form == "csv" else as_ndjson
            async for problem in problems_of(database, caller, found.id):
                sys.stdout.write(written(problem))

    asyncio.run(work())


@tape.command(
    "reconcile",
    help="核对 · compute a tape's own figures again, by [reconcile] of its profile. Exit 1 when too few agree.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--profile", required=True, help="方案 · a profile's name, or a .toml file.")
@click.option("--json", "as_document", is_flag=True, help="JSON instead of tables.")
@click.option(
    "--rows", type=click.IntRange(0, KEPT), default=SHOWN, help="不一致 · differing rows to show of a check."
)
def reconcile_command(file: Path, profile: str, as_document: bool, rows: int) -> None:  # noqa: FBT001 - click passes flags so
    path = Path(profile)
    its = read(path.read_text(encoding="utf-8"), path.name) if path.suffix == ".toml" else builtin(profile)
    reconciler = Reconciler(its)
    words = (
        TextColumn("核对 reconciling"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TimeElapsedColumn(),
    )
    with Progress(*words, console=Console(stderr=True)) as bar, file.open("rb") as opened_file:
        task = bar.add_task("", total=max(file.stat().st_size, 1))
        for piece in pieces_of(opened_file):
            reconciler.feed(piece)
            bar.advance(task, len(piece))
        found = reconciler.close()
    if as_document:
        click.echo(as_json(found))
    else:
        show(found, console, rows)
    sys.exit(0 if found.sound else 1)


async def _load(database: Database, caller: Caller, incoming: Incoming, file: Path) -> Tape:
    words = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TimeElapsedColumn(),
    )
    counts = TextColumn("[green]{task.fields[good]}[/] ✓ [red]{task.fields[bad]}[/] ✗")
    size = max((await asyncio.to_thread(file.stat)).st_size, 1)
    with Progress(*words, counts, console=console) as bar, file.open("rb") as opened_file:
        receiving = bar.add_task("接收 receiving", total=size, good="", bad="")

        async def pieces() -> AsyncIterator[bytes]:
            for piece in pieces_of(opened_file):
                yield piece
                bar.advance(receiving, len(piece))

        received = await receive(database, caller, incoming, pieces(), load=False)
        loading = bar.add_task("导入 loading", total=received.size, good=0, bad=0)

        def show(now: Tape, read_pieces: int) -> None:
            done = min(read_pieces * MIB, now.size)
            bar.update(loading, completed=done, good=now.counts.good, bad=now.counts.bad)

        done = await load_tape(database, caller, received.id, show)
        bar.update(loading, completed=done.size)
    await _show(database, caller, done)
    return done


async def _show(database: Database, caller: Caller, found: Tape) -> None:
    counts = found.counts
    console.print(
        f"{found.id} · [bold]{found.state}[/] · {counts.rows} 行 rows: {counts.good} 好 good, {counts.bad} 坏 bad, "
        f"{counts.skipped} 略过 skipped · 贷款 loans: {counts.inserted} 新 new, {counts.updated} 改 updated, "
        f"{counts.unchanged} 同 unchanged · 还款 payments: {counts.payments} 入账 booked, {counts.reversed} 冲回 undone"
    )
    if found.problem:
        console.print(f"✗ {found.problem}", style="red", markup=False)
    page = await database.read(caller, use_cases.report, ReadReport(found.id, None, SHOWN))
    if page.rows:
        table = Table("行 line", "列 column", "值 value", "问题 problem", "办法 remedy")
        for problem in page.rows:
            table.add_row(str(problem.line), problem.column, problem.value, problem.problem, problem.remedy)
        console.print(table)
    if page.next is not None:
        console.print(f"… dunwell tape report {caller.tenant.slug} {found.id} --format csv")


def _leave(done: Tape) -> NoReturn:
    if done.state is TapeState.FAILED:
        sys.exit(1)
    sys.exit(SOME_BAD if done.counts.bad else 0)


def _profile(given: str) -> tuple[str, dict[str, Any] | None]:
    """A name to look up, or a file's own table, checked."""
    path = Path(given)
    if path.suffix != ".toml":
        return given, None
    text = path.read_text(encoding="utf-8")
    return read(text, path.name).name, tomllib.loads(text)
