"""Access: who sees personal data in clear, and who sees it masked."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from dunwell.agents.use_cases import may_see
from dunwell.papers.model import Answer, Given, Word

MASKED: Final = "masked"


class UserIn(BaseModel):
    """`country` left out: he works where the pack is at home."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Word = "agent"
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None


class AccessIn(Given):
    """`data`: what is asked for; whatever is not called masked is asked for in clear."""

    user: UserIn = UserIn()
    data: Word


def judge_access(given: Mapping[str, Any]) -> Answer:
    """The verdict, and the form in which the data is shown all the same."""
    asked = AccessIn.model_validate(given)
    found = may_see(asked.pack, asked.user.country, clear=MASKED not in asked.data.casefold())
    return {
        "verdict": found.finding.verdict.value,
        "view": found.view.value,
        "reasons": list(found.finding.reasons),
        "rules": list(found.finding.rules),
    }
