"""What can be asked about clocks: no dispute, no transaction, only what is said."""

from datetime import date

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
    """How a clock of that pack stands; see `clock_standing`. Raises `ClockUnknown`, `PackUnknown`."""
    return clock_standing(clock_law(pack), clock, started_on, grade=grade, done_on=done_on, today=today)
