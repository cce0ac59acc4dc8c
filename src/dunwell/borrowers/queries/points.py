"""Contact points, and borrowers as lists show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.borrowers.model import Borrower, ContactPoint, PointKind, PointSource, PointStatus
from dunwell.borrowers.queries.people import profile_of
from dunwell.kernel.ids import BorrowerId, ContactPointId
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class PointRow:
    """A contact point as it is kept."""

    id: ContactPointId
    borrower: BorrowerId
    kind: str
    sealed: bytes
    blind: bytes
    masked: str
    source: str
    rank: int


@dataclass(frozen=True, slots=True)
class SealedPoint:
    """A point with what is needed to open it and to greet its owner."""

    id: ContactPointId
    borrower: BorrowerId
    kind: PointKind
    sealed: bytes
    wrapped: bytes
    reference: str
    borrower_sealed: bytes


# A number the lender names again is valid again only if the lender had taken it back: a bounce stays a bounce.
SAVE_POINTS: Final = """
INSERT INTO contact_points (id, borrower_id, kind, sealed, blind, masked, source, status, status_at, rank)
SELECT id, borrower_id, kind, sealed, blind, masked, source, 'valid', $9, rank
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::text[], $7::text[], $8::smallint[])
       AS given (id, borrower_id, kind, sealed, blind, masked, source, rank)
    ON CONFLICT ON CONSTRAINT contact_points_one_per_borrower DO UPDATE
   SET rank = EXCLUDED.rank,
       status = CASE contact_points.status WHEN 'withdrawn' THEN 'valid' ELSE contact_points.status END,
       status_at = CASE contact_points.status WHEN 'withdrawn' THEN $9 ELSE contact_points.status_at END
"""


async def save_points(tx: TenantTx, points: Sequence[PointRow]) -> None:
    await tx.execute(
        SAVE_POINTS,
        [point.id for point in points],
        [point.borrower for point in points],
        [point.kind for point in points],
        [point.sealed for point in points],
        [point.blind for point in points],
        [point.masked for point in points],
        [point.source for point in points],
        [point.rank for point in points],
        tx.now,
    )


# Of the kinds the lender spoke about, what it no longer names. What bounced stays marked as bounced.
WITHDRAW_OTHERS: Final = """
UPDATE contact_points
   SET status = 'withdrawn', status_at = $5
  FROM unnest($1::uuid[], $2::text[]) AS said (borrower_id, kind)
 WHERE contact_points.borrower_id = said.borrower_id
   AND contact_points.kind = said.kind
   AND contact_points.source = 'lender'
   AND contact_points.status = 'valid'
   AND NOT EXISTS (SELECT FROM unnest($3::uuid[], $4::bytea[]) AS kept (borrower_id, blind)
                    WHERE kept.borrower_id = contact_points.borrower_id
                      AND kept.blind = contact_points.blind)
"""


async def withdraw_others(tx: TenantTx, kept: Sequence[PointRow]) -> None:
    """Withdraw the lender's points of the same borrowers and kinds that are not in `kept`."""
    said = list({(point.borrower, point.kind) for point in kept})
    await tx.execute(
        WITHDRAW_OTHERS,
        [borrower for borrower, _ in said],
        [kind for _, kind in said],
        [point.borrower for point in kept],
        [point.blind for point in kept],
        tx.now,
    )


NAMED_POINTS: Final = """
SELECT borrower_id, kind, blind
  FROM contact_points
 WHERE borrower_id = ANY($1::uuid[])
   AND source = 'lender'
   AND status IN ('valid', 'invalid')
 ORDER BY borrower_id, kind, rank, id
"""


async def named_points(
    tx: TenantTx, ids: Sequence[BorrowerId]
) -> dict[BorrowerId, dict[PointKind, list[bytes]]]:
    """The points that the lender names now, by kind, best first, as blind indexes."""
    named: dict[BorrowerId, dict[PointKind, list[bytes]]] = {borrower: {} for borrower in ids}
    for row in await tx.rows(NAMED_POINTS, ids):
        named[row["borrower_id"]].setdefault(PointKind(row["kind"]), []).append(row["blind"])
    return named


BEST_POINTS: Final = """
SELECT DISTINCT ON (borrower_id) id, borrower_id, kind, source, status, masked
  FROM contact_points
 WHERE borrower_id = ANY($1::uuid[])
   AND kind = $2
   AND status = 'valid'
 ORDER BY borrower_id, rank, id
"""


async def best_points(
    tx: TenantTx, ids: Sequence[BorrowerId], kind: PointKind
) -> dict[BorrowerId, ContactPoint]:
    return {row["borrower_id"]: _point(row) for row in await tx.rows(BEST_POINTS, ids, kind)}


SEALED_POINTS: Final = """
SELECT contact_points.id, contact_points.borrower_id, contact_points.kind, contact_points.sealed, wrapped,
       reference, borrowers.sealed AS borrower_sealed
  FROM contact_points
  JOIN borrowers ON borrowers.id = contact_points.borrower_id
  JOIN borrower_keys ON borrower_keys.borrower_id = contact_points.borrower_id
 WHERE contact_points.id = ANY($1::uuid[])
   AND contact_points.status = 'valid'
"""


async def sealed_points(tx: TenantTx, ids: Sequence[ContactPointId]) -> list[SealedPoint]:
    """Those of the points that may be used."""
    return [_sealed_point(row) for row in await tx.rows(SEALED_POINTS, ids)]


POINTS_TO_SHOW: Final = """
SELECT contact_points.id, contact_points.borrower_id, contact_points.kind, contact_points.sealed, wrapped,
       reference, borrowers.sealed AS borrower_sealed
  FROM contact_points
  JOIN borrowers ON borrowers.id = contact_points.borrower_id
  JOIN borrower_keys ON borrower_keys.borrower_id = contact_points.borrower_id
 WHERE contact_points.borrower_id = $1
   AND contact_points.status IN ('valid', 'invalid')
 ORDER BY contact_points.kind, contact_points.rank, contact_points.id
 LIMIT 100
"""


async def points_to_show(tx: TenantTx, borrower: BorrowerId) -> list[SealedPoint]:
    """All points of one borrower that were not taken back."""
    return [_sealed_point(row) for row in await tx.rows(POINTS_TO_SHOW, borrower)]


MARK_POINTS: Final = """
UPDATE contact_points
   SET status = given.status, status_at = $3
  FROM unnest($1::uuid[], $2::text[]) AS given (id, status)
 WHERE contact_points.id = given.id
   AND contact_points.status <> 'erased'
   AND contact_points.status <> given.status
RETURNING contact_points.id
"""


async def mark_points(
    tx: TenantTx, marks: Sequence[tuple[ContactPointId, PointStatus]]
) -> set[ContactPointId]:
    """Set the status of points; those that changed."""
    rows = await tx.rows(MARK_POINTS, [mark[0] for mark in marks], [str(mark[1]) for mark in marks], tx.now)
    return {row["id"] for row in rows}


# The first page begins before everything: one plan serves every page, and none counts the rows before it.
PAGE: Final = """
SELECT id, reference, kind, country, zone, language, status, masked_name, masked_id_number, created_at, updated_at
  FROM borrowers
 WHERE (created_at, id) > (coalesce($1::timestamptz, '-infinity'),
                           coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
 ORDER BY created_at, id
 LIMIT $3
"""


async def listed_page(tx: TenantTx, after: tuple[datetime, UUID] | None, limit: int) -> list[Borrower]:
    """Borrowers in the order they came, masked, each with its points; two statements for any number."""
    at, last = after or (None, None)
    return await _with_points(tx, await tx.rows(PAGE, at, last, limit))


LISTED: Final = """
SELECT id, reference, kind, country, zone, language, status, masked_name, masked_id_number, created_at, updated_at
  FROM borrowers
 WHERE id = ANY($1::uuid[])
 ORDER BY created_at, id
"""


async def listed(tx: TenantTx, ids: Sequence[BorrowerId]) -> list[Borrower]:
    """Those of the borrowers that exist, masked, each with its points."""
    return await _with_points(tx, await tx.rows(LISTED, ids))


POINTS: Final = """
SELECT id, borrower_id, kind, source, status, masked
  FROM contact_points
 WHERE borrower_id = ANY($1::uuid[])
   AND status IN ('valid', 'invalid')
 ORDER BY borrower_id, kind, rank, id
"""


async def _with_points(tx: TenantTx, rows: Sequence[asyncpg.Record]) -> list[Borrower]:
    points: dict[BorrowerId, list[ContactPoint]] = {row["id"]: [] for row in rows}
    for point in await tx.rows(POINTS, list(points)):
        points[point["borrower_id"]].append(_point(point))
    return [
        Borrower(
            profile_of(row),
            row["masked_name"],
            row["masked_id_number"],
            tuple(points[row["id"]]),
            row["created_at"],
            row["updated_at"],
        )
        for row in rows
    ]


def _point(row: asyncpg.Record) -> ContactPoint:
    return ContactPoint(
        row["id"],
        row["borrower_id"],
        PointKind(row["kind"]),
        PointSource(row["source"]),
        PointStatus(row["status"]),
        row["masked"],
    )


def _sealed_point(row: asyncpg.Record) -> SealedPoint:
    return SealedPoint(
        row["id"],
        row["borrower_id"],
        PointKind(row["kind"]),
        row["sealed"],
        row["wrapped"],
        row["reference"],
        row["borrower_sealed"],
    )
