"""Paper cases: the file that is shipped, the command, and files that are none."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dunwell.contact.cases import CaseIn, judge_case, read_cases, shown
from dunwell.contact.commands import contact
from dunwell.contact.model import CaseFileBroken

FILE = Path(__file__).parent / "cases" / "contact-cases-odd.json"
CASES = read_cases(FILE.read_bytes())
# Written from the words of the format alone, by somebody who had not seen the judge.
READINGS = read_cases((FILE.parent / "readings.json").read_bytes())


@pytest.mark.parametrize("case", [*CASES, *READINGS], ids=lambda case: case.id)
def test_a_paper_case_gets_the_expected_answer(case: CaseIn):
    judged = judge_case(case)
    assert judged.agrees, shown(judged)


def test_every_reason_of_the_cases_names_a_rule():
    for case in CASES:
        judged = judge_case(case)
        for reason in judged.verdict.reasons if judged.verdict else ():
            assert reason.rules, reason.code


def run(*arguments: str) -> Result:
    return CliRunner().invoke(contact, ["judge", *arguments])


def a_file(tmp_path: Path, **changes: object) -> Path:
    """One case: a call at noon, expected to be allowed."""
    case: dict[str, Any] = {
        "id": "A01",
        "title": "noon",
        "pack": "cn",
        "now": "2026-11-23T12:00:00+08:00",
        "facts": {"debts": [{"id": "D1"}], "people": [{"id": "P1", "role": "debtor"}]},
        "proposal": {"channel": "call"},
    } | changes
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"format": "dunwell-paper-cases/1", "cases": [case]}))
    return path


def test_the_command_prints_a_table_and_counts():
    result = run(str(FILE))
    assert result.exit_code == 0
    assert f"{len(CASES)} cases, {len(CASES)} of {len(CASES)} as expected" in result.output


def test_the_command_prints_json_without_agrees_where_nothing_is_expected(tmp_path: Path):
    result = run(str(a_file(tmp_path)), "--json")
    assert result.exit_code == 0
    (answer,) = json.loads(result.output)
    assert answer["verdict"] == "ALLOW"
    assert "agrees" not in answer


def test_the_command_fails_when_an_answer_differs(tmp_path: Path):
    expect = {"verdict": "DENY", "reasons": [], "duties": []}
    result = run(str(a_file(tmp_path, expect=expect)), "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)[0]["agrees"] is False


def test_a_pack_that_does_not_exist_allows_nothing(tmp_path: Path):
    result = run(str(a_file(tmp_path, pack="zz", facts={
        "debts": [{"id": "D1"}],
        "people": [{"id": "P1", "role": "debtor", "country": "ZZ", "zone": "Asia/Shanghai"}],
    })), "--json")  # fmt: skip
    assert json.loads(result.output)[0]["reasons"] == ["NO_PACK"]


def test_days_before_the_pack_allow_nothing(tmp_path: Path):
    result = run(str(a_file(tmp_path, now="1969-06-01T12:00:00+08:00")), "--json")
    assert json.loads(result.output)[0]["reasons"] == ["NO_PACK"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"now": "2026-11-23T12:00:00"}, "now"),
        ({"proposal": {"channel": "pigeon"}}, "channel"),
        ({"surprise": 1}, "surprise"),
        ({"facts": {"debts": [], "people": []}}, "debts"),
        ({"facts": {"debts": [{"id": "D1"}], "people": [{"id": "P1", "role": "heir"}]}}, "debtor"),
        ({"pack": "us"}, "zone"),
        ({"policy": {"contact_hours": {"from": "20:00", "to": "10:00"}}}, "before it begins"),
        ({"policy": {"contact_hours": {"from": "08:61", "to": "10:00"}}}, "time of day"),
    ],
)
def test_a_wrong_case_is_refused_in_words(tmp_path: Path, changes: dict[str, Any], word: str):
    result = run(str(a_file(tmp_path, **changes)))
    assert result.exit_code in (1, 2)
    assert "Error" in result.output
    assert word in result.output


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"[]", b"{}", b'{"format": "other", "cases": []}', b"[" * 100_000]
)
def test_what_is_no_case_file_is_refused(raw: bytes):
    with pytest.raises(CaseFileBroken) as refused:
        read_cases(raw)
    assert refused.value.faults


def test_a_file_that_is_too_large_is_not_read():
    with pytest.raises(CaseFileBroken):
        read_cases(b" " * (64 * 1024 * 1024 + 1))


def test_other_people_need_no_zone_and_a_refused_policy_is_shown(tmp_path: Path):
    people = [
        {"id": "P1", "role": "debtor", "zone": "America/New_York"},
        {"id": "P2", "role": "third_party"},
    ]
    at_noon = {"pack": "us", "now": "2026-11-23T12:00:00-05:00"}
    facts = {"debts": [{"id": "D1"}], "people": people}
    (answer,) = json.loads(run(str(a_file(tmp_path, **at_noon, facts=facts)), "--json").output)
    assert answer["verdict"] == "ALLOW"
    people[1] |= {"zone": "America/New_York"}
    german = [
        {"id": "P1", "role": "debtor", "country": "DE", "zone": "Europe/Berlin"},
        {"id": "P2", "role": "heir"},
    ]
    facts = {"debts": [{"id": "D1"}], "people": german}
    (answer,) = json.loads(
        run(str(a_file(tmp_path, pack="eu", now="2026-11-23T12:00:00+01:00", facts=facts)), "--json").output
    )
    assert answer["verdict"] == "ALLOW"
    refused = a_file(tmp_path, policy={"attempts_per_number_per_day": 7})
    assert json.loads(run(str(refused), "--json").output) == [
        {"id": "A01", "policy_error": "ATTEMPT_CAP_HARD"}
    ]
    assert "policy refused" in run(str(refused)).output


def test_the_version_of_the_pack_is_the_cases(tmp_path: Path):
    queued = {"channel": "call", "queued_pack_version": "1"}
    (answer,) = json.loads(run(str(a_file(tmp_path, pack_version="2", proposal=queued)), "--json").output)
    assert (answer["verdict"], answer["reasons"], answer["pack_version"]) == ("ALLOW", ["PACK_VERSION"], "2")
    (answer,) = json.loads(run(str(a_file(tmp_path, proposal=queued)), "--json").output)
    assert answer["reasons"] == []
