"""What can be asked about plans: no debtor, no transaction, only what is said."""

from datetime import date

from dunwell.arrangements.law import plan_law
from dunwell.arrangements.model import PlanVerdict
from dunwell.arrangements.rules import judge_plan
from dunwell.kernel.calendar import LATEST


def plan_of(pack: str, product_kind: str, months: int, on: date = LATEST) -> PlanVerdict:
    """Whether a plan may run so long, by the law as last known or of a day. Raises `TermInvalid`, `PackUnknown`."""
    return judge_plan(plan_law(pack), product_kind, months, on)
