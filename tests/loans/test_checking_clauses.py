"""Clauses that cannot be: each is named, with what to do. And how sound ones are kept."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given

from dunwell.kernel.ids import BorrowerId
from dunwell.kernel.money import LARGEST, Money
from dunwell.loans.model import (
    PLAIN,
    Accrual,
    BusinessDays,
    Clauses,
    Every,
    GivenRow,
    Keep,
    LoanDraft,
    Method,
    RateChange,
    Roll,
    Terms,
    Tranche,
    Unit,
)
from dunwell.loans.rules.checking import faults_of_loan
from dunwell.loans.rules.checking_clauses import faults_of_clauses
from dunwell.loans.rules.contract import kept_clauses, terms_of
from tests.loans.cases.terms import any_terms

DRAFT = LoanDraft(
    reference="L-1",
    borrower=BorrowerId(UUID(int=0)),
    principal=Money(1_000_00, "CNY"),
    disbursed_on=date(2024, 1, 15),
    method=Method.EQUAL_INSTALMENT,
    annual_rate=Decimal("0.12"),
    count=12,
)
ON = date(2024, 3, 1)
ROW = GivenRow(date(2024, 2, 15), Money(1_000_00, "CNY"), Money(0, "CNY"), Money(0, "CNY"))


def draft(method: Method = Method.EQUAL_INSTALMENT, **clauses: Any) -> LoanDraft:
    return replace(DRAFT, method=method, clauses=Clauses(**clauses))


@pytest.mark.parametrize(
    ("clauses", "field"),
    [
        ({"interest_only": 12}, "interest_only"),
        ({"interest_deferred": -1}, "interest_deferred"),
        ({"interest_free": 13}, "interest_free"),
        ({"amortised_over": 11}, "amortised_over"),
        ({"amortised_over": 601}, "amortised_over"),
        ({"amortised_over": 24, "balloon": 1}, "balloon"),
        ({"balloon": -1}, "balloon"),
        ({"balloon": 1_000_01}, "balloon"),
        ({"instalment": 0}, "instalment"),
        ({"multiple_of": 0}, "multiple_of"),
        ({"multiple_of": LARGEST + 1}, "multiple_of"),
        ({"down_payment": Decimal(1)}, "down_payment"),
        ({"down_payment": Decimal("NaN")}, "down_payment"),
        ({"tranches": (Tranche(ON, 0),)}, "tranches"),
        ({"tranches": (Tranche(ON, 1_000_00),)}, "tranches"),
        ({"tranches": (Tranche(date(2024, 1, 14), 1),)}, "tranches"),
        ({"tranches": (Tranche(ON, 1),) * 101}, "tranches"),
        ({"rates": (RateChange(date(2200, 1, 1), Decimal(0)),)}, "rates"),
        ({"rates": (RateChange(ON, Decimal(11)),)}, "rates"),
        ({"rates": (RateChange(ON, Decimal("NaN")),)}, "rates"),
        ({"business_days": BusinessDays(weekend=(8,))}, "business_days"),
        ({"business_days": BusinessDays(weekend=(1, 2, 3, 4, 5, 6, 7))}, "business_days"),
        (
            {"business_days": BusinessDays(holidays=tuple(ON + timedelta(days=n) for n in range(2001)))},
            "business_days",
        ),
    ],
)
def test_each_wrong_clause_is_named(clauses: dict[str, Any], field: str) -> None:
    assert [fault.field for fault in faults_of_loan(draft(**clauses))] == [f"clauses.{field}"]


@pytest.mark.parametrize(
    ("method", "clauses"),
    [
        (Method.INTEREST_FIRST, {"interest_only": 1}),
        (Method.BULLET, {"interest_deferred": 1}),
        (Method.FLAT, {"balloon": 1}),
    ],
)
def test_a_clause_that_would_be_ignored_is_refused(method: Method, clauses: dict[str, Any]) -> None:
    assert [fault.field for fault in faults_of_clauses(draft(method, **clauses))] == [
        f"clauses.{next(iter(clauses))}"
    ]


def test_a_given_schedule_has_no_clauses() -> None:
    given_rows = replace(draft(Method.AS_ON_TAPE, interest_only=1), rows=(ROW,))
    assert [fault.field for fault in faults_of_loan(given_rows)] == ["clauses"]


def test_interest_of_the_month_before_needs_monthly_instalments() -> None:
    weekly = replace(draft(accrual=Accrual.PREVIOUS_MONTH), every=Every(1, Unit.WEEK))
    assert [fault.field for fault in faults_of_clauses(weekly)] == ["clauses.accrual"]


def test_a_schedule_that_would_never_end_is_refused() -> None:
    kept = RateChange(ON, Decimal(3), Keep.INSTALMENT)
    assert [fault.field for fault in faults_of_clauses(draft(rates=(kept,)))] == ["clauses"]
    late = replace(
        draft(tranches=(Tranche(date(2199, 12, 20), 1),)),
        every=Every(12),
        count=2,
        disbursed_on=date(2196, 1, 15),
    )
    assert [fault.field for fault in faults_of_clauses(late)] == ["clauses"]


@pytest.mark.parametrize(
    "clauses",
    [
        {},
        {"interest_only": 6, "amortised_over": 360},
        {"roll": Roll.FOLLOWING, "business_days": BusinessDays(holidays=(ON,))},
        {"tranches": (Tranche(ON, 1),), "rates": (RateChange(ON, Decimal("0.2")),)},
    ],
)
def test_sound_clauses_have_no_fault(clauses: dict[str, Any]) -> None:
    assert faults_of_loan(draft(**clauses)) == ()


def test_a_plain_contract_keeps_no_clauses() -> None:
    assert kept_clauses(PLAIN) == {}


def test_clauses_are_kept_as_json() -> None:
    kept = kept_clauses(
        Clauses(
            interest_only=2,
            down_payment=Decimal("0.250"),
            tranches=(Tranche(ON, 5),),
            rates=(RateChange(ON, Decimal("0.20")),),
            business_days=BusinessDays(holidays=(ON,)),
        )
    )
    assert kept == {
        "interest_only": 2,
        "down_payment": "0.25",
        "tranches": [["2024-03-01", 5, "term"]],
        "rates": [["2024-03-01", "0.2", "term"]],
        "business_days": {"weekend": [6, 7], "holidays": ["2024-03-01"], "workdays": []},
    }


@given(any_terms())
def test_whatever_a_schedule_can_be_made_of_is_sound_or_says_why(terms: Terms) -> None:
    told = LoanDraft(
        reference="L-1",
        borrower=BorrowerId(UUID(int=0)),
        principal=Money(terms.principal, "CNY"),
        disbursed_on=terms.disbursed_on,
        method=terms.method,
        annual_rate=terms.annual_rate,
        day_count=terms.day_count,
        count=terms.count,
        every=terms.every,
        first_due_on=terms.first_due_on,
        clauses=terms.clauses,
    )
    assert terms_of(told) == terms
    assert all(fault.field.startswith("clauses") for fault in faults_of_loan(told))
