"""What is in force, and what was planned."""

from datetime import timedelta
from typing import Final

from dunwell.kernel.paging import Page, page
from dunwell.storage.tenant import TenantTx
from dunwell.strategy import queries
from dunwell.strategy.model import Progress, StepQuery, StepRow, Strategy
from dunwell.strategy.settings import StrategyFile
from dunwell.tenancy.use_cases import published

SHOWN: Final = timedelta(days=30)


async def in_force(tx: TenantTx) -> Strategy:
    """The tenant's cadences at `tx.now`. Raises `TenantNotPublished`."""
    kept = await published(tx, "strategy", StrategyFile)
    return kept.value.strategy(kept.version)


async def cadences(tx: TenantTx, _: None = None) -> Strategy:
    """The published cadences and their version."""
    return await in_force(tx)


async def progress(tx: TenantTx, _: None = None) -> Progress:
    """How far the plan reaches, and what became of the steps of the last thirty days."""
    counts = await queries.under_way(tx, tx.today - SHOWN, tx.today)
    return Progress(await queries.planned_through(tx), counts)


async def planned_steps(tx: TenantTx, query: StepQuery) -> Page[StepRow]:
    """Lines of the plan ledger, the newest day first."""
    rows = await queries.listed(tx, query)
    return page(
        rows,
        query.limit,
        lambda row: row,
        lambda row: (row.planned_for.isoformat(), str(row.loan), row.anchor_on.isoformat(), row.step),
    )
