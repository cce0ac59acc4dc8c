"""What holds for every case: no verdict loosens when a fact gets worse, and HOLD ends at the first ALLOW."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dunwell.contact.model import (
    SEVERITY,
    Answer,
    Channel,
    Consent,
    Debt,
    Direction,
    Facts,
    Hold,
    HoldKind,
    Hours,
    Liability,
    Number,
    Outcome,
    PastContact,
    Person,
    PersonStatus,
    Policy,
    Proposal,
    Purpose,
    Role,
)
from dunwell.contact.rules import judge, judgement, refused_without_pack
from tests.builders.contact import (
    HOME,
    NOON,
    a_contact,
    a_person,
    a_policy,
    a_proposal,
    at,
    some_facts,
    verdict,
)

PACKS = st.sampled_from(sorted(HOME))
ZONES = st.sampled_from([
    "Asia/Shanghai", "Asia/Urumqi", "America/New_York", "America/Los_Angeles", "Europe/London",
    "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe",
])  # fmt: skip
# Around both changes of the clock in Europe and America, and plain November.
STARTS = st.sampled_from([
    "2026-11-22T00:00:00+00:00", "2026-10-24T12:00:00+00:00", "2026-10-31T12:00:00+00:00",
    "2026-03-07T12:00:00+00:00", "2026-03-28T12:00:00+00:00",
])  # fmt: skip
CHANNELS = st.sampled_from(list(Channel))
hours = st.builds(
    lambda start, length: Hours(start, (start + length) % 1440),
    st.integers(0, 1439),
    st.integers(1, 1439),
)


@st.composite
def contacts(draw: st.DrawFn, now: datetime) -> list[PastContact]:
    ago = draw(st.lists(st.integers(1, 9 * 24 * 60), max_size=8))
    return [
        PastContact(
            now - timedelta(minutes=minutes),
            draw(CHANNELS),
            "P1",
            draw(st.sampled_from(list(Outcome))),
            ("D1",),
            draw(st.sampled_from(["N-P1", "N-other"])),
            draw(st.sampled_from(list(Direction))),
        )
        for minutes in sorted(ago, reverse=True)
    ]


@st.composite
def some_case(draw: st.DrawFn) -> tuple[Policy, Facts, Proposal, datetime]:
    """A debtor with a history, judged at some minute of a few days."""
    pack = draw(PACKS)
    now = at(draw(STARTS)) + timedelta(minutes=draw(st.integers(0, 3 * 24 * 60)))
    slot = now + timedelta(minutes=draw(st.integers(-600, 600)))
    consents = (Consent("K", "contact_slot", slot, slot + timedelta(minutes=draw(st.integers(1, 90)))),)
    person = a_person(
        pack=pack,
        zone=draw(ZONES),
        preferences=tuple(draw(st.lists(hours, max_size=2))),
        consents=draw(st.sampled_from([(), consents])),
    )
    facts = some_facts(person, contacts=draw(contacts(now)))
    proposal = a_proposal(draw(CHANNELS), content=a_proposal().content)
    return a_policy(pack, now, visits=True) if pack != "cn" else a_policy(pack, now), facts, proposal, now


def worse_facts(facts: Facts, now: datetime) -> list[Facts]:
    """The same case with one fact worse."""
    person = facts.people["P1"]

    def other(**changes: object) -> Facts:
        return replace(facts, people={"P1": replace(person, **changes)})

    today = now.date() - timedelta(days=2)
    call = a_contact(now - timedelta(minutes=1), outcome=Outcome.CONNECTED)
    sms = a_contact(now - timedelta(minutes=1), Channel.SMS, Outcome.SENT)
    return [
        *(replace(facts, holds=[*facts.holds, Hold(kind, today)]) for kind in HoldKind),
        replace(facts, debts={"D1": Debt("D1", settled_at=now)}),
        replace(facts, contacts=[*facts.contacts, call]),
        replace(facts, contacts=[*facts.contacts, sms]),
        replace(facts, numbers={"N-P1": Number("N-P1", "P1", "unknown")}),
        replace(facts, audit_ready=False),
        replace(facts, recorder_on=False),
        replace(facts, agent_trained_on=date(2020, 1, 1)),
        other(consents=()),
        other(status=PersonStatus.DECEASED),
        other(country="ZZ"),
        other(opt_outs=tuple((channel, now) for channel in Channel)),
    ]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some_case())
def test_a_verdict_never_loosens_when_a_fact_gets_worse(case: tuple[Policy, Facts, Proposal, datetime]):
    policy, facts, proposal, now = case
    before = judge(policy, facts, proposal, now)
    for worse in worse_facts(facts, now):
        after = judge(policy, worse, proposal, now)
        assert SEVERITY[after.answer] >= SEVERITY[before.answer]
        if before.answer is after.answer is Answer.HOLD and before.until and worse.contacts == facts.contacts:
            assert after.until is None or after.until >= before.until


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(some_case())
def test_a_hold_ends_at_the_first_minute_that_is_allowed(case: tuple[Policy, Facts, Proposal, datetime]):
    """By brute force: every minute of the last hours, and many before, are refused; the release is not."""
    policy, facts, proposal, now = case
    found = judge(policy, facts, proposal, now)
    assume(found.answer is Answer.HOLD)
    end = found.until or now + timedelta(days=4)
    minute = now
    while minute < end:
        assert not judge(policy, facts, proposal, minute).allowed, minute
        minute += timedelta(minutes=1 if end - minute < timedelta(hours=3) else 29)
    if found.until is not None:
        assert judge(policy, facts, proposal, found.until).allowed
        assert not judge(policy, facts, proposal, max(now, found.until - timedelta(microseconds=1))).allowed


@settings(max_examples=100, deadline=None)
@given(some_case())
def test_every_verdict_explains_itself(case: tuple[Policy, Facts, Proposal, datetime]):
    policy, facts, proposal, now = case
    found = judge(policy, facts, proposal, now)
    assert found.allowed or found.reasons
    assert len(found.codes) == len(set(found.codes))
    assert all(reason.rules for reason in found.reasons)
    assert found.until is None or (found.answer is Answer.HOLD and found.until > now)
    assert not found.duties or found.allowed


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
