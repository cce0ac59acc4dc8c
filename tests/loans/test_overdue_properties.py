"""What overdue terms add, whatever the history: monotone, additive, silent in a forgiven grace, below the ceiling."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from dunwell.loans.model import AfterGrace, Component, DayCount, Every, Unit
from dunwell.loans.model.law import Balance, Cap
from dunwell.loans.model.overdue import (
    Compound,
    LateFee,
    OverdueRate,
    OverdueTerms,
    PenaltySettled,
    Relief,
    Segment,
)
from dunwell.loans.rules.caps import cap_amount, capped_cost
from dunwell.loans.rules.overdue import accrued_since, overdue_accrual, overdue_fraction

DUE = date(2026, 1, 31)
RATE = Decimal("0.12")

offsets = st.integers(-20, 400)
amounts = st.integers(0, 1_000_000)
rates = st.decimals(0, 1, places=4)
counts = st.sampled_from(DayCount)


def day(number: int) -> date:
    return DUE + timedelta(days=number)


def overdue_rates() -> st.SearchStrategy[OverdueRate]:
    return st.builds(OverdueRate, rates, st.decimals(0, 2, places=2))


periods = st.builds(Every, st.integers(1, 3), st.sampled_from(Unit))
fees = st.builds(
    LateFee,
    st.integers(0, 500),
    rates,
    st.integers(0, 500),
    st.none() | st.integers(500, 9_000),
    st.none() | periods,
)
terms = st.builds(
    OverdueTerms,
    late_fee=st.none() | fees,
    penalty=st.none() | overdue_rates(),
    penalty_on=st.sampled_from([(Component.PRINCIPAL,), (Component.PRINCIPAL, Component.INTEREST)]),
    compound=st.none() | st.builds(Compound, overdue_rates(), st.booleans(), periods),
    day_count=st.none() | counts,
    grace_days=st.integers(0, 40),
    after_grace=st.sampled_from(AfterGrace),
    tolerance=st.integers(0, 2_000),
)
spans = st.tuples(offsets, st.integers(1, 200)).map(lambda each: (day(each[0]), day(each[0] + each[1])))
segments = st.lists(
    st.builds(
        lambda number, component, base, span, opened: Segment(
            number, component, base, DUE, span[0], None if opened else span[1]
        ),
        st.integers(1, 2),
        st.sampled_from([Component.PRINCIPAL, Component.INTEREST, Component.COSTS]),
        amounts,
        spans,
        st.booleans(),
    ),
    max_size=6,
)
reliefs = st.lists(st.builds(lambda span, stops: Relief(*span, stops), spans, st.booleans()), max_size=2)
settled = st.lists(
    st.builds(lambda n, on, amount: PenaltySettled(n, day(on), amount), st.integers(1, 2), offsets, amounts),
    max_size=3,
)


@given(terms, counts, segments, st.integers(0, 400), st.integers(0, 400), reliefs, settled)
def test_a_later_day_never_owes_less_and_asking_changes_nothing(
    given_terms: OverdueTerms,
    count: DayCount,
    history: list[Segment],
    first: int,
    more: int,
    relief: list[Relief],
    paid: list[PenaltySettled],
) -> None:
    def at(number: int):
        return overdue_accrual(given_terms, RATE, count, history, day(number), reliefs=relief, settled=paid)

    earlier, between, later = at(first), at(first + more // 2), at(first + more)
    for smaller, larger in ((earlier, between), (between, later)):
        before = {(each.instalment, each.item): each.exact for each in smaller.items}
        after = {(each.instalment, each.item): each.exact for each in larger.items}
        assert all(after[place] >= exact for place, exact in before.items())
    steps = [*accrued_since(earlier, between), *accrued_since(between, later)]
    assert sum(change.amount for change in steps) == later.total - earlier.total
    assert all(change.amount >= 0 for change in steps)
    assert sum(line.amount for line in later.lines) == sum(each.exact for each in later.items)


@given(terms, counts, segments, st.integers(0, 400), st.randoms(use_true_random=False))
def test_the_order_and_the_cutting_of_segments_do_not_matter(
    given_terms: OverdueTerms, count: DayCount, history: list[Segment], to: int, random
) -> None:
    cut: list[Segment] = []
    for each in history:
        middle = each.start + timedelta(days=random.randrange(30))
        if each.end is None or middle < each.end:
            cut += [each._replace(end=middle), each._replace(start=middle)]
        else:
            share = random.randint(0, each.base)
            cut += [each._replace(base=share), each._replace(base=each.base - share)]
    random.shuffle(cut)
    whole = overdue_accrual(given_terms, RATE, count, history, day(to))
    parts = overdue_accrual(given_terms, RATE, count, cut, day(to))
    assert parts.items == whole.items


@given(terms, counts, segments, segments, st.integers(0, 400), reliefs)
def test_more_open_never_accrues_less(
    given_terms: OverdueTerms,
    count: DayCount,
    history: list[Segment],
    extra: list[Segment],
    to: int,
    relief: list[Relief],
) -> None:
    less = overdue_accrual(given_terms, RATE, count, history, day(to), reliefs=relief)
    more = overdue_accrual(given_terms, RATE, count, [*history, *extra], day(to), reliefs=relief)
    larger = {(each.instalment, each.item): each.exact for each in more.items}
    assert all(larger[each.instalment, each.item] >= each.exact for each in less.items)


@given(terms, counts, segments, st.integers(0, 40), st.integers(0, 60))
def test_a_grace_adds_nothing_while_it_runs_and_a_forgiven_one_never(
    given_terms: OverdueTerms, count: DayCount, history: list[Segment], grace: int, after: int
) -> None:
    forgiving = replace(given_terms, grace_days=grace, after_grace=AfterGrace.FROM_GRACE_END)
    for each in (forgiving, replace(forgiving, after_grace=AfterGrace.FROM_DUE_DATE)):
        assert overdue_accrual(each, RATE, count, history, day(grace)).total == 0
    lines = overdue_accrual(forgiving, RATE, count, history, day(grace + after)).lines
    assert all(line.start >= day(grace) for line in lines)


@given(terms, counts, segments, st.integers(0, 400), rates, amounts)
def test_what_is_demanded_is_never_above_the_ceiling(
    given_terms: OverdueTerms, count: DayCount, history: list[Segment], to: int, rate: Decimal, lent: int
) -> None:
    accrued = overdue_accrual(given_terms, RATE, count, history, day(to))
    parts = {
        Component.FEES: accrued.fees,
        Component.PENALTIES: accrued.penalties + accrued.compound,
        Component.INTEREST: 1_234,
    }
    balances = [Balance(lent, day(-31), day(10)), Balance(lent // 2, day(10))]
    cost = capped_cost(Cap(rate, "COST_CAP", (), "", ""), parts, balances, count, day(to))
    whole = sum(
        each.amount * Fraction(rate) * overdue_fraction(count, each.start, min(each.end or day(to), day(to)))
        for each in balances
        if each.start < day(to)
    )
    assert cost.demanded <= (cost.cap or 0) <= whole
    assert cost.contractual == cost.demanded + cost.excess == sum(parts.values())
    assert sum(cost.excess_by_part.values()) == cost.excess
    assert all(taken <= parts[part] for part, taken in cost.excess_by_part.items())
    assert bool(cost.reasons) is bool(cost.excess)


@given(counts, rates, amounts, st.integers(0, 300), st.integers(0, 300))
def test_a_ceiling_on_a_cut_balance_is_the_same(
    count: DayCount, rate: Decimal, lent: int, cut: int, to: int
) -> None:
    whole, _ = cap_amount([Balance(lent, DUE)], rate, count, day(to))
    parts, _ = cap_amount([Balance(lent, DUE, day(cut)), Balance(lent, day(cut))], rate, count, day(to))
    assert parts == whole
