"""Permits and notes as they are shown, the newest first."""

from datetime import datetime
from uuid import UUID

from dunwell.audit.use_cases import record
from dunwell.contact.model.permits import (
    Asked,
    KeptNote,
    ListNotes,
    ListPermits,
    NoteNotFound,
    OpenNote,
    Permit,
    ReadNote,
)
from dunwell.contact.queries import notes as note_queries
from dunwell.contact.queries import permits as permit_queries
from dunwell.contact.use_cases.permits.noting import open_note
from dunwell.contact.use_cases.permits.using import current
from dunwell.contact.use_cases.reading import verdict as kept_verdict
from dunwell.kernel.ids import VerdictId
from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.storage.tenant import TenantTx


async def permits(tx: TenantTx, wanted: ListPermits) -> Page[Permit]:
    """Permits, whatever became of them."""
    rows = await permit_queries.permits(tx, wanted, _after(wanted.cursor))
    return page(rows, wanted.limit, lambda row: row, lambda row: (row.issued_at.isoformat(), str(row.id)))


async def permit(tx: TenantTx, permit_id: VerdictId) -> Asked:
    """One permit, with the verdict that allowed it. Raises `PermitNotFound`."""
    found = await current(tx, permit_id)
    return Asked(await kept_verdict(tx, permit_id), found)


async def notes(tx: TenantTx, wanted: ListNotes) -> Page[KeptNote]:
    """Notes without their texts."""
    rows = await note_queries.notes(tx, wanted, _after(wanted.cursor))
    return page(
        rows, wanted.limit, lambda row: row, lambda row: (row.written_at.isoformat(), str(row.contact))
    )


async def read_note(tx: TenantTx, command: ReadNote) -> OpenNote:
    """A note in clear; the reading is audited with its reason. Raises `NoteNotFound`, also once it cannot be opened."""
    found = await note_queries.note(tx, command.contact)
    key = await note_queries.borrower_key(tx, found[0].borrower) if found else None
    if found is None or key is None:
        raise NoteNotFound("no such note")
    note, sealed = found
    await record(tx, "note.read", note.contact, reason=command.reason)
    return OpenNote(note, open_note(tx, key, note.contact, sealed))


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    key = decode_cursor(cursor, 2)
    if key is None:
        return None
    try:
        at, last = datetime.fromisoformat(key[0]), UUID(key[1])
    except ValueError as error:
        raise WrongCursor("unknown cursor") from error
    if at.tzinfo is None:
        raise WrongCursor("unknown cursor")
    return at, last
