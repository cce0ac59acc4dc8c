"""What can be wrong with the clauses of a contract before a schedule is made from them."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from dunwell.kernel.calendar import LATEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.money import LARGEST
from dunwell.loans.model import (
    MOST_INSTALMENTS,
    MOST_RATE,
    PLAIN,
    Accrual,
    Clauses,
    LoanDraft,
    LoanInvalid,
    Method,
    Unit,
)
from dunwell.loans.rules.contract import terms_of
from dunwell.loans.rules.schedule import schedule

RATE_SCALE: Final = 8
MOST_EVENTS: Final = 100
MOST_DAYS: Final = 2000
DECLINING: Final = {Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL}
# Which clauses mean nothing to which methods: said where they would be ignored, they are refused.
MEANINGLESS: Final[dict[Method, tuple[str, ...]]] = {
    Method.EQUAL_INSTALMENT: (),
    Method.EQUAL_PRINCIPAL: ("level",),
    Method.INTEREST_FIRST: ("interest_only", "amortised_over", "balloon", "instalment", "level"),
    Method.BULLET: ("interest_only", "interest_deferred", "amortised_over", "balloon", "instalment", "level"),
    Method.FLAT: ("amortised_over", "balloon", "level"),
}


def faults_of_clauses(draft: LoanDraft) -> tuple[Fault, ...]:
    """Everything that keeps the clauses of an otherwise sound draft from becoming a schedule."""
    clauses = draft.clauses
    if clauses == PLAIN:
        return ()
    if draft.method is Method.AS_ON_TAPE:
        return (Fault("clauses", "beside a schedule that is given", "leave them out"),)
    faults = [
        *_meaningless(draft, clauses),
        *_counts(draft, clauses),
        *_amounts(draft, clauses),
        *_happenings(draft, clauses),
        *_calendar(draft, clauses),
    ]
    return tuple(faults) or _unrepaid(draft)


def _meaningless(draft: LoanDraft, clauses: Clauses) -> Iterator[Fault]:
    for name in MEANINGLESS.get(draft.method, ()):
        if getattr(clauses, name) != getattr(PLAIN, name):
            yield Fault(f"clauses.{name}", f"means nothing with {draft.method}", "leave it out")


def _counts(draft: LoanDraft, clauses: Clauses) -> Iterator[Fault]:
    for name in ("interest_only", "interest_deferred"):
        if not 0 <= getattr(clauses, name) < max(draft.count, 1):
            yield Fault(f"clauses.{name}", "not below the number of instalments", f"0 to {draft.count - 1}")
    if not 0 <= clauses.interest_free <= draft.count:
        yield Fault("clauses.interest_free", "more than there are periods", f"0 to {draft.count}")
    over = clauses.amortised_over
    if over is not None and not draft.count - clauses.interest_only <= over <= MOST_INSTALMENTS:
        remedy = f"{draft.count - clauses.interest_only} to {MOST_INSTALMENTS} periods that repay"
        yield Fault("clauses.amortised_over", "shorter than the term, or too long", remedy)
    if over is not None and clauses.balloon is not None:
        yield Fault("clauses.balloon", "beside amortised_over", "say one of them")


def _amounts(draft: LoanDraft, clauses: Clauses) -> Iterator[Fault]:
    principal = draft.principal.minor
    if clauses.balloon is not None and not 0 <= clauses.balloon <= principal:
        yield Fault(
            "clauses.balloon", "below zero, or more than the principal", "what the last one repays at once"
        )
    if clauses.instalment is not None and not 0 < clauses.instalment <= LARGEST:
        yield Fault(
            "clauses.instalment", "not above zero, or larger than we keep", "the instalment as agreed"
        )
    if not 1 <= clauses.multiple_of <= LARGEST:
        yield Fault(
            "clauses.multiple_of", "not above zero, or larger than we keep", "100 for whole units of cents"
        )
    if not clauses.down_payment.is_finite() or not 0 <= clauses.down_payment < 1:
        yield Fault("clauses.down_payment", "not from 0 to below 1", "a fraction: 0.25 means 25 %")
    if any(not 0 < each.amount <= LARGEST for each in clauses.tranches):
        yield Fault("clauses.tranches", "an amount not above zero", "what was paid out that day")
    elif clauses.tranches and sum(each.amount for each in clauses.tranches) >= principal:
        yield Fault(
            "clauses.tranches", "together the principal or more", "the principal includes the first one"
        )


def _happenings(draft: LoanDraft, clauses: Clauses) -> Iterator[Fault]:
    for name, days in (
        ("tranches", [each.on for each in clauses.tranches]),
        ("rates", [each.on for each in clauses.rates]),
    ):
        if len(days) > MOST_EVENTS:
            yield Fault(f"clauses.{name}", f"more than {MOST_EVENTS}", "join those of one period")
        if any(not draft.disbursed_on <= day <= LATEST for day in days):
            yield Fault(
                f"clauses.{name}", "before the money was paid out, or too far away", "check the dates"
            )
    if any(not _is_rate(each.annual_rate) for each in clauses.rates):
        yield Fault("clauses.rates", f"not between 0 and {MOST_RATE}", "a fraction with at most 8 decimals")


def _is_rate(rate: Decimal) -> bool:
    return rate.is_finite() and 0 <= rate <= MOST_RATE and rate == round(rate, RATE_SCALE)


def _calendar(draft: LoanDraft, clauses: Clauses) -> Iterator[Fault]:
    days = clauses.business_days
    if not set(days.weekend) <= set(range(1, 8)) or len(set(days.weekend)) > 6:
        yield Fault("clauses.business_days", "no weekend", "days from 1 (Monday) to 7, not all of them")
    if _too_many(days.holidays) or _too_many(days.workdays):
        yield Fault("clauses.business_days", f"more than {MOST_DAYS} days", "those of the loan's term")
    if clauses.accrual is Accrual.PREVIOUS_MONTH and draft.every.unit is not Unit.MONTH:
        yield Fault(
            "clauses.accrual", "calendar months, and instalments that are not monthly", "accrue by period"
        )


def _too_many(days: Iterable[date]) -> bool:
    return len(set(days)) > MOST_DAYS


def _unrepaid(draft: LoanDraft) -> tuple[Fault, ...]:
    """A kept instalment that does not repay the loan shows only when the schedule is made."""
    try:
        last = schedule(terms_of(draft))[-1]
    except LoanInvalid as invalid:
        return tuple(invalid.faults)
    if last.due_on > LATEST or (len(draft.clauses.tranches) and last.number > MOST_INSTALMENTS):
        return (Fault("clauses", "the last instalment is too far away", f"due dates end by {LATEST}"),)
    return ()
