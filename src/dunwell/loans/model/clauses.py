"""What a contract says beyond a plain schedule: grace, balloon, tranches, rate changes, rolls, rounding.

Amounts are whole minor units of the loan's one currency, rates are fractions: 0.12 is 12 % a year.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from dunwell.loans.model.words import Accrual, Keep, Level, Roll, Rounding, Spread


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Which days are business days: all but weekends (ISO numbers, 7 is Sunday) and holidays.

    `workdays` are weekend days that are worked, as around a Chinese holiday (调休).
    """

    weekend: tuple[int, ...] = (6, 7)
    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()


WEEKENDS: Final = BusinessDays()


@dataclass(frozen=True, slots=True)
class Tranche:
    """A further disbursement. What is still to be repaid is spread anew over the rows due after it.

    `keep=INSTALMENT` leaves the instalment as it is and lets the number of rows follow.
    """

    on: date
    amount: int
    keep: Keep = Keep.TERM


@dataclass(frozen=True, slots=True)
class RateChange:
    """Another yearly rate from this day on; the interest of the period it falls into is split there."""

    on: date
    annual_rate: Decimal
    keep: Keep = Keep.TERM


@dataclass(frozen=True, slots=True)
class Prepayment:
    """Principal repaid outside the schedule on a day: a smaller instalment (keep the term) or a shorter term."""

    on: date
    amount: int
    keep: Keep = Keep.TERM


@dataclass(frozen=True, slots=True)
class Clauses:
    """The particulars of a contract. Without any, the schedule is the plain one of its method.

    - `interest_only`: the first so many instalments repay no principal;
    - `interest_deferred`: interest of the first so many is due with the instalment after them;
    - `interest_free`: the first so many periods bear no interest;
    - `amortised_over`: instalments are those of a loan of so many periods, the rest is a balloon in the last;
    - `balloon`: or the balloon as stated;
    - `instalment`: the equal instalment as stated, instead of a computed one;
    - `level`: the periods an equal instalment is computed from;
    - `multiple_of`, `rounding`: the instalment is a multiple of so many minor units, the last takes the rest;
    - `down_payment`: this fraction of each disbursement is due on its day;
    - `tranches`: parts of the principal paid out later, the first disbursement is what they leave of it;
    - `spread`: which rows repay a tranche;
    - `rates`: dated changes of the rate;
    - `roll`, `business_days`: where a due date goes that is no business day; `accrues_to_roll`: interest follows it;
    - `accrual`: the days an instalment's interest is for.
    """

    interest_only: int = 0
    interest_deferred: int = 0
    interest_free: int = 0
    amortised_over: int | None = None
    balloon: int | None = None
    instalment: int | None = None
    level: Level = Level.AS_THEY_ARE
    multiple_of: int = 1
    rounding: Rounding = Rounding.HALF_EVEN
    down_payment: Decimal = Decimal(0)
    tranches: tuple[Tranche, ...] = ()
    spread: Spread = Spread.REMAINING
    rates: tuple[RateChange, ...] = ()
    roll: Roll = Roll.NONE
    business_days: BusinessDays = WEEKENDS
    accrues_to_roll: bool = False
    accrual: Accrual = Accrual.PERIOD


PLAIN: Final = Clauses()
