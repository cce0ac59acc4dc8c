"""Money in suspense: items, and what was done with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from dunwell.kernel.money import Money
from dunwell.loans.model import EntryKind, SuspenseItem, SuspenseState
from dunwell.loans.queries.arrays import columns
from dunwell.loans.queries.ledger import POSTING_COLUMNS
from dunwell.loans.rules import Line
from dunwell.storage.tenant import TenantTx


class ItemRow(NamedTuple):
    """An item as it is written, in the order of the columns."""

    id: UUID
    reference: str
    amount: int
    currency: str
    received_on: date
    source: str


@dataclass(frozen=True, slots=True)
class Move:
    """What was done with an item: `kind` is `assigned` or `returned`."""

    id: UUID
    item: UUID
    kind: SuspenseState
    reference: str
    amount: int
    moved_on: date
    reason: str | None = None


INSERT_ITEMS: Final = """
INSERT INTO suspense_items (id, reference, amount, "left", currency, received_on, source, booked_at)
SELECT id, reference, amount, amount, currency, received_on, source, $7
  FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::date[], $6::text[])
       AS given (id, reference, amount, currency, received_on, source)
 ORDER BY reference
    ON CONFLICT ON CONSTRAINT suspense_items_one_per_reference DO NOTHING
RETURNING id
"""


async def insert_items(tx: TenantTx, rows: Sequence[ItemRow]) -> set[UUID]:
    """The ids that were inserted; a reference that is there already is left as it is."""
    return {row["id"] for row in await tx.rows(INSERT_ITEMS, *columns(rows), tx.now)}


ITEMS_BY_REFERENCE: Final = """
SELECT id, reference, amount, "left", currency, received_on, source, state, booked_at
  FROM suspense_items
 WHERE reference = ANY($1::text[])
"""


async def items_by_reference(tx: TenantTx, references: Sequence[str]) -> dict[str, SuspenseItem]:
    return {row["reference"]: _item(row) for row in await tx.rows(ITEMS_BY_REFERENCE, references)}


ITEM: Final = """
SELECT id, reference, amount, "left", currency, received_on, source, state, booked_at
  FROM suspense_items
 WHERE id = $1
"""


async def item(tx: TenantTx, item_id: UUID) -> SuspenseItem | None:
    row = await tx.row(ITEM, item_id)
    return _item(row) if row is not None else None


LOCK_ITEM: Final = """
SELECT id, reference, amount, "left", currency, received_on, source, state, booked_at
  FROM suspense_items
 WHERE id = $1
   FOR NO KEY UPDATE
"""


async def lock_item(tx: TenantTx, item_id: UUID) -> SuspenseItem | None:
    """Hold the item until the transaction ends. Items are locked before loans."""
    row = await tx.row(LOCK_ITEM, item_id)
    return _item(row) if row is not None else None


# The first page begins before everything: one plan serves every page.
ITEMS: Final = """
SELECT id, reference, amount, "left", currency, received_on, source, state, booked_at
  FROM suspense_items
 WHERE (booked_at, id) > (coalesce($1::timestamptz, '-infinity'),
                          coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
   AND ($3::text IS NULL OR state = $3)
 ORDER BY booked_at, id
 LIMIT $4
"""


async def items(
    tx: TenantTx, after: tuple[datetime, UUID] | None, state: SuspenseState | None, limit: int
) -> list[SuspenseItem]:
    """Items in the order they came."""
    at, last = after or (None, None)
    return [_item(row) for row in await tx.rows(ITEMS, at, last, state, limit)]


TAKE_FROM_ITEM: Final = """
UPDATE suspense_items
   SET "left" = "left" - $2, state = CASE WHEN "left" = $2 THEN $3 ELSE state END
 WHERE id = $1
RETURNING id, reference, amount, "left", currency, received_on, source, state, booked_at
"""


async def take_from_item(tx: TenantTx, item_id: UUID, amount: int, state: SuspenseState) -> SuspenseItem:
    """Lower what is left of a locked item; with nothing left it is in that state."""
    (row,) = await tx.rows(TAKE_FROM_ITEM, item_id, amount, state)
    return _item(row)


INSERT_MOVE: Final = """
INSERT INTO suspense_moves (id, suspense_id, kind, reference, amount, moved_on, reason, booked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def insert_move(tx: TenantTx, move: Move) -> None:
    await tx.execute(
        INSERT_MOVE,
        move.id,
        move.item,
        move.kind,
        move.reference,
        move.amount,
        move.moved_on,
        move.reason,
        tx.now,
    )


MOVE: Final = """
SELECT id, suspense_id, kind, reference, amount, moved_on, reason
  FROM suspense_moves
 WHERE reference = $1
"""


async def move(tx: TenantTx, reference: str) -> Move | None:
    row = await tx.row(MOVE, reference)
    if row is None:
        return None
    return Move(
        row["id"],
        row["suspense_id"],
        SuspenseState(row["kind"]),
        row["reference"],
        row["amount"],
        row["moved_on"],
        row["reason"],
    )


async def insert_item_postings(
    tx: TenantTx, entries: Sequence[tuple[UUID, SuspenseItem, date, Sequence[Line]]]
) -> None:
    """Post entries of no loan: (entry, item, value date, lines). The database refuses one that does not add up."""
    await tx.copy_in(
        "postings",
        (*POSTING_COLUMNS, "suspense_id"),
        [
            (
                entry, EntryKind.SUSPENSE, None, line.account, line.amount, held.amount.currency, value_on, tx.now,
                None, None, None, None, held.id,
            )
            for entry, held, value_on, lines in entries
            for line in lines
        ],
    )  # fmt: skip


def _item(row: asyncpg.Record) -> SuspenseItem:
    currency = row["currency"]
    return SuspenseItem(
        id=row["id"],
        reference=row["reference"],
        amount=Money(row["amount"], currency),
        left=Money(row["left"], currency),
        received_on=row["received_on"],
        source=row["source"],
        state=SuspenseState(row["state"]),
        booked_at=row["booked_at"],
    )
