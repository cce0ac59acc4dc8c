"""Holds and opt-outs: placing, lifting, listing."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.contact.model import (
    Channel,
    EndTreatment,
    Filter,
    HoldKind,
    KeptHold,
    KeptOptOut,
    LiftHold,
    OptIn,
    OptOut,
    PlaceHold,
)
from dunwell.kernel.ids import HoldId, LoanId
from dunwell.storage.tenant import TenantTx

INSERT_HOLD: Final = """
INSERT INTO contact_holds (id, borrower_id, loan_id, kind, from_on, until_on, reason, placed_by, placed_at,
       treatment_ended_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (id) DO NOTHING
"""


async def insert_hold(tx: TenantTx, command: PlaceHold, from_on: date) -> bool:
    """False when the id is taken."""
    inserted = await tx.execute(
        INSERT_HOLD,
        command.id,
        command.borrower,
        command.loan,
        command.kind.value,
        from_on,
        command.until_on,
        command.reason,
        str(tx.caller.actor),
        tx.now,
        command.treatment_ended_on,
    )
    return inserted == 1


OWES: Final = """
SELECT EXISTS (SELECT FROM loans WHERE id = $1 AND borrower_id = $2)
    OR EXISTS (SELECT FROM obligors WHERE loan_id = $1 AND borrower_id = $2)
"""


async def owes(tx: TenantTx, loan: LoanId, borrower: UUID) -> bool:
    """Whether that person has a part in that loan."""
    return bool(await tx.value(OWES, loan, borrower))


HOLD: Final = """
SELECT id, borrower_id, loan_id, kind, from_on, until_on, reason, placed_by, placed_at, lifted_at, lifted_by,
       lift_reason, treatment_ended_on
  FROM contact_holds
 WHERE id = $1
"""


async def hold(tx: TenantTx, hold_id: HoldId) -> KeptHold | None:
    row = await tx.row(HOLD, hold_id)
    return None if row is None else _hold(row)


LIFT_HOLD: Final = """
UPDATE contact_holds
   SET lifted_at = $2, lifted_by = $3, lift_reason = $4
 WHERE id = $1
   AND lifted_at IS NULL
"""


async def lift_hold(tx: TenantTx, command: LiftHold) -> bool:
    """False when it was lifted before, or never was."""
    lifted = await tx.execute(LIFT_HOLD, command.id, tx.now, str(tx.caller.actor), command.reason)
    return lifted == 1


END_TREATMENT: Final = """
UPDATE contact_holds
   SET treatment_ended_on = $2
 WHERE id = $1
   AND treatment_ended_on IS NULL
   AND lifted_at IS NULL
"""


async def end_treatment(tx: TenantTx, command: EndTreatment) -> bool:
    """False when an end was recorded before, or the hold was lifted."""
    return await tx.execute(END_TREATMENT, command.id, command.ended_on) == 1


HOLDS: Final = """
SELECT id, borrower_id, loan_id, kind, from_on, until_on, reason, placed_by, placed_at, lifted_at, lifted_by,
       lift_reason, treatment_ended_on
  FROM contact_holds
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR kind = $2)
   AND ($3::timestamptz IS NULL OR (placed_at, id) < ($3, $4::uuid))
 ORDER BY placed_at DESC, id DESC
 LIMIT $5
"""


async def holds(tx: TenantTx, wanted: Filter, after: tuple[datetime, UUID] | None) -> list[KeptHold]:
    """The newest first; one more than the limit."""
    at, last = after or (None, None)
    rows = await tx.rows(HOLDS, wanted.borrower, wanted.word, at, last, wanted.limit + 1)
    return [_hold(row) for row in rows]


def _hold(row: asyncpg.Record) -> KeptHold:
    return KeptHold(
        row["id"],
        row["borrower_id"],
        row["loan_id"],
        HoldKind(row["kind"]),
        row["from_on"],
        row["until_on"],
        row["reason"],
        row["placed_by"],
        row["placed_at"],
        row["lifted_at"],
        row["lifted_by"],
        row["lift_reason"],
        row["treatment_ended_on"],
    )


INSERT_OPT_OUTS: Final = """
INSERT INTO opt_outs (borrower_id, channel, at, source)
SELECT given.borrower_id, given.channel, $1, given.source
  FROM (SELECT DISTINCT ON (each.borrower_id, each.channel) each.borrower_id, each.channel, each.source
          FROM unnest($2::uuid[], $3::text[], $4::text[]) AS each (borrower_id, channel, source)
         ORDER BY each.borrower_id, each.channel, each.source) AS given
    ON CONFLICT DO NOTHING
RETURNING borrower_id, channel
"""


async def insert_opt_outs(tx: TenantTx, commands: Sequence[OptOut]) -> set[tuple[UUID, Channel]]:
    """Those that are new; a standing one stays as it is."""
    rows = await tx.rows(
        INSERT_OPT_OUTS,
        tx.now,
        [command.borrower for command in commands],
        [command.channel.value for command in commands],
        [command.source for command in commands],
    )
    return {(row["borrower_id"], Channel(row["channel"])) for row in rows}


WITHDRAW_OPT_OUT: Final = """
UPDATE opt_outs
   SET withdrawn_at = $3
 WHERE borrower_id = $1
   AND channel = $2
   AND withdrawn_at IS NULL
"""


async def withdraw_opt_out(tx: TenantTx, command: OptIn) -> bool:
    """False when none stood."""
    return await tx.execute(WITHDRAW_OPT_OUT, command.borrower, command.channel.value, tx.now) == 1


OPT_OUTS: Final = """
SELECT borrower_id, channel, at, source, withdrawn_at
  FROM opt_outs
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::text IS NULL OR channel = $2)
   AND ($3::timestamptz IS NULL OR (at, borrower_id, channel) < ($3, $4::uuid, $5))
 ORDER BY at DESC, borrower_id DESC, channel DESC
 LIMIT $6
"""


async def opt_outs(
    tx: TenantTx, wanted: Filter, after: tuple[datetime, UUID, str] | None
) -> list[KeptOptOut]:
    """The newest first, withdrawn ones too; one more than the limit."""
    at, borrower, channel = after or (None, None, None)
    rows = await tx.rows(OPT_OUTS, wanted.borrower, wanted.word, at, borrower, channel, wanted.limit + 1)
    return [
        KeptOptOut(row["borrower_id"], Channel(row["channel"]), row["at"], row["source"], row["withdrawn_at"])
        for row in rows
    ]
