"""What is so: about a person, about a person's part in a loan, about a debt."""

from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import asyncpg

from dunwell.contact.model import (
    Circumstance,
    CircumstanceKind,
    DebtMark,
    FactFilter,
    Guarantee,
    Inheritance,
    Kept,
    Liability,
    MarkKind,
    Party,
    Role,
)
from dunwell.storage.tenant import TenantTx

After = tuple[datetime, UUID] | None

T = TypeVar("T", Circumstance, Party, DebtMark)


INSERT_CIRCUMSTANCE: Final = """
INSERT INTO person_circumstances (id, reference, borrower_id, kind, contact_point_id, recorded_at,
       recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
"""


async def insert_circumstance(tx: TenantTx, fact_id: UUID, fact: Circumstance) -> bool:
    """False when the reference is taken."""
    inserted = await tx.execute(
        INSERT_CIRCUMSTANCE,
        fact_id,
        fact.reference,
        fact.borrower,
        fact.kind.value,
        fact.point,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


CIRCUMSTANCES: Final = """
SELECT id, reference, borrower_id, kind, contact_point_id, recorded_at, recorded_by, withdrawn_at,
       withdrawn_by
  FROM person_circumstances
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR reference = $2)
   AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
 ORDER BY recorded_at DESC, id DESC
 LIMIT $5
"""


async def circumstances(tx: TenantTx, wanted: FactFilter, after: After) -> list[Kept[Circumstance]]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(CIRCUMSTANCES, wanted.owner, wanted.reference, at, last, wanted.limit + 1)
    return [_ended(row, _circumstance(row)) for row in rows]


def _circumstance(row: asyncpg.Record) -> Circumstance:
    return Circumstance(
        row["reference"],
        row["borrower_id"],
        CircumstanceKind(row["kind"]),
        row["contact_point_id"],
    )


WITHDRAW_CIRCUMSTANCE: Final = """
UPDATE person_circumstances
   SET withdrawn_at = $2, withdrawn_by = $3
 WHERE reference = $1
   AND withdrawn_at IS NULL
"""


async def withdraw_circumstance(tx: TenantTx, reference: str) -> bool:
    """False when it ended before, or never was."""
    return await tx.execute(WITHDRAW_CIRCUMSTANCE, reference, tx.now, str(tx.caller.actor)) == 1


INSERT_PARTY: Final = """
INSERT INTO loan_parties (id, reference, borrower_id, loan_id, role, liability, inheritance,
       guarantee_due_on, guarantee_period_ends_on, guarantee_claimed_on, recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT DO NOTHING
"""


async def insert_party(tx: TenantTx, fact_id: UUID, fact: Party) -> bool:
    """False when the reference is taken."""
    inserted = await tx.execute(
        INSERT_PARTY,
        fact_id,
        fact.reference,
        fact.borrower,
        fact.loan,
        fact.role.value,
        fact.liability.value,
        fact.inheritance.value if fact.inheritance else None,
        fact.guarantee.due_on if fact.guarantee else None,
        fact.guarantee.period_ends_on if fact.guarantee else None,
        fact.guarantee.claimed_on if fact.guarantee else None,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


PARTIES: Final = """
SELECT id, reference, borrower_id, loan_id, role, liability, inheritance, guarantee_due_on,
       guarantee_period_ends_on, guarantee_claimed_on, recorded_at, recorded_by, withdrawn_at, withdrawn_by
  FROM loan_parties
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR reference = $2)
   AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
 ORDER BY recorded_at DESC, id DESC
 LIMIT $5
"""


async def parties(tx: TenantTx, wanted: FactFilter, after: After) -> list[Kept[Party]]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(PARTIES, wanted.owner, wanted.reference, at, last, wanted.limit + 1)
    return [_ended(row, _party(row)) for row in rows]


def _party(row: asyncpg.Record) -> Party:
    return Party(
        row["reference"],
        row["borrower_id"],
        row["loan_id"],
        Role(row["role"]),
        Liability(row["liability"]),
        Inheritance(row["inheritance"]) if row["inheritance"] else None,
        _guarantee(row),
    )


WITHDRAW_PARTY: Final = """
UPDATE loan_parties
   SET withdrawn_at = $2, withdrawn_by = $3
 WHERE reference = $1
   AND withdrawn_at IS NULL
"""


async def withdraw_party(tx: TenantTx, reference: str) -> bool:
    """False when it ended before, or never was."""
    return await tx.execute(WITHDRAW_PARTY, reference, tx.now, str(tx.caller.actor)) == 1


def _guarantee(row: asyncpg.Record) -> Guarantee | None:
    if row["guarantee_due_on"] is None:
        return None
    return Guarantee(row["guarantee_due_on"], row["guarantee_period_ends_on"], row["guarantee_claimed_on"])


REPLACE_PARTY: Final = """
UPDATE loan_parties
   SET withdrawn_at = $1, withdrawn_by = $2
 WHERE loan_id = $3
   AND borrower_id = $4
   AND withdrawn_at IS NULL
"""


async def replace_party(tx: TenantTx, fact: Party) -> None:
    """End the part that stood before: a person has one part in a loan."""
    await tx.execute(REPLACE_PARTY, tx.now, str(tx.caller.actor), fact.loan, fact.borrower)


INSERT_MARK: Final = """
INSERT INTO debt_marks (id, reference, loan_id, kind, from_on, recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
"""


async def insert_mark(tx: TenantTx, fact_id: UUID, fact: DebtMark) -> bool:
    """False when the reference is taken."""
    inserted = await tx.execute(
        INSERT_MARK,
        fact_id,
        fact.reference,
        fact.loan,
        fact.kind.value,
        fact.from_on,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


MARKS: Final = """
SELECT id, reference, loan_id, kind, from_on, recorded_at, recorded_by, withdrawn_at, withdrawn_by
  FROM debt_marks
 WHERE ($1::uuid IS NULL OR loan_id = $1)
   AND ($2::text IS NULL OR reference = $2)
   AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
 ORDER BY recorded_at DESC, id DESC
 LIMIT $5
"""


async def marks(tx: TenantTx, wanted: FactFilter, after: After) -> list[Kept[DebtMark]]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(MARKS, wanted.owner, wanted.reference, at, last, wanted.limit + 1)
    return [_ended(row, _mark(row)) for row in rows]


def _mark(row: asyncpg.Record) -> DebtMark:
    return DebtMark(
        row["reference"],
        row["loan_id"],
        MarkKind(row["kind"]),
        row["from_on"],
    )


WITHDRAW_MARK: Final = """
UPDATE debt_marks
   SET withdrawn_at = $2, withdrawn_by = $3
 WHERE reference = $1
   AND withdrawn_at IS NULL
"""


async def withdraw_mark(tx: TenantTx, reference: str) -> bool:
    """False when it ended before, or never was."""
    return await tx.execute(WITHDRAW_MARK, reference, tx.now, str(tx.caller.actor)) == 1


REPLACE_MARK: Final = """
UPDATE debt_marks
   SET withdrawn_at = $1, withdrawn_by = $2
 WHERE loan_id = $3
   AND kind = $4
   AND withdrawn_at IS NULL
"""


async def replace_mark(tx: TenantTx, fact: DebtMark) -> None:
    """End the mark of this kind that stood before."""
    await tx.execute(REPLACE_MARK, tx.now, str(tx.caller.actor), fact.loan, fact.kind.value)


def _ended(row: asyncpg.Record, fact: T) -> Kept[T]:
    return Kept(
        row["id"], fact, row["recorded_at"], row["recorded_by"], row["withdrawn_at"], row["withdrawn_by"]
    )
