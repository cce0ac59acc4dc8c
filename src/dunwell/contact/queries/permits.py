"""Permits: each change of state is one guarded statement, each list is paged by key."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.contact.model import Channel, Outcome, Purpose
from dunwell.contact.model.permits import ListPermits, Permit, PermitState
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId, VerdictId
from dunwell.storage.tenant import TenantTx

After = tuple[datetime, UUID] | None

INSERT: Final = """
INSERT INTO permits (id, borrower_id, contact_point_id, loans, channel, purpose, asked_by, agent_id, actor, sender,
       asked, state, issued_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'issued', $12, $13)
"""


async def insert_permit(tx: TenantTx, permit: Permit) -> None:
    """Keep a permit. Its verdict must say ALLOW: anything else breaks `permits_verdict`."""
    await tx.execute(
        INSERT,
        permit.id,
        permit.borrower,
        permit.point,
        permit.loans,
        permit.channel.value,
        permit.purpose.value,
        permit.asked_by,
        permit.agent,
        permit.actor,
        permit.sender,
        permit.asked,
        permit.issued_at,
        permit.expires_at,
    )


PERMIT: Final = """
SELECT id, borrower_id, contact_point_id, loans, channel, purpose, asked_by, agent_id, actor, sender, asked, state,
       issued_at, expires_at, revealed_at, judged_again_id, closed_at, outcome
  FROM permits
 WHERE id = $1
"""


async def permit(tx: TenantTx, permit_id: VerdictId) -> Permit | None:
    row = await tx.row(PERMIT, permit_id)
    return None if row is None else _permit(row)


LOCK_PERMIT: Final = """
SELECT id, borrower_id, contact_point_id, loans, channel, purpose, asked_by, agent_id, actor, sender, asked, state,
       issued_at, expires_at, revealed_at, judged_again_id, closed_at, outcome
  FROM permits
 WHERE id = $1
   FOR UPDATE
"""


async def lock_permit(tx: TenantTx, permit_id: VerdictId) -> Permit | None:
    """Hold a permit. Its borrower is locked before it, if at all."""
    row = await tx.row(LOCK_PERMIT, permit_id)
    return None if row is None else _permit(row)


REVEAL: Final = """
UPDATE permits
   SET state = 'revealed', revealed_at = $2, judged_again_id = $3
 WHERE id = $1
   AND state = 'issued'
   AND expires_at > $2
"""


async def mark_revealed(tx: TenantTx, permit_id: VerdictId, verdict: VerdictId | None) -> bool:
    """False when it was used, ended or ran out before."""
    return await tx.execute(REVEAL, permit_id, tx.now, verdict) == 1


WITHDRAW: Final = """
UPDATE permits
   SET state = 'withdrawn', closed_at = $2, judged_again_id = $3
 WHERE id = $1
   AND state = 'issued'
"""


async def mark_withdrawn(tx: TenantTx, permit_id: VerdictId, verdict: VerdictId | None) -> bool:
    return await tx.execute(WITHDRAW, permit_id, tx.now, verdict) == 1


RELEASE: Final = """
UPDATE permits
   SET state = 'released', closed_at = $2
 WHERE id = $1
   AND state = 'issued'
"""


async def mark_released(tx: TenantTx, permit_id: VerdictId) -> bool:
    return await tx.execute(RELEASE, permit_id, tx.now) == 1


RECORD: Final = """
UPDATE permits
   SET state = 'recorded', closed_at = $2, outcome = $3
 WHERE id = $1
   AND state IN ('revealed', 'overdue')
"""


async def mark_recorded(tx: TenantTx, permit_id: VerdictId, outcome: Outcome) -> bool:
    return await tx.execute(RECORD, permit_id, tx.now, outcome.value) == 1


# One statement: what was never shown is released, what was shown and not told about is owed from here on.
RUN_OUT: Final = """
  WITH over AS (SELECT id
                  FROM permits
                 WHERE state IN ('issued', 'revealed') AND expires_at <= $1
                 ORDER BY expires_at, id
                 LIMIT $2
                   FOR UPDATE SKIP LOCKED)
UPDATE permits
   SET state = CASE permits.state WHEN 'issued' THEN 'released' ELSE 'overdue' END,
       closed_at = CASE permits.state WHEN 'issued' THEN $1 END
  FROM over
 WHERE permits.id = over.id
RETURNING permits.id, permits.borrower_id, permits.contact_point_id, permits.loans, permits.channel, permits.purpose,
          permits.asked_by, permits.agent_id, permits.actor, permits.sender, permits.asked, permits.state,
          permits.issued_at, permits.expires_at, permits.revealed_at, permits.judged_again_id, permits.closed_at,
          permits.outcome
"""


async def run_out(tx: TenantTx, most: int) -> list[Permit]:
    """Close permits whose time is over, as they stand then; nobody else gets the same ones."""
    return [_permit(row) for row in await tx.rows(RUN_OUT, tx.now, most)]


# What was shown and has run out is owed, whether or not the sweep has been there.
OWED_BY_AGENT: Final = """
SELECT count(*)
  FROM permits
 WHERE agent_id = $1
   AND (state = 'overdue' OR (state = 'revealed' AND expires_at <= $2))
"""
OWED_BY_PRINCIPAL: Final = """
SELECT count(*)
  FROM permits
 WHERE asked_by = $1
   AND agent_id IS NULL
   AND (state = 'overdue' OR (state = 'revealed' AND expires_at <= $2))
"""


async def owed(tx: TenantTx, principal: str, agent: UUID | None) -> int:
    """How many outcomes this agent, or where none is named this principal, owes."""
    if agent is not None:
        return int(await tx.value(OWED_BY_AGENT, agent, tx.now))
    return int(await tx.value(OWED_BY_PRINCIPAL, principal, tx.now))


PERMITS: Final = """
SELECT id, borrower_id, contact_point_id, loans, channel, purpose, asked_by, agent_id, actor, sender, asked, state,
       issued_at, expires_at, revealed_at, judged_again_id, closed_at, outcome
  FROM permits
 WHERE ($1::text IS NULL OR state = $1)
   AND ($2::uuid IS NULL OR agent_id = $2)
   AND ($3::timestamptz IS NULL OR (issued_at, id) < ($3, $4::uuid))
 ORDER BY issued_at DESC, id DESC
 LIMIT $5
"""


async def permits(tx: TenantTx, wanted: ListPermits, after: After) -> list[Permit]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(PERMITS, wanted.state, wanted.agent, at, last, wanted.limit + 1)
    return [_permit(row) for row in rows]


def _permit(row: asyncpg.Record) -> Permit:
    return Permit(
        id=row["id"],
        borrower=row["borrower_id"],
        point=row["contact_point_id"],
        loans=tuple(row["loans"]),
        channel=Channel(row["channel"]),
        purpose=Purpose(row["purpose"]),
        asked_by=row["asked_by"],
        agent=row["agent_id"],
        actor=row["actor"],
        sender=row["sender"],
        asked=row["asked"],
        state=PermitState(row["state"]),
        issued_at=row["issued_at"],
        expires_at=row["expires_at"],
        revealed_at=row["revealed_at"],
        judged_again=row["judged_again_id"],
        closed_at=row["closed_at"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
    )


POINT: Final = """
SELECT borrower_id, kind
  FROM contact_points
 WHERE id = $1
   AND status = 'valid'
"""


async def point(tx: TenantTx, point_id: ContactPointId) -> tuple[BorrowerId, str] | None:
    """Whose a usable contact point is, and of which kind."""
    row = await tx.row(POINT, point_id)
    return None if row is None else (BorrowerId(row["borrower_id"]), row["kind"])


WHOSE_POINT: Final = "SELECT borrower_id FROM contact_points WHERE id = $1"


async def owner_of(tx: TenantTx, point_id: ContactPointId) -> BorrowerId | None:
    """Whose a contact point is or was."""
    return await tx.value(WHOSE_POINT, point_id)


LOANS: Final = """
SELECT loan_id
  FROM obligors
 WHERE borrower_id = $1
 ORDER BY loan_id
 LIMIT 100
"""


async def loans_of(tx: TenantTx, borrower: BorrowerId) -> list[LoanId]:
    """Every loan in which a person has a part."""
    return [row["loan_id"] for row in await tx.rows(LOANS, borrower)]
