"""One Valkey server in a folder. What it holds may be lost: it rings bells, PostgreSQL remembers."""

import os
import secrets
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

from dunwell.embedded import processes
from dunwell.embedded.processes import Guise

START_SECONDS: Final = 30.0


class ValkeyServer:
    """A server of our own, reached through a socket and a password."""

    def __init__(self, program: Path, how: Guise, folder: Path, sockets: Path, *, durable: bool) -> None:
        self._program = program
        self._how = how
        self._folder = folder
        self._socket = sockets / "valkey.sock"
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder.with_suffix(".log")
        self._secret = secrets.token_urlsafe(24)

    @property
    def pid(self) -> int | None:
        """The process of the running server."""
        return self._process.pid if self._process else None

    @property
    def url(self) -> str:
        """An address for redis-py and arq alike."""
        return f"unix://:{self._secret}@{self._socket}?db=0"

    def start(self) -> None:
        """Start it. Returns when it answers."""
        self._folder.mkdir(0o700, exist_ok=True)
        settings = self._folder / "valkey.conf"
        settings.write_text(self._settings())
        settings.chmod(0o600)
        self._how.own(self._folder)
        os.chown(settings, self._how.owner, self._how.group)
        if (pid := self._recorded_pid()) is not None:
            processes.end_orphan(pid, self._folder)
        self._socket.unlink(missing_ok=True)
        self._log.unlink(missing_ok=True)
        self._log.touch(0o600)
        self._process = processes.start(self._how, [str(self._program), str(settings)], self._log)
        processes.wait_until(self._ready, self._process, self._log, START_SECONDS)

    def stop(self) -> None:
        """Write what is pending, and stop."""
        if self._process:
            processes.stop(self._process, signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process:
            processes.stop(self._process, signal.SIGKILL)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _settings(self) -> str:
        # `noeviction`: a job that silently disappears is worse than an enqueue that fails.
        lines = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "requirepass": self._secret,
            "dir": str(self._folder),
            "pidfile": str(self._folder / "valkey.pid"),
            "appendonly": "yes" if self._durable else "no",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _recorded_pid(self) -> int | None:
        try:
            return int((self._folder / "valkey.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _ready(self) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(self._socket))
            line.sendall(f"AUTH {self._secret}\r\nPING\r\n".encode())
            # "-LOADING" while the append-only file is read.
            return line.recv(256).endswith(b"+PONG\r\n") or line.recv(256).endswith(b"+PONG\r\n")
        return False
