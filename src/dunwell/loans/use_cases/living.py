"""Loans that are not plain: what their lives are lived from, and booking something new among it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from dunwell.kernel.ids import LoanId
from dunwell.loans.model import Contract, Happening, Instalment, PaidIn
from dunwell.loans.queries import lives, loans, schedules
from dunwell.loans.rules import Booked, Entry, Line, rebook
from dunwell.loans.use_cases.writing import After, Lived
from dunwell.storage.tenant import TenantTx

# The place of what arrives now, after everything that is there; the database gives it its own when it is kept.
ARRIVING: Final = 2**62


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a locked loan: its contract, everything that happened, and what is booked for each of it."""

    contract: Contract
    life: Sequence[Happening]
    lines: Mapping[UUID, Sequence[Line]]
    before: Sequence[Instalment]


@dataclass(frozen=True, slots=True)
class News:
    """What is booked now: new happenings, one that is taken out of the life, entries of its own."""

    cause: UUID
    on: date
    new: Sequence[Happening] = ()
    without: UUID | None = None
    entries: Sequence[Entry] = ()


async def situations(tx: TenantTx, ids: Sequence[LoanId]) -> dict[LoanId, Situation]:
    """Read what the lives of locked loans are lived from, in a constant number of statements."""
    if not ids:
        return {}
    contracts = await lives.contracts(tx, ids)
    happened = await lives.lives(tx, ids)
    lines = await lives.held_lines_of(tx, ids)
    before = await schedules.instalments(tx, ids)
    return {loan: Situation(contracts[loan], happened[loan], lines, before[loan]) for loan in ids}


def relived(held: loans.Held, situation: Situation, news: News) -> After:
    """Live the whole life again with what is new; what was booked otherwise is corrected by entries that name it."""
    kept = [each for each in situation.life if each.id != news.without]
    life = sorted([*kept, *news.new], key=lambda each: (each.on, each.place))
    new = {each.id for each in news.new}
    again = rebook(situation.contract, life, situation.lines, new, news.cause)
    booked = Booked(again.booked.instalments, (*news.entries, *again.booked.entries), again.booked.credit)
    received = [each.on for each in life if isinstance(each, PaidIn)]
    return After(
        held,
        situation.before,
        booked,
        booked.credit,
        max(received, default=None),
        news.cause,
        news.on,
        Lived(situation.contract, again.life),
    )
