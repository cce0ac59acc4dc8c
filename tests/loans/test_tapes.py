"""Real tapes through the pure rules. They lie beside the repository and are skipped where they are not."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dunwell.loans.model import (
    Bucket,
    Convention,
    DayCount,
    Due,
    Every,
    Method,
    Received,
    Terms,
    Unit,
    Waterfall,
)
from dunwell.loans.rules import age, annuity, schedule

DATA = Path(__file__).parents[3] / "shared" / "data"
LENDING_CLUB = DATA / "lendingclub-10k" / "loans_full_schema.csv"
SUPERLENDER = DATA / "superlender-ng" / "trainprevloans.csv"
CASES = DATA / "schedule-cases" / "schedules.json"
CONVENTIONS = {("360", "30"): DayCount.THIRTY_360, ("365", "ACTUAL"): DayCount.ACTUAL_365}
UNITS = {"DAYS": Unit.DAY, "WEEKS": Unit.WEEK, "MONTHS": Unit.MONTH}
BUCKETS = (Bucket("current", 0), Bucket("M1", 1))


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.mark.skipif(not LENDING_CLUB.exists(), reason="../shared/data/lendingclub-10k is not here")
def test_the_annuity_of_ten_thousand_consumer_loans_is_right_to_the_cent() -> None:
    with LENDING_CLUB.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    near = sum(
        abs(
            annuity(cents(row["loan_amount"]), [Decimal(row["interest_rate"]) / 1200] * int(row["term"]))
            - cents(row["installment"])
        )
        <= 1
        for row in rows
    )
    assert len(rows) == 10_000
    assert near >= 9_990


@pytest.mark.skipif(not LENDING_CLUB.exists(), reason="../shared/data/lendingclub-10k is not here")
def test_their_schedules_begin_with_that_instalment() -> None:
    with LENDING_CLUB.open(encoding="utf-8", newline="") as file:
        rows = [row for number, row in enumerate(csv.DictReader(file)) if number % 50 == 0]
    for row in rows:
        terms = Terms(
            principal=cents(row["loan_amount"]),
            annual_rate=Decimal(row["interest_rate"]) / 100,
            method=Method.EQUAL_INSTALMENT,
            day_count=DayCount.THIRTY_360,
            disbursed_on=date(2018, 1, 31),
            count=int(row["term"]),
            every=Every(),
        )
        dues = schedule(terms)
        assert abs(dues[0].total - cents(row["installment"])) <= 1
        assert sum(due.principal for due in dues) == terms.principal


@pytest.mark.skipif(not SUPERLENDER.exists(), reason="../shared/data/superlender-ng is not here")
def test_days_late_of_every_short_term_loan_follow_from_due_and_paid_date() -> None:
    """Days late = first repayment − first due date on all of them, early ones (negative) included."""
    with SUPERLENDER.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 18_183
    for number, row in enumerate(rows):
        due_on = date.fromisoformat(row["firstduedate"][:10])
        paid_on = date.fromisoformat(row["firstrepaiddate"][:10])
        due = Due(1, due_on, cents(row["totaldue"]), 0)
        payment = Received(UUID(int=number), due.total, paid_on)
        working = age([due], [payment], paid_on, Waterfall(), Convention(), BUCKETS)
        expected = (paid_on - due_on).days
        assert working.instalments[0].days_late == expected
        assert working.days_past_due == 0
        day_before = age([due], [], paid_on, Waterfall(), Convention(), BUCKETS)
        assert day_before.days_past_due == max(expected, 0)


def plain_cases() -> list[dict[str, Any]]:
    """Tables of one disbursement without a down payment, in cents, in a day count we promise."""
    if not CASES.exists():
        return []
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    return [
        case
        for case in cases
        if case["kind"] == "schedule"
        and len(case["disbursements"]) == 1
        and not case.get("down_payment_pct")
        and (case["instalment_multiple_of"] is None or case["annual_rate_pct"] == 0 == case["principal"] % 3)
        and (case["annual_rate_pct"] == 0 or (case["days_in_year"], case["days_in_month"]) in CONVENTIONS)
    ]


@pytest.mark.skipif(not CASES.exists(), reason="../shared/data/schedule-cases is not here")
@pytest.mark.parametrize("case", plain_cases(), ids=lambda case: case["id"])
def test_published_schedules_are_met_to_the_cent(case: dict[str, Any]) -> None:
    paid_out = case["disbursements"][0]
    terms = Terms(
        principal=cents(str(paid_out["amount"])),
        annual_rate=Decimal(str(case["annual_rate_pct"])) / 100,
        method=Method.EQUAL_INSTALMENT,
        day_count=CONVENTIONS.get((case["days_in_year"], case["days_in_month"]), DayCount.THIRTY_360),
        disbursed_on=date.fromisoformat(paid_out["date"]),
        count=case["n_repayments"],
        every=Every(case["repay_every"], UNITS[case["repay_unit"]]),
    )
    assert [(due.due_on.isoformat(), due.principal, due.interest) for due in schedule(terms)] == [
        (row["due_date"], cents(str(row["principal"])), cents(str(row["interest"])))
        for row in case["expected"]
    ]


def test_there_are_published_schedules_to_meet() -> None:
    assert not CASES.exists() or len(plain_cases()) >= 4
