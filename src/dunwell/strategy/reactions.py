"""What cadences do when a fact of a lower area arrives. Nothing irreversible rests on it.

A message about a debt that was paid meanwhile is stopped where it is sent, by asking the loans themselves;
a payment therefore needs no reaction here. A payment that is taken back may make a step due today after all.
"""

from collections.abc import Sequence
from typing import Final

from dunwell.loans.events import PAYMENT_REVERSED
from dunwell.storage.events import Told
from dunwell.storage.tenant import TenantTx
from dunwell.strategy.use_cases import order_plan

# Facts after which a step may be due that was not due this morning.
MADE_DUE: Final = (PAYMENT_REVERSED,)


async def replan(tx: TenantTx, facts: Sequence[Told]) -> None:
    """One run of the planner for all of them."""
    await order_plan(tx, f"fact {facts[0].id}")
