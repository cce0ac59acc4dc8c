"""What the gate would have known on days that were: holds since lifted, opt-outs since withdrawn, touches since."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dunwell.contact.model import Channel, Direction, Hold, HoldKind, Outcome, PastContact, Purpose
from dunwell.kernel.calendar import business_date
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import TenantTx

HOLDS: Final = """
SELECT id, borrower_id, loan_id, kind, from_on, until_on, placed_at, lifted_at
  FROM contact_holds
 WHERE borrower_id = ANY($1::uuid[])
   AND (lifted_at IS NULL OR lifted_at >= $2)
   AND placed_at < $3
"""


async def past_holds(
    tx: TenantTx, people: Sequence[BorrowerId], since: datetime, until: datetime
) -> dict[BorrowerId, list[Hold]]:
    """Holds that stood at some instant from `since` to `until`, from the day they were placed on."""
    zone = tx.caller.tenant.zone
    found: dict[BorrowerId, list[Hold]] = {}
    for row in await tx.rows(HOLDS, people, since, until):
        hold = Hold(
            HoldKind(row["kind"]),
            max(row["from_on"], business_date(row["placed_at"], zone)),
            None,
            row["loan_id"],
            row["until_on"],
            lifted_on=business_date(row["lifted_at"], zone) if row["lifted_at"] else None,
            id=row["id"],
        )
        found.setdefault(row["borrower_id"], []).append(hold)
    return found


OPT_OUTS: Final = """
SELECT borrower_id, channel, at, withdrawn_at
  FROM opt_outs
 WHERE borrower_id = ANY($1::uuid[])
"""

OptOuts = list[tuple[Channel, datetime, datetime | None]]


async def past_opt_outs(tx: TenantTx, people: Sequence[BorrowerId]) -> dict[BorrowerId, OptOuts]:
    """Every opt-out with the instants at which it began and ended."""
    found: dict[BorrowerId, OptOuts] = {}
    for row in await tx.rows(OPT_OUTS, people):
        found.setdefault(row["borrower_id"], []).append(
            (Channel(row["channel"]), row["at"], row["withdrawn_at"])
        )
    return found


# Messages of the cadences are what is rehearsed anew; calls, visits, letters and whatever came in really were.
TOUCHES: Final = """
SELECT borrower_id, at, channel, direction, purpose, outcome, actor, loans, contact_point_id
  FROM contacts
 WHERE borrower_id = ANY($1::uuid[])
   AND (at > $2 OR purpose = 'location')
   AND at <= $3
   AND (message_id IS NULL OR at < $4)
   AND outcome <> 'not_made'
 ORDER BY at, id
"""


async def past_touches(
    tx: TenantTx, people: Sequence[BorrowerId], since: datetime, first: datetime, until: datetime
) -> dict[BorrowerId, list[PastContact]]:
    """Touches from `since` to `until` in order of time, without the messages that left from `first` on."""
    found: dict[BorrowerId, list[PastContact]] = {}
    for row in await tx.rows(TOUCHES, people, since, until, first):
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
