"""Real tapes through the pure rules. They lie beside the repository and are skipped where they are not."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from dunwell.loans.model import (
    Accrual,
    Bucket,
    Clauses,
    Convention,
    DayCount,
    Due,
    Every,
    Method,
    Received,
    Terms,
    Waterfall,
)
from dunwell.loans.rules import age, annuity, schedule

DATA = Path(__file__).parents[3] / "shared" / "data"
LENDING_CLUB = DATA / "lendingclub-10k" / "loans_full_schema.csv"
SUPERLENDER = DATA / "superlender-ng" / "trainprevloans.csv"
CMBS = DATA / "sec-cmbs-monthly" / "loan_monthly.csv"
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


@pytest.mark.skipif(not CMBS.exists(), reason="../shared/data/sec-cmbs-monthly is not here")
def test_a_servicers_105_months_follow_from_one_balance() -> None:
    """Balance and rate of the first month and the instalment give every later month's interest and principal.

    Actual/360 on the days of the month before, interest only first where the loan is so. Of 27 loans 25 agree to the
    cent in every month; one (-3) repays by a table of its own, one (-49) stopped bearing interest after 80 months.
    """
    lives: dict[str, list[dict[str, str]]] = {}
    with CMBS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["scheduledInterestAmount"] and cents(
                row["reportPeriodBeginningScheduleLoanBalanceAmount"]
            ):
                lives.setdefault(row["loanID"].rpartition("-")[2], []).append(row)
    wholly, months, met = set[str](), 0, 0
    for number, rows in lives.items():
        same = [
            abs(due.interest - cents(row["scheduledInterestAmount"])) <= 1
            for due, row in zip(schedule(terms_of_months(rows)), rows, strict=False)
        ]
        months, met = months + len(same), met + sum(same)
        if all(same):
            wholly.add(number)
    assert (len(lives), months) == (27, 2720)
    assert met >= 2657
    assert lives.keys() - wholly == {"3", "49"}


def terms_of_months(rows: list[dict[str, str]]) -> Terms:
    """The contract as the first month tells it; one row more than there are months, so that none is the last."""
    first = rows[0]
    due_on = date.fromisoformat(first["reportingPeriodEndDate"]).replace(day=6)
    repays = [place for place, row in enumerate(rows) if cents(row["scheduledPrincipalAmount"])]
    instalment = cents(rows[repays[0]]["totalScheduledPrincipalInterestDueAmount"]) if repays else 1
    return Terms(
        principal=cents(first["reportPeriodBeginningScheduleLoanBalanceAmount"]),
        annual_rate=Decimal(first["reportPeriodInterestRatePercentage"]),
        method=Method.EQUAL_INSTALMENT,
        day_count=DayCount.ACTUAL_360,
        disbursed_on=due_on.replace(year=due_on.year - 1),
        count=len(rows) + 1,
        every=Every(),
        first_due_on=due_on,
        clauses=Clauses(
            interest_only=repays[0] if repays else len(rows),
            instalment=instalment,
            accrual=Accrual.PREVIOUS_MONTH,
        ),
    )
