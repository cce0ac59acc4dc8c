"""`dunwell replay`."""

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dunwell.channels.dispatch import ProviderPool
from dunwell.embedded.lenders import write_private
from dunwell.embedded.servers import running
from dunwell.embedded.settings import external, inherited, programs
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Broken
from dunwell.replay import queries
from dunwell.replay.history import ZONE, History, read_history
from dunwell.replay.judgement import Figures, judge
from dunwell.replay.life import Life, Lived, settle
from dunwell.settings import Settings, read
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.vault import new_master_key
from dunwell.strategy.use_cases import in_force
from dunwell.tenancy.opening import opened
from dunwell.tenancy.provisioning import prepare_cells
from dunwell.tenant_files import checked

TAPE: Final = Path("../shared/data/superlender-ng/trainprevloans.csv")
DATA: Final = Path(".dunwell/replay")
SLUG: Final = "replay"
UNTIL: Final = "2017-12-31"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What this run did, how the whole stands, and how many messages have left since the tenant began."""

    lived: Lived
    figures: Figures
    sent_before: int
    sent_now: int


@click.command(
    help="历史重放 · live a real portfolio again, day by day, and hold the outcome against its file."
)
@click.argument("tape", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=TAPE)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    default=UNTIL,
    show_default=True,
    help="最后一天 · last day.",
)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), default=DATA, show_default=True,
              help="文件夹 · folder of the servers, unless DATABASE_URL and REDIS_URL are set.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 · figures as JSON.")
def replay(tape: Path, until: datetime, data: Path, *, as_json: bool) -> None:
    """Exit code 1 when a figure that must be zero is not."""
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    history = read_history(tape)
    with _settings(data) as settings:
        outcome = asyncio.run(_run(settings, tape, history, until.date(), console))
    if as_json:
        click.echo(json.dumps(_as_json(outcome), indent=2))
    else:
        _show(console, outcome)
    if not outcome.figures.holds:
        raise click.exceptions.Exit(1)


@contextmanager
def _settings(data: Path) -> Generator[Settings]:
    """The servers that the environment names, or our own in a folder, kept for the next run."""
    if external() is not None:
        yield read()
        return
    # Lost in a power cut, and replayed in minutes: speed counts for more here than durability.
    with running(data, durable=False, programs=programs()) as servers:
        key = data / "master.key"
        if not key.exists():
            write_private(key, new_master_key())
        own = {
            "DATABASE_URL": servers.postgres_dsn,
            "REDIS_URL": servers.redis_url,
            "DUNWELL_MASTER_KEY": key.read_text(encoding="utf-8").strip(),
        }
        yield read({**inherited(), **own})


async def _run(settings: Settings, tape: Path, history: History, until: date, console: Console) -> Outcome:
    for prepared in await prepare_cells(settings):
        if prepared.problem:
            raise Broken(f"{prepared.schema}: {prepared.problem}")
    async with opened(settings, name="replay") as database:
        caller = await settle(database, settings, SLUG, checked(SLUG), history.first_due_on)
        providers = ProviderPool(database)
        before = await database.read(caller, _sent, None)
        life = Life(database, caller, providers, history)
        with _progress(console, (until - history.first_due_on).days + 1) as (bar, task):
            bar.update(task, description="贷款 loans")
            await life.load(settings, tape)
            await life.live(until, lambda day: bar.update(task, description=day.isoformat(), advance=1))
        await providers.aclose()
        through = datetime.combine(until, time(23, 59), ZoneInfo(ZONE))
        figures = await _figures(database, caller, history, through)
        sent = await database.read(caller, _sent, None)
        return Outcome(life.lived, figures, before, sent - before)


async def _figures(database: Database, caller: Caller, history: History, through: datetime) -> Figures:
    async def judged(tx: TenantTx, _: None) -> Figures:
        [cadence] = (await in_force(tx)).cadences
        return judge(
            history,
            cadence,
            await queries.planned(tx),
            await queries.days_late(tx),
            await queries.sent_after_payment(tx),
            through,
        )

    return await database.read(caller, judged, None)


async def _sent(tx: TenantTx, _: None) -> int:
    return await queries.sent(tx)


@contextmanager
def _progress(console: Console, days: int) -> Generator[tuple[Progress, Any]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield bar, bar.add_task("…", total=days)


def _as_json(outcome: Outcome) -> dict[str, Any]:
    lived = outcome.lived
    return {
        "this_run": {
            "loans_inserted": lived.loaded.inserted,
            "loans_unchanged": lived.loaded.unchanged,
            "rows_bad": lived.loaded.bad,
            "days": lived.days,
            "steps_planned": lived.planned.steps,
            "messages_planned": lived.planned.messages,
            "messages_sent": outcome.sent_now,
            "outcomes": dict(lived.sent.counts),
        },
        "messages_sent_before": outcome.sent_before,
        "figures": asdict(outcome.figures),
        "holds": outcome.figures.holds,
    }


def _show(console: Console, outcome: Outcome) -> None:
    lived, figures = outcome.lived, outcome.figures
    console.print(
        f"loaded {lived.loaded.inserted} loans ({lived.loaded.unchanged} unchanged, {lived.loaded.bad} rows refused), "
        f"lived {lived.days} days, planned {lived.planned.steps} steps in {lived.planned.messages} messages, "
        f"sent {outcome.sent_now} (before this run: {outcome.sent_before})"
    )
    table = Table("step", "late", "reminded once", "not, with a reason", "lost", "twice", "needless")
    for each in figures.steps:
        why = "\n".join(f"{count} {reason}" for reason, count in each.explained.items())
        table.add_row(
            each.step,
            *map(str, (each.late, each.reminded)),
            why,
            *map(str, (each.lost, each.twice, each.needless)),
        )
    console.print(table)
    console.print(f"messages after the payment was booked: {figures.after_payment}")
    share = 100 * figures.days_equal / figures.loans if figures.loans else 0
    console.print(f"days late as in the file: {figures.days_equal} of {figures.loans} loans ({share:.2f} %)")
    console.print("[green]holds[/]" if figures.holds else "[bold red]does not hold[/]")
