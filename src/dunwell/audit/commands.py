"""`dunwell audit`: export a tenant's log, verify an export without a database, show key and checkpoints."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from dunwell.audit import use_cases
from dunwell.audit.export import export, seal_all
from dunwell.audit.flaws import CHINESE, ENGLISH
from dunwell.audit.model import Malformed
from dunwell.audit.rules.keys import fingerprint, pem, read_key
from dunwell.audit.verify import Report, verify
from dunwell.tenancy.opening import caller_for, opened

console: Final = Console(highlight=False, soft_wrap=True)
FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
NOTE_LIMIT: Final = 65_536  # bytes of a key or checkpoint file; both are far shorter


@click.group(help="审计日志 · the audit log: export, verify, key, checkpoint, seal.")
def audit() -> None:
    """Group."""


@audit.command("export", help="导出 · the whole sealed log of a tenant as one file that proves itself.")
@click.argument("tenant")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
def export_command(tenant: str, out: Path) -> None:
    async def work() -> None:
        columns = (TextColumn("导出 export"), BarColumn(), MofNCompleteColumn())
        async with opened(name="audit-export") as database:
            caller = await caller_for(database, tenant)
            with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
                task = progress.add_task("export", total=None)
                done = await export(
                    database,
                    caller,
                    out,
                    lambda events, total: progress.update(task, completed=events, total=total),
                )
        _say("✓", "green", f"{out}: {done.events} 个事件 events · {done.lines} 行 lines · {done.size} bytes")
        _say(" ", "green", f"文件 file sha256 {done.sha256}")
        _say(" ", "green", f"公钥 key  sha256 {fingerprint(done.key)}")

    try:
        asyncio.run(work())
    except OSError as error:
        raise click.ClickException(f"{out}: {error.strerror or error}") from error


@audit.command("verify", help="核验 · judge an export without a database; exit 1 names the first bad line.")
@click.argument("file", type=FILE)
@click.option("--key", metavar="FILE|BASE64", help="放贷机构的公钥 · the lender's public key, PEM or base64.")
@click.option("--checkpoint", type=FILE, help="以前保存的检查点 · a signed checkpoint kept from earlier.")
def verify_command(file: Path, key: str | None, checkpoint: Path | None) -> None:
    pinned = _key(key) if key is not None else None
    earlier = _text(checkpoint, "--checkpoint") if checkpoint else None
    columns = (TextColumn("核验 verify"), BarColumn(), DownloadColumn())
    with (
        file.open("rb") as stream,
        Progress(*columns, console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("verify", total=file.stat().st_size)
        report = verify(
            stream,
            key=pinned,
            earlier=earlier,
            progress=lambda _: progress.update(task, completed=stream.tell()),
        )
    _show(report)
    if not report.ok:
        sys.exit(1)


@audit.command(
    "key", help="公钥 · the tenant's public key (PEM). Hand it over on another way than the export."
)
@click.argument("tenant")
def key_command(tenant: str) -> None:
    async def work() -> None:
        async with opened(name="audit-key") as database:
            public = await database.read(await caller_for(database, tenant), use_cases.public_key, None)
        click.echo(pem(public), nl=False)
        click.echo(f"sha256 {fingerprint(public)}", err=True)

    asyncio.run(work())


@audit.command("checkpoint", help="检查点 · a signed checkpoint, to keep and to compare later exports with.")
@click.argument("tenant")
@click.option("--size", type=click.IntRange(min=0), help="事件数 · number of events (default: the latest).")
def checkpoint_command(tenant: str, size: int | None) -> None:
    async def work() -> None:
        async with opened(name="audit-checkpoint") as database:
            caller = await caller_for(database, tenant)
            found = await (
                database.read(caller, use_cases.latest_checkpoint, None)
                if size is None
                else database.read(caller, use_cases.get_checkpoint, size)
            )
        click.echo(found.note, nl=False)

    asyncio.run(work())


@audit.command("seal", help="封存 · give waiting events their places now; workers do it every few seconds.")
@click.argument("tenant")
def seal_command(tenant: str) -> None:
    async def work() -> None:
        async with opened(name="audit-seal") as database:
            sealed = await seal_all(database, await caller_for(database, tenant))
        _say("✓", "green", f"{sealed} 个事件已封存 events sealed")

    asyncio.run(work())


def _show(report: Report) -> None:
    """The verdict in 中文 and English, then what it rests on."""
    if report.flaw is None:
        _say("✓", "bold green", "核验通过：每个字节都得到证明 · verified: every byte is proved")
    else:
        where = "" if report.line is None else f"第 {report.line} 行 · line {report.line}: "
        detail = f" ({report.detail})" if report.detail else ""
        _say("✗", "bold red", "核验失败 · not verified")
        _say(" ", "red", f"{where}{CHINESE[report.flaw]} · {ENGLISH[report.flaw]}{detail}")
    if not report.fingerprint:
        return
    _say(" ", "", f"日志 log {report.origin}")
    _say(" ", "", f"公钥 key sha256 {report.fingerprint}")
    if report.pinned:
        _say(" ", "", "公钥由您提供 · the key is the one you gave")
    else:
        _say(" ", "yellow", "公钥取自文件，请与放贷机构另行告知的指纹核对 · the key was taken from the file:")
        _say(
            " ",
            "yellow",
            "compare its fingerprint with the one the lender gave you on another way, or use --key",
        )
    _say(" ", "", f"{report.events} 个事件 events · {report.checkpoints} 个检查点 checkpoints")
    _say(" ", "", f"树根 root {report.root.hex()}")
    if report.ok and report.anchored is not None:
        _say(" ", "", f"延续较早的检查点 · continues the earlier checkpoint of {report.anchored} events")


def _say(mark: str, style: str, text: str) -> None:
    console.print(Text(f"{mark} {text}", style=style))


def _key(given: str) -> bytes:
    path = Path(given)
    try:
        return read_key(_text(path, "--key") if path.is_file() else given)
    except Malformed as error:
        raise click.BadParameter(str(error), param_hint="--key") from error


def _text(path: Path, option: str) -> str:
    with path.open("rb") as stream:
        raw = stream.read(NOTE_LIMIT)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{path} is not text in UTF-8", param_hint=option) from error
