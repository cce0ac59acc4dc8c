"""What is known of the people of a case: holds, wishes, consents, circumstances, refusals, offers, notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from dunwell.contact.model import (
    Channel,
    CircumstanceKind,
    Consent,
    ConsentKind,
    Hold,
    HoldKind,
    Hours,
    NoticeKind,
    NoticeStatus,
)
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId
from dunwell.storage.tenant import TenantTx

STANDING_HOLDS: Final = """
SELECT id, borrower_id, loan_id, kind, from_on, until_on, treatment_ended_on
  FROM contact_holds
 WHERE borrower_id = ANY($1::uuid[])
   AND lifted_at IS NULL
   AND (until_on IS NULL OR until_on >= $2::date)
"""


async def standing_holds(
    tx: TenantTx, borrowers: Sequence[BorrowerId], today: date
) -> dict[BorrowerId, list[Hold]]:
    """Holds in force or to come, by the borrower they were placed on; whoever else the case has is covered too.

    One that has begun by the tenant's own date is in force whatever day the borrower's clock shows.
    """
    found: dict[BorrowerId, list[Hold]] = {}
    for row in await tx.rows(STANDING_HOLDS, borrowers, today):
        hold = Hold(
            HoldKind(row["kind"]),
            row["from_on"],
            None,
            row["loan_id"],
            row["until_on"],
            row["treatment_ended_on"],
            id=row["id"],
            begun=row["from_on"] <= today,
        )
        found.setdefault(row["borrower_id"], []).append(hold)
    return found


STANDING_OPT_OUTS: Final = """
SELECT borrower_id, channel, at
  FROM opt_outs
 WHERE borrower_id = ANY($1::uuid[])
   AND withdrawn_at IS NULL
"""


async def standing_opt_outs(
    tx: TenantTx, borrowers: Sequence[BorrowerId]
) -> dict[BorrowerId, list[tuple[Channel, datetime]]]:
    found: dict[BorrowerId, list[tuple[Channel, datetime]]] = {}
    for row in await tx.rows(STANDING_OPT_OUTS, borrowers):
        found.setdefault(row["borrower_id"], []).append((Channel(row["channel"]), row["at"]))
    return found


STANDING_PREFERENCES: Final = """
SELECT borrower_id, starts, ends
  FROM contact_preferences
 WHERE borrower_id = ANY($1::uuid[])
   AND withdrawn_at IS NULL
"""


async def standing_preferences(
    tx: TenantTx, borrowers: Sequence[BorrowerId]
) -> dict[BorrowerId, tuple[Hours, ...]]:
    return {
        row["borrower_id"]: tuple(map(Hours, row["starts"], row["ends"]))
        for row in await tx.rows(STANDING_PREFERENCES, borrowers)
    }


@dataclass(frozen=True, slots=True)
class Consents:
    """Consents of one person that are not over. `automated`: whether to all numbers; `numbers`: to these only."""

    given: tuple[Consent, ...]
    automated: bool
    numbers: frozenset[UUID]


STANDING_CONSENTS: Final = """
SELECT id, borrower_id, kind, starts_at, ends_at, contact_point_id
  FROM contact_consents
 WHERE borrower_id = ANY($1::uuid[])
   AND withdrawn_at IS NULL
   AND (ends_at IS NULL OR ends_at > $2::timestamptz)
   AND (kind = 'contact_slot' OR starts_at <= $2::timestamptz)
"""


async def standing_consents(
    tx: TenantTx, borrowers: Sequence[BorrowerId], now: datetime
) -> dict[BorrowerId, Consents]:
    """Consents in force, and slots that are still to come."""
    given: dict[BorrowerId, list[Consent]] = {}
    numbers: dict[BorrowerId, set[UUID | None]] = {}
    for row in await tx.rows(STANDING_CONSENTS, borrowers, now):
        if row["kind"] == ConsentKind.AUTOMATED.value:
            numbers.setdefault(row["borrower_id"], set()).add(row["contact_point_id"])
            continue
        consent = Consent(str(row["id"]), row["kind"], row["starts_at"], row["ends_at"])
        given.setdefault(row["borrower_id"], []).append(consent)
    return {
        borrower: Consents(
            tuple(given.get(borrower, ())),
            None in numbers.get(borrower, ()),
            frozenset(point for point in numbers.get(borrower, ()) if point is not None),
        )
        for borrower in {*given, *numbers}
    }


STANDING_CIRCUMSTANCES: Final = """
SELECT borrower_id, kind, contact_point_id
  FROM person_circumstances
 WHERE borrower_id = ANY($1::uuid[])
   AND withdrawn_at IS NULL
"""


async def standing_circumstances(
    tx: TenantTx, borrowers: Sequence[BorrowerId]
) -> tuple[dict[BorrowerId, set[CircumstanceKind]], set[ContactPointId]]:
    """What is so about people, and which numbers are at a place of work."""
    found: dict[BorrowerId, set[CircumstanceKind]] = {}
    work: set[ContactPointId] = set()
    for row in await tx.rows(STANDING_CIRCUMSTANCES, borrowers):
        found.setdefault(row["borrower_id"], set()).add(CircumstanceKind(row["kind"]))
        if row["contact_point_id"] is not None:
            work.add(row["contact_point_id"])
    return found, work


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody who does not owe said: when they refused, and when they first offered to pay."""

    refusals: tuple[datetime, ...]
    offered_at: datetime | None


SAID: Final = """
SELECT borrower_id, at, true AS refused
  FROM contact_refusals
 WHERE borrower_id = ANY($1::uuid[])
 UNION ALL
SELECT borrower_id, min(at), false
  FROM payment_offers
 WHERE borrower_id = ANY($1::uuid[])
 GROUP BY borrower_id
 ORDER BY at
"""


async def said(tx: TenantTx, borrowers: Sequence[BorrowerId]) -> dict[BorrowerId, Said]:
    """Refusals and offers, however long ago."""
    refusals: dict[BorrowerId, list[datetime]] = {}
    offers: dict[BorrowerId, datetime] = {}
    for row in await tx.rows(SAID, borrowers):
        if row["refused"]:
            refusals.setdefault(row["borrower_id"], []).append(row["at"])
        else:
            offers[row["borrower_id"]] = row["at"]
    return {
        borrower: Said(tuple(refusals.get(borrower, ())), offers.get(borrower))
        for borrower in {*refusals, *offers}
    }


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """How far a notice came."""

    borrower: BorrowerId
    loan: LoanId | None
    kind: NoticeKind
    agency: str
    status: NoticeStatus
    at: datetime


# The last step of each notice; steps of one instant in the order in which they were told.
NOTICES: Final = """
SELECT DISTINCT ON (reference) borrower_id, loan_id, kind, agency, status, at
  FROM contact_notices
 WHERE borrower_id = ANY($1::uuid[])
   AND at <= $2::timestamptz
 ORDER BY reference, at DESC, recorded_at DESC
"""


async def notices(tx: TenantTx, borrowers: Sequence[BorrowerId], now: datetime) -> list[NoticeRow]:
    return [
        NoticeRow(
            row["borrower_id"],
            row["loan_id"],
            NoticeKind(row["kind"]),
            row["agency"],
            NoticeStatus(row["status"]),
            row["at"],
        )
        for row in await tx.rows(NOTICES, borrowers, now)
    ]
