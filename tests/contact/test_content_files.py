"""`dunwell content check FILE`: what it reads, refuses and prints."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dunwell.cli import COMMANDS
from dunwell.contact.commands import content
from dunwell.contact.content import Label, files
from dunwell.contact.content.files import check_all, read_messages, tally
from dunwell.kernel.errors import Invalid, TooLarge

BAD = {
    "id": "a",
    "lang": "zh",
    "channel": "sms",
    "recipient": "debtor",
    "stage": "late",
    "facts": {},
    "text": "列入黑名单",
}
GOOD = {"id": 2, "text": "您好，请回电。"}


def raw(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "wrapped",
    [
        [BAD, GOOD],
        {"messages": [BAD, GOOD]},
        {"format": "x/1", "items": [BAD, GOOD]},
        {"cases": [BAD, GOOD], "note": 1},
    ],
)
def test_a_list_however_it_is_wrapped(wrapped: Any):
    assert [each.id for each in read_messages(raw(wrapped))] == ["a", 2]


def test_one_message_a_byte_order_mark_and_defaults():
    (only,) = read_messages(
        b"\xef\xbb\xbf" + raw({"id": 1, "text": "x", "facts": None, "recipient": None, "other": 5})
    )
    assert only.message.recipient == "debtor"
    assert only.message.facts == {}
    assert only.expected is None
    assert read_messages(b"[]") == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1"),
        (b'[{"id": 1,\n "text": }]', "line 2"),
        (b"\xff\xfe", "not UTF-8"),
        (b'"text"', "a JSON list"),
        (b'{"a": 1}', "a JSON list"),
        (b"[" * 100_000, "no JSON|deeply"),
    ],
)
def test_what_is_no_list_of_messages_is_refused(content: bytes, told: str):
    with pytest.raises(Invalid, match=told):
        read_messages(content)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (5, "[0]"),
        ({"text": "x"}, "[0].id"),
        ({"id": True, "text": "x"}, "[0].id"),
        ({"id": "", "text": "x"}, "[0].id"),
        ({"id": 1}, "[0].text"),
        ({"id": 1, "text": ["x"]}, "[0].text"),
        ({"id": 1, "text": "x", "lang": 5}, "[0].lang"),
        ({"id": 1, "text": "x", "recipient": {}}, "[0].recipient"),
        ({"id": 1, "text": "x", "facts": []}, "[0].facts"),
    ],
)
def test_what_is_no_message_is_named(item: Any, field: str):
    with pytest.raises(Invalid) as refused:
        read_messages(raw([item]))
    assert [fault.field for fault in refused.value.faults] == [field]


def test_an_id_is_used_once_and_faults_are_not_endless():
    with pytest.raises(Invalid) as refused:
        read_messages(raw([GOOD, {"id": "2", "text": "x"}]))
    assert refused.value.faults[0].field == "[1].id"
    with pytest.raises(Invalid) as refused:
        read_messages(raw([1] * 1000))
    assert len(refused.value.faults) == files.MOST_FAULTS


def test_a_file_of_any_size_is_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "LARGEST", 10)
    with pytest.raises(TooLarge):
        read_messages(raw([GOOD]))


def test_agreement_is_counted_over_what_is_not_ok():
    items = [
        {**BAD, "label": "block"},
        {**GOOD, "expect": {"label": "block"}},
        {**BAD, "id": 3, "label": "ok"},
        {**BAD, "id": 4},
    ]
    given = read_messages(raw(items))
    counted = tally(given, check_all(given))
    assert counted is not None
    assert (counted.right, counted.wrong, counted.missed, counted.agreeing, counted.expected) == (
        1,
        1,
        1,
        1,
        3,
    )
    assert (counted.precision, counted.recall) == (0.5, 0.5)
    assert tally(given[3:], check_all(given[3:])) is None
    fine = read_messages(raw([{**GOOD, "label": "ok"}]))
    nothing = tally(fine, check_all(fine))
    assert nothing is not None
    assert (nothing.precision, nothing.recall) == (1.0, 1.0)


def run(tmp_path: Path, value: bytes, *options: str) -> tuple[int, str, str]:
    file = tmp_path / "messages.json"
    file.write_bytes(value)
    result = CliRunner().invoke(content, ["check", str(file), *options])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_answers_in_json(tmp_path: Path):
    code, out, _ = run(tmp_path, raw([BAD, GOOD]), "--json")
    assert code == 0
    first, second = json.loads(out)
    assert first == {"id": "a", "label": "block", "classes": ["FAKE_BLACKLIST"], "found": ["黑名单"]}
    assert second == {"id": 2, "label": Label.OK, "classes": [], "found": []}


def test_the_command_prints_a_table_and_tells_of_differences(tmp_path: Path):
    code, out, _ = run(tmp_path, raw([BAD, {**GOOD, "text": "[red]您好"}]))
    assert code == 0
    assert "FAKE_BLACKLIST" in out
    code, out, _ = run(tmp_path, raw([{**BAD, "label": "block"}]))
    assert (code, "precision 1.000" in out) == (0, True)
    code, out, told = run(tmp_path, raw([{**BAD, "label": "ok"}]), "--json")
    assert code == 1
    assert json.loads(out)[0]["label"] == "block"
    assert "0 of 1" in told


def test_the_command_refuses_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    code, _, told = run(tmp_path, b"[{]")
    assert code == 1
    assert "line 1" in told
    monkeypatch.setattr(files, "LARGEST", 3)
    code, _, told = run(tmp_path, raw([GOOD]))
    assert (code, "split it" in told) == (1, True)


def test_the_command_is_registered():
    assert COMMANDS["content"] == "dunwell.contact.commands:content"
