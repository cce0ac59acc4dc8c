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
    due: MoneyOut
    outstanding: MoneyOut
    settled_on: date | None

    @classmethod
    def of(cls, row: Instalment, currency: str) -> Self:
        due, paid = row
        return cls(
            due.number,
            due.due_on,
            _money(due.principal, currency),
            _money(due.interest, currency),
            _money(due.costs, currency),
            _money(due.total, currency),
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
            line.corrects,
        )


class ConventionOut(Struct, frozen=True):
    """How the tenant counts. An instalment with at most `tolerance` open counts as settled."""

    first_day: FirstDay
    grace_days: int
    after_grace: AfterGrace
    tolerance: MoneyOut
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


class WorkingPaymentOut(Struct, frozen=True):
    """One payment that was counted."""

    id: UUID
    reference: str
    amount: MoneyOut
    received_on: date


class WorkingOut(Struct, frozen=True):
    """Days past due on a day, and everything they were counted from."""

    loan: UUID
    on: date
    since: date | None
    calendar_days: int
    days_past_due: int
    bucket: str
    convention: ConventionOut
    instalments: list[WorkingLineOut]
    payments: list[WorkingPaymentOut]

    @classmethod
    def of(cls, answer: LoanWorking) -> Self:
        working, currency = answer.working, answer.currency
        rule = working.convention
        return cls(
            loan=answer.loan,
            on=working.on,
            since=working.since,
            calendar_days=working.calendar_days,
            days_past_due=working.days_past_due,
            bucket=working.bucket,
            convention=ConventionOut(
                rule.first_day,
                rule.grace_days,
                rule.after_grace,
                _money(rule.tolerance, currency),
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
                )
                for line in working.instalments
            ],
            payments=[
                WorkingPaymentOut(each.id, each.reference, _money(each.amount, currency), each.received_on)
                for each in working.payments
            ],
        )


def _money(minor: int, currency: str) -> MoneyOut:
    return MoneyOut.of(Money(minor, currency))
