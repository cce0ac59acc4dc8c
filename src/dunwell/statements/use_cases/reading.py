"""Reading files, entries and the queue."""

from datetime import datetime
from typing import Final
from uuid import UUID

from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.statements.kept import (
    BrowseEntries,
    BrowseFiles,
    BrowseQueue,
    KeptEntry,
    KeptFile,
    StatementFileId,
    StatementFileNotFound,
    Tally,
)
from dunwell.statements.profile_files import FOLDER, parse
from dunwell.statements.queries import entries as entry_rows
from dunwell.statements.queries import files as file_rows
from dunwell.statements.settings import Profile
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.use_cases import published_files

# Digits of a place that a bigint, and of a part that an integer, can hold whatever they are.
PLACE_DIGITS: Final = 18
PART_DIGITS: Final = 9


async def own_profiles(tx: TenantTx, _: None) -> tuple[Profile, ...]:
    """The tenant's own statement profiles as in force. They were checked when they were published."""
    own = (await published_files(tx, FOLDER.rstrip("/"))).value
    parsed = [parse(table, f"{name}.toml") for name, table in sorted(own.files.items())]
    return tuple(each for each in parsed if isinstance(each, Profile))


async def file(tx: TenantTx, file_id: StatementFileId) -> tuple[KeptFile, list[Tally]]:
    """A file, and what became of the entries it brought. Raises `StatementFileNotFound`."""
    found = await file_rows.file(tx, file_id)
    if found is None:
        raise StatementFileNotFound("no such statement file")
    return found, await file_rows.tallies(tx, file_id)


async def files(tx: TenantTx, command: BrowseFiles) -> Page[KeptFile]:
    """A page of files, the newest first."""
    after = instant_cursor(command.cursor)
    before = (after[0], StatementFileId(after[1])) if after is not None else None
    rows = await file_rows.files(tx, before, command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (row.received_at.isoformat(), str(row.id)))


async def entries(tx: TenantTx, command: BrowseEntries) -> Page[KeptEntry]:
    """A page of what a file brought, in its order. Raises `StatementFileNotFound`."""
    await file(tx, command.file)
    after = _place(command.cursor)
    rows = await entry_rows.entries(tx, command.file, after, command.disposition, command.limit + 1)
    return page(rows, command.limit, lambda row: row[1], lambda row: (str(row[0]), str(row[1].part)))


async def queue(tx: TenantTx, command: BrowseQueue) -> Page[KeptEntry]:
    """A page of what people have to look at, the oldest first."""
    rows = await entry_rows.queue(tx, instant_cursor(command.cursor), command.limit + 1)
    return page(rows, command.limit, lambda row: row, lambda row: (row.created_at.isoformat(), str(row.id)))


def instant_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """An instant and an id. Raises `WrongCursor`."""
    key = decode_cursor(cursor, 2)
    if key is None:
        return None
    try:
        at, last = datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError:
        raise WrongCursor("unknown cursor") from None
    if at.tzinfo is None or not 1970 <= at.year <= 2199:
        raise WrongCursor("unknown cursor")
    return at, last


def _place(cursor: str | None) -> tuple[int, int]:
    key = decode_cursor(cursor, 2)
    if key is None:
        return (-1, 0)
    place, part = key
    if not (place.isascii() and place.isdigit() and len(place) <= PLACE_DIGITS):
        raise WrongCursor("unknown cursor")
    if not (part.isascii() and part.isdigit() and len(part) <= PART_DIGITS):
        raise WrongCursor("unknown cursor")
    return int(place), int(part)
