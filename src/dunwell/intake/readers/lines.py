"""Bytes as lines, with a limit: a line without an end is a fault at that line, not two gigabytes in memory."""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from dunwell.intake.model import LINE_BYTES, RawRow, RowProblem, TapeUnreadable
from dunwell.kernel.errors import Fault

# Encodings in which a line feed is not one byte; they are brought to UTF-8 first.
WIDE: Final = ("utf-16", "utf-32", "utf_16", "utf_32")
SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of the file and the line they stand in."""

    line: int
    columns: tuple[str, ...]


Item: TypeAlias = Header | RawRow | RowProblem


class Reader(Protocol):
    """A file being read."""

    def feed(self, piece: bytes) -> Iterator[Item]:
        """What the next bytes of the file complete."""
        ...

    def close(self) -> Iterator[Item]:
        """What is left when there are no more bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text without its end, and its number from 1."""

    number: int
    text: str


class Lines:
    """Splits pieces into decoded lines. An unreadable line becomes a `RowProblem`; the rest goes on."""

    def __init__(self, encoding: str) -> None:
        self._wide = codecs.getincrementaldecoder(encoding)() if encoding.startswith(WIDE) else None
        self._encoding = "utf-8" if self._wide is not None else encoding
        self._tail = b""
        self._number = 0
        self._offset = 0
        self._overlong = False
        self.empty = True

    def feed(self, piece: bytes) -> Iterator[Line | RowProblem]:
        """The lines that `piece` completes."""
        if piece:
            self.empty = False
        data = self._tail + self._narrow(piece, final=False)
        end = data.rfind(b"\n") + 1
        self._tail = data[end:]
        if end:
            yield from self._block(data[:end])
        if len(self._tail) > LINE_BYTES:
            # Told once; what follows up to the next line feed is dropped as it comes.
            if not self._overlong:
                yield self._problem(self._number + 1, "longer than 1 MiB", "end each row with a line feed")
            self._overlong = True
            self._offset += len(self._tail)
            self._tail = b""

    def close(self) -> Iterator[Line | RowProblem]:
        """The last line, when no line feed ends it. Raises `TapeUnreadable` for an empty file."""
        if self.empty:
            raise unreadable("the file is empty", "send the file again")
        data = self._tail + self._narrow(b"", final=True)
        self._tail = b""
        if data:
            yield from self._block(data if data.endswith(b"\n") else data + b"\n")

    def _narrow(self, piece: bytes, *, final: bool) -> bytes:
        if self._wide is None:
            return piece
        try:
            return self._wide.decode(piece, final).encode()
        except UnicodeDecodeError as error:
            raise unreadable(
                f"byte {self._offset + error.start} is not {self._wide.__class__.__module__.rpartition('.')[2]}",
                "save the file in the encoding the profile names",
            ) from error

    def _block(self, block: bytes) -> Iterator[Line | RowProblem]:
        """Whole lines. Decoded in one go; line by line only when something is wrong."""
        if self._number == 0 and block.startswith(codecs.BOM_UTF8) and self._encoding.startswith("utf"):
            block = block[len(codecs.BOM_UTF8) :]
            self._offset += len(codecs.BOM_UTF8)
        if not self._overlong and len(block) <= LINE_BYTES * 2 and b"\0" not in block:
            try:
                text = block.decode(self._plain())
            except UnicodeDecodeError:
                pass
            else:
                lines = text.split("\n")
                lines.pop()
                if len(block) <= LINE_BYTES or max(map(len, lines)) <= LINE_BYTES // 4:
                    number = self._number
                    self._number += len(lines)
                    self._offset += len(block)
                    for place, line in enumerate(lines, number + 1):
                        yield Line(place, line)
                    return
        for raw in block.split(b"\n")[:-1]:
            yield from self._careful(raw)

    def _careful(self, raw: bytes) -> Iterator[Line | RowProblem]:
        start = self._offset
        self._offset += len(raw) + 1
        self._number += 1
        if self._overlong:
            self._overlong = False
        elif len(raw) > LINE_BYTES:
            yield self._problem(self._number, "longer than 1 MiB", "end each row with a line feed")
        elif (place := raw.find(b"\0")) >= 0:
            yield self._problem(
                self._number,
                f"a zero byte at byte {start + place} of the file",
                "export the file again as text",
            )
        else:
            try:
                yield Line(self._number, raw.decode(self._plain()))
            except UnicodeDecodeError as error:
                shown = raw[error.start : error.start + 4].hex(" ")
                yield self._problem(
                    self._number,
                    f"not {self._encoding} at byte {start + error.start} of the file ({shown})",
                    "save the file in the encoding the profile names, or change `encoding`",
                )

    def _plain(self) -> str:
        # The signature is taken off above; the codec would look for it in every block.
        return "utf-8" if self._encoding in ("utf-8-sig", "utf_8_sig") else self._encoding

    def _problem(self, line: int, problem: str, remedy: str) -> RowProblem:
        return RowProblem(line, "", "", problem, remedy)


def headed(names: Sequence[str], line: int) -> Header:
    """The header, trimmed. Raises `TapeUnreadable` for names that stand twice or for none at all."""
    columns = tuple(name.strip() for name in names)
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        faults = [Fault(name, "two columns have this name", "rename one of them", line) for name in twice]
        raise TapeUnreadable("the header names columns twice", faults=faults)
    if not any(columns):
        raise unreadable("the header is blank", "check `header` in the profile", line)
    return Header(line, columns)


def unreadable(problem: str, remedy: str, line: int | None = None) -> TapeUnreadable:
    """The whole file cannot be read, and why."""
    return TapeUnreadable(problem, faults=[Fault("file", problem, remedy, line)])
