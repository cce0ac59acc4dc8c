"""How late a told loan is, by the file's convention: three days of grace for the loan, its ranges, its pauses."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from dunwell.loans.model import AfterGrace, Bucket, Convention, Pause, Working
from dunwell.loans.rules.ageing import working_of
from tests.loans.timelines.tables import money
from tests.loans.timelines.telling import Teller

NONE: Final = "NO_DELINQUENCY"
RANGES: Final = (
    Bucket(NONE, 0),
    Bucket("RANGE_1", 1),
    Bucket("RANGE_3", 4),
    *(Bucket(f"RANGE_{start - 1}", start) for start in (31, 61, 91, 121, 151, 181, 241)),
)
# Steps after which the origin asks nothing about lateness anew.
QUIET: Final = {"business_date", "advance_days", "config", "approve", "set_allocation_rule"}
PAUSES: Final = {"delinquency_pause", "delinquency_resume"}


@dataclass(slots=True)
class Lateness:
    """The file tells ranges as they were last looked at: at the end of a day outside a pause, or when money moved."""

    teller: Teller
    range: str = NONE
    by_instalment: Mapping[str, int] = field(default_factory=dict[str, int])
    closed: date | None = None

    def after(self, op: str) -> None:
        if op in QUIET | PAUSES:
            return
        on = self.teller.today
        if op == "close_of_business":
            last, self.closed = self.closed, on
            began = self._paused()
            if began is not None:
                # The run looks at the days since it last ran, as far as they were not paused.
                on = began - timedelta(days=1)
                if last is None or on <= last:
                    return
        working = self.working(on)
        self.range, self.by_instalment = NONE, {}
        if working is not None and working.days_past_due:
            amounts = Counter[str]()
            for line in working.instalments:
                if line.counts and line.bucket != NONE:
                    amounts[line.bucket] += line.outstanding
            self.range, self.by_instalment = working.bucket, amounts

    def working(self, on: date) -> Working | None:
        """What the product's ageing says of a day."""
        teller = self.teller
        life = teller.life(on)
        if life is None:
            return None
        convention = Convention(
            grace_days=teller.product["grace_on_arrears_days"],
            after_grace=AfterGrace.FROM_GRACE_END,
            instalment_grace=False,
        )
        pauses = [Pause(*pause) for pause in teller.pauses]
        return working_of(life.instalments, (), on, convention, RANGES, pauses)

    def compare(self, op: str, step: Mapping[str, Any]) -> Iterable[str]:
        match op:
            case "delinquency_range":
                yield from self._differing(step, self._loan())
            case "delinquency":
                yield from self._differing(step, self._loan())
            case "instalment_delinquency":
                expected = {row["range"]: row["amount"] for row in step["rows"]}
                actual = {name: money(amount) for name, amount in self.by_instalment.items()}
                if expected != actual:
                    yield f"{actual} not {expected}"
            case _:
                expected = [
                    (row["active"], row["pausePeriodStart"], row["pausePeriodEnd"]) for row in step["rows"]
                ]
                if expected != self._periods():
                    yield f"{self._periods()} not {expected}"

    def _loan(self) -> dict[str, Any]:
        working = self.working(self.teller.today)
        if working is None or working.since is None or working.since >= self.teller.today:
            return {"range": self.range, "delinquent_since": None}
        since = working.since + timedelta(days=self.teller.product["grace_on_arrears_days"])
        return {
            "range": self.range,
            "delinquent_since": since.isoformat(),
            "delinquent_amount": money(working.overdue),
            "delinquent_days": working.days_past_due,
            "past_due_days": working.calendar_days,
        }

    def _differing(self, step: Mapping[str, Any], actual: Mapping[str, Any]) -> Iterable[str]:
        for name, value in actual.items():
            if name in step and step[name] != value:
                yield f"{name} {value} not {step[name]}"

    def _periods(self) -> list[tuple[str, str, str]]:
        today = self.teller.today
        return [
            (str(start <= today <= end).lower(), start.isoformat(), end.isoformat())
            for start, end in self.teller.pauses
        ]

    def _paused(self) -> date | None:
        """The day the pause that today is in began."""
        return min(
            (start for start, end in self.teller.pauses if start <= self.teller.today <= end), default=None
        )
