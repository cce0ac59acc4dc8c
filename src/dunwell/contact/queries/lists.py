"""Verdicts and touches as people and the API see them."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.contact.model import (
    Channel,
    Direction,
    Filter,
    KeptContact,
    KeptVerdict,
    Outcome,
    Phase,
    Purpose,
)
from dunwell.kernel.ids import VerdictId
from dunwell.storage.tenant import TenantTx

VERDICT: Final = """
SELECT id, at, judged_for, phase, borrower_id, loans, channel, purpose, verdict, until, reasons, duties, pack,
       pack_version, policy_version, message_id
  FROM contact_verdicts
 WHERE id = $1
"""


async def verdict(tx: TenantTx, verdict_id: VerdictId) -> KeptVerdict | None:
    row = await tx.row(VERDICT, verdict_id)
    return None if row is None else _verdict(row)


VERDICTS: Final = """
SELECT id, at, judged_for, phase, borrower_id, loans, channel, purpose, verdict, until, reasons, duties, pack,
       pack_version, policy_version, message_id
  FROM contact_verdicts
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR verdict = $2)
   AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4::uuid))
 ORDER BY at DESC, id DESC
 LIMIT $5
"""


async def verdicts(tx: TenantTx, wanted: Filter, after: tuple[datetime, UUID] | None) -> list[KeptVerdict]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(VERDICTS, wanted.borrower, wanted.word, at, last, wanted.limit + 1)
    return [_verdict(row) for row in rows]


def _verdict(row: asyncpg.Record) -> KeptVerdict:
    return KeptVerdict(
        row["id"],
        row["at"],
        row["judged_for"],
        Phase(row["phase"]),
        row["borrower_id"],
        tuple(row["loans"]),
        Channel(row["channel"]),
        Purpose(row["purpose"]),
        row["verdict"],
        row["until"],
        tuple(row["reasons"]),
        tuple(row["duties"]),
        row["pack"],
        row["pack_version"],
        row["policy_version"],
        row["message_id"],
    )


CONTACTS: Final = """
SELECT contacts.id, contacts.borrower_id, contacts.at, contacts.channel, contacts.direction, contacts.purpose,
       contacts.outcome, contacts.actor, contacts.loans, contacts.verdict_id, contacts.message_id,
       contact_verdicts.verdict
  FROM contacts
  LEFT JOIN contact_verdicts ON contact_verdicts.id = contacts.verdict_id
 WHERE ($1::uuid IS NULL OR contacts.borrower_id = $1)
   AND ($2::text IS NULL OR contacts.channel = $2)
   AND ($3::timestamptz IS NULL OR (contacts.at, contacts.id) < ($3, $4::uuid))
 ORDER BY contacts.at DESC, contacts.id DESC
 LIMIT $5
"""


async def contacts(tx: TenantTx, wanted: Filter, after: tuple[datetime, UUID] | None) -> list[KeptContact]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(CONTACTS, wanted.borrower, wanted.word, at, last, wanted.limit + 1)
    return [
        KeptContact(
            row["id"],
            row["borrower_id"],
            row["at"],
            Channel(row["channel"]),
            Direction(row["direction"]),
            Purpose(row["purpose"]),
            Outcome(row["outcome"]),
            row["actor"],
            tuple(row["loans"]),
            row["verdict_id"],
            row["verdict"],
            row["message_id"],
        )
        for row in rows
    ]
