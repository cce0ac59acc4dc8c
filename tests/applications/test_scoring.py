"""The scorecard as a pure function: tables of cases, and what holds of every card."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.applications.model import (
    Advice,
    Band,
    Category,
    Characteristic,
    Facts,
    KnockOut,
    Line,
    Scorecard,
    Trend,
)
from dunwell.applications.rules import after_scoring, named_reasons, read_facts, score
from dunwell.kernel.errors import Broken, Fault
from tests.applications.cards import TITLE, cards, the_card, told
from tests.builders.applications import FACTS

CARD = the_card()


def read(card: Scorecard, facts: dict[str, str]) -> Facts:
    found = read_facts(facts, card)
    assert not isinstance(found, tuple), found
    return found


@pytest.mark.parametrize(
    ("changes", "points", "outcome", "reasons"),
    [
        ({}, 650, Advice.APPROVE, []),
        ({"monthly_income": "7999.99"}, 600, Advice.APPROVE, ["income-low"]),
        ({"monthly_income": "8000"}, 650, Advice.APPROVE, []),
        ({"monthly_income": "3000"}, 600, Advice.APPROVE, ["income-low"]),
        ({"monthly_income": "2999.99"}, 540, Advice.REFER, ["income-low"]),
        ({"monthly_income": "-5"}, 540, Advice.REFER, ["income-low"]),
        ({"employment": "civil-servant"}, 650, Advice.APPROVE, []),
        ({"employment": "acrobat"}, 590, Advice.REFER, ["employment-short"]),
        ({"employment": "unemployed"}, 570, Advice.REFER, ["no-employment"]),
        ({"open_loans": "3"}, 620, Advice.APPROVE, ["many-loans"]),
        ({"open_loans": "4"}, 590, Advice.REFER, ["many-loans"]),
        ({"open_loans": None}, 600, Advice.APPROVE, ["many-loans"]),
        (
            {"monthly_income": "1", "employment": "unemployed"},
            460,
            Advice.DECLINE,
            ["income-low", "no-employment"],
        ),
        # Only the two that lost most are told; of equals the first of the card.
        (
            {"monthly_income": "5000", "employment": "acrobat", "open_loans": "9"},
            480,
            Advice.DECLINE,
            ["employment-short", "many-loans"],
        ),
        ({"age": "18"}, 650, Advice.APPROVE, []),
        ({"age": "17.9"}, 650, Advice.DECLINE, ["under-age"]),
        ({"age": "17", "standing": "default"}, 650, Advice.DECLINE, ["under-age", "in-default"]),
        ({"standing": "charged-off", "open_loans": "9"}, 590, Advice.DECLINE, ["in-default", "many-loans"]),
    ],
)
def test_the_starter_card(
    changes: dict[str, str | None], points: int, outcome: Advice, reasons: list[str]
) -> None:
    facts = {name: text for name, text in (FACTS | changes).items() if text is not None}
    decision = score(read(CARD, facts), CARD)
    assert (decision.points, decision.outcome) == (points, outcome)
    assert [reason.code for reason in decision.reasons] == reasons


def test_a_line_names_the_range_and_never_the_value() -> None:
    facts = FACTS | {"monthly_income": "4321.09", "employment": "civil-servant", "open_loans": "7"}
    assert score(read(CARD, facts), CARD).lines == (
        Line("monthly_income", "3000 - < 8000", 60, 110, "income-low"),
        Line("employment", "steady", 80, 80, "employment-short"),
        Line("open_loans", ">= 4", 0, 60, "many-loans"),
    )
    silent = {name: text for name, text in FACTS.items() if name != "open_loans"}
    assert score(read(CARD, silent), CARD).lines[2].band == "not told"


def test_a_single_band_takes_everything() -> None:
    one = Characteristic("n", TITLE, "income-low", bands=(Band(None, 5, "income-low"),))
    card = replace(CARD, characteristics=(one,), knock_outs=())
    assert score({"n": Decimal(3)}, card).lines[0].band == "all"


def test_upper_bounds_knock_out_too() -> None:
    rule = KnockOut("old", "age", "under-age", above=Decimal(75))
    card = replace(CARD, knock_outs=(rule,))
    for age, outcome in (("75", Advice.APPROVE), ("75.01", Advice.DECLINE)):
        facts = {name: text for name, text in FACTS.items() if name != "standing"} | {"age": age}
        assert score(read(card, facts), card).outcome is outcome


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"age": None}, ["facts.age"]),
        ({"employment": None, "standing": None}, ["facts.employment", "facts.standing"]),
        ({"open_loans": None}, []),
        ({"age": "eighteen"}, ["facts.age"]),
        ({"age": "1e3"}, ["facts.age"]),
        ({"age": "NaN"}, ["facts.age"]),
        ({"age": "٣٤"}, ["facts.age"]),
        ({"monthly_income": "1.2345678"}, ["facts.monthly_income"]),
        ({"blood_group": "A"}, ["facts.blood_group"]),
    ],
)
def test_facts_are_read_or_every_fault_is_named(changes: dict[str, str | None], faults: list[str]) -> None:
    facts = {name: text for name, text in (FACTS | changes).items() if text is not None}
    found = read_facts(facts, CARD)
    assert [each.field for each in found if isinstance(each, Fault)] == faults
    assert isinstance(found, tuple) == bool(faults)


def test_a_draft_may_be_incomplete_but_not_wrong() -> None:
    assert read_facts({}, CARD, complete=False) == {}
    assert isinstance(read_facts({"age": "x"}, CARD, complete=False), tuple)


def test_words_that_no_category_lists_are_refused_unless_the_card_has_points_for_them() -> None:
    strict = tuple(replace(each, other=None) for each in CARD.characteristics)
    found = read_facts(FACTS | {"employment": "acrobat"}, replace(CARD, characteristics=strict))
    assert isinstance(found, tuple)
    [fault] = found
    assert (fault.field, "salaried" in fault.remedy) == ("facts.employment", True)
    assert read_facts({}, replace(CARD, characteristics=strict), complete=False) == {}
    assert not isinstance(read_facts(FACTS, replace(CARD, characteristics=strict)), tuple)


def test_facts_that_nobody_read_are_not_scored() -> None:
    with pytest.raises(Broken, match="not read"):
        score({}, CARD)
    holed = Characteristic("n", TITLE, "income-low", bands=(Band(Decimal(1), 5, "income-low"),))
    with pytest.raises(Broken, match="leave a number out"):
        score({"n": Decimal(1)}, replace(CARD, characteristics=(holed,), knock_outs=()))


def test_reasons_are_found_by_code_in_both_languages() -> None:
    [first, second] = named_reasons(["many-loans", "under-age", "many-loans"], CARD)
    assert not isinstance(first, Fault)
    assert (first.code, first.zh, first.en) == (
        "many-loans",
        "未结清贷款较多",
        "Several loans are still open",
    )
    assert not isinstance(second, Fault)
    assert [each.field for each in named_reasons(["x", "y"], CARD) if isinstance(each, Fault)] == [
        "reasons"
    ] * 2


@given(st.data())
def test_base_and_lines_add_up_to_the_points(data: st.DataObject) -> None:
    card = data.draw(cards())
    decision = score(read(card, data.draw(told(card))), card)
    assert decision.points == card.base + sum(line.points for line in decision.lines)
    assert [line.characteristic for line in decision.lines] == [each.name for each in card.characteristics]
    assert all(line.lost >= 0 for line in decision.lines)


@given(st.data())
def test_reasons_are_those_of_knock_outs_and_then_of_the_largest_losses(data: st.DataObject) -> None:
    card = data.draw(cards())
    decision = score(read(card, data.draw(told(card))), card)
    codes = [reason.code for reason in decision.reasons]
    assert not [code for code, times in Counter(codes).items() if times > 1]
    outs = list(dict.fromkeys(each.reason for each in decision.knocked))
    assert codes[: len(outs)] == outs
    worst: dict[str, int] = {}
    for line in decision.lines:
        if line.lost:
            worst[line.reason] = max(worst.get(line.reason, 0), line.lost)
    rest = codes[len(outs) :]
    assert [worst[code] for code in rest] == sorted((worst[code] for code in rest), reverse=True)
    ranked = sorted(worst.values(), reverse=True)[: card.shown]
    assert all(worst[code] >= ranked[-1] for code in rest)
    assert {line.reason for line in decision.lines if line.lost > (ranked[-1] if ranked else 0)} <= {*codes}
    assert len(rest) <= card.shown


@given(st.data())
def test_a_trend_is_kept(data: st.DataObject) -> None:
    """More of a rising characteristic never lowers points or proposal; falling the other way round."""
    card = data.draw(cards())
    facts = data.draw(told(card))
    ranks = [Advice.DECLINE, Advice.REFER, Advice.APPROVE]
    for each in card.characteristics:
        if each.trend is None or each.name not in facts:
            continue
        more = facts | {each.name: str(int(facts[each.name]) + data.draw(st.integers(0, 60)))}
        pair = [score(read(card, facts), card), score(read(card, more), card)]
        low, high = pair if each.trend is Trend.RISING else reversed(pair)
        assert low.points <= high.points
        assert ranks.index(low.outcome) <= ranks.index(high.outcome)


@given(st.data())
def test_points_propose_and_only_knock_outs_decline(data: st.DataObject) -> None:
    card = data.draw(cards())
    decision = score(read(card, data.draw(told(card))), card)
    by_points = (
        Advice.APPROVE
        if decision.points >= card.approve_from
        else Advice.REFER
        if decision.points >= card.refer_from
        else Advice.DECLINE
    )
    assert decision.outcome is (Advice.DECLINE if decision.knocked else by_points)
    assert (after_scoring(decision) == "declined") == bool(decision.knocked)
    assert decision.final == any(each.final for each in decision.knocked)
    assert not decision.knocked or decision.reasons


@given(st.data())
def test_the_order_of_the_facts_changes_nothing(data: st.DataObject) -> None:
    card = data.draw(cards())
    facts = data.draw(told(card))
    backwards = dict(reversed(facts.items()))
    assert score(read(card, facts), card) == score(read(card, backwards), card)


def test_the_best_of_a_characteristic_counts_what_silence_gives() -> None:
    words = (Category("a", frozenset("a"), 5, "r"), Category("b", frozenset("b"), 9, "r"))
    assert Characteristic("w", TITLE, "r", categories=words, other=12, missing=10).best == 12
