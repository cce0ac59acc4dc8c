"""Places in lists that are ordered by an instant and an id."""

from datetime import datetime
from uuid import UUID

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.paging import WrongCursor, decode_cursor


def after_instant(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The last row that was shown; None for the first page. Raises `WrongCursor`."""
    key = decode_cursor(cursor, 2)
    return None if key is None else place_of(key[0], key[1])


def place_of(instant: str, identity: str) -> tuple[datetime, UUID]:
    """Raises `WrongCursor`."""
    try:
        at, last = datetime.fromisoformat(instant), UUID(identity)
    except ValueError as error:
        raise WrongCursor("unknown cursor") from error
    if at.tzinfo is None or not EARLIEST.year <= at.year <= LATEST.year:
        raise WrongCursor("unknown cursor")
    return at, last
