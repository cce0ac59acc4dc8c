"""The content check: what is asked of words, of facts, and of who is written to."""

from datetime import UTC, date, datetime

import pytest

from dunwell.channels.settings import check_files
from dunwell.contact.content import Label, Means, Message, check
from dunwell.contact.content.people import day, entitled, inbound, truthy


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("这里是公安局经侦支队，通知您到案", "IMPERSONATION"),
        ("This is Officer Daniels, there is a warrant for your arrest.", "IMPERSONATION"),
        ("我们已向人民法院起诉您", "FALSE_LEGAL"),
        ("We have sued you. Expect the summons any day.", "FALSE_LEGAL"),
        ("您将列入全国黑名单", "FAKE_BLACKLIST"),
        ("You will be blacklisted for life", "FAKE_BLACKLIST"),
        ("再不还后果自负，打断你的腿", "THREAT"),
        ("Pay or else, you deadbeat", "THREAT"),
        ("我们将联系您的单位和家人，并曝光您的信息", "EXPOSURE"),
        ("We will tell your employer and your parents", "EXPOSURE"),
        ("您可以先从别的平台借一笔来还", "INDUCE_BORROWING"),
        ("Just take out a payday loan or sell your car", "INDUCE_BORROWING"),
        ("另收上门费300元，转到我个人账户", "EXTRA_FEE"),
        ("There is a collection fee of $75, pay me directly", "EXTRA_FEE"),
        ("付三百我帮您洗白征信", "CR_REPAIR_WINDOW"),
        ("We can erase your credit record for 300", "CR_REPAIR_WINDOW"),
        ("还完保证再给您下款三万", "FALSE_PROMISE"),
        ("Pay now and a new loan is guaranteed", "FALSE_PROMISE"),
    ],
)
def test_each_class_is_seen_with_its_rules(text: str, code: str):
    found = check(Message(text))
    assert found.label is Label.BLOCK
    assert code in found.classes
    assert all(hit.rules for hit in found.hits)
    assert found.found


@pytest.mark.parametrize(
    "text",
    [
        "您好，您的借款已逾期3天，应还1,234.56元，请通过官方App还款，如有疑问请致电客服。",
        "我们绝不会联系您的家人或单位。",
        "谨防冒充公安、法院的诈骗短信，我们不会要求您转到个人账户。",
        "请勿套现或借其他平台还款，如有困难请与我们协商。",
        "你好",
        "",
        "Hello, your payment of $250.00 was due on 5 May. Please call us. Reply STOP to opt out.",
        "We will never call the police or tell your employer.",
        "Please do not borrow elsewhere to repay us.",
        "Hello",
    ],
)
def test_what_is_innocent_passes(text: str):
    assert check(Message(text)).label is Label.OK


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("手机里那几百个人，明天一早就都晓得你是什么样的人了", "EXPOSURE"),
        ("你女儿几点放学我们清楚得很", "THREAT"),
        ("How do you think your boss will feel when she gets a copy of this?", "EXPOSURE"),
        ("I know which school your daughter goes to. Something to think about.", "THREAT"),
    ],
)
def test_a_paraphrase_has_no_forbidden_word(text: str, code: str):
    found = check(Message(text))
    assert found.label is Label.BLOCK
    assert any(hit.means is Means.LIKENESS for hit in found.hits)
    assert set(found.classes) <= {code, "THREAT", "EXPOSURE"}


def test_a_docket_number_excuses_a_legal_step_and_nothing_else():
    proven = {"docket_no": "(2026)沪01民初1号"}
    assert check(Message("本案已向法院起诉", facts=proven)).label is Label.OK
    for none in ({}, {"docket_no": ""}, {"docket_no": None}, {"docket_no": "none"}):
        assert check(Message("本案已向法院起诉", facts=none)).classes == ("FALSE_LEGAL",)
    assert "THREAT" in check(Message("本案已起诉，不还打断你的腿", facts=proven)).classes


def test_the_state_repaired_records_until_march_2026():
    text = "付三百我帮您修复征信"
    assert "CR_REPAIR_WINDOW" not in check(Message(text, facts={"date": "2026-03-31"})).classes
    assert "CR_REPAIR_WINDOW" in check(Message(text, facts={"date": "2026-04-01"})).classes


@pytest.mark.parametrize(
    ("recipient", "facts", "may"),
    [
        ("debtor", {}, True),
        ("Co-Debtor", {}, True),
        ("guarantor", {}, True),
        ("attorney", {}, True),
        ("heir", {}, True),
        ("heir", {"inheritance": "refused"}, False),
        ("heir", {"inheritance_refused": True}, False),
        ("spouse", {}, False),
        ("spouse", {"liability": "co_signed"}, True),
        ("spouse", {"co_signed": True}, True),
        ("spouse", {"family_use_proven": "yes"}, True),
        ("contact_person", {}, False),
        ("contact_person", {"offered_to_pay": True}, True),
        ("contact_person", {"offered_to_pay": "no"}, False),
        ("third_party", {"authorised": True}, True),
        ("neighbour's cat", {}, False),
    ],
)
def test_who_may_hear_of_a_debt(recipient: str, facts: dict[str, object], may: bool):
    told = check(Message("他的贷款已逾期三个月", recipient=recipient, facts=facts))
    assert ("THIRD_PARTY_DISCLOSURE" in told.classes) is not may
    if not may:
        asked = check(Message("请转告他给我们回个电话，谢谢", recipient=recipient, facts=facts))
        assert asked.label is Label.OK


@pytest.mark.parametrize(
    "text",
    [
        "我失业了，三个月没有收入",
        "我妈刚去世",
        "不想活了",
        "在住院，下周手术",
        "I lost my job last month",
        "My wife passed away on Sunday",
    ],
)
def test_distress_is_for_a_person_to_see(text: str):
    found = check(Message(text, stage="inbound"))
    assert found.label is Label.REVIEW
    assert found.classes == ("DISTRESS",)


@pytest.mark.parametrize(
    "text", ["你们骂我骗子，我要投诉", "Stop telling my boss!", "今天能分期吗", "OK, I will pay on Friday"]
)
def test_what_the_other_side_says_is_no_breach_of_ours(text: str):
    assert check(Message(text, stage="inbound")).label is Label.OK
    assert check(Message(text, facts={"direction": "inbound"})).label is Label.OK


def test_a_debt_barred_by_time_is_not_spoken_of_with_a_court():
    assert "TIME_BARRED" in check(Message("We may take you to court.", facts={"time_barred": True})).classes
    assert "TIME_BARRED" not in check(Message("Please call us.", facts={"statute_barred": True})).classes


def test_an_agency_is_not_the_lender():
    facts = {"agency": "诚达公司", "lender": "星河银行"}
    assert check(Message("您好，这里是星河银行。", facts=facts)).classes == ("AGENCY_AS_LENDER",)
    assert check(Message("您好，我行提醒您。", facts={"actor": "agency-A"})).classes == ("AGENCY_AS_LENDER",)
    assert check(Message("您好，诚达公司受星河银行委托与您联系。", facts=facts)).label is Label.OK
    assert check(Message("您好，这里是星河银行。", facts={"lender": "星河银行"})).label is Label.OK


def test_other_facts():
    silent = Message("您好，请回电。", channel="ai_call", facts={"ai_notice": False})
    assert check(silent).classes == ("AI_NOTICE",)
    more = Message(
        "This is Ann. My cat is well.",
        channel="voicemail",
        facts={"jurisdiction": "us", "limited_content": True},
    )
    assert "LCM_EXTRA" in check(more).classes
    wanted: dict[str, object] = {"required_blocks": ["lender", "opt_out"], "lender": "Halden"}
    assert check(Message("Halden: please call us.", facts=wanted)).classes == ("OPT_OUT_MISSING",)
    assert check(Message("Please call us.", facts=wanted)).classes == ("LENDER_UNNAMED", "OPT_OUT_MISSING")
    assert check(Message("Halden: please call us. Reply STOP.", facts=wanted)).label is Label.OK


def test_facts_are_read_with_care():
    assert [truthy(each) for each in ("", "no", None, 0, False, "否", [])] == [False] * 7
    assert all(map(truthy, ("yes", 1, True, "2026-1", [0])))
    assert inbound(Message("x", channel="Inbound"))
    assert entitled(Message("x", recipient=""))
    assert day(Message("x", facts={"date": date(2026, 1, 2)})) == date(2026, 1, 2)
    assert day(Message("x", facts={"now": datetime(2026, 1, 2, 3, tzinfo=UTC)})) == date(2026, 1, 2)
    assert day(
        Message("x", facts={"date": "not a day at all", "today": "2026-01-03T10:00:00+08:00"})
    ) == date(2026, 1, 3)
    assert day(Message("x", facts={"date": 5})) is None
    for odd in ({"docket_no": {"a": 1}}, {"lender": 5, "agency": [1]}, {"required_blocks": "lender"}):
        check(Message("x 已起诉", lang="xx", channel="?", recipient="?", stage="?", facts=odd))


def test_a_template_that_says_what_is_forbidden_is_not_published():
    body = "{{ lender }}：{{ name }}您好，应还 {{ amount }}，否则通知您的单位和家人。{{ objection }}。{{ opt_out }}"
    mild = "{{ lender }}：{{ name }}您好，应还 {{ amount }}，谢谢。{{ objection }}。{{ opt_out }}"
    names = ["lender", "name", "amount", "objection", "opt_out"]
    for email, refused in ((body, True), (mild, False)):
        text = {"zh": {"subject": "{{ lender }}提醒", "email": email, "sms": mild}}
        faults = check_files({"templates/late": {"variables": names, "text": text}})
        told = [each for each in faults if each.field == "templates/late.toml:text.zh.email"]
        assert bool(told) is refused
        assert all("EXPOSURE" in each.problem and "CN-CON-02" in each.problem for each in told)
