"""The demo: servers, lenders, loans, API and workers, until somebody stops it."""

import asyncio
import json
import os
import shlex
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from dunwell.commands import command
from dunwell.embedded import screen
from dunwell.embedded.addresses import Addresses
from dunwell.embedded.children import Child, ensure_steady, start_all, stop_all, workers_command
from dunwell.embedded.errors import AlreadyRunning, CannotStart
from dunwell.embedded.lenders import House, settle, write_private
from dunwell.embedded.loading import load_all
from dunwell.embedded.money import Shown
from dunwell.embedded.servers import Servers, locked, running
from dunwell.embedded.settings import external, inherited, programs
from dunwell.embedded.tapes import REAL_TODAY, DemoTape, real
from dunwell.intake.model import Counts
from dunwell.settings import Settings, read
from dunwell.storage.vault import new_master_key

HOST: Final = "127.0.0.1"
USUAL_PORT: Final = 8080
READY_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.1
WATCH_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the demo was asked for: its folder, a port (0: a free one) and the real tape, if it is there."""

    folder: Path
    port: int
    tape: Path | None


class Stopped(KeyboardInterrupt):
    """Somebody asked us to end."""


@dataclass(slots=True)
class Stop:
    """Whether somebody asked us to end.

    An exception raised by a signal is lost where Python ignores exceptions (a finaliser, a callback of the
    collector), so whoever waits looks here too.
    """

    asked: bool = False

    def check(self) -> None:
        if self.asked:
            raise Stopped


def run(wanted: Wanted, console: Console) -> None:
    """Until Ctrl-C or SIGTERM. A demo that already runs in the folder is shown instead."""
    try:
        with _stoppable() as stop, ExitStack() as stack:
            _serve(wanted, console, stack, stop)
    except AlreadyRunning as other:
        screen.show_running(console, wanted.folder, other.pid)
    except KeyboardInterrupt:
        console.print("已停止 stopped")


def _serve(wanted: Wanted, console: Console, stack: ExitStack, stop: Stop) -> None:
    folder = wanted.folder.resolve()
    stack.enter_context(locked(folder, "demo.lock"))
    # Left by a demo that was killed: nobody shall read addresses that lead nowhere.
    told = folder / "demo.json"
    told.unlink(missing_ok=True)
    stack.callback(told.unlink, missing_ok=True)
    with _steps(console, stop) as step:
        step("PostgreSQL · Valkey")
        servers = external() or stack.enter_context(running(folder, durable=True, programs=programs()))
        settings, environment = _environment(servers, folder, wanted.port)
        step("租户 lenders")
        tape = real(wanted.tape) if wanted.tape is not None and wanted.tape.is_file() else None
        house = asyncio.run(settle(settings, folder / "tokens.json", REAL_TODAY if tape else None))
        shown = asyncio.run(_load(settings, house, tape, step))
        step("接口与作业进程 API and workers")
        children = _children(settings, environment, folder)
        stack.callback(stop_all, children)
        start_all(children)
        api = f"http://{HOST}:{settings.port}"
        _wait_until_ready(api, children, stop)
    look = Addresses(api, shown)
    _write(told, api, house, look)
    screen.show(console, api, house, folder, look)
    _watch(servers, children, console, stop)


def _environment(servers: Servers, folder: Path, port: int) -> tuple[Settings, Mapping[str, str]]:
    """Settings of this process, and the same for its children and for a shell."""
    key = folder / "master.key"
    if not key.exists():
        write_private(key, new_master_key())
    own = {
        "DATABASE_URL": servers.postgres_dsn,
        "REDIS_URL": servers.redis_url,
        "DUNWELL_MASTER_KEY": key.read_text(encoding="utf-8").strip(),
        "DUNWELL_HOST": HOST,
        "DUNWELL_PORT": str(port or _free_port()),
        "DUNWELL_LOG_FORMAT": "text",
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in own.items()]
    write_private(folder / "environment", "\n".join(lines))
    whole = {**inherited(), **own}
    return read(whole), whole


def _free_port() -> int:
    for port in (USUAL_PORT, 0):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
            return trial.getsockname()[1]
    raise CannotStart("no port is free on this machine")


async def _load(settings: Settings, house: House, tape: DemoTape | None, step: "Step") -> Shown:
    def told(slug: str, counts: Counts) -> None:
        step(f"贷款 loans · {slug} {counts.rows}")

    return await load_all(settings, house, tape, told)


def _children(settings: Settings, environment: Mapping[str, str], folder: Path) -> list[Child]:
    return [
        # The API has children of its own and passes the word on to them.
        Child("api", command(settings), environment, folder / "api.log", death="TERM"),
        # The workers would wait for servers that end with us; what they leave half-done is done again.
        Child("workers", workers_command(), environment, folder / "workers.log", death="KILL"),
    ]


def _wait_until_ready(api: str, children: Sequence[Child], stop: Stop) -> None:
    until = time.monotonic() + READY_SECONDS
    while not _answers(f"{api}/health/ready"):
        stop.check()
        for child in children:
            ensure_steady(child)
        if time.monotonic() > until:
            raise CannotStart(f"the API does not answer: see {children[0].log}")
        time.sleep(POLL_SECONDS)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def _write(told: Path, api: str, house: House, look: Addresses) -> None:
    tenants = [
        {
            "slug": lender.tenant.slug,
            "host": lender.tenant.host,
            "token": lender.token,
            "name": lender.tenant.name,
            "zone": lender.tenant.zone,
            "pack": lender.tenant.pack,
        }
        for lender in house.lenders
    ]
    whole = {
        "api": api,
        "pid": os.getpid(),
        "tenants": tenants,
        "operator": {"token": house.operator_token},
        "look_at": look.named(),
    }
    write_private(told, json.dumps(whole, ensure_ascii=False, indent=2))


def _watch(servers: Servers, children: Sequence[Child], console: Console, stop: Stop) -> None:
    """Start again what dies. Raises `CannotStart` when a server of ours is gone for good."""
    while True:
        stop.check()
        time.sleep(WATCH_SECONDS)
        for child in children:
            if child.revive():
                console.print(f"{child.name} 已重启 started again (see {child.log})")
        for server in (servers.postgres, servers.redis):
            if server is not None and not server.alive():
                console.print("数据库进程已退出，重启 · a server ended; starting it again")
                server.start()


class Step:
    """The line that says what is being done."""

    def __init__(self, progress: Progress, task: TaskID, console: Console, stop: Stop) -> None:
        self._progress = progress
        self._task = task
        self._console = console
        self._stop = stop
        self._last = ""

    def __call__(self, words: str) -> None:
        self._stop.check()
        self._progress.update(self._task, description=words)
        topic = words.partition(" · ")[0]
        # Without a terminal there is no line to repaint: say each topic once.
        if not self._console.is_terminal and topic != self._last:
            self._console.print(f"… {topic}")
        self._last = topic


@contextmanager
def _steps(console: Console, stop: Stop) -> Generator[Step]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Step(progress, progress.add_task("…", total=None), console, stop)


@contextmanager
def _stoppable() -> Generator[Stop]:
    """SIGTERM and a closed terminal end us as Ctrl-C does; while we stop, further signals change nothing."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    stop = Stop()

    def handle(_number: int, _frame: object) -> None:
        stop.asked = True
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    for number in numbers:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number in numbers:
            signal.signal(number, before[number])
        sys.stdout.flush()
