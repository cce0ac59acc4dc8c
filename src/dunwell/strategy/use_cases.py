"""What can be done with cadences: plan what is due, order a plan, read what was planned."""

from collections import Counter
from datetime import date, timedelta
from typing import Final
from uuid import UUID, uuid4

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.channels.use_cases import plan_messages
from dunwell.kernel.calendar import DAY
from dunwell.kernel.ids import LoanId
from dunwell.kernel.paging import Page, page
from dunwell.loans.use_cases import open_debts
from dunwell.storage.tenant import TenantTx
from dunwell.storage.work import Work, add
from dunwell.strategy import queries
from dunwell.strategy.judging import judge
from dunwell.strategy.model import (
    Candidate,
    CadenceNotFound,
    Cadence,
    PlanBatch,
    Planned,
    PlannerAhead,
    Progress,
    StepOutcome,
    StepQuery,
    StepRow,
    Strategy,
)
from dunwell.strategy.rules import SUPERSEDED, bundle, latest, owed, unmet
from dunwell.strategy.settings import StrategyFile
from dunwell.tenancy.use_cases import published

LANE: Final = "bulk"
PLAN: Final = "strategy.plan"
SHOWN_DAYS: Final = 30


async def plan_batch(tx: TenantTx, batch: PlanBatch) -> Planned:
    """Plan the steps that fell due up to today for the next borrowers; run it until `more_after` is None.

    Each step of a loan and due date is planned once, whatever dies and however often this runs: the ledger's
    key says so, and planners of a tenant take turns. Days that nobody planned are caught up, the latest step
    of a loan going out and the earlier ones recorded as superseded. The number of statements does not depend
    on the number of borrowers. Raises `PlannerAhead` when the tenant's clock went backwards.
    """
    reached = await queries.lock_days(tx, tx.today - DAY)
    if reached > tx.today:
        raise PlannerAhead(f"planned through {reached.isoformat()}, and today is {tx.today.isoformat()}")
    strategy = await in_force(tx)
    since = min(reached + DAY, tx.today)
    candidates = await queries.due_steps(tx, strategy.cadences, since, tx.today, batch)
    borrowers = sorted({each.borrower for each in candidates})
    rows = await _plan(tx, strategy, candidates) if candidates else []
    more = len(borrowers) == batch.limit
    if not more:
        await queries.reach(tx, tx.today)
    return Planned(
        steps=len(rows),
        messages=len({row.message for row in rows if row.message}),
        outcomes=dict(Counter(str(row.outcome) for row in rows)),
        more_after=borrowers[-1] if more else None,
        day=tx.today,
    )


async def _plan(tx: TenantTx, strategy: Strategy, candidates: list[Candidate]) -> list[StepRow]:
    kept, superseded = latest(candidates)
    applying, rows = await _applying(tx, strategy, kept)
    rows += [ledger_row(strategy, each, StepOutcome.SUPERSEDED, SUPERSEDED) for each in superseded]
    judged = await judge(tx, strategy, bundle(applying))
    await plan_messages(tx, judged.drafts)
    rows += judged.rows
    await queries.keep(tx, rows)
    await record_many(tx, [_act(row) for row in rows])
    return rows


async def _applying(
    tx: TenantTx, strategy: Strategy, kept: list[Candidate]
) -> tuple[list[Candidate], list[StepRow]]:
    """The steps whose conditions hold for the loan as it stands, and ledger lines for the others."""
    debts = {
        debt.loan: debt
        for owing in (await open_debts(tx, sorted({each.borrower for each in kept}))).values()
        for debt in owing
    }
    applying: list[Candidate] = []
    skipped: list[StepRow] = []
    for each in kept:
        why = unmet(each.step, owed(debts.get(each.loan)))
        if why is None:
            applying.append(each)
        else:
            skipped.append(ledger_row(strategy, each, StepOutcome.SKIPPED, why))
    return applying, skipped


def ledger_row(strategy: Strategy, each: Candidate, outcome: StepOutcome, reason: str = "") -> StepRow:
    """A line of the ledger without a message."""
    return StepRow(
        loan=each.loan,
        anchor_on=each.anchor_on,
        step=each.step.key,
        borrower=each.borrower,
        cadence=each.cadence,
        version=strategy.version,
        channel=each.step.channel,
        planned_for=each.planned_for,
        outcome=outcome,
        reason=reason,
    )
