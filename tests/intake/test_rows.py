"""What rows say: real tapes read to the last row, and every way a profile can put a value together."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from dunwell.borrowers.model import BorrowerDraft, Home
from dunwell.intake.model import TapeLoan
from dunwell.intake.rules.drafts import borrower_draft, finished, loan_draft
from dunwell.intake.rules.rows import digest
from dunwell.kernel.ids import BorrowerId
from dunwell.loans.model import Every, Method, Unit
from dunwell.loans.use_cases import check_loan
from tests.builders.tapes import a_profile, a_row, a_table, csv_bytes, csv_text, read_tape

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


@pytest.mark.parametrize(
    ("cell", "row", "minor"),
    [
        ({"sum": ["a", "b"]}, {"a": "1.50", "b": "2"}, 350),
        ({"sum": ["a", "b"]}, {"a": "", "b": "2"}, 200),
        ({"minus": ["a", "b", "b"]}, {"a": "10", "b": "2"}, 600),
        ({"first": ["a", "b"]}, {"a": "", "b": "2"}, 200),
        ({"first": ["a", {"value": "7"}]}, {"a": ""}, 700),
        ({"column": "a", "default": "9.99"}, {"a": ""}, 999),
        ({"column": "a", "negate": True}, {"a": "-5"}, 500),
        ({"column": "a", "remove": ["CNY", "元"]}, {"a": "CNY 5元"}, 500),
        ({"column": "a", "missing": ["n/a"], "default": "1"}, {"a": "n/a"}, 100),
        ({"column": "a", "map": {"small": "100", "big": "900"}}, {"a": "big"}, 90000),
        ({"column": "a", "map": {"x": "1"}, "otherwise": "2"}, {"a": "y"}, 200),
        (
            {"first": [{"column": "a", "only_if": {"column": "b", "in": "yes"}}, {"value": "1"}]},
            {"a": "5", "b": "no"},
            100,
        ),
        ({"column": "a", "only_if": [{"column": "b", "positive": True}]}, {"a": "5", "b": "0.10"}, 500),
    ],
)
def test_a_value_is_put_together_as_the_profile_says(cell: object, row: dict[str, str], minor: int):
    assert value(cell, row) == minor


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ({"column": "a", "plus_days": 14}, date(2026, 2, 14)),
        ({"column": "a", "plus_months": 1}, date(2026, 2, 28)),
        ({"column": "a", "plus_months": "b"}, date(2026, 4, 30)),
        ({"column": "a", "plus_days": {"column": "b"}, "plus_months": 1}, date(2026, 3, 3)),
    ],
)
def test_a_date_may_be_moved(cell: object, day: date):
    assert value(cell, {"a": "2026-01-31", "b": "3", "out": "2026-01-01"}, "first_due_on") == day


@pytest.mark.parametrize(
    ("method", "expected"), [(each, each) for each in Method if each is not Method.AS_ON_TAPE]
)
def test_each_repayment_method_makes_a_sound_draft(method: Method, expected: Method):
    loan = loan_cells(
        method={"value": str(method)},
        annual_rate={"value": "12", "unit": "percent"},
        instalments={"value": "12"},
        first_due_on={"column": "out", "plus_months": 1},
    )
    told = finished(one(a_row(), loan=loan, instalment=[], payment=[]))
    assert isinstance(told, TapeLoan)
    draft = loan_draft(told, NOBODY)
    assert (draft.method, draft.count, draft.annual_rate) == (expected, 12, Decimal("0.12"))
    assert check_loan(draft) == ()


def test_steps_may_be_days():
    loan = loan_cells(
        method={"value": "equal_principal"},
        annual_rate={"value": "0"},
        instalments={"value": "4"},
        every_days={"value": "14"},
    )
    told = one(a_row(), loan=loan, instalment=[], payment=[])
    assert loan_draft(told, NOBODY).every == Every(14, Unit.DAY)


def test_a_loan_without_schedule_and_method_is_a_problem_and_not_a_guess():
    told = finished(one(a_row(), instalment=[], payment=[]))
    assert not isinstance(told, TapeLoan)
    assert {each.column for each in told} == {"loan.method", "loan.instalments", "loan.annual_rate"}


def test_instalments_may_stand_side_by_side():
    row = {
        **a_row(amount="300"),
        "d1": "2026-03-01",
        "p1": "100",
        "d2": "2026-04-01",
        "p2": "200",
        "d3": "",
        "p3": "",
    }
    told = one(row, instalment=[{"due_on": f"d{n}", "principal": f"p{n}"} for n in (1, 2, 3)])
    assert [(each.due_on.month, each.total) for each in told.instalments] == [(3, 10000), (4, 20000)]


def test_the_first_and_the_rest_of_a_schedule_may_be_what_a_payment_settles():
    told = one(
        {**a_row(total="100.01", amount="100.00"), "closed": "2026-04-15", "paid_on": "2026-03-02"},
        instalment=[{"due_on": "due", "principal": "amount", "total": "total", "count": {"value": "3"}}],
        payment=[
            {"name": "a", "paid_on": "paid_on", "settles": "first"},
            {"name": "b", "paid_on": "closed", "settles": "rest"},
        ],
    )
    assert [each.total for each in told.instalments] == [3335, 3333, 3333]
    assert [(each.slot, each.minor) for each in told.payments] == [("a", 3335), ("b", 6666)]


def test_rows_may_be_left_out():
    rows = [a_row(1), a_row(2, amount="0"), a_row(3, customer="test")]
    keep = [{"column": "amount", "positive": True}, {"column": "customer", "not_in": ["test"]}]
    loans, problems = read_tape(a_profile(keep=keep), csv_bytes(*rows))
    assert ([loan.reference for loan in loans], problems) == (["L-1"], [])


def test_every_fault_of_a_row_is_told_at_once():
    _, problems = read_tape(a_profile(), csv_bytes(a_row(amount="-1", out="1900-01-01", phone="x\x01")))
    assert [each.column for each in problems] == ["phone", "out", "principal"]


def test_a_personal_value_is_shown_by_its_shape():
    _, [problem] = read_tape(a_profile(), csv_bytes(a_row(phone="13800138000\x01")))
    assert problem.value == "99999999999\x01"
    assert "138" not in problem.value


def problems_of(row: dict[str, str], **profile: object) -> list[tuple[str, str]]:
    _, problems = read_tape(a_profile(**profile), csv_text([row], list(row)).encode())
    return [(each.column, each.problem) for each in problems]


NEGATIVE = {"due_on": "due", "interest": {"value": "2000"}, "total": "total"}
LATE = {"value": "2199-12-31", "plus_days": 1}
ONE = {"due_on": "due", "principal": "amount", "total": "total"}


@pytest.mark.parametrize(
    ("changes", "profile", "column", "problem"),
    [
        ({"ref": "x" * 501}, {}, "ref", "longer than 500 characters"),
        ({"ref": ""}, {}, "ref", "empty"),
        ({"customer": ""}, {}, "customer", "empty"),
        ({"ref": "a\x02"}, {}, "ref", "control characters"),
        ({}, {"loan": loan_cells(method={"column": "ref"})}, "ref", "not a word we know"),
        ({}, {"loan": loan_cells(product={"column": "ref", "map": {"a": "b"}})}, "ref", "does not map"),
        ({}, {"loan": loan_cells(currency={"column": "paid"})}, "paid", "empty"),
        ({}, {"loan": loan_cells(first_due_on={"value": "2026-01-01"})}, "loan.first_due_on", "before the loan"),
        (
            {},
            {"loan": loan_cells(first_due_on="due", matures_on={"value": "2026-02-02"})},
            "loan.matures_on",
            "before the first instalment",
        ),
        ({"amount": "0"}, {}, "loan.principal", "zero"),
        ({"paid": "-1", "paid_on": "2026-03-01"}, {}, "payment.one", "below zero"),
        ({}, {"instalment": [{**ONE, "count": {"value": "0"}}]}, "instalment.count", "not 1 to"),
        ({}, {"instalment": [{**ONE, "interest": {"value": "60"}}]}, "instalment.total", "not the sum"),
        ({}, {"instalment": [{"due_on": "due", "principal": "paid"}]}, "instalment.principal", "empty"),
        ({}, {"instalment": [NEGATIVE]}, "instalment.total", "below zero"),
        ({}, {"loan": loan_cells(disbursed_on=LATE)}, "loan.disbursed_on", "outside"),
        ({}, {"loan": loan_cells(disbursed_on=LATE | {"plus_months": 99999})}, "loan.disbursed_on", "too many"),
        ({}, {"loan": loan_cells(disbursed_on=LATE | {"plus_days": 999999999})}, "loan.disbursed_on", "too many"),
        ({}, {"loan": loan_cells(every_months={"value": "13"})}, "every_months", "above 12"),
        ({}, {"standing": {"days_past_due": {"value": "99999"}}}, "days_past_due", "above 20000"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_column(
    changes: dict[str, str], profile: dict[str, object], column: str, problem: str
):
    [(found, words), *_] = problems_of({**a_row(), **changes}, **profile)
    assert (found, problem in words) == (column, True), words


def test_a_word_may_mean_nothing_and_a_date_that_is_not_there_is_not_moved():
    cell = {"column": "ref", "map": {"L-1": ""}}
    told = one(a_row(), loan=loan_cells(product=cell, first_due_on={"column": "paid_on", "plus_days": 3}))
    assert set(told.loan) == {"principal", "disbursed_on"}
    steps = {"column": "out", "plus_months": {"column": "paid"}}
    assert "first_due_on" not in one(a_row(), loan=loan_cells(first_due_on=steps)).loan
    assert value({"minus": ["paid", "amount"], "default": "3"}, {}) == 300
    assert value({"column": "paid", "negate": True, "default": "3"}, {}) == 300
    assert value({"column": "a", "at_least": 5}, {"a": "2"}, "grace_days") == 5


def test_an_interest_column_leaves_the_principal_to_the_total():
    told = one(a_row(), instalment=[{"due_on": "due", "interest": {"value": "50"}, "total": "total"}])
    assert told.instalments[0].principal == 100_000


def test_an_instalment_without_a_date_is_none_and_a_payment_may_be_conditional():
    row = a_row(due="", paid="5", paid_on="2026-03-01")
    payment = [
        {"name": "a", "paid_on": "paid_on", "amount": "paid", "only_if": {"column": "ref", "in": "other"}},
        {"name": "b", "paid_on": "paid_on", "settles": "first"},
        {"name": "c", "paid_on": "paid_on", "amount": "paid", "reference": "ref"},
    ]
    told = one(row, payment=payment)
    assert told.instalments == ()
    assert [(each.slot, each.reference) for each in told.payments] == [("c:L-1", "L-1/c:L-1")]


def test_a_conditions_word_for_nothing_counts_as_empty():
    rows = [a_row(1, paid="NA"), a_row(2, paid="")]
    assert (
        read_tape(a_profile(missing=["", "NA"], keep={"column": "paid", "empty": False}), csv_bytes(*rows))[0]
        == []
    )


def test_a_loan_needs_the_day_it_was_paid_out():
    told = finished(one(a_row(out="")))
    assert not isinstance(told, TapeLoan)
    assert told[0].column == "loan.disbursed_on"


def test_a_standing_needs_its_day():
    told = finished(one(a_row(), standing={"balance": "amount"}, instalment=[], payment=[]))
    assert not isinstance(told, TapeLoan)
    assert told[0].column == "standing.as_of"


def test_what_the_books_say_beside_the_schedule_is_kept_to_be_read():
    told = one(
        a_row(),
        latest_by="out",
        loan=loan_cells(grace_days={"value": "3"}),
        standing={"status": {"value": "collection"}, "overdue": {"value": "12.30"}, "closed_on": "due"},
    )
    assert loan_draft(told, NOBODY).attributes == {
        "status": "collection",
        "overdue": "12.30",
        "closed_on": "2026-03-01",
        "told_on": "2026-02-01",
        "grace_days": "3",
    }


def test_several_numbers_may_stand_in_one_cell():
    told = one(a_row(phone="13800138000; 13800138001"))
    draft = borrower_draft(told, Home("CN", "Asia/Shanghai", "zh"))
    assert isinstance(draft, BorrowerDraft)
    assert draft.phones == ("+8613800138000", "+8613800138001")
    wrong = borrower_draft(one(a_row(phone="12")), Home("CN", "Asia/Shanghai", "zh"))
    assert not isinstance(wrong, BorrowerDraft)
    assert (wrong[0].column, wrong[0].value) == ("borrower.phone", "99")


@pytest.mark.parametrize("code", ["XYZ", "cny", "RMB", "12"])
def test_an_unknown_currency_is_named(code: str):
    _, [problem] = read_tape(
        a_profile(loan=loan_cells(currency="cur")),
        csv_text([{**a_row(), "cur": code}], [*a_row(), "cur"]).encode(),
    )
    assert (problem.column, problem.value, problem.problem) == ("cur", code, "unknown currency")


def test_the_content_of_a_row_is_told_apart_and_its_place_is_not():
    first, second = one(a_row()), one(a_row(total="1051"))
    moved = read_tape(a_profile(), csv_bytes(a_row(9), a_row()))[0][1]
    assert digest(first) == digest(moved)
    assert digest(first) != digest(second)
