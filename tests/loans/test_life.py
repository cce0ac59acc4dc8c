"""Lives of a loan: what each kind of happening does, to instalments, credit and charges."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.loans.model import (
    Clauses,
    Component,
    DayCount,
    Due,
    Every,
    Instalment,
    Method,
    Processing,
    Received,
    Slice,
    Spread,
    Terms,
    Unit,
    Waterfall,
)
from dunwell.loans.model.happenings import (
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Contract,
    Disbursed,
    InAdvance,
    Life,
    PaidIn,
    PaymentKind,
    RateChanged,
    ReAged,
    Reamortised,
    Refunded,
    Rescheduled,
    Revival,
    Waived,
)
from dunwell.loans.rules import append, replay
from dunwell.loans.rules.life import live, payoff
from dunwell.loans.rules.schedule import schedule

LENT = date(2024, 1, 1)
FEES, PENALTIES, PRINCIPAL, INTEREST = (
    Component.FEES,
    Component.PENALTIES,
    Component.PRINCIPAL,
    Component.INTEREST,
)
FIRST, SECOND, THIRD = date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)
THREE = (Due(1, FIRST, 100, 0), Due(2, SECOND, 100, 0), Due(3, THIRD, 100, 0))
CONTRACT = Contract(principal=300, disbursed_on=LENT, dues=THREE)


def happens(place: int, what: type[Any], on: date, **said: Any) -> Any:
    return what(UUID(int=place), on, place, **said)


def pays(place: int, on: date, amount: int, **said: Any) -> PaidIn:
    return PaidIn(UUID(int=place), on, place, amount, **said)


def fee(place: int, on: date, amount: int, due_on: date, component: Component = FEES) -> Charged:
    return Charged(UUID(int=place), on, place, "fee", component, amount, due_on)


def principals(life: Life) -> list[tuple[date, int]]:
    return [(each.due.due_on, each.due.principal) for each in life.instalments]


def opened(life: Life) -> list[int]:
    return [each.outstanding for each in life.instalments]


def interest_loan(method: Method = Method.EQUAL_INSTALMENT, rate: str = "0.12") -> Contract:
    terms = Terms(120_000, Decimal(rate), method, DayCount.THIRTY_360, LENT, 4, Every())
    dues = schedule(terms)
    return Contract(terms.principal, LENT, dues, terms.annual_rate, terms.day_count, method=method)


dues = st.lists(st.tuples(*[st.integers(0, 5_000)] * 5, st.integers(1, 300)), min_size=1, max_size=8).map(
    lambda rows: tuple(
        Due(number, LENT + timedelta(days=at), *amounts)
        for number, (*amounts, at) in enumerate(sorted(rows, key=lambda row: row[-1]), start=1)
    )
)
payments = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 20_000)), max_size=8).map(
    lambda rows: [
        Received(UUID(int=number), amount, LENT + timedelta(days=at))
        for number, (at, amount) in enumerate(sorted(rows, key=lambda row: row[0]), start=1)
    ]
)
waterfalls = st.builds(Waterfall, st.permutations(Component).map(tuple), st.sampled_from(Processing))


@given(dues, payments, waterfalls)
def test_a_life_of_payments_alone_is_what_the_fast_path_says(
    dues: tuple[Due, ...], payments: list[Received], waterfall: Waterfall
) -> None:
    contract = Contract(sum(due.principal for due in dues), LENT, dues, waterfall=waterfall)
    life = live(contract, [pays(each.id.int, each.received_on, each.amount) for each in payments])
    instalments, allocations = replay(dues, payments, waterfall)
    booked = append([Instalment(due) for due in dues], payments, waterfall)
    assert life.instalments == instalments == booked.instalments
    assert life.credit == booked.credit
    for each in payments:
        effect = life.effects[each.id]
        assert (effect.slices, effect.surplus) == (allocations[each.id].slices, allocations[each.id].surplus)


@pytest.mark.parametrize(
    ("mode", "left"),
    [
        (InAdvance.NEXT, [0, 10, 100]),
        (InAdvance.LAST, [0, 100, 10]),
        (InAdvance.SHORTER, [0, 100, 10]),
        (InAdvance.SMALLER, [0, 55, 55]),
        (InAdvance.CREDIT, [0, 100, 100]),
    ],
)
def test_money_before_its_time_goes_where_the_contract_says(mode: InAdvance, left: list[int]) -> None:
    contract = replace(CONTRACT, in_advance={PaymentKind.REPAYMENT: mode})
    life = live(contract, [pays(1, FIRST, 190)])
    assert opened(life) == left
    assert life.credit == (90 if mode is InAdvance.CREDIT else 0)
    assert opened(live(CONTRACT, [pays(1, FIRST, 190, in_advance=mode)])) == left


def test_a_debt_that_is_late_enough_may_have_another_order() -> None:
    dues = (Due(1, FIRST, 100, 10), Due(2, THIRD, 100, 10))
    order = (PRINCIPAL, INTEREST, Component.COSTS, FEES, PENALTIES)
    contract = replace(CONTRACT, dues=dues, late_from=30, late_order=order)
    early, late = (live(contract, [pays(1, FIRST + timedelta(days=after), 50)]) for after in (29, 30))
    assert early.instalments[0].paid.interest == 10
    assert late.instalments[0].paid.interest == 0
    settled = live(contract, [pays(1, FIRST, 220), pays(2, date(2025, 1, 1), 5)])
    assert settled.credit == 5


def test_even_parts_that_one_instalment_cannot_take_go_to_the_others() -> None:
    contract = replace(CONTRACT, in_advance={PaymentKind.GOODWILL: InAdvance.SMALLER})
    first = pays(1, LENT, 90, in_advance=InAdvance.LAST)
    life = live(contract, [first, pays(2, LENT, 120, kind=PaymentKind.GOODWILL)])
    assert opened(life) == [45, 45, 0]


def test_held_credit_settles_what_falls_due() -> None:
    held = pays(1, LENT, 150, in_advance=InAdvance.CREDIT)
    life = live(CONTRACT, [held, happens(2, ChargedOff, SECOND)])
    assert opened(life) == [0, 50, 100]
    assert life.credit == 0
    assert life.instalments[0].paid.settled_on == FIRST
    assert live(CONTRACT, [held]).credit == 150
    shown = live(CONTRACT, [held], FIRST)
    assert (shown.credit, opened(shown)) == (50, [0, 100, 100])


def test_shorter_settles_principal_before_other_components() -> None:
    dues = (Due(1, FIRST, 100, 10), Due(2, SECOND, 100, 5))
    life = live(replace(CONTRACT, dues=dues), [pays(1, LENT, 208, in_advance=InAdvance.SHORTER)])
    assert [(each.paid.principal, each.paid.interest) for each in life.instalments] == [(100, 3), (100, 5)]


def test_due_comes_first_even_where_a_component_is_finished_first() -> None:
    dues = (Due(1, FIRST, 100, 10), Due(2, SECOND, 100, 10))
    order = (INTEREST, PRINCIPAL, Component.COSTS, FEES, PENALTIES)
    contract = replace(CONTRACT, dues=dues, waterfall=Waterfall(order, Processing.COMPONENT_FIRST))
    assert opened(live(contract, [pays(1, FIRST, 50)])) == [70, 100]
    assert opened(live(replace(contract, due_first=True), [pays(1, FIRST, 50)])) == [60, 110]
    ahead = replace(contract, advance_order=(PRINCIPAL, INTEREST, Component.COSTS, FEES, PENALTIES))
    assert live(ahead, [pays(1, LENT, 50)]).instalments[0].paid.principal == 50


@pytest.mark.parametrize(
    ("due_on", "number"),
    [(date(2023, 12, 1), 1), (LENT, 1), (FIRST, 1), (date(2024, 2, 2), 2), (date(2024, 5, 1), 4)],
)
def test_a_charge_lives_where_its_due_date_lies(due_on: date, number: int) -> None:
    life = live(CONTRACT, [fee(1, LENT, 7, due_on)])
    assert [each.due.number for each in life.instalments if each.due.fees] == [number]
    assert life.charges[0].instalment == number
    assert life.beyond == ({4} if number == 4 else frozenset())


def test_a_charge_is_waived_as_far_as_it_is_open() -> None:
    charged = [fee(1, LENT, 20, FIRST), fee(2, LENT, 30, LENT)]
    life = live(CONTRACT, [*charged, pays(3, FIRST, 35), happens(4, Waived, FIRST, charge=UUID(int=1))])
    first, second = life.charges
    assert (first.paid, first.waived, first.outstanding) == (5, 15, 0)
    assert (second.paid, second.outstanding) == (30, 0)
    assert life.effects[UUID(int=4)].waived == (Slice(1, FEES, 15),)


def test_waiving_an_unknown_charge_does_nothing() -> None:
    life = live(CONTRACT, [happens(1, Waived, FIRST, charge=UUID(int=99))])
    assert life.effects[UUID(int=1)].waived == ()


def test_a_component_is_waived_oldest_first_up_to_an_amount() -> None:
    life = live(CONTRACT, [happens(1, Waived, FIRST, component=PRINCIPAL, amount=150)])
    assert opened(life) == [0, 50, 100]
    assert life.instalments[0].paid.settled_on == FIRST
    assert opened(live(CONTRACT, [happens(1, Waived, FIRST)])) == [0, 0, 0]


def test_a_charge_adjustment_is_spread_as_money() -> None:
    life = live(
        CONTRACT,
        [fee(1, LENT, 20, SECOND), happens(2, ChargeAdjusted, FIRST, charge=UUID(int=1), amount=20)],
    )
    assert opened(life) == [80, 120, 100]


def test_a_chargeback_revives_what_the_payment_settled_principal_last() -> None:
    steps = [fee(1, LENT, 20, FIRST), pays(2, FIRST, 130)]
    back = happens(3, ChargedBack, date(2024, 2, 10), payment=UUID(int=2), amount=50)
    settled = live(CONTRACT, [*steps, back]).effects[UUID(int=3)]
    assert settled.added == (Slice(2, FEES, 20), Slice(2, PRINCIPAL, 30))
    principal = live(replace(CONTRACT, chargeback=Revival.PRINCIPAL), [*steps, back]).effects[UUID(int=3)]
    assert principal.added == (Slice(2, PRINCIPAL, 50),)


def test_a_chargeback_after_maturity_has_an_instalment_of_its_own() -> None:
    back = happens(2, ChargedBack, date(2024, 5, 1), payment=UUID(int=1), amount=40)
    life = live(CONTRACT, [pays(1, THIRD, 300), back])
    assert principals(life)[-1] == (date(2024, 5, 1), 40)
    assert opened(life) == [0, 0, 0, 40]
    assert life.beyond == {4}


def test_what_a_payment_left_over_is_charged_back_out_of_the_credit() -> None:
    back = happens(2, ChargedBack, date(2024, 5, 1), payment=UUID(int=1), amount=20)
    contract = replace(CONTRACT, chargeback=Revival.PRINCIPAL)
    life = live(contract, [pays(1, THIRD, 330), back])
    assert (life.credit, opened(life)) == (10, [0, 0, 0])


def test_a_refund_beyond_the_credit_is_owed() -> None:
    paid = pays(1, FIRST, 330)
    assert live(CONTRACT, [paid, happens(2, Refunded, FIRST, amount=30)]).credit == 0
    life = live(CONTRACT, [paid, happens(2, Refunded, FIRST, amount=50)])
    assert (life.credit, opened(life)) == (0, [20, 0, 0])
    assert life.instalments[0].paid.settled_on is None


def test_a_tranche_is_spread_over_what_lies_ahead() -> None:
    life = live(CONTRACT, [happens(1, Disbursed, FIRST, amount=100)])
    assert principals(life) == [(FIRST, 100), (SECOND, 150), (THIRD, 150)]
    whole = replace(CONTRACT, clauses=Clauses(spread=Spread.WHOLE_TERM))
    assert principals(live(whole, [happens(1, Disbursed, SECOND, amount=90)])) == [
        (FIRST, 100),
        (SECOND, 130),
        (THIRD, 160),
    ]


def test_a_tranche_after_the_last_due_date_lengthens_the_term() -> None:
    life = live(CONTRACT, [happens(1, Disbursed, date(2024, 5, 10), amount=70)])
    assert principals(life)[-1] == (date(2024, 6, 1), 70)
    assert not life.beyond


def test_a_tranche_may_be_due_at_once() -> None:
    contract = replace(CONTRACT, clauses=Clauses(down_payment=Decimal(1)))
    life = live(contract, [happens(1, Disbursed, date(2024, 5, 10), amount=70)])
    assert principals(life)[-1] == (date(2024, 5, 10), 70)


def test_a_tranche_has_its_down_payment_and_uses_credit() -> None:
    contract = replace(CONTRACT, clauses=Clauses(down_payment=Decimal("0.25")))
    life = live(contract, [pays(1, FIRST, 330), happens(2, Disbursed, FIRST, amount=100)])
    assert principals(life)[-1] == (FIRST, 25)
    assert life.credit == 0
    assert sum(opened(life)) == 70


def test_no_instalment_falls_below_what_is_paid_of_it() -> None:
    uneven = (Due(1, SECOND, 10, 0), Due(2, THIRD, 290, 0))
    paid = pays(1, LENT, 290, in_advance=InAdvance.LAST)
    life = live(replace(CONTRACT, dues=uneven), [paid, happens(2, Disbursed, FIRST, amount=100)])
    assert principals(life) == [(SECOND, 110), (THIRD, 290)]


def test_a_rate_changes_the_instalments_ahead() -> None:
    contract = interest_loan()
    life = live(contract, [happens(1, RateChanged, FIRST, annual_rate=Decimal(0))])
    assert [each.due.interest for each in life.instalments] == [1200, 0, 0, 0]
    assert sum(each.due.principal for each in life.instalments) == 120_000
    within = live(contract, [happens(1, RateChanged, date(2024, 2, 16), annual_rate=Decimal(0))])
    assert 0 < within.instalments[1].due.interest < contract.dues[1].interest
    after = live(contract, [happens(1, RateChanged, date(2025, 1, 1), annual_rate=Decimal(0))])
    assert after.instalments == tuple(Instalment(due) for due in contract.dues)


def test_rescheduling_moves_due_dates() -> None:
    life = live(CONTRACT, [happens(1, Rescheduled, LENT, from_due=SECOND, new_due=date(2024, 3, 15))])
    assert [day for day, _ in principals(life)] == [FIRST, date(2024, 3, 15), date(2024, 4, 15)]
    nothing = live(CONTRACT, [happens(1, Rescheduled, LENT, from_due=date(2025, 1, 1), extra=2)])
    assert principals(nothing) == principals(live(CONTRACT, []))


def test_rescheduling_adds_instalments_and_pauses_principal() -> None:
    life = live(CONTRACT, [happens(1, Rescheduled, LENT, from_due=SECOND, extra=2)])
    assert [amount for _, amount in principals(life)] == [100, 50, 50, 50, 50]
    paused = live(CONTRACT, [happens(1, Rescheduled, LENT, from_due=SECOND, pause=1)])
    assert principals(paused) == [(FIRST, 100), (SECOND, 0), (THIRD, 100), (date(2024, 5, 1), 100)]


def test_rescheduling_at_another_rate() -> None:
    steps = [happens(1, Rescheduled, FIRST, from_due=SECOND, annual_rate=Decimal(0))]
    assert [each.due.interest for each in live(interest_loan(), steps).instalments] == [1200, 0, 0, 0]


def test_flat_interest_is_counted_on_all_that_was_lent() -> None:
    terms = Terms(120_000, Decimal("0.12"), Method.FLAT, DayCount.PERIOD, LENT, 4, Every())
    contract = Contract(
        120_000, LENT, schedule(terms), Decimal("0.12"), DayCount.PERIOD, method=Method.FLAT, in_advance={}
    )
    assert [each.due.interest for each in live(contract, []).instalments] == [1200] * 4
    tranche = live(contract, [happens(1, Disbursed, FIRST, amount=30_000)])
    assert [each.due.interest for each in tranche.instalments] == [1200, 1500, 1500, 1500]
    cheaper = live(contract, [happens(1, RateChanged, date(2024, 2, 15), annual_rate=Decimal("0.06"))])
    assert [each.due.interest for each in cheaper.instalments][2:] == [600, 600]
    longer = live(contract, [happens(1, Rescheduled, FIRST, from_due=SECOND, extra=1)])
    assert [each.due.interest for each in longer.instalments] == [1200] * 5


def test_re_ageing_moves_principal_and_leaves_charges_where_they_are() -> None:
    aged = happens(
        2, ReAged, date(2024, 2, 10), first_due_on=date(2024, 6, 1), count=2, every=Every(1, Unit.WEEK)
    )
    life = live(CONTRACT, [fee(1, LENT, 7, FIRST), aged])
    assert opened(life) == [7, 0, 0, 150, 150]
    assert principals(life)[3:] == [(date(2024, 6, 1), 150), (date(2024, 6, 8), 150)]
    assert life.instalments[1].paid.settled_on == date(2024, 2, 10)


def test_re_ageing_takes_interest_along_that_has_not_run() -> None:
    contract = interest_loan()
    life = live(contract, [happens(1, ReAged, date(2024, 2, 16), first_due_on=date(2024, 3, 16), count=1)])
    kept = [each.due.interest for each in life.instalments]
    assert kept[0] == contract.dues[0].interest
    assert 0 < kept[1] < contract.dues[1].interest
    assert kept[2:4] == [0, 0]
    assert kept[4] > 0


def test_re_amortising_spreads_what_is_overdue() -> None:
    life = live(CONTRACT, [happens(1, Reamortised, date(2024, 2, 10))])
    assert opened(life) == [0, 150, 150]
    late = live(CONTRACT, [happens(1, Reamortised, date(2024, 5, 1))])
    assert opened(late) == [100, 100, 100]


def test_a_written_off_loan_is_still_owed() -> None:
    life = live(CONTRACT, [happens(1, ChargedOff, SECOND), pays(2, THIRD, 50), happens(3, ChargedOff, THIRD)])
    assert life.charged_off_on == SECOND
    assert life.outstanding == 250


def test_until_a_day_nothing_later_is_seen() -> None:
    steps = [pays(1, FIRST, 100), pays(2, SECOND, 100)]
    assert live(CONTRACT, steps, FIRST) == live(CONTRACT, steps[:1], FIRST)


def test_paying_off_costs_what_is_owed() -> None:
    assert payoff(CONTRACT, [pays(1, FIRST, 40)], SECOND) == 260
    assert payoff(CONTRACT, [pays(1, FIRST, 340)], SECOND) == 0
