"""Loans: their contract and how they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    Component,
    DayCount,
    Loan,
    LoanState,
    Method,
    Processing,
    Waterfall,
    completed,
)
from dunwell.loans.queries.arrays import columns
from dunwell.storage.tenant import TenantTx


class LoanRow(NamedTuple):
    """A loan as it is written, in the order of the columns."""

    id: LoanId
    reference: str
    borrower_id: BorrowerId
    product: str
    currency: str
    principal: int
    annual_rate: Decimal
    method: str
    day_count: str
    disbursed_on: date
    matures_on: date
    state: str
    past_due_since: date | None
    settled_on: date | None
    outstanding: int
    credit: int
    terms_version: int
    terms: Mapping[str, object]
    digest: bytes
    attributes: Mapping[str, str]
    contract: Mapping[str, Any] | None = None
    plain: bool = True
    charged_off_on: date | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A locked loan, as far as booking and saving need it."""

    id: LoanId
    reference: str
    borrower: BorrowerId
    currency: str
    disbursed_on: date
    state: LoanState
    outstanding: int
    credit: int
    last_received_on: date | None
    terms_version: int
    terms: Mapping[str, object]
    waterfall: Waterfall
    digest: bytes
    past_due_since: date | None
    plain: bool
    charged_off_on: date | None


class StandingRow(NamedTuple):
    """What booking changes of a loan, in the order of the columns."""

    id: LoanId
    state: str
    past_due_since: date | None
    settled_on: date | None
    outstanding: int
    credit: int
    last_received_on: date | None


# NO KEY: rows that merely point to a loan may be inserted meanwhile.
LOCK: Final = """
SELECT id, reference, borrower_id, currency, disbursed_on, state, outstanding, credit, last_received_on,
       terms_version, terms, waterfall, digest, past_due_since, plain, charged_off_on
  FROM loans
 WHERE id = ANY($1::uuid[])
 ORDER BY id
   FOR NO KEY UPDATE
"""


async def lock(tx: TenantTx, ids: Sequence[LoanId]) -> dict[LoanId, Held]:
    """Hold the loans until the transaction ends, in the order of their ids; those that exist.

    Only their own columns are read here: what belongs to them is read in the next statement.
    """
    return {row["id"]: _held(row) for row in await tx.rows(LOCK, ids)}


LOCK_BY_REFERENCE: Final = """
SELECT id, reference, borrower_id, currency, disbursed_on, state, outstanding, credit, last_received_on,
       terms_version, terms, waterfall, digest, past_due_since, plain, charged_off_on
  FROM loans
 WHERE reference = ANY($1::text[])
 ORDER BY id
   FOR NO KEY UPDATE
"""


async def lock_by_reference(tx: TenantTx, references: Sequence[str]) -> dict[str, Held]:
    return {row["reference"]: _held(row) for row in await tx.rows(LOCK_BY_REFERENCE, references)}


# Sorted by reference, so that two tapes with the same loans queue and do not deadlock.
INSERT: Final = """
INSERT INTO loans (id, reference, borrower_id, product, currency, principal, annual_rate, method, day_count,
                   disbursed_on, matures_on, state, past_due_since, settled_on, outstanding, credit, terms_version,
                   rules_version, terms, digest, attributes, waterfall, contract, plain, charged_off_on, created_at,
                   updated_at)
SELECT id, reference, borrower_id, product, currency, principal, annual_rate, method, day_count,
       disbursed_on, matures_on, state, past_due_since, settled_on, outstanding, credit, terms_version,
       $25, terms, digest, attributes, $26, contract, plain, charged_off_on, $24, $24
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::numeric[], $8::text[],
              $9::text[], $10::date[], $11::date[], $12::text[], $13::date[], $14::date[], $15::bigint[],
              $16::bigint[], $17::integer[], $18::jsonb[], $19::bytea[], $20::jsonb[], $21::jsonb[], $22::boolean[],
              $23::date[])
       AS given (id, reference, borrower_id, product, currency, principal, annual_rate, method, day_count,
                 disbursed_on, matures_on, state, past_due_since, settled_on, outstanding, credit, terms_version,
                 terms, digest, attributes, contract, plain, charged_off_on)
 ORDER BY reference
    ON CONFLICT ON CONSTRAINT loans_one_per_reference DO NOTHING
RETURNING id
"""


async def insert(
    tx: TenantTx, rows: Sequence[LoanRow], waterfall: Waterfall, rules_version: int
) -> set[LoanId]:
    """The ids that were inserted; a reference that somebody else inserted meanwhile is left out."""
    inserted = await tx.rows(INSERT, *columns(rows), tx.now, rules_version, _waterfall_json(waterfall))
    return {row["id"] for row in inserted}


UPDATE: Final = """
UPDATE loans
   SET borrower_id = given.borrower_id, product = given.product, principal = given.principal,
       annual_rate = given.annual_rate, method = given.method, day_count = given.day_count,
       disbursed_on = given.disbursed_on, matures_on = given.matures_on, state = given.state,
       past_due_since = given.past_due_since, settled_on = given.settled_on, outstanding = given.outstanding,
       credit = given.credit, terms_version = given.terms_version, rules_version = $25,
       terms = given.terms, digest = given.digest, attributes = given.attributes, contract = given.contract,
       plain = given.plain, charged_off_on = given.charged_off_on, updated_at = $24
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::numeric[], $8::text[],
              $9::text[], $10::date[], $11::date[], $12::text[], $13::date[], $14::date[], $15::bigint[],
              $16::bigint[], $17::integer[], $18::jsonb[], $19::bytea[], $20::jsonb[], $21::jsonb[], $22::boolean[],
              $23::date[])
       AS given (id, reference, borrower_id, product, currency, principal, annual_rate, method, day_count,
                 disbursed_on, matures_on, state, past_due_since, settled_on, outstanding, credit, terms_version,
                 terms, digest, attributes, contract, plain, charged_off_on)
 WHERE loans.id = given.id
"""


async def update(tx: TenantTx, rows: Sequence[LoanRow], rules_version: int) -> None:
    """Write terms and standing of locked loans; reference, currency and waterfall never change."""
    await tx.execute(UPDATE, *columns(rows), tx.now, rules_version)


SET_STANDING: Final = """
UPDATE loans
   SET state = given.state, past_due_since = given.past_due_since, settled_on = given.settled_on,
       outstanding = given.outstanding, credit = given.credit, last_received_on = given.last_received_on,
       rules_version = $8, updated_at = $9
  FROM unnest($1::uuid[], $2::text[], $3::date[], $4::date[], $5::bigint[], $6::bigint[], $7::date[])
       AS given (id, state, past_due_since, settled_on, outstanding, credit, last_received_on)
 WHERE loans.id = given.id
"""


async def set_standing(tx: TenantTx, rows: Sequence[StandingRow], rules_version: int) -> None:
    await tx.execute(SET_STANDING, *columns(rows), rules_version, tx.now)


class LivedRow(NamedTuple):
    """What is kept of a loan whose life is lived again, in the order of the columns."""

    id: LoanId
    contract: Mapping[str, Any]
    matures_on: date
    charged_off_on: date | None
    last_happened_on: date | None


SET_LIVED: Final = """
UPDATE loans
   SET plain = false, contract = given.contract, matures_on = given.matures_on,
       charged_off_on = given.charged_off_on, last_happened_on = given.last_happened_on
  FROM unnest($1::uuid[], $2::jsonb[], $3::date[], $4::date[], $5::date[])
       AS given (id, contract, matures_on, charged_off_on, last_happened_on)
 WHERE loans.id = given.id
"""


async def set_lived(tx: TenantTx, rows: Sequence[LivedRow]) -> None:
    await tx.execute(SET_LIVED, *columns(rows))


LOAN: Final = """
SELECT id, reference, borrower_id, product, currency, principal, annual_rate, method, day_count, disbursed_on,
       matures_on, state, past_due_since, settled_on, outstanding, credit, terms_version, rules_version,
       waterfall, created_at, updated_at, plain, charged_off_on
  FROM loans
 WHERE id = $1
"""


async def loan(tx: TenantTx, loan_id: LoanId) -> Loan | None:
    row = await tx.row(LOAN, loan_id)
    return _loan(row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Where:
    """Which loans to list; `late_on`: with something that fell due before that day."""

    state: LoanState | None = None
    late_on: date | None = None


# The first page begins before everything: one plan serves every page, and none counts the rows before it.
LOANS: Final = """
SELECT id, reference, borrower_id, product, currency, principal, annual_rate, method, day_count, disbursed_on,
       matures_on, state, past_due_since, settled_on, outstanding, credit, terms_version, rules_version,
       waterfall, created_at, updated_at, plain, charged_off_on
  FROM loans
 WHERE (created_at, id) > (coalesce($1::timestamptz, '-infinity'),
                           coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
   AND ($3::text IS NULL OR state = $3)
   AND ($4::date IS NULL OR past_due_since < $4)
 ORDER BY created_at, id
 LIMIT $5
"""


async def loans(tx: TenantTx, after: tuple[datetime, UUID] | None, where: Where, limit: int) -> list[Loan]:
    """Loans in the order they came."""
    at, last = after or (None, None)
    return [_loan(row) for row in await tx.rows(LOANS, at, last, where.state, where.late_on, limit)]


# A statement of its own: with the ids optional, a plan for all cases would read the whole table.
LOANS_AMONG: Final = """
SELECT id, reference, borrower_id, product, currency, principal, annual_rate, method, day_count, disbursed_on,
       matures_on, state, past_due_since, settled_on, outstanding, credit, terms_version, rules_version,
       waterfall, created_at, updated_at, plain, charged_off_on
  FROM loans
 WHERE id = ANY($6::uuid[])
   AND (created_at, id) > (coalesce($1::timestamptz, '-infinity'),
                           coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
   AND ($3::text IS NULL OR state = $3)
   AND ($4::date IS NULL OR past_due_since < $4)
 ORDER BY created_at, id
 LIMIT $5
"""


async def loans_among(
    tx: TenantTx, ids: Sequence[LoanId], after: tuple[datetime, UUID] | None, where: Where, limit: int
) -> list[Loan]:
    """The same, of those loans only."""
    at, last = after or (None, None)
    rows = await tx.rows(LOANS_AMONG, at, last, where.state, where.late_on, limit, ids)
    return [_loan(row) for row in rows]


FIND: Final = "SELECT id, reference FROM loans WHERE reference = ANY($1::text[])"


async def find(tx: TenantTx, references: Sequence[str]) -> dict[str, LoanId]:
    return {row["reference"]: row["id"] for row in await tx.rows(FIND, references)}


OF_OBLIGOR: Final = "SELECT loan_id FROM obligors WHERE borrower_id = $1 ORDER BY loan_id LIMIT 10000"


async def of_obligor(tx: TenantTx, borrower: BorrowerId) -> list[LoanId]:
    """Every loan in which the borrower has a part, as contact person too."""
    return [row["loan_id"] for row in await tx.rows(OF_OBLIGOR, borrower)]


def _waterfall_json(waterfall: Waterfall) -> dict[str, object]:
    """As it is kept."""
    return {"order": list(waterfall.order), "processing": waterfall.processing}


def waterfall_of(kept: Mapping[str, Any]) -> Waterfall:
    order = completed([Component(component) for component in kept["order"]])
    return Waterfall(order, Processing(kept["processing"]))


def _held(row: asyncpg.Record) -> Held:
    return Held(
        row["id"],
        row["reference"],
        row["borrower_id"],
        row["currency"],
        row["disbursed_on"],
        LoanState(row["state"]),
        row["outstanding"],
        row["credit"],
        row["last_received_on"],
        row["terms_version"],
        row["terms"],
        waterfall_of(row["waterfall"]),
        row["digest"],
        row["past_due_since"],
        row["plain"],
        row["charged_off_on"],
    )


def _loan(row: asyncpg.Record) -> Loan:
    currency = row["currency"]
    return Loan(
        id=row["id"],
        reference=row["reference"],
        borrower=row["borrower_id"],
        product=row["product"],
        principal=Money(row["principal"], currency),
        annual_rate=row["annual_rate"],
        method=Method(row["method"]),
        day_count=DayCount(row["day_count"]),
        disbursed_on=row["disbursed_on"],
        matures_on=row["matures_on"],
        state=LoanState(row["state"]),
        past_due_since=row["past_due_since"],
        settled_on=row["settled_on"],
        outstanding=Money(row["outstanding"], currency),
        credit=Money(row["credit"], currency),
        terms_version=row["terms_version"],
        rules_version=row["rules_version"],
        waterfall=waterfall_of(row["waterfall"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        plain=row["plain"],
        charged_off_on=row["charged_off_on"],
    )
