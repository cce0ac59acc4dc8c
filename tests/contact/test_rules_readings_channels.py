"""The text of the paper-case format against the judge: actors, notices, channels, visits, evidence, notes."""

import pytest

from dunwell.contact.cases import CaseIn
from tests.contact.readings import check, hold, reading

NOON = "2026-11-23T12:00:00+08:00"
NEW_YORK = "2026-11-23T12:00:00-05:00"
LONDON = "2026-11-23T12:00:00+00:00"
BERLIN = "2026-11-23T12:00:00+01:00"
DELHI = "2026-11-23T12:00:00+05:30"
NIGHT = "2026-11-23T23:00:00+08:00"
AGENCY = {"agency": {"id": "agency-A", "name": "诚达信息服务有限公司"}, "actor": "agency-A"}
BOUGHT = [{"id": "D1", "transferred_on": "2026-10-01"}]


def notice(kind: str, status: str, **more: str) -> dict[str, object]:
    return {"notices": [{"kind": kind, "status": status} | more]}


ACTORS = [
    reading("trained a year ago", NOON, "DENY TRAINING_EXPIRED", agent={"trained_on": "2025-11-23"}),
    reading("a day less than a year", NOON, "ALLOW", agent={"trained_on": "2025-11-24"}),
    reading(
        "trained on a leap day", "2025-02-28T12:00:00+08:00", "DENY TRAINING_EXPIRED",
        agent={"trained_on": "2024-02-29"},
    ),
    reading(
        "training that ends before the release", NIGHT, "HOLD never QUIET_HOURS",
        agent={"trained_on": "2025-11-24"},
    ),
    reading(
        "a private account", NOON, "DENY UNREGISTERED_DEVICE", channel="im", sender="x",
        registered_senders=["y"],
    ),
    reading("a registered account", NOON, "ALLOW", channel="im", sender="y", registered_senders=["y"]),
    reading("an agency the debtor was told of", NOON, "ALLOW", **AGENCY),
    reading(
        "an agency nobody told of", NOON, "HOLD never OUTSOURCE_NOTICE", **AGENCY,
        **notice("outsourcing", "sent"),
    ),
    reading(
        "told in a moment", NOON, "HOLD never OUTSOURCE_NOTICE", **AGENCY,
        **notice("outsourcing", "delivered", at="2026-11-23T12:00:01+08:00"),
    ),
    reading("told at this instant", NOON, "ALLOW", **AGENCY, **notice("outsourcing", "delivered", at=NOON)),
    reading("the lender itself needs no such notice", NOON, "ALLOW", **notice("outsourcing", "failed")),
    reading(
        "assigned, not told", NOON, "HOLD never ASSIGNMENT_NOTICE", debts=BOUGHT,
        **notice("assignment", "sent"),
    ),
    reading("assigned and told", NOON, "ALLOW", debts=BOUGHT, **notice("assignment", "delivered")),
    reading("not assigned", NOON, "ALLOW", **notice("assignment", "none")),
    reading(
        "bought in the eu", BERLIN, "DENY EU_TRANSFER_NOTICE", "eu", debts=BOUGHT,
        **notice("transfer", "sent"),
    ),
    reading(
        "a held and a denied notice", NIGHT, "HOLD never ASSIGNMENT_NOTICE QUIET_HOURS", debts=BOUGHT,
        **notice("assignment", "none"),
    ),
    reading(
        "five days to validate", NEW_YORK, "ALLOW", "us", channel="email",
        contacts=["11-18T10:00 email delivered"], **notice("validation", "none"),
    ),
    reading(
        "the sixth", "2026-11-24T12:00:00-05:00", "HOLD never VALIDATION_5D", "us", channel="email",
        contacts=["11-18T10:00 call connected"], **notice("validation", "none"),
    ),
    reading(
        "late but sent", "2026-11-24T12:00:00-05:00", "ALLOW", "us", channel="email",
        contacts=["11-18T10:00 call connected"],
        **notice("validation", "sent", at="2026-11-24T09:00:00-05:00"),
    ),
    reading(
        "the notice itself", "2026-11-24T12:00:00-05:00", "ALLOW", "us", channel="email",
        purpose="validation_notice", contacts=["11-18T10:00 call connected"],
        **notice("validation", "failed"),
    ),
    reading(
        "an unanswered call is no first contact", "2026-11-24T12:00:00-05:00", "ALLOW", "us", channel="email",
        contacts=["11-10T10:00 call unanswered"], **notice("validation", "none"),
    ),
    reading(
        "late before the release", "2026-11-23T22:00:00-05:00", "HOLD never QUIET_HOURS", "us",
        channel="email", contacts=["11-18T10:00 call connected"], **notice("validation", "none"),
    ),
]  # fmt: skip


def out(channel: str, at: str) -> dict[str, object]:
    return {"debtor": {"opt_outs": [{"channel": channel, "at": at}]}}


CHANNELS = [
    reading("opted out at this instant", NOON, "DENY MEDIUM_OPTOUT", channel="sms", **out("sms", NOON)),
    reading("opts out in a moment", NOON, "ALLOW", channel="sms", **out("sms", "2026-11-23T12:00:01+08:00")),
    reading(
        "opts out before the release", NIGHT, "HOLD never QUIET_HOURS", channel="sms",
        **out("sms", "2026-11-24T03:00:00+08:00"),
    ),
    reading("no other channel", NOON, "ALLOW", channel="email", **out("sms", "2020-01-01T00:00:00+08:00")),
    reading(
        "calls are not automated calls", NOON, "ALLOW", channel="call",
        **out("ai_call", "2020-01-01T00:00:00+08:00"),
    ),
    reading(
        "confirmed sixty days ago", NEW_YORK, "ALLOW", "us", channel="sms",
        numbers=[{"number": "+12125550100", "person": "P1", "confirmed_on": "2026-09-24"}],
    ),
    reading(
        "a day longer", NEW_YORK, "HOLD never TEXT_60D", "us", channel="sms",
        numbers=[{"number": "+12125550100", "person": "P1", "confirmed_on": "2026-09-23"}],
    ),
    reading(
        "calls need no confirmation", NEW_YORK, "ALLOW", "us",
        numbers=[{"number": "+12125550100", "person": "P1", "confirmed_on": "2020-01-01"}],
    ),
    reading(
        "sixty days end before the release", "2026-11-23T22:00:00-05:00", "HOLD never QUIET_HOURS", "us",
        channel="sms", numbers=[{"number": "+12125550100", "person": "P1", "confirmed_on": "2026-09-24"}],
    ),
    reading(
        "a vulnerable briton is not visited", LONDON, "DENY VULNERABLE", "uk", channel="visit",
        policy={"visits": True}, debtor={"vulnerable": True},
    ),
    reading("but may be called", LONDON, "ALLOW", "uk", debtor={"vulnerable": True}),
    reading(
        "inside the home without consent", NOON, "DENY VISIT_PLACE", channel="visit",
        visit={"place": "home_interior"},
    ),
    reading(
        "inside, with consent but to film", NOON, "REVIEW PRIVATE_SPACE", channel="visit",
        visit={"place": "home_interior", "place_consent": True},
    ),
    reading(
        "inside, with both", NOON, "ALLOW", channel="visit",
        visit={"place": "home_interior", "place_consent": True, "filming_consent": True},
    ),
    reading(
        "at work with consent", NOON, "ALLOW", channel="visit",
        visit={"place": "workplace", "place_consent": True},
    ),
    reading(
        "one at the door", NOON, "DENY VISIT_TEAM VISIT_PLACE", channel="visit",
        visit={"collectors": 1, "place": "workplace"},
    ),
    reading(
        "an automated voice that does not say so", NOON, "DENY AI_NOTICE", channel="ai_call", ai_notice=False,
    ),
    reading("automated voice in america by default", NEW_YORK, "ALLOW", "us", channel="ai_call"),
    reading("no store, no contact", NOON, "DENY EVIDENCE_MISSING", channel="sms", audit_store="unreachable"),
    reading("no recorder, no call", DELHI, "DENY EVIDENCE_MISSING", "in", recorder="off"),
    reading("no recorder, no visit", NOON, "DENY EVIDENCE_MISSING", channel="visit", recorder="off"),
    reading("messages need no recorder", NOON, "ALLOW", channel="sms", recorder="off"),
    reading("america and europe need none", NEW_YORK, "ALLOW", "us", recorder="off"),
    reading("europe", BERLIN, "ALLOW", "eu", recorder="off"),
    reading(
        "an inbound call at night, stopped and capped", NIGHT, "ALLOW INBOUND", direction="inbound",
        holds=[hold("cease", "2026-11-01")],
        contacts=[f"11-23T{hour}:00 call connected" for hour in ("08", "09", "10")],
    ),
    reading(
        "an inbound call that is not recorded", NOON, "DENY EVIDENCE_MISSING", direction="inbound",
        recorder="off",
    ),
    reading(
        "an inbound call from a country without a pack", NOON, "DENY NO_PACK", direction="inbound",
        debtor={"country": "VN"},
    ),
    reading(
        "queued under another version", NOON, "ALLOW PACK_VERSION", queued_pack_version="1", pack_version="2",
    ),
    reading(
        "a note with a hold", NIGHT, "HOLD 2026-11-24T08:00 QUIET_HOURS PACK_VERSION",
        queued_pack_version="0",
    ),
    reading(
        "a note with a denial", NOON, "DENY CEASE PACK_VERSION", queued_pack_version="0",
        holds=[hold("cease", "2026-11-01")],
    ),
    reading(
        "a note with an inbound call", NOON, "ALLOW INBOUND PACK_VERSION", direction="inbound",
        queued_pack_version="0",
    ),
    reading("queued under this version", NOON, "ALLOW", queued_pack_version="1"),
]  # fmt: skip


@pytest.mark.parametrize("case", [*ACTORS, *CHANNELS])
def test_actors_and_channels_read_as_the_text_says(case: CaseIn):
    check(case)
