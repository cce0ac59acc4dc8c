"""Packs and the tenant's own values: what is sound, what is refused, and under which rule."""

from datetime import date
from importlib import resources

import pytest

from dunwell.contact.model import Clocks, Hours, Window
from dunwell.contact.settings import (
    ContactSettings,
    compile_policy,
    pack_named,
    policy_for,
    read_pack,
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


def test_a_parameter_that_is_not_in_force_yet_leaves_no_policy():
    text = text_of("eu").replace("effective_from = 1970-01-01", "effective_from = 1980-01-01", 1)
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
