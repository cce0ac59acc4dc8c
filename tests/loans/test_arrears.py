"""The history of being late: every day in one bucket, as known then or as known now, and the watches that follow."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.ids import LoanId
from dunwell.loans.model import (
    AfterGrace,
    Bucket,
    Component,
    Convention,
    Due,
    FirstDay,
    LoanState,
    Pause,
    PlacedPause,
    Spell,
    Step,
    Stood,
    WatchCause,
    WatchOutcome,
    WatchRule,
)
from dunwell.loans.model.happenings import Charged, ChargedOff, Contract, PaidIn, Rescheduled, Waived
from dunwell.loans.rules import (
    bucket_history,
    bucket_of,
    days_past_due,
    known_steps,
    life_steps,
    oldest_unpaid,
    watches,
)
from dunwell.loans.rules.life import live

START = date(2024, 1, 1)
BUCKETS = (Bucket("current", 0), Bucket("M1", 1), Bucket("M2", 31), Bucket("M3+", 61))
OPEN, OFF, SETTLED = LoanState.OPEN, LoanState.CHARGED_OFF, LoanState.SETTLED


def on(after: int) -> date:
    return START + timedelta(days=after)


def step(after: int, since: int | None, state: LoanState = OPEN, pauses: tuple[Pause, ...] = ()) -> Step:
    return Step(on(after), state, None if since is None else on(since), 100, pauses)


def short(spells: tuple[Spell, ...]) -> list[tuple[str, int, int, int]]:
    return [
        (spell.bucket, (spell.from_on - START).days, (spell.to_on - START).days, spell.most_days)
        for spell in spells
    ]


@pytest.mark.parametrize(
    ("steps", "until", "expected"),
    [
        ([], 10, []),
        ([step(5, 10)], 4, []),
        ([step(0, 10)], 10, [("current", 0, 10, 0)]),
        (
            [step(0, 10)],
            100,
            [("current", 0, 10, 0), ("M1", 11, 40, 30), ("M2", 41, 70, 60), ("M3+", 71, 100, 90)],
        ),
        # Paid on day 50 up to the instalment due on day 40: back from M2 to M1, and then all of it.
        (
            [step(0, 10), step(50, 40), step(60, None, SETTLED)],
            70,
            [
                ("current", 0, 10, 0),
                ("M1", 11, 40, 30),
                ("M2", 41, 49, 39),
                ("M1", 50, 59, 19),
                ("current", 60, 70, 0),
            ],
        ),
        # Two steps in one bucket are one spell.
        ([step(0, 10), step(15, 12)], 30, [("current", 0, 10, 0), ("M1", 11, 30, 18)]),
        # Charged off in M2 it stays there, whatever comes in; a charge-off that is undone counts on.
        (
            [step(0, 10), step(45, 10, OFF), step(90, 60, OFF), step(100, 60)],
            101,
            [
                ("current", 0, 10, 0),
                ("M1", 11, 40, 30),
                ("M2", 41, 44, 34),
                ("M2", 45, 99, 35),
                ("M2", 100, 101, 41),
            ],
        ),
        # A pause holds the loan in its bucket.
        (
            [step(0, 10, OPEN, (Pause(on(30), on(80)),))],
            100,
            [("current", 0, 10, 0), ("M1", 11, 90, 30), ("M2", 91, 100, 40)],
        ),
    ],
)
def test_history_names_each_bucket_with_its_days(
    steps: list[Step], until: int, expected: list[tuple[str, int, int, int]]
) -> None:
    assert short(bucket_history(steps, Convention(), BUCKETS, on(until))) == expected


lives = st.lists(
    st.tuples(st.integers(1, 60), st.none() | st.integers(-100, 500), st.sampled_from(LoanState)),
    min_size=1,
    max_size=6,
)
conventions = st.builds(
    Convention,
    first_day=st.sampled_from(FirstDay),
    grace_days=st.integers(0, 30),
    after_grace=st.sampled_from(AfterGrace),
)
spans = st.lists(
    st.builds(
        lambda start, length: Pause(on(start), on(start + length)), st.integers(0, 300), st.integers(0, 60)
    ),
    max_size=3,
)


@given(lives, spans, conventions, st.integers(0, 400))
def test_every_day_is_in_exactly_one_spell_and_the_right_one(
    life: list[tuple[int, int | None, LoanState]], pauses: list[Pause], convention: Convention, until: int
) -> None:
    steps, at = list[Step](), 0
    for distance, since, state in life:
        steps.append(step(at, since, state, tuple(pauses)))
        at += distance
    spells = bucket_history(steps, convention, BUCKETS, on(until))
    assert (spells[0].from_on, spells[-1].to_on) == (START, on(until))
    assert all(one.to_on + timedelta(days=1) == other.from_on for one, other in pairwise(spells))
    assert sum(spell.days for spell in spells) == until + 1
    assert all((one.bucket, one.state) != (other.bucket, other.state) for one, other in pairwise(spells))
    for after in range(0, until + 1, 7):
        stood = [each for each in steps if each.from_on <= on(after)][-1]
        spell = next(each for each in spells if each.from_on <= on(after) <= each.to_on)
        assert spell.state is stood.state
        if stood.state is OPEN:
            counted = days_past_due(stood.since, on(after), convention, pauses)
            assert spell.bucket == bucket_of(counted, BUCKETS)
            assert counted <= spell.most_days


CONTRACT = Contract(
    principal=200,
    disbursed_on=START,
    dues=(Due(1, on(10), 100, 0), Due(2, on(40), 100, 0)),
)


def paid_in(number: int, after: int, amount: int) -> PaidIn:
    return PaidIn(UUID(int=number), on(after), number, amount)


def test_steps_of_a_life_take_the_end_of_each_day() -> None:
    life = [paid_in(1, 12, 60), paid_in(2, 12, 40), paid_in(3, 50, 100)]
    pauses = (Pause(on(20), on(30)),)
    assert life_steps(CONTRACT, life, 0, pauses) == (
        Step(on(0), OPEN, on(10), 200, pauses),
        Step(on(12), OPEN, on(40), 100, pauses),
        Step(on(50), SETTLED, None, 0, pauses),
    )
    # What is open within the tolerance makes nothing late; a closed loan is closed from its day on.
    assert [step.since for step in life_steps(CONTRACT, life[:1], 40)] == [on(10), on(40)]
    closed = life_steps(CONTRACT, life, 0, closed_on=on(60))
    assert [(step.from_on, step.state) for step in closed][-1] == (on(60), LoanState.CLOSED)


def test_steps_of_a_life_undo_what_was_charged_moved_and_written_off() -> None:
    life = [
        Charged(UUID(int=1), on(5), 1, "late_fee", Component.FEES, 30, on(5)),
        Rescheduled(UUID(int=2), on(11), 2, on(10), new_due=on(25)),
        Waived(UUID(int=3), on(14), 3, component=Component.FEES, amount=10),
        ChargedOff(UUID(int=4), on(90), 4),
    ]
    steps = life_steps(CONTRACT, life, 0)
    assert [(step.from_on, step.state, step.since, step.outstanding) for step in steps] == [
        (on(0), OPEN, on(10), 200),
        (on(5), OPEN, on(10), 230),
        (on(11), OPEN, on(25), 230),
        (on(14), OPEN, on(25), 220),
        (on(90), OFF, on(25), 220),
    ]
    with_each = [
        oldest_unpaid(live(CONTRACT, life, step.from_on).instalments, 0) for step in steps if step.since
    ]
    assert with_each == [step.since for step in steps]


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(1, 150)), max_size=8), st.integers(0, 50))
def test_steps_of_a_life_are_what_living_until_that_day_comes_to(
    paid: list[tuple[int, int]], tolerance: int
) -> None:
    life = [paid_in(number, after, amount) for number, (after, amount) in enumerate(paid, start=1)]
    for step in life_steps(CONTRACT, life, tolerance):
        lived = live(CONTRACT, life, step.from_on)
        assert step.outstanding == lived.outstanding
        assert step.since == oldest_unpaid(lived.instalments, tolerance)


def test_what_was_known_then_does_not_know_what_was_booked_later() -> None:
    def at(after: int) -> datetime:
        return datetime(2024, 1, 1, 8, tzinfo=UTC) + timedelta(days=after)

    def placed(number: int, told: int, lifted: int | None = None) -> PlacedPause:
        return PlacedPause(
            UUID(int=number), LoanId(UUID(int=9)), f"p{number}", on(20), on(60), "flood", at(told),
            on(25) if lifted is not None else None, at(lifted) if lifted is not None else None,
        )  # fmt: skip

    standings = [
        Stood(at(0), OPEN, on(10), 300),
        Stood(at(30), OPEN, on(10), 200),
        Stood(at(30), OPEN, on(41), 100),
        Stood(at(50), SETTLED, None, 0),
    ]
    steps = known_steps(standings, [placed(1, 22, 28), placed(2, -5)], lambda instant: instant.date())
    whole, cut = Pause(on(20), on(60)), Pause(on(20), on(25))
    assert steps == (
        Step(on(0), OPEN, on(10), 300, (whole,)),
        Step(on(22), OPEN, on(10), 300, (whole, whole)),
        Step(on(28), OPEN, on(10), 300, (cut, whole)),
        Step(on(30), OPEN, on(41), 100, (cut, whole)),
        Step(on(50), SETTLED, None, 0, (cut, whole)),
    )
    assert known_steps([], [placed(1, 22)], lambda instant: instant.date()) == ()


def test_a_pause_is_in_force_until_its_end_or_its_lifting() -> None:
    def spell(ends: date | None, lifted: date | None) -> date | None:
        pause = PlacedPause(
            UUID(int=1), LoanId(UUID(int=9)), "p", START, ends, "flood", datetime.now(UTC), lifted
        )
        return pause.span.ends_on

    assert spell(None, None) is None
    assert spell(on(9), None) == on(9)
    assert spell(None, on(5)) == on(5)
    assert spell(on(9), on(5)) == on(5)


RULE = WatchRule(after_days=10, days=30, instalments=2)
DUES = [on(30 * number) for number in range(1, 13)]
# Late from day 31 (due on day 30), cured on day 50 (next due on day 60).
CURED = (step(0, 30), step(50, 60))


@pytest.mark.parametrize(
    ("steps", "rule", "restructured", "until", "expected"),
    [
        # Two instalments ahead are due on days 60 and 90: had they not been paid, day 91 would have shown it.
        ((*CURED, step(55, 120)), RULE, [], 60, [("cure", 50, 91, "watched", None)]),
        ((*CURED, step(55, 120)), RULE, [], 91, [("cure", 50, 91, "cured", None)]),
        ((*CURED, step(55, 120)), WatchRule(10, 30), [], 100, [("cure", 50, 80, "cured", None)]),
        # Never ten days late: nothing to watch. Late again on day 61: a default, and the next cure begins anew.
        ((step(0, 30), step(35, 60)), RULE, [], 60, []),
        (CURED, RULE, [], 100, [("cure", 50, None, "defaulted_again", 61)]),
        (
            (*CURED, step(80, 120)),
            WatchRule(10, 5, 1),
            [],
            95,
            [("cure", 50, None, "defaulted_again", 61), ("cure", 80, 91, "cured", None)],
        ),
        # Settled within the watch; charged off while late; settled out of arrears: no watch begins.
        ((*CURED, step(55, None, SETTLED)), RULE, [], 70, [("cure", 50, 55, "ended", None)]),
        ((step(0, 30), step(50, 30, OFF)), RULE, [], 70, []),
        ((step(0, 30), step(50, None, SETTLED)), RULE, [], 70, []),
        # Restructured on time, while late (the watch waits for the cure), and by the cure itself.
        ((step(0, 120),), RULE, [40], 70, [("restructure", 40, 91, "watched", None)]),
        (CURED, RULE, [45], 58, [("restructure", 50, 91, "watched", None)]),
        (CURED, RULE, [50], 58, [("restructure", 50, 91, "watched", None)]),
        ((step(0, 30),), RULE, [45], 58, []),
        # Fewer instalments left than asked for: those that are left; none: the days.
        ((step(0, 30), step(345, 360)), RULE, [], 350, [("cure", 345, 375, "watched", None)]),
        ((step(0, 30), step(370, 400)), RULE, [], 370, [("cure", 370, 400, "watched", None)]),
    ],
)
def test_watches(
    steps: tuple[Step, ...],
    rule: WatchRule,
    restructured: list[int],
    until: int,
    expected: list[tuple[str, int, int | None, str, int | None]],
) -> None:
    found = watches(steps, Convention(), rule, [on(day) for day in restructured], DUES, on(until))
    assert [
        (
            each.cause,
            (each.from_on - START).days,
            (each.ends_on - START).days if each.ends_on else None,
            each.outcome,
            (each.defaulted_on - START).days if each.defaulted_on else None,
        )
        for each in found
    ] == expected


def test_where_the_due_day_is_day_one_a_watch_is_passed_on_it() -> None:
    found = watches(
        (*CURED, step(52, 120)), Convention(FirstDay.DUE_DAY), WatchRule(1, 0, 1), [], DUES, on(60)
    )
    assert [(each.cause, each.ends_on, each.outcome) for each in found] == [
        (WatchCause.CURE, on(60), WatchOutcome.CURED)
    ]
