"""Process settings from the environment: the one place that reads it. No secret has a default."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dunwell.kernel.errors import Fault, Invalid

CELL_PREFIX: Final = "DUNWELL_CELL_"
MEBIBYTE: Final = 1024 * 1024


class WrongSettings(Invalid):
    """A setting is missing or has a value we cannot use."""

    code = "settings.invalid"


@dataclass(frozen=True, slots=True)
class Settings:
    """What one process needs to know.

    `cells` maps a cell's name to the address of its database; the control plane lives in `main`.
    Byte limits are per request.
    """

    cells: Mapping[str, str] = field(repr=False)
    redis_url: str = field(repr=False)
    master_key: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8080
    pool_size: int = 8
    body_limit: int = MEBIBYTE
    tape_limit: int = 4096 * MEBIBYTE
    log_format: str = "json"
    log_level: str = "info"
    workers: int = 1
    base_host: str = "localhost"

    @property
    def database_url(self) -> str:
        """The database of the control plane."""
        return self.cells["main"]


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of this process. Raises `WrongSettings` with every fault, not only the first."""
    found = dict(os.environ if environment is None else environment)
    faults: list[Fault] = []

    def required(name: str, remedy: str) -> str:
        value = found.get(name, "").strip()
        if not value:
            faults.append(Fault(name, "not set", remedy))
        return value

    def whole(name: str, default: int, least: int) -> int:
        text = found.get(name, "").strip()
        if text.isdecimal() and int(text) >= least:
            return int(text)
        if text:
            faults.append(Fault(name, f"{text[:20]!r} is not a whole number from {least}", f"e.g. {default}"))
        return default

    cells = {
        name.removeprefix(CELL_PREFIX).removesuffix("_URL").lower(): value
        for name, value in found.items()
        if name.startswith(CELL_PREFIX) and name.endswith("_URL")
    }
    cells["main"] = required("DATABASE_URL", "postgresql://user:password@host/database")
    settings = Settings(
        cells=cells,
        redis_url=required("REDIS_URL", "redis://host:6379/0 or unix:///path"),
        master_key=required("DUNWELL_MASTER_KEY", "make one with: openssl rand -base64 32"),
        host=found.get("DUNWELL_HOST", "127.0.0.1"),
        port=whole("DUNWELL_PORT", 8080, 0),
        pool_size=whole("DUNWELL_POOL_SIZE", 8, 1),
        body_limit=whole("DUNWELL_BODY_LIMIT", MEBIBYTE, 1024),
        tape_limit=whole("DUNWELL_TAPE_LIMIT", 4096 * MEBIBYTE, 1024),
        log_format=found.get("DUNWELL_LOG_FORMAT", "json"),
        log_level=found.get("DUNWELL_LOG_LEVEL", "info"),
        workers=whole("DUNWELL_WORKERS", 1, 1),
        base_host=found.get("DUNWELL_BASE_HOST", "localhost"),
    )
    if faults:
        raise WrongSettings("; ".join(str(fault) for fault in faults), faults=faults)
    return settings


def secret(reference: str) -> str:
    """The secret a tenant file refers to: `env:NAME` or `file:/path`. Raises `WrongSettings`."""
    kind, _, name = reference.partition(":")
    if kind == "env" and os.environ.get(name):
        return os.environ[name]
    if kind == "file" and Path(name).is_file():
        return Path(name).read_text(encoding="utf-8").strip()
    fault = Fault(reference, "no such secret here", "set the variable or write the file it names")
    raise WrongSettings(str(fault), faults=[fault])
