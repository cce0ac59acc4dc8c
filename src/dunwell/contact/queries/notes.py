"""Notes about contacts, sealed under the borrower's own key."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.contact.model import Channel
from dunwell.contact.model.permits import KeptNote, ListNotes
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import TenantTx

KEY: Final = "SELECT wrapped FROM borrower_keys WHERE borrower_id = $1"


async def borrower_key(tx: TenantTx, borrower: BorrowerId) -> bytes | None:
    """The data key of a borrower; None once the borrower is erased, and with it all that was written under the key."""
    wrapped = await tx.value(KEY, borrower)
    return None if wrapped is None else tx.keys.unwrap(wrapped)


INSERT_NOTE: Final = """
INSERT INTO contact_notes (contact_id, borrower_id, sealed, classes, flagged, written_by, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def insert_note(tx: TenantTx, note: KeptNote, sealed: bytes) -> None:
    await tx.execute(
        INSERT_NOTE,
        note.contact,
        note.borrower,
        sealed,
        note.classes,
        note.flagged,
        note.written_by,
        note.written_at,
    )


NOTES: Final = """
SELECT contact_notes.contact_id, contact_notes.borrower_id, contacts.channel, contact_notes.classes,
       contact_notes.flagged, contact_notes.written_by, contact_notes.written_at
  FROM contact_notes
  JOIN contacts ON contacts.id = contact_notes.contact_id
 WHERE ($1::boolean IS NULL OR contact_notes.flagged = $1)
   AND ($2::timestamptz IS NULL OR (contact_notes.written_at, contact_notes.contact_id) < ($2, $3::uuid))
 ORDER BY contact_notes.written_at DESC, contact_notes.contact_id DESC
 LIMIT $4
"""


async def notes(tx: TenantTx, wanted: ListNotes, after: tuple[datetime, UUID] | None) -> list[KeptNote]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    return [_note(row) for row in await tx.rows(NOTES, wanted.flagged, at, last, wanted.limit + 1)]


NOTE: Final = """
SELECT contact_notes.contact_id, contact_notes.borrower_id, contacts.channel, contact_notes.classes,
       contact_notes.flagged, contact_notes.written_by, contact_notes.written_at, contact_notes.sealed
  FROM contact_notes
  JOIN contacts ON contacts.id = contact_notes.contact_id
 WHERE contact_notes.contact_id = $1
"""


async def note(tx: TenantTx, contact: UUID) -> tuple[KeptNote, bytes] | None:
    """A note with its sealed text."""
    row = await tx.row(NOTE, contact)
    return None if row is None else (_note(row), row["sealed"])


def _note(row: asyncpg.Record) -> KeptNote:
    return KeptNote(
        row["contact_id"],
        row["borrower_id"],
        Channel(row["channel"]),
        tuple(row["classes"]),
        row["flagged"],
        row["written_by"],
        row["written_at"],
    )
