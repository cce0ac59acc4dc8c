"""Where in a list a page begins."""

from datetime import datetime
from uuid import UUID

from dunwell.kernel.errors import Fault
from dunwell.kernel.paging import WrongCursor, decode_cursor


def place(cursor: str | None) -> tuple[datetime | None, UUID | None]:
    """The instant and id after which a page begins; nothing for the first page. Raises `WrongCursor`."""
    key = decode_cursor(cursor, 2)
    if key is None:
        return None, None
    try:
        at, row = datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        at, row = None, None
    if at is None or at.tzinfo is None:
        fault = Fault("cursor", "not a cursor of this list", "use `next` of the previous page")
        raise WrongCursor("unknown cursor", faults=[fault])
    return at, row
