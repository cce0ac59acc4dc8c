"""Start a server so that it ends with its parent; as an ordinary user, and as root without being root.

PostgreSQL refuses to run as root. Three ways around it are tried, the first that works is taken:

    setpriv      the server becomes `nobody`; its files belong to `nobody`
    unshare      a user namespace in which root looks like `nobody`; works below folders closed to others
    overriding   `nobody` who may read closed folders; for containers that forbid user namespaces

Nobody else's folders are opened, and no system user is made.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dunwell.embedded.errors import CannotStart

# The kernel sends it when the thread that started the server ends; both servers then stop cleanly.
# So servers are started from the main thread only.
DEATH: Final = ("setpriv", "--pdeathsig", "INT")
NOBODY: Final = 65534
POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Guise:
    """As whom a server runs: what to put before its command, and who then owns its files."""

    name: str
    prefix: tuple[str, ...]
    owner: int
    group: int

    def own(self, path: Path) -> None:
        """Give a file or a folder, with all that is in it, to whom the server runs as."""
        if os.geteuid() == 0 and path.stat().st_uid != self.owner:
            for folder, _, files in os.walk(path, topdown=False):
                for name in files:
                    os.chown(Path(folder) / name, self.owner, self.group, follow_symlinks=False)
                os.chown(folder, self.owner, self.group)
            os.chown(path, self.owner, self.group)

    @property
    def closed(self) -> int:
        """Mode of a folder that the server only passes through."""
        return 0o700 if self.owner == os.geteuid() else 0o711


def guise(program: Path, passed: Path) -> Guise:
    """The way in which `program` can be run, and `passed` (a folder) be passed through."""
    if shutil.which("setpriv") is None:
        raise CannotStart("`setpriv` is missing: install util-linux, or set DATABASE_URL and REDIS_URL")
    if os.geteuid() != 0:
        return Guise("user", DEATH, os.geteuid(), os.getegid())
    for candidate in _guises():
        if _works(candidate, [str(program), "--version"]) and _works(candidate, ["ls", "-d", f"{passed}/."]):
            return candidate
    raise CannotStart(
        f"root cannot run {program} as somebody else here: folders above it or above {passed} are closed, "
        "and user namespaces are off; run as an ordinary user, or set DATABASE_URL and REDIS_URL"
    )


def start(how: Guise, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that a Ctrl-C meant for us does not reach it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [*how.prefix, *command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float
) -> None:
    """Until the server answers. Raises `CannotStart` with the end of its log if it does not."""
    until = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            stop(process, signal.SIGKILL)
            end = log.read_text(errors="replace").strip().splitlines()[-5:]
            raise CannotStart(f"a server did not start (see {log}): " + " / ".join(end))
        time.sleep(POLL_SECONDS)


def stop(process: subprocess.Popen[bytes], kindly: signal.Signals, seconds: float = 10) -> None:
    """Ask, wait, and end it by force if it does not listen. Stopping twice is fine."""
    if process.poll() is not None:
        return
    process.send_signal(kindly)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_orphan(pid: int, folder: Path, seconds: float = 15) -> None:
    """Wait for a server in `folder` that outlived its parent, and tell it to stop if it does not by itself.

    The number may have been given to another process since: ours are known by their working folder.
    """
    asked_at, until = time.monotonic() + seconds / 3, time.monotonic() + seconds
    asked = False
    while _works_in(pid, folder):
        if time.monotonic() > until:
            raise CannotStart(f"process {pid} still runs in {folder} and does not end")
        if not asked and time.monotonic() > asked_at:
            # Usually it is stopping already: asked a second time, Valkey would leave without saving.
            asked = True
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        time.sleep(POLL_SECONDS)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except OSError:
        return False


def _guises() -> list[Guise]:
    try:
        nobody = pwd.getpwnam("nobody")
        uid, gid = nobody.pw_uid, nobody.pw_gid
    except KeyError:
        uid = gid = NOBODY
    become = ("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    override = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    death = DEATH[1:]
    mapped = ("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}")
    return [
        Guise("setpriv", (*become, *death), uid, gid),
        Guise("unshare", (*mapped, *DEATH), 0, 0),
        Guise("overriding", (*become, *override, *death), uid, gid),
    ]


def _works(how: Guise, command: list[str]) -> bool:
    try:
        tried = subprocess.run([*how.prefix, *command], cwd="/", capture_output=True, check=False)
    except OSError:
        return False
    return tried.returncode == 0
