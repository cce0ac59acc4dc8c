"""Pages of a list, by key and never by offset: a cursor says after which row the next page begins."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from dunwell.kernel.errors import Fault, Invalid

LIMIT: Final = 50
MOST: Final = 500

T = TypeVar("T")
R = TypeVar("R")


class WrongCursor(Invalid):
    """The cursor was not given by us."""

    code = "paging.cursor"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows and, if there are more, the cursor of the next page."""

    rows: tuple[T, ...]
    next: str | None


def encode_cursor(key: Sequence[str]) -> str:
    """An opaque, URL-safe text for the sort key of the last row shown."""
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, parts: int) -> tuple[str, ...] | None:
    """The sort key again; `None` for the first page. Raises `WrongCursor`."""
    if cursor is None:
        return None
    try:
        key: object = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, list) or len(key) != parts or not all(isinstance(part, str) for part in key):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        raise WrongCursor(
            "unknown cursor",
            faults=[Fault("cursor", "not a cursor of ours", "use `next` of the previous page")],
        )
    return tuple(str(part) for part in key)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def page(
    rows: Sequence[R], limit: int, shown: Callable[[R], T], key: Callable[[R], Sequence[str]]
) -> Page[T]:
    """Make a page of `limit` from `limit + 1` fetched rows."""
    kept = rows[:limit]
    following = encode_cursor(key(kept[-1])) if len(rows) > limit and kept else None
    return Page(tuple(shown(row) for row in kept), following)
