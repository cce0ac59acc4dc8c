"""A replay held against its file: who should have been reminded, who was, and why anybody was not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dunwell.replay.history import ZONE, Debt, History
from dunwell.replay.queries import Planned
from dunwell.strategy.model import Cadence, Step

Place = tuple[str, date, str]


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step of the cadence. `late`: loans of the file that were unpaid at its hour."""

    step: str
    late: int
    reminded: int
    explained: Mapping[str, int]
    lost: int
    twice: int
    needless: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it. What must be zero: `lost`, `twice`, `needless`, `after_payment`, `wrong_days`."""

    loans: int
    steps: tuple[StepFigures, ...]
    after_payment: int
    days_equal: int
    wrong_days: int

    @property
    def holds(self) -> bool:
        clean = all(each.lost == each.twice == each.needless == 0 for each in self.steps)
        return clean and self.after_payment == 0 and self.wrong_days == 0


def judge(
    history: History,
    cadence: Cadence,
    planned: Mapping[Place, Planned],
    days_late: Mapping[str, int],
    after_payment: int,
    through: datetime,
) -> Figures:
    """Compare, step by step, what the file says with what was planned and sent up to `through`."""
    paid = {debt.loan for debt in history.debts if debt.first and debt.paid_at <= through}
    told = {loan: days for loan, days in history.days_late.items() if loan in paid}
    equal = sum(days_late.get(loan) == days for loan, days in told.items())
    return Figures(
        loans=len(told),
        steps=tuple(_step(step, history.debts, planned, through) for step in cadence.steps),
        after_payment=after_payment,
        days_equal=equal,
        wrong_days=len(told) - equal,
    )


def _step(
    step: Step, debts: Sequence[Debt], planned: Mapping[Place, Planned], through: datetime
) -> StepFigures:
    late: dict[Place, Debt] = {
        (debt.loan, debt.due_on, step.key): debt for debt in debts if _late_at(step, debt, through)
    }
    lines = {place: line for place, line in planned.items() if place[2] == step.key}
    explained: Counter[str] = Counter()
    reminded = lost = 0
    for place in late:
        line = lines.get(place)
        if line is not None and line.sent:
            reminded += 1
        elif line is not None and (why := _why(line)):
            explained[why] += 1
        else:
            lost += 1
    return StepFigures(
        step=step.key,
        late=len(late),
        reminded=reminded,
        explained=dict(sorted(explained.items())),
        lost=lost,
        twice=sum(line.sent > 1 for line in lines.values()),
        needless=sum(line.sent > 0 for place, line in lines.items() if place not in late),
    )


def _late_at(step: Step, debt: Debt, through: datetime) -> bool:
    """Whether the instalment was the oldest unpaid one at the step's hour."""
    hour = datetime.combine(debt.due_on + timedelta(days=step.day), step.at, ZoneInfo(ZONE))
    return debt.since <= hour < debt.paid_at and hour <= through


def _why(line: Planned) -> str:
    """The verdict or the reason that kept a reminder from going out; empty: there is none."""
    if line.state is None:
        return f"{line.outcome} {line.verdict or ''} {line.reason}".replace("  ", " ").strip()
    if line.state in ("planned", "held"):
        return ""
    return f"{line.state} {line.verdict or ''} {line.why or ''}".replace("  ", " ").strip()
