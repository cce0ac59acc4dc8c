"""Loans, sensible by default: `await a_loan(tx, …)` reads as a sentence."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from dunwell.kernel.calendar import add_months
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    DayCount,
    Every,
    LoanDraft,
    Method,
    Receipt,
    RecordPayment,
    Terms,
)
from dunwell.loans.use_cases import record_payment, save_loan
from dunwell.storage.tenant import TenantTx
from tests.builders.borrowers import a_borrower

TERMS: Final = Terms(
    principal=1_200_00,
    annual_rate=Decimal(0),
    method=Method.EQUAL_INSTALMENT,
    day_count=DayCount.THIRTY_360,
    disbursed_on=date(2024, 1, 15),
    count=12,
    every=Every(),
)


def some_terms(terms: Terms = TERMS, **changes: Any) -> Terms:
    """1,200.00 lent on 15 January 2024, repaid in twelve months without interest, unless told otherwise."""
    return replace(terms, **changes)


DRAFT: Final = LoanDraft(
    reference="L-1",
    borrower=BorrowerId(UUID(int=0)),
    principal=Money(1_200_00, "CNY"),
    disbursed_on=date(2024, 1, 15),
    method=Method.EQUAL_INSTALMENT,
    count=12,
)


def a_draft(**changes: Any) -> LoanDraft:
    """The loan of `some_terms` as a lender sends it; the borrower is nobody until one is named."""
    return replace(DRAFT, **changes)


async def a_loan(tx: TenantTx, *, days_late: int | None = None, **changes: Any) -> LoanId:
    """A saved loan of a borrower of its own; `days_late=31`: its first instalment fell due 31 days ago."""
    if days_late is not None:
        first = tx.today - timedelta(days=days_late)
        changes = {"disbursed_on": add_months(first, -1), "first_due_on": first} | changes
    given = {"reference": f"L-{uuid4().hex[:12]}"} | changes
    if "borrower" not in given:
        given["borrower"] = await a_borrower(tx)
    saved = await save_loan(tx, a_draft(**given))
    assert saved.id is not None, saved.faults
    return saved.id


async def pay(tx: TenantTx, loan: LoanId, minor: int, on: date | None = None, **changes: Any) -> Receipt:
    """A payment in the loan's usual currency, received today unless told otherwise."""
    given = {"reference": f"P-{uuid4().hex[:12]}", "amount": Money(minor, "CNY")} | changes
    return await record_payment(tx, RecordPayment(loan=loan, received_on=on or tx.today, **given))
