"""What can be asked about the law of agents: no register, no transaction, only what is said."""

from collections.abc import Mapping
from datetime import date

from dunwell.agents.law import law_of
from dunwell.agents.model import (
    Closing,
    Finding,
    Grievance,
    NoticeKind,
    NoticeStatus,
    Placement,
    Recording,
    Sight,
    Standing,
)
from dunwell.agents.rules.judging import judge_assignment, judge_placement, judge_sight, judge_visit
from dunwell.kernel.calendar import LATEST


def may_assign(pack: str, standing: Standing, today: date, *, conflict: bool = False) -> Finding:
    """Whether that agent may be given a case today; see `judge_assignment`. Raises `PackUnknown`."""
    return judge_assignment(law_of(pack), standing, today, conflict=conflict)


def may_place(
    pack: str,
    agency: Standing,
    today: date,
    *,
    notices: Mapping[NoticeKind, NoticeStatus],
    grievance: Grievance | None = None,
) -> Placement:
    """Whether a case may be given to that agency today; see `judge_placement`. Raises `PackUnknown`."""
    return judge_placement(law_of(pack), agency, today, notices=notices, grievance=grievance)


def may_close_visit(pack: str, event: str, recording: Recording, on: date = LATEST) -> Closing:
    """Whether a visit may take that step, by the law as last known or of a day. Raises `PackUnknown`."""
    return judge_visit(law_of(pack), event, recording, on)


def may_see(pack: str, country: str | None, on: date = LATEST, *, clear: bool = True) -> Sight:
    """Whether data may be opened from that country, by the law as last known or of a day. Raises `PackUnknown`."""
    return judge_sight(law_of(pack), country, on, clear=clear)
