"""Pauses, rolls, grace, cut-off and instalments of their own: what of being late is counted."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.loans.model import (
    AfterGrace,
    Bucket,
    BusinessDays,
    Convention,
    Due,
    FirstDay,
    Pause,
    Received,
    Waterfall,
)
from dunwell.loans.rules import age, counting_day, days_past_due
from dunwell.loans.rules.ageing import counted_from, days_paused, delinquent_since

DUE = date(2023, 10, 1)
GRACE = Convention(grace_days=3, after_grace=AfterGrace.FROM_GRACE_END)
RANGES = tuple(
    Bucket(name, day) for name, day in (("none", 0), ("1", 1), ("3", 4), ("30", 31), ("60", 61), ("90", 91))
)
# 1 to 7 October 2024 are holidays; Saturday 12 October is worked instead.
GOLDEN_WEEK = BusinessDays(
    holidays=tuple(date(2024, 10, day) for day in range(1, 8)), workdays=(date(2024, 10, 12),)
)

days = st.integers(0, 400)
pauses = st.lists(
    st.builds(
        lambda start, length: Pause(
            DUE + timedelta(days=start), None if length is None else DUE + timedelta(days=start + length)
        ),
        st.integers(-60, 300),
        st.none() | st.integers(0, 90),
    ),
    max_size=5,
)
conventions = st.builds(
    Convention,
    first_day=st.sampled_from(FirstDay),
    grace_days=st.integers(0, 30),
    after_grace=st.sampled_from(AfterGrace),
    business_days=st.none() | st.just(BusinessDays()),
)


def day(text: str) -> date:
    return date.fromisoformat(f"2023-{text}")


def pause(start: str, end: str | None = None) -> Pause:
    return Pause(day(start), day(end) if end else None)


# The dated facts are those of the public cases TD-121, TD-122, TD-123 and TD-124.
@pytest.mark.parametrize(
    ("spans", "on", "expected"),
    [
        ([], "10-04", 0),
        ([], "10-05", 1),
        ([pause("10-06", "10-30")], "10-06", 2),
        ([pause("10-06", "10-30")], "10-30", 2),
        ([pause("10-06", "10-30")], "10-31", 3),
        ([pause("10-06", None)], "12-31", 2),
        ([pause("10-25", "10-30"), pause("10-30", "11-15")], "10-30", 21),
        ([pause("10-25", "10-30"), pause("10-30", "10-30")], "10-31", 22),
        ([pause("10-25", "11-15")], "10-27", 21),
        # Overlapping pauses are one; one inside another adds nothing; one without an end outlasts the others.
        ([pause("10-10", "10-20"), pause("10-15", "10-25")], "10-31", 12),
        ([pause("10-10", "10-25"), pause("10-12", "10-15")], "10-31", 12),
        ([pause("10-10", None), pause("10-12", "10-15")], "10-31", 6),
        ([pause("10-10", "10-12"), pause("10-11", None)], "10-31", 6),
        # A pause before the due date takes nothing away; one within the grace makes it longer.
        ([pause("09-01", "10-01")], "10-05", 1),
        ([pause("10-02", "10-05")], "10-07", 0),
        ([pause("10-02", "10-05")], "10-08", 1),
    ],
)
def test_days_inside_a_pause_do_not_count(spans: list[Pause], on: str, expected: int) -> None:
    assert days_past_due(DUE, day(on), GRACE, spans) == expected


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], "10-04"),
        ([pause("10-06", "10-30")], "10-04"),
        ([pause("10-04", "10-30")], "10-04"),
        ([pause("10-03", "10-30")], "10-31"),
        ([pause("09-01", "10-01")], "10-04"),
        ([pause("09-01", "10-10"), pause("10-11", "10-21")], "10-23"),
        ([pause("10-02", None)], None),
    ],
)
def test_the_grace_is_used_up_in_days_that_count(spans: list[Pause], expected: str | None) -> None:
    assert delinquent_since(DUE, GRACE, spans) == (day(expected) if expected else None)
    assert delinquent_since(None, GRACE, spans) is None


@given(pauses, days, conventions)
def test_a_pause_never_raises_days_and_days_never_fall(
    spans: list[Pause], after: int, convention: Convention
) -> None:
    on = DUE + timedelta(days=after)
    counted = days_past_due(DUE, on, convention, spans)
    assert counted <= days_past_due(DUE, on, convention, spans[1:])
    assert counted <= days_past_due(DUE, on + timedelta(days=1), convention, spans)


@given(pauses, days)
def test_paused_days_are_counted_as_one_would_on_a_calendar(spans: list[Pause], after: int) -> None:
    counted = sum(
        any(each.starts_on < one and (each.ends_on is None or one <= each.ends_on) for each in spans)
        for one in (DUE + timedelta(days=n) for n in range(1, after + 1))
    )
    assert days_paused(spans, DUE, DUE + timedelta(days=after)) == counted


@given(pauses, conventions)
def test_a_loan_is_late_from_the_day_after_its_grace(spans: list[Pause], convention: Convention) -> None:
    since = delinquent_since(DUE, convention, spans)
    far = DUE + timedelta(days=2000)
    if since is None:
        assert days_past_due(DUE, far, convention, spans) == 0
    else:
        assert days_past_due(DUE, since - timedelta(days=1), convention, spans) == 0
        if convention.first_day is FirstDay.DAY_AFTER_DUE:
            assert days_past_due(DUE, since, convention, spans) == 0


@pytest.mark.parametrize(
    ("due_on", "rolled"),
    [("09-30", "09-30"), ("10-01", "10-08"), ("10-07", "10-08"), ("10-12", "10-12"), ("10-13", "10-14")],
)
def test_a_due_date_that_is_no_business_day_counts_as_the_next(due_on: str, rolled: str) -> None:
    convention = Convention(business_days=GOLDEN_WEEK)
    due, later = date.fromisoformat(f"2024-{due_on}"), date.fromisoformat(f"2024-{rolled}")
    assert counted_from(due, convention) == later
    assert days_past_due(due, later, convention) == 0
    assert days_past_due(due, later + timedelta(days=1), convention) == 1
    assert counted_from(due, Convention()) == due


@pytest.mark.parametrize(
    ("cut_off", "hour", "expected"),
    [(None, 0, "10-05"), (time(10), 9, "10-04"), (time(10), 10, "10-05"), (time(10), 23, "10-05")],
)
def test_before_the_cut_off_the_day_before_is_counted(cut_off: time | None, hour: int, expected: str) -> None:
    assert counting_day(datetime(2023, 10, 5, hour), cut_off) == day(expected)  # noqa: DTZ001


def test_each_instalment_is_late_on_its_own() -> None:
    dues = [Due(n, DUE + timedelta(days=15 * (n - 1)), 250, 0) for n in range(1, 5)]
    loan_only = Convention(grace_days=3, after_grace=AfterGrace.FROM_GRACE_END, instalment_grace=False)
    working = age(dues, [], day("11-16"), Waterfall(), loan_only, RANGES)
    assert [(line.days_past_due, line.bucket) for line in working.instalments] == [
        (46, "30"),
        (31, "30"),
        (16, "3"),
        (1, "1"),
    ]
    assert (working.calendar_days, working.days_past_due, working.overdue) == (46, 43, 1000)
    assert working.delinquent_since == day("10-04")
    each = age(dues, [], day("11-16"), Waterfall(), GRACE, RANGES)
    assert [line.days_past_due for line in each.instalments] == [43, 28, 13, 0]
    # While the grace of the loan runs, no instalment is late.
    early = age(dues, [], day("10-04"), Waterfall(), loan_only, RANGES)
    assert [line.days_past_due for line in early.instalments] == [0, 0, 0, 0]
    assert (early.calendar_days, early.overdue) == (3, 250)


def test_a_working_shows_its_pauses_and_what_they_took_away() -> None:
    spans = [pause("10-06", "10-30")]
    working = age([Due(1, DUE, 250, 0)], [], day("10-31"), Waterfall(), GRACE, RANGES, spans)
    assert (working.calendar_days, working.paused_days, working.days_past_due) == (30, 24, 3)
    assert (working.counted_from, working.pauses) == (DUE, tuple(spans))
    settled = age([Due(1, DUE, 0, 0)], [], day("10-31"), Waterfall(), GRACE, RANGES, spans)
    assert (settled.paused_days, settled.counted_from, settled.delinquent_since) == (0, None, None)


@given(pauses, st.lists(st.integers(1, 300), max_size=4), days, conventions)
def test_paying_more_never_raises_days(
    spans: list[Pause], paid: list[int], after: int, convention: Convention
) -> None:
    dues = [Due(n, DUE + timedelta(days=15 * (n - 1)), 250, 0) for n in range(1, 5)]
    received = [Received(UUID(int=n), amount, DUE) for n, amount in enumerate(paid)]
    counted = [
        age(dues, received[:n], DUE + timedelta(days=after), Waterfall(), convention, RANGES, spans)
        for n in range(len(paid) + 1)
    ]
    found = [working.days_past_due for working in counted]
    assert found == sorted(found, reverse=True)
