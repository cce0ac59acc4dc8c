"""Tenants, their files and what is in force."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from dunwell.kernel.errors import Conflict, Invalid, NotFound

M = TypeVar("M", bound=BaseModel)

# File name without `.toml` → its parsed table, defaults merged in: "contact", "templates/first_reminder".
Files = Mapping[str, Mapping[str, Any]]


class TenantUnknown(NotFound):
    """There is no such tenant."""

    code = "tenant.unknown"


class TenantNotPublished(Conflict):
    """The tenant has no published files in force at that instant."""

    code = "tenant.not-published"


class WrongFiles(Invalid):
    """The tenant's files do not hold; each fault names file, line and remedy."""

    code = "tenant.files-invalid"


class NoTestClock(Conflict):
    """Only a sandbox tenant's clock can be moved, and only forward."""

    code = "tenant.no-test-clock"


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What the register keeps of a tenant; `wrapped_key` is a fresh key bundle."""

    id: UUID
    slug: str
    name: str
    cell: str
    host: str
    zone: str
    locale: str
    pack: str
    sandbox: bool
    wrapped_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Publish:
    """Put files in force from an instant on; `None` means at once."""

    files: Files
    effective_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Publication:
    """One numbered version of a tenant's files."""

    version: int
    published_at: datetime
    effective_from: datetime
    published_by: str


@dataclass(frozen=True, slots=True)
class InForce(Generic[M]):
    """The value of one file and the version it comes from."""

    version: int
    value: M
