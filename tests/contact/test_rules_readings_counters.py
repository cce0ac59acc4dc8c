"""The text of the paper-case format against the judge: caps and intervals."""

import pytest

from dunwell.contact.cases import CaseIn
from tests.contact.readings import check, reading


def calls(*times: str, outcome: str = "unanswered", more: str = "") -> list[str]:
    return [f"11-{at} call {outcome} {more}".strip() for at in times]


THREE = calls("23T08:30", "23T10:00", "23T11:30")
SIX = [*THREE, *calls("23T13:00", "23T14:30", "23T16:00")]
WEEKS = calls("17T09:30", "18T09:30", "19T09:30", "20T09:30", "21T09:30", "22T10:00", "22T14:00")
COUNTERS = [
    reading(
        "inbound talks do not count", "2026-11-23T15:00:00+08:00", "ALLOW",
        contacts=calls("23T09:00", "23T11:00", "23T13:00", outcome="connected", more="direction=inbound"),
    ),
    reading(
        "automated calls count", "2026-11-23T15:00:00+08:00", "HOLD 2026-11-24T08:00 VOICE_DAY_CAP_POOLED",
        contacts=["11-23T09:00 ai_call connected", *calls("23T11:00", "23T13:00", outcome="connected")],
    ),
    reading(
        "about any debt", "2026-11-23T15:00:00+08:00", "HOLD 2026-11-24T08:00 VOICE_DAY_CAP_POOLED",
        debts=[{"id": "D1"}, {"id": "D2"}],
        contacts=calls("23T09:00", "23T11:00", "23T13:00", outcome="connected", more="debt=D2"),
    ),
    reading(
        "each liable person has own counters", "2026-11-23T15:00:00+08:00", "ALLOW", person="P2",
        others=[{"id": "P2", "role": "co_debtor"}],
        contacts=calls("23T09:00", "23T11:00", "23T13:00", outcome="connected"),
    ),
    reading(
        "yesterday's talks", "2026-11-23T15:00:00+08:00", "ALLOW",
        contacts=calls("22T09:00", "22T11:00", "22T23:59", outcome="connected"),
    ),
    reading(
        "a british day has one talk", "2026-11-23T15:00:00+00:00",
        "HOLD 2026-11-24T08:00 VOICE_DAY_CAP_POOLED", "uk", contacts=calls("23T09:00", outcome="connected"),
    ),
    reading(
        "a talk on saturday evening holds to monday", "2026-11-21T15:00:00+00:00",
        "HOLD 2026-11-23T08:00 VOICE_DAY_CAP_POOLED", "uk", contacts=calls("21T09:00", outcome="connected"),
    ),
    reading(
        "three attempts", "2026-11-23T15:00:00+08:00", "HOLD 2026-11-24T08:00 ATTEMPT_CAP_NUMBER",
        contacts=THREE,
    ),
    reading("two attempts", "2026-11-23T15:00:00+08:00", "ALLOW", contacts=THREE[:2]),
    reading(
        "a connected call is no attempt", "2026-11-23T15:00:00+08:00", "ALLOW",
        contacts=[*THREE[:2], *calls("23T13:00", outcome="connected")],
    ),
    reading(
        "another number", "2026-11-23T15:00:00+08:00", "ALLOW", contacts=THREE, number="+8613800000002",
        numbers=[{"number": "+8613800000001", "person": "P1"}, {"number": "+8613800000002", "person": "P1"}],
    ),
    reading(
        "attempts on a named number", "2026-11-23T15:00:00+08:00", "HOLD 2026-11-24T08:00 ATTEMPT_CAP_NUMBER",
        number="+8613800000002",
        contacts=calls("23T08:30", "23T10:00", "23T11:30", more="number=+8613800000002"),
        numbers=[{"number": "+8613800000001", "person": "P1"}, {"number": "+8613800000002", "person": "P1"}],
    ),
    reading(
        "a stricter own limit", "2026-11-23T15:00:00+08:00", "HOLD 2026-11-24T08:00 ATTEMPT_CAP_NUMBER",
        contacts=THREE[:1], policy={"attempts_per_number_per_day": 1},
    ),
    reading(
        "an own limit of five", "2026-11-23T17:30:00+08:00", "HOLD 2026-11-24T08:00 ATTEMPT_CAP_NUMBER",
        contacts=SIX[:5], policy={"attempts_per_number_per_day": 5},
    ),
    reading(
        "six with the default limit is the hard one", "2026-11-23T17:30:00+08:00",
        "HOLD 2026-11-24T08:00 ATTEMPT_CAP_HARD", contacts=SIX,
    ),
    reading(
        "a limit above six", "2026-11-23T12:00:00+08:00", "REFUSED ATTEMPT_CAP_HARD",
        policy={"attempts_per_number_per_day": 7},
    ),
    reading("no limit of the american pack", "2026-11-23T18:00:00-05:00", "ALLOW", "us", contacts=SIX),
    reading(
        "an own american limit", "2026-11-23T18:00:00-05:00", "HOLD 2026-11-24T08:00 ATTEMPT_CAP_NUMBER",
        "us", contacts=SIX, policy={"attempts_per_number_per_day": 6},
    ),
    reading(
        "two attempts in britain", "2026-11-23T15:00:00+00:00", "HOLD 2026-11-24T08:00 ATTEMPT_CAP_NUMBER",
        "uk", contacts=THREE[:2],
    ),
    reading(
        "two attempts in the eu", "2026-11-23T15:00:00+01:00", "HOLD 2026-11-24T08:00 ATTEMPT_CAP_NUMBER",
        "eu", contacts=THREE[:2],
    ),
    reading(
        "three attempts in india", "2026-11-23T15:00:00+05:30", "HOLD 2026-11-24T08:00 ATTEMPT_CAP_NUMBER",
        "in", contacts=THREE,
    ),
    reading(
        "a message is not held by attempts", "2026-11-23T15:00:00+08:00", "ALLOW", channel="sms",
        contacts=SIX,
    ),
    reading(
        "seven in seven days", "2026-11-23T10:00:00-05:00", "HOLD 2026-11-24T09:30 CALL_7IN7", "us",
        contacts=WEEKS,
    ),
    reading("exactly 168 hours old has left", "2026-11-24T09:30:00-05:00", "ALLOW", "us", contacts=WEEKS),
    reading(
        "a minute younger has not", "2026-11-24T09:29:00-05:00", "HOLD 2026-11-24T09:30 CALL_7IN7", "us",
        contacts=WEEKS,
    ),
    reading(
        "voicemail counts in the week", "2026-11-23T10:00:00-05:00", "HOLD 2026-11-24T09:30 CALL_7IN7", "us",
        contacts=["11-17T09:30 voicemail delivered", *WEEKS[1:]],
    ),
    reading(
        "calls about another debt do not", "2026-11-23T10:00:00-05:00", "ALLOW", "us",
        debts=[{"id": "D1"}, {"id": "D2"}], contacts=WEEKS, debt="D2",
    ),
    reading(
        "eight calls: two have to leave", "2026-11-23T10:00:00-05:00", "HOLD 2026-11-25T09:30 CALL_7IN7",
        "us", contacts=[*WEEKS, *calls("22T18:00")],
    ),
    reading(
        "three in britain", "2026-11-23T10:00:00+00:00", "HOLD 2026-11-25T09:30 CALL_7IN7", "uk",
        contacts=calls("18T09:30", "19T09:30", "20T09:30"),
    ),
    reading(
        "release at night waits for the window", "2026-11-23T10:00:00+00:00",
        "HOLD 2026-11-26T08:00 CALL_7IN7", "uk", contacts=calls("18T20:30", "19T09:30", "20T09:30"),
    ),
    reading(
        "168 hours over the change of clocks", "2026-11-06T18:00:00-05:00", "HOLD 2026-11-07T11:00 CALL_7IN7",
        "us",
        contacts=[
            "10-31T11:00 call unanswered", *(f"11-0{day}T11:00 call unanswered" for day in range(1, 6)),
            "11-05T16:00 call unanswered",
        ],
    ),
    reading(
        "a talk silences a week", "2026-11-23T10:00:00-05:00", "HOLD 2026-11-24T08:00 TALK_7D", "us",
        contacts=calls("17T20:00", outcome="connected"),
    ),
    reading(
        "an inbound talk too", "2026-11-23T10:00:00-05:00", "HOLD 2026-11-24T08:00 TALK_7D", "us",
        contacts=calls("17T20:00", outcome="connected", more="direction=inbound"),
    ),
    reading(
        "the seventh day after", "2026-11-24T08:00:00-05:00", "ALLOW", "us",
        contacts=calls("17T20:00", outcome="connected"),
    ),
    reading(
        "a talk about another debt", "2026-11-23T10:00:00-05:00", "ALLOW", "us",
        debts=[{"id": "D1"}, {"id": "D2"}], contacts=calls("17T20:00", outcome="connected", more="debt=D2"),
    ),
    reading(
        "messages are not silenced", "2026-11-23T10:00:00-05:00", "ALLOW", "us", channel="email",
        contacts=calls("17T20:00", outcome="connected"),
    ),
    reading(
        "two days of utc, one in honolulu", "2026-11-23T17:00:00-10:00",
        "HOLD 2026-11-24T08:00 ATTEMPT_CAP_NUMBER", "us", debtor={"zone": "Pacific/Honolulu"},
        policy={"attempts_per_number_per_day": 2}, contacts=calls("23T13:30", "23T15:00"),
    ),
    reading(
        "a visit a week", "2026-11-23T10:00:00+08:00", "HOLD 2026-11-24T08:00 VISIT_FREQ", channel="visit",
        contacts=["11-17T19:00 visit visited"],
    ),
    reading(
        "the visit of the same day", "2026-11-23T15:00:00+08:00", "HOLD 2026-11-30T08:00 VISIT_FREQ",
        channel="visit", contacts=["11-23T09:00 visit visited"],
    ),
    reading(
        "seven days after a visit", "2026-11-24T08:00:00+08:00", "ALLOW", channel="visit",
        contacts=["11-17T19:00 visit visited"],
    ),
    reading(
        "two counters: the later release", "2026-11-23T15:00:00-05:00",
        "HOLD 2026-11-30T08:00 VOICE_DAY_CAP_POOLED TALK_7D", "us",
        contacts=calls("23T09:00", outcome="connected"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", COUNTERS)
def test_counters_read_as_the_text_says(case: CaseIn):
    check(case)
