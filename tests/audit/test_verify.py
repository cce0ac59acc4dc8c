"""The verifier: it accepts what an export writes, and finds every change to any byte or line of it."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from itertools import permutations

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from dunwell.audit import flaws
from dunwell.audit.flaws import Flaw
from dunwell.audit.rules.keys import fingerprint
from dunwell.audit.rules.lines import LINE_LIMIT, event_line, line
from dunwell.audit.verify import Report, verify
from tests.audit.transcripts import OTHER_TENANT, THIEF, Log, a_body

LOG = Log()
FILE = LOG.file()
LINES = FILE.splitlines(keepends=True)
SMALL = Log(count=2, sealed=(1, 2)).file()


def judged(data: bytes, key: bytes | None = None, earlier: str | None = None) -> Report:
    return verify(BytesIO(data), key=key, earlier=earlier)


def found(
    data: bytes, key: bytes | None = None, earlier: str | None = None
) -> tuple[Flaw | None, int | None]:
    report = judged(data, key, earlier)
    return report.flaw, report.line


@pytest.mark.parametrize(
    "log",
    [LOG, Log(count=0, sealed=(0,)), Log(count=1, sealed=(0, 1)), Log(count=40, sealed=tuple(range(41)))],
)
def test_an_export_is_accepted(log: Log) -> None:
    report = judged(log.file(), log.public)
    assert report.ok
    assert (report.events, report.checkpoints) == (log.count, len(log.sealed))
    assert report.pinned
    assert report.fingerprint == fingerprint(log.public)


def test_without_a_key_the_report_says_that_it_came_from_the_file() -> None:
    report = judged(FILE)
    assert report.ok
    assert not report.pinned
    assert report.fingerprint == fingerprint(LOG.public)


def test_progress_is_told() -> None:
    heard: list[int] = []
    log = Log(count=2_500, sealed=(2_500,))
    assert verify(BytesIO(log.file()), progress=heard.append).ok
    assert heard == [1_000, 2_000]


def unnoticed(changes: Callable[[int], Iterable[bytes]]) -> list[int]:
    """The places of a whole small export at which a change goes unnoticed."""
    return [at for at in range(len(SMALL)) if any(judged(changed).ok for changed in changes(at))]


def flipped(at: int) -> Iterator[bytes]:
    for value in {SMALL[at] ^ 0x01, SMALL[at] ^ 0x20, 0x0A} - {SMALL[at]}:
        yield SMALL[:at] + bytes([value]) + SMALL[at + 1 :]


def dropped_doubled_or_added(at: int) -> Iterator[bytes]:
    yield SMALL[:at] + SMALL[at + 1 :]
    yield SMALL[:at] + SMALL[at : at + 1] + SMALL[at:]
    yield SMALL[:at] + b" " + SMALL[at:]


def test_every_flipped_byte_is_found() -> None:
    """Each byte changed in three ways: a bit, its case, and to a line feed."""
    assert unnoticed(flipped) == []


def test_every_dropped_doubled_or_added_byte_is_found() -> None:
    assert unnoticed(dropped_doubled_or_added) == []


def test_every_truncation_is_found() -> None:
    assert unnoticed(lambda length: [SMALL[:length]]) == []


@settings(max_examples=400)
@given(st.integers(0, len(FILE) - 1), st.integers(0, 255))
def test_any_byte_put_for_another_is_found(at: int, value: int) -> None:
    if FILE[at] != value:
        assert not judged(FILE[:at] + bytes([value]) + FILE[at + 1 :]).ok


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=40))
def test_whatever_is_appended_is_found(more: bytes) -> None:
    assert found(FILE + more) == (Flaw.AFTER_END, len(LINES) + 1)


@pytest.mark.parametrize("at", range(len(LINES)))
def test_every_dropped_or_doubled_line_is_found(at: int) -> None:
    assert not judged(b"".join(LINES[:at] + LINES[at + 1 :])).ok
    assert not judged(b"".join([*LINES[: at + 1], LINES[at], *LINES[at + 1 :]])).ok
    assert not judged(b"".join([*LINES[:at], b"\n", *LINES[at:]])).ok


def test_every_exchange_and_every_move_of_lines_is_found() -> None:
    for one, other in permutations(range(len(LINES)), 2):
        exchanged, moved = list(LINES), list(LINES)
        exchanged[one], exchanged[other] = exchanged[other], exchanged[one]
        moved.insert(other, moved.pop(one))
        assert not judged(b"".join(exchanged)).ok
        assert not judged(b"".join(moved)).ok


@given(st.permutations(LINES))
def test_any_other_order_is_found(order: list[bytes]) -> None:
    assert judged(b"".join(order)).ok == (order == LINES)


@pytest.mark.parametrize("ending", [b"\r\n", b"\r", b"\n\n", b" \n"])
def test_other_line_ends_are_found(ending: bytes) -> None:
    assert found(FILE.replace(b"\n", ending))[1] in (1, 2)


# What a holder of the key could do, or a thief who recomputes whatever can be recomputed without it.


def reclosed(lines: Sequence[bytes]) -> bytes:
    """The changed lines under the old trailer, its digest and count made to fit; the signature cannot be."""
    trailer = json.loads(LINES[-1])
    trailer |= {"sha256": sha256(b"".join(lines)).hexdigest(), "lines": len(lines)}
    return b"".join(lines) + line(trailer)


def edited(at: int, **change: object) -> list[bytes]:
    lines = LINES[:-1]
    lines[at] = line({**json.loads(lines[at]), **change})
    return lines


def test_a_recomputed_digest_does_not_pass_without_the_key() -> None:
    reworded = edited(0, how={"en": ["all is well"], "zh": []})
    assert found(reclosed(reworded)) == (Flaw.TRAILER_SIGNATURE, len(LINES))
    assert found(b"".join(reworded) + LINES[-1]) == (Flaw.DIGEST, 1)


def test_the_first_bad_line_is_named_with_its_reason() -> None:
    forged = a_body(99)
    cases: list[tuple[bytes, Flaw, int]] = [
        (b"", Flaw.EMPTY, 1),
        (b"x" * (LINE_LIMIT + 5), Flaw.LONG_LINE, 1),
        (FILE[:-1], Flaw.CUT_LINE, len(LINES)),
        (b"".join(LINES[:-1]), Flaw.NO_TRAILER, len(LINES)),
        (b"".join(LINES[1:]), Flaw.HEADER, 1),
        (b"".join([LINES[0], b"{}\n"]), Flaw.KIND, 2),
        (b"".join([LINES[0], LINES[0]]), Flaw.KIND, 2),
        (b"".join([LINES[0], b'{"body":5}\n']), Flaw.KIND, 2),
        (b"".join([LINES[0], b'{"body":5\n']), Flaw.LINE, 2),
        (b"".join([LINES[0], b'{"body": 5}\n'.replace(b'{"', b'{ "')]), Flaw.LINE, 2),
        (b"".join([LINES[0], b'{"body":5,"kind":"event","seq":0}\n']), Flaw.ORDER, 2),
        (b"".join([LINES[0], b'{"body":"\\ud800","kind":"event","seq":0}\n']), Flaw.BODY, 2),
        (b"".join([LINES[0], LINES[2]]), Flaw.ORDER, 2),
        (b"".join([LINES[0], LINES[1], LINES[1]]), Flaw.ORDER, 3),
        (b"".join(edited(2, body=forged.decode())), Flaw.LEAF, 3),
        (b"".join([LINES[0], LINES[1][:-2] + b',"z":1}\n']), Flaw.EVENT_LINE, 2),
        (b"".join([*LINES[:3], event_line(2, forged), *LINES[4:]]), Flaw.ROOT, 5),
        (b"".join([LINES[0], event_line(0, b"{}")]), Flaw.BODY, 2),
        (b"".join([LINES[0], event_line(0, b"[]")]), Flaw.BODY, 2),
        (b"".join([LINES[0], event_line(0, b'{"tenant": 1}')]), Flaw.BODY, 2),
        (b"".join([LINES[0], event_line(0, a_body(0, OTHER_TENANT))]), Flaw.OTHER_TENANT, 2),
        (b"".join([*LINES[:3], LINES[4]]), Flaw.CHECKPOINT_PLACE, 4),
        (b"".join([*LINES[:5], LINES[4]]), Flaw.CHECKPOINT_PLACE, 6),
        (b"".join(edited(4, size=4)), Flaw.CHECKPOINT, 5),
        (b"".join(edited(4, note=5)), Flaw.CHECKPOINT, 5),
        (b"".join(edited(4, note="text")), Flaw.CHECKPOINT, 5),
        (b"".join([*LINES[:6], LINES[-1]]), Flaw.UNCOVERED, 7),
        (b"".join(LINES[:4] + LINES[5:]), Flaw.LINES, len(LINES) - 1),
    ]
    for data, flaw, at in cases:
        assert found(data) == (flaw, at)


def trailed(**change: object) -> bytes:
    return b"".join(LINES[:-1]) + line({**json.loads(LINES[-1]), **change})


def test_a_trailer_that_is_not_one_is_found() -> None:
    last = len(LINES)
    assert found(trailed(lines="10")) == (Flaw.TRAILER, last)
    assert found(trailed(note="text")) == (Flaw.TRAILER, last)
    assert found(trailed(more=1)) == (Flaw.TRAILER, last)
    assert found(trailed(lines=3)) == (Flaw.TRAILER_SIGNATURE, last)
    other = json.loads(LINES[4])["note"]
    assert found(trailed(note=other)) == (Flaw.TRAILER_SIGNATURE, last)


def test_a_header_with_another_number_of_events_is_found_even_if_signed() -> None:
    assert found(LOG.closed(edited(0, tree_size=8))) == (Flaw.SIZE, 1)


def test_a_checkpoint_of_another_key_or_tree_is_found() -> None:
    for other in (LOG.signed_by(THIEF), replace(LOG, tenant=OTHER_TENANT)):
        lines = LINES[:-1]
        lines[4] = line({**json.loads(lines[4]), "note": other.checkpoint(3)})
        assert found(LOG.closed(lines)) == (Flaw.CHECKPOINT_SIGNATURE, 5)


def test_a_second_signature_line_in_the_file_is_found() -> None:
    note = json.loads(LINES[4])["note"]
    witness = LOG.signed_by(THIEF).checkpoint(3).rpartition("\n\n")[2]
    assert found(LOG.closed(edited(4, note=note + witness))) == (Flaw.CHECKPOINT, 5)


def test_a_file_signed_anew_by_another_is_found_with_the_key() -> None:
    stolen = LOG.signed_by(THIEF).file()
    assert judged(stolen).ok
    assert found(stolen, LOG.public) == (Flaw.OTHER_KEY, 1)


def rewritten(log: Log) -> bytes:
    """A complete log, correctly sealed and signed, in which the first event is another."""
    return log.closed(log.lines([a_body(99), *log.bodies()[1:]]))


def test_a_history_signed_anew_by_a_thief_or_by_the_lender_is_found_with_an_earlier_checkpoint() -> None:
    kept = LOG.checkpoint(3)
    assert judged(rewritten(LOG), LOG.public).ok
    assert found(rewritten(LOG), LOG.public, kept) == (Flaw.EARLIER_ROOT, None)
    assert found(rewritten(LOG.signed_by(THIEF)), None, kept) == (Flaw.EARLIER_SIGNATURE, None)


@pytest.mark.parametrize("size", range(8))
def test_an_earlier_checkpoint_of_any_size_is_consistent(size: int) -> None:
    report = judged(FILE, LOG.public, LOG.checkpoint(size))
    assert report.ok
    assert report.anchored == size


def test_an_earlier_checkpoint_is_judged_itself() -> None:
    longer = Log(count=9, sealed=(9,)).checkpoint(9)
    assert found(FILE, None, longer) == (Flaw.EARLIER_LONGER, None)
    assert found(FILE, None, "text") == (Flaw.EARLIER_MALFORMED, None)
    assert found(FILE, None, LOG.checkpoint(3).replace("\n3\n", "\n2\n")) == (Flaw.EARLIER_SIGNATURE, None)
    assert found(FILE, None, replace(LOG, tenant=OTHER_TENANT).checkpoint(3)) == (Flaw.EARLIER_TREE, None)
    witness = LOG.signed_by(THIEF).checkpoint(3).rpartition("\n\n")[2]
    assert judged(FILE, None, LOG.checkpoint(3) + witness).ok


def test_an_empty_earlier_tree_is_compared_too() -> None:
    false = LOG.note(0, b"\x01" * 32)
    assert found(FILE, None, false) == (Flaw.EARLIER_ROOT, None)


def test_every_flaw_has_words_in_both_languages() -> None:
    assert set(flaws.ENGLISH) == set(flaws.CHINESE) == set(Flaw)


def test_hostile_numbers_and_nesting_do_not_break_the_reader() -> None:
    for raw in (b'{"body":' + b"[" * 50_000, b'{"body":"a","kind":"event","seq":' + b"9" * 5_000 + b"}"):
        assert found(LINES[0] + raw + b"\n") == (Flaw.LINE, 2)
    assert found(LINES[0] + event_line(0, b'{"tenant":NaN}')) == (Flaw.BODY, 2)
    assert found(LINES[0] + event_line(0, b"[" * 50_000)) == (Flaw.BODY, 2)


def test_a_body_that_is_not_canonical_is_found_even_if_sealed() -> None:
    loose = json.dumps(json.loads(a_body(0))).encode()
    log = Log(count=1, sealed=(1,))
    assert found(log.closed(log.lines([loose]))) == (Flaw.BODY, 2)


def test_the_lines_of_the_file_are_rfc_8785() -> None:
    for raw in LINES:
        assert rfc8785.dumps(json.loads(raw)) + b"\n" == raw
