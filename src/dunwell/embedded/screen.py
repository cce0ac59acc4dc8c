"""What the demo says on the terminal, in Chinese and English."""

import json
from pathlib import Path
from typing import Final

from rich.console import Console

from dunwell.embedded.lenders import House

NEXT: Final = (
    ("列出逾期贷款 · loans of this lender", "/v1/loans?limit=5"),
    ("看联络判定 · verdicts of the gate", "/v1/contacts?limit=5"),
    ("审计事件 · what was done, and by whom", "/v1/audit/events?limit=5"),
)


def show(console: Console, api: str, house: House, folder: Path) -> None:
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
    console.print()
    console.print(f"  接口文档 API documents   {api}/schema")
    console.print(f"  健康与指标 health        {api}/health/ready   {api}/metrics")
    console.print(f"  同样内容 the same, JSON  {folder / 'demo.json'}")
    console.print(f"  运维令牌 operator        {house.operator_token}")
    console.print("\n  试一试 try next")
    first = house.lenders[0]
    for words, path in NEXT:
        console.print(f"    {words}", style="dim")
        console.print(f"    curl -sH 'Authorization: Bearer {first.token}' '{api}{path}'", soft_wrap=True)
    console.print("    拨快时钟，看催收节奏走起来 · move a clock and watch the cadence", style="dim")
    slug = house.lenders[-1].tenant.slug
    console.print(f"    . {folder / 'environment'} && .venv/bin/dunwell clock advance {slug} 1d")
    console.print("\n  [bold]Ctrl-C[/] 停止 stops everything · 数据保留在 data stays in", folder, "\n")


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
