"""Judge an export without a database: every byte of it, in one pass and bounded memory.

Needs the standard library, `cryptography` (Ed25519) and `rfc8785` only.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO, Final

import rfc8785

from dunwell.audit.flaws import Flaw
from dunwell.audit.model import Checkpoint, Malformed, Note
from dunwell.audit.rules import lines
from dunwell.audit.rules.keys import fingerprint
from dunwell.audit.rules.notes import is_signed_by, read_checkpoint, read_note
from dunwell.audit.rules.tree import Frontier, leaf_hash

Progress = Callable[[int], None]
TELL_EVERY: Final = 1_000
EVENT: Final = b'{"body"'


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict: `flaw` is None if every byte is proved, else `line` (from 1) is the first bad one.

    `line` is None if the flaw is not in the file but in the earlier checkpoint or between the two.
    `pinned`: the key was given, not taken from the file. `anchored`: events under the earlier checkpoint.
    """

    flaw: Flaw | None
    line: int | None
    detail: str
    origin: str
    fingerprint: str
    pinned: bool
    events: int
    checkpoints: int
    root: bytes
    anchored: int | None

    @property
    def ok(self) -> bool:
        return self.flaw is None


class _Found(Exception):
    """The first flaw."""

    def __init__(self, flaw: Flaw, line: int | None, detail: str = "") -> None:
        super().__init__(flaw)
        self.flaw, self.line, self.detail = flaw, line, detail


def verify(
    stream: BinaryIO,
    *,
    key: bytes | None = None,
    earlier: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Read an export to its end or to its first flaw.

    `key` is the 32 bytes of the public key you trust; without it the file's own is used, which shows that
    nothing was changed since somebody signed, not who. `earlier` is a signed checkpoint you kept: with it a
    history that was rewritten and signed anew is found too. `progress` hears the number of events read.
    """
    reading = _Reading(stream, key, earlier, progress)
    try:
        reading.run()
    except _Found as found:
        return reading.report(found.flaw, found.line, found.detail)
    return reading.report(None, None, "")


class _Reading:
    """One pass over one file; what it holds does not grow with the file, but for the tree's edge."""

    def __init__(
        self, stream: BinaryIO, key: bytes | None, earlier: str | None, progress: Progress | None
    ) -> None:
        self._stream = stream
        self._pinned = key
        self._earlier_note = earlier
        self._progress = progress
        self._digest = sha256()
        self._line = 0
        self._frontier = Frontier()
        self._header: lines.Header | None = None
        self._earlier: Checkpoint | None = None
        self._checkpoints = 0
        self._covered: int | None = None

    def run(self) -> None:
        raw = self._next()
        if raw is None:
            raise _Found(Flaw.EMPTY, 1)
        header = self._read_header(raw)
        self._read_earlier(header)
        self._compare_earlier()
        while (raw := self._next()) is not None:
            fields = self._parse(raw)
            match fields.get("kind"):
                case "event":
                    self._event(header, raw, fields)
                case "checkpoint":
                    self._checkpoint(header, raw, fields)
                case "trailer":
                    return self._trailer(header, raw, fields)
                case _:
                    raise _Found(Flaw.KIND, self._line)
        raise _Found(Flaw.NO_TRAILER, self._line + 1)

    def report(self, flaw: Flaw | None, line: int | None, detail: str) -> Report:
        header, earlier = self._header, self._earlier
        return Report(
            flaw=flaw,
            line=line,
            detail=detail,
            origin=header.origin if header else "",
            fingerprint=fingerprint(header.key) if header else "",
            pinned=self._pinned is not None,
            events=self._frontier.size,
            checkpoints=self._checkpoints,
            root=self._frontier.root(),
            anchored=earlier.size if earlier else None,
        )

    def _next(self) -> bytes | None:
        raw = self._stream.readline(lines.LINE_LIMIT)
        if not raw:
            return None
        self._line += 1
        if not raw.endswith(b"\n"):
            raise _Found(Flaw.LONG_LINE if len(raw) == lines.LINE_LIMIT else Flaw.CUT_LINE, self._line)
        return raw

    def _parse(self, raw: bytes) -> dict[str, Any]:
        try:
            if not raw.startswith(EVENT):
                return lines.read_line(raw)
            # An event's whole line is compared with its rendering later; here it need only be an object.
            fields: dict[str, Any] = json.loads(raw.decode())
        except (Malformed, ValueError, RecursionError) as error:
            raise _Found(Flaw.LINE, self._line, str(error)[:200]) from error
        if fields.get("kind") != "event":
            raise _Found(Flaw.KIND, self._line)
        return fields

    def _read_header(self, raw: bytes) -> lines.Header:
        try:
            header = self._header = lines.read_header(raw)
        except Malformed as error:
            raise _Found(Flaw.HEADER, 1, str(error)) from error
        if self._pinned is not None and self._pinned != header.key:
            raise _Found(Flaw.OTHER_KEY, 1, f"sha256 {fingerprint(header.key)}")
        self._digest.update(raw)
        return header

    def _read_earlier(self, header: lines.Header) -> None:
        if self._earlier_note is None:
            return
        try:
            note = read_note(self._earlier_note)
            earlier = read_checkpoint(note.text)
        except Malformed as error:
            raise _Found(Flaw.EARLIER_MALFORMED, None, str(error)) from error
        if earlier.origin != header.origin:
            raise _Found(Flaw.EARLIER_TREE, None, earlier.origin)
        if not is_signed_by(note, header.origin, header.key):
            raise _Found(Flaw.EARLIER_SIGNATURE, None)
        self._earlier = earlier

    def _compare_earlier(self) -> None:
        earlier = self._earlier
        if earlier and earlier.size == self._frontier.size and earlier.root != self._frontier.root():
            raise _Found(Flaw.EARLIER_ROOT, None, f"first {earlier.size} events")

    def _event(self, header: lines.Header, raw: bytes, fields: dict[str, Any]) -> None:
        seq, body = fields.get("seq"), fields.get("body")
        if seq != self._frontier.size or not isinstance(body, str):
            raise _Found(Flaw.ORDER, self._line, f"expected {self._frontier.size}")
        try:
            exact = body.encode()
        except UnicodeEncodeError as error:
            raise _Found(Flaw.BODY, self._line) from error
        leaf = leaf_hash(exact)
        if fields.get("leaf") != leaf.hex():
            raise _Found(Flaw.LEAF, self._line)
        if lines.event_line(self._frontier.size, exact) != raw:
            raise _Found(Flaw.EVENT_LINE, self._line)
        self._judge_body(header, exact)
        self._digest.update(raw)
        self._frontier.append(leaf)
        self._compare_earlier()
        if self._progress and self._frontier.size % TELL_EVERY == 0:
            self._progress(self._frontier.size)

    def _judge_body(self, header: lines.Header, body: bytes) -> None:
        try:
            fields: Any = json.loads(body)
            if rfc8785.dumps(fields) != body:
                raise _Found(Flaw.BODY, self._line)
            tenant = fields["tenant"]
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise _Found(Flaw.BODY, self._line, type(error).__name__) from error
        if tenant != str(header.tenant):
            raise _Found(Flaw.OTHER_TENANT, self._line)

    def _checkpoint(self, header: lines.Header, raw: bytes, fields: dict[str, Any]) -> None:
        note, checkpoint = self._read_checkpoint(raw, fields)
        if checkpoint.origin != header.origin or not is_signed_by(note, header.origin, header.key):
            raise _Found(Flaw.CHECKPOINT_SIGNATURE, self._line)
        if checkpoint.size != self._frontier.size or checkpoint.size == self._covered:
            raise _Found(Flaw.CHECKPOINT_PLACE, self._line, f"{checkpoint.size}, not {self._frontier.size}")
        if checkpoint.root != self._frontier.root():
            raise _Found(Flaw.ROOT, self._line, f"first {checkpoint.size} events")
        self._digest.update(raw)
        self._covered = checkpoint.size
        self._checkpoints += 1

    def _read_checkpoint(self, raw: bytes, fields: dict[str, Any]) -> tuple[Note, Checkpoint]:
        text = fields.get("note")
        try:
            if not isinstance(text, str):
                raise _Found(Flaw.CHECKPOINT, self._line)
            note = read_note(text)
            checkpoint = read_checkpoint(note.text)
        except Malformed as error:
            raise _Found(Flaw.CHECKPOINT, self._line, str(error)) from error
        if len(note.signatures) != 1 or lines.checkpoint_line(checkpoint.size, text) != raw:
            raise _Found(Flaw.CHECKPOINT, self._line)
        return note, checkpoint

    def _trailer(self, header: lines.Header, raw: bytes, fields: dict[str, Any]) -> None:
        if self._covered != self._frontier.size:
            raise _Found(Flaw.UNCOVERED, self._line, f"after event {self._covered}")
        count, digest, text = fields.get("lines"), fields.get("sha256"), fields.get("note")
        if not (isinstance(count, int) and isinstance(digest, str) and isinstance(text, str)):
            raise _Found(Flaw.TRAILER, self._line)
        self._judge_trailer(header, raw, (count, digest, text))
        if count != self._line - 1:
            raise _Found(Flaw.LINES, self._line, f"{count} signed, {self._line - 1} found")
        if digest != self._digest.hexdigest():
            raise _Found(Flaw.DIGEST, 1)
        if header.size != self._frontier.size:
            raise _Found(Flaw.SIZE, 1, f"{header.size} in the header, {self._frontier.size} found")
        if self._stream.read(1):
            raise _Found(Flaw.AFTER_END, self._line + 1)
        if self._earlier and self._earlier.size > self._frontier.size:
            raise _Found(Flaw.EARLIER_LONGER, None, f"{self._earlier.size} and {self._frontier.size}")

    def _judge_trailer(self, header: lines.Header, raw: bytes, said: tuple[int, str, str]) -> None:
        count, digest, text = said
        try:
            note = read_note(text)
        except Malformed as error:
            raise _Found(Flaw.TRAILER, self._line, str(error)) from error
        if len(note.signatures) != 1 or lines.trailer_line(count, digest, text) != raw:
            raise _Found(Flaw.TRAILER, self._line)
        signed = note.text == lines.trailer_text(header.origin, count, digest)
        if not signed or not is_signed_by(note, header.origin, header.key):
            raise _Found(Flaw.TRAILER_SIGNATURE, self._line)
