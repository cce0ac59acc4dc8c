"""What people want and said: hours, consents, refusals, offers to pay."""

from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import asyncpg

from dunwell.contact.model import (
    ConsentKind,
    FactFilter,
    GivenConsent,
    Hours,
    Kept,
    PaymentOffer,
    Preference,
    Refusal,
)
from dunwell.storage.tenant import TenantTx

After = tuple[datetime, UUID] | None

T = TypeVar("T", Preference, GivenConsent, Refusal, PaymentOffer)


INSERT_PREFERENCE: Final = """
INSERT INTO contact_preferences (id, reference, borrower_id, starts, ends, recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
"""


async def insert_preference(tx: TenantTx, fact_id: UUID, fact: Preference) -> bool:
    """False when the reference is taken."""
    inserted = await tx.execute(
        INSERT_PREFERENCE,
        fact_id,
        fact.reference,
        fact.borrower,
        [hours.start for hours in fact.hours],
        [hours.end for hours in fact.hours],
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


PREFERENCES: Final = """
SELECT id, reference, borrower_id, starts, ends, recorded_at, recorded_by, withdrawn_at, withdrawn_by
  FROM contact_preferences
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR reference = $2)
   AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
 ORDER BY recorded_at DESC, id DESC
 LIMIT $5
"""


async def preferences(tx: TenantTx, wanted: FactFilter, after: After) -> list[Kept[Preference]]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(PREFERENCES, wanted.owner, wanted.reference, at, last, wanted.limit + 1)
    return [_ended(row, _preference(row)) for row in rows]


def _preference(row: asyncpg.Record) -> Preference:
    return Preference(
        row["reference"],
        row["borrower_id"],
        tuple(map(Hours, row["starts"], row["ends"])),
    )


WITHDRAW_PREFERENCE: Final = """
UPDATE contact_preferences
   SET withdrawn_at = $2, withdrawn_by = $3
 WHERE reference = $1
   AND withdrawn_at IS NULL
"""


async def withdraw_preference(tx: TenantTx, reference: str) -> bool:
    """False when it ended before, or never was."""
    return await tx.execute(WITHDRAW_PREFERENCE, reference, tx.now, str(tx.caller.actor)) == 1


REPLACE_PREFERENCE: Final = """
UPDATE contact_preferences
   SET withdrawn_at = $1, withdrawn_by = $2
 WHERE borrower_id = $3
   AND withdrawn_at IS NULL
"""


async def replace_preference(tx: TenantTx, fact: Preference) -> None:
    """End the hours that stood before: one set stands at a time."""
    await tx.execute(REPLACE_PREFERENCE, tx.now, str(tx.caller.actor), fact.borrower)


INSERT_CONSENT: Final = """
INSERT INTO contact_consents (id, reference, borrower_id, kind, starts_at, ends_at, contact_point_id,
       recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT DO NOTHING
"""


async def insert_consent(tx: TenantTx, fact_id: UUID, fact: GivenConsent) -> bool:
    """False when the reference is taken."""
    inserted = await tx.execute(
        INSERT_CONSENT,
        fact_id,
        fact.reference,
        fact.borrower,
        fact.kind.value,
        fact.starts_at,
        fact.ends_at,
        fact.point,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


CONSENTS: Final = """
SELECT id, reference, borrower_id, kind, starts_at, ends_at, contact_point_id, recorded_at, recorded_by,
       withdrawn_at, withdrawn_by
  FROM contact_consents
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR reference = $2)
   AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
 ORDER BY recorded_at DESC, id DESC
 LIMIT $5
"""


async def consents(tx: TenantTx, wanted: FactFilter, after: After) -> list[Kept[GivenConsent]]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(CONSENTS, wanted.owner, wanted.reference, at, last, wanted.limit + 1)
    return [_ended(row, _consent(row)) for row in rows]


def _consent(row: asyncpg.Record) -> GivenConsent:
    return GivenConsent(
        row["reference"],
        row["borrower_id"],
        ConsentKind(row["kind"]),
        row["starts_at"],
        row["ends_at"],
        row["contact_point_id"],
    )


WITHDRAW_CONSENT: Final = """
UPDATE contact_consents
   SET withdrawn_at = $2, withdrawn_by = $3
 WHERE reference = $1
   AND withdrawn_at IS NULL
"""


async def withdraw_consent(tx: TenantTx, reference: str) -> bool:
    """False when it ended before, or never was."""
    return await tx.execute(WITHDRAW_CONSENT, reference, tx.now, str(tx.caller.actor)) == 1


INSERT_REFUSAL: Final = """
INSERT INTO contact_refusals (id, reference, borrower_id, at, actor, loan_id, recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT DO NOTHING
"""


async def insert_refusal(tx: TenantTx, fact_id: UUID, fact: Refusal) -> bool:
    """False when the reference is taken."""
    inserted = await tx.execute(
        INSERT_REFUSAL,
        fact_id,
        fact.reference,
        fact.borrower,
        fact.at,
        fact.actor,
        fact.loan,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


REFUSALS: Final = """
SELECT id, reference, borrower_id, at, actor, loan_id, recorded_at, recorded_by
  FROM contact_refusals
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR reference = $2)
   AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
 ORDER BY recorded_at DESC, id DESC
 LIMIT $5
"""


async def refusals(tx: TenantTx, wanted: FactFilter, after: After) -> list[Kept[Refusal]]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(REFUSALS, wanted.owner, wanted.reference, at, last, wanted.limit + 1)
    return [_kept(row, _refusal(row)) for row in rows]


def _refusal(row: asyncpg.Record) -> Refusal:
    return Refusal(
        row["reference"],
        row["borrower_id"],
        row["at"],
        row["actor"],
        row["loan_id"],
    )


INSERT_OFFER: Final = """
INSERT INTO payment_offers (id, reference, borrower_id, at, loan_id, recorded_at, recorded_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
"""


async def insert_offer(tx: TenantTx, fact_id: UUID, fact: PaymentOffer) -> bool:
    """False when the reference is taken."""
    inserted = await tx.execute(
        INSERT_OFFER,
        fact_id,
        fact.reference,
        fact.borrower,
        fact.at,
        fact.loan,
        tx.now,
        str(tx.caller.actor),
    )
    return inserted == 1


OFFERS: Final = """
SELECT id, reference, borrower_id, at, loan_id, recorded_at, recorded_by
  FROM payment_offers
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR reference = $2)
   AND ($3::timestamptz IS NULL OR (recorded_at, id) < ($3, $4::uuid))
 ORDER BY recorded_at DESC, id DESC
 LIMIT $5
"""


async def offers(tx: TenantTx, wanted: FactFilter, after: After) -> list[Kept[PaymentOffer]]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(OFFERS, wanted.owner, wanted.reference, at, last, wanted.limit + 1)
    return [_kept(row, _offer(row)) for row in rows]


def _offer(row: asyncpg.Record) -> PaymentOffer:
    return PaymentOffer(
        row["reference"],
        row["borrower_id"],
        row["at"],
        row["loan_id"],
    )


def _kept(row: asyncpg.Record, fact: T) -> Kept[T]:
    return Kept(row["id"], fact, row["recorded_at"], row["recorded_by"])


def _ended(row: asyncpg.Record, fact: T) -> Kept[T]:
    return Kept(
        row["id"], fact, row["recorded_at"], row["recorded_by"], row["withdrawn_at"], row["withdrawn_by"]
    )
