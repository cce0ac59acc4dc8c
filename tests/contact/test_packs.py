"""Packs and the tenant's own values: what is sound, what is refused, and under which rule."""

from datetime import date
from importlib import resources

import pytest
from pydantic import ValidationError

from dunwell.contact.model import Block, Clocks, Hours, PackBroken, Window
from dunwell.contact.settings import (
    ContactSettings,
    compile_policy,
    contact_faults,
    loosened,
    pack_named,
    policy_for,
    read_pack,
    refusals,
)
from dunwell.contact.settings.packs import FOLDER, Pack
from dunwell.contact.settings.parameters import PARAMETERS, minute_of, window_of

TODAY = date(2026, 11, 23)
PACKS = ("cn", "us", "uk", "eu", "in")


def text_of(name: str) -> str:
    return (resources.files(FOLDER) / f"{name}.toml").read_text("utf-8")


def the_pack(name: str) -> Pack:
    found = pack_named(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", PACKS)
def test_every_value_says_where_it_comes_from_and_since_when(name: str):
    pack = the_pack(name)
    for parameter, entries in pack.entries.items():
        assert parameter in PARAMETERS
        for entry in entries:
            assert entry.value_class in {"L", "S", "M", "O"}
            assert entry.source
            assert entry.rules
        assert [e.effective_from for e in entries] == sorted({e.effective_from for e in entries})


@pytest.mark.parametrize("name", PACKS)
def test_there_is_law_for_every_day_since_1970(name: str):
    for change in the_pack(name).changes():
        assert policy_for(name, ContactSettings(), 1, change) is not None
    assert policy_for(name, ContactSettings(), 1, date(1969, 12, 31)) is None


@pytest.mark.parametrize("name", ["zz", "", "../cn", "CN", "cnn"])
def test_an_unknown_pack_is_none(name: str):
    assert pack_named(name) is None
    assert policy_for(name, ContactSettings(), 1, TODAY) is None


def test_which_rule_applied_on_a_day_has_an_answer():
    pack = the_pack("cn")
    before, after = (
        pack.entry("attempts_hard_per_day", date(2026, 1, 29)),
        pack.entry("attempts_hard_per_day", date(2026, 1, 30)),
    )
    assert before is not None
    assert after is not None
    assert (before.value_class, after.value_class) == ("O", "S")
    assert pack.entry("validation_days", TODAY) is None


def test_a_policy_is_the_same_object_until_the_law_or_the_tenant_changes():
    one = policy_for("cn", ContactSettings(), 1, TODAY)
    assert one is policy_for("cn", ContactSettings(), 1, date(2026, 11, 24))
    assert one is not policy_for("cn", ContactSettings(), 2, TODAY)
    assert one is not policy_for("cn", ContactSettings(), 1, date(2026, 1, 1))


def changed(old: str, new: str, name: str = "cn") -> str:
    text = text_of(name)
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "field", "word"),
    [
        ("not toml =", "x.toml", "Expected"),
        (changed('version = "1"', 'version = "1"\nsurprise = 1'), "surprise", "Extra inputs"),
        (changed("[[parameters.window]]", "[[parameters.windo]]"), "parameters.windo.0", "no such parameter"),
        (changed('from = "08:00"', 'from = "25:00"'), "parameters.window.0", "no such time"),
        (changed('from = "08:00"', 'from = "23:00"'), "parameters.window.0", "ends before"),
        (changed('from = "08:00"', 'till = "08:00"'), "parameters.window.0", "unknown key"),
        (changed('class = "S"', 'class = "X"'), "parameters.window.1.class", "Input should be"),
        (changed("effective_from = 2025-03-13", "effective_from = 1970-01-01"), "parameters.window.1", "overlaps"),
        (changed("effective_from = 2025-03-13", "effective_from = 1960-01-01"), "parameters.window.1", "overlaps"),
        (changed("limit = 6", "limit = 2"), "parameters.attempts_per_number_per_day.0", "looser"),
        (changed("Asia/Shanghai", "Asia/Nowhere"), "parameters.legal_zone.0", "time zone"),
        (changed('"legal_and_profile"', '"sundial"'), "parameters.clocks.0", "sundial"),
        (changed("value = true", "value = 1"), "parameters.consent_slots.0", "true or false"),
        (changed("value = 5\n", "value = true\n"), "parameters.guard_call_minutes.0", "whole number"),
        (changed("value = 5\n", "value = 2000\n"), "parameters.guard_call_minutes.0", "whole number"),
        (changed("value = 3\n", "value = 0\n"), "parameters.connected_calls_per_day.0", "at least 1"),
        (changed('["lender"]', '["moon"]'), "parameters.required_blocks.0", "moon"),
        (changed('["lender"]', '"lender"'), "parameters.required_blocks.0", "a list"),
        (changed("2026-08-01", '"soon"'), "parameters.fee_sheet_from.0", "a day"),
        (changed('"Asia/Shanghai"', '""'), "parameters.legal_zone.0", "a text"),
        (changed('"lost_contact"', '"ask"'), "parameters.contact_persons.0", "ask"),
    ],
)  # fmt: skip
def test_an_unsound_pack_is_refused_with_field_and_line(text: str, field: str, word: str):
    with pytest.raises(PackBroken) as refused:
        read_pack(text, "x.toml")
    faults = {fault.field: fault for fault in refused.value.faults}
    assert field in faults
    assert word in faults[field].problem
    if field.startswith("parameters."):
        head = text.splitlines()[(faults[field].line or 0) - 1]
        assert head == f"[[parameters.{field.split('.')[1]}]]"


def test_a_pack_without_a_necessary_parameter_is_refused():
    text = text_of("cn").replace("[[parameters.touches_per_day]]", "[[parameters.visit_team]]")
    with pytest.raises(PackBroken) as refused:
        read_pack(text, "x.toml")
    assert "parameters.touches_per_day" in {fault.field for fault in refused.value.faults}


def test_a_parameter_that_is_not_in_force_yet_leaves_no_policy():
    text = changed("effective_from = 1970-01-01", "effective_from = 1980-01-01", "eu")
    pack = read_pack(text, "eu.toml")
    assert compile_policy(pack, ContactSettings(), 1, date(1975, 1, 1)) is None
    assert compile_policy(pack, ContactSettings(), 1, date(1985, 1, 1)) is not None


@pytest.mark.parametrize(
    ("value", "minute"), [("00:00", 0), ("08:30", 510), ("24:00", 1440), ("23:59", 1439)]
)
def test_times_of_day(value: str, minute: int):
    assert minute_of(value) == minute


@pytest.mark.parametrize("value", ["8:00", "08-00", "ab:cd", "24:01", "12:60", 800, None])
def test_what_is_no_time_of_day(value: object):
    with pytest.raises(ValueError, match="time of day"):
        minute_of(value)


@pytest.mark.parametrize(
    "value",
    [
        "08:00",
        {"from": "08:00", "to": "09:00", "days": []},
        {"from": "08:00", "to": "09:00", "days": ["someday"]},
        {"from": "08:00", "to": "09:00", "days": "mon"},
    ],
)
def test_what_is_no_window(value: object):
    with pytest.raises(ValueError, match="must be"):
        window_of(value)


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
    assert policy.required_blocks == {Block.LENDER}


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


@pytest.mark.parametrize(
    ("parameter", "stricter", "looser"),
    [
        ("window", Window(Hours(540, 720)), Window(Hours(420, 720))),
        ("touches_per_day", 1, 3),
        ("letters_days_apart", 9, 1),
        ("visits", False, True),
        ("recorder_required", True, False),
        ("clocks", Clocks.LEGAL, Clocks.PROFILE),
    ],
)
def test_which_of_two_values_is_the_looser(parameter: str, stricter: object, looser: object):
    spec = PARAMETERS[parameter]
    assert spec.looser(looser, stricter)
    assert not spec.looser(stricter, stricter)
