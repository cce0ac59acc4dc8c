"""Loans, sensible by default: `await a_loan(tx, …)` reads as a sentence."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from dunwell.kernel.ids import BorrowerId
from dunwell.kernel.money import Money
from dunwell.loans.model import DayCount, Every, LoanDraft, Method, Terms

TERMS: Final = Terms(
    principal=1_200_00,
    annual_rate=Decimal(0),
    method=Method.EQUAL_INSTALMENT,
    day_count=DayCount.THIRTY_360,
    disbursed_on=date(2024, 1, 15),
    count=12,
    every=Every(),
)


def some_terms(terms: Terms = TERMS, **changes: Any) -> Terms:  # noqa: ANN401 - any field of the terms
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


def a_draft(**changes: Any) -> LoanDraft:  # noqa: ANN401 - any field of the draft
    """The loan of `some_terms` as a lender sends it; the borrower is nobody until one is named."""
    return replace(DRAFT, **changes)
