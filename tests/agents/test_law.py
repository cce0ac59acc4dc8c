"""The packs of agents: what each says, that contact says the same, and that an unsound one is refused."""

from datetime import date, timedelta

import pytest

from dunwell.agents.law import READERS, law_of
from dunwell.agents.model import (
    Answer,
    ClearView,
    Finding,
    Grievance,
    NoticeKind,
    NoticeStatus,
    Recording,
    ReviewDue,
    Sight,
    Standing,
    Stop,
    View,
)
from dunwell.agents.use_cases import may_assign, may_close_visit, may_place, may_see
from dunwell.contact.settings import pack_named
from dunwell.packs import PackUnknown, PackUnsound, read_pack

TODAY = date(2026, 11, 23)
PACKS = ("cn", "us", "uk", "eu", "in")
STOPS = (*(f"{kind}_notice" for kind in NoticeKind), "grievance", "visit_recording")


@pytest.mark.parametrize("pack", PACKS)
def test_every_code_a_pack_answers_with_names_its_rules(pack: str) -> None:
    law = law_of(pack)
    stops = [found for name in STOPS if (found := law.value(name, TODAY, Stop)) is not None]
    view, review = law.value("clear_view", TODAY, ClearView), law.value("agency_review", TODAY, ReviewDue)
    assert review is not None
    named = {stop.code for stop in [*stops, *([view.stop] if view else [])]} | {review.code}
    ours = {"TRAINING_EXPIRED", "AGENT_UNKNOWN", "AGENT_INACTIVE", "AGENCY_UNKNOWN", "AGENCY_INACTIVE"}
    assert named | ours | {"AGENCY_CONTRACT", "CONFLICT_OF_INTEREST"} == set(law.codes)


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("day", [date(1980, 1, 1), date(2025, 3, 12), date(2025, 3, 13), TODAY])
def test_agents_and_contact_agree_on_terms_and_notices(pack: str, day: date) -> None:
    ours, theirs = law_of(pack), pack_named(pack)
    assert theirs is not None

    def in_contact(parameter: str) -> object:
        entry = theirs.entry(parameter, day)
        return None if entry is None else entry.value

    review = ours.value("agency_review", day, ReviewDue)
    assert review is not None
    assert in_contact("agent_certificate_months") == ours.value("agent_certificate_months", day, int)
    assert in_contact("agency_review_months") == review.months
    assert bool(in_contact("complaint_pauses_agency")) is (ours.entry("grievance", day) is not None)
    assert bool(in_contact("recorder_required")) is (ours.entry("visit_recording", day) is not None)
    for kind in ("outsourcing", "assignment", "transfer"):
        assert bool(in_contact(f"{kind}_notice")) is (ours.entry(f"{kind}_notice", day) is not None)


@pytest.mark.parametrize(
    ("pack", "since", "value_class"),
    [
        ("cn", date(2025, 3, 12), "O"),
        ("cn", date(2025, 3, 13), "S"),
        ("us", TODAY, "O"),
        ("in", TODAY, "O"),
    ],
)
def test_a_value_tells_since_when_it_is_more_than_ours(pack: str, since: date, value_class: str) -> None:
    entry = law_of(pack).entry("agent_certificate_months", since)
    assert entry is not None
    assert entry.value_class == value_class


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("kind", NoticeKind)
def test_a_delivered_notice_never_stops_and_no_other_is_better(pack: str, kind: NoticeKind) -> None:
    agency = Standing("north", agency_reviewed_on=TODAY)

    def placed(status: NoticeStatus) -> Finding:
        return may_place(pack, agency, TODAY, notices={kind: status}).finding

    assert placed(NoticeStatus.DELIVERED) == Finding(Answer.ALLOW)
    others = {placed(status) for status in NoticeStatus if status is not NoticeStatus.DELIVERED}
    assert len(others) == 1, "sent, failed and none are one: nobody knows that the debtor was told"


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("state", Grievance)
def test_only_an_open_grievance_stops(pack: str, state: Grievance) -> None:
    agency = Standing("north", agency_reviewed_on=TODAY)
    found = may_place(pack, agency, TODAY, notices={}, grievance=state)
    assert found.finding.reasons == (("GRIEVANCE_OPEN",) if state is Grievance.OPEN else ())


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("recording", Recording)
def test_a_visit_ends_with_the_whole_recording_or_with_an_incident(pack: str, recording: Recording) -> None:
    found = may_close_visit(pack, "close_visit", recording)
    wanted = pack in ("cn", "uk", "in") and recording is not Recording.WHOLE
    assert found.incident is wanted
    assert found.finding.verdict is (Answer.DENY if wanted else Answer.ALLOW)
    assert found.finding.reasons == (("EVIDENCE_MISSING",) if wanted else ())


def test_clear_data_is_seen_at_home_and_masked_everywhere() -> None:
    assert may_see("cn", "CN") == Sight(Finding(Answer.ALLOW), View.CLEAR)
    abroad = may_see("cn", "TW")
    assert (abroad.finding.reasons, abroad.finding.rules, abroad.view) == (
        ("CROSS_BORDER",),
        ("CN-SEC-06",),
        View.MASKED,
    )
    assert may_see("cn", "TW", clear=False) == Sight(Finding(Answer.ALLOW), View.MASKED)
    assert may_see("cn", None).view is View.CLEAR


def test_no_pack_no_answer() -> None:
    for ask in (
        lambda: may_assign("zz", Standing(), TODAY),
        lambda: may_place("zz", Standing(), TODAY, notices={}),
        lambda: may_close_visit("zz", "close_visit", Recording.WHOLE),
        lambda: may_see("zz", "CN"),
    ):
        with pytest.raises(PackUnknown):
            ask()


def test_every_day_of_a_year_of_training_is_lawful_and_the_next_is_not() -> None:
    for ago in range(1, 366):
        standing = Standing(agent_trained_on=TODAY - timedelta(days=ago))
        found = may_assign("cn", standing, TODAY)
        assert (found.verdict is Answer.ALLOW) is (ago < 365), ago


REVIEW = 'code = "X_DUE", months = 12, placing = "DENY", existing = "ALLOW"'


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        ("agent_certificate_months", "0", "from 1"),
        ("agent_certificate_months", "true", "from 1"),
        ("agent_certificate_months", "121", "from 1"),
        ("agent_courses", "[]", "some of"),
        ("agent_courses", '["juggling"]', "some of"),
        ("agent_courses", "[[1]]", ""),
        ("agent_certificates", '"collection"', "some of"),
        ("agency_review", "{ months = 12 }", "needs"),
        ("agency_review", "12", "needs"),
        ("agency_review", "{ " + REVIEW.replace("DENY", "ALLOW") + " }", "HOLD, REVIEW or DENY"),
        ("agency_review", "{ " + REVIEW.replace('"ALLOW"', '"MAYBE"') + " }", "ALLOW, HOLD"),
        ("agency_review", "{ " + REVIEW.replace("X_DUE", "x") + " }", "capitals"),
        ("renewal_needs_review", '"yes"', "true or false"),
        ("grievance", '{ code = "X", answer = "HOLD" }', "capitals"),
        ("visit_recording", '{ code = "XYZ", answer = 1 }', "HOLD, REVIEW or DENY"),
        ("clear_view", '{ code = "XYZ", answer = "DENY", countries = [] }', "at least one"),
        ("clear_view", '{ code = "XYZ", answer = "DENY", countries = ["China"] }', "two capitals"),
        ("colour", "1", ""),
    ],
)
def test_an_unsound_pack_is_refused_with_its_line(parameter: str, value: str, words: str) -> None:
    text = (
        f'pack = "zz"\nversion = "1"\n\n[[parameters.{parameter}]]\nvalue = {value}\n'
        'class = "O"\nsource = "OURS"\nrules = ["X"]\neffective_from = 1970-01-01\n'
    )
    with pytest.raises(PackUnsound) as refused:
        read_pack(text, "zz.toml", READERS)
    (fault,) = refused.value.faults
    assert fault.line in (4, 5)
    assert words in str(fault)
