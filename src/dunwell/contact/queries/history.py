"""Earlier contacts as far back as a rule looks, and the slots that are taken."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.contact.model import Channel, Direction, Outcome, PastContact, Purpose
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.storage.tenant import TenantTx

# Calls of one person that a search for the debtor looks back over at most, beyond the days of the counters.
MOST_CALLS: Final = 200

CHANNELS: Final = {each.value: each for each in Channel}
DIRECTIONS: Final = {each.value: each for each in Direction}
OUTCOMES: Final = {each.value: each for each in Outcome}
PURPOSES: Final = {each.value: each for each in Purpose}

# Every counter and interval fits the days asked for; what was asked of a person once is asked once for ever. What was
# allowed and never tried is nobody's contact.
HISTORY: Final = """
SELECT borrower_id, at, channel, direction, purpose, outcome, actor, loans, contact_point_id, promised
  FROM contacts
 WHERE borrower_id = ANY($1::uuid[])
   AND (at > $2::timestamptz OR purpose = 'location')
   AND outcome <> 'not_made'
 ORDER BY at, id
"""


async def history(
    tx: TenantTx, borrowers: Sequence[BorrowerId], since: datetime
) -> dict[BorrowerId, list[PastContact]]:
    """Touches in order of time, by borrower."""
    found: dict[BorrowerId, list[PastContact]] = {}
    for row in await tx.rows(HISTORY, borrowers, since):
        found.setdefault(row["borrower_id"], []).append(_contact(row))
    return found


OLDER_CALLS: Final = """
SELECT older.borrower_id, older.at, older.channel, older.direction, older.purpose, older.outcome, older.actor,
       older.loans, older.contact_point_id, older.promised
  FROM unnest($1::uuid[]) AS person (id)
 CROSS JOIN LATERAL (
       SELECT id, borrower_id, at, channel, direction, purpose, outcome, actor, loans, contact_point_id, promised
         FROM contacts
        WHERE borrower_id = person.id
          AND at <= $2::timestamptz
          AND channel IN ('call', 'ai_call', 'voicemail')
          AND purpose <> 'location'
          AND outcome <> 'not_made'
        ORDER BY at DESC, id DESC
        LIMIT $3) AS older
 ORDER BY older.at, older.id
"""


async def older_calls(
    tx: TenantTx, people: Sequence[BorrowerId], before: datetime
) -> dict[BorrowerId, list[PastContact]]:
    """Calls before the days of `history`, in order of time: who counts as lost, and how often others were asked."""
    found: dict[BorrowerId, list[PastContact]] = {}
    for row in await tx.rows(OLDER_CALLS, people, before, MOST_CALLS):
        found.setdefault(row["borrower_id"], []).append(_contact(row))
    return found


FIRST_REACHED: Final = """
SELECT DISTINCT ON (wanted.borrower_id, wanted.loan_id) wanted.loan_id, contacts.borrower_id, contacts.at,
       contacts.channel, contacts.direction, contacts.purpose, contacts.outcome, contacts.actor, contacts.loans,
       contacts.contact_point_id, contacts.promised
  FROM unnest($1::uuid[], $2::uuid[]) AS wanted (borrower_id, loan_id)
  JOIN contacts ON contacts.borrower_id = wanted.borrower_id
 WHERE contacts.at <= $3::timestamptz
   AND wanted.loan_id = ANY (contacts.loans)
   AND contacts.outcome IN ('connected', 'delivered')
 ORDER BY wanted.borrower_id, wanted.loan_id, contacts.at, contacts.id
"""


async def first_reached(
    tx: TenantTx, wanted: Sequence[tuple[BorrowerId, LoanId]], before: datetime
) -> dict[tuple[BorrowerId, LoanId], PastContact]:
    """The first contact about each loan that reached its debtor, if it was before the days of `history`."""
    rows = await tx.rows(
        FIRST_REACHED, [borrower for borrower, _ in wanted], [loan for _, loan in wanted], before
    )
    return {(row["borrower_id"], row["loan_id"]): _contact(row) for row in rows}


def _contact(row: asyncpg.Record) -> PastContact:
    return PastContact(
        row["at"],
        CHANNELS[row["channel"]],
        row["borrower_id"],
        OUTCOMES[row["outcome"]],
        tuple(row["loans"]),
        row["contact_point_id"],
        DIRECTIONS[row["direction"]],
        row["actor"],
        PURPOSES[row["purpose"]],
        row["promised"],
    )


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
