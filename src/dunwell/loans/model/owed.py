"""The statement of amount owed: what one loan asks on a day, with everything each figure comes from.

Amounts are whole minor units of the loan's currency.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.loans.model.law import CappedCost
from dunwell.loans.model.overdue import AccrualLine
from dunwell.loans.model.words import Account, Component, EntryKind, LoanState

# Postings that one statement can name; a longer ledger is read page by page.
MOST_TRACED: Final = 20_000


class View(StrEnum):
    """By everything known now, or by what was known at an instant."""

    RECOMPUTED = "recomputed_now"
    KNOWN_THEN = "known_then"


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class AskOwed:
    """What the loan asks at the end of `on` (today, without one), as known at `known_at` (now, without one)."""

    loan: LoanId
    on: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Traced:
    """Postings behind a figure, and their sum."""

    account: Account
    balance: int
    postings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OwedPart:
    """One component. `due` fell due up to the day, `unposted` of it is accrued and not in the ledger yet.

    `due` + `ahead` = `paid` + `waived` + `open` + what of `ahead` is open; `ledger` + `unposted` = everything open.
    """

    component: Component
    due: int
    unposted: int
    paid: int
    waived: int
    open: int
    overdue: int
    ahead: int
    ledger: Traced


@dataclass(frozen=True, slots=True)
class OwedInstalment:
    """One instalment on the day; `days_late` counts from its due date while something of it is open."""

    number: int
    due_on: date
    due: int
    paid: int
    waived: int
    open: int
    settled_on: date | None
    days_late: int


@dataclass(frozen=True, slots=True)
class OwedEvent:
    """A payment or another happening up to the day, what it settled by component, and its postings.

    Plus settles, minus is owed again. `surplus` could settle nothing and is the borrower's credit.
    """

    id: UUID
    kind: EntryKind
    reference: str
    on: date
    amount: int
    parts: tuple[tuple[Component, int], ...]
    surplus: int
    postings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """The whole statement. `total` is what to pay on the day: what is due and open, less the credit.

    `demanded` is that, less what the cap of law cuts; `per_day` is what the day after adds while nothing happens.
    """

    loan: LoanId
    reference: str
    borrower: BorrowerId
    product: str
    currency: str
    principal: int
    annual_rate: Decimal
    disbursed_on: date
    matures_on: date
    state: LoanState
    on: date
    known_at: datetime
    view: View
    terms_version: int
    rules_version: int
    days_past_due: int
    parts: tuple[OwedPart, ...]
    credit: int
    total: int
    demanded: int
    ahead: int
    per_day: int
    instalments: tuple[OwedInstalment, ...]
    events: tuple[OwedEvent, ...]
    accrual: tuple[AccrualLine, ...]
    capped: CappedCost | None
    reconciled: bool


@dataclass(frozen=True, slots=True)
class Issued:
    """A statement and the name of the lender who issues it, in both languages."""

    owed: Owed
    name: str
    name_en: str

    def issuer(self, language: Language) -> str:
        return self.name if language is Language.ZH else self.name_en
