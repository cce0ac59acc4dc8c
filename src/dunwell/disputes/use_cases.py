"""What can be asked about clocks: no dispute, no transaction, only what is said."""

from datetime import date
from functools import partial

from dunwell.calendars import add_working_days
from dunwell.disputes.law import clock_law
from dunwell.disputes.model import Clock, ClockStanding, Grade
from dunwell.disputes.rules import clock_standing


def clock_of(
    pack: str,
    clock: Clock,
    started_on: date,
    *,
    grade: Grade = Grade.SIMPLE,
    done_on: date | None = None,
    today: date | None = None,
) -> ClockStanding:
    """How a clock of that pack stands, by the calendar of that pack; see `clock_standing`.

    Raises `ClockUnknown`, `PackUnknown`.
    """
    law, working = clock_law(pack), partial(add_working_days, pack)
    return clock_standing(law, clock, started_on, working, grade=grade, done_on=done_on, today=today)
