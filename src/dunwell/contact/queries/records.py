"""What the gate keeps: verdicts, slots, touches. Each in one statement, whatever their number."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_bytes
from typing import Any, Final
from uuid import UUID

from dunwell.contact.model import Outcome, Phase, Proposal, Reason, Touch, Verdict
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


@dataclass(frozen=True, slots=True)
class Judged:
    """A proposal, the answer to it, and the instant it was judged for."""

    proposal: Proposal
    verdict: Verdict
    at: datetime


# Version 7 and the variant of RFC 9562, and the bits that are left to chance.
VERSION: Final = (0x7 << 76) | (0b10 << 62)
CHANCE: Final = ((1 << 76) - 1) ^ (0b11 << 62)


def verdict_ids(at: datetime, count: int) -> list[VerdictId]:
    """Ids that sort by time (48 bits of milliseconds before the random ones, as in RFC 9562, version 7).

    What is kept together then stands together in every index, whatever its size.
    """
    first = (int(at.timestamp() * 1000) & 0xFFFF_FFFF_FFFF) << 80 | VERSION
    chance = token_bytes(10 * count)
    return [
        VerdictId(UUID(int=first | (int.from_bytes(chance[start : start + 10], "big") & CHANCE)))
        for start in range(0, len(chance), 10)
    ]


# Most of a verdict is the same for many of a batch: who and which are rows, what was answered is a shape that the
# row names by its place. Arrays of arrays cannot be unnested row by row, and a list inside a jsonb[] is taken for one
# more dimension: what is a list in a verdict travels as one text.
INSERT_VERDICTS: Final = """
INSERT INTO contact_verdicts (id, at, judged_for, phase, borrower_id, loans, channel, purpose, verdict, until,
       reasons, duties, found, pack, pack_version, policy_version, message_id, actor, agent_id, contact_point_id)
SELECT given.id, $1, shape.judged_for, $2, given.borrower_id, given.loans::uuid[], shape.channel, shape.purpose,
       shape.verdict, shape.until, shape.reasons, shape.duties, shape.found, shape.pack, shape.pack_version,
       shape.policy_version, given.message_id, shape.actor, shape.agent_id, given.contact_point_id
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::integer[])
       AS given (id, borrower_id, loans, message_id, contact_point_id, place)
  JOIN (SELECT each.place, each.judged_for, each.channel, each.purpose, each.verdict, each.until,
               each.reasons::jsonb AS reasons, each.duties::text[] AS duties, each.found::text[] AS found, each.pack,
               each.pack_version, each.policy_version, each.actor, each.agent_id
          FROM unnest($9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::text[],
                      $15::text[], $16::text[], $17::text[], $18::text[], $19::integer[], $20::text[], $21::uuid[])
               WITH ORDINALITY AS each (judged_for, channel, purpose, verdict, until, reasons, duties, found, pack,
                    pack_version, policy_version, actor, agent_id, place)
        OFFSET 0) AS shape ON shape.place = given.place
"""


async def insert_verdicts(tx: TenantTx, phase: Phase, judged: Sequence[Judged]) -> None:
    """Keep verdicts; each must have its id."""
    shapes: dict[tuple[object, ...], int] = {}
    places = [shapes.setdefault(_shape(each), len(shapes) + 1) for each in judged]
    await tx.execute(
        INSERT_VERDICTS,
        tx.now,
        phase.value,
        [each.verdict.id for each in judged],
        [each.proposal.person for each in judged],
        [_array(each.proposal.debts) for each in judged],
        [each.proposal.message for each in judged],
        [each.proposal.number for each in judged],
        places,
        *map(list, zip(*map(_columns, shapes), strict=True)),
    )


def _shape(judged: Judged) -> tuple[object, ...]:
    proposal, verdict = judged.proposal, judged.verdict
    return (
        judged.at,
        proposal.channel,
        proposal.purpose,
        verdict.answer,
        verdict.until,
        verdict.reasons,
        verdict.duties,
        verdict.pack,
        verdict.pack_version,
        verdict.policy_version,
        proposal.actor,
        proposal.agent,
    )


def _columns(shape: tuple[Any, ...]) -> tuple[object, ...]:
    at, channel, purpose, answer, until, reasons, duties, *rest = shape
    found = _array(found_in(reasons))
    return (
        at, channel.value, purpose.value, answer.value, until, reasons_json(reasons), _array(duties), found, *rest
    )  # fmt: skip


def _array(words: Sequence[object]) -> str:
    """Ids or codes as the text of an array; none of them needs quoting."""
    return "{" + ",".join(map(str, words)) + "}"


def reasons_json(reasons: Sequence[Reason]) -> str:
    """Reasons as they are kept and shown; most verdicts have none."""
    if not reasons:
        return "[]"
    return json.dumps(
        [
            {
                "code": reason.code,
                "answer": reason.answer.value,
                "rules": list(reason.rules),
                "until": reason.until.isoformat() if reason.until else None,
                "working": reason.working,
            }
            for reason in reasons
        ]
    )


def found_in(reasons: Sequence[Reason]) -> list[str]:
    """What a verdict is found by: the code and the rules of each of its reasons, each once."""
    return list(dict.fromkeys(word for reason in reasons for word in (reason.code, *reason.rules)))


SLOT: Final = ("borrower_id", "counter", "window_on", "ordinal", "taken_at", "verdict_id")


async def insert_slots(tx: TenantTx, slots: Sequence[Slot]) -> None:
    """Take slots. One that is taken already breaks `contact_slots_pkey`: the cap is a constraint."""
    rows = [
        (slot.borrower, slot.counter, slot.window_on, slot.ordinal, tx.now, slot.verdict) for slot in slots
    ]
    await tx.copy_in("contact_slots", SLOT, rows)


RELEASE_SLOTS: Final = """
DELETE FROM contact_slots
 WHERE verdict_id = ANY($1::uuid[])
"""


async def release_slots(tx: TenantTx, verdicts: Sequence[UUID]) -> None:
    """Give back what was taken for contacts that did not take place."""
    await tx.execute(RELEASE_SLOTS, verdicts)


TOUCH: Final = (
    "id",
    "borrower_id",
    "at",
    "channel",
    "direction",
    "purpose",
    "outcome",
    "actor",
    "loans",
    "contact_point_id",
    "verdict_id",
    "message_id",
)


async def insert_touches(tx: TenantTx, judged: Sequence[Judged]) -> None:
    """Write allowed contacts before they leave, each under its verdict's id: until its outcome is known it counts."""
    rows = [
        (
            each.verdict.id,
            each.proposal.person,
            each.at,
            each.proposal.channel.value,
            each.proposal.direction.value,
            each.proposal.purpose.value,
            Outcome.UNKNOWN.value,
            each.proposal.actor,
            each.proposal.debts,
            each.proposal.number,
            each.verdict.id,
            each.proposal.message,
        )
        for each in judged
    ]
    await tx.copy_in("contacts", TOUCH, rows)


# A touch that is there already keeps its time and its verdict; only what became of it moves.
SAVE_TOUCHES: Final = """
INSERT INTO contacts (id, borrower_id, at, channel, direction, purpose, outcome, actor, loans, contact_point_id,
       verdict_id, message_id, promised)
SELECT given.id, given.borrower_id, given.at, given.channel, given.direction, given.purpose, given.outcome,
       given.actor, given.loans::uuid[], given.contact_point_id,
       given.verdict_id, given.message_id, given.promised
  FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::uuid[], $11::uuid[], $12::uuid[], $13::boolean[])
       AS given (id, borrower_id, at, channel, direction, purpose, outcome, actor, loans, contact_point_id,
                 verdict_id, message_id, promised)
    ON CONFLICT (id) DO UPDATE
   SET outcome = EXCLUDED.outcome, promised = EXCLUDED.promised
 WHERE (contacts.outcome, contacts.promised) IS DISTINCT FROM (EXCLUDED.outcome, EXCLUDED.promised)
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
        [touch.promised for touch in touches],
    )
    return {row["id"] for row in rows}
