"""Verdicts and touches as people and the API see them."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.contact.model import (
    Channel,
    Counted,
    Direction,
    Filter,
    KeptContact,
    KeptVerdict,
    Outcome,
    Phase,
    Purpose,
    VerdictFilter,
)
from dunwell.kernel.ids import VerdictId
from dunwell.storage.tenant import TenantTx

VERDICT: Final = """
SELECT id, at, judged_for, phase, borrower_id, loans, channel, purpose, verdict, until, reasons, duties, pack,
       pack_version, policy_version, message_id, actor, agent_id, contact_point_id
  FROM contact_verdicts
 WHERE id = $1
"""


async def verdict(tx: TenantTx, verdict_id: VerdictId) -> KeptVerdict | None:
    row = await tx.row(VERDICT, verdict_id)
    return None if row is None else _verdict(row)


# Whoever has or had a part in a loan is known, and verdicts are found by person.
VERDICTS: Final = """
SELECT id, at, judged_for, phase, borrower_id, loans, channel, purpose, verdict, until, reasons, duties, pack,
       pack_version, policy_version, message_id, actor, agent_id, contact_point_id
  FROM contact_verdicts
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::uuid IS NULL OR ($2 = ANY (loans) AND borrower_id = ANY (ARRAY(
        SELECT borrower_id FROM loans WHERE id = $2
         UNION
        SELECT borrower_id FROM obligors WHERE loan_id = $2
         UNION
        SELECT borrower_id FROM loan_parties WHERE loan_id = $2))))
   AND ($3::text IS NULL OR verdict = $3)
   AND ($4::text IS NULL OR channel = $4)
   AND ($5::timestamptz IS NULL OR at >= $5)
   AND ($6::timestamptz IS NULL OR at < $6)
   AND ($7::timestamptz IS NULL OR (at, id) < ($7, $8::uuid))
 ORDER BY at DESC, id DESC
 LIMIT $9
"""


async def verdicts(
    tx: TenantTx, wanted: VerdictFilter, after: tuple[datetime, UUID] | None
) -> list[KeptVerdict]:
    """The newest first; one more than the limit."""
    if wanted.code is not None or wanted.rule is not None:
        return await _reasoned(tx, wanted, after)
    rows = await tx.rows(VERDICTS, wanted.borrower, wanted.loan, *_span(wanted, after), wanted.limit + 1)
    return [_verdict(row) for row in rows]


# The condition on `found` is that of two indexes: one by word for what is rare, one by time for what is common.
REASONED: Final = """
SELECT id, at, judged_for, phase, borrower_id, loans, channel, purpose, verdict, until, reasons, duties, pack,
       pack_version, policy_version, message_id, actor, agent_id, contact_point_id
  FROM contact_verdicts
 WHERE found <> '{}'
   AND found @> $10::text[]
   AND ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::uuid IS NULL OR $2 = ANY (loans))
   AND ($3::text IS NULL OR verdict = $3)
   AND ($4::text IS NULL OR channel = $4)
   AND ($5::timestamptz IS NULL OR at >= $5)
   AND ($6::timestamptz IS NULL OR at < $6)
   AND ($7::timestamptz IS NULL OR (at, id) < ($7, $8::uuid))
 ORDER BY at DESC, id DESC
 LIMIT $9
"""


async def _reasoned(
    tx: TenantTx, wanted: VerdictFilter, after: tuple[datetime, UUID] | None
) -> list[KeptVerdict]:
    """Those with that code, or that rule, among their reasons."""
    words = [word for word in (wanted.code, wanted.rule) if word is not None]
    span = _span(wanted, after)
    rows = await tx.rows(REASONED, wanted.borrower, wanted.loan, *span, wanted.limit + 1, words)
    return [_verdict(row) for row in rows]


def _span(wanted: VerdictFilter, after: tuple[datetime, UUID] | None) -> tuple[object, ...]:
    return wanted.answer, wanted.channel, wanted.start, wanted.end, *(after or (None, None))


# A rule id holds a hyphen, a code none.
COUNTS: Final = """
SELECT (at AT TIME ZONE $3)::date AS day, word, verdict, count(*) AS contacts
  FROM contact_verdicts
 CROSS JOIN LATERAL unnest(found) AS word
 WHERE found <> '{}'
   AND at >= $1::timestamptz
   AND at < $2::timestamptz
   AND (position('-' IN word) = 0) = $4::boolean
 GROUP BY day, word, verdict
 ORDER BY day, word, verdict
 LIMIT 50000
"""


async def counts(tx: TenantTx, start: datetime, end: datetime, *, by_code: bool) -> list[Counted]:
    """How often each rule, or code, was a reason, by business day and answer."""
    rows = await tx.rows(COUNTS, start, end, tx.caller.tenant.zone, by_code)
    return [Counted(row["day"], row["word"], row["verdict"], row["contacts"]) for row in rows]


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
        row["actor"],
        row["agent_id"],
        row["contact_point_id"],
    )


CONTACTS: Final = """
SELECT contacts.id, contacts.borrower_id, contacts.at, contacts.channel, contacts.direction, contacts.purpose,
       contacts.outcome, contacts.actor, contacts.loans, contacts.verdict_id, contacts.message_id,
       contacts.promised, contact_verdicts.verdict
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
            row["promised"],
        )
        for row in rows
    ]
