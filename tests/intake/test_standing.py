"""Rows of a tape that tell how a loan stands, and the real tapes read to their last row."""

import csv
from collections import Counter
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.intake.model import TapeLoan, WrongCell
from dunwell.intake.profile_files import builtin
from dunwell.intake.rules.drafts import finished, loan_draft
from dunwell.intake.rules.standing import condensed
from dunwell.kernel.ids import BorrowerId
from dunwell.loans.use_cases import check_loan
from tests.builders.tapes import a_profile, a_row, a_table, csv_text, read_tape, real_tape

NOBODY = BorrowerId(UUID(int=0))


def one(row: dict[str, str], **profile: object) -> TapeLoan:
    loans, problems = read_tape(a_profile(**profile), csv_text([row], list(row)).encode())
    assert not problems, problems
    return loans[0]


def loan_cells(**changes: object) -> dict[str, object]:
    loan = a_table()["loan"]
    return {**loan, **changes}


def value(cell: object, row: dict[str, str], field: str = "principal") -> object:
    told = one({**a_row(), **row}, loan=loan_cells(**{field: cell}))
    return told.loan.get(field)


def balance_loan(balance: str, **standing: object) -> TapeLoan:
    row = {**a_row(amount="1200.00", out="2026-01-10"), "balance": balance}
    loan = loan_cells(
        instalment={"value": "100.00"}, annual_rate={"value": "0.12"}, matures_on={"value": "2027-01-10"}
    )
    told = {"as_of": {"value": "2026-06-30"}, "balance": "balance"} | standing
    return one(row, loan=loan, standing=told, instalment=[], payment=[])


@pytest.mark.parametrize(
    ("standing", "first"),
    [
        ({}, date(2026, 7, 10)),
        ({"days_past_due": {"value": "0"}}, date(2026, 7, 10)),
        ({"days_past_due": {"value": "31"}}, date(2026, 5, 30)),
        ({"past_due_since": {"value": "2026-04-10"}}, date(2026, 4, 10)),
        ({"paid_through": {"value": "2026-03-10"}}, date(2026, 4, 10)),
        ({"paid_through": {"value": "2026-06-10"}}, date(2026, 7, 10)),
    ],
)
def test_a_balance_stands_where_the_tape_says(standing: dict[str, object], first: date):
    rows, [opening] = condensed(balance_loan("700.00", **standing))
    assert (rows[0].due_on, rows[0].principal) == (date(2026, 1, 10), 50000)
    assert (opening.paid_on, opening.minor) == (date(2026, 6, 30), 50000)
    assert rows[1].due_on == first
    assert rows[1].total == 10000
    assert sum(row.principal for row in rows) == 120000
    assert rows[-1].due_on <= date(2027, 1, 30)


@pytest.mark.parametrize(
    ("standing", "paid"),
    [
        ({"days_past_due": {"value": "0"}}, 30000),
        ({"days_past_due": {"value": "30"}}, 20000),
        ({"days_past_due": {"value": "16"}}, 20000),
        ({"days_past_due": {"value": "90"}}, 0),
        ({"paid_through": {"value": "2026-04-01"}}, 20000),
        ({"past_due_since": {"value": "2026-04-01"}}, 10000),
    ],
)
def test_a_schedule_is_as_late_as_the_tape_says(standing: dict[str, object], paid: int):
    told = finished(
        one(
            a_row(amount="400.00", out="2026-02-01", due="2026-03-01"),
            instalment=[{"due_on": "due", "principal": "amount", "count": {"value": "4"}}],
            standing={"as_of": {"value": "2026-05-31"}, **standing},
            payment=[],
        )
    )
    assert isinstance(told, TapeLoan)
    assert sum(each.minor for each in told.payments) == paid
    assert all(each.paid_on == date(2026, 5, 31) for each in told.payments)


def test_lateness_that_nothing_could_show_is_a_problem():
    loan = loan_cells(
        method={"value": "equal_instalment"}, annual_rate={"value": "0.1"}, instalments={"value": "12"}
    )
    told = one(a_row(), loan=loan, instalment=[], payment=[], standing={"days_past_due": {"value": "40"}})
    problems = finished(told)
    assert not isinstance(problems, TapeLoan)
    assert [each.column for each in problems] == ["standing.balance"]


def test_a_balance_above_the_principal_is_a_problem():
    with pytest.raises(WrongCell):
        condensed(balance_loan("1200.01"))


@given(st.integers(min_value=0, max_value=120_000), st.integers(min_value=0, max_value=160))
def test_no_balance_is_lost_or_stretched(balance: int, late: int):
    told = balance_loan(f"{balance / 100:.2f}", days_past_due={"value": str(late)})
    rows, payments = condensed(told)
    assert sum(row.principal for row in rows) == 120_000
    assert sum(each.minor for each in payments) == 120_000 - balance
    assert all(row.interest >= 0 and row.principal >= 0 for row in rows)
    assert [row.due_on for row in rows] == sorted(row.due_on for row in rows)


REAL = {"superlender-ng": (18_178, 5), "lendingclub-10k": (10_000, 0), "loan-payments-500": (500, 0)}


@pytest.mark.parametrize("name", REAL)
def test_a_real_tape_is_read_to_its_last_row(name: str):
    loans, problems = read_tape(builtin(name), real_tape(name).read_bytes())
    assert (len(loans), len(problems)) == REAL[name]
    drafts = [finished(loan) for loan in loans[::10]]
    assert all(isinstance(each, TapeLoan) and not check_loan(loan_draft(each, NOBODY)) for each in drafts)


def test_superlender_tells_of_each_first_payment_on_its_day():
    loans, _ = read_tape(builtin("superlender-ng"), real_tape("superlender-ng").read_bytes())
    late = sum(each.payments[0].paid_on > each.instalments[0].due_on for each in loans)
    assert round(late / len(loans), 3) == 0.174
    assert all(
        sum(pay.minor for pay in each.payments) == sum(row.total for row in each.instalments)
        for each in loans
    )


def test_collection_days_are_the_tapes_own():
    content = real_tape("loan-payments-500").read_bytes()
    loans, _ = read_tape(builtin("loan-payments-500"), content)
    lines = dict(enumerate(content.decode().splitlines(), 1))
    same = 0
    for each in loans:
        told = lines[each.line].split(",")[7]
        if each.payments and told:
            same += (each.payments[0].paid_on - each.instalments[0].due_on).days == int(float(told))
    assert same >= 299


MONTHS_BEHIND = {"0": range(-99, 1), "B": range(1, 2), "1": range(2, 3), "2": range(3, 4), "3": range(4, 99)}


def test_the_servicers_status_follows_from_the_date_we_count_from():
    content = real_tape("sec-cmbs-monthly").read_bytes()
    loans, problems = read_tape(builtin("sec-cmbs-monthly"), content)
    assert (len(loans), problems) == (2835, [])
    checked = Counter[str]()
    for told, row in zip(loans, csv.DictReader(content.decode().splitlines()), strict=True):
        status, loan = row["paymentStatusLoanCode"], finished(told)
        if not status or not isinstance(loan, TapeLoan) or told.standing["balance"] == 0:
            continue
        first = loan.instalments[1 if loan.payments else 0]
        on = told.told_on or date.max
        behind = (on.year - first.due_on.year) * 12 + on.month - first.due_on.month + 1
        assert behind in MONTHS_BEHIND[status], (told.line, status, first.due_on, on)
        checked[status] += 1
    assert sum(checked.values()) > 2700
    assert set(checked) == set(MONTHS_BEHIND)
