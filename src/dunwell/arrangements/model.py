"""Plans as the law sees them."""

from dataclasses import dataclass
from enum import StrEnum

from dunwell.kernel.errors import Invalid


class TermInvalid(Invalid):
    """A plan's term is a whole number of months, at least one."""

    code = "plan.term"


class Answer(StrEnum):
    ALLOW = "ALLOW"
    DENY = "DENY"


@dataclass(frozen=True, slots=True)
class PlanVerdict:
    """Whether a plan may run so long, and what its paper must hold. `reasons` are codes."""

    verdict: Answer
    required_fields: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
