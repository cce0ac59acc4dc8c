"""A lender's own values: what it may tighten, what is refused, under which rule and on which line."""

import re
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from pydantic import ValidationError

from dunwell.contact.model import Block, Clocks, ContactPersons, Hours, Window
from dunwell.contact.settings import (
    ContactSettings,
    contact_faults,
    loosened,
    policy_for,
    read_pack,
    refusals,
)
from dunwell.contact.settings.parameters import PARAMETERS
from dunwell.contact.settings.tenant import RENAMED
from dunwell.kernel.errors import Fault
from dunwell.tenancy.files import check, read
from dunwell.tenant_files import CHECKS
from tests.contact.test_packs import TODAY, text_of, the_pack


@pytest.mark.parametrize(
    ("pack", "own", "code", "rule"),
    [
        ("cn", {"attempts_per_number_per_day": 7}, "ATTEMPT_CAP_HARD", "CN-FRQ-03"),
        ("cn", {"contact_hours": {"from": "07:59", "to": "22:00"}}, "QUIET_HOURS", "CN-HRS-01"),
        ("cn", {"contact_hours": {"from": "08:00", "to": "22:01"}}, "QUIET_HOURS", "CN-HRS-01"),
        ("uk", {"contact_hours": {"from": "09:00", "to": "19:00", "days": ["sun"]}}, "QUIET_HOURS", "UK-HRS-01"),
        ("cn", {"visit_hours": {"from": "08:00", "to": "21:00"}}, "QUIET_HOURS", "CN-VIS-06"),
        ("cn", {"connected_calls_per_day": 4}, "VOICE_DAY_CAP_POOLED", "CN-FRQ-01"),
        ("us", {"calls_per_debt_per_7_days": 8}, "CALL_7IN7", "US-FRQ-01"),
        ("us", {"messages_per_day": 2}, "MESSAGE_DAY_CAP", "US-CHN-01"),
        ("cn", {"letters_days_apart": 6}, "LETTER_INTERVAL", "CN-FRQ-06"),
        ("cn", {"visits_days_apart": 1}, "VISIT_FREQ", "CN-FRQ-06"),
    ],
)  # fmt: skip
def test_a_looser_value_is_refused_with_its_rule(pack: str, own: dict[str, object], code: str, rule: str):
    settings = ContactSettings.model_validate(own)
    (found,) = loosened(the_pack(pack), settings, TODAY)
    assert found.code == code
    assert rule in found.rules
    (fault,) = refusals(the_pack(pack), settings, TODAY)
    assert fault.field in own
    assert rule in fault.problem


@pytest.mark.parametrize(
    ("pack", "own"),
    [
        ("cn", {}),
        ("cn", {"attempts_per_number_per_day": 6}),
        ("us", {"attempts_per_number_per_day": 9}),
        ("cn", {"dual_clock": False, "guard_minutes": {"call": 0, "message": 0}}),
        ("us", {"dual_clock": False, "visits": True}),
        ("cn", {"visits": False, "recorder": True}),
        ("cn", {"contact_hours": {"from": "09:00", "to": "18:00", "days": ["mon"]}, "visits_days_apart": 30}),
    ],
)
def test_what_a_tenant_may_choose(pack: str, own: dict[str, object]):
    assert loosened(the_pack(pack), ContactSettings.model_validate(own), TODAY) == []


def test_a_value_that_a_later_law_forbids_is_refused_today():
    text = text_of("us").replace(
        '[[parameters.touches_per_day]]\nvalue = 3\nclass = "O"\nsource = "OURS"\nrules = ["US-FRQ-01"]\n'
        'effective_from = 1970-01-01\ntenant = "stricter"\n',
        '[[parameters.touches_per_day]]\nvalue = 3\nclass = "O"\nsource = "OURS"\nrules = ["US-FRQ-01"]\n'
        'effective_from = 1970-01-01\ntenant = "stricter"\n'
        '[[parameters.touches_per_day]]\nvalue = 1\nclass = "L"\nsource = "S99"\nrules = ["US-NEW-01"]\n'
        'effective_from = 2027-01-01\ntenant = "stricter"\n',
    )
    (found,) = loosened(read_pack(text, "us.toml"), ContactSettings(touches_per_day=2), TODAY)
    assert (found.rules, found.effective_from) == (("US-NEW-01",), date(2027, 1, 1))


@pytest.mark.parametrize(
    "own",
    [
        {"surprise": 1},
        {"contact_hours": {"from": "20:00", "to": "08:00"}},
        {"contact_hours": {"from": "8", "to": "20:00"}},
        {"contact_hours": {"to": "20:00"}},
        {"contact_hours": {"from": "08:00", "to": "20:00", "days": ["someday"]}},
        {"messages_per_day": 0},
        {"messages_per_day": True},
        {"messages_per_day": "1"},
        {"guard_minutes": {"call": -1}},
        {"attempts_per_number_per_day": 0},
    ],
)
def test_a_wrong_file_is_refused(own: dict[str, object]):
    with pytest.raises(ValidationError):
        ContactSettings.model_validate(own)


def test_own_values_replace_the_packs():
    own = ContactSettings.model_validate({
        "contact_hours": {"from": "09:00", "to": "12:00"},
        "dual_clock": False,
        "guard_minutes": {"message": 30},
        "touches_per_day": 1,
        "visits": False,
    })  # fmt: skip
    policy = policy_for("cn", own, 7, TODAY)
    assert policy is not None
    assert policy.window == Window(Hours(540, 720))
    assert policy.visit_window == Window(Hours(540, 720))
    assert policy.clocks is Clocks.LEGAL
    assert (policy.guard_call_minutes, policy.guard_message_minutes) == (5, 30)
    assert (policy.touches_per_day, policy.visits, policy.policy_version) == (1, False, 7)
    assert policy.required_blocks[0].blocks == {Block.LENDER}


def test_before_there_was_law_the_tenants_hours_stand_alone():
    own = ContactSettings.model_validate({"contact_hours": {"from": "09:00", "to": "12:00"}})
    assert dict(own.own_values(the_pack("cn"), date(1960, 1, 1))) == {"window": Window(Hours(540, 720))}


@pytest.mark.parametrize(
    ("own", "field"), [({"contact_hours": {"from": "09:00"}}, "to"), ({"guard_minutes": {"sms": 1}}, "sms")]
)
def test_a_fault_of_the_file_names_its_key(own: dict[str, object], field: str):
    with pytest.raises(ValidationError, match=field):
        ContactSettings.model_validate(own)


@pytest.mark.parametrize(
    ("files", "fields"),
    [
        ({"tenant": {"pack": "cn"}}, []),
        ({"tenant": {"pack": "cn"}, "contact": {"messages_per_day": 1, "recorder": True}}, []),
        ({"tenant": {"pack": "zz"}}, ["tenant.toml:pack"]),
        ({}, ["tenant.toml:pack"]),
        ({"tenant": {"pack": "cn"}, "contact": {"surprise": 1}}, ["contact.toml:surprise"]),
        (
            {"tenant": {"pack": "cn"}, "contact": {"guard_minutes": {"sms": 1}}},
            ["contact.toml:guard_minutes.sms"],
        ),
        ({"tenant": {"pack": "us"}, "contact": {"messages_per_day": 2}}, ["contact.toml:messages_per_day"]),
        (
            {"tenant": {"pack": "cn"}, "contact": {"contact_hours": {"from": "07:00", "to": "23:00"}}},
            ["contact.toml:contact_hours"],
        ),
    ],
)
def test_what_publishing_asks_of_the_file(files: dict[str, dict[str, object]], fields: list[str]):
    assert [fault.field for fault in contact_faults(files)] == fields


# What is no matter of degree: clocks and blocks of the law, and its dates.
NOT_A_LENDERS = {"legal_zone", "required_blocks", "fee_sheet_from"}


@pytest.mark.parametrize("parameter", sorted(set(PARAMETERS) - NOT_A_LENDERS))
def test_every_parameter_that_can_be_tightened_has_a_key(parameter: str) -> None:
    key, _, inside = RENAMED.get(parameter, parameter).partition(".")
    assert key in ContactSettings.model_fields
    assert inside in ("", "call", "message")


def test_the_default_file_names_every_key_there_is() -> None:
    text = (resources.files("tenants") / "_defaults" / "contact.toml").read_text("utf-8")
    assert set(re.findall(r"^(?:# )?([a-z_0-9]+) = ", text, re.MULTILINE)) == set(
        ContactSettings.model_fields
    )


# Strictest values, each beyond any pack.
STRICTEST: dict[str, object] = {
    "consent_slots": False,
    "silence_after_promise": True,
    "attempts_hard_per_day": 1,
    "talk_silence_days": 30,
    "visit_team": 3,
    "visit_notice_hours": 72,
    "visit_consent_by_place": True,
    "visits_spare_vulnerable": True,
    "visit_papers": True,
    "visit_filming_consent": True,
    "visit_home_first": True,
    "holidays_bar_visits": True,
    "holidays_bar_calls": True,
    "sensitive_days": True,
    "contact_persons": "never",
    "contact_person_calls_per_day": 0,
    "contact_person_calls_in_all": 0,
    "contact_persons_per_case": 0,
    "lost_after_calls": 9,
    "lost_minutes_apart": 240,
    "lost_after_days": 9,
    "spouse_rule": True,
    "guarantee_months": 0,
    "outsourcing_notice": True,
    "assignment_notice": True,
    "transfer_notice": True,
    "validation_days": 0,
    "text_confirmed_days": 1,
    "agent_certificate_months": 1,
    "agency_review_months": 1,
    "recorder_required": True,
    "breathing_space_days": 90,
    "crisis_days_after": 90,
    "debt_adviser_days": 90,
    "closing_notice_passes_cease": False,
    "collection_fee_forbidden": True,
    "limited_voicemail": True,
    "barred_debts_reviewed": True,
    "vulnerable_reviewed": True,
    "complaint_pauses_agency": True,
    "automated_consent": True,
    "work_email_barred": True,
    "opt_out_covers_automated": True,
    "ai_human_on_request": True,
}


@pytest.mark.parametrize("pack", ["cn", "us", "uk", "eu", "in"])
@pytest.mark.parametrize("key", sorted(STRICTEST))
def test_a_lender_may_always_be_stricter(pack: str, key: str) -> None:
    settings = ContactSettings.model_validate({key: STRICTEST[key]})
    assert loosened(the_pack(pack), settings, date(1970, 1, 1)) == []
    policy = policy_for(pack, settings, 1, TODAY)
    assert policy is not None
    assert getattr(policy, key) == STRICTEST[key]


@pytest.mark.parametrize(
    ("pack", "own", "rule"),
    [
        ("cn", {"visit_team": 1}, "CN-VIS-01"),
        ("cn", {"contact_persons": "location"}, "CN-TP-02"),
        ("uk", {"contact_persons": "lost_contact"}, "UK-CON-01"),
        ("cn", {"lost_minutes_apart": 5}, "CN-TP-03"),
        ("cn", {"agent_certificate_months": 24}, "CN-TRN-01"),
        ("cn", {"recorder_required": False}, "CN-REC-04"),
        ("eu", {"consent_slots": True}, "EU-HRS-01"),
        ("us", {"talk_silence_days": 3}, "US-FRQ-02"),
        ("uk", {"breathing_space_days": 30}, "UK-BRS-01"),
    ],
)
def test_looser_than_the_law_is_refused_whatever_the_key(
    pack: str, own: dict[str, object], rule: str
) -> None:
    (fault,) = refusals(the_pack(pack), ContactSettings.model_validate(own), TODAY)
    assert [fault.field] == list(own)
    assert rule in fault.problem


def test_what_is_closed_without_a_rule_is_not_opened_by_a_value() -> None:
    settings = ContactSettings(closing_notice_passes_cease=True)
    (found,) = loosened(the_pack("eu"), settings, TODAY)
    assert found.rules == ()
    (fault,) = refusals(the_pack("eu"), settings, TODAY)
    assert "has no such rule" in fault.problem


def test_nobody_but_who_owes_is_a_choice() -> None:
    policy = policy_for("cn", ContactSettings(contact_persons=ContactPersons.NEVER), 1, TODAY)
    assert policy is not None
    assert policy.contact_persons is ContactPersons.NEVER


TENANT = """\
name = "试"
name_en = "Try"
country = "CN"
zone = "Asia/Shanghai"
locale = "zh"
currency = "CNY"
pack = "cn"
sandbox = true
"""
CADENCE = """\
# one step

[[cadences]]
name = "short"

[[cadences.steps]]
key = "late-1"
day = 1
channel = "sms"
template = "nowhere"
"""


def published(folder: Path, **texts: str) -> list[Fault]:
    for name, text in ({"tenant": TENANT} | texts).items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return check(read("trial", folder), CHECKS)


@pytest.mark.parametrize(
    ("name", "text", "field", "line", "says"),
    [
        (
            "contact",
            "\n# ours\nmessages_per_day = 2\n",
            "contact.toml:messages_per_day",
            3,
            "CN-FRQ-07 (MESSAGE_DAY_CAP)",
        ),
        (
            "contact",
            "messages_per_day = 1\nattempts_per_number_per_day = 7\n",
            "contact.toml:attempts_per_number_per_day",
            2,
            "CN-FRQ-03 (ATTEMPT_CAP_HARD)",
        ),
        (
            "contact",
            '[contact_hours]\nfrom = "07:00"\nto = "23:00"\n',
            "contact.toml:contact_hours",
            1,
            "CN-HRS-01",
        ),
        (
            "contact",
            '\ncontact_hours = { from = "20:00", to = "08:00" }\n',
            "contact.toml:contact_hours.to",
            2,
            "ends before it begins",
        ),
        (
            "contact",
            '\ncontact_hours = { from = "8", to = "20:00" }\n',
            "contact.toml:contact_hours.to",
            2,
            "time of day",
        ),
        ("contact", "\n\nmessages = 1\n", "contact.toml:messages", 3, "unknown key"),
        ("contact", "guard_minutes = { sms = 1 }\n", "contact.toml:guard_minutes.sms", 1, "unknown key"),
        (
            "contact",
            "visits = true\nvisit_team = 1\n",
            "contact.toml:visit_team",
            2,
            "CN-VIS-01 (VISIT_TEAM)",
        ),
        ("contact", "visits = true\nvisit_team =\n", "contact.toml", 2, "not TOML"),
        (
            "strategy",
            CADENCE,
            "strategy.toml:cadences.0.steps.0.template",
            10,
            "there is no templates/nowhere.toml",
        ),
        ("strategy", CADENCE.replace("late-1", "LATE"), "strategy.toml:cadences.0.steps.0.key", 7, "pattern"),
        ("tenant", TENANT.replace('"cn"', '"zz"'), "tenant.toml:pack", 7, "no such rule pack"),
    ],
)
def test_publishing_refuses_with_file_line_and_rule(
    tmp_path: Path, name: str, text: str, field: str, line: int, says: str
) -> None:
    found = {fault.field: fault for fault in published(tmp_path, **{name: text})}
    assert field in found
    assert found[field].line == line
    assert says in found[field].problem
    assert found[field].remedy


def test_a_fault_of_a_default_points_at_the_default(tmp_path: Path) -> None:
    found = published(tmp_path, tenant=TENANT.replace("sandbox = true\n", ""))
    assert {fault.field for fault in found} == {
        "_defaults/channels.toml:sms.provider",
        "_defaults/channels.toml:email.provider",
    }
    assert all(fault.line for fault in found)


def test_what_stands_in_a_list_of_ones_own_is_never_blamed_on_the_default(tmp_path: Path) -> None:
    step = '{ key = "d1", day = 1, channel = "sms", template = "nowhere" }'
    text = f'\ncadences = [{{ name = "short", steps = [{step}] }}]\n'
    (fault,) = published(tmp_path, strategy=text)
    assert (fault.field, fault.line) == ("strategy.toml:cadences.0.steps.0.template", 2)
