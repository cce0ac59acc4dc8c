"""Where loans stood when: rows only grow."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from dunwell.kernel.ids import LoanId
from dunwell.loans.model import LoanState
from dunwell.storage.tenant import TenantTx


class StoodRow(NamedTuple):
    """A standing as it is written. `cause` is the payment, happening or entry that made it so."""

    loan_id: LoanId
    value_on: date
    state: LoanState
    past_due_since: date | None
    outstanding: int
    cause: UUID


STANDING_COLUMNS: Final = (
    "loan_id", "value_on", "state", "past_due_since", "outstanding", "cause", "booked_at",
)  # fmt: skip


async def insert_standings(tx: TenantTx, rows: Sequence[StoodRow]) -> None:
    await tx.copy_in("standings", STANDING_COLUMNS, [(*row, tx.now) for row in rows])
