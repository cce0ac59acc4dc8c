"""Whom a payment is for: every rung, every reason to ask a person, and never two answers."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.statements.matches import (
    Candidates,
    EntryFacts,
    Found,
    Match,
    MatchKind,
    MatchRules,
    Owed,
    Target,
    ThirdParty,
    Unmatched,
)
from dunwell.statements.rules.matching import match as rule
from dunwell.statements.use_cases.taking import by_law as split

DAY = date(2026, 9, 1)
ANN, BOB = BorrowerId(UUID(int=1)), BorrowerId(UUID(int=2))
RULES = MatchRules()
FACTS = EntryFacts(50_000, "CNY", DAY, legal_name=True)


def match(facts: EntryFacts, candidates: Candidates, rules: MatchRules) -> Match | Unmatched:
    return rule(facts, candidates, rules, split)


def a_debt(number: int = 1, borrower: BorrowerId = ANN, **changes: object) -> Owed:
    """500.00 overdue since twelve days, 1,000.00 open in all."""
    owed = Owed(
        LoanId(UUID(int=100 + number)),
        f"L-{number:05}",
        borrower,
        "CNY",
        open=True,
        overdue=50_000,
        outstanding=100_000,
        due_since=DAY - timedelta(days=12),
    )
    return replace(owed, **changes)


def known(*debts: Owed, **changes: object) -> Candidates:
    loans: dict[BorrowerId, tuple[Owed, ...]] = {}
    for each in debts:
        loans[each.borrower] = (*loans.get(each.borrower, ()), each)
    return replace(Candidates(loans=loans), **changes)


def named(owed: Owed, place: str = "remark") -> Found:
    return Found(owed.reference, place, Target(owed.borrower, owed.loan))


def matched(outcome: Match | Unmatched) -> Match:
    assert isinstance(outcome, Match), outcome
    assert outcome.explanation
    return outcome


def refused(outcome: Match | Unmatched) -> Unmatched:
    assert isinstance(outcome, Unmatched), outcome
    assert outcome.explanation
    return outcome


def parts(outcome: Match | Unmatched) -> list[tuple[str, int]]:
    return [(part.reference, part.minor) for part in matched(outcome).parts]


def test_a_virtual_account_goes_before_everything():
    one, two = a_debt(1), a_debt(2)
    found = match(FACTS, known(one, two, sub_accounts=(Target(ANN, two.loan),), by_account=(BOB,)), RULES)
    assert (matched(found).kind, parts(found)) == (MatchKind.SUB_ACCOUNT, [("L-00002", 50_000)])
    assert matched(found).confidence == 100


def test_a_debtors_virtual_account_pays_their_loans_oldest_first():
    old, new = a_debt(2, due_since=DAY - timedelta(days=60)), a_debt(1)
    found = match(replace(FACTS, minor=70_000), known(new, old, sub_accounts=(Target(ANN),)), RULES)
    assert parts(found) == [("L-00002", 50_000), ("L-00001", 20_000)]
    guaranteed = a_debt(3, own=False, due_since=DAY - timedelta(days=300))
    own = match(FACTS, known(new, guaranteed, sub_accounts=(Target(ANN),)), RULES)
    assert parts(own) == [("L-00001", 50_000)]
    only = match(FACTS, known(guaranteed, sub_accounts=(Target(ANN),)), RULES)
    assert parts(only) == [("L-00003", 50_000)]


def test_our_reference_names_the_loan_whatever_the_amount():
    debt = a_debt()
    found = match(replace(FACTS, minor=1), known(debt, references=(named(debt, "order"),)), RULES)
    assert (matched(found).kind, parts(found)) == (MatchKind.REFERENCE, [("L-00001", 1)])
    assert "order" in matched(found).explanation[0]


def test_a_reference_is_more_exact_than_the_virtual_account():
    one, two = a_debt(1), a_debt(2)
    found = match(FACTS, known(one, two, sub_accounts=(Target(ANN),), references=(named(two),)), RULES)
    assert (matched(found).kind, parts(found)) == (MatchKind.SUB_ACCOUNT, [("L-00002", 50_000)])
    assert len(matched(found).explanation) == 2


def test_two_loans_named_by_one_payer_share_it():
    one = a_debt(1, overdue=30_000, due_today=1_000, next_due_on=DAY + timedelta(days=20))
    two = a_debt(2, due_since=None, overdue=0, next_due_on=DAY + timedelta(days=30))
    found = match(FACTS, known(one, two, references=(named(one), named(two))), RULES)
    assert parts(found) == [("L-00001", 50_000)]
    more = match(replace(FACTS, minor=120_000), known(one, two, references=(named(one), named(two))), RULES)
    assert parts(more) == [("L-00001", 100_000), ("L-00002", 20_000)]
    beyond = match(replace(FACTS, minor=250_000), known(one, two, references=(named(one), named(two))), RULES)
    assert parts(beyond) == [("L-00001", 150_000), ("L-00002", 100_000)]


def test_the_heavier_burden_is_paid_first():
    dear, cheap = a_debt(1, burden=Decimal("0.24")), a_debt(2, due_since=DAY - timedelta(days=60))
    found = match(replace(FACTS, minor=60_000), known(dear, cheap, sub_accounts=(Target(ANN),)), RULES)
    assert sorted(parts(found)) == [("L-00001", 50_000), ("L-00002", 10_000)]


def test_numbers_that_lead_to_two_people_are_never_guessed():
    one, two = a_debt(1), a_debt(2, BOB)
    both = known(one, two, references=(named(one), named(two)))
    assert refused(match(FACTS, both, RULES)).reason == "ambiguous"
    assert len(refused(match(FACTS, both, RULES)).suggestions) == 2
    contrary = known(one, two, sub_accounts=(Target(BOB),), references=(named(one),))
    assert refused(match(FACTS, contrary, RULES)).reason == "ambiguous"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"currency": "USD"}, "wrong-currency"),
        ({"open": False, "outstanding": 0}, "loan-closed"),
    ],
)
def test_money_that_does_not_fit_the_named_loan_waits(change: dict[str, object], reason: str):
    debt = a_debt(**change)
    found = refused(match(FACTS, known(debt, references=(named(debt),)), RULES))
    assert found.reason == reason
    assert found.suggestions[0].reference == "L-00001"


def test_a_debtor_without_loans_waits():
    assert refused(match(FACTS, Candidates(sub_accounts=(Target(ANN),)), RULES)).reason == "no-loan"


def test_somebody_elses_money_waits_and_a_tenant_may_say_otherwise():
    debt = a_debt()
    other = known(debt, references=(named(debt),), liable={ANN: False})
    assert refused(match(FACTS, other, RULES)).reason == "third-party"
    assert parts(match(FACTS, other, replace(RULES, third_party=ThirdParty.MATCH)))
    nickname = replace(FACTS, legal_name=False)
    assert parts(match(nickname, other, RULES)), "a platform's nickname is nobody's name"
    for liable in (True, None):
        assert parts(match(FACTS, replace(other, liable={ANN: liable}), RULES))


@pytest.mark.parametrize("kind", [MatchKind.SUB_ACCOUNT, MatchKind.PAYER_ACCOUNT])
def test_a_rung_that_is_not_automatic_suggests(kind: MatchKind):
    debt = a_debt()
    rules = replace(RULES, automatic=frozenset(MatchKind) - {kind})
    given_by = known(debt, sub_accounts=(Target(ANN),)) if kind is MatchKind.SUB_ACCOUNT else None
    found = refused(match(FACTS, given_by or known(debt, by_account=(ANN,)), rules))
    assert found.reason == "not-automatic"
    assert found.suggestions[0].reference == "L-00001"


FIGURES = [
    (50_000, {}),
    (51_000, {"due_today": 1_000}),
    (50_000, {"due_today": 1_000}),
    (100_000, {}),
    (7_700, {"next_due": 7_700, "next_due_on": DAY + timedelta(days=15)}),
]


@pytest.mark.parametrize(("minor", "change"), FIGURES)
@pytest.mark.parametrize("kind", [MatchKind.PAYER_ACCOUNT, MatchKind.PAYER_NAME])
def test_a_payer_on_file_who_pays_exactly_what_is_due(minor: int, change: dict[str, object], kind: MatchKind):
    who = {"by_account": (ANN,)} if kind is MatchKind.PAYER_ACCOUNT else {"by_name": (ANN,)}
    found = match(replace(FACTS, minor=minor), known(a_debt(**change), **who), RULES)
    assert (matched(found).kind, parts(found)) == (kind, [("L-00001", minor)])


@pytest.mark.parametrize(
    ("minor", "change"),
    [
        (49_999, {}),
        (50_000, {"due_since": DAY - timedelta(days=91)}),
        (50_000, {"due_since": None, "overdue": 0}),
        (7_700, {"next_due": 7_700, "next_due_on": DAY + timedelta(days=16)}),
        (50_000, {"currency": "USD"}),
        (50_000, {"open": False}),
    ],
)
def test_any_other_amount_or_day_is_a_suggestion(minor: int, change: dict[str, object]):
    found = refused(match(replace(FACTS, minor=minor), known(a_debt(**change), by_account=(ANN,)), RULES))
    assert found.reason == "no-exact-amount"
    assert [each.reference for each in found.suggestions] == ["L-00001"]


def test_a_tolerance_is_the_tenants():
    rules = replace(RULES, tolerance=100)
    assert parts(match(replace(FACTS, minor=49_900), known(a_debt(), by_account=(ANN,)), rules))
    assert refused(match(replace(FACTS, minor=49_899), known(a_debt(), by_account=(ANN,)), rules))


def test_what_is_due_on_all_loans_is_paid_at_once():
    one, two = a_debt(1), a_debt(2, due_since=DAY - timedelta(days=40))
    found = match(replace(FACTS, minor=100_000), known(one, a_debt(3, own=False), two, by_name=(ANN,)), RULES)
    assert parts(found) == [("L-00002", 100_000)], "one loan's whole balance is the nearer meaning"
    uneven = known(replace(one, overdue=20_000), two, by_name=(ANN,))
    shared = match(replace(FACTS, minor=70_000), uneven, RULES)
    assert parts(shared) == [("L-00002", 50_000), ("L-00001", 20_000)]


def test_equal_dues_of_one_debtor_go_to_the_older():
    one, two = a_debt(1), a_debt(2, due_since=DAY - timedelta(days=40))
    assert parts(match(FACTS, known(one, two, by_account=(ANN,)), RULES)) == [("L-00002", 50_000)]


def test_two_who_owe_the_same_are_never_guessed():
    both = known(a_debt(1), a_debt(2, BOB), by_name=(ANN, BOB))
    assert refused(match(FACTS, both, RULES)).reason == "ambiguous"
    one = known(a_debt(1), a_debt(2, BOB, overdue=1, outstanding=2), by_name=(ANN, BOB))
    assert parts(match(FACTS, one, RULES)) == [("L-00001", 50_000)]


def test_account_and_name_that_differ_are_never_guessed():
    both = known(a_debt(1), a_debt(2, BOB), by_account=(ANN,), by_name=(BOB,))
    assert refused(match(FACTS, both, RULES)).reason == "account-and-name-differ"
    late = known(a_debt(1, overdue=3, outstanding=4), a_debt(2, BOB), by_account=(ANN,), by_name=(BOB,))
    assert refused(match(FACTS, late, RULES)).reason == "account-and-name-differ"


def test_a_nickname_is_a_suggestion_only():
    found = refused(match(replace(FACTS, legal_name=False), known(a_debt(), by_name=(ANN,)), RULES))
    assert found.reason == "no-exact-amount"
    assert found.suggestions


def test_no_clue_is_no_match():
    found = refused(match(FACTS, Candidates(), RULES))
    assert (found.reason, found.suggestions) == ("nothing-found", ())


def test_suggestions_are_the_best_five_with_their_reasons():
    debts = [a_debt(number, overdue=number, outstanding=number, due_since=None) for number in range(1, 9)]
    everyone = known(*debts, a_debt(9, BOB, currency="USD"), mentioned=(BOB,), by_name=(ANN,))
    found = refused(match(replace(FACTS, minor=3), everyone, replace(RULES, automatic=frozenset())))
    assert len(found.suggestions) == 5
    assert found.suggestions[0].reference == "L-00003"
    assert [each.score for each in found.suggestions] == sorted(
        (each.score for each in found.suggestions), reverse=True
    )
    assert all(each.reasons for each in found.suggestions)


def test_a_reference_speaks_for_its_loan_alone():
    one, two = a_debt(1, open=False), a_debt(2)
    found = refused(match(FACTS, known(one, two, references=(named(one),), by_name=(ANN,)), RULES))
    scores = {each.reference: each.reasons for each in found.suggestions}
    assert any("names our number" in reason for reason in scores["L-00001"])
    assert not any("names our number" in reason for reason in scores["L-00002"])


amounts = st.integers(1, 5)
people = st.sampled_from([ANN, BOB])
debts = st.builds(
    lambda number, who, due, more, closed, own: a_debt(
        number, who, overdue=due, outstanding=due + more, open=not closed, own=own
    ),
    st.integers(1, 4),
    people,
    amounts,
    amounts,
    st.booleans(),
    st.booleans(),
)


@given(
    owed=st.lists(debts, max_size=5, unique_by=lambda each: each.loan),
    minor=amounts,
    account=st.lists(people, unique=True, max_size=2),
    name=st.lists(people, unique=True, max_size=2),
    subs=st.lists(people, unique=True, max_size=2),
    refs=st.integers(0, 3),
    legal=st.booleans(),
)
def test_there_is_one_outcome_with_reasons_and_no_cent_is_lost(
    owed: list[Owed],
    minor: int,
    account: list[BorrowerId],
    name: list[BorrowerId],
    subs: list[BorrowerId],
    refs: int,
    legal: bool,
):
    candidates = known(
        *owed,
        by_account=tuple(account),
        by_name=tuple(name),
        sub_accounts=tuple(Target(each) for each in subs),
        references=tuple(named(each) for each in owed[:refs]),
    )
    facts = replace(FACTS, minor=minor, legal_name=legal)
    outcome = match(facts, candidates, RULES)
    assert outcome == match(facts, candidates, RULES)
    assert outcome.explanation
    if isinstance(outcome, Unmatched):
        assert outcome.reason
        assert len(outcome.suggestions) <= 5
        return
    assert sum(part.minor for part in outcome.parts) == minor
    takers = {each.loan: each for each in owed}
    assert all(takers[part.loan].open and part.minor > 0 for part in outcome.parts)
    assert len({takers[part.loan].borrower for part in outcome.parts}) == 1
    assert len({part.loan for part in outcome.parts}) == len(outcome.parts)


@given(
    minor=st.integers(1, 400_000), owed=st.lists(debts, min_size=1, max_size=4, unique_by=lambda e: e.loan)
)
def test_a_split_adds_up(minor: int, owed: list[Owed]):
    shares = split(minor, owed, DAY)
    assert sum(part.minor for part in shares) == minor
    assert all(part.minor > 0 for part in shares)
