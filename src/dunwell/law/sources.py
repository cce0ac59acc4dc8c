"""The sources that packs name, read from `sources.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

FOLDER: Final = "dunwell.law"
FILE: Final = "sources.toml"


@dataclass(frozen=True, slots=True)
class LawSource:
    """Where a number was read: `what` it is, and the address of the page."""

    id: str
    what: str
    address: str


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^(OURS|S[0-9]+[a-z]?)$")]
    what: Annotated[str, Field(min_length=1)]
    address: str


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[_Row, ...]


@cache
def sources() -> Mapping[str, LawSource]:
    """Every source by its id."""
    text = (resources.files(FOLDER) / FILE).read_text("utf-8")
    rows = _File.model_validate(tomllib.loads(text)).sources
    return {row.id: LawSource(row.id, row.what, row.address) for row in rows}
