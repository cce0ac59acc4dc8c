"""The judge of each kind of case. A new kind adds its judge here."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dunwell.papers.judges.access import judge_access
from dunwell.papers.judges.assignment import judge_assignment, judge_placement
from dunwell.papers.judges.clock import judge_clock
from dunwell.papers.judges.ledger import judge_ledger
from dunwell.papers.judges.plan import judge_plan
from dunwell.papers.judges.visit import judge_visit
from dunwell.papers.model import Answer

# From what is given to the answer. A judge raises ValidationError or Invalid for what cannot be.
Judge = Callable[[Mapping[str, Any]], Answer]

JUDGES: Final[Mapping[str, Judge]] = {
    "access": judge_access,
    "assignment": judge_assignment,
    "clock": judge_clock,
    "ledger": judge_ledger,
    "placement": judge_placement,
    "plan": judge_plan,
    "visit": judge_visit,
}
