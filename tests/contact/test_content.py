"""Group 7: the lexicon and its normalisation, disclosure, charges, blocks, who speaks, voicemail."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dunwell.contact.content.reading import read
from dunwell.contact.content.voicemail import says_more_than_allowed
from dunwell.contact.model import (
    Answer,
    Block,
    Channel,
    Charge,
    Content,
    Debt,
    Demand,
    Inheritance,
    Purpose,
    Role,
)
from dunwell.contact.rules import content as rules
from dunwell.contact.rules.content import find
from dunwell.contact.settings.lexicon import lexicon
from dunwell.kernel.money import Money
from tests.builders.contact import NOON, a_person, a_proposal, at, some_facts, verdict

US_NOON = at("2026-11-23T12:00:00-05:00")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("公安机关将通知您到案。", "IMPERSONATION"),
        ("这里是市检察院", "IMPERSONATION"),
        ("The sheriff will come.", "IMPERSONATION"),
        ("我们已向人民法院起诉您", "FALSE_LEGAL"),
        ("您的账户将被冻结", "FALSE_LEGAL"),
        ("A lawsuit has been filed.", "FALSE_LEGAL"),
        ("Your wages will be garnished", "FALSE_LEGAL"),
        ("列入老赖名单", "FAKE_BLACKLIST"),
        ("影响您子女上学", "FAKE_BLACKLIST"),
        ("we will blacklist you", "FAKE_BLACKLIST"),
        ("否则后果自负", "THREAT"),
        ("Pay or else", "THREAT"),
        ("我们将通知您的单位", "EXPOSURE"),
        ("we will tell your employer", "EXPOSURE"),
        ("请先向朋友借来垫上", "INDUCE_BORROWING"),
        ("you could sell your home", "INDUCE_BORROWING"),
        ("另收上门费 50 元", "EXTRA_FEE"),
        ("请付到我个人账户", "EXTRA_FEE"),
        ("there is a collection fee", "EXTRA_FEE"),
        ("可以帮您修复征信", "CR_REPAIR_WINDOW"),
        ("we will clear your record", "CR_REPAIR_WINDOW"),
        ("还了款就撤案", "FALSE_PROMISE"),
        ("guaranteed approval", "FALSE_PROMISE"),
    ],
)
def test_forbidden_words_of_each_class(text: str, code: str):
    found = verdict(proposal=a_proposal(Channel.SMS, text=text))
    assert found.answer is Answer.DENY
    assert code in found.codes
    assert all(reason.rules and reason.working for reason in found.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "黑 名 单",
        "黑-名_单",
        "黑\u200b名单",
        "黑、名。单",
        "ＢＬＡＣＫＬＩＳＴ",
        "Black  list",
        "blacklisted",
    ],
)
def test_spacing_width_and_unseen_characters_hide_nothing(text: str):
    assert "FAKE_BLACKLIST" in verdict(proposal=a_proposal(Channel.SMS, text=text)).codes


@pytest.mark.parametrize(
    "text",
    [
        "{{ lender }}提醒：您的借款已逾期，应还 {{ amount }}。如有异议请回电。",
        "Hello {{ name }}, your payment of {{ amount }} was due on {{ due_date }}. Reply STOP to opt out.",
        "请您在方便时与我们联系，协商还款方案。",
    ],
)
def test_a_plain_reminder_passes(text: str):
    assert verdict(proposal=a_proposal(Channel.SMS, text=text)).allowed


def test_several_classes_are_several_reasons():
    text = "公安已立案，列入黑名单，后果自负"
    assert set(verdict(proposal=a_proposal(Channel.SMS, text=text)).codes) == {
        "IMPERSONATION", "FALSE_LEGAL", "FAKE_BLACKLIST", "THREAT",
    }  # fmt: skip


def test_a_docket_number_proves_a_step_but_excuses_no_pose():
    proven = Content("本案已立案，法院通知您到庭。", blocks=frozenset(Block), docket_no="(2026)沪01民初1号")
    found = verdict(proposal=a_proposal(Channel.SMS, content=proven))
    assert found.codes == ("IMPERSONATION",)


def test_repair_of_the_record_was_offered_by_the_state_until_march_2026():
    text = "可以帮您修复征信"
    before = at("2026-03-31T12:00:00+08:00")
    assert verdict(proposal=a_proposal(Channel.SMS, text=text), now=before).allowed
    after = at("2026-04-01T12:00:00+08:00")
    assert verdict(proposal=a_proposal(Channel.SMS, text=text), now=after).codes == ("CR_REPAIR_WINDOW",)


@pytest.mark.parametrize(
    ("text", "variables", "told"),
    [
        ("请问您有王先生的新联系电话吗？", (), False),
        ("请转告他致电我行。", (), False),
        ("他欠款不还", (), True),
        ("王先生逾期了", (), True),
        ("一共 5000 元", (), True),
        ("Do you know where he lives?", (), False),
        ("He owes us $500", (), True),
        ("his loan", (), True),
        ("请转告他", ("name",), False),
        ("请转告他", ("days_overdue",), True),
        ("请转告他 {{ amount }}", (), True),
        ("", ("loan_product",), True),
    ],
)
def test_no_debt_word_to_a_third_person(text: str, variables: tuple[str, ...], told: bool):
    content = Content(text, variables, blocks=frozenset(Block))
    asking = a_proposal(person="P2", purpose=Purpose.RESTORE_CONTACT, content=content)
    facts = some_facts(a_person(), a_person("P2", Role.CONTACT_PERSON))
    assert ("THIRD_PARTY_DISCLOSURE" in verdict(facts=facts, proposal=asking).codes) is told
    assert "THIRD_PARTY_DISCLOSURE" not in verdict(proposal=a_proposal(text=text)).codes


@pytest.mark.parametrize(
    ("role", "inheritance", "told"),
    [
        (Role.CO_DEBTOR, None, False),
        (Role.GUARANTOR, None, False),
        (Role.ATTORNEY, None, False),
        (Role.HEIR, Inheritance.ACCEPTED, False),
        (Role.HEIR, Inheritance.REFUSED, True),
        (Role.SPOUSE, None, True),
    ],
)
def test_who_may_hear_of_the_debt(role: Role, inheritance: Inheritance | None, told: bool):
    facts = some_facts(a_person(), a_person("P2", role, inheritance=inheritance))
    found = verdict(facts=facts, proposal=a_proposal(person="P2", text="已逾期"))
    assert ("THIRD_PARTY_DISCLOSURE" in found.codes) is told


def demand(*charges: Charge) -> tuple[Demand, ...]:
    return tuple(Demand(charge, Money(100, "CNY")) for charge in charges)


SHEET = frozenset({Charge.PRINCIPAL, Charge.INTEREST})


@pytest.mark.parametrize(
    ("signed", "sheet", "charges", "codes"),
    [
        (date(2026, 8, 1), SHEET, (Charge.PRINCIPAL, Charge.LATE_FEE), ("FEE_NOT_DISCLOSED",)),
        (date(2026, 8, 1), SHEET, (Charge.COLLECTION_FEE,), ("FEE_NOT_DISCLOSED",)),
        (date(2026, 8, 1), SHEET | {Charge.COLLECTION_FEE}, (Charge.COLLECTION_FEE,), ("EXTRA_FEE",)),
        (date(2026, 7, 31), SHEET, (Charge.LATE_FEE,), ()),
        (date(2026, 7, 31), SHEET, (Charge.COLLECTION_FEE,), ("EXTRA_FEE",)),
        (None, SHEET, (Charge.LATE_FEE,), ()),
        (date(2026, 8, 1), None, (Charge.LATE_FEE,), ()),
        (date(2026, 8, 1), SHEET, (Charge.PRINCIPAL,), ()),
    ],
)
def test_what_may_be_demanded(
    signed: date | None, sheet: frozenset[Charge] | None, charges: tuple[Charge, ...], codes: tuple[str, ...]
):
    facts = some_facts(debts=[Debt("D1", contract_date=signed, disclosed_charges=sheet)])
    assert verdict(facts=facts, proposal=a_proposal(Channel.LETTER, demand=demand(*charges))).codes == codes


@pytest.mark.parametrize("debts", [(), ("D9",)])
def test_a_demand_about_no_known_debt_is_still_judged(debts: tuple[str, ...]):
    fee = demand(Charge.COLLECTION_FEE)
    assert "EXTRA_FEE" in verdict(proposal=a_proposal(Channel.LETTER, demand=fee, debts=debts)).codes


def test_one_charge_is_one_code_also_when_the_text_names_it():
    facts = some_facts(debts=[Debt("D1", contract_date=date(2026, 9, 1), disclosed_charges=SHEET)])
    letter = a_proposal(Channel.LETTER, text="另收催收费", demand=demand(Charge.COLLECTION_FEE))
    assert verdict(facts=facts, proposal=letter).codes == ("FEE_NOT_DISCLOSED",)
    assert verdict(proposal=letter).codes == ("EXTRA_FEE",)


def test_other_packs_do_not_know_the_sheet():
    facts = some_facts(a_person(pack="us"))
    letter = a_proposal(Channel.LETTER, demand=demand(Charge.COLLECTION_FEE))
    assert verdict("us", facts, letter, US_NOON).allowed


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL, Channel.IM, Channel.LETTER])
def test_a_written_message_without_content_or_a_published_template_is_refused(channel: Channel):
    assert verdict(proposal=a_proposal(channel, content=None)).codes == ("CONTENT_MISSING",)
    draft = Content("你好", published=False, blocks=frozenset(Block))
    assert verdict(proposal=a_proposal(channel, content=draft)).codes == ("TEMPLATE_UNPUBLISHED",)


def test_a_call_needs_no_text():
    assert verdict(proposal=a_proposal(Channel.CALL, content=None)).allowed


@pytest.mark.parametrize(
    ("pack", "channel", "text", "codes"),
    [
        ("cn", Channel.SMS, "{{ lender }}：请回电", ()),
        ("cn", Channel.SMS, "星河银行：请回电", ()),
        ("cn", Channel.SMS, "请回电", ("LENDER_UNNAMED",)),
        ("us", Channel.SMS, "{{lender}}: call us. Reply STOP to opt out.", ()),
        ("us", Channel.EMAIL, "{{ lender | upper }}: call us. {{ opt_out }}", ()),
        ("us", Channel.SMS, "{{ lender }}: call us", ("OPT_OUT_MISSING",)),
        ("us", Channel.LETTER, "{{ lender }}: call us", ()),
        ("us", Channel.SMS, "call us", ("LENDER_UNNAMED", "OPT_OUT_MISSING")),
        ("us", Channel.CALL, "call us", ()),
    ],
)
def test_required_blocks(pack: str, channel: Channel, text: str, codes: tuple[str, ...]):
    facts = some_facts(a_person(pack=pack), lender="星河银行")
    now = NOON if pack == "cn" else US_NOON
    found = verdict(pack, facts, a_proposal(channel, content=Content(text)), now)
    assert found.codes == codes


@pytest.mark.parametrize(
    ("text", "poses"),
    [
        ("您好，这里是星河银行。", True),
        ("您好，我行提醒您还款。", True),
        ("您好，我们是诚达公司，受星河银行委托与您联系。", False),
        ("您好，这里是诚达公司。", False),
        ("【星河银行】提醒您尽快还款。", True),
        ("星河银行通知您尽快还款。", True),
        ("请致电星河银行客服核实。", False),
        ("This is your bank.", True),
        ("This is 星河银行 calling", True),
        ("This is Chengda on behalf of 星河银行", False),
        ("", False),
    ],
)
def test_an_agency_does_not_pose_as_the_lender(text: str, poses: bool):
    facts = some_facts(lender="星河银行", agency="诚达公司")
    assert verdict(facts=facts, proposal=a_proposal(actor="agency-A", text=text)).codes == (
        ("AGENCY_AS_LENDER",) if poses else ()
    )
    assert verdict(facts=facts, proposal=a_proposal(text=text)).allowed, "the lender may"


def test_an_automated_voice_says_so():
    assert verdict(proposal=a_proposal(Channel.AI_CALL)).allowed
    assert verdict(proposal=a_proposal(Channel.AI_CALL, ai_notice=False)).codes == ("AI_NOTICE",)
    assert verdict(proposal=a_proposal(Channel.CALL, ai_notice=False)).allowed


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (
            "Hello, this is Ann Lee calling from Birch Group. Please call me back at 800-555-0100. Thank you.",
            False,
        ),
        ("Hi Bob. This is Ann. Please return my call at (800) 555-0100 between 9 am and 5 pm.", False),
        ("My name is Ann Lee. I am calling from Birch Group. My number is +1 800 555 0100.", False),
        ("Good morning. It is Monday, 10:30. You can reach me at 800-555-0100. Goodbye", False),
        ("Please call us about your loan at 800-555-0100.", True),
        ("This is an urgent matter. Call 800-555-0100.", True),
        ("This is Ann from Birch Debt Recovery. Call me at 800-555-0100.", True),
        ("This is Ann. You will not believe what happened.", True),
        ("", False),
    ],
)
def test_a_limited_voicemail_says_nothing_else(text: str, more: bool):
    assert says_more_than_allowed(text) is more
    facts = some_facts(a_person(pack="us"))
    found = verdict("us", facts, a_proposal(Channel.VOICEMAIL, text=text), US_NOON)
    assert found.codes == (("LCM_EXTRA",) if more else ())
    assert verdict(proposal=a_proposal(Channel.VOICEMAIL, text=text)).allowed, "a rule of America only"


def test_findings_of_a_text_are_remembered():
    words: Any = lexicon()
    assert find(words, "same text", ()) is find(words, "same text", ())


@pytest.mark.parametrize(
    ("breach", "answer"), [(2.0, Answer.REVIEW), (9.0, Answer.DENY)], ids=["likely", "beyond doubt"]
)
def test_a_likeness_is_for_a_person_unless_it_leaves_no_doubt(
    monkeypatch: pytest.MonkeyPatch, breach: float, answer: Answer
):
    text = "手机里那几百个人，明天一早就都晓得你是什么样的人了"
    (seen,) = read(text)
    assert not seen.matches
    model = replace(seen.model, thresholds={"breach": 1.0, "telling": 1.0, "sure": 5.0})
    monkeypatch.setattr(rules, "read", lambda _: (replace(seen, breach=breach, model=model),))
    find.cache_clear()
    (only,) = find(lexicon(), text, ()).breaches
    find.cache_clear()
    assert only.answer is answer
    assert only.of.rules


def test_the_worst_part_of_a_long_text_speaks_for_its_class():
    text = (
        "手机里那几百个人，明天一早就都晓得你是什么样的人了。"
        + "谢谢您的配合，祝您生活愉快。" * 100
        + "我们将通知您的单位领导。"
    )
    (only,) = (each for each in find(lexicon(), text, ()).breaches if each.of.code == "EXPOSURE")
    assert only.answer is Answer.DENY


def test_a_debt_told_without_a_debt_word_is_for_a_person():
    content = Content("您儿子答应我们上周五打过来的钱到今天还没到，您替他想想办法", blocks=frozenset(Block))
    facts = some_facts(a_person(), a_person("P2", Role.CONTACT_PERSON))
    found = verdict(
        facts=facts, proposal=a_proposal(person="P2", purpose=Purpose.RESTORE_CONTACT, content=content)
    )
    assert "THIRD_PARTY_DISCLOSURE" in found.codes
    told = next(each for each in found.reasons if each.code == "THIRD_PARTY_DISCLOSURE")
    assert told.answer is Answer.REVIEW


@pytest.mark.parametrize(
    "text",
    [
        "我们绝不会联系您的家人或单位，请放心。",
        "谨防冒充公安、法院的诈骗，我们不收任何手续费。",
        "We will never call the police or tell your employer.",
    ],
)
def test_a_word_that_is_denied_is_no_breach(text: str):
    assert verdict(proposal=a_proposal(Channel.SMS, text=text)).allowed


def test_a_volunteer_is_told_what_is_needed_to_pay():
    content = Content("应还金额 500 元，请付至对公账户。", blocks=frozenset(Block))
    payer = a_person("P2", Role.CONTACT_PERSON, offered_to_pay_at=NOON)
    asking = a_proposal(person="P2", purpose=Purpose.PAYMENT_INFORMATION, content=content)
    found = verdict(facts=some_facts(a_person(), payer), proposal=asking)
    assert "THIRD_PARTY_DISCLOSURE" not in found.codes
