"""Bodies, keys, notes and lines: one canonical form each, and nothing else is read."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from dunwell.audit.model import BODY_LIMIT, JSON, Act, Checkpoint, Malformed, Node, Span, UnfitAct, Unsealed
from dunwell.audit.rules import keys, lines, notes
from dunwell.audit.rules.bodies import DEPTH, canonical, event_body
from dunwell.audit.rules.sealing import grow, restored
from dunwell.audit.rules.tree import Frontier, leaf_hash, needed
from tests.audit.transcripts import AT, CORRELATION, KEY, TENANT, THIEF, Log, a_body

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
NAMES = st.text(st.characters(max_codepoint=0x7F, exclude_characters="\x00"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
ORIGIN = notes.origin_of(TENANT)
PUBLIC = keys.public_bytes(KEY)


@given(VALUES)
def test_canonical_bytes_are_those_of_rfc_8785(value: JSON) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.dictionaries(st.sampled_from(["note", "kind", "seq", "lines"]), TEXT | st.integers(0, 2**53 - 1)))
def test_lines_are_those_of_rfc_8785(fields: dict[str, Any]) -> None:
    assert lines.line(fields) == rfc8785.dumps(fields) + b"\n"
    assert lines.read_line(lines.line(fields)) == fields


def deep(levels: int) -> JSON:
    return [deep(levels - 1)] if levels else "x"


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        2**53,
        -(2**53),
        "a\x00b",
        "\ud800",
        {1: "a"},
        {"词": 1},
        {"a\x00": 1},
        UUID(int=1),
        b"x",
        {1, 2},
        AT,
    ],
)
def test_what_could_be_written_in_two_ways_is_refused(value: JSON) -> None:
    with pytest.raises(UnfitAct):
        canonical({"facts": [value]})


def test_nesting_is_bounded() -> None:
    assert canonical(deep(DEPTH))
    with pytest.raises(UnfitAct):
        canonical(deep(DEPTH + 1))


def test_a_body_says_who_when_what_to_which_id() -> None:
    act = Act("payment.recorded", UUID(int=7), {"minor": 1250, "waived": False, "parts": ("a", None)})
    body = event_body(TENANT, AT, "staff:token-1", CORRELATION, act)
    assert json.loads(body) == {
        "action": "payment.recorded",
        "actor": "staff:token-1",
        "at": "2026-11-23T12:00:00+00:00",
        "correlation": str(CORRELATION),
        "facts": {"minor": 1250, "waived": False, "parts": ["a", None]},
        "subject": str(UUID(int=7)),
        "tenant": str(TENANT),
    }
    assert body == rfc8785.dumps(json.loads(body))


@pytest.mark.parametrize(
    ("action", "subject", "facts"),
    [
        ("recorded", "x", {}),
        ("Payment.recorded", "x", {}),
        ("payment.", "x", {}),
        ("payment.recorded ", "x", {}),
        ("payment.recorded", "", {}),
        ("payment.recorded", "x" * 201, {}),
        ("payment.recorded", "x", {"text": "x" * BODY_LIMIT}),
    ],
)
def test_an_unfit_act_is_refused(action: str, subject: str, facts: dict[str, Any]) -> None:
    with pytest.raises(UnfitAct):
        event_body(TENANT, AT, "system:test", CORRELATION, Act(action, subject, facts))


def test_a_key_is_read_in_each_of_its_forms() -> None:
    raw, spki = base64.b64encode(PUBLIC).decode(), base64.b64encode(keys.spki(PUBLIC)).decode()
    for text in (keys.pem(PUBLIC), spki, raw, f" {raw}\n", f"# key of a lender\n{keys.pem(PUBLIC)}"):
        assert keys.read_key(text) == PUBLIC


@pytest.mark.parametrize(
    "text",
    ["", "not base64", base64.b64encode(b"x" * 31).decode(), base64.b64encode(b"x" * 44).decode(),
     f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(PUBLIC).decode()}\n-----END PUBLIC KEY-----\n"],
)  # fmt: skip
def test_what_is_no_ed25519_key_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        keys.read_key(text)


def test_padding_bits_have_one_form() -> None:
    assert keys.strict_base64("QQ==") == b"A"
    for other in ("QR==", "QQ=", "QQ", "Q Q=="):
        with pytest.raises(Malformed):
            keys.strict_base64(other)


def test_a_key_that_is_no_point_signs_nothing() -> None:
    assert not keys.signature_holds(b"\xff" * 32, b"x" * 64, b"text")
    assert not keys.signature_holds(b"short", b"x" * 64, b"text")


def a_checkpoint() -> Checkpoint:
    return Checkpoint(ORIGIN, 7, b"\x05" * 32, AT)


def test_a_checkpoint_reads_back_and_is_signed() -> None:
    note = notes.read_note(notes.sign(notes.checkpoint_text(a_checkpoint()), ORIGIN, KEY))
    assert notes.read_checkpoint(note.text) == a_checkpoint()
    assert notes.is_signed_by(note, ORIGIN, PUBLIC)
    assert not notes.is_signed_by(note, ORIGIN, keys.public_bytes(THIEF))
    assert not notes.is_signed_by(note, "dunwell/other/1", PUBLIC)
    assert not notes.is_signed_by(replace(note, text=note.text + "x\n"), ORIGIN, PUBLIC)


def test_a_witness_may_sign_too() -> None:
    text = notes.checkpoint_text(a_checkpoint())
    witness = notes.sign(text, "witness.example", THIEF).rpartition("\n\n")[2]
    note = notes.read_note(notes.sign(text, ORIGIN, KEY) + witness)
    assert notes.is_signed_by(note, ORIGIN, PUBLIC)
    assert notes.is_signed_by(note, "witness.example", keys.public_bytes(THIEF))


ROOT = base64.b64encode(b"\x05" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n07\n{ROOT}\ntime {AT.isoformat()}\n",
        f"{ORIGIN}\n7\n{ROOT}\n",
        f"{ORIGIN}\n7\n{ROOT}\ntime {AT.isoformat()}",
        f"{ORIGIN}\n7\n{ROOT[:-2]}+=\ntime {AT.isoformat()}\n",
        f"{ORIGIN}\n7\nQQ==\ntime {AT.isoformat()}\n",
        f"{ORIGIN}\n7\n{ROOT}\ntime 2026-11-23T12:00:00\n",
        f"{ORIGIN}\n7\n{ROOT}\ntime 2026-11-23T12:00:00-00:00\n",
        f"{ORIGIN}\n7\n{ROOT}\ntime 2026-13-23T12:00:00+00:00\n",
        f"a b\n7\n{ROOT}\ntime {AT.isoformat()}\n",
        f"{ORIGIN}\n\u0667\n{ROOT}\ntime {AT.isoformat()}\n",
    ],
)
def test_a_checkpoint_has_one_form(text: str) -> None:
    with pytest.raises(Malformed):
        notes.read_checkpoint(text)


@pytest.mark.parametrize(
    "note",
    ["", "text\n", "text\n\n", "text\n\n— name", "text\n\n- name QUFBQUE=\n", "text\n\n— name QUFBQQ==\n",
     "text\n\n— name\n", "text\n\n—  QUFBQUE=\n", "text\n\n— a b QUFBQUE=\n"],
)  # fmt: skip
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(Malformed):
        notes.read_note(note)


def test_a_header_reads_back() -> None:
    log = Log()
    read = lines.read_header(log.header())
    assert read == lines.Header(TENANT, "acme", PUBLIC, 7, AT)
    assert read.origin == ORIGIN


def changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    fields = json.loads(Log().header())
    change(fields)
    return rfc8785.dumps(fields) + b"\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.pop("key"),
        lambda f: f.update(tenant=5),
        lambda f: f["tenant"].update(id=5),
        lambda f: f["tenant"].update(slug=5),
        lambda f: f.update(format="dunwell-audit/2"),
        lambda f: f.update(origin="dunwell/other/1"),
        lambda f: f["key"].update(id="00000000"),
        lambda f: f["key"].update(sha256="00"),
        lambda f: f["key"].update(spki=base64.b64encode(PUBLIC).decode()),
        lambda f: f.update(tree_size=-1),
        lambda f: f.update(tree_size=True),
        lambda f: f.update(tree_size=1.5),
        lambda f: f.update(tree_size="7"),
        lambda f: f.update(exported_at="2026-11-23"),
        lambda f: f.update(exported_at=5),
        lambda f: f.update(more=1),
        lambda f: f.update(kind="trailer"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(Malformed):
        lines.read_header(changed(change))


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n", b"{}", b"{}\r\n", b"{ }\n", b"[]\n", b"5\n", b'{"a":1.0}\n', b'{"a":1,"a":1}\n', b'{"b":1,"a":1}\n',
     b'{"a":NaN}\n', b'{"a":9007199254740993}\n', b'{"a":"\\u00e9"}\n', b'{"a":"\\ud800"}\n', b'{"a":"\xff"}\n',
     b"\xef\xbb\xbf{}\n", b"[" * 100_000 + b"\n", b'{"a":' + b"1" * 5_000 + b"}\n"],
)  # fmt: skip
def test_a_line_has_one_form(raw: bytes) -> None:
    with pytest.raises(Malformed):
        lines.read_line(raw)


def test_no_body_is_too_long_for_its_line() -> None:
    worst = event_body(TENANT, AT, "system:test", CORRELATION, Act("a.b", "c", {"x": "\x01" * 10_800}))
    assert len(lines.event_line(2**53, worst)) < lines.LINE_LIMIT
    assert len(worst) > BODY_LIMIT - 1_000


def test_instants_keep_their_offset() -> None:
    east = datetime(2026, 11, 23, 20, tzinfo=timezone(timedelta(hours=8)))
    body = event_body(TENANT, east, "system:test", CORRELATION, Act("a.b", "c"))
    assert json.loads(body)["at"] == "2026-11-23T20:00:00+08:00"
    assert datetime.fromisoformat(json.loads(body)["at"]) == datetime(2026, 11, 23, 12, tzinfo=UTC)


@given(st.integers(0, 70), st.integers(1, 70))
def test_sealing_in_two_batches_is_sealing_in_one(first: int, second: int) -> None:
    fresh = [
        Unsealed(100 + number, 5, "loan.noted", f"loan-{number}", a_body(number))
        for number in range(first + second)
    ]
    whole = Frontier()
    leaves, nodes = grow(whole, fresh)
    assert [(leaf.seq, leaf.event) for leaf in leaves] == [(n, 100 + n) for n in range(first + second)]
    kept = {Node(0, leaf.seq): leaf.hash for leaf in leaves[:first]}
    kept |= {node: root for node, root in nodes if (node.index + 1) << node.level <= first}
    frontier = restored(first, {node: kept[node] for node in needed((Span(0, first),))})
    more, more_nodes = grow(frontier, fresh[first:])
    assert frontier.root() == whole.root()
    assert more == leaves[first:]
    assert dict(nodes) == {**{n: r for n, r in nodes if n in kept}, **dict(more_nodes)}
    assert leaves[0].hash == leaf_hash(fresh[0].body)


class Label(str):
    """A text of a type of its own."""

    __slots__ = ()


@pytest.mark.parametrize("value", [Label("x"), [Label("x")], {"a": Label("x")}])
def test_a_text_of_a_type_of_its_own_is_no_value_of_the_log(value: JSON) -> None:
    with pytest.raises(UnfitAct):
        canonical(value)
