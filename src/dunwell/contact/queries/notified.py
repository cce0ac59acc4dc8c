"""What was told to people and what they confirmed: notices and numbers."""

from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import asyncpg

from dunwell.contact.model import (
    FactFilter,
    Kept,
    NoticeKind,
    NoticeStatus,
    NoticeStep,
    NumberConfirmed,
)
from dunwell.storage.tenant import TenantTx

After = tuple[datetime, UUID] | None

T = TypeVar("T", NoticeStep, NumberConfirmed)


INSERT_NOTICE: Final = """
INSERT INTO contact_notices (id, reference, borrower_id, kind, status, at, loan_id, agency, recorded_at,
       recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT DO NOTHING
"""


async def insert_notice(tx: TenantTx, fact_id: UUID, fact: NoticeStep) -> bool:
    """False when the reference is taken."""
    inserted = await tx.execute(
        INSERT_NOTICE,
        fact_id,
        fact.reference,
        fact.borrower,
        fact.kind.value,
        fact.status.value,
        fact.at,
        fact.loan,
        fact.agency,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


NOTICE_STEPS: Final = """
SELECT id, reference, borrower_id, kind, status, at, loan_id, agency, recorded_at, recorded_by
  FROM contact_notices
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR reference = $2)
   AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
 ORDER BY recorded_at DESC, id DESC
 LIMIT $5
"""


async def notice_steps(tx: TenantTx, wanted: FactFilter, after: After) -> list[Kept[NoticeStep]]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(NOTICE_STEPS, wanted.owner, wanted.reference, at, last, wanted.limit + 1)
    return [_kept(row, _notice(row)) for row in rows]


def _notice(row: asyncpg.Record) -> NoticeStep:
    return NoticeStep(
        row["reference"],
        row["borrower_id"],
        NoticeKind(row["kind"]),
        NoticeStatus(row["status"]),
        row["at"],
        row["loan_id"],
        row["agency"],
    )


INSERT_CONFIRMATION: Final = """
INSERT INTO number_confirmations (id, reference, borrower_id, contact_point_id, confirmed_on, recorded_at,
       recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
"""


async def insert_confirmation(tx: TenantTx, fact_id: UUID, fact: NumberConfirmed) -> bool:
    """False when the reference is taken."""
    inserted = await tx.execute(
        INSERT_CONFIRMATION,
        fact_id,
        fact.reference,
        fact.borrower,
        fact.point,
        fact.on,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


CONFIRMATIONS: Final = """
SELECT id, reference, borrower_id, contact_point_id, confirmed_on, recorded_at, recorded_by
  FROM number_confirmations
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR reference = $2)
   AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
 ORDER BY recorded_at DESC, id DESC
 LIMIT $5
"""


async def confirmations(tx: TenantTx, wanted: FactFilter, after: After) -> list[Kept[NumberConfirmed]]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(CONFIRMATIONS, wanted.owner, wanted.reference, at, last, wanted.limit + 1)
    return [_kept(row, _confirmation(row)) for row in rows]


def _confirmation(row: asyncpg.Record) -> NumberConfirmed:
    return NumberConfirmed(
        row["reference"],
        row["borrower_id"],
        row["contact_point_id"],
        row["confirmed_on"],
    )


def _kept(row: asyncpg.Record, fact: T) -> Kept[T]:
    return Kept(row["id"], fact, row["recorded_at"], row["recorded_by"])
