"""Borrowers, their keys, and look-ups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from dunwell.borrowers.model import BorrowerKind, BorrowerStatus, PointKind, Profile
from dunwell.kernel.ids import BorrowerId
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


# NO KEY: rows that merely point to a borrower (a loan, a verdict) may be inserted meanwhile.
LOCK_BY_REFERENCE: Final = """
SELECT id, reference, digest, status
  FROM borrowers
 WHERE reference = ANY($1::text[])
 ORDER BY id
   FOR NO KEY UPDATE
"""


async def lock_by_reference(tx: TenantTx, references: Sequence[str]) -> dict[str, Held]:
    rows = await tx.rows(LOCK_BY_REFERENCE, references)
    return {row["reference"]: Held(row["id"], row["digest"], BorrowerStatus(row["status"])) for row in rows}


LOCK: Final = """
SELECT id
  FROM borrowers
 WHERE id = ANY($1::uuid[])
 ORDER BY id
   FOR NO KEY UPDATE
"""


async def lock(tx: TenantTx, ids: Sequence[BorrowerId]) -> set[BorrowerId]:
    """Hold the borrowers until the transaction ends; those that exist."""
    return {row["id"] for row in await tx.rows(LOCK, ids)}


# In the order of the references, so that two tapes with the same borrowers queue and do not deadlock.
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
    return {row["id"]: Content(row["id"], profile_of(row), row["sealed"], row["wrapped"]) for row in rows}


PROFILES: Final = """
SELECT id, reference, kind, country, zone, language, status
  FROM borrowers
 WHERE id = ANY($1::uuid[])
"""


async def profiles(tx: TenantTx, ids: Sequence[BorrowerId]) -> dict[BorrowerId, Profile]:
    return {row["id"]: profile_of(row) for row in await tx.rows(PROFILES, ids)}


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


def profile_of(row: asyncpg.Record) -> Profile:
    return Profile(
        row["id"],
        row["reference"],
        BorrowerKind(row["kind"]),
        row["zone"],
        row["country"],
        row["language"],
        BorrowerStatus(row["status"]),
    )
