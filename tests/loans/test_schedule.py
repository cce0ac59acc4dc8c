"""Schedules: tables worked by hand, and what must hold for any terms."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.calendar import LATEST
from dunwell.kernel.errors import Broken
from dunwell.kernel.money import Money
from dunwell.loans.model import DayCount, Every, GivenRow, Method, Terms, Unit
from dunwell.loans.rules import annuity, due_dates, given_schedule, schedule, year_fraction
from tests.builders.loans import some_terms

COMPUTED = [method for method in Method if method is not Method.AS_ON_TAPE]

terms = st.builds(
    Terms,
    principal=st.integers(1, 10**9),
    annual_rate=st.decimals(0, 3, places=4),
    method=st.sampled_from(COMPUTED),
    day_count=st.sampled_from(DayCount),
    disbursed_on=st.dates(date(1999, 1, 1), date(2030, 12, 31)),
    count=st.integers(1, 72),
    every=st.builds(Every, st.integers(1, 6), st.sampled_from([Unit.DAY, Unit.WEEK, Unit.MONTH]))
    | st.just(Every(1, Unit.YEAR)),
    first_due_on=st.none() | st.dates(date(2031, 1, 1), date(2032, 12, 31)),
)


@given(terms)
def test_principal_is_repaid_exactly_and_nothing_is_negative(terms: Terms) -> None:
    dues = schedule(terms)
    assert sum(due.principal for due in dues) == terms.principal
    assert all(due.principal >= 0 and due.interest >= 0 and due.costs == 0 for due in dues)
    assert [due.number for due in dues] == list(range(1, len(dues) + 1))
    assert len(dues) == (1 if terms.method is Method.BULLET else terms.count)


@given(terms)
def test_due_dates_rise_and_end_with_the_term(terms: Terms) -> None:
    days = due_dates(terms)
    assert len(days) == terms.count
    assert all(earlier < later for earlier, later in pairwise(days))
    assert days[0] == terms.first_due_on or terms.first_due_on is None
    assert terms.disbursed_on < days[0]
    assert schedule(terms)[-1].due_on == days[-1] <= LATEST


@given(terms)
def test_no_interest_without_a_rate(terms: Terms) -> None:
    free = some_terms(terms, annual_rate=Decimal(0))
    assert all(due.interest == 0 for due in schedule(free))


@given(terms.filter(lambda terms: terms.annual_rate < 1))
def test_a_higher_rate_never_costs_less(terms: Terms) -> None:
    dearer = some_terms(terms, annual_rate=terms.annual_rate + Decimal("0.5"))
    cents = len(schedule(terms))  # each row may round its own half cent
    assert sum(d.interest for d in schedule(dearer)) >= sum(d.interest for d in schedule(terms)) - cents


@given(st.integers(100_00, 10**8), st.integers(2, 60), st.decimals(0, 1, places=4))
def test_equal_instalments_are_equal_but_for_the_last(principal: int, count: int, rate: Decimal) -> None:
    dues = schedule(some_terms(principal=principal, count=count, annual_rate=rate))
    assert len({due.total for due in dues[:-1]}) == 1
    # Half a cent of the instalment and half a cent of interest per period, each grown to the end.
    growth = sum((1 + rate / 12) ** period for period in range(count))
    assert abs(dues[-1].total - dues[0].total) <= growth + 1


def test_equal_instalment_by_hand() -> None:
    """10,000.00 at 12 % over 3 months: 3,400.22 a month, interest 100.00, 67.00, 33.67 on what is left."""
    dues = schedule(some_terms(principal=10_000_00, annual_rate=Decimal("0.12"), count=3))
    assert [(due.principal, due.interest) for due in dues] == [
        (330_022, 10_000),
        (333_322, 6_700),
        (336_656, 3_367),
    ]


def test_equal_principal_by_hand() -> None:
    dues = schedule(
        some_terms(principal=100_00, annual_rate=Decimal("0.12"), count=3, method=Method.EQUAL_PRINCIPAL)
    )
    assert [(due.principal, due.interest) for due in dues] == [(3_333, 100), (3_333, 67), (3_334, 33)]


def test_interest_first_by_hand() -> None:
    dues = schedule(
        some_terms(principal=100_00, annual_rate=Decimal("0.12"), count=3, method=Method.INTEREST_FIRST)
    )
    assert [(due.principal, due.interest) for due in dues] == [(0, 100), (0, 100), (10_000, 100)]


def test_bullet_by_hand() -> None:
    dues = schedule(some_terms(principal=100_00, annual_rate=Decimal("0.12"), count=3, method=Method.BULLET))
    assert [(due.due_on, due.principal, due.interest) for due in dues] == [(date(2024, 4, 15), 10_000, 300)]


def test_a_principal_smaller_than_its_instalments_is_still_repaid() -> None:
    assert [due.principal for due in schedule(some_terms(principal=7, count=12))] == [1] * 7 + [0] * 5


def test_month_ends_stay_month_ends() -> None:
    days = due_dates(some_terms(disbursed_on=date(2023, 1, 31), count=4))
    assert days == [date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30), date(2023, 5, 31)]
    same = due_dates(some_terms(disbursed_on=date(2023, 1, 31), count=2, first_due_on=date(2023, 2, 28)))
    assert same == days[:2]


def test_after_a_first_period_of_another_length_dates_follow_the_first_one() -> None:
    days = due_dates(some_terms(disbursed_on=date(2024, 1, 15), count=3, first_due_on=date(2024, 1, 31)))
    assert days == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
    same_day = due_dates(some_terms(disbursed_on=date(2024, 1, 15), count=2, first_due_on=date(2024, 1, 15)))
    assert same_day == [date(2024, 1, 15), date(2024, 2, 15)]


@pytest.mark.parametrize(
    ("every", "second"),
    [
        (Every(2, Unit.WEEK), date(2024, 2, 12)),
        (Every(30, Unit.DAY), date(2024, 3, 15)),
        (Every(3, Unit.MONTH), date(2024, 7, 15)),
        (Every(1, Unit.YEAR), date(2026, 1, 15)),
    ],
)
def test_due_dates_by_days_weeks_and_quarters(every: Every, second: date) -> None:
    assert due_dates(some_terms(disbursed_on=date(2024, 1, 15), count=2, every=every))[1] == second


def test_a_short_first_period_costs_less_interest() -> None:
    terms = some_terms(
        principal=10_000_00,
        annual_rate=Decimal("0.12"),
        count=2,
        method=Method.INTEREST_FIRST,
        first_due_on=date(2024, 1, 30),
    )
    assert [due.interest for due in schedule(terms)] == [5_000, 10_000]


@pytest.mark.parametrize(
    ("day_count", "start", "end", "days", "year"),
    [
        (DayCount.THIRTY_360, date(2024, 1, 31), date(2024, 2, 29), 29, 360),
        (DayCount.THIRTY_360, date(2024, 1, 15), date(2024, 1, 31), 16, 360),
        (DayCount.THIRTY_360, date(2024, 1, 30), date(2024, 3, 31), 60, 360),
        (DayCount.THIRTY_360, date(2023, 2, 28), date(2023, 3, 31), 30, 360),
        (DayCount.THIRTY_360, date(2024, 2, 29), date(2025, 2, 28), 360, 360),
        (DayCount.THIRTY_360, date(2024, 2, 28), date(2024, 3, 31), 33, 360),
        (DayCount.THIRTY_E_360, date(2023, 2, 28), date(2023, 3, 31), 32, 360),
        (DayCount.THIRTY_E_360, date(2024, 1, 31), date(2024, 2, 29), 29, 360),
        (DayCount.THIRTY_365, date(2024, 1, 15), date(2024, 3, 15), 60, 365),
        (DayCount.ACTUAL_364, date(2024, 1, 1), date(2024, 1, 8), 7, 364),
        (DayCount.PERIOD, date(2024, 1, 1), date(2024, 1, 8), 7, 365),
        (DayCount.THIRTY_E_360, date(2024, 1, 15), date(2024, 1, 31), 15, 360),
        (DayCount.ACTUAL_360, date(2024, 1, 31), date(2024, 3, 1), 30, 360),
        (DayCount.ACTUAL_365, date(2024, 1, 1), date(2025, 1, 1), 366, 365),
        (DayCount.ACTUAL_ACTUAL, date(2024, 1, 1), date(2025, 1, 1), 1, 1),
        (DayCount.ACTUAL_ACTUAL, date(2023, 7, 1), date(2023, 7, 1), 0, 1),
    ],
)
def test_day_counts(day_count: DayCount, start: date, end: date, days: int, year: int) -> None:
    assert year_fraction(day_count, start, end) * year == days


def test_actual_actual_splits_at_the_new_year() -> None:
    whole = year_fraction(DayCount.ACTUAL_ACTUAL, date(2023, 12, 1), date(2024, 1, 31))
    assert whole == year_fraction(DayCount.ACTUAL_365, date(2023, 12, 1), date(2024, 1, 1)) + (
        year_fraction(DayCount.ACTUAL_ACTUAL, date(2024, 1, 1), date(2024, 1, 31))
    )
    assert year_fraction(DayCount.ACTUAL_ACTUAL, date(2024, 1, 1), date(2024, 1, 31)) * 366 == 30


def test_given_rows_are_numbered_by_due_date() -> None:
    zero = Money.zero("CNY")
    rows = [
        GivenRow(date(2024, 3, 1), Money(2, "CNY"), zero, zero),
        GivenRow(date(2024, 2, 1), Money(1, "CNY"), zero, zero),
    ]
    assert [(due.number, due.due_on, due.principal) for due in given_schedule(rows)] == [
        (1, date(2024, 2, 1), 1),
        (2, date(2024, 3, 1), 2),
    ]


def test_a_given_schedule_is_never_computed() -> None:
    with pytest.raises(Broken):
        schedule(some_terms(method=Method.AS_ON_TAPE))


def test_an_annuity_without_interest_is_a_plain_share() -> None:
    assert annuity(1200, [Decimal(0)] * 12) == 100
