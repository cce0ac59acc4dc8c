"""Decisions about disputes. No database, no clock, no settings: only arguments."""

from collections.abc import Callable
from datetime import date, timedelta

from dunwell.disputes.model import Clock, ClockStanding, ClockUnknown, Grade, Length
from dunwell.kernel.errors import Fault
from dunwell.packs import Pack


def clock_standing(
    law: Pack,
    clock: Clock,
    started_on: date,
    working: Callable[[date, int], date],
    *,
    grade: Grade = Grade.SIMPLE,
    done_on: date | None = None,
    today: date | None = None,
) -> ClockStanding:
    """When the clock that started ends, and whether it was missed as seen on `today`.

    The starting day is day 0 and nothing moves for a week-end: received on the 2nd, 15 days end on the 17th, which
    is still in time. A clock of working days asks `working` for the day that many after another. Something done after
    `today` is not done yet. Raises `ClockUnknown`.
    """
    name = f"{clock}_clock"
    entry, length = law.entry(name, started_on), law.value(name, started_on, Length)
    if entry is None or length is None:
        fault = Fault("clock", f"pack {law.name} has no clock {clock} on {started_on}", "ask another pack")
        raise ClockUnknown(fault.problem, faults=[fault])
    days = length.days[grade]
    due_on = working(started_on, days) if length.working else started_on + timedelta(days=days)
    breached = None
    if today is not None:
        done = done_on is not None and done_on <= today
        breached = (done_on if done and done_on else today) > due_on
    code = None if length.names_breach and not breached else length.code
    return ClockStanding(due_on, breached, code, entry.rules)
