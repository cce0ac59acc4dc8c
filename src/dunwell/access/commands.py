"""`dunwell token`: issue, list and revoke tokens at the command line."""

import asyncio
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from dunwell.access import use_cases
from dunwell.access.model import MOST_DAYS, OPERATOR_SCOPES, SCOPES, IssueToken, ListTokens
from dunwell.kernel.ids import TokenId
from dunwell.kernel.paging import MOST
from dunwell.tenancy.opening import caller_for, opened

SCOPE = click.option(
    "--scope", "scopes", multiple=True, help="权限 · a scope; repeat for several (default: all of them)."
)
NAME = click.option("--name", required=True, help="标签 · a label such as loader; no person's name.")
DAYS = click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=90,
    show_default=True,
    help="有效期 · how long it lives.",
)


@click.group(help="访问令牌 · bearer tokens: issue, list, revoke.")
def token() -> None:
    """Group."""


@token.command("issue", help="签发 · a token of a tenant; it is printed once, alone on standard output.")
@click.argument("tenant")
@NAME
@SCOPE
@DAYS
def issue_command(tenant: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    async def work() -> str:
        async with opened() as database:
            caller = await caller_for(database, tenant)
            command = IssueToken(name, frozenset(scopes or SCOPES), days)
            return (await database.run(caller, use_cases.issue_token, command)).secret

    click.echo(asyncio.run(work()))


@token.command("operator", help="签发运维令牌 · a token for the control plane; printed once.")
@NAME
@SCOPE
@DAYS
def operator_command(name: str, scopes: tuple[str, ...], days: int) -> None:
    async def work() -> str:
        async with opened() as database:
            command = IssueToken(name, frozenset(scopes or OPERATOR_SCOPES), days)
            return (await database.control(use_cases.issue_operator_token, command)).secret

    click.echo(asyncio.run(work()))


@token.command("list", help="列表 · the newest tokens of a tenant; never their secrets.")
@click.argument("tenant")
def list_command(tenant: str) -> None:
    async def work() -> None:
        table = Table("id", "标签 name", "到期 expires", "吊销 revoked", "权限 scopes")
        async with opened() as database:
            caller = await caller_for(database, tenant)
            found = await database.read(caller, use_cases.list_tokens, ListTokens(None, MOST))
        for row in found.rows:
            revoked = row.revoked_at.isoformat(timespec="minutes") if row.revoked_at else "–"
            expires = row.expires_at.isoformat(timespec="minutes")
            table.add_row(str(row.id), row.name, expires, revoked, " ".join(row.scopes))
        Console().print(table)

    asyncio.run(work())


@token.command("revoke", help="吊销 · the token opens nothing any more; repeatable.")
@click.argument("tenant")
@click.argument("token_id", type=click.UUID)
def revoke_command(tenant: str, token_id: UUID) -> None:
    async def work() -> None:
        async with opened() as database:
            caller = await caller_for(database, tenant)
            await database.run(caller, use_cases.revoke_token, TokenId(token_id))
        Console().print(f"[green]✓[/] {token_id} 已吊销 revoked")

    asyncio.run(work())
