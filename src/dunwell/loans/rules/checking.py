"""What can be wrong with a loan or a payment before anything is looked up."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.errors import Fault
from dunwell.kernel.money import LARGEST
from dunwell.loans.model import (
    MOST_INSTALMENTS,
    MOST_RATE,
    REFERENCE_LENGTH,
    LoanDraft,
    Method,
    RecordPayment,
    Role,
    Unit,
)
from dunwell.loans.rules.calendar import later
from dunwell.loans.rules.checking_clauses import faults_of_clauses

# The longest distance between two due dates, by unit.
LONGEST: Final = {Unit.DAY: 366, Unit.WEEK: 53, Unit.MONTH: 12, Unit.YEAR: 1}
RATE_SCALE: Final = 8
TEXT_LENGTH: Final = 500
# NUL and halves of pairs: what no column keeps.
UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


def faults_of_loan(draft: LoanDraft) -> tuple[Fault, ...]:
    """Everything that keeps a draft from becoming a schedule; empty when it can."""
    faults = [
        *_reference(draft.reference),
        *_texts(draft),
        *_principal(draft),
        *_dates(draft),
        *_limits(draft),
    ]
    if not draft.annual_rate.is_finite() or not 0 <= draft.annual_rate <= MOST_RATE:
        faults.append(Fault("annual_rate", f"not between 0 and {MOST_RATE}", "a fraction: 0.12 means 12 %"))
    elif draft.annual_rate != round(draft.annual_rate, RATE_SCALE):
        faults.append(Fault("annual_rate", f"more than {RATE_SCALE} decimals", "round it as agreed"))
    if not 1 <= draft.every.count <= LONGEST[draft.every.unit]:
        faults.append(Fault("every", "no such distance between due dates", "one month, two weeks, 30 days"))
    if draft.method is Method.AS_ON_TAPE:
        return (*faults, *_rows(draft), *faults_of_clauses(draft))
    if draft.rows:
        faults.append(Fault("rows", "given beside a method that computes them", f"use {Method.AS_ON_TAPE}"))
    if not 1 <= draft.count <= MOST_INSTALMENTS:
        faults.append(Fault("count", f"not between 1 and {MOST_INSTALMENTS}", "the number of instalments"))
    elif not faults and later(draft.first_due_on or draft.disbursed_on, draft.every, draft.count) > LATEST:
        faults.append(Fault("count", "the last instalment is too far away", f"due dates end by {LATEST}"))
    return tuple(faults) or faults_of_clauses(draft)


def faults_of_payment(command: RecordPayment, today: date) -> tuple[Fault, ...]:
    """What is wrong with a payment on any loan."""
    faults = [*_reference(command.reference)]
    if not 0 < command.amount.minor <= LARGEST:
        faults.append(Fault("amount", "not above zero, or larger than we keep", "what was received"))
    if command.received_on > today:
        faults.append(Fault("received_on", "in the future", f"at most {today}"))
    elif command.received_on < EARLIEST:
        faults.append(Fault("received_on", "too long ago", f"at least {EARLIEST}"))
    return tuple(faults)


def _reference(reference: str) -> Iterable[Fault]:
    if not reference.strip() or len(reference) > REFERENCE_LENGTH or not reference.isprintable():
        yield Fault("reference", "empty, too long, or unreadable", f"1 to {REFERENCE_LENGTH} characters")


def _texts(draft: LoanDraft) -> Iterable[Fault]:
    for name, text in (("product", draft.product), *draft.attributes.items()):
        if len(text) > TEXT_LENGTH or UNFIT.search(name + text):
            yield Fault(
                "attributes", "too long, or holds what is no text", f"at most {TEXT_LENGTH} characters"
            )


def _principal(draft: LoanDraft) -> Iterable[Fault]:
    if not 0 < draft.principal.minor <= LARGEST:
        yield Fault("principal", "not above zero, or larger than we keep", "the amount that was lent")


def _limits(draft: LoanDraft) -> Iterable[Fault]:
    for each in draft.obligors:
        if (each.limit or each.liable_until) and each.role is not Role.GUARANTOR:
            yield Fault(
                "obligors", "a limit for somebody who is no guarantor", "others owe the whole, or nothing"
            )
        elif each.limit is not None and each.limit.currency != draft.principal.currency:
            yield Fault("obligors", "a limit in another currency", f"write it in {draft.principal.currency}")
        elif each.limit is not None and not 0 < each.limit.minor <= LARGEST:
            yield Fault(
                "obligors", "a limit not above zero, or larger than we keep", "leave it out for the whole"
            )


def _dates(draft: LoanDraft) -> Iterable[Fault]:
    if not EARLIEST <= draft.disbursed_on <= LATEST:
        yield Fault("disbursed_on", "no date of a loan", f"between {EARLIEST} and {LATEST}")
    elif draft.first_due_on is not None and not draft.disbursed_on <= draft.first_due_on <= LATEST:
        yield Fault("first_due_on", "before the money was paid out, or too far away", "check day and month")


def _rows(draft: LoanDraft) -> Iterable[Fault]:
    rows = draft.rows
    parts = [part for row in rows for part in (row.principal, row.interest, row.costs)]
    if not 1 <= len(rows) <= MOST_INSTALMENTS:
        yield Fault("rows", f"not between 1 and {MOST_INSTALMENTS}", "one row for each instalment")
    elif any(part.currency != draft.principal.currency for part in parts):
        yield Fault("rows", "another currency than the principal", f"write all in {draft.principal.currency}")
    elif any(not 0 <= part.minor <= LARGEST for part in parts):
        yield Fault("rows", "a negative part, or one larger than we keep", "check the amounts")
    elif sum(row.principal.minor for row in rows) != draft.principal.minor:
        yield Fault("rows", "the principal parts do not add up to the principal", "check the amounts")
    if any(not draft.disbursed_on <= row.due_on <= LATEST for row in rows):
        yield Fault("rows", "due before the money was paid out, or too far away", "check the due dates")
