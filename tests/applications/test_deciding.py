"""Who may decide, which state follows which, and when an application has expired. Pure."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.applications.model import Advice, ApplicationState, Decision, Knocked, Limit, Refusal, Validity
from dunwell.applications.rules import (
    MOVES,
    OPEN,
    Case,
    after_scoring,
    faults_of_wish,
    last_day,
    may_approve,
    may_decline,
    person_of,
    standing,
)
from dunwell.kernel.caller import Actor, ActorKind
from dunwell.kernel.money import Money
from tests.applications.cards import the_file

LIMITS = (
    Limit("applications:approve", frozenset({Advice.APPROVE, Advice.REFER}), {"CNY": 50_000_00}),
    Limit("applications:approve-high", frozenset(Advice), {"CNY": 200_000_00}),
)
CASE = Case(frozenset({"staff:mei"}), frozenset(), Money(10_000_00, "CNY"), Advice.APPROVE, final=False)


def somebody(name: str, *scopes: str, kind: ActorKind = ActorKind.STAFF) -> Actor:
    return Actor(kind, name, frozenset(scopes or {"applications:approve"}))


HIGH = ("applications:approve", "applications:approve-high")


@pytest.mark.parametrize(
    ("actor", "changes", "refusal"),
    [
        (somebody("ding#1"), {}, None),
        (somebody("mei#1"), {}, Refusal.SAME_PERSON),
        (somebody("mei#2"), {}, Refusal.SAME_PERSON),
        (somebody("mei"), {}, Refusal.SAME_PERSON),
        (somebody("mei-li#1"), {}, None),
        (somebody("mei#1", *HIGH), {}, Refusal.SAME_PERSON),
        (somebody("mei#1", "*"), {}, Refusal.SAME_PERSON),
        (somebody("ding#1"), {"makers": frozenset({"staff:mei", "staff:ding"})}, Refusal.SAME_PERSON),
        (somebody("ding#1"), {"deciders": frozenset({"staff:ding"})}, Refusal.SAME_PERSON),
        (somebody("score", kind=ActorKind.SYSTEM), {}, Refusal.NOT_A_PERSON),
        (somebody("cli", "*", kind=ActorKind.OPERATOR), {}, Refusal.NOT_A_PERSON),
        (somebody("gateway", kind=ActorKind.PROVIDER), {}, Refusal.NOT_A_PERSON),
        (somebody("ding#1"), {"final": True}, Refusal.KNOCKED_OUT),
        (somebody("ding#1", "*"), {"final": True}, Refusal.KNOCKED_OUT),
        (somebody("ding#1"), {"amount": Money(50_000_00, "CNY")}, None),
        (somebody("ding#1"), {"amount": Money(50_000_01, "CNY")}, Refusal.ABOVE_LIMIT),
        (somebody("ding#1", *HIGH), {"amount": Money(50_000_01, "CNY")}, None),
        (somebody("ding#1", *HIGH), {"amount": Money(200_000_01, "CNY")}, Refusal.ABOVE_LIMIT),
        (somebody("ding#1", "*"), {"amount": Money(200_000_01, "CNY")}, Refusal.ABOVE_LIMIT),
        (somebody("ding#1"), {"amount": Money(1, "USD")}, Refusal.ABOVE_LIMIT),
        (somebody("ding#1"), {"advice": Advice.REFER}, None),
        (somebody("ding#1"), {"advice": Advice.DECLINE}, Refusal.ABOVE_LIMIT),
        (somebody("ding#1", *HIGH), {"advice": Advice.DECLINE}, None),
        (somebody("ding#1", "loans:write"), {}, Refusal.ABOVE_LIMIT),
    ],
)
def test_who_may_approve(actor: Actor, changes: dict[str, object], refusal: Refusal | None) -> None:
    assert may_approve(actor, replace(CASE, **changes), LIMITS) is refusal


def test_without_limits_nobody_approves_and_declining_needs_none() -> None:
    assert may_approve(somebody("ding#1", "*"), CASE, ()) is Refusal.ABOVE_LIMIT
    assert may_decline(somebody("ding#1"), CASE) is None
    assert may_decline(somebody("mei#9"), CASE) is Refusal.SAME_PERSON
    assert may_decline(somebody("cli", kind=ActorKind.OPERATOR), CASE) is Refusal.NOT_A_PERSON


def test_a_limit_allows_amount_and_proposal_together_or_not_at_all() -> None:
    halves = (
        Limit("applications:approve", frozenset({Advice.DECLINE}), {"CNY": 1_00}),
        Limit("applications:approve", frozenset({Advice.APPROVE}), {"CNY": 90_000_00}),
    )
    against = replace(CASE, advice=Advice.DECLINE)
    assert may_approve(somebody("ding#1"), against, halves) is Refusal.ABOVE_LIMIT


@given(
    st.text("abc-", min_size=1, max_size=6), st.text("0123456789abcdef", max_size=8), st.sampled_from(HIGH)
)
def test_no_token_makes_a_maker_another_person(name: str, token: str, scope: str) -> None:
    maker, checker = somebody(f"{name}#{token}"), somebody(f"{name}#f{token}", scope, "*")
    case = replace(CASE, makers=frozenset({person_of(maker)}))
    assert may_approve(checker, case, LIMITS) is Refusal.SAME_PERSON
    assert may_decline(checker, case) is Refusal.SAME_PERSON


@given(st.integers(1, 300_000_00), st.integers(0, 300_000_00), st.sampled_from(Advice))
def test_who_may_approve_much_may_approve_less(amount: int, less: int, advice: Advice) -> None:
    actor = somebody("ding#1", *HIGH)
    case = replace(CASE, amount=Money(amount, "CNY"), advice=advice)
    smaller = replace(case, amount=Money(max(1, amount - less), "CNY"))
    if may_approve(actor, case, LIMITS) is None:
        assert may_approve(actor, smaller, LIMITS) is None


def test_what_follows_a_score() -> None:
    plain = Decision("any", 0, 0, (), (), (), Advice.APPROVE)
    assert after_scoring(plain) is ApplicationState.SCORED
    assert after_scoring(replace(plain, outcome=Advice.DECLINE)) is ApplicationState.SCORED
    assert after_scoring(replace(plain, outcome=Advice.REFER)) is ApplicationState.REFERRED
    out = replace(plain, outcome=Advice.DECLINE, knocked=(Knocked("k", "r", final=False),))
    assert after_scoring(out) is ApplicationState.DECLINED
    assert not out.final


def test_every_state_leads_somewhere_that_exists_and_open_ones_can_expire() -> None:
    assert set(MOVES) == set(ApplicationState)
    assert (
        frozenset(
            {
                ApplicationState.DRAFT,
                ApplicationState.SCORED,
                ApplicationState.REFERRED,
                ApplicationState.APPROVED,
                ApplicationState.ACCEPTED,
            }
        )
        == OPEN
    )
    reached = frozenset[ApplicationState]().union(*MOVES.values())
    assert reached == set(ApplicationState) - {ApplicationState.DRAFT}


def test_money_goes_out_only_after_an_approval() -> None:
    """Whatever way leads to a payout, a person approved on it."""

    def ways(
        state: ApplicationState, been: tuple[ApplicationState, ...]
    ) -> list[tuple[ApplicationState, ...]]:
        here = (*been, state)
        if state is ApplicationState.DISBURSED:
            return [here]
        return [way for following in MOVES[state] if following not in been for way in ways(following, here)]

    found = ways(ApplicationState.DRAFT, ())
    assert found
    assert all(ApplicationState.APPROVED in way and ApplicationState.ACCEPTED in way for way in found)


VALIDITY = Validity(draft=30, decision=20, offer=14, payout=7)


@pytest.mark.parametrize(
    ("state", "days"),
    [("draft", 30), ("scored", 20), ("referred", 20), ("approved", 14), ("accepted", 7), ("declined", None)],
)
def test_how_long_a_state_lasts(state: str, days: int | None) -> None:
    begins = date(2026, 2, 27)
    expected = None if days is None else begins + timedelta(days=days)
    assert last_day(ApplicationState(state), begins, VALIDITY) == expected


@pytest.mark.parametrize("kept", ApplicationState)
def test_the_last_day_still_counts(kept: ApplicationState) -> None:
    last = date(2026, 3, 9)
    assert standing(kept, last, last) is kept
    after = standing(kept, last, last + timedelta(days=1))
    assert after is (ApplicationState.EXPIRED if kept in OPEN else kept)
    assert standing(kept, None, date(2199, 1, 1)) is kept


@pytest.mark.parametrize(
    ("amount", "currency", "count", "fields"),
    [
        (1_000_00, "CNY", 3, []),
        (200_000_00, "CNY", 12, []),
        (999_99, "CNY", 3, ["amount"]),
        (200_000_01, "CNY", 3, ["amount"]),
        (1_000_00, "USD", 3, ["amount"]),
        (1_000_00, "CNY", 4, ["count"]),
        (1, "CNY", 1, ["amount", "count"]),
    ],
)
def test_what_a_product_allows(amount: int, currency: str, count: int, fields: list[str]) -> None:
    product = the_file().product("consumer")
    assert product is not None
    faults = faults_of_wish(product, Money(amount, currency), count)
    assert [fault.field for fault in faults] == fields
