"""Agencies and their reviews."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.agents.model import Agency, AgencyId, AgencyTerms, Review, ReviewAgency, ReviewResult
from dunwell.agents.rules.standing import review_due_on
from dunwell.packs import Pack
from dunwell.storage.tenant import TenantTx

INSERT_AGENCY: Final = """
INSERT INTO agencies (id, code, name, contract_from, contract_until, listed_on, changes, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)
    ON CONFLICT ON CONSTRAINT agencies_one_per_code DO NOTHING
"""


async def insert_agency(tx: TenantTx, agency: AgencyId, code: str, terms: AgencyTerms) -> bool:
    """False when the code is taken."""
    listed_on = tx.today if terms.listed else None
    inserted = await tx.execute(
        INSERT_AGENCY,
        agency,
        code,
        terms.name,
        terms.contract_from,
        terms.contract_until,
        listed_on,
        tx.now,
    )
    return inserted == 1


LOCK_AGENCY: Final = """
SELECT id
  FROM agencies
 WHERE id = $1
   FOR NO KEY UPDATE
"""


async def lock_agency(tx: TenantTx, agency: UUID) -> bool:
    """Whether there is one. Held, so that two changes follow one another."""
    return await tx.value(LOCK_AGENCY, agency) is not None


UPDATE_AGENCY: Final = """
UPDATE agencies
   SET name = $2, contract_from = $3, contract_until = $4,
       listed_on = CASE WHEN $5::boolean THEN coalesce(listed_on, $6::date) END,
       changes = changes + 1, updated_at = $7
 WHERE id = $1
RETURNING changes
"""


async def update_agency(tx: TenantTx, agency: AgencyId, terms: AgencyTerms) -> int:
    """The number of the change."""
    return await tx.value(
        UPDATE_AGENCY,
        agency,
        terms.name,
        terms.contract_from,
        terms.contract_until,
        terms.listed,
        tx.today,
        tx.now,
    )


AGENCY_OF_CODE: Final = """
SELECT id
  FROM agencies
 WHERE code = $1
"""


async def agency_of_code(tx: TenantTx, code: str) -> AgencyId | None:
    found = await tx.value(AGENCY_OF_CODE, code)
    return None if found is None else AgencyId(found)


SUSPEND_AGENCY: Final = """
UPDATE agencies
   SET suspended_at = CASE WHEN $2::text IS NULL THEN NULL ELSE $3::timestamptz END,
       suspended_because = $2, changes = changes + 1, updated_at = $3
 WHERE id = $1
   AND (suspended_at IS NULL) = ($2::text IS NOT NULL)
RETURNING changes
"""


async def set_suspended(tx: TenantTx, agency: UUID, because: str | None) -> int | None:
    """The number of the change; None where it stood so already. No reason: the suspension ends."""
    return await tx.value(SUSPEND_AGENCY, agency, because, tx.now)


INSERT_REVIEW: Final = """
INSERT INTO agency_reviews (id, agency_id, reviewed_on, result, reference, recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT ON CONSTRAINT agency_reviews_one_per_reference DO NOTHING
"""


async def insert_review(tx: TenantTx, review: UUID, command: ReviewAgency) -> bool:
    """False when the agency has a review of that reference."""
    inserted = await tx.execute(
        INSERT_REVIEW,
        review,
        command.agency,
        command.reviewed_on,
        command.result.value,
        command.reference,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


REVIEW_OF: Final = """
SELECT id, agency_id, reviewed_on, result, reference, recorded_at, recorded_by
  FROM agency_reviews
 WHERE agency_id = $1
   AND reference = $2
"""


async def review_of(tx: TenantTx, agency: UUID, reference: str) -> Review | None:
    row = await tx.row(REVIEW_OF, agency, reference)
    return None if row is None else _review(row)


SET_REVIEWED: Final = """
UPDATE agencies
   SET reviewed_on = latest.passed_on, changes = changes + 1, updated_at = $2
  FROM (SELECT CASE WHEN agency_reviews.result = 'passed' THEN agency_reviews.reviewed_on END AS passed_on
          FROM agency_reviews
         WHERE agency_reviews.agency_id = $1
         ORDER BY agency_reviews.reviewed_on DESC, agency_reviews.result, agency_reviews.recorded_at DESC
         LIMIT 1) AS latest
 WHERE agencies.id = $1
RETURNING agencies.changes
"""


async def set_reviewed(tx: TenantTx, agency: UUID) -> int:
    """The latest review counts, if it was passed; of two on one day the failed one. The number of the change."""
    return await tx.value(SET_REVIEWED, agency, tx.now)


REVIEWS: Final = """
SELECT id, agency_id, reviewed_on, result, reference, recorded_at, recorded_by
  FROM agency_reviews
 WHERE agency_id = $1
   AND ($2::date IS NULL OR (reviewed_on, id) < ($2, $3::uuid))
 ORDER BY reviewed_on DESC, id DESC
 LIMIT $4
"""


async def reviews(tx: TenantTx, agency: UUID, after: tuple[date, UUID] | None, limit: int) -> list[Review]:
    """The newest first; one more than the limit."""
    reviewed_on, last = after or (None, None)
    return [_review(row) for row in await tx.rows(REVIEWS, agency, reviewed_on, last, limit + 1)]


def _review(row: asyncpg.Record) -> Review:
    return Review(
        row["id"],
        AgencyId(row["agency_id"]),
        row["reviewed_on"],
        ReviewResult(row["result"]),
        row["reference"],
        row["recorded_at"],
        row["recorded_by"],
    )


AGENCY: Final = """
SELECT id, code, name, contract_from, contract_until, listed_on, reviewed_on, suspended_at, suspended_because,
       created_at, updated_at
  FROM agencies
 WHERE id = $1
"""


async def agency(tx: TenantTx, agency_id: UUID, law: Pack) -> Agency | None:
    row = await tx.row(AGENCY, agency_id)
    return None if row is None else _agency(row, law, tx.today)


AGENCIES: Final = """
SELECT id, code, name, contract_from, contract_until, listed_on, reviewed_on, suspended_at, suspended_because,
       created_at, updated_at
  FROM agencies
 WHERE ($1::text IS NULL OR code > $1)
   AND ($2::boolean IS NULL OR (listed_on IS NOT NULL) = $2)
   AND ($3::date IS NULL OR reviewed_on IS NULL OR reviewed_on <= $3)
 ORDER BY code
 LIMIT $4
"""


async def agencies(
    tx: TenantTx,
    after: str | None,
    limit: int,
    law: Pack,
    *,
    listed: bool | None,
    reviewed_by: date | None,
) -> list[Agency]:
    """By code; one more than the limit. `reviewed_by`: only those last reviewed on that day or before, or never."""
    rows = await tx.rows(AGENCIES, after, listed, reviewed_by, limit + 1)
    return [_agency(row, law, tx.today) for row in rows]


def _agency(row: asyncpg.Record, law: Pack, today: date) -> Agency:
    suspended_at: datetime | None = row["suspended_at"]
    return Agency(
        id=AgencyId(row["id"]),
        code=row["code"],
        name=row["name"],
        contract_from=row["contract_from"],
        contract_until=row["contract_until"],
        listed_on=row["listed_on"],
        reviewed_on=row["reviewed_on"],
        review_due_on=review_due_on(law, row["reviewed_on"], today),
        suspended_at=suspended_at,
        suspended_because=row["suspended_because"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
