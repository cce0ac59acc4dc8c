"""`statements.toml`: the file that ships says what the model says, and what cannot be is told before it is in force."""

import tomllib
from importlib.resources import files

import pytest
from pydantic import ValidationError

from dunwell.statements.matches import MatchKind, MatchRules
from dunwell.statements.rules.references import Cut
from dunwell.statements.rules.sorting import Ignore
from dunwell.statements.tenant_file import StatementsFile


def test_the_file_that_ships_is_the_default():
    text = (files("tenants") / "_defaults" / "statements.toml").read_text(encoding="utf-8")
    assert StatementsFile.model_validate(tomllib.loads(text)) == StatementsFile()
    shipped = MatchRules(automatic=frozenset(MatchKind) - {MatchKind.MANUAL})
    assert StatementsFile().rules("CNY") == shipped


def test_what_a_tenant_says_is_what_the_rules_get():
    said = StatementsFile.model_validate(
        {
            "posting": {"automatic": ["reference"], "third_party": "match"},
            "references": {"cut": [{"before": "PAY-", "after": "T"}]},
            "payer": {"days_before_due": 3, "tolerance": {"CNY": "0.50"}},
            "accounts": {"gaps_of": ["1234"], "unique_numbers_of": ["ab12"]},
            "ignore": [{"contains": "结息", "reason": "interest"}],
        }
    )
    rules = said.rules("CNY")
    assert (rules.automatic, rules.days_before_due, rules.tolerance) == (
        frozenset({MatchKind.REFERENCE}),
        3,
        50,
    )
    assert said.rules("USD").tolerance == 0
    assert (said.cuts(), said.ignores()) == ((Cut("PAY-", "T"),), (Ignore("结息", "interest"),))
    assert [said.may_have_gaps(each) for each in ("62221234", "62229999")] == [True, False]
    assert [said.numbers_are_unique(each) for each in ("XXAB12", "12")] == [True, False]
    assert StatementsFile.model_validate({"accounts": {"gaps": True}}).may_have_gaps("any")


@pytest.mark.parametrize(
    "table",
    [
        {"payer": {"tolerance": {"CNY": "-1"}}},
        {"payer": {"tolerance": {"XXX": "1"}}},
        {"payer": {"tolerance": {"CNY": "0.001"}}},
        {"posting": {"automatic": ["guess"]}},
        {"posting": {"received_on": "yesterday"}},
        {"references": {"shortest": 1}},
        {"ignore": [{"contains": "", "reason": "x-y"}]},
        {"unknown": True},
    ],
)
def test_what_cannot_be_is_refused(table: dict[str, object]):
    with pytest.raises(ValidationError):
        StatementsFile.model_validate(table)
