"""Facts: what an area tells the areas above it, appended in the transaction that made it true.

Each fact is one work item in the lane `facts`; the worker hands it to every reaction, and a row in
`reactions_done`, written with the effect, makes that once per pair. Facts arrive a moment late and
nothing irreversible may rest on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from dunwell.storage.tenant import TenantTx
from dunwell.storage.work import Work, add

LANE: Final = "facts"
KIND: Final = "fact"


@dataclass(frozen=True, slots=True)
class Fact:
    """`kind` is `area.past-tense`; the payload holds ids and dates, never personal data."""

    kind: str
    subject: UUID
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as a reaction gets it."""

    id: UUID
    kind: str
    subject: UUID
    at: datetime
    payload: Mapping[str, Any]


INSERT: Final = """
INSERT INTO facts (id, kind, subject, at, correlation, payload)
SELECT id, kind, subject, $4, $5, payload
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $6::jsonb[]) AS given (id, kind, subject, payload)
"""


async def append(tx: TenantTx, facts: Sequence[Fact]) -> None:
    """Tell the areas above, once the transaction stands."""
    if not facts:
        return
    ids = [uuid4() for _ in facts]
    await tx.execute(
        INSERT,
        ids,
        [fact.kind for fact in facts],
        [fact.subject for fact in facts],
        tx.now,
        tx.caller.correlation,
        [dict(fact.payload) for fact in facts],
    )
    await add(
        tx,
        [
            Work(LANE, KIND, str(fact_id), tx.now, {"fact": str(fact_id), "kind": fact.kind})
            for fact_id, fact in zip(ids, facts, strict=True)
        ],
    )


TOLD: Final = """
SELECT id, kind, subject, at, payload
  FROM facts
 WHERE id = $1
"""


async def told(tx: TenantTx, fact: UUID) -> Told | None:
    row = await tx.row(TOLD, fact)
    if row is None:
        return None
    return Told(row["id"], row["kind"], row["subject"], row["at"], row["payload"])


REACT: Final = """
INSERT INTO reactions_done (fact_id, reaction, at)
VALUES ($1, $2, $3)
    ON CONFLICT ON CONSTRAINT reactions_done_pkey DO NOTHING
"""


async def first_time(tx: TenantTx, fact: UUID, reaction: str) -> bool:
    """True once per fact and reaction: write the effect in this same transaction."""
    return bool(await tx.execute(REACT, fact, reaction, tx.now))
