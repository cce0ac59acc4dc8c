"""Plans: how long one may run, and what its paper must hold."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from dunwell.arrangements.use_cases import plan_of
from dunwell.papers.model import Answer, Given


class PlanIn(Given):
    product: Literal["card", "loan"] = "loan"
    months: Annotated[int, Field(ge=1, le=10_000, strict=True)]


def judge_plan(given: Mapping[str, Any]) -> Answer:
    """The verdict, the fields that the law wants in the plan, and the codes of what it breaks."""
    asked = PlanIn.model_validate(given)
    found = plan_of(asked.pack, asked.product, asked.months)
    return {
        "verdict": found.verdict.value,
        "required_fields": list(found.required_fields),
        "reasons": list(found.reasons),
        "rules": list(found.rules),
    }
