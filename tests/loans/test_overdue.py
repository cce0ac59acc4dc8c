"""What overdue terms add, case by case: late fees, penalty interest, compound interest, grace, tolerance, relief."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from dunwell.kernel.errors import Broken
from dunwell.loans.model import AfterGrace, Component, DayCount, Every, Unit
from dunwell.loans.model.overdue import (
    Accrued,
    Compound,
    LateFee,
    OverdueItem,
    OverdueRate,
    OverdueTerms,
    PenaltySettled,
    RateFrom,
    Relief,
    Segment,
    overdue_json,
    overdue_of,
)
from dunwell.loans.rules.overdue import accrued_since, overdue_accrual, overdue_days, overdue_fraction

DUE = date(2026, 3, 10)
RATE = Decimal("0.12")
TIMES = OverdueRate(times=Decimal("1.5"))
PRINCIPAL, INTEREST = Component.PRINCIPAL, Component.INTEREST
FORGIVING = AfterGrace.FROM_GRACE_END


def day(number: int) -> date:
    """A day by its distance from the due date."""
    return date.fromordinal(DUE.toordinal() + number)


def open_from_due(*parts: tuple[Component, int], until: int | None = None) -> list[Segment]:
    end = None if until is None else day(until)
    return [Segment(1, component, base, DUE, DUE, end) for component, base in parts]


LATE = open_from_due((PRINCIPAL, 100_000), (INTEREST, 1_000))


def accrue(terms: OverdueTerms, segments: list[Segment], to: date, **more: Any) -> Accrued:
    return overdue_accrual(terms, RATE, DayCount.ACTUAL_360, segments, to, **more)


def test_terms_that_add_nothing_add_nothing() -> None:
    assert accrue(OverdueTerms(grace_days=3), LATE, day(400)) == Accrued(day(400))
    assert accrue(OverdueTerms(penalty=TIMES), [], day(400)).total == 0


def test_penalty_interest_runs_on_overdue_principal_by_the_day() -> None:
    terms = OverdueTerms(penalty=TIMES)
    accrued = accrue(terms, LATE, day(30))
    # 1,000.00 at 1.5 x 12 % for 30 days of 360.
    assert (accrued.penalties, accrued.fees, accrued.compound, accrued.total) == (1_500, 0, 0, 1_500)
    (line,) = accrued.lines
    assert line == (
        1, OverdueItem.PENALTY, DUE, day(30), 30, 100_000, Fraction(18, 100), 1_500, "penalty_rate",
    )  # fmt: skip
    assert accrue(terms, LATE, DUE).total == 0
    assert accrue(terms, LATE, day(1)).penalties == 50


def test_penalty_interest_may_run_on_interest_too_at_a_rate_and_count_of_its_own() -> None:
    terms = OverdueTerms(
        penalty=OverdueRate(annual=Decimal("0.0365")),
        penalty_on=(PRINCIPAL, INTEREST),
        day_count=DayCount.ACTUAL_365,
    )
    assert accrue(terms, LATE, day(10)).items[0].exact == Fraction(101_000 * 10, 10_000)


def test_a_payment_ends_the_base_on_its_day() -> None:
    terms = OverdueTerms(penalty=TIMES)
    segments = [
        Segment(1, PRINCIPAL, 100_000, DUE, DUE, day(10)),
        Segment(1, PRINCIPAL, 40_000, DUE, day(10), day(20)),
    ]
    accrued = accrue(terms, segments, day(300))
    assert accrued.penalties == 500 + 200
    assert [(line.start, line.end, line.base) for line in accrued.lines] == [
        (DUE, day(10), 100_000),
        (day(10), day(20), 40_000),
    ]


def test_the_contract_rate_of_the_day_counts() -> None:
    rates = [RateFrom(day(10), Decimal("0.06")), RateFrom(day(-100), RATE)]
    accrued = overdue_accrual(OverdueTerms(penalty=TIMES), rates, DayCount.ACTUAL_360, LATE, day(20))
    assert accrued.penalties == 500 + 250
    early = [RateFrom(day(10), Decimal("0.06"))]
    assert (
        overdue_accrual(OverdueTerms(penalty=TIMES), early, DayCount.ACTUAL_360, LATE, day(20)).penalties
        == 500
    )


@pytest.mark.parametrize(
    ("after", "to", "days"),
    [
        (AfterGrace.FROM_DUE_DATE, 5, 0),
        (AfterGrace.FROM_DUE_DATE, 6, 6),
        (FORGIVING, 5, 0),
        (FORGIVING, 6, 1),
        (FORGIVING, 35, 30),
    ],
)
def test_after_the_grace_days_count_from_the_due_date_or_from_its_end(
    after: AfterGrace, to: int, days: int
) -> None:
    terms = OverdueTerms(penalty=TIMES, grace_days=5, after_grace=after)
    assert accrue(terms, LATE, day(to)).penalties == 50 * days


def test_settled_within_the_grace_was_never_late() -> None:
    terms = OverdueTerms(penalty=TIMES, late_fee=LateFee(flat=500), grace_days=5)
    assert accrue(terms, open_from_due((PRINCIPAL, 100_000), until=5), day(90)).total == 0
    assert accrue(terms, open_from_due((PRINCIPAL, 100_000), until=6), day(90)).total == 500 + 300


def test_charged_back_after_the_grace_is_late_from_that_day() -> None:
    terms = OverdueTerms(penalty=TIMES, grace_days=5)
    reopened = [Segment(1, PRINCIPAL, 100_000, DUE, day(20))]
    accrued = accrue(terms, reopened, day(30))
    assert accrued.penalties == 500
    assert accrued.lines[0].start == day(20)


def test_a_small_rest_makes_nothing_late() -> None:
    terms = OverdueTerms(penalty=TIMES, late_fee=LateFee(flat=500), tolerance=1_000)
    assert accrue(terms, open_from_due((PRINCIPAL, 900), (INTEREST, 100)), day(90)).total == 0
    assert accrue(terms, open_from_due((PRINCIPAL, 901), (INTEREST, 100)), day(90)).fees == 500


def test_fees_and_penalties_make_nothing_late() -> None:
    terms = OverdueTerms(penalty=TIMES, late_fee=LateFee(rate=Decimal("0.05")))
    consequences = open_from_due((Component.FEES, 5_000), (Component.PENALTIES, 7_000))
    assert accrue(terms, consequences, day(90)).total == 0
    assert accrue(terms, [*consequences, *LATE], day(90)).fees == 5_050


def test_relief_stops_what_would_be_added_on_its_days() -> None:
    terms = OverdueTerms(penalty=TIMES)
    assert accrue(terms, LATE, day(30), reliefs=[Relief(day(10), day(20))]).penalties == 20 * 50
    assert accrue(terms, LATE, day(30), reliefs=[Relief(day(10))]).penalties == 10 * 50
    counts_on = [Relief(day(10), day(20), stops_interest=False)]
    assert accrue(terms, LATE, day(30), reliefs=counts_on).penalties == 30 * 50


@pytest.mark.parametrize(
    ("fee", "amount"),
    [
        (LateFee(flat=2_500), 2_500),
        (LateFee(rate=Decimal("0.05")), 5_050),
        (LateFee(flat=100, rate=Decimal("0.05")), 5_150),
        (LateFee(rate=Decimal("0.0001"), least=500), 500),
        (LateFee(rate=Decimal("0.05"), most=3_000), 3_000),
        (LateFee(flat=0), 0),
    ],
)
def test_a_late_fee_is_charged_once(fee: LateFee, amount: int) -> None:
    accrued = accrue(OverdueTerms(late_fee=fee), LATE, day(400))
    assert accrued.fees == amount
    assert accrue(OverdueTerms(late_fee=fee), LATE, day(1)).fees == amount
    assert all((line.rule, line.start, line.days) == ("late_fee", DUE, 0) for line in accrued.lines)


def test_a_late_fee_of_each_period_counts_the_periods_with_a_late_day() -> None:
    monthly = LateFee(flat=1_000, every=Every(1, Unit.MONTH))
    terms = OverdueTerms(late_fee=monthly)
    assert accrue(terms, LATE, date(2026, 4, 10)).fees == 1_000
    assert accrue(terms, LATE, date(2026, 4, 11)).fees == 2_000
    paused = [Relief(date(2026, 4, 10), date(2026, 5, 10))]
    assert accrue(terms, LATE, date(2026, 6, 1), reliefs=paused).fees == 2_000
    forgiven = OverdueTerms(late_fee=monthly, grace_days=10, after_grace=FORGIVING)
    assert accrue(forgiven, LATE, date(2026, 4, 20)).fees == 1_000
    assert accrue(forgiven, LATE, date(2026, 4, 21)).fees == 2_000
    back_dated = OverdueTerms(late_fee=monthly, grace_days=10)
    assert accrue(back_dated, LATE, date(2026, 4, 11)).fees == 2_000


def test_compound_interest_runs_on_unpaid_interest() -> None:
    terms = OverdueTerms(compound=Compound(TIMES))
    accrued = accrue(terms, LATE, day(40))
    assert accrued.items[0].exact == Fraction(1_000 * 18 * 40, 100 * 360)
    assert [line.rule for line in accrued.lines] == ["compound.interest"]


def test_penalty_interest_bears_interest_from_the_end_of_each_period() -> None:
    ten_days = Every(10, Unit.DAY)
    terms = OverdueTerms(penalty=TIMES, compound=Compound(TIMES, on_penalty=True, every=ten_days))
    principal = open_from_due((PRINCIPAL, 100_000))
    accrued = accrue(terms, principal, day(30))
    daily = Fraction(18, 100 * 360)
    assert accrued.penalties == 1_500
    assert sum(line.amount for line in accrued.lines if line.rule == "compound.penalty") == (
        500 * 10 * daily + 1_000 * 10 * daily
    )
    settled = [PenaltySettled(1, day(15), 500), PenaltySettled(2, day(15), 500)]
    paid = accrue(terms, principal, day(30), settled=settled)
    assert sum(line.amount for line in paid.lines if line.rule == "compound.penalty") == (
        500 * 5 * daily + 500 * 10 * daily
    )
    more = accrue(terms, principal, day(30), settled=[PenaltySettled(1, day(15), 5_000)])
    assert more.items[1].exact == 500 * 5 * daily


def test_compound_interest_without_late_days_is_none() -> None:
    terms = OverdueTerms(compound=Compound(TIMES, on_penalty=True))
    assert accrue(terms, open_from_due((INTEREST, 0)), day(90)).items == ()


def test_a_thirty_first_is_no_day_where_months_have_thirty() -> None:
    terms = OverdueTerms(penalty=TIMES, day_count=DayCount.THIRTY_360)
    segments = [Segment(1, PRINCIPAL, 100_000, date(2026, 3, 30), date(2026, 3, 30))]
    assert accrue(terms, segments, date(2026, 3, 31)).lines == ()
    assert accrue(terms, segments, date(2026, 4, 1)).penalties == 50


def test_each_item_is_rounded_once_half_to_even() -> None:
    terms = OverdueTerms(penalty=OverdueRate(annual=Decimal("0.018")))
    # Exactly 0.05 a day of 1,000: 10 days are half a unit, which goes to the even one; 30 days are 1.5.
    halves = open_from_due((PRINCIPAL, 1_000))
    assert [accrue(terms, halves, day(n)).penalties for n in (10, 30, 50)] == [0, 2, 2]
    two = [*halves, Segment(2, PRINCIPAL, 1_000, DUE, DUE)]
    assert [(each.instalment, each.amount) for each in accrue(terms, two, day(11)).items] == [(1, 1), (2, 1)]


def test_steps_add_up_to_the_whole() -> None:
    terms = OverdueTerms(penalty=OverdueRate(annual=Decimal("0.018")), late_fee=LateFee(flat=70))
    answers = [accrue(terms, LATE, day(n)) for n in range(0, 100, 7)]
    steps = [change for a, b in pairwise(answers) for change in accrued_since(a, b)]
    assert sum(change.amount for change in steps) == answers[-1].total
    assert accrued_since(answers[3], answers[3]) == ()
    assert [change.item for change in accrued_since(answers[0], answers[1])] == [
        OverdueItem.FEE,
        OverdueItem.PENALTY,
    ]


@pytest.mark.parametrize("count", DayCount)
def test_spans_of_overdue_days_add_up(count: DayCount) -> None:
    start, end = date(2027, 12, 30), date(2028, 3, 31)
    cuts = [date.fromordinal(each) for each in range(start.toordinal(), end.toordinal() + 1)]
    assert sum((overdue_fraction(count, a, b) for a, b in pairwise(cuts)), Fraction(0)) == overdue_fraction(
        count, start, end
    )
    assert sum(overdue_days(count, a, b) for a, b in pairwise(cuts)) == overdue_days(count, start, end)


@pytest.mark.parametrize(
    "terms",
    [
        OverdueTerms(),
        OverdueTerms(late_fee=LateFee(flat=5), penalty=TIMES, tolerance=7, grace_days=3),
        OverdueTerms(
            late_fee=LateFee(1, Decimal("0.05"), 2, 3, Every(2, Unit.WEEK)),
            penalty=OverdueRate(Decimal("0.01"), Decimal("1.5")),
            penalty_on=(PRINCIPAL, INTEREST),
            compound=Compound(TIMES, on_penalty=True, every=Every(3, Unit.MONTH)),
            day_count=DayCount.ACTUAL_365,
            after_grace=FORGIVING,
        ),
    ],
)
def test_terms_are_kept_as_json(terms: OverdueTerms) -> None:
    assert overdue_of(overdue_json(terms)) == terms


def test_what_was_never_kept_is_broken() -> None:
    assert overdue_of({}) == OverdueTerms()
    for kept in (
        {"penalty": {"annual": "x", "times": "0"}},
        {"penalty": {"annual": "1"}},
        {"compound": 5},
        {"penalty_on": ["sun"]},
    ):
        with pytest.raises(Broken):
            overdue_of(kept)
