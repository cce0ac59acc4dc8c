"""Being late as a history: pauses, spells in buckets, watch periods, reports over all loans, who is liable."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from dunwell.kernel.errors import Conflict, Invalid, NotFound
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model.owed import View
from dunwell.loans.model.values import Pause
from dunwell.loans.model.words import LoanState, Role

# A pause may be told late, by as much as a lender needs to find out; older ones would rewrite closed books.
MOST_DAYS_BACK: Final = 366


class PauseNotFound(NotFound):
    """No such pause at this tenant."""

    code = "pause.not-found"


class PauseInvalid(Invalid):
    """The pause says something that cannot be; `faults` names each field."""

    code = "pause.invalid"


class PauseDiffers(Conflict):
    """A pause of that reference was placed before, and it said something else."""

    code = "pause.differs"


class PauseLifted(Conflict):
    """The pause has ended already, or was lifted on another day."""

    code = "pause.lifted"


class ReportInvalid(Invalid):
    """Such a report cannot be made; `faults` names each field."""

    code = "report.invalid"


# What the figures of a past day rest on is a `View`: all that is known now of that day, or what was booked by its end.


@dataclass(frozen=True, slots=True)
class PlacePause:
    """Being late shall not be counted from a day on. The sender's `reference` makes it happen once."""

    loan: LoanId
    reference: str
    starts_on: date
    ends_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class LiftPause:
    """Being late shall be counted again after that day; without one, after today."""

    loan: LoanId
    pause: UUID
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ListPauses:
    """A page of one loan's pauses by their first day."""

    loan: LoanId
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class PlacedPause:
    """A pause as it was placed and, perhaps, lifted before its end."""

    id: UUID
    loan: LoanId
    reference: str
    starts_on: date
    ends_on: date | None
    reason: str
    placed_at: datetime
    lifted_on: date | None = None
    lifted_at: datetime | None = None

    @property
    def span(self) -> Pause:
        """The days in force: a lift ends what had no end, or a later one."""
        ends = [day for day in (self.ends_on, self.lifted_on) if day is not None]
        return Pause(self.starts_on, min(ends, default=None))

    def known(self, before: datetime | None) -> Pause | None:
        """The days in force by what was booked before an instant; without one, by what is known now."""
        if before is None:
            return self.span
        if self.placed_at >= before:
            return None
        lifted = self.lifted_at is not None and self.lifted_at < before
        return self.span if lifted else Pause(self.starts_on, self.ends_on)


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a loan stood from an instant of booking on."""

    booked_at: datetime
    state: LoanState
    past_due_since: date | None
    outstanding: int


@dataclass(frozen=True, slots=True)
class Step:
    """Where a loan stands from a day until the next step's."""

    from_on: date
    state: LoanState
    since: date | None
    outstanding: int
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Spell:
    """Days on end in one bucket and state. `most_days` is the most that was counted in them."""

    bucket: str
    state: LoanState
    from_on: date
    to_on: date
    most_days: int

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days + 1


class WatchCause(StrEnum):
    """Why a loan is watched: it was late and is not any more, or its terms were changed to help."""

    CURE = "cure"
    RESTRUCTURE = "restructure"


class WatchOutcome(StrEnum):
    """How a watch stands: it runs, it was passed, the loan was late again, or it ended with the loan."""

    WATCHED = "watched"
    CURED = "cured"
    DEFAULTED_AGAIN = "defaulted_again"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class WatchRule:
    """How long a loan has to stay on time before it counts as cured: so many days and so many instalments.

    A loan that was never `after_days` late is cured at once. Where both are asked for, both have to be passed.
    """

    after_days: int = 1
    days: int = 0
    instalments: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch: from its first day; `ends_on` is the day it was or will be passed, `None` if that is not known yet."""

    cause: WatchCause
    from_on: date
    ends_on: date | None
    outcome: WatchOutcome
    defaulted_on: date | None = None


@dataclass(frozen=True, slots=True)
class AskHistory:
    """The bucket history of a loan, as far as a day; without one, today."""

    loan: LoanId
    view: View = View.RECOMPUTED
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ArrearsHistory:
    """Every day of a loan's life in exactly one spell, and the watches that follow from them."""

    loan: LoanId
    view: View
    until: date
    rules_version: int
    spells: tuple[Spell, ...]
    watches: tuple[Watch, ...]


@dataclass(frozen=True, slots=True)
class AskReport:
    """Arrears of all loans at the end of a day; without one, today."""

    on: date | None = None
    view: View = View.RECOMPUTED


@dataclass(frozen=True, slots=True)
class ArrearsGroup:
    """Loans that stood alike on a day: what the one pass over all loans adds up. Amounts are minor units."""

    currency: str
    product: str
    state: LoanState
    since: date | None
    counted_on: date
    pauses: tuple[Pause, ...]
    count: int
    outstanding: int
    overdue: int


@dataclass(frozen=True, slots=True)
class ArrearsRow:
    """Loans of one currency, product, state and bucket."""

    currency: str
    product: str
    state: LoanState
    bucket: str
    count: int
    outstanding: Money
    overdue: Money


@dataclass(frozen=True, slots=True)
class ArrearsReport:
    """All loans at the end of a day, each in exactly one row."""

    on: date
    view: View
    rules_version: int
    rows: tuple[ArrearsRow, ...]


@dataclass(frozen=True, slots=True)
class AskRolls:
    """How loans moved between buckets from the end of one day to the end of another."""

    from_on: date
    to_on: date
    view: View = View.RECOMPUTED


@dataclass(frozen=True, slots=True)
class Place:
    """Where a group of loans stood at the end of one day: what its bucket follows from."""

    state: LoanState
    since: date | None
    counted_on: date


@dataclass(frozen=True, slots=True)
class RollGroup:
    """Loans that stood alike on both days; `before` is nothing for those paid out in between."""

    currency: str
    before: Place | None
    pauses_before: tuple[Pause, ...]
    after: Place
    pauses: tuple[Pause, ...]
    count: int
    outstanding_before: int
    outstanding_after: int


@dataclass(frozen=True, slots=True)
class RollRow:
    """Loans of one currency that went from one bucket to another. A new loan comes from the bucket ''.

    `share` is their part of the loans that were in `from_bucket`, in hundredths of a per cent (10,000 is all).
    """

    currency: str
    from_bucket: str
    to_bucket: str
    count: int
    outstanding_before: Money
    outstanding_after: Money
    share: int


@dataclass(frozen=True, slots=True)
class CureRow:
    """Of the loans late on the first day, how many are not late on the second: current or settled."""

    currency: str
    late: int
    cured: int
    share: int


@dataclass(frozen=True, slots=True)
class RollRates:
    """The matrix, in the order of the buckets, and what cured."""

    from_on: date
    to_on: date
    view: View
    rules_version: int
    rows: tuple[RollRow, ...]
    cures: tuple[CureRow, ...]


@dataclass(frozen=True, slots=True)
class AskRecoveries:
    """What was charged off and what came in afterwards, by month, from one day to another."""

    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """One month (named by its first day) of one currency.

    `charged_off` was written off in that month; `recovered` came in during it on whatever had been written off;
    `recovered_of_these` came in until the end of the report on what was written off in that month.
    """

    month: date
    currency: str
    loans: int
    charged_off: Money
    recovered: Money
    recovered_of_these: Money

    @property
    def rate(self) -> int:
        """What came in of the month's charge-offs, in hundredths of a per cent."""
        whole = self.charged_off.minor
        return self.recovered_of_these.minor * 10_000 // whole if whole else 0


@dataclass(frozen=True, slots=True)
class Obligation:
    """One obligor's part in one loan: every liable obligor owes the whole, up to a limit and until a day."""

    loan: LoanId
    reference: str
    role: Role
    outstanding: Money
    overdue: Money
    limit: Money | None
    liable_until: date | None
    liable: Money


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """What a borrower owes in one currency: each loan once."""

    loans: int
    outstanding: Money
    liable: Money


@dataclass(frozen=True, slots=True)
class Liability:
    """One borrower, many loans. What others are liable for too is still owed only once."""

    borrower: BorrowerId
    on: date
    totals: tuple[CurrencyTotal, ...]
    items: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True)
class LiableObligor:
    """One person beside a loan: what they are to it, and what they owe of it today."""

    borrower: BorrowerId
    role: Role
    limit: Money | None
    liable_until: date | None
    liable: Money
