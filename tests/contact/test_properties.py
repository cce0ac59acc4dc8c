"""What holds for every case: no verdict loosens when a fact gets worse, and HOLD ends at the first ALLOW."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dunwell.contact.model import (
    SEVERITY,
    Answer,
    Channel,
    Consent,
    Facts,
    Hold,
    HoldKind,
    Hours,
    Liability,
    Outcome,
    Person,
    Policy,
    Proposal,
    Purpose,
    Role,
    Window,
)
from dunwell.contact.rules import judge, judgement, refused_without_pack
from dunwell.contact.rules.case import a_case
from dunwell.contact.rules.judgement import failing, worst
from dunwell.contact.rules.windows import Clocks, first_open, is_open
from tests.builders.contact import (
    NOON,
    a_contact,
    a_person,
    a_proposal,
    at,
    some_facts,
    verdict,
)
from tests.contact.at_random import (
    CHANNELS,
    PACKS,
    STARTS,
    ZONES,
    Case,
    a_search_for_the_debtor,
    some_case,
    stricter_policies,
    worse_facts,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def is_no_looser(before: judgement.Verdict, after: judgement.Verdict) -> bool:
    """At least as severe, and of two holds the later release."""
    if before.answer is after.answer is Answer.HOLD and before.until is not None:
        return after.until is None or after.until >= before.until
    return SEVERITY[after.answer] >= SEVERITY[before.answer]


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(some_case())
def test_a_verdict_never_loosens_when_a_fact_gets_worse(case: Case):
    policy, facts, proposal, now = case
    before = judge(policy, facts, proposal, now)
    for worse in worse_facts(facts, now):
        assert is_no_looser(before, judge(policy, worse, proposal, now))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(some_case())
def test_a_verdict_never_loosens_when_the_law_gets_stricter(case: Case):
    policy, facts, proposal, now = case
    before = judge(policy, facts, proposal, now)
    for stricter in stricter_policies(policy):
        assert is_no_looser(before, judge(stricter, facts, proposal, now))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(a_search_for_the_debtor())
def test_a_search_for_the_debtor_never_loosens_by_a_refusal_or_a_talk(case: Case):
    policy, facts, proposal, now = case
    before = judge(policy, facts, proposal, now)
    refusing = {**facts.people, "P2": replace(facts.people["P2"], refusals=(now,))}
    assert is_no_looser(before, judge(policy, replace(facts, people=refusing), proposal, now))
    talk = a_contact(now, outcome=Outcome.CONNECTED)
    assert is_no_looser(
        before, judge(policy, replace(facts, contacts=[*facts.contacts, talk]), proposal, now)
    )
    asked = a_contact(now, person="P2", purpose=proposal.purpose)
    assert is_no_looser(
        before, judge(policy, replace(facts, contacts=[*facts.contacts, asked]), proposal, now)
    )


def allowed_at(policy: Policy, facts: Facts, proposal: Proposal, instant: datetime) -> bool:
    return worst(failing(a_case(policy, facts, proposal, instant))) is Answer.ALLOW


def check_release(case: Case) -> None:
    """Minute by minute: for two days, then coarsely, then again for the last hours before the release."""
    policy, facts, proposal, now = case
    found = judge(policy, facts, proposal, now)
    assume(found.answer is Answer.HOLD)
    end = found.until or now + 4 * DAY
    minute = now
    while minute < end:
        assert not allowed_at(policy, facts, proposal, minute), minute
        closely = minute < now + 2 * DAY or end - minute < timedelta(hours=12)
        minute += MINUTE if closely and found.until else 17 * MINUTE
    if found.until is not None:
        assert judge(policy, facts, proposal, found.until).allowed
        assert not judge(policy, facts, proposal, max(now, found.until - timedelta(microseconds=1))).allowed


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(some_case())
def test_a_hold_ends_at_the_first_minute_that_is_allowed(case: Case):
    check_release(case)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(a_search_for_the_debtor())
def test_a_hold_of_a_contact_person_ends_at_the_first_minute_that_is_allowed(case: Case):
    check_release(case)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(some_case())
def test_every_verdict_explains_itself(case: Case):
    policy, facts, proposal, now = case
    for each in (facts, *worse_facts(facts, now)):
        found = judge(policy, each, proposal, now)
        assert found.allowed or found.reasons
        assert len(found.codes) == len(set(found.codes))
        assert all(reason.rules and "OURS-TENANT-01" not in reason.rules for reason in found.reasons)
        assert found.until is None or (found.answer is Answer.HOLD and found.until > now)
        assert not found.duties or found.allowed


def wall_clock_open(clocks: Clocks, instant: datetime) -> bool:
    """What people read off their clocks, minute by minute, without any span."""

    def inside(zone: str, start: int, end: int) -> bool:
        local = instant.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        return start <= minute < end

    days = all(instant.astimezone(ZoneInfo(zone)).weekday() in clocks.window.days for zone in clocks.zones)
    hours = all(inside(zone, clocks.window.hours.start, clocks.window.hours.end) for zone in clocks.zones)
    wished = not clocks.wishes or any(inside(clocks.own, wish.start, wish.end) for wish in clocks.wishes)
    return days and hours and wished


# After the hours that clocks skip or repeat, and not over midnight.
DAYTIME = st.builds(
    lambda start, length: Hours(start, min(start + length, 1440)), st.integers(240, 1438), st.integers(1, 900)
)
WINDOWS = st.builds(
    Window, DAYTIME, st.sampled_from([frozenset(range(7)), frozenset(range(6)), frozenset({1, 4})])
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    zones=st.lists(ZONES, min_size=1, max_size=3, unique=True),
    wishes=st.lists(DAYTIME, max_size=2),
    window=WINDOWS,
    start=STARTS,
)
@example(
    ["Australia/Lord_Howe", "Antarctica/Troll"], [], Window(Hours(480, 1200)), "2026-10-03T06:00:00+00:00"
)
def test_spans_of_instants_are_what_people_read_off_their_clocks(
    zones: list[str], wishes: list[Hours], window: Window, start: str
):
    clocks = Clocks(tuple(zones), zones[0], tuple(wishes), window, 0)
    begin = at(start)
    opening = None
    for minute in (begin + n * MINUTE for n in range(2 * 24 * 60, -1, -1)):
        shut = not wall_clock_open(clocks, minute)
        assert is_open(clocks, minute) is not shut, minute
        opening = opening if shut else minute
        if minute.minute % 20 == 0 and opening is not None:
            assert first_open(clocks, minute) == opening


ROLES = st.sampled_from([role for role in Role if role is not Role.DEBTOR])


@given(ROLES, PACKS, st.sampled_from(list(Purpose)), CHANNELS)
def test_liability_never_makes_it_harder(role: Role, pack: str, purpose: Purpose, channel: Channel):
    """Whatever is allowed to someone in another role is allowed to a co-debtor in that person's place."""
    now = at("2026-11-23T15:00:00+00:00")

    def asked(each: Person) -> int:
        facts = some_facts(a_person(pack=pack), each)
        return SEVERITY[verdict(pack, facts, a_proposal(channel, "P2", purpose=purpose), now).answer]

    other = a_person("P2", role, pack, liability=Liability.CO_SIGNED)
    assert asked(a_person("P2", Role.CO_DEBTOR, pack)) <= asked(other)


def test_a_hold_that_meets_a_stop_first_has_no_release():
    """Held by the clock tonight; tomorrow a plan begins."""
    late = at("2026-11-23T23:00:00+08:00")
    facts = some_facts(holds=[Hold(HoldKind.PLAN, date(2026, 11, 24))])
    found = verdict(facts=facts, now=late)
    assert (found.answer, found.codes, found.until) == (Answer.HOLD, ("QUIET_HOURS",), None)


def test_worst_answer_wins_and_the_milder_reasons_stay():
    late = at("2026-11-23T23:00:00+08:00")
    facts = some_facts(holds=[Hold(HoldKind.BEREAVEMENT, date(2026, 11, 1))])
    found = verdict(facts=facts, now=late)
    assert (found.answer, found.codes, found.until) == (Answer.REVIEW, ("BEREAVEMENT", "QUIET_HOURS"), None)
    stopped = replace(facts, holds=[*facts.holds, Hold(HoldKind.CEASE, date(2026, 11, 1))])
    found = verdict(facts=stopped, now=late)
    assert (found.answer, found.codes) == (Answer.DENY, ("BEREAVEMENT", "CEASE", "QUIET_HOURS"))


def test_an_exception_is_not_named_when_it_does_not_help():
    slot = Consent("K1", "contact_slot", NOON - timedelta(days=1), NOON + timedelta(days=9))
    facts = some_facts(a_person(consents=(slot,)), holds=[Hold(HoldKind.CEASE, date(2026, 11, 1))])
    assert verdict(facts=facts, now=at("2026-11-23T23:00:00+08:00")).codes == ("CEASE",)


@pytest.mark.parametrize(("queued", "noted"), [(None, False), ("1", False), ("0", True)])
def test_the_version_it_was_queued_under_is_noted(queued: str | None, noted: bool):
    proposal = a_proposal(queued_pack_version=queued)
    assert ("PACK_VERSION" in verdict(proposal=proposal).codes) is noted
    held = verdict(proposal=proposal, now=at("2026-11-23T23:00:00+08:00"))
    assert ("PACK_VERSION" in held.codes) is noted
    assert held.until == at("2026-11-24T08:00:00+08:00")


def test_nobody_knows_the_person():
    assert verdict(proposal=a_proposal(person="P9")).codes == ("UNKNOWN_PERSON",)
    nobody = replace(some_facts(a_person(), a_person("P2")), debtor="P9")
    assert verdict(facts=nobody).codes == ("UNKNOWN_PERSON",)


def test_no_pack_is_the_only_reason():
    facts = some_facts(a_person(country="TH"), holds=[Hold(HoldKind.CEASE, date(2026, 1, 1))])
    assert verdict(facts=facts, now=datetime(2026, 1, 1, tzinfo=UTC)).codes == ("NO_PACK",)
    refused = refused_without_pack("zz", 3)
    assert (refused.answer, refused.codes, refused.pack, refused.allowed) == (
        Answer.DENY,
        ("NO_PACK",),
        "zz",
        False,
    )


def test_a_release_that_needs_too_many_steps_is_none(monkeypatch: pytest.MonkeyPatch):
    """Two steps: the counter empties at midnight, the window opens at eight."""
    contacts = [a_contact(NOON - timedelta(hours=n) / 2, outcome=Outcome.CONNECTED) for n in (1, 2, 3)]
    facts = some_facts(contacts=contacts)
    assert verdict(facts=facts).until == at("2026-11-24T08:00:00+08:00")
    monkeypatch.setattr(judgement, "STEPS", 1)
    assert verdict(facts=facts).until is None


def test_an_exception_does_not_hide_a_counter():
    """In the consent slot at night, but the calls of the day are used up."""
    night = at("2026-11-23T22:30:00+08:00")
    slot = Consent("K1", "contact_slot", night, night + timedelta(minutes=30))
    contacts = [a_contact(NOON - timedelta(hours=n) / 2, outcome=Outcome.CONNECTED) for n in (1, 2, 3)]
    found = verdict(facts=some_facts(a_person(consents=(slot,)), contacts=contacts), now=night)
    assert (found.codes, found.duties) == (("VOICE_DAY_CAP_POOLED",), ())
    assert found.until == at("2026-11-24T08:00:00+08:00")
