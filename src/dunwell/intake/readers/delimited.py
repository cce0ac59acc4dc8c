"""CSV, strictly: around the csv module, so that no quote can swallow the file and no line can fill the memory."""

import csv
from collections.abc import Generator, Iterator
from typing import Final, Protocol

from dunwell.intake.model import LINE_BYTES, RECORD_LINES, RowProblem
from dunwell.intake.readers.lines import SHOWN, Header, Item, Line, Lines, headed, unreadable
from dunwell.intake.settings import FileShape

# The csv module's words for a record that goes on in the next line.
OPEN: Final = "unexpected end of data"


class Parser(Protocol):
    """The csv module's reader."""

    line_num: int

    def __next__(self) -> list[str]: ...


class CsvReader:
    """Delimited text. Records may span lines inside quotes; a quote that is never closed costs its own line only."""

    def __init__(self, shape: FileShape) -> None:
        self._shape = shape
        self._lines = Lines(shape.encoding)
        self._header: Header | None = None
        self._waiting: list[Line] = []
        self._ignore = tuple(shape.ignore)
        self._told = shape.header == 0 and shape.header_starts is None

    def feed(self, piece: bytes) -> Iterator[Item]:
        """Rows that `piece` completes."""
        yield from self._take(self._lines.feed(piece), final=False)

    def close(self) -> Iterator[Item]:
        """The last rows. Raises `TapeUnreadable` when there was no header, or nothing behind it."""
        yield from self._take(self._lines.close(), final=True)
        if self._header is None:
            place = self._shape.header_starts or f"line {self._shape.header}"
            raise unreadable(f"there is no header ({place})", "check `header` in the profile")

    def _take(self, items: Iterator[Line | RowProblem], *, final: bool) -> Iterator[Item]:
        """Gather whole lines and hand them on; a line that cannot be read ends whatever was open before it."""
        if self._told and self._header is None:
            self._header = headed(self._shape.columns, 0)
            yield self._header
        waiting, self._waiting = self._waiting, []
        for item in items:
            if isinstance(item, RowProblem):
                yield from self._records(waiting, final=True)
                waiting = []
                yield self._spoilt(item)
            elif self._header is None:
                yield from self._before_header(item)
            elif not self._ignore or not item.text.lstrip().startswith(self._ignore):
                waiting.append(item)
        yield from self._records(waiting, final=final)

    def _spoilt(self, problem: RowProblem) -> RowProblem:
        if self._header is None and self._shape.header_starts is None and problem.line >= self._shape.header:
            raise unreadable(f"the header cannot be read: {problem.problem}", problem.remedy, problem.line)
        return problem

    def _before_header(self, line: Line) -> Iterator[Item]:
        starts = self._shape.header_starts
        if not line.text.strip():
            return
        if line.text.lstrip().startswith(starts) if starts is not None else line.number >= self._shape.header:
            try:
                names = next(self._parser(iter([line.text])))
            except csv.Error as error:
                raise unreadable(
                    f"the header cannot be read: {error}", "check the quotes", line.number
                ) from error
            self._header = headed(names, line.number)
            yield self._header

    def _parser(self, lines: Iterator[str]) -> Parser:
        quote, escape, delimiter = self._shape.quote, self._shape.escape or None, self._shape.delimiter
        if not quote:
            return csv.reader(
                lines, delimiter=delimiter, escapechar=escape, quoting=csv.QUOTE_NONE, strict=True
            )
        return csv.reader(lines, delimiter=delimiter, quotechar=quote, escapechar=escape, strict=True)

    def _records(self, lines: list[Line], *, final: bool) -> Iterator[Item]:
        """Parse whole records; an open one at the end waits for more lines, up to a limit."""
        start = 0
        while start < len(lines):
            taken = yield from self._run(lines, start)
            if taken is None:
                return
            opened, problem = taken
            rest = len(lines) - opened
            if problem is None and not final and rest <= RECORD_LINES and _size(lines, opened) <= LINE_BYTES:
                self._waiting = lines[opened:]
                return
            line = lines[opened]
            yield RowProblem(
                line.number,
                "",
                "",
                problem or "a quote is opened here and never closed",
                "close the quote; a quote inside a quoted cell is written twice",
            )
            start = opened + 1

    def _run(self, lines: list[Line], start: int) -> "Generator[Item, None, tuple[int, str | None] | None]":
        """Rows from `start` on. Returns `None` at the end, else the place of the record that cannot be read."""
        texts = (lines[place].text + "\n" for place in range(start, len(lines)))
        parser = self._parser(texts)
        header = self._header
        width = len(header.columns) if header is not None else 0
        pad = self._shape.short_rows == "pad"
        used = 0
        while True:
            try:
                cells = next(parser)
            except StopIteration:
                return None
            except csv.Error as error:
                return start + used, (None if str(error) == OPEN else str(error))
            line = lines[start + used]
            used = parser.line_num
            if len(cells) == width:
                yield line.number, cells
            elif cells and (len(cells) > 1 or cells[0].strip()):
                yield self._ragged(line.number, cells, width, pad=pad)

    def _ragged(self, line: int, cells: list[str], width: int, *, pad: bool) -> Item:
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            return line, cells[:width]
        if len(cells) < width and pad:
            return line, [*cells, *[""] * (width - len(cells))]
        return RowProblem(
            line,
            "",
            "",
            f"{len(cells)} cells where the header has {width}"[:SHOWN],
            "a delimiter inside a cell needs quotes around the cell",
        )


def _size(lines: list[Line], start: int) -> int:
    return sum(len(line.text) for line in lines[start:])
