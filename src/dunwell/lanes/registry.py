"""Who handles which kind of item, and who reacts to which fact: the one place that knows."""

from collections.abc import Mapping
from typing import Final

from dunwell.intake.loading import load_item
from dunwell.intake.use_cases import LOAD
from dunwell.lanes.facts import Reaction, Reactions
from dunwell.lanes.model import Handler
from dunwell.lanes.planning import plan_item
from dunwell.lanes.rehearsing import carry_on_item
from dunwell.rehearsal.use_cases import KIND as REHEARSAL
from dunwell.statements.loading import load_item as load_statement
from dunwell.statements.use_cases import LOAD as LOAD_STATEMENT
from dunwell.strategy import reactions as strategy
from dunwell.strategy.use_cases.planning import KIND as PLAN

# A kind is only ever added: older processes put back what they do not know.
HANDLERS: Final[Mapping[str, Handler]] = {
    LOAD: load_item,
    LOAD_STATEMENT: load_statement,
    PLAN: plan_item,
    REHEARSAL: carry_on_item,
}

# The order within a kind is the order of the areas, bottom up.
REACTIONS: Final[Reactions] = {
    kind: (Reaction("strategy.replan", strategy.replan),) for kind in strategy.MADE_DUE
}
