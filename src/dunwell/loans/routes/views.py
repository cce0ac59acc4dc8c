"""What is derived from a loan, as JSON: schedule, ledger, days past due with their working."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from msgspec import Struct

from dunwell.kernel.money import Money
from dunwell.loans.model import (
    Account,
    AfterGrace,
    EntryKind,
    FirstDay,
    Instalment,
    Loan,
    LoanWorking,
    Posting,
)
from dunwell.web.shapes import MoneyOut


class InstalmentOut(Struct, frozen=True):
    """What falls due by component, what of it is open, and the day it was settled."""

    number: int
    due_on: date
    principal: MoneyOut
    interest: MoneyOut
    costs: MoneyOut
    fees: MoneyOut
    penalties: MoneyOut
    due: MoneyOut
    waived: MoneyOut
    outstanding: MoneyOut
    settled_on: date | None

    @classmethod
    def of(cls, row: Instalment, currency: str) -> Self:
        due, paid, waived = row
        return cls(
            due.number,
            due.due_on,
            _money(due.principal, currency),
            _money(due.interest, currency),
            _money(due.costs, currency),
            _money(due.fees, currency),
            _money(due.penalties, currency),
            _money(due.total, currency),
            _money(waived.total, currency),
            _money(row.outstanding, currency),
            paid.settled_on,
        )


class ScheduleOut(Struct, frozen=True):
    """All instalments of the terms in force."""

    loan: UUID
    terms_version: int
    items: list[InstalmentOut]

    @classmethod
    def of(cls, found: tuple[Loan, list[Instalment]]) -> Self:
        loan, rows = found
        currency = loan.principal.currency
        return cls(loan.id, loan.terms_version, [InstalmentOut.of(row, currency) for row in rows])


class PostingOut(Struct, frozen=True):
    """One line of the ledger; plus is a debit. `corrects` names the entry it mends."""

    id: int
    entry: UUID
    kind: EntryKind
    account: Account
    amount: MoneyOut
    value_on: date
    booked_at: datetime
    instalment: int | None
    payment: UUID | None
    happening: UUID | None
    corrects: UUID | None

    @classmethod
    def of(cls, line: Posting) -> Self:
        return cls(
            line.id,
            line.entry,
            line.kind,
            line.account,
            MoneyOut.of(line.amount),
            line.value_on,
            line.booked_at,
            line.instalment,
            line.payment,
            line.happening,
            line.corrects,
        )


class ConventionOut(Struct, frozen=True):
    """How the tenant counts. An instalment with at most `tolerance` open counts as settled.

    `roll`: a due date that is no business day counts as the next one.
    """

    first_day: FirstDay
    grace_days: int
    after_grace: AfterGrace
    tolerance: MoneyOut
    roll: bool
    instalment_grace: bool
    rules_version: int


class WorkingLineOut(Struct, frozen=True):
    """One instalment on that day. `days_late` is negative for one settled (or looked at) before it fell due."""

    number: int
    due_on: date
    due: MoneyOut
    outstanding: MoneyOut
    settled_on: date | None
    days_late: int
    counts: bool
    days_past_due: int
    bucket: str


class PauseSpanOut(Struct, frozen=True):
    """From the end of `starts_on` to the end of `ends_on` being late was not counted."""

    starts_on: date
    ends_on: date | None


class WorkingPaymentOut(Struct, frozen=True):
    """One payment that was counted."""

    id: UUID
    reference: str
    amount: MoneyOut
    received_on: date


class WorkingOut(Struct, frozen=True):
    """Days past due on a day, and everything they were counted from.

    `calendar_days` is the plain distance from `since`; `days_past_due` is counted from `counted_from` (the due date,
    rolled), less `paused_days`, after the grace, which was used up on `delinquent_since`.
    """

    loan: UUID
    on: date
    since: date | None
    counted_from: date | None
    delinquent_since: date | None
    calendar_days: int
    paused_days: int
    days_past_due: int
    bucket: str
    overdue: MoneyOut
    convention: ConventionOut
    instalments: list[WorkingLineOut]
    payments: list[WorkingPaymentOut]
    pauses: list[PauseSpanOut]

    @classmethod
    def of(cls, answer: LoanWorking) -> Self:
        working, currency = answer.working, answer.currency
        rule = working.convention
        return cls(
            loan=answer.loan,
            on=working.on,
            since=working.since,
            counted_from=working.counted_from,
            delinquent_since=working.delinquent_since,
            calendar_days=working.calendar_days,
            paused_days=working.paused_days,
            days_past_due=working.days_past_due,
            bucket=working.bucket,
            overdue=_money(working.overdue, currency),
            convention=ConventionOut(
                rule.first_day,
                rule.grace_days,
                rule.after_grace,
                _money(rule.tolerance, currency),
                rule.business_days is not None,
                rule.instalment_grace,
                answer.rules_version,
            ),
            instalments=[
                WorkingLineOut(
                    line.number,
                    line.due_on,
                    _money(line.due, currency),
                    _money(line.outstanding, currency),
                    line.settled_on,
                    line.days_late,
                    line.counts,
                    line.days_past_due,
                    line.bucket,
                )
                for line in working.instalments
            ],
            payments=[
                WorkingPaymentOut(each.id, each.reference, _money(each.amount, currency), each.received_on)
                for each in working.payments
            ],
            pauses=[PauseSpanOut(span.starts_on, span.ends_on) for span in working.pauses],
        )


def _money(minor: int, currency: str) -> MoneyOut:
    return MoneyOut.of(Money(minor, currency))
