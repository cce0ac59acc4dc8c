"""What is left of a loan, spread anew after an early repayment: a smaller instalment, or a shorter term."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from dunwell.loans.model import MONTHLY, PLAIN, Clauses, DayCount, Due, Every, Method, Prepayment, Terms
from dunwell.loans.rules.amortising import amortised
from dunwell.loans.rules.calendar import periods_between


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a loan at the beginning of a period.

    `balance` is outstanding on `begins`, the due date of the last row behind (or the day of the disbursement);
    `days` are the due dates ahead. `instalment` is the one in force, needed where it is kept.
    """

    balance: int
    begins: date
    days: tuple[date, ...]
    annual_rate: Decimal
    method: Method = Method.EQUAL_INSTALMENT
    day_count: DayCount = DayCount.THIRTY_360
    every: Every = MONTHLY
    instalment: int | None = None
    clauses: Clauses = PLAIN


def reamortised(remaining: Remaining, prepayments: Sequence[Prepayment] = ()) -> tuple[Due, ...]:
    """The rows ahead, numbered from 1. Without a prepayment the balance is spread anew over the dates.

    Interest up to a prepayment counts on the balance before it. The principal parts and the prepayments add up to
    the balance. A shorter term ends with the last row that the kept instalment needs.
    """
    terms = Terms(
        principal=remaining.balance,
        annual_rate=remaining.annual_rate,
        method=remaining.method,
        day_count=remaining.day_count,
        disbursed_on=remaining.begins,
        count=len(remaining.days),
        every=remaining.every,
        first_due_on=remaining.days[0],
        clauses=replace(remaining.clauses, instalment=remaining.instalment),
    )
    return amortised(terms, prepayments, periods_between(terms, remaining.begins, remaining.days))
