"""One PostgreSQL cluster in a folder: made once, started, restarted, stopped."""

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from dunwell.embedded import processes
from dunwell.embedded.binaries import Postgres
from dunwell.embedded.errors import CannotStart
from dunwell.embedded.processes import Guise

ROLE: Final = "dunwell"
SUPERUSER: Final = "postgres"
# Many small schemas: one transaction of a migration or an erasure touches hundreds of tables.
SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "max_locks_per_transaction": "256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# A throwaway cluster need not survive the machine, only the test.
THROWAWAY: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
START_SECONDS: Final = 60.0
# Major version from which a role that makes roles is not by itself allowed to become them.
SELF_GRANT: Final = 16
# Major version from which the locale C.UTF-8 is built in, independent of the machine's.
BUILTIN_LOCALE: Final = 17


class PostgresServer:
    """A server of our own. `dsn(role)` is its address; it asks for a password on every connection."""

    def __init__(self, programs: Postgres, how: Guise, folder: Path, sockets: Path, *, durable: bool) -> None:
        self._programs = programs
        self._how = how
        self._folder = folder
        self._sockets = sockets
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder.with_suffix(".log")
        self._secret = folder.with_suffix(".password")

    @property
    def pid(self) -> int | None:
        """The process of the running server."""
        return self._process.pid if self._process else None

    def dsn(self, role: str = ROLE, database: str = ROLE) -> str:
        """An address for asyncpg and libpq alike."""
        password = quote(self._secret.read_text().strip())
        where = urlencode({"host": str(self._sockets), "port": "5432"}, safe="/")
        return f"postgresql://{role}:{password}@/{database}?{where}"

    def start(self) -> None:
        """Make the cluster if there is none, and start it. Returns when it takes connections."""
        if self._folder.exists() and not self._secret.exists():
            raise CannotStart(f"{self._secret} is missing: remove {self._folder} to begin anew")
        if not self._folder.exists():
            self._create()
        self._how.own(self._folder)
        if (pid := self._recorded_pid()) is not None:
            processes.end_orphan(pid, self._folder)
            # Left by a machine crash, the number in it may be somebody else's by now.
            (self._folder / "postmaster.pid").unlink(missing_ok=True)
        self._log.unlink(missing_ok=True)
        self._log.touch(0o600)
        settings = SETTINGS | ({} if self._durable else THROWAWAY)
        if self._programs.major >= SELF_GRANT:
            # Who makes a tenant's role may then become it, as was the rule before.
            settings["createrole_self_grant"] = "set"
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._programs.server), "-D", str(self._folder), "-k", str(self._sockets), *options]
        self._process = processes.start(self._how, command, self._log)
        processes.wait_until(self._ready, self._process, self._log, START_SECONDS)

    def stop(self) -> None:
        """Roll back what is open and stop; connections are closed."""
        if self._process:
            processes.stop(self._process, signal.SIGINT)

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would; `start` recovers."""
        if self._process:
            processes.stop(self._process, signal.SIGQUIT)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _create(self) -> None:
        # Beside its place, then moved: a start that is killed half-way leaves nothing that looks finished.
        fresh = self._folder.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(0o700)
        secret = secrets.token_urlsafe(24)
        handed = self._folder.with_suffix(".handed")
        _write_private(handed, secret)
        self._how.own(fresh)
        os.chown(handed, self._how.owner, self._how.group)
        try:
            self._call([str(self._programs.initdb), "-D", str(fresh), *self._initdb_options(handed)])
            alone = [str(self._programs.server), "--single", "-D", str(fresh), "postgres"]
            self._call(alone, _first_sql(secret))
        finally:
            handed.unlink()
        _write_private(self._secret, secret)
        fresh.rename(self._folder)

    def _initdb_options(self, password_file: Path) -> list[str]:
        locale = ["--locale=C.UTF-8"]
        if self._programs.major >= BUILTIN_LOCALE:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        durable = [] if self._durable else ["--no-sync"]
        user = ["-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={password_file}", "--no-instructions"]
        return [*user, "-E", "UTF8", *locale, *durable]

    def _call(self, command: list[str], sql: str | None = None) -> None:
        done = subprocess.run(
            [*self._how.prefix, *command],
            cwd="/",
            input=sql or "",
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        # The single-user server goes on after a statement that fails.
        if done.returncode or "ERROR:" in done.stderr:
            told = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
            raise CannotStart(f"{Path(command[0]).name} failed: " + " / ".join(told))

    def _recorded_pid(self) -> int | None:
        try:
            first = (self._folder / "postmaster.pid").read_text().partition("\n")[0]
            return int(first)
        except (FileNotFoundError, ValueError):
            return None

    def _ready(self) -> bool:
        try:
            lines = (self._folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # The eighth line is the server's own word on its state.
        return [line.strip() for line in (*lines[:1], *lines[7:8])] == [str(self.pid), "ready"]


def _first_sql(password: str) -> str:
    """The application's role owns its database and may make roles and databases; it is no superuser."""
    return (
        f"CREATE ROLE {ROLE} LOGIN CREATEROLE CREATEDB PASSWORD '{password}'\n"
        f"CREATE DATABASE {ROLE} OWNER {ROLE}\n"
    )


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
