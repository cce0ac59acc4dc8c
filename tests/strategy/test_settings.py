"""`strategy.toml`: what it may say, and how it is told what is wrong."""

import tomllib
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dunwell.strategy.model import CadenceNotFound
from dunwell.strategy.settings import StrategyFile, check_files
from dunwell.tenancy.files import Proposal, check, model_check, read

DEFAULTS = Path(__file__).parents[2] / "tenants" / "_defaults" / "strategy.toml"

STEP = {"key": "d1", "day": 1, "channel": "sms", "template": "overdue"}


def a_file(*steps: dict[str, Any], **cadence: Any) -> StrategyFile:
    table = {"name": "standard", "steps": [STEP | step for step in steps or ({},)]} | cadence
    return StrategyFile.model_validate({"cadences": [table]})


def test_the_default_cadence_is_valid_and_named_in_both_languages():
    strategy = StrategyFile.model_validate(tomllib.loads(DEFAULTS.read_text())).strategy(7)
    assert strategy.version == 7
    for cadence in strategy.cadences:
        assert set(cadence.title) == {"en", "zh"}
        assert [step.day for step in cadence.steps] == sorted(step.day for step in cadence.steps)
        assert {step.purpose for step in cadence.steps if step.day <= 0} <= {"reminder"}


def test_a_step_is_read_with_its_defaults():
    [cadence] = a_file({}).strategy(1).cadences
    [step] = cadence.steps
    assert (step.at, step.purpose, step.least_due) == (time(10), "collection", None)


def test_up_to_the_due_date_a_message_reminds():
    [cadence] = a_file({"day": 0, "key": "d0"}, {"day": -3, "key": "before"}).strategy(1).cadences
    assert [step.purpose for step in cadence.steps] == ["reminder", "reminder"]


def test_amounts_of_a_segment_are_read_in_its_currency():
    [cadence] = a_file(segment={"currency": "JPY", "least": "100", "most": "5000"}).strategy(1).cadences
    assert (cadence.segment.least, cadence.segment.most) == (100, 5000)


def test_a_step_is_found_by_name():
    strategy = a_file().strategy(1)
    assert strategy.step("standard", "d1").day == 1
    with pytest.raises(CadenceNotFound):
        strategy.step("standard", "d2")


@pytest.mark.parametrize(
    ("steps", "cadence", "words"),
    [
        ([{"at": "25:00"}], {}, "local time"),
        ([{"at": "9:00"}], {}, "local time"),
        ([{"day": 4000}], {}, "less than or equal"),
        ([{"channel": "visit"}], {}, "'sms' or 'email'"),
        ([{"purpose": "reminder"}], {}, "collects"),
        ([{"day": 0, "purpose": "collection"}], {}, "nothing is overdue"),
        ([{"least_due": "-1"}], {}, "greater than or equal"),
        ([{"dpd_from": 9, "dpd_to": 3}], {}, "before dpd_from"),
        ([{}, {"day": 5}], {}, "two steps"),
        ([{"colour": "red"}], {}, "Extra inputs"),
        ([{}], {"segment": {"least": "10"}}, "needs `currency`"),
        ([{}], {"segment": {"currency": "ABC"}}, "unknown currency"),
        ([{}], {"segment": {"currency": "JPY", "least": "1.5"}}, "decimals"),
        ([{}], {"name": "Standard!"}, "pattern"),
    ],
)
def test_what_is_wrong_is_said(steps: list[dict[str, Any]], cadence: dict[str, Any], words: str):
    with pytest.raises(ValidationError, match=words):
        a_file(*steps, **cadence)


def test_two_cadences_of_one_name_are_refused():
    table = {"name": "standard", "steps": [STEP]}
    with pytest.raises(ValidationError, match="two cadences"):
        StrategyFile.model_validate({"cadences": [table, table]})


def test_a_fault_names_file_line_and_remedy():
    text = DEFAULTS.read_text().replace('at = "10:00"', 'at = "25:00"', 1)
    lines = text.splitlines()
    exact = next(number for number, each in enumerate(lines, 1) if "25:00" in each)
    table = lines.index("[[cadences]]") + 1
    proposal = Proposal("x", {"strategy": tomllib.loads(text)}, {"strategy": text}, ())
    [fault] = check(proposal, [model_check("strategy", StrategyFile)])
    assert fault.field == "strategy.toml:cadences.0.steps.0.at"
    assert fault.line in (exact, table), "the key, or the nearest table above it"
    assert "10:00" in fault.problem


def test_a_step_that_names_no_template_is_found():
    whole = {"strategy": tomllib.loads(DEFAULTS.read_text())}
    names = {step["template"] for cadence in whole["strategy"]["cadences"] for step in cadence["steps"]}
    assert check_files(whole | {f"templates/{name}": {} for name in names}) == []
    faults = check_files(whole)
    assert {fault.field.rpartition(".")[2] for fault in faults} == {"template"}
    assert len(faults) == len(whole["strategy"]["cadences"][0]["steps"])


def test_a_file_that_is_wrong_is_told_before_its_templates():
    [fault] = check_files({"strategy": {"cadences": [{"name": "standard", "steps": []}]}})
    assert fault.field == "strategy.toml:cadences.0.steps"


@pytest.mark.parametrize("slug", ["harbor", "birch", "lotus", "replay"])
def test_the_cadences_of_every_tenant_are_sound(slug: str):
    assert check_files(read(slug).files) == []
