"""The law of agents and agencies as values, and its answers."""

from dataclasses import dataclass

from dunwell.agents.model.words import Answer, View


@dataclass(frozen=True, slots=True)
class Stop:
    """The code of a rule and what it answers where it fails."""

    code: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """An agency is reviewed so many months after the last time, at the latest.

    `placing` is the answer to a new case for an agency whose review is due, `existing` whether those it has stay with
    it: whether it may contact anybody meanwhile, the gate says.
    """

    code: str
    months: int
    placing: Answer
    existing: Answer


@dataclass(frozen=True, slots=True)
class ClearView:
    """From which countries data may be seen in clear, and the answer to somebody elsewhere."""

    stop: Stop
    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What the law says of a step: `reasons` are codes, `rules` what they rest on. A HOLD has no end of its own."""

    verdict: Answer
    reasons: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """Whether a case may go to an agency, and whether the cases it already has may stay with it."""

    finding: Finding
    existing_cases: Answer


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether somebody may open data, and in which form he sees it."""

    finding: Finding
    view: View


@dataclass(frozen=True, slots=True)
class Closing:
    """Whether a visit may go on to its next step; `incident`: one is opened because evidence is missing."""

    finding: Finding
    incident: bool
