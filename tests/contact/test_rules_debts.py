"""Stops beyond those of the paper cases: people who cannot act, complaints, advisers, time-barred debts, blocks."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from dunwell.contact.model import (
    Answer,
    Block,
    Channel,
    Content,
    Debt,
    Hold,
    HoldKind,
    PersonStatus,
    Product,
    Purpose,
    Role,
)
from dunwell.contact.rules import judge
from dunwell.contact.rules.blocks import MISSING, blocks_required
from dunwell.contact.rules.limitation import speaks_of_courts
from dunwell.contact.settings.parameters import block_rules
from tests.builders.contact import HOME, NOON, a_person, a_policy, a_proposal, at, some_facts, verdict

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
MIDDAY = {
    "cn": NOON,
    "us": at("2026-11-23T12:00:00-05:00"),
    "uk": at("2026-11-23T12:00:00+00:00"),
    "eu": at("2026-11-23T12:00:00+01:00"),
    "in": at("2026-11-23T12:00:00+05:30"),
}


@pytest.mark.parametrize("pack", HOME)
@pytest.mark.parametrize("channel", [Channel.CALL, Channel.LETTER])
@pytest.mark.parametrize(
    ("kind", "answer", "code"),
    [
        (HoldKind.BANKRUPTCY, Answer.DENY, "BANKRUPTCY"),
        (HoldKind.DEBT_ADVISER, Answer.DENY, "DEBT_ADVISER"),
        (HoldKind.ILLNESS, Answer.REVIEW, "ILLNESS"),
    ],
)
def test_later_kinds_of_holds(pack: str, channel: Channel, kind: HoldKind, answer: Answer, code: str):
    facts = some_facts(a_person(pack=pack), holds=[Hold(kind, TODAY - DAY)])
    found = verdict(pack, facts, a_proposal(channel), MIDDAY[pack])
    assert (found.answer, found.codes) == (answer, (code,))
    assert "OURS-TENANT-01" not in found.reasons[0].rules


@pytest.mark.parametrize("pack", HOME)
def test_a_wedding_stops_calls_and_visits(pack: str):
    facts = some_facts(a_person(pack=pack), holds=[Hold(HoldKind.MARRIAGE, TODAY)])
    assert verdict(pack, facts, a_proposal(), MIDDAY[pack]).codes == ("SENSITIVE_DAY",)
    assert verdict(pack, facts, a_proposal(Channel.EMAIL), MIDDAY[pack]).allowed


@pytest.mark.parametrize("pack", HOME)
def test_an_open_complaint_stops_the_agency_and_not_the_lender(pack: str):
    facts = some_facts(a_person(pack=pack), holds=[Hold(HoldKind.GRIEVANCE, TODAY)])
    found = verdict(pack, facts, a_proposal(actor="agency-A"), MIDDAY[pack])
    assert (found.answer, found.codes) == (Answer.DENY, ("GRIEVANCE_OPEN",))
    assert verdict(pack, facts, a_proposal(), MIDDAY[pack]).allowed


@pytest.mark.parametrize(
    ("pack", "hold", "stopped"),
    [
        ("uk", Hold(HoldKind.DEBT_ADVISER, TODAY - 29 * DAY), True),
        ("uk", Hold(HoldKind.DEBT_ADVISER, TODAY - 30 * DAY), False),
        ("uk", Hold(HoldKind.DEBT_ADVISER, TODAY - 90 * DAY, until=TODAY), True),
        ("cn", Hold(HoldKind.DEBT_ADVISER, TODAY - 90 * DAY), True),
    ],
)
def test_a_debt_adviser_has_thirty_days_in_britain(pack: str, hold: Hold, stopped: bool):
    facts = some_facts(a_person(pack=pack), holds=[hold])
    assert (verdict(pack, facts, now=MIDDAY[pack]).codes == ("DEBT_ADVISER",)) is stopped


@pytest.mark.parametrize("pack", HOME)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"under_age": True}, "UNDER_AGE"),
        ({"status": PersonStatus.INCAPACITATED}, "INCAPACITATED"),
        ({"under_age": True, "status": PersonStatus.INCAPACITATED}, "UNDER_AGE"),
    ],
)
def test_a_person_decides_about_minors_and_the_incapable(pack: str, changes: dict[str, object], code: str):
    found = verdict(pack, some_facts(a_person(pack=pack, **changes)), now=MIDDAY[pack])
    assert (found.answer, found.codes) == (Answer.REVIEW, (code,))


def test_the_vulnerable_are_reviewed_where_the_pack_says_so():
    policy = replace(a_policy(), vulnerable_reviewed=False, complaint_pauses_agency=False)
    ill = some_facts(
        a_person(under_age=True), holds=[Hold(HoldKind.ILLNESS, TODAY), Hold(HoldKind.GRIEVANCE, TODAY)]
    )
    assert judge(policy, ill, a_proposal(actor="agency-A"), NOON).allowed


BARRED = (Debt("D1", barred_on=TODAY),)


@pytest.mark.parametrize(
    ("pack", "answer"),
    [
        ("cn", Answer.REVIEW),
        ("us", Answer.ALLOW),
        ("uk", Answer.ALLOW),
        ("eu", Answer.REVIEW),
        ("in", Answer.REVIEW),
    ],
)
def test_a_demand_of_a_barred_debt_is_looked_at_where_an_answer_may_revive_it(pack: str, answer: Answer):
    facts = some_facts(a_person(pack=pack), debts=BARRED)
    found = verdict(pack, facts, a_proposal(Channel.LETTER), MIDDAY[pack])
    assert (found.answer, found.codes) == (answer, () if answer is Answer.ALLOW else ("TIME_BARRED",))
    later = some_facts(a_person(pack=pack), debts=[Debt("D1", barred_on=TODAY + DAY)])
    assert verdict(pack, later, a_proposal(Channel.LETTER), MIDDAY[pack]).allowed
    service = a_proposal(Channel.LETTER, purpose=Purpose.PAYMENT_INFORMATION)
    assert verdict(pack, facts, service, MIDDAY[pack]).allowed


@pytest.mark.parametrize("pack", HOME)
@pytest.mark.parametrize(
    "content",
    [
        Content("We may take you to court.", blocks=frozenset(Block)),
        Content("请尽快还款", blocks=frozenset(Block), docket_no="(2026)京01民初1号"),
    ],
)
def test_no_court_is_spoken_of_where_a_debt_is_barred(pack: str, content: Content):
    facts = some_facts(a_person(pack=pack), debts=BARRED)
    found = verdict(pack, facts, a_proposal(Channel.LETTER, content=content), MIDDAY[pack])
    assert found.answer is Answer.DENY
    assert "TIME_BARRED" in found.codes
    young = some_facts(a_person(pack=pack))
    letter = a_proposal(Channel.LETTER, content=content)
    assert "TIME_BARRED" not in verdict(pack, young, letter, MIDDAY[pack]).codes


def test_a_call_without_a_text_about_a_barred_debt():
    facts = some_facts(debts=[*BARRED, Debt("D2")])
    assert verdict(facts=facts, proposal=a_proposal(content=None)).codes == ("TIME_BARRED",)
    assert verdict(facts=facts, proposal=a_proposal(debts=("D2",))).allowed


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("We will sue you", True),
        ("legal action may follow", True),
        ("我们将向法院提起诉讼", True),
        ("我们将通过法律途径解决", True),
        ("ＬＡＷＳＵＩＴ", True),
        ("Please call us", False),
        ("of course", False),
        ("请回电", False),
        ("Her courteous issue", False),
    ],
)
def test_words_of_courts(text: str, speaks: bool):
    assert speaks_of_courts(text) is speaks


MARKS = {"agency": False, "products": frozenset({Product.LOAN})}


@pytest.mark.parametrize(
    ("pack", "channel", "purpose", "more", "blocks"),
    [
        ("cn", Channel.CALL, Purpose.COLLECTION, {}, ""),
        ("cn", Channel.SMS, Purpose.COLLECTION, {}, "lender"),
        ("cn", Channel.SMS, Purpose.COLLECTION, {"agency": True}, "lender agency"),
        ("cn", Channel.LETTER, Purpose.COLLECTION, {}, "lender objection"),
        (
            "cn",
            Channel.LETTER,
            Purpose.COLLECTION,
            {"products": frozenset({Product.CARD})},
            "lender objection balance basis rights account_check office seal",
        ),
        ("cn", Channel.SMS, Purpose.COLLECTION, {"products": frozenset({Product.CARD})}, "lender"),
        ("us", Channel.EMAIL, Purpose.COLLECTION, {}, "lender opt_out"),
        ("us", Channel.LETTER, Purpose.COLLECTION, {}, "lender"),
        ("us", Channel.SMS, Purpose.COLLECTION, {"agency": True}, "lender opt_out agency collector"),
        ("uk", Channel.LETTER, Purpose.COLLECTION, {}, "lender balance"),
        ("uk", Channel.LETTER, Purpose.CLOSING_NOTICE, {}, "lender"),
        ("eu", Channel.EMAIL, Purpose.COLLECTION, {}, "lender debt_advice"),
        ("eu", Channel.SMS, Purpose.COLLECTION, {}, "lender"),
        ("in", Channel.IM, Purpose.COLLECTION, {"agency": True}, "lender agency"),
    ],
)
def test_which_blocks_a_message_must_carry(
    pack: str, channel: Channel, purpose: Purpose, more: dict[str, object], blocks: str
):
    found = blocks_required(a_policy(pack), channel, purpose, **(MARKS | more))  # type: ignore[arg-type]
    assert found == {Block(name) for name in blocks.split()}


def test_every_block_has_a_code_of_its_own():
    assert set(MISSING) == set(Block)
    assert len(set(MISSING.values())) == len(MISSING)


def test_a_letter_about_a_card_without_its_blocks_names_each():
    facts = some_facts(debts=[Debt("D1", product=Product.CARD)])
    letter = a_proposal(Channel.LETTER, content=Content("请联系我们", blocks=frozenset({Block.LENDER})))
    assert set(verdict(facts=facts, proposal=letter).codes) == {
        "OBJECTION_MISSING",
        "BALANCE_MISSING",
        "BASIS_MISSING",
        "RIGHTS_MISSING",
        "ACCOUNT_CHECK_MISSING",
        "OFFICE_MISSING",
        "SEAL_MISSING",
    }


@pytest.mark.parametrize(
    "value",
    [
        "lender",
        ["moon"],
        [{"blocks": ["moon"]}],
        [{"blocks": ["lender"], "surprise": 1}],
        [{"blocks": "lender"}],
        [{"channels": ["sms"]}],
        [{"blocks": ["lender"], "channels": ["call"]}],
        [{"blocks": ["lender"], "purposes": ["fun"]}],
        [{"blocks": ["lender"], "products": ["boat"]}],
        [{"blocks": ["lender"], "agency_only": "yes"}],
        ["lender", {"blocks": ["agency"]}],
    ],
)
def test_what_is_no_rule_of_blocks(value: object):
    with pytest.raises(ValueError, match=r"\w"):
        block_rules(value)


def test_a_plain_list_of_blocks_is_for_every_written_message():
    (rule,) = block_rules(["lender", "agency"])
    assert rule.blocks == {Block.LENDER, Block.AGENCY}
    assert rule.channels == {Channel.SMS, Channel.IM, Channel.EMAIL, Channel.LETTER}


def test_a_british_spouse_who_refused_is_a_third_person_who_refused():
    spouse = a_person("P2", Role.SPOUSE, "uk", refusals=(NOON - DAY,))
    found = verdict("uk", some_facts(a_person(pack="uk"), spouse), a_proposal(person="P2"), MIDDAY["uk"])
    assert found.codes == ("CONTACT_REFUSED", "THIRD_PARTY")


def test_an_american_spouse_may_be_asked_where_the_debtor_is():
    spouse = a_person("P2", Role.SPOUSE, "us")
    asking = a_proposal(person="P2", purpose=Purpose.LOCATION)
    found = verdict("us", some_facts(a_person(pack="us"), spouse), asking, MIDDAY["us"])
    assert (found.answer, found.duties) == (Answer.ALLOW, ("NO_DEBT_CONTENT",))
