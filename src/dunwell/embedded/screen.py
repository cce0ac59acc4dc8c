"""What the demo says on the terminal, in Chinese and English."""

import json
from pathlib import Path
from typing import Final

from rich.console import Console

from dunwell.embedded.addresses import Addresses
from dunwell.embedded.lenders import House

NEXT: Final = (
    ("这家机构的贷款 · loans of this lender", "/v1/loans?limit=3"),
    ("催收节奏已排到哪里 · what the cadences planned", "/v1/cadence-steps?limit=3"),
    ("短信与邮件的状态 · messages and their states", "/v1/messages?limit=3"),
    ("审计检查点 · the signed checkpoint of everything done", "/v1/audit/checkpoint"),
)


def show(console: Console, api: str, house: House, folder: Path, look: Addresses) -> None:
    """Addresses, sign-ins, and what to try next."""
    port = api.rpartition(":")[2]
    console.print()
    console.rule(f"[bold green]Dunwell 已就绪 ready · {api}", align="left")
    for lender in house.lenders:
        tenant = lender.tenant
        console.print(
            f"\n  [bold]{tenant.slug}[/] · {tenant.name} · {tenant.zone} · 规则包 pack {tenant.pack}"
        )
        console.print(f"    地址 address  http://{tenant.host}:{port}")
        console.print(f"    令牌 token    {lender.token}")
    shown = next(each for each in house.lenders if each.tenant.slug == look.shown.slug)
    console.print(
        f"\n  网页 pages               http://{shown.tenant.host}:{port}/sandbox  （用令牌登录 sign in with the token）"
    )
    console.print(f"  接口文档 API documents   {api}/schema")
    console.print(f"  健康与指标 health        {api}/health/ready   {api}/metrics")
    console.print(f"  同样内容 the same, JSON  {_near(folder / 'demo.json')}")
    console.print(f"  运维令牌 operator        {house.operator_token}")
    console.print("\n  试一试 try next")
    for words, path in NEXT:
        console.print(f"    {words}", style="dim")
        console.print(f"    curl -sH 'Authorization: Bearer {shown.token}' '{api}{path}'")
    _show_money(console, look, shown.token)
    _show_gate(console, look, shown.token)
    console.print(
        "    把时钟拨快一天，看提醒发出 · move a clock by a day and watch the reminders go out", style="dim"
    )
    console.print(
        f"    (. {_near(folder / 'environment')}; .venv/bin/dunwell clock advance {shown.tenant.slug} 1d --to 11:00)"
    )
    console.print("\n  [bold]Ctrl-C[/] 停止 stops everything · 数据保留在 data stays in", _near(folder), "\n")


def _show_money(console: Console, look: Addresses, token: str) -> None:
    curl = f"curl -sH 'Authorization: Bearer {token}'"
    if look.owed is not None:
        console.print(
            "    一笔逾期贷款今天欠多少 · what a late loan asks today, with the working", style="dim"
        )
        console.print(f"    {curl} '{look.owed}'")
        console.print(f"    {curl} '{look.owed_pdf}' -o owed.pdf")
    console.print(
        "    昨日微信账单里每笔钱的去向 · what became of each payment of a WeChat bill", style="dim"
    )
    console.print(f"    {curl} '{look.statement}'")
    console.print("    等人处理的款项 · money that waits for a person", style="dim")
    console.print(f"    {curl} '{look.queue}'")
    console.print(
        "    等第二人复核的申请，看完即可批准 · an application waits for its second person", style="dim"
    )
    console.print(f"    {curl} '{look.application}'")
    console.print(f"    {curl} -H 'Content-Type: application/json' -d '{{}}' '{look.application}/approve'")


def _show_gate(console: Console, look: Addresses, token: str) -> None:
    curl = f"curl -sH 'Authorization: Bearer {token}'"
    console.print(
        "    被拒绝的触达，附规则与依据 · contacts the gate refused, with rule and working", style="dim"
    )
    console.print(f"    {curl} '{look.refused}'")
    console.print("    当天适用的规则，附出处 · the law of a day, each value with its source", style="dim")
    console.print(f"    {curl} '{look.law}'")


def show_running(console: Console, folder: Path, pid: int | None) -> None:
    """Somebody else's demo: where it is."""
    who = f"（进程 process {pid}）" if pid else ""
    try:
        told = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        console.print(
            f"演示正在启动{who}，稍候再看 · a demo is just starting here{who}: look again in a moment"
        )
        return
    console.print(f"演示已在运行{who} · a demo already runs here{who}")
    console.print(f"  {told['api']}")
    for tenant in told["tenants"]:
        console.print(f"  {tenant['slug']:8} {tenant['host']:20} {tenant['token']}", highlight=False)


def _near(path: Path) -> Path:
    """The path as one would type it here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
