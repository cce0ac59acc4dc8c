"""The planner: steps that fell due become messages, once each."""

from collections import Counter
from decimal import Decimal
from typing import Final

from dunwell.audit.use_cases import record
from dunwell.channels.use_cases import plan_messages
from dunwell.kernel.calendar import DAY
from dunwell.loans.model import Debt
from dunwell.loans.use_cases import open_debts
from dunwell.storage.tenant import TenantTx
from dunwell.storage.work import Work, add
from dunwell.strategy import queries
from dunwell.strategy.model import (
    SUPERSEDED,
    Candidate,
    Owed,
    PlanBatch,
    Planned,
    PlannerAhead,
    StepOutcome,
    StepRow,
    Strategy,
)
from dunwell.strategy.rules import bundle, latest, unmet
from dunwell.strategy.use_cases.judging import judge
from dunwell.strategy.use_cases.reading import in_force

LANE: Final = "bulk"
KIND: Final = "strategy.plan"


async def plan_batch(tx: TenantTx, batch: PlanBatch) -> Planned:
    """Plan the steps that fell due up to today for the next borrowers; run it until `more_after` is None.

    Each step of a loan and due date is planned once, whatever dies and however often this runs: the ledger's
    key says so, and planners of a tenant take turns. Days that nobody planned are caught up: the latest step
    of a loan goes out, the earlier ones are recorded as superseded. The number of statements does not depend
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


async def order_plan(tx: TenantTx, cause: str | None) -> bool:
    """Put a run of the planner into the queue: one an hour, or one per `cause`. Ordering twice is no news.

    An hour, so that loans that were loaded or went back to unpaid since the morning get today's step today.
    """
    key = cause or f"{tx.today.isoformat()} {tx.now:%H}"
    ordered = bool(await add(tx, [Work(LANE, KIND, key, tx.now)]))
    if ordered:
        await record(tx, "cadence.plan-ordered", tx.caller.tenant.id, cause=key)
    return ordered


async def _plan(tx: TenantTx, strategy: Strategy, candidates: list[Candidate]) -> list[StepRow]:
    kept, superseded = latest(candidates)
    applying, rows = await _applying(tx, strategy, kept)
    rows += [each.row(strategy, StepOutcome.SUPERSEDED, SUPERSEDED) for each in superseded]
    judged = await judge(tx, strategy, bundle(applying))
    await plan_messages(tx, judged.drafts)
    rows += judged.rows
    await queries.keep(tx, rows)
    counts = Counter(str(row.outcome) for row in rows)
    await record(
        tx,
        "cadence.planned",
        tx.caller.tenant.id,
        day=tx.today.isoformat(),
        version=strategy.version,
        messages=len(judged.drafts),
        **dict(sorted(counts.items())),
    )
    return rows


async def _applying(
    tx: TenantTx, strategy: Strategy, kept: list[Candidate]
) -> tuple[list[Candidate], list[StepRow]]:
    """The steps whose conditions hold for the loan as it stands, and ledger lines for the others."""
    debts = await open_debts(tx, sorted({each.borrower for each in kept}))
    owing = {debt.loan: _owed(debt) for each in debts.values() for debt in each}
    nothing = Owed(Decimal(0), Decimal(0), 0)
    applying: list[Candidate] = []
    skipped: list[StepRow] = []
    for each in kept:
        why = unmet(each.step, owing.get(each.loan, nothing))
        if why is None:
            applying.append(each)
        else:
            skipped.append(each.row(strategy, StepOutcome.SKIPPED, why))
    return applying, skipped


def _owed(debt: Debt) -> Owed:
    due = debt.overdue + debt.due_today
    return Owed(Decimal((due or debt.next_due).amount), Decimal(debt.outstanding.amount), debt.days_past_due)
