"""`dunwell statement load`, `queue`, `assign`: files into a tenant's database, and what they leave for people."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.use_cases import find_loans
from dunwell.settings import read as read_settings
from dunwell.statements import use_cases
from dunwell.statements.kept import (
    AssignEntry,
    AssignmentInvalid,
    BrowseQueue,
    Disposition,
    EntryId,
    KeptEntry,
    KeptFile,
    Tally,
)
from dunwell.statements.loading import Incoming, load_file, receive
from dunwell.statements.model import MOST_BYTES
from dunwell.statements.profile_files import builtin_names, read
from dunwell.statements.settings import Profile
from dunwell.storage.tenant import Database
from dunwell.tenancy.opening import caller_for, opened

console: Final = Console(highlight=False, soft_wrap=True)
PIECE: Final = 1024 * 1024
# 0 everything found its place · 4 the file is in, and people have to look at some of it
FOR_PEOPLE: Final = 4
WAITING: Final = frozenset({Disposition.SUSPENSE, Disposition.UNMATCHED})


@click.command(
    "load",
    help="入账 · load a statement: match, post, hold the rest. Exit: 0 done, 1 refused, 4 some of it waits for people.",
)
@click.argument("tenant")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--profile", help="方案 · a profile's name, or a .toml file; without it the content tells.")
@click.option("--account", default="", help="账户 · whose statement it is, where the file does not say.")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="密码文件 · a file whose first line is the password of an encrypted archive.",
)
def load_command(
    tenant: str, file: Path, profile: str | None, account: str, password_file: Path | None
) -> None:
    # A worker is asked for too: should this process end before the file is loaded, it goes on.
    incoming = Incoming(file.name, MOST_BYTES, _profile(profile), _password(password_file), account)

    async def work() -> bool:
        settings = read_settings()
        async with opened(settings) as database:
            return await _load(database, await caller_for(database, tenant), incoming, file)

    sys.exit(FOR_PEOPLE if asyncio.run(work()) else 0)


@click.command("queue", help="待处理 · entries that a person has to look at, with suggestions.")
@click.argument("tenant")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
def queue_command(tenant: str, limit: int) -> None:
    async def work() -> None:
        async with opened() as database:
            caller = await caller_for(database, tenant)
            page = await database.read(caller, use_cases.queue, BrowseQueue(None, limit))
            _show_queue(page.rows)
            if page.next is not None:
                console.print("… 还有更多 · there are more")

    asyncio.run(work())


@click.command(
    "assign",
    help="指定 · give the money of an entry to loans: REFERENCE, or REFERENCE=AMOUNT for each of several.",
)
@click.argument("tenant")
@click.argument("entry", type=click.UUID)
@click.argument("parts", nargs=-1, required=True, metavar="REFERENCE[=AMOUNT]…")
@click.option("--note", default="", help="说明 · why; kept with the entry.")
def assign_command(tenant: str, entry: UUID, parts: tuple[str, ...], note: str) -> None:
    async def work() -> None:
        async with opened() as database:
            caller = await caller_for(database, tenant)
            found = await database.read(caller, use_cases.entry, EntryId(entry))
            named = [part.rpartition("=") if "=" in part else (part, "", "") for part in parts]
            loans = await database.read(caller, find_loans, [reference for reference, _, _ in named])
            told = [(_loan(loans, ref), _amount(amount, found.amount.currency)) for ref, _, amount in named]
            done = await database.run(caller, use_cases.assign, AssignEntry(found.id, told, note))
            console.print(f"[green]✓[/] {done.id} · {done.disposition} · {done.amount}")

    asyncio.run(work())


async def _load(database: Database, caller: Caller, incoming: Incoming, path: Path) -> bool:
    """Load and show; whether something waits for people."""
    words = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*words, console=console) as bar, path.open("rb") as file:
        reading = bar.add_task("读取 reading", total=None)

        async def pieces() -> AsyncIterator[bytes]:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece

        taken = await receive(database, caller, incoming, pieces())
        bar.update(reading, total=1, completed=1)
        matching = bar.add_task("匹配 matching", total=None)
        await load_file(database, caller, taken.file.id)
        bar.update(matching, total=1, completed=1)
    done, tallies = await database.read(caller, use_cases.file, taken.file.id)
    _show_file(done, tallies)
    return any(tally.disposition in WAITING for tally in tallies)


def _show_file(file: KeptFile, tallies: Sequence[Tally]) -> None:
    console.print(
        f"{file.id} · [bold]{file.state}[/] · {file.format} {file.profile} · {file.entries} 条 entries: "
        f"{file.added} 新 new, {file.duplicates} 重复 known"
    )
    table = Table("处理 disposition", "方向 direction", "条 entries", "金额 amount")
    for tally in tallies:
        amount = str(Money(tally.minor, tally.currency))
        table.add_row(str(tally.disposition), str(tally.direction), str(tally.count), amount)
    console.print(table)
    for notice in file.notices:
        console.print(f"! {notice}", style="yellow", markup=False)


def _show_queue(entries: Sequence[KeptEntry]) -> None:
    table = Table("id", "日期 day", "金额 amount", "付款人 payer", "原因 reason", "建议 suggestions")
    for entry in entries:
        table.add_row(
            str(entry.id),
            str(entry.booked_on),
            str(entry.amount),
            f"{entry.masked_name} {entry.masked_account}".strip(),
            entry.reason,
            ", ".join(_suggested(entry.match)),
        )
    console.print(table)


def _suggested(match: Mapping[str, Any]) -> list[str]:
    return [f"{each['reference']} ({each['score']})" for each in match.get("suggestions", [])]


def _loan(loans: Mapping[str, LoanId], reference: str) -> LoanId:
    if reference not in loans:
        fault = Fault("parts", f"no loan {reference!r}", "check the reference")
        raise AssignmentInvalid("no such loan", faults=[fault])
    return loans[reference]


def _amount(text: str, currency: str) -> Money | None:
    return Money.parse(text, currency) if text else None


def _profile(given: str | None) -> str | Profile | None:
    path = Path(given or "")
    if given is None or given in builtin_names() or path.suffix != ".toml" or not path.exists():
        return given
    return read(path.read_text(encoding="utf-8"), path.name)


def _password(path: Path | None) -> str | None:
    if path is None:
        return None
    return next(iter(path.read_text(encoding="utf-8").splitlines()), "").strip()
