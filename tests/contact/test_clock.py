"""Group 5: windows on every clock, guard, preferences, consent slots, and the days on which clocks change."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dunwell.contact.model import Answer, Channel, Consent, Hours, Number
from tests.builders.contact import a_person, a_proposal, at, some_facts, verdict

CALL, SMS, LETTER, VISIT = Channel.CALL, Channel.SMS, Channel.LETTER, Channel.VISIT


@pytest.mark.parametrize(
    ("pack", "channel", "now", "codes", "until"),
    [
        ("cn", CALL, "2026-11-23T07:59:59+08:00", ("QUIET_HOURS",), "2026-11-23T08:00:00+08:00"),
        ("cn", CALL, "2026-11-23T08:00:00+08:00", (), None),
        ("cn", CALL, "2026-11-23T21:54:59+08:00", (), None),
        ("cn", CALL, "2026-11-23T21:55:00+08:00", ("QUIET_GUARD",), "2026-11-24T08:00:00+08:00"),
        ("cn", SMS, "2026-11-23T21:44:59+08:00", (), None),
        ("cn", SMS, "2026-11-23T21:45:00+08:00", ("QUIET_GUARD",), "2026-11-24T08:00:00+08:00"),
        ("cn", LETTER, "2026-11-23T21:59:59+08:00", (), None),
        ("cn", LETTER, "2026-11-23T22:00:00+08:00", ("QUIET_HOURS",), "2026-11-24T08:00:00+08:00"),
        ("cn", VISIT, "2026-11-23T19:59:59+08:00", (), None),
        ("cn", VISIT, "2026-11-23T20:00:00+08:00", ("QUIET_HOURS",), "2026-11-24T08:00:00+08:00"),
        ("us", CALL, "2026-11-23T20:54:59-05:00", (), None),
        ("us", CALL, "2026-11-23T21:00:00-05:00", ("QUIET_HOURS",), "2026-11-24T08:00:00-05:00"),
        ("uk", CALL, "2026-11-21T19:54:59+00:00", (), None),
        ("uk", CALL, "2026-11-21T20:00:00+00:00", ("QUIET_HOURS",), "2026-11-23T08:00:00+00:00"),
        ("uk", CALL, "2026-11-22T12:00:00+00:00", ("QUIET_HOURS",), "2026-11-23T08:00:00+00:00"),
        ("eu", CALL, "2026-11-22T12:00:00+01:00", ("QUIET_HOURS",), "2026-11-23T08:00:00+01:00"),
        ("in", CALL, "2026-11-22T18:54:59+05:30", (), None),
        ("in", CALL, "2026-11-22T19:00:00+05:30", ("QUIET_HOURS",), "2026-11-23T08:00:00+05:30"),
        # The Monday after the clocks went back, and the one after they went forward.
        ("uk", CALL, "2026-10-24T20:30:00+01:00", ("QUIET_HOURS",), "2026-10-26T08:00:00+00:00"),
        ("uk", CALL, "2026-03-28T20:30:00+00:00", ("QUIET_HOURS",), "2026-03-30T08:00:00+01:00"),
        ("us", CALL, "2026-10-31T22:00:00-04:00", ("QUIET_HOURS",), "2026-11-01T08:00:00-05:00"),
        ("us", CALL, "2026-03-07T22:00:00-05:00", ("QUIET_HOURS",), "2026-03-08T08:00:00-04:00"),
    ],
)
def test_the_window_of_each_pack(
    pack: str, channel: Channel, now: str, codes: tuple[str, ...], until: str | None
):
    found = verdict(
        pack, proposal=a_proposal(channel), now=at(now), **({"visits": True} if pack != "cn" else {})
    )
    assert found.codes == codes
    assert found.until == (at(until) if until else None)


@pytest.mark.parametrize(
    ("zone", "now", "codes", "until"),
    [
        ("Asia/Urumqi", "2026-11-23T09:00:00+08:00", ("QUIET_LOCAL",), "2026-11-23T10:00:00+08:00"),
        ("Asia/Urumqi", "2026-11-23T21:54:59+08:00", (), None),
        ("Asia/Urumqi", "2026-11-23T23:00:00+08:00", ("QUIET_HOURS",), "2026-11-24T10:00:00+08:00"),
        (
            "Asia/Urumqi",
            "2026-11-24T01:00:00+08:00",
            ("QUIET_HOURS", "QUIET_LOCAL"),
            "2026-11-24T10:00:00+08:00",
        ),
        ("Asia/Chongqing", "2026-11-23T21:54:59+08:00", (), None),
        ("America/New_York", "2026-11-23T12:00:00+08:00", ("QUIET_LOCAL",), "2026-11-23T21:00:00+08:00"),
        ("Asia/Tokyo", "2026-11-23T20:55:00+08:00", ("QUIET_GUARD",), "2026-11-24T08:00:00+08:00"),
    ],
)
def test_both_clocks_of_a_chinese_debtor(zone: str, now: str, codes: tuple[str, ...], until: str | None):
    found = verdict(facts=some_facts(a_person(zone=zone)), now=at(now))
    assert found.codes == codes
    assert found.until == (at(until) if until else None)
    alone = verdict(facts=some_facts(a_person(zone=zone)), now=at(now), dual_clock=False)
    assert "QUIET_LOCAL" not in alone.codes


@pytest.mark.parametrize(
    ("now", "codes", "until"),
    [
        ("2026-11-23T10:00:00-05:00", ("ZONE_CONFLICT",), "2026-11-23T11:00:00-05:00"),
        ("2026-11-23T11:00:00-05:00", (), None),
        ("2026-11-23T20:55:00-05:00", ("QUIET_GUARD",), "2026-11-24T11:00:00-05:00"),
        ("2026-11-23T22:00:00-05:00", ("ZONE_CONFLICT",), "2026-11-24T11:00:00-05:00"),
        ("2026-11-24T01:00:00-05:00", ("QUIET_HOURS",), "2026-11-24T11:00:00-05:00"),
    ],
)
def test_every_plausible_zone_of_an_american(now: str, codes: tuple[str, ...], until: str | None):
    numbers = [
        Number("N1", "P1", zone="America/Los_Angeles"),
        Number("N2", "P1"),
        Number("N3", "P2", zone="Pacific/Honolulu"),
    ]
    found = verdict("us", some_facts(a_person(pack="us"), numbers=numbers), now=at(now))
    assert found.codes == codes
    assert found.until == (at(until) if until else None)


@pytest.mark.parametrize(
    ("wishes", "now", "codes", "until"),
    [
        ([(16, 18)], "10:00", ("CUSTOMER_PREF",), "2026-11-23T16:00:00+00:00"),
        ([(16, 18)], "17:54", (), None),
        ([(16, 18)], "17:55", ("QUIET_GUARD",), "2026-11-24T16:00:00+00:00"),
        ([(10, 12), (14, 16)], "11:54", (), None),
        ([(10, 12), (14, 16)], "13:00", ("CUSTOMER_PREF",), "2026-11-23T14:00:00+00:00"),
        ([(10, 12), (12, 14)], "11:59", (), None),
        ([(10, 13), (11, 12)], "12:30", (), None),
        ([(22, 9)], "08:30", (), None),
        ([(22, 9)], "08:55", ("QUIET_GUARD",), "2026-11-24T08:00:00+00:00"),
        ([(22, 9)], "12:00", ("CUSTOMER_PREF",), "2026-11-24T08:00:00+00:00"),
        ([(18, 23)], "19:54", (), None),
        ([(18, 23)], "21:00", ("QUIET_HOURS",), "2026-11-24T18:00:00+00:00"),
        ([(19, 24)], "21:00", ("QUIET_HOURS",), "2026-11-24T19:00:00+00:00"),
        ([(20, 23)], "21:00", ("QUIET_HOURS",), None),
        ([(20, 23)], "12:00", ("CUSTOMER_PREF",), None),
    ],
)
def test_a_preference_only_narrows(
    wishes: list[tuple[int, int]], now: str, codes: tuple[str, ...], until: str | None
):
    preferences = tuple(Hours(start * 60, end * 60) for start, end in wishes)
    facts = some_facts(a_person(pack="uk", preferences=preferences))
    found = verdict("uk", facts, now=at(f"2026-11-23T{now}:00+00:00"))
    assert found.codes == codes
    assert found.until == (at(until) if until else None)


def test_a_wish_shorter_than_the_guard_never_opens():
    facts = some_facts(a_person(pack="uk", preferences=(Hours(600, 615),)))
    sms = verdict("uk", facts, a_proposal(SMS), at("2026-11-23T10:05:00+00:00"))
    assert (sms.codes, sms.until) == (("QUIET_GUARD",), None)
    assert verdict("uk", facts, a_proposal(LETTER), at("2026-11-23T10:14:00+00:00")).allowed


def slot(start: str, end: str) -> Consent:
    return Consent("K1", "contact_slot", at(start), at(end))


@pytest.mark.parametrize(
    ("now", "codes", "until"),
    [
        ("2026-11-23T22:29:59+08:00", ("QUIET_HOURS",), "2026-11-23T22:30:00+08:00"),
        ("2026-11-23T22:30:00+08:00", ("CONSENT_SLOT",), None),
        ("2026-11-23T22:44:59+08:00", ("CONSENT_SLOT",), None),
        ("2026-11-23T22:45:00+08:00", ("QUIET_HOURS",), "2026-11-24T08:00:00+08:00"),
        ("2026-11-24T22:30:00+08:00", ("QUIET_HOURS",), "2026-11-25T08:00:00+08:00"),
    ],
)
def test_a_consent_lifts_the_clock_for_its_slot(now: str, codes: tuple[str, ...], until: str | None):
    consent = slot("2026-11-23T22:30:00+08:00", "2026-11-23T22:45:00+08:00")
    found = verdict(facts=some_facts(a_person(consents=(consent,))), now=at(now))
    assert found.codes == codes
    assert found.until == (at(until) if until else None)
    assert found.duties == (("ATTACH_CONSENT",) if found.allowed and codes else ())


def test_a_slot_inside_the_window_is_no_exception():
    consent = slot("2026-11-23T11:00:00+08:00", "2026-11-23T13:00:00+08:00")
    found = verdict(facts=some_facts(a_person(consents=(consent,))))
    assert (found.codes, found.duties) == ((), ())


def test_no_consent_opens_the_indian_night():
    consent = slot("2026-11-23T20:00:00+05:30", "2026-11-23T21:00:00+05:30")
    facts = some_facts(a_person(pack="in", consents=(consent,)))
    found = verdict("in", facts, now=at("2026-11-23T20:30:00+05:30"))
    assert (found.codes, found.until) == (("QUIET_HOURS",), at("2026-11-24T08:00:00+05:30"))


def test_the_tenants_own_hours_narrow_the_window_and_its_visits():
    hours = {"from": "09:00", "to": "12:00", "days": ["tue"]}
    call = verdict(now=at("2026-11-23T10:00:00+08:00"), contact_hours=hours)
    assert (call.answer, call.until) == (Answer.HOLD, at("2026-11-24T09:00:00+08:00"))
    visit = verdict(proposal=a_proposal(VISIT), now=at("2026-11-24T13:00:00+08:00"), contact_hours=hours)
    assert visit.until == at("2026-12-01T09:00:00+08:00")


def test_the_working_names_the_clocks():
    found = verdict(facts=some_facts(a_person(zone="Asia/Urumqi")), now=at("2026-11-24T01:00:00+08:00"))
    assert found.reasons[0].working == (
        "Tue 01:00:00 Asia/Shanghai, Mon 23:00:00 Asia/Urumqi; window 08:00-22:00"
    )


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Berlin"])
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 30)])
def test_wishes_in_hours_that_a_clock_change_skips_or_repeats(zone: str, day: date):
    """Minute by minute over the change: the release is the first minute that is allowed."""
    wishes = (Hours(90, 150), Hours(8 * 60, 8 * 60 + 30))
    pack = "uk" if zone == "Europe/London" else "eu"
    facts = some_facts(a_person(pack=pack, preferences=wishes))
    start = datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    minutes = [start + timedelta(minutes=n) for n in range(40 * 60)]
    answers = [verdict(pack, facts, now=minute) for minute in minutes]
    opening = None
    for minute, found in reversed(list(zip(minutes, answers, strict=True))):
        if found.allowed:
            opening = minute
        elif opening is not None:
            assert found.until == opening, minute
