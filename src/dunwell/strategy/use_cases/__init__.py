"""What can be done with cadences: plan what is due, order a plan, read what was planned and what is in force."""

from dunwell.strategy.use_cases.planning import order_plan, plan_batch
from dunwell.strategy.use_cases.reading import cadences, in_force, planned_steps, progress

__all__ = ["cadences", "in_force", "order_plan", "plan_batch", "planned_steps", "progress"]
