"""`loans.toml`: the defaults are the defaults, and a wrong file says what is wrong."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest
from pydantic import ValidationError

from dunwell.loans.model import AfterGrace, Component, Convention, FirstDay, Processing, Waterfall
from dunwell.loans.settings import LoansFile


def test_a_silent_file_says_what_the_default_file_says() -> None:
    text = (files("tenants") / "_defaults" / "loans.toml").read_text(encoding="utf-8")
    assert LoansFile.model_validate(tomllib.loads(text)) == LoansFile()


def test_the_rules_as_values() -> None:
    file = LoansFile.model_validate(
        {
            "days_past_due": {
                "first_day": "due_day",
                "grace_days": 3,
                "after_grace": "from_grace_end",
                "tolerance": {"CNY": "1.50", "JPY": 10},
            },
            "waterfall": {"order": ["principal", "interest", "costs"], "processing": "component_first"},
        }
    )
    assert file.convention("CNY") == Convention(FirstDay.DUE_DAY, 3, AfterGrace.FROM_GRACE_END, 150)
    assert file.convention("JPY").tolerance == 10
    assert file.convention("USD").tolerance == 0
    order = (
        Component.PRINCIPAL,
        Component.INTEREST,
        Component.COSTS,
        Component.FEES,
        Component.PENALTIES,
    )
    assert file.waterfall_order() == Waterfall(order, Processing.COMPONENT_FIRST)
    assert file.bucket_list()[1].name == "M1"


def test_fees_and_penalties_may_have_places_of_their_own() -> None:
    order = ["penalties", "fees", "interest", "principal", "costs"]
    file = LoansFile.model_validate({"waterfall": {"order": order}})
    assert [*file.waterfall_order().order] == order


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ({"waterfall": {"order": ["costs", "interest"]}}, "each once"),
        ({"waterfall": {"order": ["costs", "interest", "interest"]}}, "each once"),
        ({"waterfall": {"order": ["costs", "interest", "principal", "fees"]}}, "each once"),
        ({"buckets": []}, "from_day = 0"),
        ({"buckets": [{"name": "M1", "from_day": 1}]}, "from_day = 0"),
        ({"buckets": [{"name": "a", "from_day": 0}, {"name": "b", "from_day": 0}]}, "rise"),
        ({"days_past_due": {"grace_days": 61}}, "60"),
        ({"days_past_due": {"tolerance": {"XXX": 1}}}, "unknown currency"),
        ({"days_past_due": {"tolerance": {"CNY": "-1"}}}, "negative"),
        ({"days_past_due": {"tolerance": {"CNY": "0.001"}}}, "decimals"),
        ({"colour": 1}, "Extra"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(file: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        LoansFile.model_validate(file)
