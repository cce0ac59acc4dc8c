"""`dunwell statement`: the profiles, and what a file says, without a database."""

import json
import sys
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dunwell.kernel.errors import Fault
from dunwell.kernel.money import Money
from dunwell.statements.loading_commands import assign_command, load_command, queue_command
from dunwell.statements.model import Checked, Sum, Totals
from dunwell.statements.profile_files import builtin_names, builtins, read
from dunwell.statements.reading import check
from dunwell.statements.settings import Profile

console: Final = Console(highlight=False, soft_wrap=True)
# Below this size a file is read before a bar could be drawn.
LONG: Final = 4 * 1024 * 1024
FORMATS: Final = (
    ("camt.053 / camt.054", "ISO 20022, 001.02 – 001.14"),
    ("mt940", "SWIFT MT940"),
    ("bai2", "BAI2"),
)


@click.group(
    help="银行与支付平台对账单 · statements of banks and payment platforms: check a file, list the profiles."
)
def statement() -> None:
    """Group."""


for with_a_database in (load_command, queue_command, assign_command):
    statement.add_command(with_a_database)


@statement.command(
    "profiles", help="格式与映射方案 · the formats, and the mapping profiles that ship with Dunwell."
)
def profiles_command() -> None:
    table = Table("name", "title")
    for name, title in FORMATS:
        table.add_row(name, title)
    for profile in builtins():
        table.add_row(profile.name, profile.title)
    console.print(table)


@statement.command(
    "check",
    help="检查文件 · read a file to its end: accounts, totals, balances, notices, faults. Exit: 0 fine, 1 faults.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--profile", help="方案 · a profile's name, or a .toml file; without it the content tells.")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="密码文件 · a file whose first line is the password of an encrypted archive.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON to standard output.")
def check_command(file: Path, profile: str | None, password_file: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    found = _checked(file, _profile(profile), _password(password_file), quiet=as_json)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        _show(found)
    if found.faults:
        sys.exit(1)


def _checked(file: Path, profile: str | Profile | None, password: str | None, *, quiet: bool) -> Checked:
    if quiet or file.stat().st_size < LONG:
        return check(file, profile=profile, password=password)
    words = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} 条 entries"),
        TimeElapsedColumn(),
    )
    with Progress(*words, console=console) as bar:
        task = bar.add_task("读取 reading", total=None)
        return check(
            file, profile=profile, password=password, seen=lambda count: bar.update(task, completed=count)
        )


def _profile(given: str | None) -> str | Profile | None:
    """A name to look up, or a file of the operator's own."""
    if given is None or given in builtin_names():
        return given
    path = Path(given)
    return (
        read(path.read_text(encoding="utf-8"), path.name)
        if path.suffix == ".toml" and path.exists()
        else given
    )


def _password(path: Path | None) -> str | None:
    if path is None:
        return None
    return next(iter(path.read_text(encoding="utf-8").splitlines()), "").strip()


def _show(found: Checked) -> None:
    what = f"{found.file.format} {found.file.profile}".strip()
    console.print(f"[bold]{what}[/] · {found.file.size} bytes · SHA-256 {found.file.digest.hex()}")
    for totals in found.totals:
        for line in _lines(totals):
            console.print(line, markup=False)
    _list(found.notices, "!", "yellow")
    _list(found.faults, "✗", "red")
    if found.more_faults:
        console.print(f"✗ … 另有 and {found.more_faults} more", style="red")
    if not found.faults:
        console.print("[green]✓[/] 可以入账 · may be loaded")


def _lines(totals: Totals) -> tuple[str, ...]:
    """A statement in words; lines, since a table of so many columns is cut on a narrow screen."""
    one, currency = totals.statement, totals.currency
    since, until = one.period_from or totals.first_on, one.period_to or totals.last_on
    reconciled = {True: "✓ 平 reconciled", False: "✗ 不平 they do not hold", None: "– 未声明 not stated"}
    return (
        f"账户 account {one.account.identifier or '–'} {one.account.bank}".rstrip(),
        f"  期间 period    {str(since or '–')[:10]} … {str(until or '–')[:10]}",
        f"  条数 entries   {totals.entries}, 未入账 not booked {totals.not_booked}",
        f"  收入 in        {_sum(totals.credits, currency)}",
        f"  支出 out       {_sum(totals.debits, currency)}",
        f"  中性 neutral   {_sum(totals.neutral, currency)}",
        f"  余额 balances  {reconciled[totals.reconciled]}",
    )


def _sum(given: Sum, currency: str) -> str:
    return f"{given.count}: {Money(given.minor, currency)}" if currency else "0"


def _list(faults: tuple[Fault, ...], sign: str, style: str) -> None:
    for fault in faults:
        console.print(f"{sign} {fault}", style=style, markup=False)


def _as_json(found: Checked) -> dict[str, Any]:
    return {
        "format": found.file.format,
        "profile": found.file.profile or None,
        "digest": found.file.digest.hex(),
        "size": found.file.size,
        "statements": [_totals_json(totals) for totals in found.totals],
        "notices": [_fault_json(fault) for fault in found.notices],
        "faults": [_fault_json(fault) for fault in found.faults],
        "more_faults": found.more_faults,
        "loadable": not found.faults,
    }


def _totals_json(totals: Totals) -> dict[str, Any]:
    one = totals.statement
    return {
        "account": one.account.identifier,
        "scheme": one.account.scheme,
        "bank": one.account.bank or None,
        "id": one.id or None,
        "sequence": one.sequence or None,
        "from": str(one.period_from or totals.first_on or "") or None,
        "to": str(one.period_to or totals.last_on or "") or None,
        "currency": totals.currency or None,
        "opening": _money_json(one.opening.amount) if one.opening is not None else None,
        "closing": _money_json(one.closing.amount) if one.closing is not None else None,
        "reconciled": totals.reconciled,
        "entries": totals.entries,
        "credits": _sum_json(totals.credits, totals.currency),
        "debits": _sum_json(totals.debits, totals.currency),
        "neutral": _sum_json(totals.neutral, totals.currency),
        "not_booked": totals.not_booked,
    }


def _sum_json(given: Sum, currency: str) -> dict[str, Any]:
    return {"count": given.count, "sum": _money_json(Money(given.minor, currency)) if currency else None}


def _money_json(money: Money) -> dict[str, str]:
    return {"amount": money.amount, "currency": money.currency}


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {"line": fault.line, "field": fault.field, "problem": fault.problem, "remedy": fault.remedy}
