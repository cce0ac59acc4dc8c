"""Money that came in and that no loan has taken yet: what is asked about it, and what is answered."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from dunwell.kernel.errors import Conflict, Invalid, NotFound
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money

# Loans that one receipt can be split over.
MOST_PARTS: Final = 100


class SuspenseNotFound(NotFound):
    """No such item at this tenant."""

    code = "suspense.not-found"


class SuspenseInvalid(Invalid):
    """What is to be held, assigned or returned cannot be; `faults` names each field."""

    code = "suspense.invalid"


class SuspenseDiffers(Conflict):
    """The reference was used before, and said something else."""

    code = "suspense.differs"


class SuspenseEmpty(Conflict):
    """Nothing is left of the item: it was assigned or returned."""

    code = "suspense.empty"


class SuspenseState(StrEnum):
    HELD = "held"
    ASSIGNED = "assigned"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class HoldMoney:
    """Money that came in and whose loan is not known. The sender's `reference` makes it happen once."""

    reference: str
    amount: Money
    received_on: date
    source: str


@dataclass(frozen=True, slots=True)
class AssignMoney:
    """Give (part of) an item to loans; each part becomes a payment received when the item was."""

    item: UUID
    parts: tuple[tuple[LoanId, Money], ...]
    reference: str


@dataclass(frozen=True, slots=True)
class ReturnMoney:
    """Send what is left of an item back to whoever sent it."""

    item: UUID
    reference: str
    returned_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class ListSuspense:
    """A page of items in the order they came."""

    cursor: str | None
    limit: int
    state: SuspenseState | None = None


@dataclass(frozen=True, slots=True)
class SuspenseItem:
    """Money in suspense: what came in, and what of it is still nobody's."""

    id: UUID
    reference: str
    amount: Money
    left: Money
    received_on: date
    source: str
    state: SuspenseState
    booked_at: datetime
