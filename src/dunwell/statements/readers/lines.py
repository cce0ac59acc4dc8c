"""Text files as records: encoding found out, lines cut by the tape readers' own splitter, cells by the csv module."""

import codecs
import csv
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

from dunwell.intake.model import LINE_BYTES, RECORD_LINES, RowProblem, TapeUnreadable
from dunwell.intake.readers.delimited import OPEN
from dunwell.intake.readers.lines import Line, Lines
from dunwell.kernel.errors import Fault
from dunwell.statements.model import StatementUnreadable
from dunwell.statements.rules.reading_cells import cleaned
from dunwell.statements.settings import File
from dunwell.statements.sources import Source, unreadable

# The order matters: GB18030 reads UTF-8 Chinese without complaint, as nonsense.
ENCODINGS: Final = ("utf-8-sig", "gb18030")
WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class Record:
    """A row of cells, cleaned, and the line it begins in. `problem`: it cannot be cut into cells."""

    line: int
    cells: list[str]
    problem: str = ""

    @property
    def text(self) -> str:
        """The row as one text, cells apart by tabs: what `[[line]]` patterns see."""
        return "\t".join(self.cells).rstrip("\t")

    @property
    def first(self) -> str:
        """The first cell that holds anything."""
        return next((cell for cell in self.cells if cell), "")


def encoding_of(source: Source) -> str:
    """UTF-8 if all bytes are, else GB18030, or what the byte-order mark says. Raises `StatementUnreadable`."""
    for mark, name in WIDE.items():
        if source.head.startswith(mark):
            return name
    for name in ENCODINGS:
        decoder = codecs.getincrementaldecoder(name)()
        try:
            for piece in source.pieces():
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise unreadable("neither UTF-8 nor GB18030", "export the file again; do not save it in an editor")


def lines_of(source: Source, encoding: str) -> Generator[Line]:
    """Decoded lines. Raises `StatementUnreadable` at the one that is none."""
    lines = Lines(encoding)
    try:
        for piece in source.pieces():
            for item in lines.feed(piece):
                yield _line(item)
        for item in lines.close():
            yield _line(item)
    except TapeUnreadable as error:
        raise StatementUnreadable(error.detail, faults=error.faults) from error


def records_of(lines: Iterator[Line], shape: File) -> Iterator[Record]:
    """Lines as records. A quoted cell may span lines; a quote never closed is a problem of its own line only."""
    for line in lines:
        if shape.prefix and line.text.startswith(shape.prefix):
            cells = line.text[1:].split(shape.delimiter + shape.prefix)
            yield Record(line.number, [cleaned(cell) for cell in cells])
            continue
        yield _record(line, lines, shape)


def _record(line: Line, lines: Iterator[Line], shape: File) -> Record:
    texts, size = [line.text + "\n"], len(line.text)
    while True:
        try:
            cells = next(_parser(texts, shape, strict=True), list[str]())
        except csv.Error as error:
            if str(error) != OPEN:
                return _forgiven(line, texts, shape)
            more = next(lines, None)
            if more is None or len(texts) >= RECORD_LINES or size > LINE_BYTES:
                return Record(line.number, [cleaned(line.text)], "a quote is opened here and never closed")
            texts.append(more.text + "\n")
            size += len(more.text)
            continue
        return Record(line.number, [cleaned(cell) for cell in cells])


def _forgiven(line: Line, texts: list[str], shape: File) -> Record:
    """Platforms write a tab between a closing quote and the delimiter, so that spreadsheets keep their hands off."""
    try:
        cells = next(_parser(texts, shape, strict=False), list[str]())
    except csv.Error as error:
        return Record(line.number, [cleaned(line.text)], f"cannot be cut into cells: {error}")
    return Record(line.number, [cleaned(cell) for cell in cells])


def _parser(texts: list[str], shape: File, *, strict: bool) -> Iterator[list[str]]:
    if not shape.quote:
        return csv.reader(texts, delimiter=shape.delimiter, quoting=csv.QUOTE_NONE, strict=strict)
    return csv.reader(texts, delimiter=shape.delimiter, quotechar=shape.quote, strict=strict)


def _line(item: Line | RowProblem) -> Line:
    if isinstance(item, RowProblem):
        fault = Fault("file", item.problem, item.remedy, item.line)
        raise StatementUnreadable(item.problem, faults=[fault])
    return item
