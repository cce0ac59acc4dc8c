"""Charges against the disclosure sheet, and the order in which the law settles a debt and several debts."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.loans.law import money_law
from dunwell.loans.model import Component
from dunwell.loans.model.law import Answer, OpenDebt
from dunwell.loans.rules.disclosure import judge_charge
from dunwell.loans.rules.law_of_payments import order_of_debts, split_over_debts, waterfall_for
from dunwell.loans.use_cases.lawful import spread_over_debts

CN = money_law("cn")
TODAY = date(2026, 11, 23)
NEW, OLD = date(2026, 8, 1), date(2026, 7, 31)
SHEET = ("principal", "interest", "penalty_interest")


@pytest.mark.parametrize(
    ("signed", "sheet", "code", "name", "reasons"),
    [
        (NEW, SHEET, "collection_fee", "催收服务费", ["FEE_NOT_DISCLOSED"]),
        (NEW, SHEET, "late_fee", "", ["FEE_NOT_DISCLOSED"]),
        (NEW, SHEET, "penalty_interest", "", []),
        (NEW, (), "interest", "", ["FEE_NOT_DISCLOSED"]),
        (NEW, None, "late_fee", "", []),
        (NEW, None, "collection_fee", "", ["EXTRA_FEE"]),
        (NEW, (*SHEET, "collection_fee"), "collection_fee", "", ["EXTRA_FEE"]),
        (OLD, SHEET, "late_fee", "", []),
        (OLD, SHEET, "collection_fee", "", ["EXTRA_FEE"]),
        (OLD, SHEET, "other", "催收服务费", ["EXTRA_FEE"]),
        (OLD, SHEET, "other", "Collection Fee", ["EXTRA_FEE"]),
        (OLD, SHEET, "other", "assessment", []),
    ],
)
def test_a_charge_is_judged_by_sheet_date_and_name(
    signed: date, sheet: tuple[str, ...] | None, code: str, name: str, reasons: list[str]
) -> None:
    found = judge_charge(CN, signed, sheet, code, name=name, on=TODAY)
    assert [*found.reasons] == reasons
    assert found.verdict is (Answer.DENY if reasons else Answer.ALLOW)
    assert bool(found.rules) is bool(reasons)


def test_other_packs_ask_for_the_sheet_or_leave_it() -> None:
    assert judge_charge(money_law("uk"), OLD, SHEET, "late_fee").reasons == ("FEE_NOT_DISCLOSED",)
    assert judge_charge(money_law("uk"), OLD, None, "collection_fee").verdict is Answer.ALLOW
    assert judge_charge(money_law("us"), NEW, SHEET, "late_fee").verdict is Answer.ALLOW


COSTS, FEES, PENALTIES, INTEREST, PRINCIPAL = Component
BY_LAW = (COSTS, FEES, PENALTIES, INTEREST, PRINCIPAL)
LATE_CARD = (PRINCIPAL, COSTS, FEES, PENALTIES, INTEREST)


@pytest.mark.parametrize(
    ("kind", "days", "order", "rules", "trust"),
    [
        ("loan", 0, BY_LAW, ("CN-ALL-01",), "L"),
        ("loan", 95, BY_LAW, ("CN-ALL-01",), "L"),
        ("card", 90, BY_LAW, ("CN-ALL-01",), "L"),
        ("card", 91, LATE_CARD, ("CN-ALL-03",), "M"),
    ],
)
def test_the_law_orders_costs_interest_principal_and_a_late_cards_principal_first(
    kind: str, days: int, order: tuple[Component, ...], rules: tuple[str, ...], trust: str
) -> None:
    found = waterfall_for(CN, TODAY, kind, days)
    assert found is not None
    assert (found.order, found.rules, found.value_class, found.agreed) == (order, rules, trust, False)


def test_an_agreed_order_wins_and_the_law_fills_it_up() -> None:
    found = waterfall_for(CN, TODAY, "loan", 5, (PRINCIPAL, INTEREST))
    assert found is not None
    assert (found.order, found.agreed) == ((PRINCIPAL, INTEREST, COSTS, FEES, PENALTIES), True)
    assert waterfall_for(money_law("uk"), TODAY, "loan", 5) is None
    foreign = waterfall_for(money_law("uk"), TODAY, "loan", 5, (PRINCIPAL,))
    assert foreign is not None
    assert foreign.order == (PRINCIPAL,)


def debt(
    name: str, open_: int = 100, due: date = date(2026, 1, 1), security: int = 0, burden: str = "0"
) -> OpenDebt:
    return OpenDebt(name, open_, due, security, Decimal(burden))


def names(*debts: OpenDebt, named: tuple[str, ...] = ()) -> list[list[str]]:
    return [[str(each.id) for each in group] for group in order_of_debts(debts, TODAY, named)]


def test_several_debts_are_settled_in_the_order_of_the_law() -> None:
    ahead = debt("ahead", due=date(2027, 1, 1), burden="0.5")
    secured, light = debt("secured", security=10_000, burden="0.3"), debt("light", burden="0.1")
    heavy_late, heavy = debt("later", due=date(2026, 2, 1), burden="0.2"), debt("heavy", burden="0.2")
    paid = debt("paid", 0)
    everything = (ahead, secured, light, heavy_late, heavy, paid)
    assert names(*everything) == [["heavy"], ["later"], ["light"], ["secured"], ["ahead"]]
    assert names(*everything, named=("ahead", "light", "ahead", "unknown")) == [
        ["ahead"], ["light"], ["heavy"], ["later"], ["secured"],
    ]  # fmt: skip
    assert names(debt("a"), debt("b"), heavy) == [["heavy"], ["a", "b"]]


def test_debts_that_are_alike_share_by_what_is_open() -> None:
    spread = spread_over_debts(100, [debt("a", 200), debt("b", 100), debt("c", 5, security=1)], TODAY)
    assert (spread.parts, spread.surplus) == ((("a", 67), ("b", 33)), 0)
    spread = spread_over_debts(400, [debt("a", 200), debt("b", 100)], TODAY, ("b",))
    assert (spread.parts, spread.surplus) == ((("b", 100), ("a", 200)), 100)
    assert split_over_debts(0, [debt("a")], TODAY).parts == ()


@given(
    st.integers(0, 10_000),
    st.lists(
        st.builds(
            OpenDebt,
            st.sampled_from("abcdefgh"),
            st.integers(0, 900),
            st.dates(date(2026, 1, 1), date(2027, 12, 31)),
            st.integers(0, 2),
            st.sampled_from([Decimal(0), Decimal("0.1")]),
        ),
        unique_by=lambda each: each.id,
    ),
    st.lists(st.sampled_from("abcxyz")),
)
def test_nothing_is_lost_or_overpaid_over_several_debts(
    amount: int, debts: list[OpenDebt], named: list[str]
) -> None:
    spread = split_over_debts(amount, debts, TODAY, named)
    opened = {each.id: each.open for each in debts}
    assert sum(part for _, part in spread.parts) + spread.surplus == amount
    assert all(0 < part <= opened[name] for name, part in spread.parts)
    assert len({name for name, _ in spread.parts}) == len(spread.parts)
    assert not spread.surplus or sum(part for _, part in spread.parts) == sum(opened.values())
