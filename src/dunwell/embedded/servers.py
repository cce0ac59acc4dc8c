"""PostgreSQL and Valkey together, for as long as somebody needs them."""

import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dunwell.embedded import processes
from dunwell.embedded.binaries import find_postgres, find_valkey
from dunwell.embedded.errors import AlreadyRunning, CannotStart
from dunwell.embedded.postgres import PostgresServer
from dunwell.embedded.valkey import ValkeyServer

# A socket's path has at most 107 bytes, and PostgreSQL adds 15.
LONGEST_FOLDER: Final = 80
PRIVATE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs to use instead of those that would be found: `PG_BIN` (a folder) and `VALKEY_BIN` (a file)."""

    postgres: Path | None = None
    valkey: Path | None = None


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses, and the servers themselves when they are ours."""

    postgres_dsn: str
    redis_url: str
    postgres: PostgresServer | None = None
    redis: ValkeyServer | None = None


@contextmanager
def running(data: Path, *, durable: bool, programs: Programs | None = None) -> Generator[Servers]:
    """Both servers over the folder `data`, stopped at the end, and by the kernel if this process is killed.

    `durable` keeps what was committed through a power cut; without it the files are for throwing away.
    Call it from the main thread. Raises `AlreadyRunning` when another process holds the folder.
    """
    data = data.resolve()
    programs = programs or Programs()
    with locked(data), _socket_folder(data) as sockets:
        found = find_postgres(programs.postgres)
        how = processes.guise(found.server, data.parent)
        data.chmod(how.closed)
        how.own(sockets)
        postgres = PostgresServer(found, how, data / "postgres", sockets, durable=durable)
        valkey = ValkeyServer(find_valkey(programs.valkey), how, data / "valkey", sockets, durable=durable)
        try:
            postgres.start()
            valkey.start()
            yield Servers(postgres.dsn(), valkey.url, postgres, valkey)
        finally:
            valkey.stop()
            postgres.stop()


@contextmanager
def locked(data: Path, name: str = "lock") -> Generator[None]:
    """One process per folder. The kernel lets go of the lock when that process ends, however it ends."""
    try:
        data.mkdir(PRIVATE, parents=True, exist_ok=True)
        file = (data / name).open("a+")
    except PermissionError:
        raise CannotStart(f"{data} belongs to another user: name another folder, or remove it") from None
    with file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            told = lock.read().strip()
            raise AlreadyRunning(data, int(told) if told.isdigit() else None) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def _socket_folder(data: Path) -> Generator[Path]:
    """A short private folder; the one that a killed predecessor left is removed."""
    record = data / "sockets.json"
    _remove_left(record)
    base = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="dunwell-", dir=base if len(base) < LONGEST_FOLDER else "/tmp"))  # noqa: S108 - private by mkdtemp, and short
    record.write_text(json.dumps(str(folder)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        record.unlink(missing_ok=True)


def _remove_left(record: Path) -> None:
    try:
        folder = Path(json.loads(record.read_text()))
        left = folder.lstat()
    except (OSError, ValueError, TypeError):
        return
    # The record is ours, the place it names is not: remove only what can be a folder of sockets.
    ours = stat.S_ISDIR(left.st_mode) and stat.S_IMODE(left.st_mode) == PRIVATE
    if ours and folder.name.startswith("dunwell-"):
        for path in folder.iterdir():
            if stat.S_ISSOCK(path.lstat().st_mode) or path.name.endswith(".lock"):
                path.unlink()
        folder.rmdir()
