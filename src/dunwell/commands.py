"""`dunwell run` and `dunwell openapi`: the processes of the service, and the document of its API."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from dunwell.app import create_app
from dunwell.settings import Settings, read
from dunwell.web.openapi import document


@click.group(help="运行 · run a process of the service.")
def run() -> None:
    """Group."""


@run.command("api", help="接口服务 · the HTTP API, served by granian.")
@click.option("--host", default=None, help="监听地址 · default: DUNWELL_HOST or 127.0.0.1")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="default: DUNWELL_PORT or 8080")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="default: DUNWELL_WORKERS or 1")
def api(host: str | None, port: int | None, workers: int | None) -> None:
    """Replaces this process, so that signals and exit codes are the server's own."""
    settings = read()
    chosen = replace(
        settings,
        host=host or settings.host,
        port=port or settings.port,
        workers=workers or settings.workers,
    )
    os.execv(sys.executable, command(chosen))  # noqa: S606 - our own interpreter, no shell


@run.command("workers", help="后台任务 · the workers of some lanes, or of all of them.")
@click.argument("lanes", nargs=-1)
def workers(lanes: tuple[str, ...]) -> None:
    """Replaces this process with `python -m workers`."""
    os.execv(sys.executable, [sys.executable, "-m", "workers", *lanes])  # noqa: S606 - our own interpreter, no shell


def command(settings: Settings) -> list[str]:
    """The server's command line. Access log off: ours has an allow-list."""
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--factory",
        "--host",
        settings.host,
        "--port",
        str(settings.port),
        "--workers",
        str(settings.workers),
        "--loop",
        "uvloop",
        "--no-access-log",
        "--log-level",
        "warning",
        "--workers-kill-timeout",
        "20",
        # By name: that module puts the doorbell in, and nothing here imports it.
        "workers.api:create_app_from_env",
    ]


@click.command(help="接口文档 · print the OpenAPI 3.1 document of the API.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="写入文件 · write to a file.")
def openapi(out: Path | None) -> None:
    """Needs no server: the document follows from the code."""
    nowhere = Settings(cells={"main": ""}, redis_url="redis://", master_key="")
    text = json.dumps(document(create_app(nowhere)), indent=2, ensure_ascii=False)
    if out:
        out.write_text(text + "\n", encoding="utf-8")
    else:
        click.echo(text)
