"""Pauses and standings: what a history of being late follows from."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.kernel.ids import LoanId
from dunwell.loans.model import LoanState, Pause, PlacedPause, Stood
from dunwell.storage.tenant import TenantTx

INSERT_PAUSE: Final = """
INSERT INTO pauses (id, loan_id, reference, starts_on, ends_on, reason, placed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


async def insert(tx: TenantTx, pause: PlacedPause) -> None:
    await tx.execute(
        INSERT_PAUSE,
        pause.id,
        pause.loan,
        pause.reference,
        pause.starts_on,
        pause.ends_on,
        pause.reason,
        pause.placed_at,
    )


LIFT_PAUSE: Final = "UPDATE pauses SET lifted_on = $2, lifted_at = $3 WHERE id = $1 AND lifted_at IS NULL"


async def lift(tx: TenantTx, pause: UUID, on: date) -> None:
    await tx.execute(LIFT_PAUSE, pause, on, tx.now)


PAUSE: Final = """
SELECT id, loan_id, reference, starts_on, ends_on, reason, placed_at, lifted_on, lifted_at
  FROM pauses
 WHERE id = $1
"""


async def pause(tx: TenantTx, pause_id: UUID) -> PlacedPause | None:
    row = await tx.row(PAUSE, pause_id)
    return _pause(row) if row is not None else None


PAUSES: Final = """
SELECT id, loan_id, reference, starts_on, ends_on, reason, placed_at, lifted_on, lifted_at
  FROM pauses
 WHERE loan_id = ANY($1::uuid[])
 ORDER BY loan_id, starts_on, id
"""


async def pauses(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, list[PlacedPause]]:
    """All pauses of the loans, lifted ones too."""
    found: dict[LoanId, list[PlacedPause]] = {loan: [] for loan in loans}
    for row in await tx.rows(PAUSES, loans):
        found[row["loan_id"]].append(_pause(row))
    return found


async def spans(tx: TenantTx, loans: Collection[LoanId]) -> dict[LoanId, list[Pause]]:
    """The days in force of those loans' pauses; loans without one are not named."""
    found: dict[LoanId, list[Pause]] = {}
    if loans:
        for row in await tx.rows(PAUSES, list(loans)):
            found.setdefault(row["loan_id"], []).append(_pause(row).span)
    return found


PAUSES_OF_LOAN: Final = """
SELECT id, loan_id, reference, starts_on, ends_on, reason, placed_at, lifted_on, lifted_at
  FROM pauses
 WHERE loan_id = $1
   AND (starts_on, id) > (coalesce($2::date, '-infinity'),
                          coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
 ORDER BY starts_on, id
 LIMIT $4
"""


async def page_of(
    tx: TenantTx, loan: LoanId, after: tuple[date, UUID] | None, limit: int
) -> list[PlacedPause]:
    """Pauses of one loan by their first day."""
    day, last = after or (None, None)
    return [_pause(row) for row in await tx.rows(PAUSES_OF_LOAN, loan, day, last, limit)]


STANDINGS: Final = """
SELECT booked_at, state, past_due_since, outstanding
  FROM standings
 WHERE loan_id = $1
 ORDER BY seq
"""


async def standings(tx: TenantTx, loan: LoanId) -> list[Stood]:
    """Where a loan stood from each booking on, in the order of booking."""
    return [
        Stood(row["booked_at"], LoanState(row["state"]), row["past_due_since"], row["outstanding"])
        for row in await tx.rows(STANDINGS, loan)
    ]


# A closing that was undone did not happen.
CLOSINGS: Final = """
SELECT done.loan_id, max(done.value_on) AS closed_on
  FROM happenings AS done
 WHERE done.loan_id = ANY($1::uuid[])
   AND done.kind = 'closed'
   AND NOT EXISTS (SELECT FROM happenings AS undone WHERE undone.undoes = done.id)
 GROUP BY done.loan_id
"""


async def closings(tx: TenantTx, loans: Sequence[LoanId]) -> dict[LoanId, date]:
    """The days on which loans were closed; those that were."""
    return {row["loan_id"]: row["closed_on"] for row in await tx.rows(CLOSINGS, loans)}


def _pause(row: asyncpg.Record) -> PlacedPause:
    return PlacedPause(
        id=row["id"],
        loan=row["loan_id"],
        reference=row["reference"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        reason=row["reason"],
        placed_at=row["placed_at"],
        lifted_on=row["lifted_on"],
        lifted_at=row["lifted_at"],
    )
