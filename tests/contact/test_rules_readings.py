"""The text of the paper-case format against the judge: windows, clocks, wishes and slots, as the text says."""

import pytest

from dunwell.contact.cases import CaseIn
from tests.contact.readings import check, reading

URUMQI = {"zone": "Asia/Urumqi"}
PACIFIC = {"zone": "America/Los_Angeles"}


def wish(*spans: str) -> dict[str, object]:
    """`16:00-18:00`."""
    return {"preferences": [dict(zip(("from", "to"), span.split("-"), strict=True)) for span in spans]}


def slot(start: str, end: str) -> dict[str, object]:
    return {"consents": [{"id": "K1", "kind": "contact_slot", "from": start, "to": end}]}


def hours(start: str, end: str) -> dict[str, object]:
    return {"contact_hours": {"from": start, "to": end}}


WINDOW = [
    reading("cn opens at eight", "2026-11-23T08:00:00+08:00", "ALLOW"),
    reading("cn a second before", "2026-11-23T07:59:59+08:00", "HOLD 2026-11-23T08:00 QUIET_HOURS"),
    reading(
        "the window binds letters", "2026-11-23T22:00:00+08:00", "HOLD 2026-11-24T08:00 QUIET_HOURS",
        channel="letter",
    ),
    reading("no guard for letters", "2026-11-23T21:59:59+08:00", "ALLOW", channel="letter"),
    reading("no guard for visits", "2026-11-23T19:59:59+08:00", "ALLOW", channel="visit"),
    reading(
        "cn visits end at eight", "2026-11-23T20:00:00+08:00", "HOLD 2026-11-24T08:00 QUIET_HOURS",
        channel="visit",
    ),
    reading(
        "voicemail is a call", "2026-11-23T21:55:00+08:00", "HOLD 2026-11-24T08:00 QUIET_GUARD",
        channel="voicemail",
    ),
    reading("ai calls too", "2026-11-23T21:54:59+08:00", "ALLOW", channel="ai_call"),
    reading(
        "im is a message", "2026-11-23T21:45:00+08:00", "HOLD 2026-11-24T08:00 QUIET_GUARD", channel="im",
    ),
    reading("email before the guard", "2026-11-23T21:44:59+08:00", "ALLOW", channel="email"),
    reading(
        "own guard", "2026-11-23T21:40:00+08:00", "HOLD 2026-11-24T08:00 QUIET_GUARD",
        policy={"guard_minutes": {"call": 20}},
    ),
    reading("no guard at all", "2026-11-23T21:59:59+08:00", "ALLOW", policy={"guard_minutes": {"call": 0}}),
    reading(
        "own guard of calls leaves messages", "2026-11-23T21:40:00+08:00", "ALLOW", channel="sms",
        policy={"guard_minutes": {"call": 60}},
    ),
    reading("us ends at nine", "2026-11-23T20:54:59-05:00", "ALLOW", "us"),
    reading("us guard", "2026-11-23T20:55:00-05:00", "HOLD 2026-11-24T08:00 QUIET_GUARD", "us"),
    reading("us sunday is a day", "2026-11-22T12:00:00-05:00", "ALLOW", "us"),
    reading("uk saturday", "2026-11-21T19:54:59+00:00", "ALLOW", "uk"),
    reading("uk sunday", "2026-11-22T12:00:00+00:00", "HOLD 2026-11-23T08:00 QUIET_HOURS", "uk"),
    reading(
        "uk guard on a saturday runs to monday", "2026-11-21T19:55:00+00:00",
        "HOLD 2026-11-23T08:00 QUIET_GUARD", "uk",
    ),
    reading("eu sunday", "2026-11-22T12:00:00+01:00", "HOLD 2026-11-23T08:00 QUIET_HOURS", "eu"),
    reading(
        "eu the person's own zone", "2026-11-23T08:30:00+01:00", "HOLD 2026-11-23T09:00 QUIET_HOURS", "eu",
        debtor={"country": "PT", "zone": "Europe/Lisbon"},
    ),
    reading("in sunday is a day", "2026-11-22T12:00:00+05:30", "ALLOW", "in"),
    reading(
        "in guard of messages", "2026-11-23T18:45:00+05:30", "HOLD 2026-11-24T08:00 QUIET_GUARD", "in",
        channel="sms",
    ),
    reading(
        "own hours narrow", "2026-11-23T08:30:00+08:00", "HOLD 2026-11-23T09:00 QUIET_HOURS",
        policy=hours("09:00", "18:00"),
    ),
    reading(
        "guard at the end of own hours", "2026-11-23T17:55:00+08:00", "HOLD 2026-11-24T09:00 QUIET_GUARD",
        policy=hours("09:00", "18:00"),
    ),
    reading(
        "own hours narrow visits", "2026-11-23T18:30:00+08:00", "HOLD 2026-11-24T09:00 QUIET_HOURS",
        channel="visit", policy=hours("09:00", "18:00"),
    ),
    reading(
        "own hours never widen visits", "2026-11-23T20:30:00+08:00", "HOLD 2026-11-24T09:00 QUIET_HOURS",
        channel="visit", policy=hours("09:00", "21:00"),
    ),
    reading(
        "own hours keep uk weekdays", "2026-11-22T10:00:00+00:00", "HOLD 2026-11-23T09:00 QUIET_HOURS", "uk",
        policy=hours("09:00", "18:00"),
    ),
    reading(
        "hours beyond the law", "2026-11-23T12:00:00+08:00", "REFUSED QUIET_HOURS",
        policy=hours("08:00", "22:30"),
    ),
    # Clocks go back in New York on 1 November, forward on 8 March; in London and Berlin on 25 October and 29 March.
    reading(
        "us night of 25 hours", "2026-10-31T22:00:00-04:00", "HOLD 2026-11-01T08:00:00-05:00 QUIET_HOURS",
        "us",
    ),
    reading(
        "us night of 23 hours", "2026-03-07T22:00:00-05:00", "HOLD 2026-03-08T08:00:00-04:00 QUIET_HOURS",
        "us",
    ),
    reading(
        "uk over the change", "2026-10-24T20:00:00+01:00", "HOLD 2026-10-26T08:00:00+00:00 QUIET_HOURS", "uk",
    ),
    reading(
        "eu over the change", "2026-03-28T20:00:00+01:00", "HOLD 2026-03-30T08:00:00+02:00 QUIET_HOURS", "eu",
    ),
    reading(
        "us guard on a day of 25 hours", "2026-11-01T20:55:00-05:00", "HOLD 2026-11-02T08:00 QUIET_GUARD",
        "us",
    ),
]  # fmt: skip

CLOCKS = [
    reading(
        "second clock closed in the morning", "2026-11-23T09:59:59+08:00",
        "HOLD 2026-11-23T10:00 QUIET_LOCAL", debtor=URUMQI,
    ),
    reading(
        "both clocks closed", "2026-11-23T07:30:00+08:00", "HOLD 2026-11-23T10:00 QUIET_HOURS QUIET_LOCAL",
        debtor=URUMQI,
    ),
    reading(
        "beijing closed, urumqi open", "2026-11-23T22:30:00+08:00", "HOLD 2026-11-24T10:00 QUIET_HOURS",
        debtor=URUMQI,
    ),
    reading(
        "dual clock off", "2026-11-23T08:00:00+08:00", "ALLOW", debtor=URUMQI, policy={"dual_clock": False},
    ),
    reading(
        "same time of day is no second clock", "2026-11-23T07:00:00+08:00",
        "HOLD 2026-11-23T08:00 QUIET_HOURS", debtor={"zone": "Asia/Singapore"},
    ),
    reading(
        "guard at the end of both", "2026-11-23T20:55:00+08:00", "HOLD 2026-11-24T08:00 QUIET_GUARD",
        debtor={"zone": "Asia/Tokyo"},
    ),
    reading(
        "dual clock of a letter", "2026-11-23T09:00:00+08:00", "HOLD 2026-11-23T10:00 QUIET_LOCAL",
        channel="letter", debtor=URUMQI,
    ),
    reading(
        "area code against address", "2026-11-23T10:30:00-05:00", "HOLD 2026-11-23T11:00 ZONE_CONFLICT", "us",
        numbers=[{"number": "+12135550100", "person": "P1", "zone": "America/Los_Angeles"}],
    ),
    reading(
        "outside in every zone", "2026-11-23T07:30:00-05:00", "HOLD 2026-11-23T11:00 QUIET_HOURS", "us",
        numbers=[{"number": "+12135550100", "person": "P1", "zone": "America/Los_Angeles"}],
    ),
    reading(
        "guard of the earlier zone", "2026-11-23T20:57:00-05:00", "HOLD 2026-11-24T11:00 QUIET_GUARD", "us",
        numbers=[{"number": "+12135550100", "person": "P1", "zone": "America/Los_Angeles"}],
    ),
    reading(
        "a number that is not used counts too", "2026-11-23T10:30:00-05:00",
        "HOLD 2026-11-23T11:00 ZONE_CONFLICT", "us",
        numbers=[
            {"number": "+12125550100", "person": "P1"},
            {"number": "+12135550100", "person": "P1", "zone": "America/Los_Angeles"},
        ],
    ),
    reading(
        "numbers of others do not", "2026-11-23T10:30:00-05:00", "ALLOW", "us",
        others=[{"id": "P2", "role": "co_debtor", "zone": "America/Los_Angeles"}],
        numbers=[{"number": "+12135550100", "person": "P2", "zone": "America/Los_Angeles"}],
    ),
    reading(
        "zones that meet in the evening only", "2026-11-23T12:00:00-05:00",
        "HOLD 2026-11-23T17:00 ZONE_CONFLICT", "us",
        numbers=[{"number": "+6717771234", "person": "P1", "zone": "Pacific/Guam"}],
    ),
]  # fmt: skip

WISHES = [
    reading(
        "a second span", "2026-11-23T13:00:00+00:00", "HOLD 2026-11-23T18:00 CUSTOMER_PREF", "uk",
        debtor=wish("10:00-12:00", "18:00-19:00"),
    ),
    reading(
        "guard at the end of a wish", "2026-11-23T11:55:00+00:00", "HOLD 2026-11-23T18:00 QUIET_GUARD", "uk",
        debtor=wish("10:00-12:00", "18:00-19:00"),
    ),
    reading(
        "spans that touch are one", "2026-11-23T11:57:00+00:00", "ALLOW", "uk",
        debtor=wish("10:00-12:00", "12:00-14:00"),
    ),
    reading("a wish past midnight", "2026-11-23T08:30:00+00:00", "ALLOW", "uk", debtor=wish("22:00-09:00")),
    reading(
        "guard of a wish past midnight", "2026-11-23T08:56:00+00:00", "HOLD 2026-11-24T08:00 QUIET_GUARD",
        "uk", debtor=wish("22:00-09:00"),
    ),
    reading(
        "a wish does not widen", "2026-11-23T21:00:00+00:00", "HOLD 2026-11-24T18:00 QUIET_HOURS", "uk",
        debtor=wish("18:00-23:00"),
    ),
    reading(
        "outside both", "2026-11-23T07:00:00+00:00", "HOLD 2026-11-23T16:00 QUIET_HOURS CUSTOMER_PREF", "uk",
        debtor=wish("16:00-18:00"),
    ),
    reading(
        "a wish outside the window never opens", "2026-11-23T12:00:00+00:00", "HOLD never CUSTOMER_PREF",
        "uk", debtor=wish("21:00-23:00"),
    ),
    reading(
        "a wish of ten minutes never opens for messages", "2026-11-23T16:05:00+00:00",
        "HOLD never QUIET_GUARD", "uk", channel="sms", debtor=wish("16:00-16:10"),
    ),
    reading(
        "a wish on the person's own clock", "2026-11-23T11:30:00+08:00",
        "HOLD 2026-11-23T12:00 CUSTOMER_PREF", debtor=URUMQI | wish("10:00-12:00"),
    ),
    reading(
        "a wish on saturday evening waits for monday", "2026-11-21T19:30:00+00:00",
        "HOLD 2026-11-23T16:00 CUSTOMER_PREF", "uk", debtor=wish("16:00-18:00"),
    ),
    reading(
        "hours that meet only when clocks change", "2026-11-23T12:00:00+08:00",
        "HOLD 2027-03-14T21:10 QUIET_LOCAL CUSTOMER_PREF",
        debtor={"zone": "America/New_York"} | wish("09:10-09:50"),
    ),
    reading(
        "wishes bind in india", "2026-11-23T12:00:00+05:30", "HOLD 2026-11-23T17:00 CUSTOMER_PREF", "in",
        debtor=wish("17:00-18:30"),
    ),
    reading(
        "wishes bind letters", "2026-11-23T12:00:00+08:00", "HOLD 2026-11-23T18:00 CUSTOMER_PREF",
        channel="letter", debtor=wish("18:00-20:00"),
    ),
]  # fmt: skip

NIGHT = slot("2026-11-23T22:30:00+08:00", "2026-11-23T22:45:00+08:00")
SLOTS = [
    reading(
        "first instant of a slot", "2026-11-23T22:30:00+08:00", "ALLOW CONSENT_SLOT +ATTACH_CONSENT",
        debtor=NIGHT,
    ),
    reading(
        "last second of a slot", "2026-11-23T22:44:59+08:00", "ALLOW CONSENT_SLOT +ATTACH_CONSENT",
        debtor=NIGHT,
    ),
    reading("end of a slot", "2026-11-23T22:45:00+08:00", "HOLD 2026-11-24T08:00 QUIET_HOURS", debtor=NIGHT),
    reading(
        "the same hour of another day", "2026-11-24T22:30:00+08:00", "HOLD 2026-11-25T08:00 QUIET_HOURS",
        debtor=NIGHT,
    ),
    reading(
        "a slot before the window opens", "2026-11-23T23:00:00+08:00", "HOLD 2026-11-24T06:30 QUIET_HOURS",
        debtor=slot("2026-11-24T06:30:00+08:00", "2026-11-24T07:00:00+08:00"),
    ),
    reading(
        "a slot lifts the guard", "2026-11-23T21:57:00+08:00", "ALLOW CONSENT_SLOT +ATTACH_CONSENT",
        debtor=slot("2026-11-23T21:50:00+08:00", "2026-11-23T22:10:00+08:00"),
    ),
    reading(
        "a slot lifts a preference", "2026-11-23T12:00:00+00:00", "ALLOW CONSENT_SLOT +ATTACH_CONSENT", "uk",
        debtor=wish("16:00-18:00") | slot("2026-11-23T12:00:00+00:00", "2026-11-23T12:30:00+00:00"),
    ),
    reading(
        "a slot on a british sunday", "2026-11-22T12:00:00+00:00", "ALLOW CONSENT_SLOT +ATTACH_CONSENT", "uk",
        debtor=slot("2026-11-22T12:00:00+00:00", "2026-11-22T12:30:00+00:00"),
    ),
    reading(
        "a slot lifts a conflict of zones", "2026-11-23T10:30:00-05:00", "ALLOW CONSENT_SLOT +ATTACH_CONSENT",
        "us", debtor=slot("2026-11-23T10:00:00-05:00", "2026-11-23T11:00:00-05:00"),
        numbers=[{"number": "+12135550100", "person": "P1", "zone": "America/Los_Angeles"}],
    ),
    reading(
        "no slot in the eu", "2026-11-23T21:00:00+01:00", "HOLD 2026-11-24T08:00 QUIET_HOURS", "eu",
        debtor=slot("2026-11-23T20:30:00+01:00", "2026-11-23T21:30:00+01:00"),
    ),
    reading(
        "no slot in india", "2026-11-23T20:00:00+05:30", "HOLD 2026-11-24T08:00 QUIET_HOURS", "in",
        debtor=slot("2026-11-23T19:30:00+05:30", "2026-11-23T21:30:00+05:30"),
    ),
    reading(
        "a slot lifts no counter", "2026-11-23T22:30:00+08:00", "HOLD 2026-11-24T08:00 VOICE_DAY_CAP_POOLED",
        debtor=NIGHT,
        contacts=["11-23T09:00 call connected", "11-23T11:00 call connected", "11-23T13:00 call connected"],
    ),
    reading(
        "a counter that empties waits for the slot", "2026-11-23T20:00:00+08:00",
        "HOLD 2026-11-24T07:00 VOICE_DAY_CAP_POOLED",
        debtor=slot("2026-11-24T07:00:00+08:00", "2026-11-24T07:30:00+08:00"),
        contacts=["11-23T09:00 call connected", "11-23T11:00 call connected", "11-23T13:00 call connected"],
    ),
    reading(
        "a slot over midnight is open when the counter empties", "2026-11-23T20:00:00+08:00",
        "HOLD 2026-11-24T00:00 VOICE_DAY_CAP_POOLED",
        debtor=slot("2026-11-23T23:30:00+08:00", "2026-11-24T00:30:00+08:00"),
        contacts=["11-23T09:00 call connected", "11-23T11:00 call connected", "11-23T13:00 call connected"],
    ),
    reading(
        "a slot lifts no stop", "2026-11-23T22:30:00+08:00", "DENY CEASE", debtor=NIGHT,
        holds=[{"kind": "cease", "from": "2026-11-01"}],
    ),
    reading(
        "a slot inside the window is no exception", "2026-11-23T12:00:00+08:00", "ALLOW",
        debtor=slot("2026-11-23T11:00:00+08:00", "2026-11-23T13:00:00+08:00"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", [*WINDOW, *CLOCKS, *WISHES, *SLOTS])
def test_time_reads_as_the_text_says(case: CaseIn):
    check(case)
