"""Clocks as values: which there are, and how one stands on a day."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dunwell.kernel.errors import Invalid


class ClockUnknown(Invalid):
    """The pack has no such clock, or none of that grade, for the day."""

    code = "dispute.clock-unknown"


class Clock(StrEnum):
    """What must be answered in time: a complaint, a dispute of credit data, a first contact (by a notice).

    `COMPLAINT_REPLY`: the first word to who complained; `COMPLAINT_QUICK`: closed with a summary instead of the whole
    procedure.
    """

    COMPLAINT = "complaint"
    COMPLAINT_REPLY = "complaint_reply"
    COMPLAINT_QUICK = "complaint_quick"
    CREDIT_DISPUTE = "credit_dispute"
    VALIDATION = "validation"


class Grade(StrEnum):
    """How hard a complaint is; `SPECIAL` needs a senior's approval and a notice to the debtor."""

    SIMPLE = "simple"
    COMPLEX = "complex"
    SPECIAL = "special"


@dataclass(frozen=True, slots=True)
class Length:
    """How many days a clock runs, by grade; ungraded clocks have one length for all.

    `working`: working days are counted, not days. `code` names the clock; with `names_breach` it is the code of a rule
    that fails, and is told of a breach only.
    """

    code: str
    days: dict[Grade, int]
    names_breach: bool = False
    working: bool = False


@dataclass(frozen=True, slots=True)
class ClockStanding:
    """`due_on` is the last day in time; `breached` is None where no day was asked about, `code` where it is silent."""

    due_on: date
    breached: bool | None
    code: str | None
    rules: tuple[str, ...]
