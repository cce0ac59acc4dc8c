"""What the gate keeps: verdicts, slots, touches. Each in one statement, whatever their number."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from dunwell.contact.model import Phase, Proposal, Reason, Touch, Verdict
from dunwell.kernel.ids import VerdictId
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Slot:
    """The n-th place under a cap of a borrower's day."""

    borrower: UUID
    counter: str
    window_on: date
    ordinal: int
    verdict: VerdictId


# Arrays of arrays cannot be unnested row by row, and a list inside a jsonb[] is taken for one more dimension: what is
# a list in a verdict travels as one text.
INSERT_VERDICTS: Final = """
INSERT INTO contact_verdicts (id, at, judged_for, phase, borrower_id, loans, channel, purpose, verdict, until,
       reasons, duties, pack, pack_version, policy_version, message_id)
SELECT given.id, $1, given.judged_for, $2, given.borrower_id,
       given.loans::uuid[], given.channel, given.purpose, given.verdict,
       given.until, given.reasons::jsonb, given.duties::text[], given.pack,
       given.pack_version, given.policy_version, given.message_id
  FROM unnest($3::uuid[], $4::timestamptz[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
              $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[], $15::integer[],
              $16::uuid[])
       AS given (id, judged_for, borrower_id, loans, channel, purpose, verdict, until, reasons, duties, pack,
                 pack_version, policy_version, message_id)
"""


async def insert_verdicts(
    tx: TenantTx, phase: Phase, judged: Sequence[tuple[Proposal, Verdict, datetime]]
) -> None:
    """Keep verdicts; each must have its id."""
    await tx.execute(
        INSERT_VERDICTS,
        tx.now,
        phase.value,
        [verdict.id for _, verdict, _ in judged],
        [at for _, _, at in judged],
        [proposal.person for proposal, _, _ in judged],
        [_array(proposal.debts) for proposal, _, _ in judged],
        [proposal.channel.value for proposal, _, _ in judged],
        [proposal.purpose.value for proposal, _, _ in judged],
        [verdict.answer.value for _, verdict, _ in judged],
        [verdict.until for _, verdict, _ in judged],
        [json.dumps([reason_json(each) for each in verdict.reasons]) for _, verdict, _ in judged],
        [_array(verdict.duties) for _, verdict, _ in judged],
        [verdict.pack for _, verdict, _ in judged],
        [verdict.pack_version for _, verdict, _ in judged],
        [verdict.policy_version for _, verdict, _ in judged],
        [proposal.message for proposal, _, _ in judged],
    )


def _array(words: Sequence[object]) -> str:
    """Ids or codes as the text of an array; none of them needs quoting."""
    return "{" + ",".join(map(str, words)) + "}"


def reason_json(reason: Reason) -> Mapping[str, object]:
    """A reason as it is kept and shown."""
    return {
        "code": reason.code,
        "answer": reason.answer.value,
        "rules": list(reason.rules),
        "until": reason.until.isoformat() if reason.until else None,
        "working": reason.working,
    }


INSERT_SLOTS: Final = """
INSERT INTO contact_slots (borrower_id, counter, window_on, ordinal, taken_at, verdict_id)
SELECT given.borrower_id, given.counter, given.window_on, given.ordinal, $1, given.verdict_id
  FROM unnest($2::uuid[], $3::text[], $4::date[], $5::smallint[], $6::uuid[])
       AS given (borrower_id, counter, window_on, ordinal, verdict_id)
"""


async def insert_slots(tx: TenantTx, slots: Sequence[Slot]) -> None:
    """Take slots. One that is taken already breaks `contact_slots_pkey`: the cap is a constraint."""
    await tx.execute(
        INSERT_SLOTS,
        tx.now,
        [slot.borrower for slot in slots],
        [slot.counter for slot in slots],
        [slot.window_on for slot in slots],
        [slot.ordinal for slot in slots],
        [slot.verdict for slot in slots],
    )


RELEASE_SLOTS: Final = """
DELETE FROM contact_slots
 WHERE verdict_id = ANY($1::uuid[])
"""


async def release_slots(tx: TenantTx, verdicts: Sequence[UUID]) -> None:
    """Give back what was taken for contacts that did not take place."""
    await tx.execute(RELEASE_SLOTS, verdicts)


# A touch that is there already keeps its time and its verdict; only what became of it moves.
SAVE_TOUCHES: Final = """
INSERT INTO contacts (id, borrower_id, at, channel, direction, purpose, outcome, actor, loans, contact_point_id,
       verdict_id, message_id)
SELECT given.id, given.borrower_id, given.at, given.channel, given.direction, given.purpose, given.outcome,
       given.actor, given.loans::uuid[], given.contact_point_id,
       given.verdict_id, given.message_id
  FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::uuid[], $11::uuid[], $12::uuid[])
       AS given (id, borrower_id, at, channel, direction, purpose, outcome, actor, loans, contact_point_id,
                 verdict_id, message_id)
    ON CONFLICT (id) DO UPDATE
   SET outcome = EXCLUDED.outcome
 WHERE contacts.outcome <> EXCLUDED.outcome
   AND contacts.borrower_id = EXCLUDED.borrower_id
RETURNING id
"""


async def save_touches(tx: TenantTx, touches: Sequence[Touch]) -> set[UUID]:
    """Keep touches, or what became of those already kept; the ids of which anything is new."""
    rows = await tx.rows(
        SAVE_TOUCHES,
        [touch.id for touch in touches],
        [touch.borrower for touch in touches],
        [touch.at for touch in touches],
        [touch.channel.value for touch in touches],
        [touch.direction.value for touch in touches],
        [touch.purpose.value for touch in touches],
        [touch.outcome.value for touch in touches],
        [touch.actor for touch in touches],
        [_array(touch.loans) for touch in touches],
        [touch.number for touch in touches],
        [touch.verdict for touch in touches],
        [touch.message for touch in touches],
    )
    return {row["id"] for row in rows}
