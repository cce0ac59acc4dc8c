"""Group 2: whom one may contact, when someone counts as lost, and on which number."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dunwell.contact.model import (
    Answer,
    Channel,
    Consent,
    Direction,
    Facts,
    Guarantee,
    Inheritance,
    Liability,
    Number,
    Outcome,
    PersonStatus,
    Purpose,
    Role,
)
from tests.builders.contact import HOME, NOON, a_contact, a_person, a_proposal, at, some_facts, verdict

RESTORE = a_proposal(person="P2", purpose=Purpose.RESTORE_CONTACT)
MIDDAY = {
    "cn": NOON,
    "us": at("2026-11-23T12:00:00-05:00"),
    "uk": at("2026-11-23T12:00:00+00:00"),
    "eu": at("2026-11-23T12:00:00+01:00"),
    "in": at("2026-11-23T12:00:00+05:30"),
}
INVALID = (Number("N1", "P1", valid=False), Number("N2", "P2"))


def with_friend(**more: object) -> Facts:
    return some_facts(a_person(), a_person("P2", Role.CONTACT_PERSON), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("pack", HOME)
@pytest.mark.parametrize("role", [Role.CO_DEBTOR, Role.GUARANTOR, Role.ATTORNEY])
def test_whoever_owes_and_the_attorney_may_be_contacted(pack: str, role: Role):
    facts = some_facts(a_person(pack=pack), a_person("P2", role, pack))
    assert verdict(pack, facts, a_proposal(person="P2"), MIDDAY[pack]).allowed


@pytest.mark.parametrize(
    ("pack", "role", "codes"),
    [
        ("cn", Role.THIRD_PARTY, ("THIRD_PARTY",)),
        ("cn", Role.CONTACT_PERSON, ("NOT_LOST_CONTACT",)),
        ("cn", Role.SPOUSE, ("SPOUSE_NOT_LIABLE",)),
        *((pack, role, ("THIRD_PARTY",))
          for pack in ("us", "uk", "eu", "in") for role in (Role.THIRD_PARTY, Role.CONTACT_PERSON, Role.SPOUSE)),
    ],
)  # fmt: skip
def test_whoever_does_not_owe_is_left_alone(pack: str, role: Role, codes: tuple[str, ...]):
    facts = some_facts(a_person(pack=pack), a_person("P2", role, pack))
    found = verdict(pack, facts, a_proposal(person="P2"), MIDDAY[pack])
    assert (found.answer, found.codes) == (Answer.DENY, codes)


@pytest.mark.parametrize("pack", ["cn", "uk"])
@pytest.mark.parametrize("liability", [Liability.CO_SIGNED, Liability.FAMILY_USE])
def test_a_liable_spouse_is_a_debtor(pack: str, liability: Liability):
    facts = some_facts(a_person(pack=pack), a_person("P2", Role.SPOUSE, pack, liability=liability))
    assert verdict(pack, facts, a_proposal(person="P2"), MIDDAY[pack]).allowed


@pytest.mark.parametrize(
    ("inheritance", "answer"),
    [(Inheritance.REFUSED, Answer.DENY), (Inheritance.ACCEPTED, Answer.REVIEW), (None, Answer.REVIEW)],
)
def test_heirs_are_judged_by_their_limit_alone(inheritance: Inheritance | None, answer: Answer):
    dead = a_person(status=PersonStatus.DECEASED)
    facts = some_facts(dead, a_person("P2", Role.HEIR, inheritance=inheritance))
    found = verdict(facts=facts, proposal=a_proposal(person="P2"))
    assert (found.answer, found.codes) == (answer, ("HEIR_LIMIT",))


@pytest.mark.parametrize(
    ("guarantee", "lapsed"),
    [
        (None, False),
        (Guarantee(date(2026, 5, 23)), False),
        (Guarantee(date(2026, 5, 22)), True),
        (Guarantee(date(2026, 5, 22), claimed_on=date(2026, 11, 22)), False),
        (Guarantee(date(2026, 5, 22), claimed_on=date(2026, 11, 23)), True),
        (Guarantee(date(2020, 1, 1), period_ends_on=date(2026, 11, 23)), False),
        (Guarantee(date(2020, 1, 1), period_ends_on=date(2026, 11, 22)), True),
        (Guarantee(date(2025, 8, 31)), True),
    ],
)
def test_a_guarantee_lapses_the_day_after_its_period(guarantee: Guarantee | None, lapsed: bool):
    facts = some_facts(a_person(), a_person("P2", Role.GUARANTOR, guarantee=guarantee))
    assert (verdict(facts=facts, proposal=a_proposal(person="P2")).codes == ("GUARANTEE_LAPSED",)) is lapsed


def calls(*times: str, outcome: Outcome = Outcome.UNANSWERED) -> list[object]:
    return [a_contact(at(f"2026-11-{each}:00+08:00"), outcome=outcome) for each in times]


@pytest.mark.parametrize(
    ("contacts", "codes"),
    [
        ([], ("NOT_LOST_CONTACT",)),
        (calls("22T09:00", "22T10:00"), ("NOT_LOST_CONTACT",)),
        (calls("22T09:00", "22T10:00", "22T11:00"), ()),
        (calls("23T08:30", "23T09:30", "23T10:30"), ("LOST_CONTACT_NEXT_DAY",)),
        (calls("22T09:00", "22T09:59", "22T11:00"), ("NOT_LOST_CONTACT",)),
        (calls("22T09:00", "22T09:30", "22T10:30", "22T11:30"), ()),
        (calls("21T09:00", "22T09:00", "23T09:00"), ()),
        (calls("17T09:00", "19T09:00", "21T09:00", "22T09:00", "23T09:00"), ()),
        (calls("20T09:00", "20T09:10", "21T09:00", "21T09:05", "22T09:00"), ()),
        (calls("20T09:00", "21T09:00", "21T09:01"), ("NOT_LOST_CONTACT",)),
        (calls("18T09:00", "20T09:00"), ("NOT_LOST_CONTACT",)),
        (
            [
                *calls("22T09:00", "22T10:00"),
                *calls("22T10:30", outcome=Outcome.CONNECTED),
                *calls("22T11:00"),
            ],
            ("NOT_LOST_CONTACT",),
        ),
        (
            [
                *calls("22T09:00", "22T10:00"),
                *calls("22T10:30", outcome=Outcome.DELIVERED),
                *calls("22T11:00"),
            ],
            ("NOT_LOST_CONTACT",),
        ),
        (
            [
                *calls("22T09:00", "22T10:00", "22T11:00"),
                a_contact(
                    at("2026-11-22T18:00:00+08:00"), outcome=Outcome.CONNECTED, direction=Direction.INBOUND
                ),
            ],
            ("NOT_LOST_CONTACT",),
        ),
        (
            [a_contact(at(f"2026-11-22T{h}:00:00+08:00"), number="elsewhere") for h in ("09", "10", "11")],
            ("NOT_LOST_CONTACT",),
        ),
        (
            [a_contact(at(f"2026-11-22T{h}:00:00+08:00"), person="P3") for h in ("09", "10", "11")],
            ("NOT_LOST_CONTACT",),
        ),
    ],
)
def test_when_the_debtor_counts_as_lost(contacts: list[object], codes: tuple[str, ...]):
    found = verdict(facts=with_friend(contacts=contacts), proposal=RESTORE)
    assert found.codes == codes
    if found.answer is Answer.ALLOW:
        assert found.duties == ("NO_DEBT_CONTENT",)
    if codes == ("LOST_CONTACT_NEXT_DAY",):
        assert found.until == at("2026-11-24T08:00:00+08:00")


@pytest.mark.parametrize("status", [PersonStatus.DECEASED, PersonStatus.INCAPACITATED])
def test_the_dead_and_the_incapable_count_as_lost(status: PersonStatus):
    facts = some_facts(a_person(status=status), a_person("P2", Role.CONTACT_PERSON))
    assert verdict(facts=facts, proposal=RESTORE).allowed


def test_an_invalid_registered_mobile_is_lost_at_once_a_second_number_is_not_asked():
    assert verdict(facts=with_friend(numbers=INVALID), proposal=RESTORE).allowed
    second = (Number("N1", "P1"), Number("N1b", "P1", valid=False), Number("N2", "P2"))
    assert verdict(facts=with_friend(numbers=second), proposal=RESTORE).codes == ("NOT_LOST_CONTACT",)


def test_without_any_number_nobody_is_lost():
    facts = with_friend(numbers=[Number("N2", "P2")], contacts=calls("22T09:00", "22T10:00", "22T11:00"))
    assert verdict(facts=facts, proposal=RESTORE).codes == ("NOT_LOST_CONTACT",)


def test_a_contact_person_is_not_asked_to_pay_even_when_the_debtor_is_lost():
    facts = with_friend(numbers=INVALID)
    assert verdict(facts=facts, proposal=a_proposal(person="P2")).codes == ("THIRD_PARTY",)


@pytest.mark.parametrize("role", [Role.CONTACT_PERSON, Role.THIRD_PARTY])
@pytest.mark.parametrize(
    ("when", "refused"), [(datetime(2019, 1, 1, tzinfo=UTC), True), (NOON + timedelta(days=1), False)]
)
def test_a_refusal_is_for_ever(role: Role, when: datetime, refused: bool):
    facts = some_facts(a_person(), a_person("P2", role, refusals=(when,)), numbers=INVALID)
    assert ("CONTACT_REFUSED" in verdict(facts=facts, proposal=RESTORE).codes) is refused


PAY = a_proposal(person="P2", purpose=Purpose.PAYMENT_INFORMATION, text="应还金额 500 元，请付至对公账户。")
OFFER = at("2026-11-22T10:00:00+08:00")
CONSENT = (Consent("K1", "volunteer_payer"),)


@pytest.mark.parametrize(
    ("consents", "numbers", "offered", "answer", "codes"),
    [
        ((), None, OFFER, Answer.REVIEW, ("VOLUNTEER_PAYER",)),
        (CONSENT, None, OFFER, Answer.ALLOW, ("VOLUNTEER_PAYER",)),
        ((), INVALID, OFFER, Answer.ALLOW, ("VOLUNTEER_PAYER",)),
        (CONSENT, None, None, Answer.DENY, ("NOT_LOST_CONTACT", "THIRD_PARTY_DISCLOSURE")),
        (
            CONSENT,
            None,
            NOON + timedelta(days=1),
            Answer.DENY,
            ("NOT_LOST_CONTACT", "THIRD_PARTY_DISCLOSURE"),
        ),
    ],
)
def test_a_volunteer_is_told_how_to_pay(
    consents: tuple[Consent, ...],
    numbers: tuple[Number, ...] | None,
    offered: datetime | None,
    answer: Answer,
    codes: tuple[str, ...],
):
    friend = a_person("P2", Role.CONTACT_PERSON, offered_to_pay_at=offered)
    found = verdict(facts=some_facts(a_person(consents=consents), friend, numbers=numbers), proposal=PAY)
    assert (found.answer, found.codes) == (answer, codes)
    assert found.duties == (("PAYMENT_DATA_ONLY",) if answer is Answer.ALLOW else ())


@pytest.mark.parametrize(
    ("past", "codes"),
    [
        ([], ()),
        ([{"purpose": Purpose.LOCATION}], ("LOCATION_ONCE",)),
        ([{"purpose": Purpose.LOCATION, "direction": Direction.INBOUND}], ()),
        ([{"purpose": Purpose.COLLECTION}], ()),
        ([{"purpose": Purpose.LOCATION, "person": "P1"}], ()),
    ],
)
def test_location_is_asked_once(past: list[dict[str, object]], codes: tuple[str, ...]):
    contacts = [
        a_contact(at("2026-10-10T11:00:00-04:00"), **({"person": "P2"} | each))
        for each in past  # type: ignore[arg-type]
    ]
    facts = some_facts(a_person(pack="us"), a_person("P2", Role.THIRD_PARTY, "us"), contacts=contacts)
    asking = a_proposal(person="P2", purpose=Purpose.LOCATION)
    found = verdict("us", facts, asking, MIDDAY["us"])
    assert found.codes == codes
    assert found.duties == (("NO_DEBT_CONTENT",) if not codes else ())


@pytest.mark.parametrize("channel", [Channel.CALL, Channel.AI_CALL, Channel.VOICEMAIL, Channel.SMS])
def test_a_number_of_unknown_source_is_not_used(channel: Channel):
    facts = some_facts(numbers=[Number("N1", "P1"), Number("N2", "P1", "unknown")])
    assert verdict(facts=facts, proposal=a_proposal(channel)).allowed
    for number in ("N2", "N9"):
        assert verdict(facts=facts, proposal=a_proposal(channel, number=number)).codes == ("NUMBER_SOURCE",)
    assert verdict(facts=some_facts(numbers=[]), proposal=a_proposal(channel)).codes == ("NUMBER_SOURCE",)


def test_mail_needs_no_number():
    assert verdict(facts=some_facts(numbers=[]), proposal=a_proposal(Channel.EMAIL)).allowed
