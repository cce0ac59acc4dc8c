"""Clocks: by when a complaint, a dispute or a notice must be answered, and whether it was."""

from collections.abc import Mapping
from typing import Any

from dunwell.disputes.model import Clock, Grade
from dunwell.disputes.use_cases import clock_of
from dunwell.papers.model import Answer, Day, Given


class ClockIn(Given):
    clock: Clock
    started_on: Day
    grade: Grade = Grade.SIMPLE
    done_on: Day | None = None
    today: Day | None = None


def judge_clock(given: Mapping[str, Any]) -> Answer:
    """`due_on` is the last day in time; `breached` is answered where a day is asked about."""
    asked = ClockIn.model_validate(given)
    standing = clock_of(
        asked.pack,
        asked.clock,
        asked.started_on,
        grade=asked.grade,
        done_on=asked.done_on,
        today=asked.today,
    )
    answer: dict[str, Any] = {"due_on": standing.due_on.isoformat()}
    if standing.breached is not None:
        answer["breached"] = standing.breached
    return answer | {"reasons": [standing.code] if standing.code else [], "rules": list(standing.rules)}
