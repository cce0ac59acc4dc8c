"""What the planner decides, without a database."""

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.strategy import rules
from dunwell.strategy.model import (
    AFTER_RANGE,
    BEFORE_RANGE,
    BELOW_LEAST,
    NOTHING_OWED,
    Candidate,
    Owed,
    Planned,
    Step,
)

TODAY = date(2026, 3, 10)
SHANGHAI = "Asia/Shanghai"
NIGHT = datetime(2026, 3, 9, tzinfo=UTC)


def a_step(day: int = 1, channel: str = "sms", **changes: object) -> Step:
    values: dict[str, object] = {
        "key": f"d{day}-{channel}", "day": day, "at": time(10), "channel": channel, "template": "overdue",
        "purpose": "collection",
    }  # fmt: skip
    return Step(**(values | changes))  # type: ignore[arg-type]


def a_candidate(
    loan: int = 1, borrower: int = 1, day: int = 1, channel: str = "sms", ago: int = 0
) -> Candidate:
    planned_for = TODAY - timedelta(days=ago)
    return Candidate(
        LoanId(UUID(int=loan)), BorrowerId(UUID(int=borrower)), planned_for - timedelta(days=day), "standard",
        a_step(day, channel), planned_for,
    )  # fmt: skip


candidates = st.lists(
    st.builds(
        a_candidate,
        loan=st.integers(1, 4),
        borrower=st.just(1),
        day=st.sampled_from([-3, 1, 3, 7]),
        channel=st.sampled_from(["sms", "email"]),
        ago=st.integers(0, 5),
    ),
    max_size=12,
    unique_by=lambda each: (each.loan, each.step.key),
)


def test_after_a_pause_only_the_last_step_of_a_loan_is_sent():
    early, late = a_candidate(day=1, ago=6), a_candidate(day=7, ago=0)
    assert rules.latest([late, early]) == ([late], [early])


def test_steps_of_one_day_on_two_channels_are_both_sent():
    sms, mail = a_candidate(channel="sms"), a_candidate(channel="email")
    kept, superseded = rules.latest([sms, mail])
    assert {each.step.channel for each in kept} == {"sms", "email"}
    assert not superseded


def test_a_later_hour_replaces_an_earlier_one_of_the_same_day_and_channel():
    morning = a_candidate()
    evening = Candidate(
        morning.loan,
        morning.borrower,
        morning.anchor_on,
        "standard",
        a_step(at=time(18), key="evening"),
        TODAY,
    )
    assert rules.latest([evening, morning]) == ([evening], [morning])


@given(candidates)
def test_no_step_is_lost_and_none_is_there_twice(given_steps: list[Candidate]):
    kept, superseded = rules.latest(given_steps)
    assert sorted(map(repr, [*kept, *superseded])) == sorted(map(repr, given_steps))


@given(candidates)
def test_every_loan_keeps_its_last_day(given_steps: list[Candidate]):
    kept, _ = rules.latest(given_steps)
    for loan in {each.loan for each in given_steps}:
        last = max(each.planned_for for each in given_steps if each.loan == loan)
        assert {each.planned_for for each in kept if each.loan == loan} == {last}


@given(candidates, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(given_steps: list[Candidate], shuffler: random.Random):
    shuffled = list(given_steps)
    shuffler.shuffle(shuffled)
    assert set(rules.latest(shuffled)[0]) == set(rules.latest(given_steps)[0])
    assert {b.lead for b in rules.bundle(shuffled)} == {b.lead for b in rules.bundle(given_steps)}


def test_one_message_names_all_loans_and_the_longest_overdue_leads():
    first, second, third = a_candidate(loan=1, day=1), a_candidate(loan=2, day=7), a_candidate(loan=3, day=3)
    [bundle] = rules.bundle([first, second, third])
    assert bundle.lead == second
    assert bundle.loans == (second.loan, first.loan, third.loan)


@given(candidates)
def test_a_reminder_on_one_loan_never_hides_another(given_steps: list[Candidate]):
    bundles = rules.bundle(given_steps)
    assert {(b.channel, loan) for b in bundles for loan in b.loans} == {
        (each.step.channel, each.loan) for each in given_steps
    }
    assert len({(b.borrower, b.channel) for b in bundles}) == len(bundles)


@pytest.mark.parametrize(
    ("changes", "due", "dpd", "outstanding", "why"),
    [
        ({}, "10", 1, "10", None),
        ({}, "0", 1, "0", NOTHING_OWED),
        ({"least_due": Decimal(5)}, "4.99", 1, "100", BELOW_LEAST),
        ({"least_due": Decimal(5)}, "5.00", 1, "100", None),
        ({"dpd_from": 3}, "10", 2, "10", BEFORE_RANGE),
        ({"dpd_from": 3}, "10", 3, "10", None),
        ({"dpd_to": 90}, "10", 91, "10", AFTER_RANGE),
        ({"dpd_to": 90}, "10", 90, "10", None),
    ],
)
def test_conditions(changes: dict[str, object], due: str, dpd: int, outstanding: str, why: str | None):
    step = a_step(**changes)
    assert rules.unmet(step, Owed(Decimal(due), Decimal(outstanding), dpd)) == why


@pytest.mark.parametrize(
    ("ago", "now", "sent"),
    [
        (0, "2026-03-09T17:00Z", "2026-03-10T02:00Z"),  # before the hour: at the hour
        (0, "2026-03-10T05:00Z", "2026-03-10T05:00Z"),  # after it: now
        (4, "2026-03-10T01:00Z", "2026-03-10T02:00Z"),  # a missed day: today, at the hour
        (4, "2026-03-10T03:00Z", "2026-03-10T03:00Z"),
    ],
)
def test_the_hour_of_sending(ago: int, now: str, sent: str):
    [bundle] = rules.bundle([a_candidate(ago=ago)])
    assert rules.send_at(bundle, SHANGHAI, datetime.fromisoformat(now), TODAY) == datetime.fromisoformat(sent)


@given(
    candidates.filter(bool),
    st.integers(0, 3 * 24 * 60).map(lambda minutes: NIGHT + timedelta(minutes=minutes)),
)
def test_nothing_is_planned_into_the_past(given_steps: list[Candidate], now: datetime):
    for bundle in rules.bundle(given_steps):
        assert rules.send_at(bundle, SHANGHAI, now, TODAY) >= now


@given(st.integers(-30, 400), st.integers(0, 60))
def test_the_anchors_looked_for_are_those_whose_step_falls_into_the_days(day: int, gap: int):
    since = TODAY - timedelta(days=gap)
    [(oldest, newest)] = rules.spans([a_step(day)], since, TODAY)
    assert a_step(day).falls_on(oldest) == since
    assert a_step(day).falls_on(newest) == TODAY


def test_counts_of_batches_add_up():
    one = Planned(3, 2, {"planned": 2, "denied": 1}, UUID(int=1))
    two = Planned(1, 0, {"denied": 1}, None, TODAY)
    assert one.plus(two) == Planned(4, 2, {"denied": 2, "planned": 2}, None, TODAY)
