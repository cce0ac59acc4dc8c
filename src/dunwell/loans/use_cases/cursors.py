"""Where a page of a list begins. A cursor that we did not make is refused, not guessed at."""

from datetime import datetime
from typing import Final
from uuid import UUID

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.paging import WrongCursor, decode_cursor

# Digits of a place in a list that a bigint can hold whatever they are.
DIGITS: Final = 18


def after_instant(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The instant and id of the last row of the page before. Raises `WrongCursor`."""
    key = decode_cursor(cursor, 2)
    if key is None:
        return None
    try:
        at, last = datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise WrongCursor("unknown cursor") from None
    if at.tzinfo is None or not EARLIEST.year <= at.year <= LATEST.year:
        raise WrongCursor("unknown cursor")
    return at, last


def after_place(cursor: str | None) -> int:
    """The number of the last row of the page before. Raises `WrongCursor`."""
    key = decode_cursor(cursor, 1)
    if key is None:
        return 0
    if not key[0].isascii() or not key[0].isdecimal() or len(key[0]) > DIGITS:
        raise WrongCursor("unknown cursor")
    return int(key[0])
