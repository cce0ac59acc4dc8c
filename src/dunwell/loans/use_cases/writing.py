"""Writing what booking came to: instalments, entries and standing of many loans, each in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dunwell.kernel.ids import LoanId
from dunwell.loans.model import Instalment, LoanState
from dunwell.loans.queries import ledger, loans, schedules
from dunwell.loans.rules import Booked, Standing, standing_of
from dunwell.loans.use_cases.rulebook import Rulebook
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class After:
    """One loan before and after booking."""

    loan: LoanId
    currency: str
    state: LoanState
    before: Sequence[Instalment]
    booked: Booked
    credit: int
    last_received_on: date | None


async def write(tx: TenantTx, rules: Rulebook, results: Sequence[After]) -> dict[LoanId, Standing]:
    """Write instalments that changed, post the entries, set the standing of each loan."""
    changed = [
        (each.loan, after)
        for each in results
        for before, after in zip(each.before, each.booked.instalments, strict=True)
        if before != after
    ]
    if changed:
        await schedules.update_instalments(tx, changed)
    await ledger.insert_postings(
        tx,
        [
            ledger.BookedEntry(each.loan, each.currency, entry)
            for each in results
            for entry in each.booked.entries
        ],
    )
    conventions = rules.conventions(each.currency for each in results)
    standings = {
        each.loan: standing_of(each.booked.instalments, conventions[each.currency].tolerance, each.state)
        for each in results
    }
    await loans.set_standing(tx, [_row(each, standings[each.loan]) for each in results], rules.version)
    return standings


def _row(each: After, standing: Standing) -> loans.StandingRow:
    return loans.StandingRow(
        each.loan,
        standing.state,
        standing.past_due_since,
        standing.settled_on,
        standing.outstanding,
        each.credit,
        each.last_received_on,
    )
