"""Days past due: the same loan under several conventions, with the working it came from."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.loans.model import (
    AfterGrace,
    Bucket,
    Convention,
    Due,
    FirstDay,
    Instalment,
    Paid,
    Received,
    Waterfall,
)
from dunwell.loans.rules import age, bucket_of, days_past_due, oldest_unpaid

DUE = date(2024, 3, 31)
BUCKETS = (Bucket("current", 0), Bucket("M1", 1), Bucket("M2", 31))
TWO = (Due(1, DUE, 100, 10), Due(2, date(2024, 4, 30), 100, 5))

late = st.integers(-400, 4000)
conventions = st.builds(
    Convention,
    first_day=st.sampled_from(FirstDay),
    grace_days=st.integers(0, 30),
    after_grace=st.sampled_from(AfterGrace),
)


def on(days: int) -> date:
    return DUE + timedelta(days=days)


@pytest.mark.parametrize(
    ("convention", "days", "expected"),
    [
        (Convention(), 0, 0),
        (Convention(), 1, 1),
        (Convention(), 31, 31),
        (Convention(), -5, 0),
        (Convention(FirstDay.DUE_DAY), 0, 1),
        (Convention(FirstDay.DUE_DAY), 1, 2),
        (Convention(FirstDay.DUE_DAY), -1, 0),
        (Convention(grace_days=3), 3, 0),
        (Convention(grace_days=3), 4, 4),
        (Convention(grace_days=3, after_grace=AfterGrace.FROM_GRACE_END), 4, 1),
        (Convention(FirstDay.DUE_DAY, 1, AfterGrace.FROM_GRACE_END), 1, 1),
    ],
)
def test_each_convention_counts_its_own_way(convention: Convention, days: int, expected: int) -> None:
    assert days_past_due(DUE, on(days), convention) == expected


@given(late, conventions)
def test_days_never_fall_as_time_passes_and_nothing_open_is_never_late(
    days: int, convention: Convention
) -> None:
    assert 0 <= days_past_due(DUE, on(days), convention) <= days_past_due(DUE, on(days + 1), convention)
    assert days_past_due(None, on(days), convention) == 0


@pytest.mark.parametrize(("days", "name"), [(0, "current"), (1, "M1"), (30, "M1"), (31, "M2"), (999, "M2")])
def test_buckets(days: int, name: str) -> None:
    assert bucket_of(days, BUCKETS) == name


def test_the_oldest_unpaid_instalment_may_lie_ahead_and_a_small_rest_is_no_debt() -> None:
    first, second = (Instalment(due) for due in TWO)
    nearly = Instalment(TWO[0], Paid(principal=99, interest=10))
    assert oldest_unpaid([first, second], 0) == DUE
    assert oldest_unpaid([nearly, second], 0) == DUE
    assert oldest_unpaid([nearly, second], 1) == TWO[1].due_on
    assert oldest_unpaid([], 0) is None


def test_the_working_shows_instalments_payments_and_dates() -> None:
    payments = [Received(UUID(int=1), 110, on(7), "a"), Received(UUID(int=2), 30, on(40), "b")]
    working = age(TWO, payments, on(45), Waterfall(), Convention(), BUCKETS)
    assert (working.since, working.calendar_days, working.days_past_due, working.bucket) == (
        TWO[1].due_on,
        15,
        15,
        "M1",
    )
    first, second = working.instalments
    assert (first.settled_on, first.days_late, first.outstanding, first.counts) == (on(7), 7, 0, False)
    assert (second.settled_on, second.days_late, second.outstanding, second.counts) == (None, 15, 75, True)
    assert working.payments == tuple(payments)


def test_a_past_day_does_not_see_later_payments() -> None:
    payments = [Received(UUID(int=1), 110, on(7))]
    assert age(TWO, payments, on(6), Waterfall(), Convention(), BUCKETS).days_past_due == 6
    assert age(TWO, payments, on(7), Waterfall(), Convention(), BUCKETS).days_past_due == 0
    assert age(TWO, payments, on(6), Waterfall(), Convention(), BUCKETS).payments == ()


def test_an_instalment_due_today_counts_only_where_the_due_day_is_day_one() -> None:
    lines = age(TWO, [], DUE, Waterfall(), Convention(), BUCKETS).instalments
    assert [line.counts for line in lines] == [False, False]
    lines = age(TWO, [], DUE, Waterfall(), Convention(FirstDay.DUE_DAY), BUCKETS).instalments
    assert [line.counts for line in lines] == [True, False]


def test_a_settled_loan_is_since_nothing() -> None:
    working = age(TWO, [Received(UUID(int=1), 500, on(-3))], on(90), Waterfall(), Convention(), BUCKETS)
    assert (working.since, working.calendar_days, working.days_past_due, working.bucket) == (
        None,
        0,
        0,
        "current",
    )
    assert working.instalments[0].days_late == -3


@given(st.lists(st.tuples(st.integers(1, 120), st.integers(0, 60)), max_size=6), st.integers(0, 200))
def test_paying_more_never_makes_a_loan_later(paid: list[tuple[int, int]], days: int) -> None:
    payments = [Received(UUID(int=number), amount, on(at)) for number, (amount, at) in enumerate(paid)]
    payments.sort(key=lambda payment: payment.received_on)
    ages = [
        age(TWO, payments[:n], on(days), Waterfall(), Convention(), BUCKETS) for n in range(len(payments) + 1)
    ]
    counted = [working.days_past_due for working in ages]
    assert counted == sorted(counted, reverse=True)
