"""Published schedules, met to the cent: whole tables, totals, due dates, accruals, instalments, time values."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from dunwell.loans.rules import time_value
from dunwell.loans.rules.calendar import due_dates, year_fraction
from dunwell.loans.rules.schedule import interest, schedule
from tests.loans.cases.published import (
    SCHEDULES,
    cases,
    cents,
    expected,
    first_schedules,
    fraction,
    rows_of,
    span,
    terms_of,
)

pytestmark = pytest.mark.skipif(not SCHEDULES.exists(), reason="../shared/data/schedule-cases is not here")
KINDS = ("schedule", "schedule_totals", "due_dates", "accrual", "instalment", "tvm")


def each(kind: str) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("case", cases(kind), ids=lambda case: case["id"])


def test_there_is_no_kind_of_case_we_do_not_try() -> None:
    assert {case["kind"] for case in json.loads(SCHEDULES.read_text(encoding="utf-8"))} == set(KINDS)


@each("schedule")
def test_a_table(case: dict[str, Any]) -> None:
    terms = terms_of(case)
    assert rows_of(terms, schedule(terms)) == expected(case)


@each("schedule_totals")
def test_totals(case: dict[str, Any]) -> None:
    """Totals and rows are told in whole units, each rounded by itself."""
    dues, left, rows = schedule(terms_of(case)), cents(case["principal"]), dict[int, dict[str, int]]()
    for due in dues:
        left -= due.principal
        rows[due.number] = {
            "principal": round(due.principal / 100),
            "interest": round(due.interest / 100),
            "balance": round(left / 100),
        }
    totals = {
        "instalment": dues[0].total // 100,
        "interest": round(sum(due.interest for due in dues) / 100),
        "payment": round(sum(due.total for due in dues) / 100),
        "principal": round(sum(due.principal for due in dues) / 100),
        "periods": len(dues),
    }
    assert {name: totals[name] for name in case["expected_totals"]} == case["expected_totals"]
    for row in case.get("expected_rows_rounded_to_units", ()):
        told = {name: value for name, value in row.items() if name != "nr"}
        assert {name: rows[row["nr"]][name] for name in told} == told


@each("due_dates")
def test_dates(case: dict[str, Any]) -> None:
    days = due_dates(terms_of({"principal": 1, **case}))
    assert {number: days[int(number) - 1].isoformat() for number in case["expected"]} == case["expected"]


@each("accrual")
def test_interest_between_two_days(case: dict[str, Any]) -> None:
    rate = Decimal(str(case["annual_rate_pct"])) / 100
    assert interest(cents(case["principal"]), rate, year_fraction(*span(case))) == cents(
        case["expected_interest"]
    )


@each("instalment")
def test_an_instalment(case: dict[str, Any]) -> None:
    assert schedule(terms_of(case))[0].total == cents(case["expected"])


@each("tvm")
def test_a_time_value(case: dict[str, Any]) -> None:
    """To every digit that is told, and to eight decimals where more are: the published ones are doubles."""
    function = getattr(time_value, case["fn"])
    found = [function(**each) for each in one_by_one(case["args"])]
    told = case["expected"] if isinstance(case["expected"], list) else [case["expected"]]
    for ours, theirs in zip(found, told, strict=True):
        digits = min(max(-int(Decimal(theirs).as_tuple().exponent), 0), 8)
        assert round(ours, digits) == round(Decimal(theirs), digits)


def one_by_one(args: dict[str, Any]) -> list[dict[str, Any]]:
    """An argument that is a list asks for one value each; hints for a search are not needed."""
    args = {name: value for name, value in args.items() if name not in {"guess", "tol", "maxiter"}}
    many = max([len(value) for value in args.values() if isinstance(value, list)], default=1)
    return [
        {
            name: argument(name, value[place] if isinstance(value, list) else value)
            for name, value in args.items()
        }
        for place in range(many)
    ]


def argument(name: str, value: Any) -> Any:
    if name == "when":
        return time_value.When.BEGIN if value in {"begin", 1, "1"} else time_value.When.END
    return int(value) if name == "per" else fraction(value)


def test_the_first_schedule_of_every_published_life() -> None:
    """Before anything else happened to a loan of `timelines.json`, its schedule is ours, to the cent."""
    found = first_schedules()
    for case in found:
        terms = terms_of(case)
        assert rows_of(terms, schedule(terms)) == expected(case), case["id"]
    assert len(found) >= 38
