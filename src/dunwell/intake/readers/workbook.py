"""XLSX: checked as an archive before it is opened, then streamed row by row. A formula is not a value."""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from dunwell.intake.model import MIB, Cellular, RowProblem, TapeUnreadable
from dunwell.intake.readers.lines import Header, Item, headed, unreadable
from dunwell.intake.settings import FileShape
from dunwell.kernel.errors import Broken

SPOOL_BYTES: Final = 8 * MIB
MOST_UNPACKED: Final = 2048 * MIB
MOST_SHARED: Final = 128 * MIB  # the one part that has to be in memory whole: texts that cells share
MOST_RATIO: Final = 200  # XML packs 10 to 40 times; more is made to burst something
MOST_PARTS: Final = 5000
MOST_COLUMNS: Final = 2000
SUSPECT: Final = MIB  # below this size no ratio is dangerous

# What openpyxl raises over a file that is not what it claims to be.
BROKEN: Final = (
    InvalidFileException,
    zipfile.BadZipFile,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,
    zlib.error,
)


class WorkbookReader:
    """The first sheet, or the one the profile names."""

    def __init__(self, shape: FileShape) -> None:
        if not openpyxl.DEFUSEDXML:
            raise Broken("openpyxl does not use defusedxml; workbooks cannot be read safely")
        self._shape = shape
        # A zip archive is read from its end, so the bytes have to be somewhere: in an unnamed file past 8 MiB.
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - lives until close
        self._empty = True

    def feed(self, piece: bytes) -> Iterator[Item]:
        """Nothing yet: the table of contents stands at the end of the file."""
        self._empty = self._empty and not piece
        self._file.write(piece)
        return iter(())

    def close(self) -> Iterator[Item]:
        """All rows. Raises `TapeUnreadable` for what is no workbook, or one that is not safe to open."""
        with self._file:
            if self._empty:
                raise unreadable("the file is empty", "send the file again")
            inspect(self._file)
            self._file.seek(0)
            try:
                yield from self._sheet()
            except TapeUnreadable:
                raise
            except BROKEN as error:
                if declares_entities(error):
                    raise unreadable(
                        "the workbook declares XML entities", "save it again from a spreadsheet program"
                    ) from error
                raise unreadable(
                    "the workbook is damaged", "open it in a spreadsheet program and save it again"
                ) from error

    def _sheet(self) -> Iterator[Item]:
        book = openpyxl.load_workbook(self._file, read_only=True, data_only=False, keep_links=False)
        try:
            name = self._shape.sheet or book.sheetnames[0]
            if name not in book.sheetnames:
                raise unreadable(
                    f"there is no sheet {name!r}", f"the file has: {', '.join(book.sheetnames)[:200]}"
                )
            sheet: Any = book[name]
            # Sizes in the file are claims; rows are counted as they come.
            sheet.reset_dimensions()
            yield from self._rows(_numbered(sheet), name)
        finally:
            book.close()

    def _rows(self, rows: Iterator[tuple[int, Any]], sheet: str) -> Iterator[Item]:
        header: Header | None = None
        if self._shape.header == 0 and self._shape.header_starts is None:
            header = headed(self._shape.columns, 0)
            yield header
        for line, row in rows:
            cells = [_cell(cell) for cell in row]
            if not any(cells):
                continue
            first = cells[0] if isinstance(cells[0], str) else ""
            if header is None:
                if self._is_header(line, first):
                    header = headed(_trimmed([str(cell) for cell in cells]), line)
                    yield header
            elif not (self._shape.ignore and first.startswith(self._shape.ignore)):
                yield self._row(line, row, cells, len(header.columns), sheet)
        if header is None:
            raise unreadable(
                f"there is no header in sheet {sheet!r}", "check `header` and `sheet` in the profile"
            )

    def _is_header(self, line: int, first: str) -> bool:
        starts = self._shape.header_starts
        return first.startswith(starts) if starts is not None else line >= self._shape.header

    def _row(self, line: int, row: Any, cells: list[Cellular], width: int, sheet: str) -> Item:  # noqa: ANN401 - openpyxl's cells
        for place, cell in enumerate(row, 1):
            if cell.data_type in ("f", "e"):
                what = "a formula" if cell.data_type == "f" else f"the error {str(cell.value)[:20]}"
                where = f"{sheet}!{get_column_letter(place)}{line}"
                return RowProblem(
                    line, where, "", f"cell {where} holds {what}", "paste the column as values and save"
                )
        if len(cells) < width:
            return line, [*cells, *[""] * (width - len(cells))]
        if any(cells[width:]):
            return RowProblem(
                line, "", "", f"{len(cells)} cells where the header has {width}", "give every column a name"
            )
        return line, cells[:width]


def inspect(file: IO[bytes]) -> None:
    """Sizes by the table of contents; reading later stops at them, whatever the packed data says.

    Raises `TapeUnreadable` for what is no workbook, or one that is not safe to open.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise unreadable("not an XLSX workbook", "save it as .xlsx (not .xls), without a password") from error
    burst = [
        part
        for part in parts
        if part.file_size > SUSPECT and part.file_size > MOST_RATIO * max(part.compress_size, 1)
    ]
    shared = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    if burst or len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise unreadable("the workbook unpacks to far more than it is", "send the rows as CSV")
    if shared > MOST_SHARED:
        raise unreadable("the workbook holds more than 128 MiB of texts", "send the rows as CSV")
    if any(part.flag_bits & 1 for part in parts):
        raise unreadable("the workbook is encrypted", "save it without a password")


def declares_entities(error: BaseException | None) -> bool:
    """Whether defusedxml stopped the parser; openpyxl wraps what it said."""
    while error is not None:
        if isinstance(error, DefusedXmlException):
            return True
        error = error.__cause__ or error.__context__
    return False


def _numbered(sheet: Any) -> Iterator[tuple[int, Any]]:  # noqa: ANN401 - openpyxl's sheet
    # Cut, not asked for: asking pads every row to that width.
    for line, row in enumerate(sheet.iter_rows(), 1):
        yield line, row[:MOST_COLUMNS]


def _trimmed(names: list[str]) -> list[str]:
    while names and not names[-1].strip():
        names.pop()
    return names


def _cell(cell: Any) -> Cellular:  # noqa: ANN401 - openpyxl's cells
    value: object = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # The shortest text that is this number: 1234.56, never 1234.5599999.
        return format(Decimal(repr(value)), "f") if not value.is_integer() else str(int(value))
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else str(value)
