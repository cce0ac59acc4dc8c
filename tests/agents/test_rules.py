"""Who is trained, whose review is due, how senders and callers are written: tables, and what holds of every day."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.agents.law import law_of
from dunwell.agents.model import Answer, Course, RegisterSender, SenderKind, Standing
from dunwell.agents.rules.checks import (
    agency_faults,
    home_of,
    label_of,
    masked,
    sender_faults,
    sender_key,
    training_faults,
)
from dunwell.agents.rules.judging import judge_assignment, judge_placement
from dunwell.agents.rules.standing import (
    Known,
    Passed,
    expiry,
    may_renew,
    review_due_on,
    review_missing,
    reviewed_by,
    standing_of,
    terms_of,
    trained_on,
)
from dunwell.kernel.calendar import add_months

CN, IN, US = law_of("cn"), law_of("in"), law_of("us")
TODAY = date(2026, 11, 23)
AGENT = UUID(int=7)
BOTH = (Course.COLLECTION, Course.INFORMATION_SECURITY)
PACKS = ("cn", "us", "uk", "eu", "in")

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def passed(course: Course, on: date, ends: date | None = None) -> Passed:
    return Passed(course, on, ends)


@pytest.mark.parametrize(
    ("pack", "courses", "found"),
    [
        ("cn", {}, None),
        ("cn", {Course.COLLECTION: date(2026, 5, 1)}, None),
        ("cn", {Course.INFORMATION_SECURITY: date(2026, 5, 1)}, None),
        ("cn", {Course.COLLECTION: date(2026, 5, 1), Course.INFORMATION_SECURITY: date(2026, 4, 1)}, date(2026, 4, 1)),
        ("cn", {Course.COLLECTION: date(2025, 1, 1), Course.INFORMATION_SECURITY: date(2026, 4, 1)}, date(2025, 1, 1)),
        ("cn", {Course.COLLECTION: date(2026, 5, 1), Course.INFORMATION_SECURITY: date(2026, 11, 24)}, None),
        ("us", {Course.COLLECTION: date(2026, 5, 1)}, date(2026, 5, 1)),
        ("us", {Course.INFORMATION_SECURITY: date(2026, 5, 1)}, None),
        ("in", {Course.COLLECTION: date(2026, 5, 1)}, None),
        ("in", {Course.COLLECTION: date(2026, 5, 1), Course.RECOVERY_AGENT: date(2019, 5, 1)}, date(2026, 5, 1)),
        ("in", {Course.RECOVERY_AGENT: date(2019, 5, 1)}, None),
    ],
)  # fmt: skip
def test_training_counts_from_the_oldest_course_the_law_wants(
    pack: str, courses: dict[Course, date], found: date | None
) -> None:
    held = [passed(course, on) for course, on in courses.items()]
    assert trained_on(terms_of(law_of(pack), TODAY), held) == found


@pytest.mark.parametrize(
    ("ends", "found"),
    [
        (None, date(2026, 5, 1)),
        (date(2027, 5, 1), date(2026, 5, 1)),
        (date(2030, 1, 1), date(2026, 5, 1)),
        # Named to end half a year early: counted from half a year earlier, so that twelve months end there.
        (date(2026, 12, 1), date(2025, 12, 1)),
        (date(2026, 11, 23), date(2025, 11, 23)),
    ],
)
def test_a_certificate_that_ends_early_is_counted_from_so_much_earlier(
    ends: date | None, found: date
) -> None:
    assert trained_on(terms_of(US, TODAY), [passed(Course.COLLECTION, date(2026, 5, 1), ends)]) == found


@pytest.mark.parametrize(
    ("ends", "trained"), [(None, True), (date(2026, 11, 24), True), (date(2026, 11, 23), False)]
)
def test_a_certificate_without_a_term_only_must_not_be_at_its_end(ends: date | None, trained: bool) -> None:
    held = [
        passed(Course.COLLECTION, date(2026, 5, 1)),
        passed(Course.RECOVERY_AGENT, date(2019, 1, 1), ends),
    ]
    assert (trained_on(terms_of(IN, TODAY), held) is not None) is trained


@given(days, st.integers(-800, 800), st.one_of(st.none(), st.integers(1, 900)))
def test_an_agent_may_be_assigned_exactly_until_his_training_expires(
    today: date, ago: int, lasts: int | None
) -> None:
    on = today - timedelta(days=ago)
    ends = expiry(US, Course.COLLECTION, on, None if lasts is None else on + timedelta(days=lasts))
    assert ends is not None
    since = trained_on(terms_of(US, today), [passed(Course.COLLECTION, on, ends)])
    allowed = judge_assignment(US, Standing(agent=AGENT, agent_trained_on=since), today).verdict
    eve = timedelta(days=1 if (on.month, on.day) == (2, 29) or (ends.month, ends.day) == (2, 29) else 0)
    if today < on or today >= ends:
        assert allowed is Answer.DENY
    elif today < ends - eve:
        assert allowed is Answer.ALLOW


@pytest.mark.parametrize(
    ("pack", "course", "named", "found"),
    [
        ("cn", Course.COLLECTION, None, date(2027, 5, 1)),
        ("cn", Course.COLLECTION, date(2026, 8, 1), date(2026, 8, 1)),
        ("cn", Course.COLLECTION, date(2031, 8, 1), date(2027, 5, 1)),
        ("in", Course.RECOVERY_AGENT, None, None),
        ("in", Course.RECOVERY_AGENT, date(2031, 8, 1), date(2031, 8, 1)),
        ("us", Course.RECOVERY_AGENT, None, date(2027, 5, 1)),
    ],
)
def test_a_training_ends_with_the_law_or_before(
    pack: str, course: Course, named: date | None, found: date | None
) -> None:
    assert expiry(law_of(pack), course, date(2026, 5, 1), named) == found


KNOWN = Known("north", AGENT, "north", agent_agency="north", reviewed_on=date(2026, 5, 1))


@pytest.mark.parametrize(
    ("known", "agency", "agency_active", "agent", "agent_active"),
    [
        (KNOWN, "north", True, AGENT, True),
        (Known("north", None, "north"), "north", True, None, True),
        (Known("north", AGENT, None, agent_agency="lender"), None, False, AGENT, False),
        (Known("north", AGENT, "north", suspended=True, agent_agency="north"), "north", False, AGENT, True),
        (Known("north", AGENT, "north", agent_agency="south"), "north", True, AGENT, False),
        (Known("north", AGENT, "north", agent_agency="lender"), "north", True, AGENT, False),
        (Known("north", AGENT, "north"), "north", True, None, False),
        (Known("north", AGENT, "north", agent_agency="north", deactivated=True), "north", True, AGENT, False),
        (Known("lender", None), None, True, None, True),
        (Known("lender", AGENT, agent_agency="lender"), None, True, AGENT, True),
        (Known("lender", AGENT, agent_agency="north"), None, True, AGENT, False),
        (Known("lender", AGENT), None, True, None, False),
    ],
)
def test_whoever_is_not_registered_or_works_for_another_is_not_active(
    known: Known, agency: str | None, agency_active: bool, agent: UUID | None, agent_active: bool
) -> None:
    found = standing_of(terms_of(CN, TODAY), known)
    assert (found.agency, found.agency_active) == (agency, agency_active)
    assert (found.agent, found.agent_active) == (agent, agent_active)
    assert found.agent_trained_on is None


def test_a_standing_tells_contract_review_and_training() -> None:
    known = Known(
        "north", AGENT, "north", contract_from=date(2026, 1, 1), contract_until=date(2026, 12, 31),
        reviewed_on=date(2026, 5, 1), agent_agency="north",
        passed=tuple(passed(course, date(2026, 6, 1)) for course in BOTH),
    )  # fmt: skip
    assert standing_of(terms_of(CN, TODAY), known) == Standing(
        "north", True, date(2026, 1, 1), date(2026, 12, 31), date(2026, 5, 1), AGENT, True, date(2026, 6, 1)
    )


@pytest.mark.parametrize(
    ("standing", "codes"),
    [
        (Standing(agent=AGENT, agent_trained_on=TODAY), ()),
        (Standing(agent_active=False, agent_trained_on=TODAY), ("AGENT_UNKNOWN",)),
        (Standing(agent=AGENT, agent_active=False, agent_trained_on=TODAY), ("AGENT_INACTIVE",)),
        (Standing(agent=AGENT), ("TRAINING_EXPIRED",)),
        (Standing(None, agency_active=False, agent=AGENT, agent_trained_on=TODAY), ("AGENCY_UNKNOWN",)),
        (Standing("north", agent=AGENT, agent_trained_on=TODAY), ("AGENCY_REVIEW_DUE",)),
    ],
)
def test_what_stands_against_an_assignment(standing: Standing, codes: tuple[str, ...]) -> None:
    found = judge_assignment(CN, standing, TODAY)
    assert found.reasons == codes
    assert (found.verdict is Answer.DENY) is bool(codes)
    assert bool(found.rules) is bool(codes), "every code names its rules"


@given(st.sampled_from(PACKS), days, st.integers(0, 900), st.integers(0, 400))
def test_waiting_never_mends_a_review(pack: str, reviewed: date, age: int, more: int) -> None:
    law, earlier = law_of(pack), reviewed + timedelta(days=age)
    standing = Standing("north", agency_reviewed_on=reviewed)
    first = judge_placement(law, standing, earlier, notices={})
    later = judge_placement(law, standing, earlier + timedelta(days=more), notices={})
    if first.finding.verdict is not Answer.ALLOW:
        assert later.finding == first.finding
    due = review_due_on(law, reviewed, earlier)
    assert due == add_months(reviewed, 12)
    assert (first.finding.verdict is Answer.ALLOW) is (earlier < due)
    assert first.existing_cases is Answer.ALLOW


@given(days, st.integers(-500, 500))
def test_a_list_of_due_reviews_misses_none_and_names_no_other(by: date, distance: int) -> None:
    reviewed = add_months(by, -12) + timedelta(days=distance)
    latest, due = reviewed_by(CN, by, TODAY), review_due_on(CN, reviewed, TODAY)
    assert latest is not None
    assert due is not None
    assert (reviewed <= latest) is (due <= by)


def test_a_review_in_time_opens_a_renewal() -> None:
    assert may_renew(CN, date(2025, 11, 24), TODAY)
    assert not may_renew(CN, date(2025, 11, 23), TODAY)
    assert not may_renew(CN, None, TODAY)
    assert not may_renew(CN, date(2026, 11, 24), TODAY)
    assert may_renew(US, None, TODAY), "only the standard of the mainland asks for it"
    assert may_renew(CN, None, date(2020, 1, 1)), "and not before it was in force"
    assert review_due_on(CN, None, TODAY) is None


def test_without_a_rule_there_is_nothing_to_miss() -> None:
    early = date(1969, 12, 31)
    assert review_missing(CN, None, early) is None
    assert review_due_on(CN, early, early) is None
    assert reviewed_by(CN, early, early) is None
    assert trained_on(terms_of(CN, early), [passed(each, early) for each in BOTH]) is None
    assert expiry(CN, Course.COLLECTION, early, None) is None
    assert expiry(CN, Course.COLLECTION, early, TODAY) == TODAY


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("mei", "mei"),
        ("mei#1a2b3c4d", "mei"),
        ("staff:mei#1a2b3c4d", "mei"),
        ("staff:mei", "mei"),
        ("system:planner", None),
        ("provider:twilio#1", None),
        ("staff:", None),
        ("", None),
        ("#1a2b3c4d", None),
    ],
)
def test_one_label_is_one_person(said: str, label: str | None) -> None:
    assert label_of(said) == label


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("+86 (21) 5555-0100", "+862155550100"),
        ("＋８６２１５５５５０１００", "+862155550100"),
        ("021/5555.0100", "02155550100"),
        ("【Acme 贷款】", "acme 贷款"),
        ("[ACME  贷款]", "acme 贷款"),
        ("Collections@Example.COM", "collections@example.com"),
        ("  acme-im ", "acme-im"),
        ("【】", ""),
    ],
)
def test_a_sender_is_known_however_it_is_written(written: str, key: str) -> None:
    assert sender_key(written) == key
    assert sender_key(key) == key


@pytest.mark.parametrize(
    ("address", "shown"),
    [("+8613800138000", "****8000"), ("1234567", "****"), ("12345678", "****5678"), ("", "****")],
)
def test_a_private_number_shows_its_end_only(address: str, shown: str) -> None:
    assert masked(address) == shown


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (RegisterSender(SenderKind.PHONE, "+86 21 5555 0100"), []),
        (RegisterSender(SenderKind.PHONE, "95588"), []),
        (RegisterSender(SenderKind.PHONE, "call me"), ["address"]),
        (RegisterSender(SenderKind.PHONE, "12"), ["address"]),
        (RegisterSender(SenderKind.EMAIL, "a@b"), ["address"]),
        (RegisterSender(SenderKind.EMAIL, "a@b.example"), []),
        (RegisterSender(SenderKind.SMS_SIGNATURE, "【】"), ["address"]),
        (RegisterSender(SenderKind.LETTERHEAD, "Acme Ltd"), []),
        (RegisterSender(SenderKind.IM, "acme", private=True), ["consent"]),
        (RegisterSender(SenderKind.IM, "acme", private=True, consent="S-1"), []),
        (RegisterSender(SenderKind.IM, "acme", consent="S-1"), ["consent"]),
        (RegisterSender(SenderKind.PHONE, "?", private=True), ["address", "consent"]),
    ],
)
def test_a_sender_that_cannot_be_names_field_and_remedy(command: RegisterSender, fields: list[str]) -> None:
    faults = sender_faults(command)
    assert [fault.field for fault in faults] == fields
    assert all(fault.remedy for fault in faults)


def test_contracts_and_trainings_have_an_order_of_days() -> None:
    assert not agency_faults(TODAY, TODAY)
    assert [fault.field for fault in agency_faults(TODAY, TODAY - timedelta(days=1))] == ["contract_until"]
    assert not training_faults(0, TODAY, None, TODAY)
    assert not training_faults(0, TODAY, TODAY + timedelta(days=1), TODAY)
    wrong = training_faults(3, TODAY + timedelta(days=1), TODAY, TODAY)
    assert [fault.field for fault in wrong] == ["trainings[3].passed_on", "trainings[3].expires_on"]


def test_a_country_goes_without_saying_where_the_pack_has_one() -> None:
    assert [home_of(pack) for pack in PACKS] == ["CN", "US", "GB", None, "IN"]
