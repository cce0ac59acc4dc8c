"""What the gate judges from: one statement per kind of fact, whatever the number of borrowers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from dunwell.contact.model import Channel, Direction, Hold, HoldKind, Number, Outcome, PastContact, Purpose
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId
from dunwell.storage.tenant import TenantTx

STANDING_HOLDS: Final = """
SELECT id, borrower_id, loan_id, kind, from_on, until_on
  FROM contact_holds
 WHERE borrower_id = ANY($1::uuid[])
   AND lifted_at IS NULL
   AND (until_on IS NULL OR until_on >= $2::date)
"""


async def standing_holds(
    tx: TenantTx, borrowers: Sequence[BorrowerId], today: date
) -> dict[BorrowerId, list[Hold]]:
    """Holds in force or to come, by the borrower they were placed on; whoever else the case has is covered too.

    One that began by the tenant's own date is in force whatever day the borrower's clock shows.
    """
    found: dict[BorrowerId, list[Hold]] = {}
    for row in await tx.rows(STANDING_HOLDS, borrowers, today):
        since = date.min if row["from_on"] <= today else row["from_on"]
        hold = Hold(HoldKind(row["kind"]), since, None, row["loan_id"], row["until_on"], id=row["id"])
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


# Every counter and interval fits the days asked for; what was asked of a person once is asked once for ever.
HISTORY: Final = """
SELECT borrower_id, at, channel, direction, purpose, outcome, actor, loans, contact_point_id
  FROM contacts
 WHERE borrower_id = ANY($1::uuid[])
   AND (at > $2::timestamptz OR purpose = 'location')
 ORDER BY at, id
"""


async def history(
    tx: TenantTx, borrowers: Sequence[BorrowerId], since: datetime
) -> dict[BorrowerId, list[PastContact]]:
    """Touches in order of time, by borrower."""
    found: dict[BorrowerId, list[PastContact]] = {}
    for row in await tx.rows(HISTORY, borrowers, since):
        contact = PastContact(
            row["at"],
            Channel(row["channel"]),
            row["borrower_id"],
            Outcome(row["outcome"]),
            tuple(row["loans"]),
            row["contact_point_id"],
            Direction(row["direction"]),
            row["actor"],
            Purpose(row["purpose"]),
        )
        found.setdefault(row["borrower_id"], []).append(contact)
    return found


OBLIGORS: Final = """
SELECT loan_id, borrower_id, role
  FROM obligors
 WHERE loan_id = ANY($1::uuid[])
"""


async def obligors(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, dict[BorrowerId, str]]:
    """What everybody is to these loans."""
    found: dict[LoanId, dict[BorrowerId, str]] = {}
    for row in await tx.rows(OBLIGORS, loans):
        found.setdefault(row["loan_id"], {})[row["borrower_id"]] = row["role"]
    return found


NUMBERS: Final = """
SELECT id, borrower_id, source, status
  FROM contact_points
 WHERE id = ANY($1::uuid[])
   AND status <> 'withdrawn'
"""


async def numbers(tx: TenantTx, points: Sequence[ContactPointId]) -> dict[UUID, Number]:
    """Contact points as the gate sees them: whose, from which source, whether they work."""
    rows = await tx.rows(NUMBERS, points)
    return {
        row["id"]: Number(row["id"], row["borrower_id"], row["source"], row["status"] == "valid")
        for row in rows
    }


SLOTS: Final = """
SELECT borrower_id, counter, window_on, ordinal
  FROM contact_slots
 WHERE borrower_id = ANY($1::uuid[])
   AND window_on >= $2::date
"""


async def slots(
    tx: TenantTx, borrowers: Sequence[BorrowerId], since: date
) -> dict[tuple[UUID, str, date], set[int]]:
    """The ordinals that are taken, by borrower, counter and window."""
    taken: dict[tuple[UUID, str, date], set[int]] = {}
    for row in await tx.rows(SLOTS, borrowers, since):
        taken.setdefault((row["borrower_id"], row["counter"], row["window_on"]), set()).add(row["ordinal"])
    return taken
