"""Cursors of the register's lists, read back into keys."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from dunwell.kernel.errors import Fault
from dunwell.kernel.paging import WrongCursor, decode_cursor

K = TypeVar("K")


def after_day(cursor: str | None) -> tuple[date, UUID] | None:
    """The day and id of the last row shown; None for the first page. Raises `WrongCursor`."""
    return _read(cursor, date.fromisoformat)


def after_instant(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The instant and id of the last row shown; None for the first page. Raises `WrongCursor`."""
    found = _read(cursor, datetime.fromisoformat)
    if found is not None and found[0].tzinfo is None:
        raise _wrong()
    return found


def _read(cursor: str | None, read: Callable[[str], K]) -> tuple[K, UUID] | None:
    key = decode_cursor(cursor, 2)
    if key is None:
        return None
    try:
        return read(key[0]), UUID(key[1])
    except ValueError:
        raise _wrong() from None


def _wrong() -> WrongCursor:
    fault = Fault("cursor", "not a cursor of ours", "use `next` of the previous page")
    return WrongCursor("unknown cursor", faults=[fault])
