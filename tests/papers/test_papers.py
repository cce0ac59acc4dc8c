"""Cases on paper: the files that ship get the expected answers, and files that are wrong are refused in words."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dunwell.papers.commands import papers
from dunwell.papers.judges import JUDGES
from dunwell.papers.model import Case, PapersBroken
from dunwell.papers.reading import MOST_BYTES, judge_all, judge_case, read_cases, shown

FOLDER = Path(__file__).parent / "cases"
CASES = [case for file in sorted(FOLDER.glob("*.json")) for case in read_cases(file.read_bytes())]
SHARED = Path(__file__).parents[3] / "shared" / "scenarios"

CHARGE: dict[str, Any] = {
    "question": "post_charge",
    "contract_date": "2026-09-10",
    "charge": "late_fee",
    "amount": {"amount": "200.00", "currency": "CNY"},
}
CEILING: dict[str, Any] = {
    "question": "cost_cap",
    "lender_type": "private",
    "contract_date": "2026-09-10",
    "rates_pct": {"interest": "9"},
}
PAYMENT: dict[str, Any] = {
    "question": "allocation",
    "owed": {"interest": {"amount": "4.00", "currency": "CNY"}},
    "payment": {"amount": "5.00", "currency": "CNY"},
}
COMPLAINT = {"clock": "complaint", "started_on": "2026-11-02"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_gets_the_expected_answer(case: Case) -> None:
    judged = judge_case(case)
    assert judged.agrees, shown(judged)


def test_every_kind_that_is_judged_has_a_case() -> None:
    assert {case.kind for case in CASES} == set(JUDGES)


def test_the_shared_file_agrees_wherever_it_is_judged() -> None:
    file = SHARED / "other-cases-odd.json"
    if not file.exists():
        pytest.skip("../shared/scenarios is not here")
    judged = judge_all(file.read_bytes())
    assert not [each.case.id for each in judged if each.agrees is False]
    assert all(each.agrees for each in judged if each.case.kind in JUDGES)


def a_case(given: dict[str, Any], kind: str = "ledger", **more: Any) -> dict[str, Any]:
    return {"id": "A1", "title": "one", "kind": kind, "given": given} | more


def a_file(tmp_path: Path, *cases: dict[str, Any]) -> str:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"format": "dunwell-other-cases/1", "cases": cases}))
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(papers, ["judge", *arguments])


def test_the_command_prints_a_table_and_counts() -> None:
    result = run(str(FOLDER / "other-cases-odd.json"))
    assert result.exit_code == 0
    assert "14 cases, 14 of 14 as expected, 0 not judged yet" in result.output


def test_the_command_prints_json_and_fails_on_a_difference(tmp_path: Path) -> None:
    file = a_file(tmp_path, a_case(CHARGE, expect={"verdict": "DENY"}), a_case(CHARGE, id="A2"))
    result = run(file, "--json")
    assert result.exit_code == 1
    first, second = json.loads(result.output)
    assert (first["id"], first["kind"], first["answer"]["verdict"], first["agrees"]) == (
        "A1", "ledger", "ALLOW", False,
    )  # fmt: skip
    assert second["agrees"] is None
    assert run(file).exit_code == 1


def test_a_kind_without_a_judge_is_told_as_not_judged(tmp_path: Path) -> None:
    file = a_file(tmp_path, a_case({"today": "2026-11-23"}, "retention", expect={"verdict": "ALLOW"}))
    result = run(file, "--json")
    assert result.exit_code == 0
    assert json.loads(result.output) == [
        {"id": "A1", "kind": "retention", "answer": None, "agrees": None, "note": "not judged yet"}
    ]
    assert "1 cases, 0 of 0 as expected, 1 not judged yet" in run(file).output


@pytest.mark.parametrize(
    ("expect", "agrees"),
    [
        ({}, True),
        ({"excess_pct": "0"}, True),
        ({"excess_pct": "0.00", "cap_pct": "12"}, True),
        ({"excess_pct": "none"}, False),
        ({"cap_pct": "NaN"}, False),
        ({"cap_pct": 12}, False),
        ({"cap_pct": None}, False),
        ({"reasons": []}, True),
        ({"reasons": ["LENDER_TYPE"]}, False),
        ({"reasons": [{}]}, False),
        ({"reasons": "none"}, False),
        ({"excess_by_part_pct": {}}, True),
        ({"excess_by_part_pct": {"interest": "1"}}, False),
        ({"posted": True}, False),
    ],
)
def test_an_answer_is_compared_by_value(expect: dict[str, Any], agrees: bool) -> None:
    assert judge_case(Case.model_validate(a_case(CEILING, expect=expect))).agrees is agrees


def test_more_than_is_owed_is_surplus_and_rates_keep_their_decimals() -> None:
    answer = judge_case(Case.model_validate(a_case(PAYMENT))).answer
    assert answer is not None
    assert answer["owed"]["interest"]["amount"] == "0.00"
    assert answer["surplus"] == {"amount": "1.00", "currency": "CNY"}
    ceiling = CEILING | {"lpr_1y_pct": "3.45", "rates_pct": {"interest": "20"}}
    answer = judge_case(Case.model_validate(a_case(ceiling))).answer
    assert answer is not None
    assert (answer["contractual_pct"], answer["cap_pct"], answer["excess_pct"]) == ("20.0", "13.8", "6.2")


@pytest.mark.parametrize(
    ("given", "kind", "field", "words"),
    [
        (CHARGE | {"amount": {"amount": "0.00", "currency": "CNY"}}, "ledger", "amount", "above zero"),
        (CHARGE | {"amount": {"amount": "1.001", "currency": "CNY"}}, "ledger", "amount", "decimals"),
        (CHARGE | {"amount": {"amount": "1", "currency": "XXX"}}, "ledger", "amount", "currency"),
        (CHARGE | {"amount": "200"}, "ledger", "amount", "valid"),
        (CHARGE | {"contract_date": 20260910}, "ledger", "contract_date", "write a day"),
        (CHARGE | {"contract_date": "0001-01-01"}, "ledger", "contract_date", "1970"),
        (CHARGE | {"colour": "red"}, "ledger", "colour", "Extra"),
        (CHARGE | {"pack": "zz"}, "ledger", "pack", "cn"),
        ({"question": "weather"}, "ledger", "given", "post_charge"),
        (CEILING | {"lender_type": "friend"}, "ledger", "lender_type", "private"),
        (CEILING | {"contract_date": "2024-05-01"}, "ledger", "lpr_1y_pct", "is not known"),
        (CEILING | {"rates_pct": {}}, "ledger", "rates_pct", "at least 1"),
        (CEILING | {"rates_pct": {"interest": "NaN"}}, "ledger", "rates_pct.interest", "finite"),
        (CEILING | {"rates_pct": {"interest": "-1"}}, "ledger", "rates_pct.interest", "greater"),
        (PAYMENT | {"agreed_order": ["interest", "interest"]}, "ledger", "given", "twice"),
        (PAYMENT | {"agreed_order": ["luck"]}, "ledger", "agreed_order.0", "costs"),
        (PAYMENT | {"payment": {"amount": "5", "currency": "USD"}}, "ledger", "given", "one currency"),
        (PAYMENT | {"payment": {"amount": "-5", "currency": "CNY"}}, "ledger", "payment", "below zero"),
        (PAYMENT | {"pack": "uk"}, "ledger", "agreed_order", "leaves the order"),
        (PAYMENT | {"pack": "uk", "agreed_order": ["principal"]}, "ledger", "agreed_order", "interest"),
        (COMPLAINT | {"pack": "eu"}, "clock", "clock", "no clock complaint"),
        (COMPLAINT | {"clock": "cuckoo"}, "clock", "clock", "credit_dispute"),
        (COMPLAINT | {"grade": "hard"}, "clock", "grade", "complex"),
        (COMPLAINT | {"done_on": "yesterday!"}, "clock", "done_on", "valid date"),
        ({"product": "card", "months": 0}, "plan", "months", "greater"),
        ({"product": "car", "months": 5}, "plan", "product", "card"),
    ],
)
def test_a_case_that_cannot_be_names_field_and_remedy(
    tmp_path: Path, given: dict[str, Any], kind: str, field: str, words: str
) -> None:
    with pytest.raises(PapersBroken) as refused:
        judge_case(Case.model_validate(a_case(given, kind)))
    fault = refused.value.faults[0]
    assert fault.field.startswith("A1.given")
    assert fault.field.endswith(field)
    assert words in str(fault)
    assert fault.remedy
    result = run(a_file(tmp_path, a_case(CHARGE, id="A0"), a_case(given, kind)))
    assert result.exit_code != 0
    assert "A1.given" in result.output


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", "file"),
        (b"\xff\xfe", "file"),
        (b"[" * 100_000, "file"),
        (b"[]", ""),
        (b"{}", "format"),
        (b'{"format": "other", "cases": []}', "format"),
        (b'{"format": "dunwell-other-cases/1", "cases": 7}', "cases"),
        (b'{"format": "dunwell-other-cases/1", "cases": []}', "cases"),
        (b'{"format": "dunwell-other-cases/1", "cases": [7]}', "cases.0"),
        (b'{"format": "dunwell-other-cases/1", "cases": [{"id": 7}]}', "cases.0.id"),
        (b'{"format": "dunwell-other-cases/1", "cases": [{"id": "A1"}]}', "A1.title"),
    ],
)
def test_what_is_no_file_of_cases_is_refused(raw: bytes, field: str) -> None:
    with pytest.raises(PapersBroken) as refused:
        read_cases(raw)
    assert field in [fault.field for fault in refused.value.faults]


def test_a_file_too_large_and_ids_used_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PapersBroken):
        read_cases(b" " * (MOST_BYTES + 1))
    result = run(a_file(tmp_path, a_case(CHARGE), a_case(CHARGE)))
    assert result.exit_code != 0
    assert "two cases of this id" in result.output
