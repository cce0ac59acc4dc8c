"""What the law of money says, and what it makes of a claim: ceilings, charges, the order of payments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from dunwell.kernel.errors import Invalid
from dunwell.loans.model.words import Component


class LprUnknown(Invalid):
    """The ceiling is a multiple of the one-year loan prime rate, and the rate of that day is not known."""

    code = "loan.lpr-unknown"


class LenderUnknown(Invalid):
    """No such type of lender."""

    code = "loan.lender-type"


class LenderType(StrEnum):
    """Who lent, as the law of ceilings sees it (CN-FEE-04 to 08). All but `PRIVATE` are licensed."""

    BANK = "bank"
    BANK_ASSISTED = "bank_assisted"
    CONSUMER_FINANCE = "consumer_finance"
    SMALL_LOAN = "small_loan"
    GUARANTEE = "guarantee"
    PAWN = "pawn"
    LEASING = "leasing"
    FACTORING = "factoring"
    LOCAL_AMC = "local_amc"
    EQUITY_MARKET = "equity_market"
    PRIVATE = "private"


class Answer(StrEnum):
    ALLOW = "ALLOW"
    DENY = "DENY"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A ceiling as a pack writes it: an annual fraction, or so many times the one-year LPR."""

    rate: Decimal | None = None
    times_lpr: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """The ceiling of one contract: the annual fraction, its reason code when it cuts, and where it comes from."""

    rate: Decimal
    code: str
    rules: tuple[str, ...]
    source: str
    value_class: str
    lpr: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CappedRates:
    """A contract's yearly cost against the ceiling. Rates are per cent a year; `cap` None: the law sets none.

    `reasons` decide; `warnings` only tell what a court or a supervisor may object to.
    """

    contractual: Decimal
    cap: Decimal | None
    demanded: Decimal
    excess: Decimal
    excess_by_part: Mapping[str, Decimal]
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    rules: tuple[str, ...]


class Balance(NamedTuple):
    """Principal outstanding in `[start, end)`; `end` None: still. What was deducted in advance was never lent."""

    amount: int
    start: date
    end: date | None = None


class CapLine(NamedTuple):
    """One line of the working: what the ceiling allows on one balance, in minor units and exactly as num/den."""

    start: date
    end: date
    days: int
    base: int
    rate: Decimal
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class CappedCost:
    """What was contracted, what the ceiling allows, what may be demanded: minor units from payout to a day.

    `cap` None: no ceiling. `excess_by_part` says what is taken off: penalties first, then fees, then interest.
    """

    contractual: int
    cap: int | None
    demanded: int
    excess: int
    excess_by_part: Mapping[Component, int]
    lines: tuple[CapLine, ...]
    reasons: tuple[str, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChargeVerdict:
    """Whether a charge may be posted; `reasons` are codes, `rules` what they carry out."""

    verdict: Answer
    reasons: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LawfulOrder:
    """The order in which a payment settles what is owed, and why: the agreement, or the law's rules."""

    order: tuple[Component, ...]
    agreed: bool
    rules: tuple[str, ...] = ()
    value_class: str = ""


@dataclass(frozen=True, slots=True)
class OpenDebt:
    """One of several debts of one debtor.

    `open` is what is owed of it, `security` the value that secures it (0: none), `burden` its yearly cost.
    """

    id: UUID | str
    open: int
    due_on: date
    security: int = 0
    burden: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spread:
    """What each debt gets of a payment, in the order in which they were settled. Parts and surplus add up to it."""

    parts: tuple[tuple[UUID | str, int], ...]
    surplus: int
