"""`dunwell rehearse`: a change of a tenant's files lived through before it is published."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dunwell.kernel.calendar import DAY
from dunwell.kernel.caller import Caller
from dunwell.rehearsal.model import Mode, Rehearsal, Rehearse, State
from dunwell.rehearsal.use_cases import OPENED, carry_on, rehearse
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.model import Files
from dunwell.tenancy.opening import caller_for, opened
from dunwell.tenancy.use_cases import files_of, in_force
from dunwell.tenant_files import checked

SPAN: Final = 30
# What a table shows of each side: heading, kind of count, and the sum or the named lines.
HEADINGS: Final = {
    "fate": "步骤 steps",
    "reason": "原因 reasons",
    "channel": "渠道 channels",
    "messages": "消息 messages",
    "borrowers": "借款人 borrowers",
}


@click.command(
    help="演练 · live a change of cadence or policy through before it is published: over days that were, "
    "or days to come as if nobody paid."
)
@click.argument("slug")
@click.option(
    "--files",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="修改后的文件夹 · folder with the changed files.",
)
@click.option("--other", type=int, help="对比的已发布版本 · compare with this published version instead.")
@click.option("--history", is_flag=True, help="过去的日子 · days that were, instead of days to come.")
@click.option("--first", type=click.DateTime(["%Y-%m-%d"]), help="第一天 · first day.")
@click.option("--days", type=click.IntRange(1, 366), default=SPAN, show_default=True, help="天数 · days.")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · figures as JSON.")
def rehearse_command(
    slug: str,
    files: Path | None,
    other: int | None,
    first: datetime | None,
    days: int,
    *,
    history: bool,
    as_json: bool,
) -> None:
    """Both sides' figures, and how the steps change."""
    if (files is None) == (other is None):
        raise click.UsageError("--files or --other, one of them")
    proposed: Files = checked(slug, files) if files else {}
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    asked = _Asked(slug, proposed, other, Mode.HISTORY if history else Mode.FORECAST, first, days)
    found = asyncio.run(_run(asked, console))
    if as_json:
        shown = asdict(found) | {"proposed": sorted(found.proposed)}
        click.echo(json.dumps(shown, default=str, ensure_ascii=False, indent=2))
    else:
        _show(console, found)


class _Asked:
    """What the command line says; the days follow from the tenant's own today."""

    def __init__(
        self, slug: str, proposed: Files, other: int | None, mode: Mode, first: datetime | None, days: int
    ) -> None:
        self.slug = slug
        self.proposed = proposed
        self.other = other
        self.mode = mode
        self.first = first.date() if first else None
        self.days = days

    async def ask(self, tx: TenantTx, _: None) -> Rehearsal:
        """Ask for the rehearsal of these days. Of whole files only those are kept that differ from those in force."""
        usual = tx.today - self.days * DAY if self.mode is Mode.HISTORY else tx.today
        first = self.first or usual
        proposed: dict[str, Mapping[str, object]] = {}
        if self.proposed:
            kept = await files_of(tx, (await in_force(tx))[0])
            proposed = {
                name: table
                for name, table in self.proposed.items()
                if (name in OPENED or name.startswith("templates/")) and table != kept.get(name)
            }
        command = Rehearse(self.mode, first, first + (self.days - 1) * DAY, None, self.other, proposed)
        return await rehearse(tx, command)


async def _run(asked: _Asked, console: Console) -> Rehearsal:
    async with opened() as database:
        caller = await caller_for(database, asked.slug)
        found = await database.run(caller, asked.ask, None)
        columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("演练 rehearsing")
            while found.state is State.RUNNING:
                found = await _batch(database, caller, found.id)
                progress.update(task, description=f"演练 rehearsing · {found.borrowers:,} 借款人 borrowers")
        return found


async def _batch(database: Database, caller: Caller, rehearsal: UUID) -> Rehearsal:
    return await database.run(caller, carry_on, rehearsal)


def _show(console: Console, found: Rehearsal) -> None:
    table = Table("", "", f"版本 version {found.version}", f"{found.other or '修改后 proposed'}", "±")
    before, after = found.counts.get("a", {}), found.counts.get("b", {})
    for kind, heading in HEADINGS.items():
        was, now = before.get(kind, {}), after.get(kind, {})
        for name in sorted({*was, *now}):
            change = now.get(name, 0) - was.get(name, 0)
            table.add_row(heading, name, f"{was.get(name, 0):,}", f"{now.get(name, 0):,}", f"{change:+,}")
    console.print(f"{found.first} – {found.last} · {found.mode} · {found.borrowers:,} 借款人 borrowers")
    console.print(table)
    ways = found.counts.get("differences", {}).get("way", {})
    console.print(
        "变化 changed: " + (", ".join(f"{way} {count:,}" for way, count in sorted(ways.items())) or "无 none")
    )
