"""The history of the register: one row per change, in the transaction that made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dunwell.agents.model import Change
from dunwell.audit.model import JSON
from dunwell.storage.tenant import TenantTx

INSERT_CHANGES: Final = """
INSERT INTO register_changes (subject_id, number, at, actor, action, facts)
SELECT each.subject_id, each.number, $1, $2, each.action, each.facts
  FROM unnest($3::uuid[], $4::integer[], $5::text[], $6::jsonb[]) AS each (subject_id, number, action, facts)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A change to be kept: what it was done to, its number there, what, and what is so from now on."""

    subject: UUID
    number: int
    action: str
    facts: Mapping[str, JSON]


async def insert_changes(tx: TenantTx, steps: Sequence[Step]) -> None:
    await tx.execute(
        INSERT_CHANGES,
        tx.now,
        str(tx.caller.actor),
        [step.subject for step in steps],
        [step.number for step in steps],
        [step.action for step in steps],
        [dict(step.facts) for step in steps],
    )


CHANGES: Final = """
SELECT number, at, actor, action, facts
  FROM register_changes
 WHERE subject_id = $1
   AND ($2::integer IS NULL OR number > $2)
 ORDER BY number
 LIMIT $3
"""


async def changes(tx: TenantTx, subject: UUID, after: int | None, limit: int) -> list[Change]:
    """In the order they happened; one more than the limit."""
    rows = await tx.rows(CHANGES, subject, after, limit + 1)
    return [Change(row["number"], row["at"], row["actor"], row["action"], row["facts"]) for row in rows]
