"""A tape's own figures, computed again: which rows agree, which do not, and why."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console

from dunwell.intake.model import TapeUnreadable
from dunwell.intake.profile_files import builtin, parse
from dunwell.intake.reconcile_report import as_json, show
from dunwell.intake.reconciling import Reconciliation, reconciled
from dunwell.intake.settings import Profile
from tests.builders.tapes import real_tape

HEADER = "ref,cur,balance,rate,interest,basis,on,from,to,due,principal,status,paid,amount,term,monthly"
COLUMNS = HEADER.split(",")
INTEREST = {
    "balance": "balance",
    "annual_rate": "rate",
    "interest": "interest",
    "day_count": "basis",
    "accrues": "month-before",
    "on": "on",
}
ANNUITY = {"amount": "amount", "annual_rate": "rate", "instalments": "term", "instalment": "monthly"}
STATUS = {"status": "status", "paid_through": "paid", "on": "on", "codes": {0: "ok", 1: "late", 3: "lost"}}
SUM = {"name": "due", "left": {"sum": ["interest", "principal"]}, "right": "due"}


def a_profile(**reconcile: Any) -> Profile:
    found = parse(table(**reconcile), "mine.toml")
    assert isinstance(found, Profile), found
    return found


def table(**reconcile: Any) -> dict[str, Any]:
    return {
        "name": "mine",
        "title": "Mine",
        "file": {"format": "csv"},
        "borrower": {"reference": "ref"},
        "loan": {"reference": "ref", "currency": "cur", "principal": "amount", "disbursed_on": "from"},
        "reconcile": reconcile,
    }


def a_tape(*rows: Mapping[str, str]) -> bytes:
    lines = [
        ",".join(row.get(column, "CNY" if column == "cur" else "") for column in COLUMNS) for row in rows
    ]
    return "\n".join([HEADER, *lines, ""]).encode()


def over(profile: Profile, *rows: Mapping[str, str]) -> Reconciliation:
    content = a_tape(*rows)
    return reconciled(profile, iter([content[:40], content[40:]]))


MARCH = {"ref": "L-1", "balance": "1000.00", "rate": "0.12", "basis": "actual/360", "on": "2024-03-11"}


@pytest.mark.parametrize(
    ("changes", "interest"),
    [
        ({}, "9.67"),
        ({"basis": "30/360"}, "10.00"),
        ({"basis": "actual/365"}, "9.53"),
        ({"basis": "actual/actual"}, "9.51"),
        ({"basis": "period"}, "10.00"),
        ({"on": "2023-03-11"}, "9.33"),
    ],
)
def test_interest_of_the_month_before(changes: dict[str, str], interest: str) -> None:
    found = over(a_profile(interest=INTEREST), {**MARCH, **changes, "interest": interest})
    assert (found.tallies[0].agree, found.sound) == (1, True)


@pytest.mark.parametrize(
    ("cells", "interest"),
    [
        ({"accrues": "same-month", "on": "on"}, "10.33"),
        ({"accrues": "month-before", "on": "on", "every_months": 3}, "30.33"),
        ({"accrues": "between", "start": "from", "end": "to"}, "10.00"),
        ({"accrues": "between", "start": "from", "end": "to", "end_counts": True}, "10.33"),
    ],
)
def test_the_days_a_profile_can_name(cells: dict[str, Any], interest: str) -> None:
    profile = a_profile(
        interest={**{k: v for k, v in INTEREST.items() if k not in {"accrues", "on"}}, **cells}
    )
    row = {**MARCH, "from": "2024-02-10", "to": "2024-03-11", "interest": interest}
    assert over(profile, row).tallies[0].agree == 1
    empty = {**row, "on": "", "from": "", "to": ""}
    assert over(profile, row, empty).tallies[0].silent == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"interest": "0"}, "no interest on the tape"),
        ({"interest": "10.00"}, "fits 30/360 on these days"),
        ({"interest": "10.33"}, "fits actual/360 on the month before"),
        ({"interest": "5.00"}, "fits a rate of 0.062069 under actual/360"),
    ],
)
def test_interest_that_differs_says_what_would_fit(changes: dict[str, str], reason: str) -> None:
    found = over(a_profile(interest=INTEREST), {**MARCH, **changes})
    finding = found.tallies[0].findings[0]
    assert (finding.line, finding.reference, finding.expected, finding.reason) == (2, "L-1", "9.67", reason)
    assert not found.sound


def test_a_row_without_a_balance_or_a_rate_has_nothing_to_check() -> None:
    rows = [
        {**MARCH, "interest": "9.67", **gap} for gap in ({}, {"balance": "0"}, {"rate": ""}, {"basis": ""})
    ]
    tally = over(a_profile(interest=INTEREST), *rows).tallies[0]
    assert (tally.checked, tally.agree, tally.silent) == (1, 1, 3)


def test_figures_that_went_through_32_bits_are_as_near_as_they_can_be() -> None:
    """A balance of forty million is known to four dollars then; a hundred thousand to less than a cent."""
    big = {
        **MARCH,
        "balance": "39956452.0",
        "rate": "0.04549797",
        "on": "2022-03-11",
        "interest": "141395.12",
    }
    small = {**MARCH, "balance": "100000.00", "interest": "966.69"}
    exact = over(a_profile(interest=INTEREST), big, small).tallies[0]
    assert (exact.agree, exact.imprecise, exact.differ, exact.near) == (0, 0, 2, 2)
    single = over(a_profile(interest=INTEREST, precision="single"), big, small).tallies[0]
    assert (single.agree, single.imprecise, single.differ) == (0, 1, 1)


def test_the_equal_instalment_of_weeks() -> None:
    row = {"ref": "L-1", "amount": "1000.00", "rate": "0.52", "term": "10", "monthly": "105.58"}
    assert over(a_profile(annuity={**ANNUITY, "periods_a_year": 52}), row).sound


def test_the_equal_instalment_and_the_rate_it_is_of() -> None:
    sound = {"ref": "L-1", "amount": "1000.00", "rate": "0.12", "term": "12", "monthly": "88.85"}
    rows = [
        sound,
        {**sound, "monthly": "89.75"},
        {**sound, "monthly": "0"},
        {**sound, "term": "0"},
        {**sound, "amount": ""},
    ]
    tally = over(a_profile(annuity=ANNUITY), *rows).tallies[0]
    assert (tally.agree, tally.differ, tally.silent) == (1, 2, 2)
    assert [each.reason for each in tally.findings] == [
        "the instalment is that of 13.921 % instead of 12.000 %",
        "no rate gives that instalment",
    ]


@pytest.mark.parametrize(
    ("paid", "status"),
    [
        ("2024-04-01", "ok"),
        ("2024-03-01", "ok"),
        ("2024-02-28", "late"),
        ("2024-01-01", "late"),
        ("2023-12-31", "lost"),
    ],
)
def test_the_status_follows_from_the_months_behind(paid: str, status: str) -> None:
    row = {"ref": "L-1", "on": "2024-03-11", "paid": paid, "status": status}
    assert over(a_profile(status=STATUS), row, {**row, "status": ""}).tallies[0].share == 1
    wrong = over(a_profile(status=STATUS), {**row, "status": "?"}).tallies[0]
    assert (wrong.findings[0].expected, wrong.near) == (status, 0)


def test_a_status_counted_in_days() -> None:
    by_days = {**STATUS, "counted_in": "days", "codes": {0: "ok", 30: "late"}}
    row = {"ref": "L-1", "on": "2024-03-11", "paid": "2024-02-10", "status": "late"}
    assert over(a_profile(status=by_days), row).sound


def test_two_sides_that_are_the_same() -> None:
    row = {"ref": "L-1", "interest": "1.00", "principal": "2.00", "due": "3.01"}
    rows = [row, {**row, "due": "3.02"}, {**row, "due": ""}]
    tally = over(a_profile(sums=[SUM], precision="single"), *rows).tallies[0]
    assert (tally.name, tally.agree, tally.differ, tally.silent) == ("due", 1, 1, 1)
    assert over(a_profile(sums=[SUM], at_least="0.5"), *rows).sound
    assert not over(a_profile(sums=[{**SUM, "at_least": 1}], at_least="0.5"), *rows).sound


def test_rows_that_are_set_aside_skipped_or_unreadable_are_counted_apart() -> None:
    profile = a_profile(
        interest=INTEREST,
        sums=[SUM],
        keep=[{"column": "status", "not_in": "gone"}],
        set_aside=[
            {"reason": "stopped", "checks": "interest", "when": {"column": "status", "in": "stopped"}},
            {"reason": "all of it", "when": {"column": "status", "in": "nothing"}},
        ],
    )
    row = {**MARCH, "interest": "9.67", "principal": "0", "due": "9.67"}
    rows = [{**row, "status": status} for status in ("", "gone", "stopped", "nothing")]
    found = over(profile, *rows, {**row, "interest": "x"}, {**row, "cur": "XXX"})
    interest, due = found.tallies
    assert (found.rows, found.skipped, found.unreadable) == (6, 1, 2)
    assert (dict(interest.aside), dict(due.aside)) == ({"stopped": 1, "all of it": 1}, {"all of it": 1})
    assert [(problem.line, problem.column) for problem in found.problems] == [
        (6, "interest"),
        (7, "loan.currency"),
    ]


def test_a_currency_without_cents() -> None:
    yen = {**MARCH, "cur": "JPY", "balance": "100000", "interest": "967"}
    tally = over(a_profile(interest=INTEREST), yen, {**yen, "interest": "990"}).tallies[0]
    assert (tally.agree, tally.findings[0].expected) == (1, "967")


def test_a_spoilt_line_is_unreadable_and_the_rest_goes_on() -> None:
    content = a_tape({**MARCH, "interest": "9.67"}) + b'"never closed,\n'
    found = reconciled(a_profile(interest=INTEREST), iter([content]))
    assert (found.unreadable, found.tallies[0].agree) == (1, 1)


def test_what_cannot_be_reconciled_says_so() -> None:
    plain = {name: part for name, part in table().items() if name != "reconcile"}
    profile = parse(plain, "mine.toml")
    assert isinstance(profile, Profile)
    for given, content in ((profile, b""), (a_profile(interest=INTEREST), HEADER.encode() + b"\n")):
        with pytest.raises(TapeUnreadable):
            reconciled(given, iter([content]))
    with pytest.raises(TapeUnreadable) as refused:
        reconciled(a_profile(interest=INTEREST), iter([b"ref,cur,balance\nL-1,CNY,1\n"]))
    assert {"rate", "interest", "basis", "on"} <= {fault.field for fault in refused.value.faults}


@pytest.mark.parametrize(
    "reconcile",
    [
        {},
        {"interest": {**INTEREST, "accrues": "between"}},
        {"interest": {**INTEREST, "day_count": {"value": "31/360"}}},
        {"status": {**STATUS, "codes": {}}},
        {"sums": [SUM], "at_least": 2},
        {"sums": [SUM], "set_aside": [{"reason": "x", "when": []}]},
    ],
)
def test_a_wrong_table_is_named(reconcile: dict[str, Any]) -> None:
    faults = parse(table(**reconcile), "mine.toml")
    assert isinstance(faults, list)
    assert faults[0].field.startswith("mine.toml:")


def test_the_report_is_a_table_or_a_document() -> None:
    found = over(a_profile(interest=INTEREST), {**MARCH, "interest": "10.00"}, {**MARCH, "interest": "x"})
    console = Console(width=160)
    with console.capture() as captured:
        show(found, console, 5)
        show(found, console, 0)
    assert all(word in captured.get() for word in ("interest", "fits 30/360", "0.00 %", "line 3"))
    told = json.loads(as_json(found))
    assert (told["sound"], told["checks"][0]["rows"][0]["line"], told["problems"][0]["line"]) == (False, 2, 3)


def test_a_servicers_months_agree_with_their_own_convention() -> None:
    """2,705 of 2,706 within 0.01, one as near as 32 bits; all 2,720 statuses from the paid-through date."""
    with real_tape("sec-cmbs-monthly").open("rb") as file:
        found = reconciled(builtin("sec-cmbs-monthly"), iter([file.read()]))
    interest, status, due = found.tallies
    assert (interest.checked, interest.agree, interest.imprecise, interest.differ) == (2706, 2705, 1, 0)
    assert interest.aside.total() == 14
    assert (status.checked, status.agree) == (2720, 2720)
    assert (due.checked, due.differ) == (2720, 0)
    assert found.sound


def test_ten_thousand_instalments_agree_but_for_three() -> None:
    with real_tape("lendingclub-10k").open("rb") as file:
        found = reconciled(builtin("lendingclub-10k"), iter([file.read()]))
    assert [(tally.agree, tally.differ) for tally in found.tallies] == [(9997, 3), (10_000, 0), (9993, 0)]
    assert found.sound
