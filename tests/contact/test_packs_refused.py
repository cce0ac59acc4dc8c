"""Bad pack files: each is refused with file, line, what is wrong, and the rule that it is about."""

from importlib import resources

import pytest

from dunwell.contact.settings import read_pack
from dunwell.contact.settings.packs import FOLDER
from dunwell.packs import PackUnsound


def text_of(name: str) -> str:
    return (resources.files(FOLDER) / f"{name}.toml").read_text("utf-8")


def spoilt(old: str, new: str, name: str = "cn") -> tuple[str, str]:
    """A pack with one text replaced, and the text that the faulty line holds."""
    text = text_of(name)
    assert old in text
    return text.replace(old, new, 1), new.splitlines()[-1]


def faults_of(text: str) -> dict[str, tuple[int | None, str]]:
    with pytest.raises(PackUnsound) as refused:
        read_pack(text, "cn.toml")
    return {fault.field: (fault.line, fault.problem) for fault in refused.value.faults}


# What was changed → the key that is named, what is said of it, and the rule.
BAD = [
    (spoilt('version = "1"', 'version = "1"\nsurprise = 1'), "surprise", "unknown key", ""),
    (spoilt('class = "S"', 'class = "X"'), "parameters.window.1.class", "'L', 'S', 'M' or 'O'", ""),
    (spoilt('source = "S2"', 'source = ""'), "parameters.window.1.source", "is empty", ""),
    (spoilt('rules = ["CN-HRS-01", "CN-HRS-02"]', "rules = []"), "parameters.window.0.rules", "rule", ""),
    (
        spoilt("effective_from = 2025-03-13", 'effective_from = "soon"'),
        "parameters.window.1.effective_from",
        "date",
        "",
    ),
    (
        spoilt("effective_from = 2025-03-13\n", "effective_from = 2025-03-13\nuntil = 1\n"),
        "parameters.window.1.until",
        "unknown key",
        "",
    ),
    (
        spoilt('tenant = "stricter"', 'tenant = "looser"'),
        "parameters.window.0.tenant",
        "'fixed', 'stricter' or 'free'",
        "",
    ),
    (spoilt('INBOUND = ["OURS-INB-01"]', "INBOUND = []"), "codes.INBOUND", "rule", ""),
    (spoilt('countries = ["CN"]', 'countries = ["China"]'), "countries.0", "pattern", ""),
    (spoilt("[[parameters.window]]", "[[parameters.windo]]"), "parameters.windo.0", "no such parameter", ""),
    (
        spoilt('value = { from = "08:00"', 'value = { from = "25:00"'),
        "parameters.window.0.value",
        "no such time of day",
        "CN-HRS-01",
    ),
    (
        spoilt('value = { from = "08:00"', 'value = { from = "23:00"'),
        "parameters.window.0.value",
        "ends before it begins",
        "CN-HRS-01",
    ),
    (
        spoilt('value = { from = "08:00"', 'value = { till = "08:00"'),
        "parameters.window.0.value",
        "unknown key 'till'",
        "CN-HRS-01",
    ),
    (
        spoilt("effective_from = 2025-03-13", "effective_from = 1970-01-01"),
        "parameters.window.1.effective_from",
        "overlaps the entry in force from 1970-01-01",
        "CN-HRS-02",
    ),
    (
        spoilt("effective_from = 2025-03-13", "effective_from = 1960-01-01"),
        "parameters.window.1.effective_from",
        "overlaps the entry in force from 1970-01-01",
        "CN-HRS-02",
    ),
    (
        spoilt("limit = 6", "limit = 2"),
        "parameters.attempts_per_number_per_day.0.limit",
        "looser than its own limit",
        "CN-FRQ-03",
    ),
    (
        spoilt("limit = 6", 'limit = "six"'),
        "parameters.attempts_per_number_per_day.0.limit",
        "whole number",
        "CN-FRQ-03",
    ),
    (
        spoilt('value = "Asia/Shanghai"', 'value = "Asia/Nowhere"'),
        "parameters.legal_zone.0.value",
        "no such time zone",
        "CN-HRS-03",
    ),
    (
        spoilt('value = "legal_and_profile"', 'value = "sundial"'),
        "parameters.clocks.0.value",
        "sundial",
        "CN-HRS-03",
    ),
    (spoilt("value = true", "value = 1"), "parameters.consent_slots.0.value", "true or false", "CN-HRS-01"),
    (
        spoilt("value = 5\n", "value = true\n"),
        "parameters.guard_call_minutes.0.value",
        "whole number",
        "CN-HRS-04",
    ),
    (
        spoilt("value = 5\n", "value = 2000\n"),
        "parameters.guard_call_minutes.0.value",
        "whole number",
        "CN-HRS-04",
    ),
    (
        spoilt("value = 3\n", "value = 0\n"),
        "parameters.connected_calls_per_day.0.value",
        "at least 1",
        "CN-FRQ-01",
    ),
    (
        spoilt("value = 2026-08-01", 'value = "soon"'),
        "parameters.fee_sheet_from.0.value",
        "a day",
        "CN-FEE-09",
    ),
    (
        spoilt('value = "lost_contact"', 'value = "ask"'),
        "parameters.contact_persons.0.value",
        "ask",
        "CN-TP-02",
    ),
]


@pytest.mark.parametrize(("bad", "key", "says", "rule"), BAD, ids=[f"{row[1]}-{row[2]}" for row in BAD])
def test_a_bad_pack_is_refused_with_file_line_and_rule(
    bad: tuple[str, str], key: str, says: str, rule: str
) -> None:
    text, spoilt_line = bad
    line, problem = faults_of(text)[f"cn.toml:{key}"]
    assert says in problem
    assert rule in problem
    assert spoilt_line in text.splitlines()[(line or 0) - 1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('pack = "cn"\nversion =\n', 2),
        ('pack = "cn"\nversion = "1', 2),
        ('pack = "cn"\n\n[[parameters.window\n', 3),
        ('pack = "cn"\npack = "us"\n', 2),
    ],
)
def test_what_is_no_toml_is_refused_with_its_line(text: str, line: int) -> None:
    ((found, problem),) = faults_of(text).values()
    assert found == line
    assert problem.startswith("not TOML")


def test_every_fault_is_told_in_the_order_of_lines() -> None:
    text = text_of("cn").replace("value = 5\n", "value = true\n", 1).replace('class = "S"', 'class = "L"')
    text = text.replace('from = "08:00"', 'from = "8"', 2)
    with pytest.raises(PackUnsound) as refused:
        read_pack(text, "cn.toml")
    lines = [fault.line for fault in refused.value.faults]
    assert len(lines) == 3
    assert lines == sorted(lines, key=lambda line: line or 0)


def test_a_necessary_parameter_that_is_missing_is_named() -> None:
    text = text_of("cn").replace("[[parameters.touches_per_day]]", "[[parameters.visit_team]]")
    assert faults_of(text)["cn.toml:parameters.touches_per_day"] == (1, "missing")


def test_a_pack_of_the_gate_names_its_countries() -> None:
    assert faults_of(text_of("cn").replace('countries = ["CN"]\n', ""))["cn.toml:countries"] == (1, "missing")
