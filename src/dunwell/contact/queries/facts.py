"""The case as the gate sees it: debts, what people are to them, numbers. One statement per kind of fact for a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.contact.model import Guarantee, Inheritance, Liability, MarkKind, Role
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class DebtRow:
    """A loan that is not closed, and who borrowed."""

    id: LoanId
    debtor: BorrowerId
    product: str
    open: bool


DEBTS: Final = """
SELECT id, borrower_id, product, outstanding > 0 AND settled_on IS NULL AS open
  FROM loans
 WHERE id = ANY($1::uuid[])
   AND state <> 'closed'
"""


async def debts(tx: TenantTx, loans: Sequence[LoanId]) -> list[DebtRow]:
    """Those of the loans that exist and are not closed."""
    return [
        DebtRow(row["id"], row["borrower_id"], row["product"], row["open"])
        for row in await tx.rows(DEBTS, loans)
    ]


DEBTORS: Final = """
SELECT DISTINCT borrower_id
  FROM loans
 WHERE id = ANY($1::uuid[])
"""


async def debtors(tx: TenantTx, loans: Sequence[LoanId]) -> set[BorrowerId]:
    """Who borrowed these loans: the gate locks them before it reads anything it judges from."""
    return {row["borrower_id"] for row in await tx.rows(DEBTORS, loans)}


@dataclass(frozen=True, slots=True)
class ContractRow:
    """The day of the contract, and the charges on its disclosure sheet; None: no sheet was given."""

    contracted_on: date
    disclosed: frozenset[str] | None


CONTRACTS: Final = """
SELECT id, coalesce((terms ->> 'contracted_on')::date, disbursed_on) AS contracted_on,
       CASE jsonb_typeof(terms -> 'disclosed') WHEN 'array' THEN terms -> 'disclosed' END AS disclosed
  FROM loans
 WHERE id = ANY($1::uuid[])
"""


async def contracts(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, ContractRow]:
    """What charges are judged by. Read only where charges are demanded: the terms of a loan are long."""
    return {
        row["id"]: ContractRow(
            row["contracted_on"], None if row["disclosed"] is None else frozenset(row["disclosed"])
        )
        for row in await tx.rows(CONTRACTS, loans)
    }


STANDING_MARKS: Final = """
SELECT loan_id, kind, from_on
  FROM debt_marks
 WHERE loan_id = ANY($1::uuid[])
   AND withdrawn_at IS NULL
"""


async def standing_marks(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, dict[MarkKind, date]]:
    """Since when loans are transferred or barred."""
    found: dict[LoanId, dict[MarkKind, date]] = {}
    for row in await tx.rows(STANDING_MARKS, loans):
        found.setdefault(row["loan_id"], {})[MarkKind(row["kind"])] = row["from_on"]
    return found


@dataclass(frozen=True, slots=True)
class PartyRow:
    """What one person is to one loan, with what decides whether that person owes it."""

    role: Role
    liability: Liability = Liability.NONE
    inheritance: Inheritance | None = None
    guarantee: Guarantee | None = None


ROLES: Final = {
    "borrower": Role.DEBTOR,
    "co_borrower": Role.CO_DEBTOR,
    "guarantor": Role.GUARANTOR,
    "contact_person": Role.CONTACT_PERSON,
}

# What was recorded of a person speaks before the lender's tape, so it comes last.
PARTIES: Final = """
SELECT loan_id, borrower_id, role, 'none' AS liability, NULL::text AS inheritance, NULL::date AS due_on,
       NULL::date AS period_ends_on, NULL::date AS claimed_on, 0 AS place
  FROM obligors
 WHERE loan_id = ANY($1::uuid[])
 UNION ALL
SELECT loan_id, borrower_id, role, liability, inheritance, guarantee_due_on, guarantee_period_ends_on,
       guarantee_claimed_on, 1
  FROM loan_parties
 WHERE loan_id = ANY($1::uuid[])
   AND withdrawn_at IS NULL
 ORDER BY place
"""


async def parties(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, dict[BorrowerId, PartyRow]]:
    """What everybody is to these loans."""
    found: dict[LoanId, dict[BorrowerId, PartyRow]] = {}
    for row in await tx.rows(PARTIES, loans):
        found.setdefault(row["loan_id"], {})[row["borrower_id"]] = _party(row)
    return found


def _party(row: asyncpg.Record) -> PartyRow:
    guarantee = None
    if row["due_on"] is not None:
        guarantee = Guarantee(row["due_on"], row["period_ends_on"], row["claimed_on"])
    inheritance = Inheritance(row["inheritance"]) if row["inheritance"] else None
    role = ROLES.get(row["role"]) or Role(row["role"])
    return PartyRow(role, Liability(row["liability"]), inheritance, guarantee)


TAPE_WORDS: Final = {role: word for word, role in ROLES.items()}


async def obligors(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, dict[BorrowerId, str]]:
    """The same in words of the tape, where it has one."""
    return {
        loan: {person: TAPE_WORDS.get(party.role, party.role.value) for person, party in people.items()}
        for loan, people in (await parties(tx, loans)).items()
    }


@dataclass(frozen=True, slots=True)
class PointRow:
    """A number or address, without itself. `zones` None: nobody derived the clocks of its area code yet."""

    id: ContactPointId
    borrower: BorrowerId
    kind: str
    source: str
    valid: bool
    zones: tuple[str, ...] | None


NUMBERS: Final = """
SELECT id, borrower_id, kind, source, status, NULL::text[] AS zones
  FROM contact_points
 WHERE id = ANY($1::uuid[])
   AND status IN ('valid', 'invalid')
"""


async def numbers(tx: TenantTx, points: Sequence[UUID]) -> dict[UUID, PointRow]:
    """Points by id: whose, from which source, whether they work."""
    return {row["id"]: _point(row) for row in await tx.rows(NUMBERS, points)}


TELEPHONES: Final = """
SELECT id, borrower_id, kind, source, status, zones
  FROM contact_points
  LEFT JOIN number_zones ON number_zones.contact_point_id = contact_points.id
 WHERE borrower_id = ANY($1::uuid[])
   AND kind = 'phone'
   AND status IN ('valid', 'invalid')
 ORDER BY status = 'invalid', rank, id
"""


async def telephones(tx: TenantTx, people: Sequence[BorrowerId]) -> dict[BorrowerId, list[PointRow]]:
    """The telephone numbers of each, the best first; one that does not work only after all that do."""
    found: dict[BorrowerId, list[PointRow]] = {}
    for row in await tx.rows(TELEPHONES, people):
        found.setdefault(row["borrower_id"], []).append(_point(row))
    return found


def _point(row: asyncpg.Record) -> PointRow:
    zones = None if row["zones"] is None else tuple(row["zones"])
    return PointRow(
        row["id"], row["borrower_id"], row["kind"], row["source"], row["status"] == "valid", zones
    )


INSERT_ZONES: Final = """
INSERT INTO number_zones (contact_point_id, zones)
SELECT given.id, given.zones::text[]
  FROM unnest($1::uuid[], $2::text[]) AS given (id, zones)
 ORDER BY given.id
    ON CONFLICT (contact_point_id) DO NOTHING
"""


async def insert_zones(tx: TenantTx, zones: Mapping[ContactPointId, Sequence[str]]) -> None:
    """Keep the clocks of numbers; the name of a zone needs no quoting in an array."""
    await tx.execute(INSERT_ZONES, list(zones), ["{" + ",".join(each) + "}" for each in zones.values()])


CONFIRMATIONS: Final = """
SELECT contact_point_id, max(confirmed_on) AS confirmed_on
  FROM number_confirmations
 WHERE contact_point_id = ANY($1::uuid[])
 GROUP BY contact_point_id
"""


async def confirmations(tx: TenantTx, points: Sequence[UUID]) -> dict[UUID, date]:
    """The last day on which each number was confirmed."""
    return {row["contact_point_id"]: row["confirmed_on"] for row in await tx.rows(CONFIRMATIONS, points)}
