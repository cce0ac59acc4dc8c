"""Groups 1, 3, 4 and 8: debt stops, actor and notices, channel and visits, evidence."""

from datetime import date, timedelta

import pytest

from dunwell.contact.model import (
    Answer,
    Channel,
    Consent,
    Debt,
    Direction,
    Hold,
    HoldKind,
    Notice,
    NoticeKind,
    NoticeStatus,
    Number,
    Outcome,
    PersonStatus,
    Place,
    Purpose,
    Role,
    Visit,
)
from tests.builders.contact import NOON, a_contact, a_person, a_proposal, at, some_facts, verdict

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def with_hold(kind: HoldKind, since: date = date(2026, 11, 1), **more: object):
    return some_facts(holds=[Hold(kind, since, **more)])


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (HoldKind.DISPUTE, "DISPUTED"),
        (HoldKind.PLAN, "PLAN_ACTIVE"),
        (HoldKind.BREATHING_SPACE, "BREATHING_SPACE"),
        (HoldKind.CRISIS, "BRS_CRISIS"),
        (HoldKind.CEASE, "CEASE"),
        (HoldKind.REPRESENTATION, "REPRESENTED"),
        (HoldKind.STATUTE_BARRED, "STATUTE_BARRED"),
        (HoldKind.HARDSHIP, "HARDSHIP"),
        (HoldKind.DECEASED, "DECEASED"),
        (HoldKind.DISASTER, "DISASTER"),
        (HoldKind.MANUAL, "MANUAL_HOLD"),
    ],
)
@pytest.mark.parametrize("channel", [Channel.CALL, Channel.SMS, Channel.LETTER])
def test_every_hold_stops_every_channel(kind: HoldKind, code: str, channel: Channel):
    answer = verdict(facts=with_hold(kind), proposal=a_proposal(channel))
    assert (answer.answer, answer.codes) == (Answer.DENY, (code,))


@pytest.mark.parametrize(
    ("hold", "stopped"),
    [
        (Hold(HoldKind.PLAN, TODAY), True),
        (Hold(HoldKind.PLAN, TODAY + DAY), False),
        (Hold(HoldKind.PLAN, date(2026, 1, 1), until=TODAY), True),
        (Hold(HoldKind.PLAN, date(2026, 1, 1), until=TODAY - DAY), False),
        (Hold(HoldKind.PLAN, date(2026, 1, 1), lifted_on=TODAY), False),
        (Hold(HoldKind.PLAN, date(2026, 1, 1), lifted_on=TODAY + DAY), True),
        (Hold(HoldKind.PLAN, date(2026, 1, 1), debt="D1"), True),
        (Hold(HoldKind.PLAN, date(2026, 1, 1), debt="D2"), False),
        (Hold(HoldKind.PLAN, date(2026, 1, 1), person="P1"), True),
        (Hold(HoldKind.PLAN, date(2026, 1, 1), person="P2"), False),
        (Hold(HoldKind.BREATHING_SPACE, TODAY - 59 * DAY), True),
        (Hold(HoldKind.BREATHING_SPACE, TODAY - 60 * DAY), False),
        (Hold(HoldKind.BREATHING_SPACE, TODAY - 60 * DAY, until=TODAY), True),
        (Hold(HoldKind.CRISIS, date(2026, 1, 1), treatment_ended_on=TODAY - 30 * DAY), True),
        (Hold(HoldKind.CRISIS, date(2026, 1, 1), treatment_ended_on=TODAY - 31 * DAY), False),
        (Hold(HoldKind.CRISIS, date(2020, 1, 1)), True),
    ],
)
def test_a_hold_stops_on_its_days_its_person_and_its_debt(hold: Hold, stopped: bool):
    facts = some_facts(holds=[hold], debts=[Debt("D1"), Debt("D2")])
    assert verdict(facts=facts).allowed is not stopped


def test_two_holds_of_one_kind_are_one_reason():
    facts = some_facts(holds=[Hold(HoldKind.PLAN, TODAY), Hold(HoldKind.PLAN, TODAY)])
    assert verdict(facts=facts).codes == ("PLAN_ACTIVE",)


def test_the_closing_notice_passes_a_cease_only_where_the_law_knows_it():
    closing = a_proposal(Channel.LETTER, purpose=Purpose.CLOSING_NOTICE)
    facts = some_facts(a_person(pack="us"), holds=[Hold(HoldKind.CEASE, TODAY - DAY)])
    now = at("2026-11-23T12:00:00-05:00")
    assert verdict("us", facts, closing, now).allowed
    assert not verdict("us", facts, a_proposal(Channel.LETTER), now).allowed
    assert not verdict("cn", with_hold(HoldKind.CEASE), closing).allowed


def test_the_attorney_may_be_contacted_when_the_debtor_is_represented():
    people = (a_person(), a_person("P2", Role.ATTORNEY))
    facts = some_facts(*people, holds=[Hold(HoldKind.REPRESENTATION, TODAY)])
    assert verdict(facts=facts).codes == ("REPRESENTED",)
    assert verdict(facts=facts, proposal=a_proposal(person="P2")).allowed


def test_a_bereavement_stops_calls_and_visits_in_india_and_asks_a_person_elsewhere():
    now = at("2026-11-18T12:00:00+05:30")
    facts = some_facts(a_person(pack="in"), holds=[Hold(HoldKind.BEREAVEMENT, date(2026, 11, 17))])
    assert verdict("in", facts, a_proposal(), now).codes == ("SENSITIVE_DAY",)
    assert verdict("in", facts, a_proposal(Channel.VISIT), now).codes == ("SENSITIVE_DAY",)
    assert verdict("in", facts, a_proposal(Channel.SMS), now).allowed
    elsewhere = verdict(facts=with_hold(HoldKind.BEREAVEMENT))
    assert (elsewhere.answer, elsewhere.codes) == (Answer.REVIEW, ("BEREAVEMENT",))


@pytest.mark.parametrize(("seconds", "settled"), [(-1, True), (0, True), (1, False)])
def test_a_settled_debt_stops_at_the_second(seconds: int, settled: bool):
    facts = some_facts(debts=[Debt("D1", settled_at=NOON + timedelta(seconds=seconds))])
    assert (verdict(facts=facts).codes == ("DEBT_SETTLED",)) is settled


def test_one_settled_debt_among_several_stops_the_message_once():
    facts = some_facts(debts=[Debt("D1"), Debt("D2", settled_at=NOON), Debt("D3", settled_at=NOON)])
    assert verdict(facts=facts, proposal=a_proposal(debts=("D1", "D2", "D3"))).codes == ("DEBT_SETTLED",)


def test_a_debt_nobody_knows_is_as_good_as_settled():
    assert verdict(proposal=a_proposal(debts=("D9",))).codes == ("DEBT_SETTLED",)


def test_the_dead_are_not_called():
    facts = some_facts(a_person(status=PersonStatus.DECEASED))
    assert verdict(facts=facts).codes == ("DECEASED",)


@pytest.mark.parametrize(
    ("trained", "expired"),
    [(date(2025, 11, 24), False), (date(2025, 11, 23), True), (date(2025, 11, 1), True)],
)
def test_training_expires_on_its_anniversary(trained: date, expired: bool):
    facts = some_facts(agent_trained_on=trained)
    assert (verdict(facts=facts).codes == ("TRAINING_EXPIRED",)) is expired


def test_only_registered_senders_send():
    facts = some_facts(registered_senders=frozenset({"a"}))
    assert verdict(facts=facts, proposal=a_proposal(sender="a")).allowed
    assert verdict(facts=facts, proposal=a_proposal()).allowed
    assert verdict(facts=facts, proposal=a_proposal(sender="b")).codes == ("UNREGISTERED_DEVICE",)
    assert verdict(facts=some_facts(), proposal=a_proposal(sender="b")).allowed


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Notice(NoticeStatus.DELIVERED), True),
        (Notice(NoticeStatus.DELIVERED, NOON), True),
        (Notice(NoticeStatus.DELIVERED, NOON + timedelta(seconds=1)), False),
        (Notice(NoticeStatus.SENT), False),
        (Notice(NoticeStatus.FAILED), False),
        (Notice(NoticeStatus.NONE), False),
    ],
)
def test_an_agency_waits_until_the_debtor_was_told_of_it(status: Notice, told: bool):
    facts = some_facts(notices={NoticeKind.OUTSOURCING: status})
    answer = verdict(facts=facts, proposal=a_proposal(actor="agency-A"))
    assert answer.allowed is told
    if not told:
        assert (answer.answer, answer.codes, answer.until) == (Answer.HOLD, ("OUTSOURCE_NOTICE",), None)
    assert verdict(facts=facts).allowed, "the lender itself needs no such notice"
    assert verdict(facts=some_facts(notices={NoticeKind.TRANSFER: status})).allowed
    other = some_facts(notices={NoticeKind.ASSIGNMENT: status})
    assert verdict(facts=other, proposal=a_proposal(actor="agency-A")).allowed, (
        "what is not listed was delivered"
    )


@pytest.mark.parametrize(
    ("pack", "kind", "code", "answer"),
    [
        ("cn", NoticeKind.ASSIGNMENT, "ASSIGNMENT_NOTICE", Answer.HOLD),
        ("eu", NoticeKind.TRANSFER, "EU_TRANSFER_NOTICE", Answer.DENY),
    ],
)
def test_a_bought_debt_waits_for_its_notice(pack: str, kind: NoticeKind, code: str, answer: Answer):
    missing = {kind: Notice(NoticeStatus.NONE)}
    bought = [Debt("D1", transferred_on=date(2026, 10, 1))]
    now = at("2026-11-23T12:00:00+08:00") if pack == "cn" else at("2026-11-23T12:00:00+01:00")
    person = a_person(pack=pack)
    found = verdict(pack, some_facts(person, debts=bought, notices=missing), a_proposal(), now)
    assert (found.answer, found.codes) == (answer, (code,))
    assert verdict(pack, some_facts(person, notices=missing), a_proposal(), now).allowed
    told = {kind: Notice(NoticeStatus.DELIVERED)}
    assert verdict(pack, some_facts(person, debts=bought, notices=told), a_proposal(), now).allowed


@pytest.mark.parametrize(
    ("first", "status", "held"),
    [
        ("2026-11-18T12:00:00-05:00", NoticeStatus.NONE, False),
        ("2026-11-17T23:59:00-05:00", NoticeStatus.NONE, True),
        ("2026-11-17T12:00:00-05:00", NoticeStatus.SENT, False),
        ("2026-11-17T12:00:00-05:00", NoticeStatus.DELIVERED, False),
        ("2026-11-17T12:00:00-05:00", NoticeStatus.FAILED, True),
    ],
)
def test_the_validation_notice_is_due_within_five_days(first: str, status: NoticeStatus, held: bool):
    facts = some_facts(
        a_person(pack="us"),
        notices={NoticeKind.VALIDATION: Notice(status)},
        contacts=[
            a_contact(at("2026-11-02T12:00:00-05:00")),
            a_contact(at(first), Channel.SMS, Outcome.DELIVERED),
        ],
    )
    now = at("2026-11-23T12:00:00-05:00")
    found = verdict("us", facts, a_proposal(Channel.EMAIL), now)
    assert (found.codes == ("VALIDATION_5D",)) is held
    notice = a_proposal(Channel.EMAIL, purpose=Purpose.VALIDATION_NOTICE)
    assert verdict("us", facts, notice, now).allowed


def test_no_first_contact_yet_means_no_validation_clock():
    facts = some_facts(
        a_person(pack="us"),
        notices={NoticeKind.VALIDATION: Notice(NoticeStatus.NONE)},
        contacts=[a_contact(at("2026-11-02T12:00:00-05:00"), Channel.SMS, Outcome.DELIVERED, debts=("D9",))],
    )
    assert verdict("us", facts, a_proposal(Channel.EMAIL), at("2026-11-23T12:00:00-05:00")).allowed


@pytest.mark.parametrize(("seconds", "closed"), [(-1, True), (0, True), (1, False)])
def test_an_opt_out_closes_its_channel_at_once_and_no_other(seconds: int, closed: bool):
    since = NOON + timedelta(seconds=seconds)
    facts = some_facts(a_person(opt_outs=((Channel.SMS, since),)))
    assert (verdict(facts=facts, proposal=a_proposal(Channel.SMS)).codes == ("MEDIUM_OPTOUT",)) is closed
    assert verdict(facts=facts, proposal=a_proposal(Channel.EMAIL)).allowed


@pytest.mark.parametrize(
    ("confirmed", "held"), [(date(2026, 9, 24), False), (date(2026, 9, 23), True), (None, False)]
)
def test_a_text_needs_a_number_confirmed_within_sixty_days(confirmed: date | None, held: bool):
    facts = some_facts(a_person(pack="us"), numbers=[Number("N1", "P1", confirmed_on=confirmed)])
    found = verdict("us", facts, a_proposal(Channel.SMS), at("2026-11-23T12:00:00-05:00"))
    assert found.until is None
    assert (found.codes == ("TEXT_60D",)) is held


@pytest.mark.parametrize(
    ("visit", "codes"),
    [
        (Visit(), ()),
        (None, ()),
        (Visit(collectors=1), ("VISIT_TEAM",)),
        (Visit(place=Place.WORKPLACE), ("VISIT_PLACE",)),
        (Visit(place=Place.WORKPLACE, place_consent=True), ()),
        (Visit(place=Place.HOME), ("VISIT_PLACE",)),
        (Visit(place=Place.HOME, place_consent=True), ("PRIVATE_SPACE",)),
        (Visit(place=Place.HOME, place_consent=True, filming_consent=True), ()),
        (Visit(collectors=1, place=Place.HOME), ("VISIT_TEAM", "VISIT_PLACE")),
    ],
)
def test_how_a_visit_may_be_made(visit: Visit | None, codes: tuple[str, ...]):
    assert verdict(proposal=a_proposal(Channel.VISIT, visit=visit)).codes == codes


def test_visits_are_off_in_britain_unless_switched_on_and_spare_the_vulnerable():
    now = at("2026-11-23T12:00:00+00:00")
    well, frail = some_facts(a_person(pack="uk")), some_facts(a_person(pack="uk", vulnerable=True))
    visit = a_proposal(Channel.VISIT)
    assert verdict("uk", well, visit, now).codes == ("VISITS_OFF",)
    assert verdict("uk", well, visit, now, visits=True).allowed
    assert verdict("uk", frail, visit, now, visits=True).codes == ("VULNERABLE",)


@pytest.mark.parametrize(
    ("channel", "audit", "recorder", "missing"),
    [
        (Channel.SMS, True, False, False),
        (Channel.CALL, True, False, True),
        (Channel.VOICEMAIL, True, False, True),
        (Channel.VISIT, True, False, True),
        (Channel.SMS, False, True, True),
        (Channel.CALL, False, False, True),
    ],
)
def test_no_evidence_no_contact(channel: Channel, audit: bool, recorder: bool, missing: bool):
    facts = some_facts(audit_ready=audit, recorder_on=recorder)
    assert (verdict(facts=facts, proposal=a_proposal(channel)).codes == ("EVIDENCE_MISSING",)) is missing


def test_america_asks_for_no_recorder():
    facts = some_facts(a_person(pack="us"), recorder_on=False)
    assert verdict("us", facts, now=at("2026-11-23T12:00:00-05:00")).allowed


def test_an_inbound_call_is_judged_by_the_evidence_only():
    late = at("2026-11-23T23:30:00+08:00")
    inbound = a_proposal(direction=Direction.INBOUND)
    facts = with_hold(HoldKind.CEASE)
    found = verdict(facts=facts, proposal=inbound, now=late)
    assert (found.answer, found.codes, found.duties) == (Answer.ALLOW, ("INBOUND",), ())
    unrecorded = some_facts(recorder_on=False)
    assert verdict(facts=unrecorded, proposal=inbound, now=late).codes == ("EVIDENCE_MISSING",)


def test_a_consent_of_another_kind_opens_no_slot():
    late = at("2026-11-23T23:30:00+08:00")
    facts = some_facts(a_person(consents=(Consent("K1", "volunteer_payer"),)))
    assert verdict(facts=facts, now=late).codes == ("QUIET_HOURS",)
