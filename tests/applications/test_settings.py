"""`applications.toml`: what it may say, and how it is told on which line it is wrong."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from dunwell.applications.model import Advice, Trend, Validity
from dunwell.applications.settings import ApplicationsFile, check_files
from dunwell.kernel.money import Money
from dunwell.loans.model import DayCount, Every, Method
from dunwell.tenancy.files import Proposal, check
from tests.applications.cards import SOURCE, the_card, the_file

TEXT = SOURCE.read_text(encoding="utf-8")


def test_by_default_nothing_is_offered_and_the_file_says_what_silence_says() -> None:
    text = (files("tenants") / "_defaults" / "applications.toml").read_text(encoding="utf-8")
    assert ApplicationsFile.model_validate(tomllib.loads(text)) == ApplicationsFile()
    assert ApplicationsFile().validity.validity() == Validity(30, 30, 14, 14)
    assert ApplicationsFile().product("consumer") is None
    assert ApplicationsFile().scorecard("starter") is None


def test_the_file_as_values() -> None:
    file = the_file()
    product = file.product("consumer")
    assert product is not None
    assert (product.least, product.most) == (Money(1_000_00, "CNY"), Money(200_000_00, "CNY"))
    assert (product.method, product.day_count, product.every) == (
        Method.EQUAL_INSTALMENT,
        DayCount.THIRTY_360,
        Every(),
    )
    assert [(fee.code, str(fee.rate), fee.amount) for fee in product.fees] == [("late_fee", "0.05", None)]
    low, high = file.approval_limits()
    assert (low.most, Advice.DECLINE in low.proposals, Advice.DECLINE in high.proposals) == (
        {"CNY": 50_000_00},
        False,
        True,
    )
    card = the_card()
    assert [each.trend for each in card.characteristics] == [Trend.RISING, None, Trend.FALLING]
    assert [each.best for each in card.characteristics] == [110, 80, 60]
    assert (card.numbers(), card.words()) == (
        {"monthly_income", "open_loans", "age"},
        {"employment", "standing"},
    )
    assert card.needed() == {"monthly_income", "employment", "age", "standing"}


CARD = "[[scorecards.characteristics]]"
NEITHER = """[[scorecards.characteristics]]
name = "neither"
reason = "income-low"
title = { zh = "无", en = "Neither" }

[[scorecards.knock_outs]]"""


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        ('scorecard = "starter"', 'scorecard = "none"', 'scorecard = "none"', "no scorecard"),
        ('method = "equal_instalment"', 'method = "as_on_tape"', "as_on_tape", "repaid by"),
        ('most = "200000.00"', 'most = "999.99"', '"999.99"', "not below it"),
        ('least = "1000.00"', 'least = "0"', 'least = "0"', "more than zero"),
        ('least = "1000.00"', 'least = "0.001"', '"0.001"', "decimals"),
        ('currency = "CNY"', 'currency = "XXX"', '"XXX"', "unknown currency"),
        ("counts = [3, 6, 12]", "counts = []", "counts = []", "at least 1"),
        ("counts = [3, 6, 12]", "counts = [601]", "counts = [601]", "600"),
        ('annual_rate = "0.144"', 'annual_rate = "14.4"', '"14.4"', "less than or equal"),
        ('rate = "0.05"', 'rate = "0.05"\namount = "1"', "[[products.fees]]", "not both"),
        ('code = "late_fee"', 'code = "late-fee"', 'code = "late-fee"', "pattern"),
        ('rate = "0.05"', 'amount = "0.001"', "[[products]]", "decimals"),
        ('name = "considered"', 'name = "consumer"', 'name = "consumer"', "stands there already"),
        ("counts = [3, 6, 12]", "counts = [3]\nevery = { count = 13 }", "every =", "at most 12 months"),
        ('scope = "applications:approve"', 'scope = "all"', 'scope = "all"', "approve-high"),
        ('most = { CNY = "50000.00" }', 'most = { CNY = "5.001" }', '"5.001"', "decimals"),
        ('most = { CNY = "50000.00" }', 'most = { XXX = "5" }', "XXX", "unknown currency"),
        ("refer_from = 520", "refer_from = 601", "refer_from = 601", "above approve_from"),
        ("upto = 8000", "upto = 3000", CARD, "they rise"),
        ("upto = 4\n", "", CARD, "they rise"),
        ("points = 110", "upto = 9000\npoints = 110", CARD, "last band"),
        ("points = 110", "points = 50", CARD, "not rising"),
        ('trend = "falling"', 'trend = "rising"', CARD, "not rising"),
        ("missing = 10", "other = 10", CARD, "`other` is for words"),
        ("other = 20", 'trend = "rising"', CARD, "words do not rise"),
        ('values = ["unemployed"]', 'values = ["salaried"]', CARD, "two categories"),
        ('name = "employment"', 'name = "monthly_income"', 'name = "monthly_income"', "stands there already"),
        ('fact = "age"', 'fact = "employment"', 'fact = "employment"', "a number here"),
        ('fact = "standing"', 'fact = "age"', 'fact = "age"', "a number here"),
        ("below = 18", "", "[[scorecards.knock_outs]]", "give a bound"),
        ("below = 18", 'below = 18\namong = ["x"]', "[[scorecards.knock_outs]]", "not both"),
        ('reason = "no-employment"', 'reason = "lazy"', 'reason = "employment-short"', "'lazy'"),
        ('reason = "in-default"', 'reason = "bad"', 'reason = "bad"', "'bad'"),
        ('{ zh = "目前无业", en =', "{ en =", "no-employment =", "missing"),
        ("base = 400", "base = 400\ncolour = 1", "colour = 1", "unknown key"),
        ("offer_days = 7", "offer_days = 0", "offer_days = 0", "greater than or equal"),
        ("[[scorecards.knock_outs]]", NEITHER, CARD, "bands or categories"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, at: str, words: str) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    proposal = Proposal("x", {"applications": tomllib.loads(text)}, {"applications": text}, ())
    found = check(proposal, [check_files])
    assert found
    fault = found[0]
    assert words in fault.problem, found
    assert fault.line is not None
    assert at in text.splitlines()[fault.line - 1], fault


def test_a_category_list_of_its_own_names_what_it_lacks() -> None:
    text = TEXT.replace('label = "steady"', "")
    [fault] = check(
        Proposal("x", {"applications": tomllib.loads(text)}, {"applications": text}, ()), [check_files]
    )
    assert (fault.problem, fault.field.endswith("categories.0.label")) == ("missing", True)


def test_both_test_tenants_are_whole() -> None:
    for slug in ("acme", "birch"):
        text = (Path(SOURCE).parents[1] / slug / "applications.toml").read_text(encoding="utf-8")
        assert not check_files({"applications": tomllib.loads(text)})


def test_the_example_of_the_paper_is_whole() -> None:
    paper = Path(SOURCE).parents[3] / "docs" / "applications.md"
    text = paper.read_text(encoding="utf-8").split("```toml")[1].split("```")[0]
    assert not check_files({"applications": tomllib.loads(text)})
