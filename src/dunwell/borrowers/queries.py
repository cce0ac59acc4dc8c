"""Borrower tables: every statement beside the one function that gives it a type."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.borrowers.model import (
    BorrowerKind,
    BorrowerStatus,
    ContactPoint,
    Listed,
    PointKind,
    PointSource,
    PointStatus,
    Profile,
)
from dunwell.kernel.ids import BorrowerId, ContactPointId
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Row:
    """A borrower as it is kept."""

    id: BorrowerId
    reference: str
    kind: str
    country: str
    zone: str
    language: str
    sealed: bytes
    name_blind: bytes | None
    id_number_blind: bytes | None
    masked_name: str
    masked_id_number: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """What a locked borrower looks like from outside."""

    id: BorrowerId
    digest: bytes
    status: BorrowerStatus


@dataclass(frozen=True, slots=True)
class Content:
    """The sealed side of a borrower, and its key."""

    id: BorrowerId
    profile: Profile
    sealed: bytes
    wrapped: bytes


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


# In the order of the references, so that two tapes with the same borrowers queue and do not deadlock.
LOCK_BY_REFERENCE: Final = """
SELECT id, reference, digest, status
  FROM borrowers
 WHERE reference = ANY($1::text[])
 ORDER BY id
   FOR UPDATE
"""


async def lock_by_reference(tx: TenantTx, references: Sequence[str]) -> dict[str, Held]:
    rows = await tx.rows(LOCK_BY_REFERENCE, references)
    return {row["reference"]: Held(row["id"], row["digest"], BorrowerStatus(row["status"])) for row in rows}


LOCK: Final = """
SELECT id
  FROM borrowers
 WHERE id = ANY($1::uuid[])
 ORDER BY id
   FOR UPDATE
"""


async def lock(tx: TenantTx, ids: Sequence[BorrowerId]) -> set[BorrowerId]:
    """Hold the borrowers until the transaction ends; those that exist."""
    return {row["id"] for row in await tx.rows(LOCK, ids)}


INSERT: Final = """
INSERT INTO borrowers (id, reference, kind, country, zone, language, sealed, name_blind, id_number_blind,
                       masked_name, masked_id_number, digest, created_at, updated_at)
SELECT id, reference, kind, country, zone, language, sealed, name_blind, id_number_blind,
       masked_name, masked_id_number, digest, $13, $13
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bytea[],
              $9::bytea[], $10::text[], $11::text[], $12::bytea[])
       AS given (id, reference, kind, country, zone, language, sealed, name_blind, id_number_blind,
                 masked_name, masked_id_number, digest)
 ORDER BY reference
    ON CONFLICT ON CONSTRAINT borrowers_one_per_reference DO NOTHING
RETURNING id
"""


async def insert(tx: TenantTx, rows: Sequence[Row]) -> set[BorrowerId]:
    """The ids that were inserted; a reference that somebody else inserted meanwhile is left out."""
    return {row["id"] for row in await tx.rows(INSERT, *_columns(rows), tx.now)}


UPDATE: Final = """
UPDATE borrowers
   SET kind = given.kind, country = given.country, zone = given.zone, language = given.language,
       sealed = given.sealed, name_blind = given.name_blind, id_number_blind = given.id_number_blind,
       masked_name = given.masked_name, masked_id_number = given.masked_id_number, digest = given.digest,
       updated_at = $13
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::bytea[],
              $9::bytea[], $10::text[], $11::text[], $12::bytea[])
       AS given (id, reference, kind, country, zone, language, sealed, name_blind, id_number_blind,
                 masked_name, masked_id_number, digest)
 WHERE borrowers.id = given.id
"""


async def update(tx: TenantTx, rows: Sequence[Row]) -> None:
    await tx.execute(UPDATE, *_columns(rows), tx.now)


INSERT_KEYS: Final = """
INSERT INTO borrower_keys (borrower_id, wrapped)
SELECT borrower_id, wrapped
  FROM unnest($1::uuid[], $2::bytea[]) AS given (borrower_id, wrapped)
"""


async def insert_keys(tx: TenantTx, keys: Sequence[tuple[BorrowerId, bytes]]) -> None:
    await tx.execute(INSERT_KEYS, [key[0] for key in keys], [key[1] for key in keys])


CONTENTS: Final = """
SELECT borrowers.id, reference, kind, country, zone, language, status, sealed, wrapped
  FROM borrowers
  JOIN borrower_keys ON borrower_keys.borrower_id = borrowers.id
 WHERE borrowers.id = ANY($1::uuid[])
"""


async def contents(tx: TenantTx, ids: Sequence[BorrowerId]) -> dict[BorrowerId, Content]:
    """The sealed sides of those borrowers that were not erased."""
    rows = await tx.rows(CONTENTS, ids)
    return {row["id"]: Content(row["id"], _profile(row), row["sealed"], row["wrapped"]) for row in rows}


PROFILES: Final = """
SELECT id, reference, kind, country, zone, language, status
  FROM borrowers
 WHERE id = ANY($1::uuid[])
"""


async def profiles(tx: TenantTx, ids: Sequence[BorrowerId]) -> dict[BorrowerId, Profile]:
    return {row["id"]: _profile(row) for row in await tx.rows(PROFILES, ids)}


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


async def mark_points(tx: TenantTx, marks: Sequence[tuple[ContactPointId, PointStatus]]) -> set[ContactPointId]:
    """Set the status of points; those that changed."""
    rows = await tx.rows(MARK_POINTS, [mark[0] for mark in marks], [str(mark[1]) for mark in marks], tx.now)
    return {row["id"] for row in rows}


LISTED: Final = """
SELECT id, reference, kind, country, zone, language, status, masked_name, masked_id_number, created_at, updated_at
  FROM borrowers
 WHERE ($1::timestamptz IS NULL OR (created_at, id) > ($1, $2::uuid))
   AND ($3::uuid[] IS NULL OR id = ANY($3))
 ORDER BY created_at, id
 LIMIT $4
"""

POINTS: Final = """
SELECT id, borrower_id, kind, source, status, masked
  FROM contact_points
 WHERE borrower_id = ANY($1::uuid[])
   AND status IN ('valid', 'invalid')
 ORDER BY borrower_id, kind, rank, id
"""


async def listed(
    tx: TenantTx, after: tuple[datetime, UUID] | None, only: Sequence[BorrowerId] | None, limit: int
) -> list[Listed]:
    """Borrowers in the order they came, masked, each with its points; two statements for any number."""
    at, last = after or (None, None)
    rows = await tx.rows(LISTED, at, last, only, limit)
    points: dict[BorrowerId, list[ContactPoint]] = {row["id"]: [] for row in rows}
    for point in await tx.rows(POINTS, list(points)):
        points[point["borrower_id"]].append(_point(point))
    return [
        Listed(
            _profile(row),
            row["masked_name"],
            row["masked_id_number"],
            tuple(points[row["id"]]),
            row["created_at"],
            row["updated_at"],
        )
        for row in rows
    ]


FIND_BY_REFERENCE: Final = "SELECT id FROM borrowers WHERE reference = $1"

FIND_BY_NAME: Final = "SELECT id FROM borrowers WHERE name_blind = $1 ORDER BY id LIMIT 50"

FIND_BY_ID_NUMBER: Final = "SELECT id FROM borrowers WHERE id_number_blind = $1 ORDER BY id LIMIT 50"

FIND_BY_POINT: Final = """
SELECT DISTINCT borrower_id AS id
  FROM contact_points
 WHERE kind = $1
   AND blind = $2
 ORDER BY borrower_id
 LIMIT 50
"""


async def find_by_reference(tx: TenantTx, reference: str) -> list[BorrowerId]:
    return [row["id"] for row in await tx.rows(FIND_BY_REFERENCE, reference)]


async def find_by_name(tx: TenantTx, blind: bytes) -> list[BorrowerId]:
    return [row["id"] for row in await tx.rows(FIND_BY_NAME, blind)]


async def find_by_id_number(tx: TenantTx, blind: bytes) -> list[BorrowerId]:
    return [row["id"] for row in await tx.rows(FIND_BY_ID_NUMBER, blind)]


async def find_by_point(tx: TenantTx, kind: PointKind, blind: bytes) -> list[BorrowerId]:
    return [row["id"] for row in await tx.rows(FIND_BY_POINT, kind, blind)]


SHRED: Final = "DELETE FROM borrower_keys WHERE borrower_id = $1"

EMPTY_BORROWER: Final = """
UPDATE borrowers
   SET status = 'erased', sealed = NULL, name_blind = NULL, id_number_blind = NULL, masked_name = '',
       masked_id_number = '', digest = '', updated_at = $2
 WHERE id = $1
   AND status <> 'erased'
"""

EMPTY_POINTS: Final = """
UPDATE contact_points
   SET status = 'erased', sealed = NULL, blind = NULL, masked = '', status_at = $2
 WHERE borrower_id = $1
   AND status <> 'erased'
"""


async def shred(tx: TenantTx, borrower: BorrowerId) -> bool:
    """Destroy the key and everything that was derived from the data; false if that was done before."""
    await tx.execute(SHRED, borrower)
    await tx.execute(EMPTY_POINTS, borrower, tx.now)
    return bool(await tx.execute(EMPTY_BORROWER, borrower, tx.now))


def _columns(rows: Sequence[Row]) -> tuple[list[object], ...]:
    """The rows as one array per column, in the order of the statements."""
    return (
        [row.id for row in rows],
        [row.reference for row in rows],
        [row.kind for row in rows],
        [row.country for row in rows],
        [row.zone for row in rows],
        [row.language for row in rows],
        [row.sealed for row in rows],
        [row.name_blind for row in rows],
        [row.id_number_blind for row in rows],
        [row.masked_name for row in rows],
        [row.masked_id_number for row in rows],
        [row.digest for row in rows],
    )


def _profile(row: asyncpg.Record) -> Profile:
    return Profile(
        row["id"],
        row["reference"],
        BorrowerKind(row["kind"]),
        row["zone"],
        row["country"],
        row["language"],
        BorrowerStatus(row["status"]),
    )


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
