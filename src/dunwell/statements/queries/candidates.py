"""Whom numbers and names lead to: one statement for all entries of a batch, and the marks debtors pay by."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.statements.kept import MarkId, PayerMark, PayerMarkKind
from dunwell.statements.matches import Target
from dunwell.storage.tenant import TenantTx

# A name that more borrowers have says nothing about who paid.
NAMESAKES: Final = 20


@dataclass(frozen=True, slots=True)
class NamedLoan:
    """A loan that a reference names."""

    id: LoanId
    reference: str
    borrower: BorrowerId
    currency: str
    state: str


NAMED_LOANS: Final = """
SELECT id, reference, borrower_id, currency, state
  FROM loans
 WHERE reference = ANY($1::text[])
 ORDER BY reference
"""


async def named_loans(tx: TenantTx, references: Collection[str]) -> dict[str, NamedLoan]:
    """The loans with those references."""
    if not references:
        return {}
    return {
        row["reference"]: NamedLoan(
            LoanId(row["id"]),
            row["reference"],
            BorrowerId(row["borrower_id"]),
            row["currency"],
            row["state"],
        )
        for row in await tx.rows(NAMED_LOANS, sorted(references))
    }


MARKED: Final = """
SELECT payer_marks.kind, payer_marks.blind, borrower_id, loan_id
  FROM unnest($1::text[], $2::bytea[]) AS given (kind, blind)
  JOIN payer_marks ON payer_marks.kind = given.kind AND payer_marks.blind = given.blind
 ORDER BY payer_marks.kind, payer_marks.blind, borrower_id, loan_id
"""


async def marked(
    tx: TenantTx, wanted: Collection[tuple[PayerMarkKind, bytes]]
) -> dict[tuple[PayerMarkKind, bytes], list[Target]]:
    """Whom those numbers belong to."""
    if not wanted:
        return {}
    pairs = sorted(wanted)
    found: dict[tuple[PayerMarkKind, bytes], list[Target]] = {}
    for row in await tx.rows(MARKED, [str(kind) for kind, _ in pairs], [blind for _, blind in pairs]):
        loan = LoanId(row["loan_id"]) if row["loan_id"] is not None else None
        place = (PayerMarkKind(row["kind"]), row["blind"])
        found.setdefault(place, []).append(Target(BorrowerId(row["borrower_id"]), loan))
    return found


NAMESAKES_OF: Final = """
SELECT given.blind, found.id
  FROM unnest($1::bytea[]) AS given (blind)
 CROSS JOIN LATERAL (SELECT id FROM borrowers WHERE name_blind = given.blind ORDER BY id LIMIT $2) AS found
 ORDER BY given.blind, found.id
"""


async def namesakes(tx: TenantTx, blinds: Collection[bytes]) -> dict[bytes, list[BorrowerId]]:
    """Borrowers by name; a name that more than `NAMESAKES` of them have is left out."""
    if not blinds:
        return {}
    found: dict[bytes, list[BorrowerId]] = {}
    for row in await tx.rows(NAMESAKES_OF, sorted(blinds), NAMESAKES + 1):
        found.setdefault(row["blind"], []).append(BorrowerId(row["id"]))
    return {blind: ids for blind, ids in found.items() if len(ids) <= NAMESAKES}


LIABLE: Final = """
SELECT given.borrower_id, given.blind, bool_or(person.name_blind = given.blind) AS same
  FROM unnest($1::uuid[], $2::bytea[]) AS given (borrower_id, blind)
  JOIN loans ON loans.borrower_id = given.borrower_id
  JOIN obligors ON obligors.loan_id = loans.id AND obligors.role <> 'contact_person'
  JOIN borrowers AS person ON person.id = obligors.borrower_id AND person.name_blind IS NOT NULL
 GROUP BY given.borrower_id, given.blind
"""


async def liable(
    tx: TenantTx, pairs: Collection[tuple[BorrowerId, bytes]]
) -> dict[tuple[BorrowerId, bytes], bool]:
    """Whether a payer of that name is the borrower or somebody liable beside them.

    Pairs of which no name is on file are left out.
    """
    if not pairs:
        return {}
    given = sorted(pairs)
    rows = await tx.rows(LIABLE, [borrower for borrower, _ in given], [blind for _, blind in given])
    return {(BorrowerId(row["borrower_id"]), row["blind"]): row["same"] for row in rows}


TERMS: Final = """
SELECT id, borrower_id, annual_rate FROM loans WHERE id = ANY($1::uuid[])
"""


async def terms(tx: TenantTx, loans: Collection[LoanId]) -> dict[LoanId, tuple[BorrowerId, Decimal]]:
    """Who took these loans, and at which yearly rate."""
    if not loans:
        return {}
    return {
        LoanId(row["id"]): (BorrowerId(row["borrower_id"]), row["annual_rate"])
        for row in await tx.rows(TERMS, sorted(loans))
    }


LOAN_OF: Final = """
SELECT borrower_id FROM loans WHERE id = $1
"""


async def borrower_of(tx: TenantTx, loan: LoanId) -> BorrowerId | None:
    return await tx.value(LOAN_OF, loan)


INSERT_MARK: Final = """
INSERT INTO payer_marks (id, kind, blind, masked, borrower_id, loan_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
"""

MARK_OF: Final = """
SELECT id, kind, masked, borrower_id, loan_id, created_at
  FROM payer_marks
 WHERE kind = $1 AND blind = $2 AND (kind <> 'payer_account' OR (borrower_id = $3 AND loan_id IS NOT DISTINCT FROM $4))
"""


@dataclass(frozen=True, slots=True)
class NewMark:
    """A mark as it is kept: the number itself only as a blind index."""

    id: MarkId
    kind: PayerMarkKind
    blind: bytes
    masked: str
    borrower: BorrowerId
    loan: LoanId | None


async def keep_mark(tx: TenantTx, new: NewMark) -> tuple[PayerMark | None, bool]:
    """The mark of that number, and whether it is new."""
    said = (new.id, str(new.kind), new.blind, new.masked, new.borrower, new.loan, tx.now)
    fresh = bool(await tx.execute(INSERT_MARK, *said))
    row = await tx.row(MARK_OF, str(new.kind), new.blind, new.borrower, new.loan)
    return (_mark(row) if row is not None else None), fresh


MARKS: Final = """
SELECT id, kind, masked, borrower_id, loan_id, created_at
  FROM payer_marks
 WHERE ($1::timestamptz IS NULL OR (created_at, id) > ($1, $2::uuid))
   AND ($3::uuid IS NULL OR borrower_id = $3)
 ORDER BY created_at, id
 LIMIT $4
"""


async def marks(
    tx: TenantTx, after: tuple[datetime, UUID] | None, borrower: BorrowerId | None, limit: int
) -> list[PayerMark]:
    """The oldest first."""
    at, last = after if after is not None else (None, None)
    return [_mark(row) for row in await tx.rows(MARKS, at, last, borrower, limit)]


DROP_MARK: Final = """
DELETE FROM payer_marks WHERE id = $1 RETURNING borrower_id
"""


async def drop_mark(tx: TenantTx, mark: MarkId) -> BorrowerId | None:
    """Forget a mark; whose it was."""
    return await tx.value(DROP_MARK, mark)


def _mark(row: asyncpg.Record) -> PayerMark:
    return PayerMark(
        MarkId(row["id"]),
        PayerMarkKind(row["kind"]),
        row["masked"],
        BorrowerId(row["borrower_id"]),
        LoanId(row["loan_id"]) if row["loan_id"] is not None else None,
        row["created_at"],
    )
