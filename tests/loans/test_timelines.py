"""Loan lives with known outcomes: each is lived through and compared with every figure the file gives."""

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.loans.timelines.judging import Judged, cases_of, judge
from tests.loans.timelines.promises import NOT_PROMISED
from tests.loans.timelines.report import report

FILE: Final = Path(__file__).parents[2].parent / "shared/data/schedule-cases/timelines.json"
PASSED: Final = 200

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the timeline file is not there")


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return [judge(case) for case in cases_of(FILE)]


def test_every_timeline_passes_or_meets_a_rule_that_is_not_promised(judged: list[Judged]) -> None:
    assert len(judged) == 210
    assert not [each.id for each in judged if each.result == "failed"], report(judged)


def test_no_fewer_pass_than_were_measured(judged: list[Judged]) -> None:
    assert Counter(each.result for each in judged)["passed"] >= PASSED, report(judged)


def test_what_is_not_promised_is_a_handful_of_rules(judged: list[Judged]) -> None:
    reasons = {each.reason for each in judged if each.result == "not promised"}
    assert reasons <= set(NOT_PROMISED)
    assert sum(each.result == "not promised" for each in judged) <= 210 - PASSED


def test_the_table_names_every_family(judged: list[Judged]) -> None:
    table = report(judged)
    assert all(family in table for each in judged for family in each.families)
