"""The text of the paper-case format against the judge: debt stops, and whom one may contact."""

import pytest

from dunwell.contact.cases import CaseIn
from tests.contact.readings import check, hold, reading

NOON = "2026-11-23T12:00:00+08:00"
NEW_YORK = "2026-11-23T12:00:00-05:00"
LONDON = "2026-11-23T12:00:00+00:00"
DELHI = "2026-11-23T12:00:00+05:30"
NIGHT = "2026-11-23T23:00:00+08:00"
MOBILE = "+8613800000001"


def person(role: str, **more: object) -> dict[str, object]:
    return {"id": "P2", "role": role} | more


STOPS = [
    reading("paid at this instant", NOON, "DENY DEBT_SETTLED", debts=[{"id": "D1", "settled_at": NOON}]),
    reading(
        "paid a second later", NOON, "ALLOW", debts=[{"id": "D1", "settled_at": "2026-11-23T12:00:01+08:00"}],
    ),
    reading(
        "paid before the release", NIGHT, "HOLD never QUIET_HOURS",
        debts=[{"id": "D1", "settled_at": "2026-11-24T03:00:00+08:00"}],
    ),
    reading("another debt is paid", NOON, "ALLOW", debts=[{"id": "D1"}, {"id": "D2", "settled_at": NOON}]),
    reading("disputed", NOON, "DENY DISPUTED", holds=[hold("dispute", "2026-11-23")]),
    reading("a hold of tomorrow", NOON, "ALLOW", holds=[hold("dispute", "2026-11-24")]),
    reading(
        "a hold that begins before the release", NIGHT, "HOLD never QUIET_HOURS",
        holds=[hold("dispute", "2026-11-24")],
    ),
    reading(
        "last day of a hold", NOON, "DENY PLAN_ACTIVE",
        holds=[hold("plan", "2026-08-01", until="2026-11-23")],
    ),
    reading("the day after", NOON, "ALLOW", holds=[hold("plan", "2026-08-01", until="2026-11-22")]),
    reading("lifted today", NOON, "ALLOW", holds=[hold("plan", "2026-08-01", lifted_on="2026-11-23")]),
    reading(
        "lifted tomorrow", NOON, "DENY PLAN_ACTIVE",
        holds=[hold("plan", "2026-08-01", lifted_on="2026-11-24")],
    ),
    reading(
        "lifted on its first day", NOON, "ALLOW", holds=[hold("cease", "2026-11-23", lifted_on="2026-11-23")],
    ),
    reading(
        "a hold of another debt", NOON, "ALLOW", debts=[{"id": "D1"}, {"id": "D2"}],
        holds=[hold("dispute", "2026-11-01", debt="D2")],
    ),
    reading(
        "a hold of the debt that is meant", NOON, "DENY DISPUTED", debt="D2",
        debts=[{"id": "D1"}, {"id": "D2"}], holds=[hold("dispute", "2026-11-01", debt="D2")],
    ),
    reading(
        "a hold of another person", NOON, "ALLOW", others=[person("co_debtor")],
        holds=[hold("cease", "2026-11-01", person="P2")],
    ),
    reading(
        "a hold of the case covers co-debtors", NOON, "DENY CEASE", person="P2", others=[person("co_debtor")],
        holds=[hold("cease", "2026-11-01")],
    ),
    reading(
        "a hold of the case covers third persons", NEW_YORK, "DENY DISPUTED", "us", person="P2",
        purpose="location", others=[person("third_party", zone="America/New_York")],
        holds=[hold("dispute", "2026-11-01")],
    ),
    reading(
        "sixty days, the first included", LONDON, "DENY BREATHING_SPACE", "uk",
        holds=[hold("breathing_space", "2026-09-25")],
    ),
    reading("the sixty-first day", LONDON, "ALLOW", "uk", holds=[hold("breathing_space", "2026-09-24")]),
    reading(
        "the notice names the last day", LONDON, "ALLOW", "uk",
        holds=[hold("breathing_space", "2026-11-01", until="2026-11-22")],
    ),
    reading(
        "thirty days after the crisis", LONDON, "DENY BRS_CRISIS", "uk",
        holds=[hold("mental_health_crisis", "2026-06-01", treatment_ended_on="2026-10-24")],
    ),
    reading(
        "the thirty-first", LONDON, "ALLOW", "uk",
        holds=[hold("mental_health_crisis", "2026-06-01", treatment_ended_on="2026-10-23")],
    ),
    reading(
        "a treatment without end", LONDON, "DENY BRS_CRISIS", "uk",
        holds=[hold("mental_health_crisis", "2020-06-01")],
    ),
    reading(
        "a notice does not end a crisis", LONDON, "DENY BRS_CRISIS", "uk",
        holds=[hold("mental_health_crisis", "2026-06-01", until="2026-10-01")],
    ),
    reading(
        "too old to be paid", LONDON, "DENY STATUTE_BARRED", "uk",
        holds=[hold("statute_barred", "2026-06-01")],
    ),
    reading(
        "mourning stops calls in india", DELHI, "DENY SENSITIVE_DAY", "in",
        holds=[hold("bereavement", "2026-11-01")],
    ),
    reading("not messages", DELHI, "ALLOW", "in", channel="sms", holds=[hold("bereavement", "2026-11-01")]),
    reading(
        "represented", NEW_YORK, "DENY REPRESENTED", "us", channel="email",
        holds=[hold("representation", "2026-11-01")],
    ),
    reading(
        "the attorney is the one to ask", NEW_YORK, "ALLOW", "us", person="P2",
        others=[person("attorney", zone="America/New_York")], holds=[hold("representation", "2026-11-01")],
    ),
    reading(
        "the closing notice", NEW_YORK, "ALLOW", "us", channel="letter", purpose="closing_notice",
        holds=[hold("cease", "2026-11-01")],
    ),
    reading(
        "every failing rule is named", "2026-11-23T23:00:00+08:00",
        "DENY CEASE DISPUTED QUIET_HOURS TRAINING_EXPIRED",
        holds=[hold("cease", "2026-11-01"), hold("dispute", "2026-11-01")],
        agent={"trained_on": "2025-11-01"},
    ),
    reading(
        "no pack for the country is the only reason", NIGHT, "DENY NO_PACK", debtor={"country": "VN"},
        holds=[hold("cease", "2026-11-01")], audit_store="unreachable",
    ),
    reading(
        "the country of others does not matter", NOON, "ALLOW", person="P2",
        others=[person("co_debtor", country="VN")],
    ),
]  # fmt: skip


def lost(*times: str, **more: object) -> dict[str, object]:
    """A contact person, asked for the debtor after calls that failed."""
    calls = [f"11-{at} call unanswered" for at in times]
    asked = {"person": "P2", "purpose": "restore_contact", "others": [person("contact_person")]}
    return asked | {"contacts": calls} | more


INVALID = [{"number": MOBILE, "person": "P1", "status": "invalid"}]
OFFER = person("contact_person", offered_to_pay_at="2026-11-22T10:00:00+08:00")
PAYING = {
    "person": "P2", "purpose": "payment_information", "others": [OFFER], "text": "应还金额500元，请付至对公账户。",
}  # fmt: skip
CONSENT = {"consents": [{"id": "K1", "kind": "volunteer_payer"}]}
WHO = [
    reading("not lost", NOON, "DENY NOT_LOST_CONTACT", **lost("22T09:00", "22T11:00")),
    reading(
        "three calls yesterday", NOON, "ALLOW +NO_DEBT_CONTENT", **lost("22T09:00", "22T10:00", "22T11:00"),
    ),
    reading(
        "three calls today", NOON, "HOLD 2026-11-24T08:00 LOST_CONTACT_NEXT_DAY",
        **lost("23T08:10", "23T09:20", "23T10:30"),
    ),
    reading("too close together", NOON, "DENY NOT_LOST_CONTACT", **lost("22T09:00", "22T09:59", "22T11:00")),
    reading(
        "one that is too close is no part of the run", NOON, "ALLOW +NO_DEBT_CONTENT",
        **lost("22T09:00", "22T09:30", "22T10:30", "22T11:30"),
    ),
    reading(
        "three days in a row", NOON, "ALLOW +NO_DEBT_CONTENT", **lost("21T09:00", "22T09:00", "23T09:00"),
    ),
    reading(
        "a talk starts the count anew", NOON, "DENY NOT_LOST_CONTACT",
        **lost(
            contacts=["11-22T09:00 call unanswered", "11-22T10:00 call unanswered", "11-22T10:30 call connected",
                "11-22T11:00 call unanswered"],
        ),
    ),
    reading(
        "a talk that the debtor began", NOON, "DENY NOT_LOST_CONTACT",
        **lost(
            contacts=[*(f"11-21T{hour}:00 call unanswered" for hour in ("09", "10", "11")),
                "11-22T09:00 call connected direction=inbound"],
        ),
    ),
    reading("an invalid mobile", NOON, "ALLOW +NO_DEBT_CONTENT", **lost(numbers=INVALID)),
    reading(
        "a second number that is invalid", NOON, "DENY NOT_LOST_CONTACT",
        **lost(
            numbers=[{"number": MOBILE, "person": "P1"},
                     {"number": "+8613800000002", "person": "P1", "status": "invalid"}],
        ),
    ),
    reading(
        "calls to a second number", NOON, "DENY NOT_LOST_CONTACT",
        **lost(
            numbers=[{"number": MOBILE, "person": "P1"}, {"number": "+8613800000002", "person": "P1"}],
            contacts=[f"11-22T{hour}:00 call unanswered number=+8613800000002" for hour in ("09", "10", "11")],
        ),
    ),
    reading("a debtor who died", NOON, "ALLOW +NO_DEBT_CONTENT", **lost(debtor={"status": "deceased"})),
    reading(
        "a debtor who cannot act", NOON, "ALLOW +NO_DEBT_CONTENT", **lost(debtor={"status": "incapacitated"}),
    ),
    reading(
        "a refusal is for ever", NOON, "DENY CONTACT_REFUSED",
        **lost(
            numbers=INVALID,
            others=[person("contact_person", refusals=[{"at": "2019-01-01T09:00:00+08:00", "actor": "agency-Z"}])],
        ),
    ),
    reading(
        "refused and not lost", NOON, "DENY CONTACT_REFUSED NOT_LOST_CONTACT",
        **lost(others=[person("contact_person", refusals=[{"at": "2019-01-01T09:00:00+08:00"}])]),
    ),
    reading(
        "debt words to a contact person", NOON, "DENY THIRD_PARTY_DISCLOSURE",
        **lost(numbers=INVALID, text="请转告他尽快偿还欠款。"),
    ),
    reading(
        "a debt variable to a contact person", NOON, "DENY THIRD_PARTY_DISCLOSURE",
        **lost(numbers=INVALID, variables=["days_overdue"]),
    ),
    reading("a volunteer", NOON, "REVIEW VOLUNTEER_PAYER", **PAYING),
    reading(
        "a volunteer with the debtor's consent", NOON, "ALLOW VOLUNTEER_PAYER +PAYMENT_DATA_ONLY",
        debtor=CONSENT, **PAYING,
    ),
    reading(
        "a volunteer for a lost debtor", NOON, "ALLOW VOLUNTEER_PAYER +PAYMENT_DATA_ONLY", numbers=INVALID,
        **PAYING,
    ),
    reading(
        "an offer of tomorrow", NOON, "DENY NOT_LOST_CONTACT THIRD_PARTY_DISCLOSURE",
        **(PAYING | {"others": [person("contact_person", offered_to_pay_at="2026-11-24T10:00:00+08:00")]}),
    ),
    reading(
        "a volunteer who is asked for the debtor", NOON, "DENY NOT_LOST_CONTACT",
        **(PAYING | {"purpose": "restore_contact", "text": ""}),
    ),
    reading("a spouse", NOON, "DENY SPOUSE_NOT_LIABLE", person="P2", others=[person("spouse")]),
    reading(
        "a spouse of a lost debtor", NOON, "DENY SPOUSE_NOT_LIABLE", person="P2", purpose="restore_contact",
        numbers=INVALID, others=[person("spouse")],
    ),
    reading(
        "a spouse whose family used it", NOON, "ALLOW", person="P2",
        others=[person("spouse", liability="family_use_proven")],
    ),
    reading(
        "a liable spouse has own counters", NOON, "ALLOW", person="P2",
        others=[person("spouse", liability="co_signed")],
        contacts=[f"11-23T{hour}:00 call connected" for hour in ("08", "09", "10")],
    ),
    reading(
        "a spouse abroad is a third person", LONDON, "DENY THIRD_PARTY", "uk", person="P2",
        others=[person("spouse")],
    ),
    reading(
        "heirs are judged by their limit alone", NOON, "DENY HEIR_LIMIT", person="P2",
        others=[person("heir", inheritance="refused")],
    ),
    reading(
        "an heir who accepted", NOON, "REVIEW HEIR_LIMIT", person="P2", debtor={"status": "deceased"},
        others=[person("heir", inheritance="accepted")],
    ),
    reading(
        "debt words to an heir who accepted", NOON, "REVIEW HEIR_LIMIT", person="P2", text="请尽快偿还欠款。",
        others=[person("heir", inheritance="accepted")],
    ),
    reading(
        "debt words to an heir who refused", NOON, "DENY HEIR_LIMIT THIRD_PARTY_DISCLOSURE", person="P2",
        text="请尽快偿还欠款。", others=[person("heir", inheritance="refused")],
    ),
    reading(
        "a guarantee as agreed", NOON, "ALLOW", person="P2",
        others=[
            person("guarantor", guarantee={"kind": "joint", "due_on": "2025-01-01", "period_ends_on": "2026-11-23"}),
        ],
    ),
    reading(
        "the day after the period", NOON, "DENY GUARANTEE_LAPSED", person="P2",
        others=[
            person("guarantor", guarantee={"kind": "joint", "due_on": "2025-01-01", "period_ends_on": "2026-11-22"}),
        ],
    ),
    reading(
        "six months", NOON, "ALLOW", person="P2",
        others=[person("guarantor", guarantee={"kind": "joint", "due_on": "2026-05-23"})],
    ),
    reading(
        "six months and a day", NOON, "DENY GUARANTEE_LAPSED", person="P2",
        others=[person("guarantor", guarantee={"kind": "joint", "due_on": "2026-05-22"})],
    ),
    reading(
        "six months of a month's end", "2026-02-28T12:00:00+08:00", "ALLOW", person="P2",
        others=[person("guarantor", guarantee={"kind": "joint", "due_on": "2025-08-31"})],
    ),
    reading(
        "over on the first of March", "2026-03-01T12:00:00+08:00", "DENY GUARANTEE_LAPSED", person="P2",
        others=[person("guarantor", guarantee={"kind": "joint", "due_on": "2025-08-31"})],
    ),
    reading(
        "asked in time", NOON, "ALLOW", person="P2",
        others=[
            person("guarantor", guarantee={"kind": "general", "due_on": "2025-01-01", "claimed_on": "2025-07-01"}),
        ],
    ),
    reading(
        "asked a day late", NOON, "DENY GUARANTEE_LAPSED", person="P2",
        others=[
            person("guarantor", guarantee={"kind": "general", "due_on": "2025-01-01", "claimed_on": "2025-07-02"}),
        ],
    ),
    reading(
        "lapsed before the release", NIGHT, "HOLD never QUIET_HOURS", person="P2",
        others=[person("guarantor", guarantee={"kind": "joint", "due_on": "2026-05-23"})],
    ),
    reading("a neighbour", DELHI, "DENY THIRD_PARTY", "in", person="P2", others=[person("third_party")]),
    reading(
        "location in america", NEW_YORK, "ALLOW +NO_DEBT_CONTENT", "us", person="P2", purpose="location",
        others=[person("third_party", zone="America/New_York")],
    ),
    reading(
        "location of a contact person", NEW_YORK, "ALLOW +NO_DEBT_CONTENT", "us", person="P2",
        purpose="location", others=[person("contact_person", zone="America/New_York")],
    ),
    reading(
        "another purpose", NEW_YORK, "DENY THIRD_PARTY", "us", person="P2", purpose="restore_contact",
        others=[person("third_party", zone="America/New_York")],
    ),
    reading(
        "location once, also unanswered", NEW_YORK, "DENY LOCATION_ONCE", "us", person="P2",
        purpose="location", others=[person("third_party", zone="America/New_York")],
        contacts=["01-10T11:00 call unanswered person=P2 purpose=location"],
    ),
    reading(
        "location of another neighbour", NEW_YORK, "ALLOW +NO_DEBT_CONTENT", "us", person="P2",
        purpose="location",
        others=[
            person("third_party", zone="America/New_York"),
            {"id": "P3", "role": "third_party", "zone": "America/New_York"},
        ],
        contacts=["11-10T11:00 call connected person=P3 purpose=location"],
    ),
    reading(
        "location outside america", LONDON, "DENY THIRD_PARTY", "uk", person="P2", purpose="location",
        others=[person("third_party")],
    ),
    reading(
        "a number of unknown source", NOON, "DENY NUMBER_SOURCE",
        numbers=[{"number": MOBILE, "person": "P1", "source": "unknown"}],
    ),
    reading(
        "mail does not use it", NOON, "ALLOW", channel="email",
        numbers=[{"number": MOBILE, "person": "P1", "source": "unknown"}],
    ),
    reading(
        "the number that is used counts", NOON, "ALLOW", number=MOBILE,
        numbers=[
            {"number": "+8613800000002", "person": "P1", "source": "unknown"},
            {"number": MOBILE, "person": "P1"},
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", [*STOPS, *WHO])
def test_stops_and_people_read_as_the_text_says(case: CaseIn):
    check(case)
