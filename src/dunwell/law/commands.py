"""`dunwell law …` and `dunwell calendar …`: read the packs and the calendars, without a database."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from dunwell.calendars import Calendar, calendar_of, days_of, regions
from dunwell.kernel.errors import Fault
from dunwell.law.checking import pack_faults
from dunwell.law.model import Provision
from dunwell.law.provisions import AREAS, differences, provisions
from dunwell.packs import NAMES

# A pipe has no width of its own: a table that is read by a program or a pager keeps its lines whole.
console: Final = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON 输出 · print JSON instead of a table.")
DAY: Final = click.DateTime(["%Y-%m-%d"])
COLUMNS: Final = (
    "参数 parameter",
    "值 value",
    "级 class",
    "来源 source",
    "规则 rules",
    "自 from",
    "下次 next",
)


@click.group(help="法规参数 · the law as data: what every pack says on a day.")
def law() -> None:
    """Group."""


@law.command(
    "show", help="某日的规则 · every value of PACK in force on a day, with its class, source and rules."
)
@click.argument("pack")
@click.option(
    "--on", type=DAY, default=None, help="日期 · the day, such as 2026-03-03 (default: the newest law)."
)
@click.option("--area", type=click.Choice([area.name for area in AREAS]), default=None)
@click.option(
    "--class", "value_class", type=click.Choice(list("LSMO")), help="M: 待确认 · what is to be confirmed."
)
@AS_JSON
def show(pack: str, on: datetime | None, area: str | None, value_class: str | None, *, as_json: bool) -> None:
    """Exit 1 for a pack that is not shipped."""
    found = [
        each
        for each in provisions(pack, on.date() if on else date.max).values()
        if area in (None, each.area) and value_class in (None, each.value_class)
    ]
    if as_json:
        click.echo(_json([asdict(each) for each in found]))
        return
    table = Table(*COLUMNS)
    for each in found:
        table.add_row(f"{each.area}.{each.parameter}", *_cells(each))
    console.print(table)


@law.command("diff", help="两日之差 · what PACK says differently on the second day.")
@click.argument("pack")
@click.argument("first", type=DAY)
@click.argument("second", type=DAY)
@AS_JSON
def diff(pack: str, first: datetime, second: datetime, *, as_json: bool) -> None:
    """Entries that are not the same, value or source; exit 0 either way."""
    found = differences(pack, first.date(), second.date())
    if as_json:
        click.echo(_json([asdict(each) for each in found]))
        return
    for each in found:
        console.print(f"[bold]{each.area} · {each.parameter}[/]")
        for sign, provision in (("-", each.before), ("+", each.after)):
            if provision:
                value, value_class, source, rules, since, _ = _cells(provision)
                console.print(f"  {sign} {value}  ({value_class}, {source}, {rules}, {since})", markup=False)
    console.print(f"{len(found)} 项不同 · parameters differ")


@law.command(
    "check", help="检查法规文件 · check pack FILEs, or all that are shipped; exit 1 with file:line: problem."
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--area", type=click.Choice([area.name for area in AREAS]), default=None)
def check(files: Sequence[Path], area: str | None) -> None:
    """One line for each fault; nothing is changed."""
    chosen = list(files) or _shipped()
    wrong = 0
    for path in chosen:
        for fault in pack_faults(path, area):
            wrong += 1
            click.echo(_line(path, fault))
    if wrong:
        sys.exit(1)
    console.print(f"[green]✓[/] {len(chosen)} 个文件无误 · files are sound")


def _shipped() -> list[Path]:
    return [Path(str(resources.files(area.folder) / f"{name}.toml")) for area in AREAS for name in NAMES]


def _line(path: Path, fault: Fault) -> str:
    """`file:line: problem (key; remedy)`."""
    key = fault.field.partition(":")[2]
    place = f"{path}:{fault.line}" if fault.line else str(path)
    told = "; ".join(part for part in (key, fault.remedy) if part)
    return f"{place}: {fault.problem}" + (f" ({told})" if told else "")


def _cells(provision: Provision) -> tuple[str, str, str, str, str, str]:
    value = json.dumps(provision.value, ensure_ascii=False)
    return (
        value,
        provision.value_class,
        provision.source,
        ", ".join(provision.rules),
        str(provision.effective_from),
        str(provision.next_change or ""),
    )


def _json(value: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


@click.group(help="日历 · working days, holidays and what is confirmed of them.")
def calendar() -> None:
    """Group."""


@calendar.command("list", help="地区 · every region, and through which day somebody has announced its days.")
def list_calendars() -> None:
    """What ends soonest comes last: it is what has to be looked after."""
    table = Table("地区 region", "名称", "name", "已公布至 confirmed through")
    for each in sorted((calendar_of(region) for region in regions()), key=_through, reverse=True):
        table.add_row(each.region, each.zh, each.en, str(each.announced_through or "– 推算 computed"))
    console.print(table)


def _through(found: Calendar) -> date:
    return found.announced_through or date.max


@calendar.command(
    "show",
    help="某年的日历 · holidays, festivals and make-up workdays of REGION (cn, us, uk-scotland, de …).",
)
@click.argument("region")
@click.argument("year", type=click.IntRange(1970, 2199))
@AS_JSON
def show_calendar(region: str, year: int, *, as_json: bool) -> None:
    """Exit 1 for a region that is not known."""
    found = calendar_of(region)
    days = days_of(region, date(year, 1, 1), date(year, 12, 31))
    if as_json:
        head = {"region": found.region, "confirmed_through": found.announced_through, "year": year}
        click.echo(_json({**head, "days": [asdict(day) for day in days]}))
        return
    table = Table("日期 date", "", "类 kind", "名称", "name", "确认 confirmed", "来源 source")
    for day in days:
        sure = "是 yes" if day.confirmed else "推算 provisional"
        table.add_row(str(day.on), f"{day.on:%a}", day.kind, day.zh, day.en, sure, day.source)
    console.print(table)
    through = found.announced_through or "–"
    console.print(f"{found.zh} · {found.en}: 已公布至 confirmed through {through}", markup=False)
