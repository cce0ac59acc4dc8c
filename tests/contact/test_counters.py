"""Group 6: caps and intervals, counted on the person's own calendar."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dunwell.contact.model import Answer, Channel, Direction, Outcome, PastContact, Purpose, Role
from dunwell.contact.rules import judge
from tests.builders.contact import NOON, a_contact, a_person, a_policy, a_proposal, at, some_facts, verdict

CONNECTED, UNANSWERED, SENT = Outcome.CONNECTED, Outcome.UNANSWERED, Outcome.SENT
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TOMORROW = at("2026-11-24T08:00:00+08:00")


def judged(
    contacts: Sequence[PastContact],
    channel: Channel = Channel.CALL,
    pack: str = "cn",
    **more: Any,
):
    now = more.pop("now", NOON)
    zone = more.pop("zone", None)
    person = a_person(pack=pack, **({"zone": zone} if zone else {}))
    facts = some_facts(person, contacts=sorted(contacts, key=lambda each: each.at))
    return verdict(pack, facts, a_proposal(channel, **more.pop("proposal", {})), now, **more)


def several(count: int, outcome: Outcome, apart: timedelta = HOUR, **more: object) -> list[PastContact]:
    return [a_contact(NOON - apart * (n + 1), outcome=outcome, **more) for n in range(count)]


@pytest.mark.parametrize(("count", "codes"), [(2, ()), (3, ("VOICE_DAY_CAP_POOLED",))])
def test_three_connected_calls_a_day_over_all_agencies(count: int, codes: tuple[str, ...]):
    contacts = [
        a_contact(NOON - HOUR * (n + 1) / 2, outcome=CONNECTED, actor=f"agency-{n}", debts=("D7",))
        for n in range(count)
    ]
    found = judged(contacts)
    assert found.codes == codes
    if codes:
        assert (found.answer, found.until) == (Answer.HOLD, TOMORROW)


@pytest.mark.parametrize(
    "changes",
    [
        {"direction": Direction.INBOUND},
        {"person": "P2"},
        {"when": at("2026-11-22T23:59:00+08:00")},
    ],
)
def test_what_the_connected_cap_does_not_count(changes: dict[str, Any]):
    when = changes.pop("when", NOON - HOUR)
    assert judged([a_contact(when, outcome=CONNECTED, **changes) for _ in range(3)]).allowed


def test_messages_are_no_calls():
    assert judged(several(3, SENT, channel=Channel.SMS), Channel.CALL).allowed


@pytest.mark.parametrize(
    ("pack", "count", "limit", "codes"),
    [
        ("cn", 2, None, ()),
        ("cn", 3, None, ("ATTEMPT_CAP_NUMBER",)),
        ("cn", 3, 5, ()),
        ("cn", 5, 5, ("ATTEMPT_CAP_NUMBER",)),
        ("cn", 5, 6, ()),
        ("cn", 6, 6, ("ATTEMPT_CAP_HARD",)),
        ("us", 6, None, ()),
    ],
)
def test_attempts_on_one_number(pack: str, count: int, limit: int | None, codes: tuple[str, ...]):
    now = NOON if pack == "cn" else at("2026-11-23T18:00:00-05:00")
    contacts = [a_contact(now - (HOUR + MINUTE) * (n + 1)) for n in range(count)][: 3 if pack == "cn" else 9]
    contacts += [
        a_contact(at("2026-11-23T00:30:00+08:00") + MINUTE * n) for n in range(count - len(contacts))
    ]
    own = {} if limit is None else {"attempts_per_number_per_day": limit}
    assert judged(contacts, pack=pack, now=now, **own).codes == codes


def test_attempts_on_another_number_and_connected_calls_are_not_attempts():
    contacts = several(3, UNANSWERED, number="elsewhere") + several(2, CONNECTED)
    assert judged(contacts).allowed


def test_attempts_on_a_number_nobody_knows_are_not_counted():
    found = judged(several(5, UNANSWERED, number=None), proposal={"number": "N9"})
    assert found.codes == ("NUMBER_SOURCE",)


def test_two_attempts_an_hour_hold_until_the_older_is_an_hour_old():
    contacts = [a_contact(NOON - 40 * MINUTE), a_contact(NOON - 20 * MINUTE)]
    found = judged(contacts)
    assert (found.codes, found.until) == (("ATTEMPT_CAP_HOUR",), NOON + 20 * MINUTE)
    assert judged([a_contact(NOON - HOUR), a_contact(NOON - 20 * MINUTE)]).allowed


def test_a_pack_without_a_cap_an_hour_has_none():
    contacts = [a_contact(NOON - 40 * MINUTE), a_contact(NOON - 20 * MINUTE)]
    policy = replace(a_policy(), attempts_per_number_per_hour=None)
    assert judge(policy, some_facts(contacts=contacts), a_proposal(), NOON).allowed


def test_fifteen_calls_about_a_debt_in_a_week():
    old = [a_contact(NOON - timedelta(hours=168) + HOUR * n, outcome=Outcome.FAILED) for n in range(1, 16)]
    assert judged(old).codes == ("CALL_7IN7",)
    assert judged(old[1:]).allowed
    assert judged(old, proposal={"debts": ("D2",)}).codes == ("DEBT_SETTLED",), "about another debt"
    at_the_edge = [a_contact(NOON - timedelta(hours=168)), *old[1:]]
    assert judged(at_the_edge).allowed, "exactly 168 hours old has left"


def test_a_call_leaves_the_week_after_168_hours_of_elapsed_time():
    """Over the night on which American clocks went back, 168 hours end an hour earlier on the clock."""
    calls = [a_contact(at(f"2026-10-{day}T10:00:00-04:00")) for day in range(28, 32)]
    calls += [a_contact(at(f"2026-11-0{day}T10:00:00-05:00")) for day in range(1, 4)]
    found = judged(calls, pack="us", now=at("2026-11-03T18:00:00-05:00"))
    assert (found.codes, found.until) == (("CALL_7IN7",), at("2026-11-04T09:00:00-05:00"))


@pytest.mark.parametrize(
    ("now", "held"), [("2026-11-22T20:00:00-05:00", True), ("2026-11-23T08:00:00-05:00", False)]
)
@pytest.mark.parametrize("direction", list(Direction))
def test_seven_days_of_silence_after_an_american_talk(now: str, held: bool, direction: Direction):
    talk = a_contact(at("2026-11-16T20:30:00-05:00"), outcome=CONNECTED, direction=direction)
    found = judged([talk], pack="us", now=at(now))
    assert found.codes == (("TALK_7D",) if held else ())
    if held:
        assert found.until == at("2026-11-23T08:00:00-05:00")
    other = a_contact(talk.at, outcome=CONNECTED, debts=("D9",))
    assert judged([other], pack="us", now=at(now)).allowed


@pytest.mark.parametrize(
    ("direction", "codes"),
    [(Direction.OUTBOUND, ("VOICE_DAY_CAP_POOLED",)), (Direction.INBOUND, ("TALK_SILENCE",))],
)
def test_one_day_of_silence_after_a_british_talk(direction: Direction, codes: tuple[str, ...]):
    talk = a_contact(at("2026-11-23T09:00:00+00:00"), outcome=CONNECTED, direction=direction)
    found = judged([talk], pack="uk", now=at("2026-11-23T12:00:00+00:00"))
    assert (found.codes, found.until) == (codes, at("2026-11-24T08:00:00+00:00"))
    assert judged([talk], pack="uk", now=at("2026-11-24T12:00:00+00:00")).allowed


@pytest.mark.parametrize("first", [Channel.SMS, Channel.EMAIL, Channel.IM])
@pytest.mark.parametrize("then", [Channel.SMS, Channel.EMAIL])
@pytest.mark.parametrize("outcome", [SENT, Outcome.UNKNOWN, Outcome.DELIVERED])
def test_one_message_a_day_over_all_message_channels(first: Channel, then: Channel, outcome: Outcome):
    found = judged([a_contact(NOON - HOUR, first, outcome)], then)
    assert (found.codes, found.until) == (("MESSAGE_DAY_CAP",), TOMORROW)


@pytest.mark.parametrize(
    "contact",
    [
        a_contact(NOON - HOUR, Channel.SMS, Outcome.FAILED),
        a_contact(NOON - HOUR, Channel.SMS, Outcome.INVALID),
        a_contact(NOON - HOUR, Channel.SMS, SENT, direction=Direction.INBOUND),
        a_contact(NOON - HOUR, Channel.CALL, CONNECTED),
        a_contact(at("2026-11-22T21:00:00+08:00"), Channel.SMS, SENT),
    ],
)
def test_what_the_message_cap_does_not_count(contact: PastContact):
    assert judged([contact], Channel.SMS).allowed


def test_three_messages_in_seven_days():
    days = [a_contact(NOON - timedelta(days=n), Channel.SMS, SENT) for n in (2, 4, 6)]
    found = judged(days, Channel.EMAIL)
    assert (found.codes, found.until) == (("MESSAGE_7D_CAP",), NOON + timedelta(days=1))
    assert judged(days[:2], Channel.EMAIL).allowed


def test_four_touches_a_day_over_all_channels():
    touches = [
        a_contact(NOON - 10 * MINUTE, outcome=CONNECTED, actor="a"),
        a_contact(NOON - 20 * MINUTE, Channel.SMS, SENT),
        a_contact(NOON - 30 * MINUTE, Channel.LETTER, Outcome.UNKNOWN),
        a_contact(NOON - 40 * MINUTE, Channel.VISIT, Outcome.VISITED),
    ]
    found = judged(touches)
    assert (found.codes, found.until) == (("TOUCH_DAY_CAP",), TOMORROW)
    assert judged(touches[:3]).allowed
    assert judged([*touches[:3], a_contact(NOON - 50 * MINUTE)]).allowed, "an unanswered call reached nobody"


def test_after_a_promise_the_rest_of_the_day_is_quiet():
    found = judged([a_contact(NOON - HOUR, outcome=CONNECTED, promised=True)])
    assert (found.codes, found.until) == (("PROMISE_TODAY",), TOMORROW)
    yesterday = a_contact(NOON - timedelta(days=1), outcome=CONNECTED, promised=True)
    assert judged([yesterday]).allowed


@pytest.mark.parametrize(
    ("channel", "outcome", "code"),
    [(Channel.LETTER, SENT, "LETTER_INTERVAL"), (Channel.VISIT, Outcome.VISITED, "VISIT_FREQ")],
)
def test_letters_and_visits_are_seven_days_apart(channel: Channel, outcome: Outcome, code: str):
    last = a_contact(at("2026-11-17T19:00:00+08:00"), channel, outcome)
    found = judged([last], channel)
    assert (found.codes, found.until) == ((code,), at("2026-11-24T08:00:00+08:00"))
    assert judged([last], channel, now=at("2026-11-24T08:00:00+08:00")).allowed
    assert judged([a_contact(last.at, channel, Outcome.FAILED)], channel).allowed
    assert judged([last], Channel.CALL).allowed


def test_visits_without_an_interval_are_only_counted_as_touches():
    last = a_contact(at("2026-11-17T12:00:00+05:30"), Channel.VISIT, Outcome.VISITED)
    assert judged([last], Channel.VISIT, "in", now=at("2026-11-18T12:00:00+05:30")).allowed


def test_an_interval_that_only_the_tenant_has_names_the_tenant():
    last = a_contact(at("2026-11-17T12:00:00+05:30"), Channel.VISIT, Outcome.VISITED)
    found = judged([last], Channel.VISIT, "in", now=at("2026-11-18T12:00:00+05:30"), visits_days_apart=3)
    assert [(reason.code, reason.rules) for reason in found.reasons] == [("VISIT_FREQ", ("OURS-TENANT-01",))]


def friend(contacts: Sequence[PastContact], extra: Sequence[Any] = ()):
    people = (a_person(), a_person("P2", Role.CONTACT_PERSON), *extra)
    lost = [a_contact(at(f"2026-10-0{day}T10:00:00+08:00")) for day in (1, 2, 3)]
    facts = some_facts(*people, contacts=[*lost, *contacts])
    return verdict(facts=facts, proposal=a_proposal(person="P2", purpose=Purpose.RESTORE_CONTACT))


def test_a_contact_person_is_rung_once_a_day_and_three_times_in_all():
    days = [a_contact(NOON - timedelta(days=n), person="P2") for n in (3, 2, 1)]
    assert friend(days[:2]).allowed
    assert friend(days).codes == ("CONTACT_PERSON_CAP",)
    today = friend([a_contact(NOON - 2 * HOUR, person="P2")])
    assert (today.codes, today.until) == (("CONTACT_PERSON_DAY_CAP",), TOMORROW)


def test_two_contact_persons_per_case():
    others = [a_person(f"P{n}", Role.CONTACT_PERSON) for n in (3, 4)]
    rung = [
        a_contact(NOON - timedelta(days=2), person="P3"),
        a_contact(NOON - timedelta(days=1), person="P4"),
    ]
    assert friend(rung[:1], others).allowed
    assert friend(rung, others).codes == ("CONTACT_PERSONS_MANY",)
    assert friend([a_contact(NOON - timedelta(days=1), person="P9")], others).allowed


@pytest.mark.parametrize(
    ("zone", "first", "second", "now", "held"),
    [
        (
            "America/Los_Angeles",
            "2026-11-23T15:30-08:00",
            "2026-11-23T16:40-08:00",
            "2026-11-23T17:45-08:00",
            True,
        ),
        (
            "America/Los_Angeles",
            "2026-11-23T15:30-08:00",
            "2026-11-23T16:40-08:00",
            "2026-11-24T08:00-08:00",
            False,
        ),
        (
            "America/New_York",
            "2026-11-22T20:00-05:00",
            "2026-11-22T20:50-05:00",
            "2026-11-23T08:00-05:00",
            False,
        ),
        (
            "Pacific/Honolulu",
            "2026-11-23T13:59-10:00",
            "2026-11-23T14:01-10:00",
            "2026-11-23T20:00-10:00",
            True,
        ),
    ],
)
def test_a_day_is_the_persons_own_and_never_utcs(zone: str, first: str, second: str, now: str, held: bool):
    """T65: the two attempts lie on two days of UTC."""
    contacts = [a_contact(at(first)), a_contact(at(second))]
    found = judged(contacts, pack="us", zone=zone, now=at(now), attempts_per_number_per_day=2)
    assert found.codes == (("ATTEMPT_CAP_NUMBER",) if held else ())


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_days_of_23_and_25_hours_are_one_day(day: str):
    zone = "America/New_York"
    early = at(f"{day}T00:30:00-05:00") if day == "2026-03-08" else at(f"{day}T00:30:00-04:00")
    offset = "-04:00" if day == "2026-03-08" else "-05:00"
    contacts = [a_contact(early, outcome=UNANSWERED)]
    now = at(f"{day}T20:00:00{offset}")
    found = judged(contacts, pack="us", zone=zone, now=now, attempts_per_number_per_day=1)
    following = "2026-03-09" if day == "2026-03-08" else "2026-11-02"
    assert (found.codes, found.until) == (("ATTEMPT_CAP_NUMBER",), at(f"{following}T08:00:00{offset}"))
