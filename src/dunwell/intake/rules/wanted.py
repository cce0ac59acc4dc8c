"""Which columns of a file a profile reads."""

from collections.abc import Iterator
from typing import cast

from pydantic import BaseModel

from dunwell.intake.settings import Cell, Condition, Profile


def wanted(profile: Profile) -> tuple[str, ...]:
    """Every column the profile names, once, in a stable order."""
    return tuple(dict.fromkeys(_columns(profile)))


def _columns(part: object) -> Iterator[str]:
    if isinstance(part, Condition):
        yield part.column
    if isinstance(part, Cell) and part.column is not None:
        yield part.column
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _columns(getattr(part, name))
    elif isinstance(part, tuple):
        for each in cast("tuple[object, ...]", part):
            yield from _columns(each)
