"""What is refused before anything is looked up: each wrong field is named, with what to do."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import LARGEST, Money
from dunwell.loans.model import Every, GivenRow, LoanDraft, Method, RecordPayment, Unit
from dunwell.loans.rules import faults_of_loan, faults_of_payment
from tests.builders.loans import a_draft

TODAY = date(2024, 6, 1)
PAYMENT = RecordPayment(LoanId(UUID(int=1)), "p-1", Money(100, "CNY"), TODAY)


def row(due_on: date, principal: int, interest: int = 0, currency: str = "CNY") -> GivenRow:
    return GivenRow(due_on, Money(principal, currency), Money(interest, currency), Money(0, currency))


TAPE = a_draft(
    method=Method.AS_ON_TAPE,
    principal=Money(300, "CNY"),
    rows=(row(date(2024, 2, 15), 100, 5), row(date(2024, 3, 15), 200)),
)


@pytest.mark.parametrize(
    "draft", [a_draft(), TAPE, a_draft(count=1, method=Method.BULLET), a_draft(reference="贷 1")]
)
def test_a_sound_draft_has_no_fault(draft: LoanDraft) -> None:
    assert faults_of_loan(draft) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reference": " "}, "reference"),
        ({"reference": "x" * 201}, "reference"),
        ({"reference": "a\nb"}, "reference"),
        ({"product": "x" * 501}, "attributes"),
        ({"attributes": {"branch": "a\x00b"}}, "attributes"),
        ({"attributes": {"branch": "\ud800"}}, "attributes"),
        ({"principal": Money(0, "CNY")}, "principal"),
        ({"principal": Money(-1, "CNY")}, "principal"),
        ({"principal": Money(LARGEST + 1, "CNY")}, "principal"),
        ({"annual_rate": Decimal("-0.01")}, "annual_rate"),
        ({"annual_rate": Decimal(11)}, "annual_rate"),
        ({"annual_rate": Decimal("NaN")}, "annual_rate"),
        ({"annual_rate": Decimal("0.123456789")}, "annual_rate"),
        ({"disbursed_on": date(1900, 1, 1)}, "disbursed_on"),
        ({"disbursed_on": date(2200, 1, 1)}, "disbursed_on"),
        ({"first_due_on": date(2024, 1, 14)}, "first_due_on"),
        ({"first_due_on": date(2200, 1, 1)}, "first_due_on"),
        ({"count": 0}, "count"),
        ({"count": 601}, "count"),
        ({"count": 600, "every": Every(12)}, "count"),
        ({"every": Every(0)}, "every"),
        ({"every": Every(367, Unit.DAY)}, "every"),
        ({"rows": (row(date(2024, 2, 15), 120000),)}, "rows"),
    ],
)
def test_each_wrong_term_is_named(changes: dict[str, Any], field: str) -> None:
    assert [fault.field for fault in faults_of_loan(replace(a_draft(), **changes))] == [field]


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (row(date(2024, 2, 15), 1),) * 601,
        (row(date(2024, 2, 15), 299),),
        (row(date(2024, 2, 15), 301), row(date(2024, 3, 15), -1)),
        (row(date(2024, 2, 15), 300, LARGEST + 1),),
        (row(date(2024, 2, 15), 300, currency="USD"),),
        (row(date(2024, 1, 14), 300),),
        (row(date(2200, 1, 14), 300),),
    ],
)
def test_rows_that_cannot_be(rows: tuple[GivenRow, ...]) -> None:
    assert {fault.field for fault in faults_of_loan(replace(TAPE, rows=rows))} == {"rows"}


def test_a_sound_payment_has_no_fault() -> None:
    assert faults_of_payment(PAYMENT, TODAY) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reference": ""}, "reference"),
        ({"amount": Money(0, "CNY")}, "amount"),
        ({"amount": Money(-5, "CNY")}, "amount"),
        ({"amount": Money(LARGEST + 1, "CNY")}, "amount"),
        ({"received_on": TODAY + timedelta(days=1)}, "received_on"),
        ({"received_on": date(1900, 1, 1)}, "received_on"),
    ],
)
def test_each_wrong_part_of_a_payment_is_named(changes: dict[str, Any], field: str) -> None:
    assert [fault.field for fault in faults_of_payment(replace(PAYMENT, **changes), TODAY)] == [field]
