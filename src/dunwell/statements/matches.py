"""Matching as values: what is known of an entry, whom it may concern, and what was decided with which reasons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from dunwell.kernel.ids import BorrowerId, LoanId

# Percent, told to people beside the reasons; nothing is computed from them but the order of suggestions.
CONFIDENCE: Final = {
    "sub_account": 100,
    "reference": 95,
    "payer_account": 90,
    "payer_name": 75,
    "manual": 100,
}


class MatchKind(StrEnum):
    """Which rung found the debtor, in the order in which they are tried; `MANUAL`: a person did."""

    SUB_ACCOUNT = "sub_account"
    REFERENCE = "reference"
    PAYER_ACCOUNT = "payer_account"
    PAYER_NAME = "payer_name"
    MANUAL = "manual"


class ThirdParty(StrEnum):
    """What becomes of money that somebody else than a person liable for the loan paid."""

    SUSPENSE = "suspense"
    MATCH = "match"


class ReceivedOn(StrEnum):
    """The day on which money counts as received."""

    VALUE = "value"
    BOOKED = "booked"


@dataclass(frozen=True, slots=True)
class Owed:
    """One loan that may be meant. Amounts are minor units of its currency; `due_since` is its oldest unpaid day.

    `own`: the borrower's own debt, not one they only guarantee. `burden`: its yearly rate.
    """

    loan: LoanId
    reference: str
    borrower: BorrowerId
    currency: str
    open: bool
    own: bool = True
    overdue: int = 0
    due_today: int = 0
    next_due: int = 0
    next_due_on: date | None = None
    outstanding: int = 0
    due_since: date | None = None
    burden: Decimal = Decimal(0)

    @property
    def due(self) -> int:
        """What had to be paid by today."""
        return self.overdue + self.due_today


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a number belongs to: one loan, or all loans of one borrower."""

    borrower: BorrowerId
    loan: LoanId | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A reference of ours that stood in a field of the entry."""

    text: str
    place: str
    target: Target


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What matching knows of an entry. `legal_name`: the payer's name is a person's, not a platform's nickname."""

    minor: int
    currency: str
    received_on: date
    legal_name: bool = False


@dataclass(frozen=True, slots=True)
class Candidates:
    """Whom the numbers and names of an entry lead to.

    `loans` holds every loan of every borrower named here. `liable` tells, for each borrower, whether the payer is
    that borrower or another person liable beside them: `None` where no name is on file or given.
    """

    sub_accounts: tuple[Target, ...] = ()
    references: tuple[Found, ...] = ()
    by_account: tuple[BorrowerId, ...] = ()
    by_name: tuple[BorrowerId, ...] = ()
    mentioned: tuple[BorrowerId, ...] = ()
    loans: Mapping[BorrowerId, tuple[Owed, ...]] = field(default_factory=dict[BorrowerId, tuple[Owed, ...]])
    liable: Mapping[BorrowerId, bool | None] = field(default_factory=dict[BorrowerId, bool | None])


@dataclass(frozen=True, slots=True)
class MatchRules:
    """The tenant's rule table. `tolerance` is minor units of the entry's currency."""

    automatic: frozenset[MatchKind] = frozenset(MatchKind)
    third_party: ThirdParty = ThirdParty.SUSPENSE
    days_before_due: int = 15
    days_after_due: int = 90
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Minor units for one loan."""

    loan: LoanId
    reference: str
    minor: int


# How a payment is shared over loans of one debtor who named no amounts: minor units, the loans, the day. The parts
# are above zero and add up to the payment.
Share = Callable[[int, Sequence[Owed], date], tuple[Part, ...]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A loan that may be meant, for a person to decide; `score` is 0 to 99."""

    loan: LoanId
    reference: str
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Decided: the parts add up to the entry. The lines say how."""

    kind: MatchKind
    parts: tuple[Part, ...]
    confidence: int
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Not decided: why, and what a person may look at, best first."""

    reason: str
    explanation: tuple[str, ...]
    suggestions: tuple[Suggestion, ...] = ()
