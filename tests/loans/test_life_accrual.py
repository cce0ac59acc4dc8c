"""What time adds to a life: interest by the day, and what overdue terms add, never beyond the ceiling."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dunwell.loans.model import Clauses, Component, DayCount, Due, Every, Method, Slice, Terms, Tranche
from dunwell.loans.model.happenings import (
    Charged,
    ChargedOff,
    Contract,
    InAdvance,
    InterestRule,
    Life,
    PaidIn,
    RateChanged,
    ReAged,
    Waived,
)
from dunwell.loans.model.law import Cap
from dunwell.loans.model.overdue import Compound, LateFee, OverdueRate, OverdueTerms, Relief
from dunwell.loans.rules.life import live, payoff
from dunwell.loans.rules.schedule import schedule

LENT, FIRST, SECOND, THIRD = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)
TERMS = Terms(10_000, Decimal("0.07"), Method.EQUAL_INSTALMENT, DayCount.THIRTY_360, LENT, 6, Every())
DAILY = Contract(
    10_000, LENT, schedule(TERMS), TERMS.annual_rate, TERMS.day_count, interest=InterestRule.DAILY
)
LATE = OverdueTerms(late_fee=LateFee(flat=500), penalty=OverdueRate(annual=Decimal("0.36")))
PENAL = Contract(
    200_000,
    LENT,
    (Due(1, FIRST, 100_000, 0), Due(2, SECOND, 100_000, 0)),
    day_count=DayCount.ACTUAL_365,
    overdue=LATE,
)


NO_MORE = Cap(Decimal("0.0001"), "COST_CAP", (), "", "")


def pays(place: int, on: date, amount: int, mode: InAdvance | None = None) -> PaidIn:
    return PaidIn(UUID(int=place), on, place, amount, in_advance=mode)


def rows(life: Life) -> list[tuple[int, int]]:
    return [(each.due.principal, each.due.interest) for each in life.instalments]


def test_late_money_costs_interest_by_the_day() -> None:
    assert rows(live(DAILY, [], date(2024, 3, 10))) == [
        (1643, 58),
        (1643, 58),
        (1656, 45),
        (1671, 30),
        (1681, 20),
        (1706, 10),
    ]


def test_early_money_saves_interest_and_paying_off_costs_what_has_run() -> None:
    on_time = pays(1, FIRST, 1701)
    owed = payoff(DAILY, [on_time], date(2024, 2, 15))
    assert owed == 8357 + 24
    life = live(DAILY, [on_time, pays(2, date(2024, 2, 15), owed)])
    assert rows(life)[1:3] == [(1677, 24), (1701, 0)]
    assert (life.outstanding, life.credit) == (0, 0)


def test_daily_interest_leaves_alone_what_is_paid_of_the_last() -> None:
    ahead = pays(1, date(2024, 1, 2), 1700, InAdvance.LAST)
    life = live(DAILY, [ahead, ChargedOff(UUID(int=2), THIRD, 2)])
    assert all(each.open(component) >= 0 for each in life.instalments for component in Component)
    assert sum(each.due.principal for each in life.instalments) == 10_000


def test_waived_principal_bears_no_interest() -> None:
    gift = Waived(UUID(int=1), date(2024, 1, 16), 1, component=Component.PRINCIPAL)
    life = live(DAILY, [gift], date(2024, 6, 1))
    assert life.outstanding == sum(each.due.interest for each in life.instalments) == 28


def test_nothing_is_counted_after_the_last_due_date() -> None:
    first, later = ChargedOff(UUID(int=1), date(2025, 1, 1), 1), ChargedOff(UUID(int=2), date(2026, 1, 1), 2)
    assert rows(live(DAILY, [first, later])) == rows(live(DAILY, [first]))


def test_daily_interest_follows_the_rate_and_other_methods_keep_their_principal() -> None:
    free = RateChanged(UUID(int=1), date(2024, 2, 16), 1, Decimal(0))
    assert [interest for _, interest in rows(live(DAILY, [free]))][2:] == [0, 0, 0, 0]
    only = replace(TERMS, method=Method.INTEREST_FIRST)
    contract = replace(DAILY, dues=schedule(only), method=only.method)
    life = live(contract, [pays(1, date(2024, 1, 16), 5_000, InAdvance.LAST)])
    assert [principal for principal, _ in rows(life)] == [0, 0, 0, 0, 0, 10_000]
    assert [interest for _, interest in rows(life)][1] == 29


def test_overdue_terms_are_assessed_when_something_happens() -> None:
    ten_days_late = pays(1, date(2024, 2, 11), 500)
    life = live(PENAL, [ten_days_late])
    penalty = round(100_000 * Decimal("0.36") * 10 / 365)
    assert life.effects[UUID(int=1)].accrued == (
        Slice(1, Component.FEES, 500),
        Slice(1, Component.PENALTIES, penalty),
    )
    assert life.instalments[0].paid.fees == 500
    assert not life.unposted
    later = live(PENAL, [ten_days_late], date(2024, 2, 21))
    assert later.unposted == (Slice(1, Component.PENALTIES, 987),)
    assert later.outstanding == life.outstanding + 987


def test_relief_stops_what_is_added() -> None:
    relief = (Relief(FIRST, date(2024, 2, 11)),)
    assert not live(replace(PENAL, relief=relief), [], date(2024, 2, 11)).unposted


def test_overdue_terms_never_go_beyond_the_ceiling() -> None:
    ceiling = Cap(Decimal("0.10"), "COST_CAP", (), "", "")
    until = date(2024, 6, 1)
    free = sum(part.amount for part in live(PENAL, [], until).unposted)
    bound = live(replace(PENAL, cap=ceiling), [], until)
    allowed = int(200_000 * Decimal("0.10") * (until - LENT).days / 365)
    assert sum(part.amount for part in bound.unposted) == allowed < free


def test_a_contracted_tranche_costs_nothing_before_its_day() -> None:
    clauses = Clauses(tranches=(Tranche(date(2024, 3, 16), 4_000),), down_payment=Decimal("0.25"))
    terms = replace(TERMS, clauses=clauses)
    contract = replace(DAILY, dues=schedule(terms), clauses=clauses)
    life = live(contract, [pays(1, LENT, 1_500)], LENT)
    assert rows(life) == [(due.principal, due.interest) for due in contract.dues]
    allowed = replace(contract, interest=InterestRule.SCHEDULED, overdue=LATE, cap=NO_MORE)
    assert not live(allowed, [], THIRD).unposted


def test_what_is_at_rest_is_not_counted_again() -> None:
    life = live(
        PENAL,
        [
            pays(1, date(2024, 2, 11), 101_486),
            pays(2, SECOND, 1_000),
            Charged(UUID(int=3), date(2024, 3, 2), 3, "fee", Component.FEES, 7, FIRST),
        ],
        date(2024, 3, 2),
    )
    assert life.effects[UUID(int=2)].accrued == ()


days = st.integers(0, 200).map(lambda days: LENT + timedelta(days=days))


@given(st.lists(days, max_size=6), st.sampled_from([None, Cap(Decimal("0.24"), "COST_CAP", (), "", "")]))
def test_it_does_not_matter_how_often_overdue_terms_were_assessed(on: list[date], cap: Cap | None) -> None:
    terms = replace(LATE, compound=Compound(OverdueRate(annual=Decimal("0.36")), on_penalty=True))
    contract = replace(PENAL, overdue=terms, cap=cap)
    until = LENT + timedelta(days=250)
    touched = [ChargedOff(UUID(int=place), each, place) for place, each in enumerate(on, start=1)]
    assert live(contract, touched, until).outstanding == live(contract, [], until).outstanding


def test_a_row_that_moved_ahead_gives_its_penalty_back_unless_it_is_paid() -> None:
    aged = ReAged(UUID(int=2), date(2024, 2, 20), 2, THIRD, 2)
    life = live(PENAL, [pays(1, date(2024, 2, 11), 700), aged], date(2024, 5, 1))
    assert all(each.open(component) >= 0 for each in life.instalments for component in Component)
