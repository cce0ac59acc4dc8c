"""Who may act and how: agencies and agents, visits, holidays, automated voice and texts, contacts at work."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dunwell.contact.model import (
    Answer,
    Channel,
    Consent,
    Debt,
    Notice,
    NoticeKind,
    NoticeStatus,
    Number,
    Outcome,
    PastContact,
    Place,
    Policy,
    Proposal,
    Purpose,
    Role,
    Standing,
    Verdict,
    Visit,
)
from dunwell.contact.rules import judge
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

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
MIDDAY = {
    "cn": NOON,
    "us": at("2026-11-23T12:00:00-05:00"),
    "uk": at("2026-11-23T12:00:00+00:00"),
    "eu": at("2026-11-23T12:00:00+01:00"),
    "in": at("2026-11-23T12:00:00+05:30"),
}
SOUND = Standing(
    "agency-A", agency_reviewed_on=date(2026, 1, 1), agent="A7", agent_trained_on=date(2026, 1, 1)
)
BY_AGENCY = a_proposal(actor="agency-A", agent="A7")


@pytest.mark.parametrize("pack", HOME)
@pytest.mark.parametrize(
    ("changes", "answer", "codes"),
    [
        ({}, Answer.ALLOW, ()),
        ({"agency": None}, Answer.DENY, ("AGENCY_UNKNOWN",)),
        ({"agency": "agency-B"}, Answer.DENY, ("AGENCY_UNKNOWN",)),
        ({"agency_active": False}, Answer.DENY, ("AGENCY_INACTIVE",)),
        ({"agency_contract_from": TODAY, "agency_contract_until": TODAY}, Answer.ALLOW, ()),
        ({"agency_contract_until": TODAY - DAY}, Answer.DENY, ("AGENCY_CONTRACT",)),
        ({"agency_contract_from": TODAY + DAY}, Answer.HOLD, ("AGENCY_CONTRACT",)),
        ({"agency_reviewed_on": None}, Answer.HOLD, ("AGENCY_REVIEW_DUE",)),
        ({"agency_reviewed_on": date(2025, 11, 23)}, Answer.HOLD, ("AGENCY_REVIEW_DUE",)),
        ({"agency_reviewed_on": date(2025, 11, 24)}, Answer.ALLOW, ()),
        ({"agent": None}, Answer.DENY, ("AGENT_UNKNOWN",)),
        ({"agent_active": False}, Answer.DENY, ("AGENT_INACTIVE",)),
        ({"agent_trained_on": None}, Answer.DENY, ("TRAINING_EXPIRED",)),
        ({"agent_trained_on": date(2025, 11, 23)}, Answer.DENY, ("TRAINING_EXPIRED",)),
        ({"agent_trained_on": date(2025, 11, 24)}, Answer.ALLOW, ()),
    ],
)
def test_an_agency_and_its_agent_are_in_order(
    pack: str, changes: dict[str, object], answer: Answer, codes: tuple[str, ...]
):
    facts = some_facts(a_person(pack=pack), standing=replace(SOUND, **changes))
    found = verdict(pack, facts, BY_AGENCY, MIDDAY[pack])
    assert (found.answer, found.codes) == (answer, codes)
    assert all(reason.rules and "OURS-TENANT-01" not in reason.rules for reason in found.reasons)


def test_a_contract_that_begins_later_holds_until_then_a_review_until_it_is_made():
    begins = some_facts(standing=replace(SOUND, agency_contract_from=date(2026, 11, 30)))
    assert verdict(facts=begins, proposal=BY_AGENCY).until == at("2026-11-30T08:00:00+08:00")
    due = some_facts(standing=replace(SOUND, agency_reviewed_on=None))
    assert verdict(facts=due, proposal=BY_AGENCY).until is None


def test_the_lenders_own_staff_need_no_agency_and_a_machine_no_agent():
    staff = Standing(agent="S1", agent_trained_on=date(2026, 1, 1))
    assert verdict(facts=some_facts(standing=staff), proposal=a_proposal(agent="S1")).allowed
    assert verdict(facts=some_facts(standing=Standing()), proposal=a_proposal(Channel.SMS)).allowed
    left = replace(staff, agent_active=False)
    assert verdict(facts=some_facts(standing=left), proposal=a_proposal(agent="S1")).codes == (
        "AGENT_INACTIVE",
    )


def test_training_is_judged_once_though_known_twice():
    facts = some_facts(standing=replace(SOUND, agent_trained_on=None), agent_trained_on=date(2026, 1, 1))
    assert verdict(facts=facts, proposal=BY_AGENCY).allowed
    facts = replace(facts, agent_trained_on=date(2025, 1, 1))
    assert verdict(facts=facts, proposal=BY_AGENCY).codes == ("TRAINING_EXPIRED",)


def visited(pack: str, **changes: object) -> Verdict:
    proposal = a_proposal(Channel.VISIT, visit=Visit(**changes))  # type: ignore[arg-type]
    own = {} if pack in ("cn", "in") else {"visits": True}
    return verdict(pack, some_facts(a_person(pack=pack)), proposal, MIDDAY[pack], **own)


@pytest.mark.parametrize("pack", HOME)
def test_a_visit_is_announced_a_day_before_and_shows_papers(pack: str):
    assert visited(pack).allowed
    now = MIDDAY[pack]
    assert visited(pack, announced_at=now - DAY).allowed
    late = visited(pack, announced_at=now - timedelta(hours=23))
    assert (late.answer, late.codes, late.until) == (Answer.HOLD, ("VISIT_NOTICE",), now + timedelta(hours=1))
    never = visited(pack, announced=False)
    assert (never.answer, never.codes, never.until) == (Answer.HOLD, ("VISIT_NOTICE",), None)
    assert visited(pack, papers=False).codes == ("VISIT_PAPERS",)


@pytest.mark.parametrize(
    ("pack", "changes", "codes"),
    [
        ("in", {"place": Place.WORKPLACE}, ()),
        ("in", {"place": Place.WORKPLACE, "tried_home": False}, ("VISIT_HOME_FIRST",)),
        ("in", {"place": Place.DOORSTEP, "tried_home": False}, ()),
        ("cn", {"place": Place.WORKPLACE, "place_consent": True, "tried_home": False}, ()),
        ("uk", {"place": Place.HOME}, ("VISIT_PLACE",)),
        ("uk", {"place": Place.HOME, "place_consent": True}, ()),
        ("uk", {"collectors": 1}, ()),
        ("cn", {"place": Place.HOME, "place_consent": True}, ("PRIVATE_SPACE",)),
        ("cn", {"place": Place.HOME, "filming_consent": True}, ("VISIT_PLACE",)),
    ],
)
def test_where_a_visit_may_be_made(pack: str, changes: dict[str, object], codes: tuple[str, ...]):
    assert visited(pack, **changes).codes == codes


def test_a_pack_without_a_notice_asks_for_none():
    policy = replace(a_policy(), visit_notice_hours=None, visit_papers=False)
    visit = a_proposal(Channel.VISIT, visit=Visit(announced=False, papers=False))
    assert judge(policy, some_facts(), visit, NOON).allowed


@pytest.mark.parametrize(
    ("pack", "channel", "held"),
    [
        ("cn", Channel.VISIT, True),
        ("cn", Channel.CALL, False),
        ("cn", Channel.SMS, False),
        ("in", Channel.VISIT, True),
        ("in", Channel.CALL, True),
        ("in", Channel.AI_CALL, True),
        ("in", Channel.SMS, False),
        ("us", Channel.CALL, False),
    ],
)
def test_holidays_and_festivals(pack: str, channel: Channel, held: bool):
    week = frozenset(TODAY + n * DAY for n in range(3))
    facts = some_facts(a_person(pack=pack), holidays=week)
    found = verdict(pack, facts, a_proposal(channel), MIDDAY[pack])
    assert found.codes == (("HOLIDAY",) if held else ())
    if held:
        offset = "+08:00" if pack == "cn" else "+05:30"
        assert found.until == at(f"2026-11-26T08:00:00{offset}"), "the first hour after three days"
    after = replace(facts, holidays=frozenset({TODAY + DAY}))
    assert verdict(pack, after, a_proposal(channel), MIDDAY[pack]).allowed


@pytest.mark.parametrize(
    ("pack", "channel", "refused"),
    [
        ("us", Channel.AI_CALL, True),
        ("us", Channel.SMS, True),
        ("us", Channel.CALL, False),
        ("us", Channel.EMAIL, False),
        ("cn", Channel.AI_CALL, False),
        ("uk", Channel.SMS, False),
    ],
)
def test_automated_voice_and_texts_need_consent_in_america(pack: str, channel: Channel, refused: bool):
    facts = some_facts(a_person(pack=pack, automated_consent=False))
    found = verdict(pack, facts, a_proposal(channel), MIDDAY[pack])
    assert found.codes == (("AUTOMATED_CONSENT",) if refused else ())


@pytest.mark.parametrize(
    ("day", "channel", "closed"),
    [
        ("2027-01-30", Channel.AI_CALL, False),
        ("2027-02-01", Channel.AI_CALL, True),
        ("2027-02-01", Channel.CALL, False),
        ("2027-02-01", Channel.EMAIL, False),
    ],
)
def test_one_opt_out_covers_all_that_is_automated_once_the_rule_is_in_force(
    day: str, channel: Channel, closed: bool
):
    now = at(f"{day}T12:00:00-05:00")
    facts = some_facts(a_person(pack="us", opt_outs=((Channel.SMS, NOON),)))
    assert (verdict("us", facts, a_proposal(channel), now).codes == ("MEDIUM_OPTOUT",)) is closed


def test_a_machine_hands_over_to_a_person_who_is_asked_for():
    stubborn = a_proposal(Channel.AI_CALL, human_on_request=False)
    assert verdict(proposal=stubborn).codes == ("AI_HUMAN",)
    assert verdict("uk", some_facts(a_person(pack="uk")), stubborn, MIDDAY["uk"]).allowed
    assert verdict(proposal=a_proposal(Channel.CALL, human_on_request=False)).allowed


WORK = (Number("N1", "P1"), Number("W1", "P1", work=True))


@pytest.mark.parametrize("pack", HOME)
@pytest.mark.parametrize(
    ("proposal", "forbidden", "codes"),
    [
        (a_proposal(number="W1"), False, ()),
        (a_proposal(number="W1"), True, ("WORK_CONTACT",)),
        (a_proposal(Channel.SMS, number="W1"), True, ("WORK_CONTACT",)),
        (a_proposal(Channel.IM, number="W1"), True, ("WORK_CONTACT",)),
        (a_proposal(number="N1"), True, ()),
        (a_proposal(), True, ()),
        (a_proposal(Channel.LETTER), True, ()),
        (a_proposal(Channel.EMAIL), True, ()),
        (a_proposal(Channel.EMAIL, number="W9"), True, ()),
        (a_proposal(Channel.EMAIL, number="W1"), False, ("WORK_EMAIL",)),
        (a_proposal(Channel.EMAIL, number="W1"), True, ("WORK_EMAIL", "WORK_CONTACT")),
        (a_proposal(Channel.EMAIL, number="N1"), True, ()),
    ],
)
def test_at_work(pack: str, proposal: Proposal, forbidden: bool, codes: tuple[str, ...]):
    facts = some_facts(a_person(pack=pack, work_contact_forbidden=forbidden), numbers=WORK)
    assert verdict(pack, facts, proposal, MIDDAY[pack]).codes == codes


def test_a_pack_that_lets_work_mail_pass():
    policy: Policy = replace(a_policy(), work_email_barred=False)
    assert judge(policy, some_facts(numbers=WORK), a_proposal(Channel.EMAIL, number="W1"), NOON).allowed


@pytest.mark.parametrize(("place", "codes"), [(Place.WORKPLACE, ("WORK_CONTACT",)), (Place.DOORSTEP, ())])
def test_no_visit_at_work_where_it_is_forbidden(place: Place, codes: tuple[str, ...]):
    facts = some_facts(a_person(work_contact_forbidden=True))
    visit = a_proposal(Channel.VISIT, visit=Visit(place=place, place_consent=True))
    assert verdict(facts=facts, proposal=visit).codes == codes
    assert verdict(facts=facts, proposal=a_proposal(Channel.VISIT)).allowed


@pytest.mark.parametrize(
    ("source", "channel", "codes"),
    [
        ("unknown", Channel.EMAIL, ("NUMBER_SOURCE",)),
        ("unknown", Channel.IM, ("NUMBER_SOURCE",)),
        ("contract", Channel.EMAIL, ()),
    ],
)
def test_a_named_address_has_a_source_too(source: str, channel: Channel, codes: tuple[str, ...]):
    facts = some_facts(numbers=[Number("N1", "P1"), Number("E1", "P1", source)])
    assert verdict(facts=facts, proposal=a_proposal(channel, number="E1")).codes == codes


def test_what_was_never_tried_is_no_attempt():
    calls = [a_contact(NOON - timedelta(hours=n + 1), outcome=Outcome.NOT_MADE) for n in range(6)]
    assert verdict(facts=some_facts(contacts=calls)).allowed


def test_a_british_transfer_is_explained_and_an_indian_agent_announced():
    sent = Notice(NoticeStatus.SENT)
    bought = some_facts(
        a_person(pack="uk"), debts=[Debt("D1", transferred_on=TODAY)], notices={NoticeKind.ASSIGNMENT: sent}
    )
    assert verdict("uk", bought, now=MIDDAY["uk"]).codes == ("ASSIGNMENT_NOTICE",)
    placed = some_facts(a_person(pack="in"), notices={NoticeKind.OUTSOURCING: sent})
    found = verdict("in", placed, a_proposal(actor="agency-A"), MIDDAY["in"])
    assert (found.answer, found.codes) == (Answer.HOLD, ("OUTSOURCE_NOTICE",))


def test_a_third_person_at_night_in_a_slot_stays_a_third_person():
    """An exception of the clock says nothing about who may be called."""
    night = at("2026-11-23T22:30:00+08:00")
    slot = Consent("K1", "contact_slot", night, night + timedelta(minutes=30))
    facts = some_facts(a_person(), a_person("P2", Role.THIRD_PARTY, consents=(slot,)))
    assert verdict(facts=facts, proposal=a_proposal(person="P2"), now=night).codes == ("THIRD_PARTY",)


def test_hours_that_have_nothing_in_common_with_the_packs_are_never_open():
    hours = {"from": "20:30", "to": "21:30"}
    found = verdict(
        proposal=a_proposal(Channel.VISIT), now=at("2026-11-23T20:45:00+08:00"), contact_hours=hours
    )
    assert (found.answer, found.codes, found.until) == (Answer.HOLD, ("QUIET_HOURS",), None)


def test_history_of_others_is_not_counted():
    other = PastContact(NOON - timedelta(minutes=5), Channel.CALL, "P2", Outcome.CONNECTED, ("D1",), "N-P2")
    facts = some_facts(a_person(pack="uk"), a_person("P2", Role.CO_DEBTOR, "uk"), contacts=[other])
    assert verdict("uk", facts, now=MIDDAY["uk"]).allowed


def test_an_american_contact_person_has_no_caps_of_the_chinese_pack():
    called = [a_contact(MIDDAY["us"] - DAY * n, person="P2") for n in (9, 10, 11, 12)]
    facts = some_facts(a_person(pack="us"), a_person("P2", Role.CONTACT_PERSON, "us"), contacts=called)
    asking = a_proposal(person="P2", purpose=Purpose.LOCATION)
    assert verdict("us", facts, asking, MIDDAY["us"]).allowed


def test_a_call_of_which_nobody_told_the_end_counts_as_a_talk_and_as_an_attempt():
    """It may have been either; what is told later makes it the milder one."""
    calls = [a_contact(NOON - timedelta(hours=n), outcome=Outcome.UNKNOWN) for n in (1, 2, 3)]
    found = verdict(facts=some_facts(contacts=calls))
    assert found.codes == ("VOICE_DAY_CAP_POOLED", "ATTEMPT_CAP_NUMBER")
    told = [replace(each, outcome=Outcome.UNANSWERED) for each in calls[:1]]
    assert verdict(facts=some_facts(contacts=[*calls[1:], *told])).codes == ("ATTEMPT_CAP_NUMBER",)
    silent = some_facts(
        a_person(pack="us"), contacts=[a_contact(MIDDAY["us"] - DAY, outcome=Outcome.UNKNOWN)]
    )
    assert verdict("us", silent, now=MIDDAY["us"]).codes == ("TALK_7D",)
