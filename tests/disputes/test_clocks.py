"""Clocks: the last day in time, whether it was missed, and packs that know none."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.contact.settings import pack_named
from dunwell.disputes.law import FOLDER, READERS, clock_law
from dunwell.disputes.model import Clock, ClockUnknown, Grade
from dunwell.disputes.use_cases import clock_of
from dunwell.packs import PackUnknown, PackUnsound, read_pack

STARTED = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("pack", "clock", "grade", "days", "code"),
    [
        ("cn", Clock.COMPLAINT, Grade.SIMPLE, 15, "COMPLAINT_CLOCK"),
        ("cn", Clock.COMPLAINT, Grade.COMPLEX, 30, "COMPLAINT_CLOCK"),
        ("cn", Clock.COMPLAINT, Grade.SPECIAL, 60, "COMPLAINT_CLOCK"),
        ("cn", Clock.CREDIT_DISPUTE, Grade.SIMPLE, 20, "CR_DISPUTE_20D"),
        ("us", Clock.COMPLAINT, Grade.SIMPLE, 15, "COMPLAINT_CLOCK"),
        ("us", Clock.VALIDATION, Grade.SIMPLE, 5, None),
        ("uk", Clock.COMPLAINT, Grade.COMPLEX, 56, "COMPLAINT_8W"),
        ("in", Clock.COMPLAINT, Grade.SIMPLE, 30, "COMPLAINT_CLOCK"),
    ],
)
def test_a_clock_ends_after_the_days_of_its_pack(
    pack: str, clock: Clock, grade: Grade, days: int, code: str | None
) -> None:
    standing = clock_of(pack, clock, STARTED, grade=grade)
    assert (standing.due_on, standing.code) == (STARTED + timedelta(days=days), code)
    assert standing.breached is None
    assert standing.rules


@pytest.mark.parametrize(
    ("pack", "clock", "started", "due"),
    [
        # A Friday before a weekend that is worked, and the day before the long holiday.
        ("cn", Clock.COMPLAINT_REPLY, date(2026, 2, 13), date(2026, 2, 14)),
        ("cn", Clock.COMPLAINT_REPLY, date(2026, 9, 30), date(2026, 10, 8)),
        ("cn", Clock.COMPLAINT_REPLY, date(2026, 11, 20), date(2026, 11, 23)),
        ("uk", Clock.COMPLAINT_QUICK, date(2026, 12, 23), date(2026, 12, 30)),
        ("uk", Clock.COMPLAINT_QUICK, date(2026, 11, 2), date(2026, 11, 5)),
    ],
)
def test_a_clock_of_working_days_skips_weekends_and_holidays(
    pack: str, clock: Clock, started: date, due: date
) -> None:
    assert clock_of(pack, clock, started).due_on == due
    assert clock_of(pack, clock, started, today=due).breached is False
    assert clock_of(pack, clock, started, today=due + timedelta(days=1)).breached is True


@pytest.mark.parametrize(
    ("done", "today", "breached"),
    [
        (None, 15, False),
        (None, 16, True),
        (15, 30, False),
        (16, 30, True),
        (15, 14, False),
        (20, 16, True),
    ],
)
def test_a_clock_is_missed_when_the_answer_is_late_or_still_lacking(
    done: int | None, today: int, breached: bool
) -> None:
    standing = clock_of(
        "cn",
        Clock.COMPLAINT,
        STARTED,
        done_on=None if done is None else STARTED + timedelta(days=done),
        today=STARTED + timedelta(days=today),
    )
    assert standing.breached is breached


@pytest.mark.parametrize(("done", "code"), [(STARTED + timedelta(days=5), None), (None, "VALIDATION_5D")])
def test_a_code_of_a_breach_is_told_of_a_breach_only(done: date | None, code: str | None) -> None:
    standing = clock_of("us", Clock.VALIDATION, STARTED, done_on=done, today=STARTED + timedelta(days=6))
    assert standing.code == code


@pytest.mark.parametrize(
    ("pack", "clock", "started"),
    [
        ("eu", Clock.COMPLAINT, STARTED),
        ("uk", Clock.VALIDATION, STARTED),
        ("cn", Clock.COMPLAINT, date(1969, 12, 31)),
    ],
)
def test_a_clock_that_the_pack_does_not_know_is_refused(pack: str, clock: Clock, started: date) -> None:
    with pytest.raises(ClockUnknown) as refused:
        clock_of(pack, clock, started)
    assert refused.value.faults[0].field == "clock"
    with pytest.raises(PackUnknown):
        clock_of("zz", clock, started)


@given(st.dates(date(2021, 1, 1), date(2100, 1, 1)), st.integers(0, 90))
def test_a_harder_complaint_never_ends_earlier(started: date, later: int) -> None:
    ends = [clock_of("cn", Clock.COMPLAINT, started, grade=grade).due_on for grade in Grade]
    assert ends == sorted(ends)
    today = started + timedelta(days=later)
    assert clock_of("cn", Clock.COMPLAINT, started, today=today).breached is (later > 15)


def test_disputes_and_contact_agree_on_the_validation_notice() -> None:
    contact = pack_named("us")
    assert contact is not None
    for day in (date(2021, 11, 29), date(2021, 11, 30), STARTED):
        theirs, ours = contact.entry("validation_days", day), clock_law("us").entry("validation_clock", day)
        assert theirs is not None
        assert ours is not None
        assert (theirs.value_class, theirs.source, theirs.rules) == (
            ours.value_class,
            ours.source,
            ours.rules,
        )
        assert clock_of("us", Clock.VALIDATION, day).due_on == day + timedelta(days=int(str(theirs.value)))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("15", "needs the code"),
        ("{ days = 15 }", "needs the code"),
        ('{ code = "X", days = 15, names_breach = 1 }', "names_breach is true or false"),
        ('{ code = "X", days = 0 }', "from 1"),
        ('{ code = "X", days = true }', "from 1"),
        ('{ code = "X", simple = 15 }', "each of"),
    ],
)
def test_an_unsound_clock_is_refused(value: str, words: str) -> None:
    text = (
        f'pack = "cn"\nversion = "1"\n[[parameters.complaint_clock]]\nvalue = {value}\nclass = "L"\n'
        'source = "S25"\nrules = ["CN-CMP-01"]\neffective_from = 2020-03-01\n'
    )
    with pytest.raises(PackUnsound, match=r"cn\.toml") as refused:
        read_pack(text, "cn.toml", READERS)
    assert words in str(refused.value.faults[0])
    assert FOLDER == "dunwell.disputes.packs"
