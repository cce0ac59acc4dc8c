"""Workbooks as records: checked as an archive by the tape reader, then streamed row by row."""

from collections.abc import Generator, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, Self

import openpyxl
from openpyxl.utils import get_column_letter

from dunwell.intake.model import TapeUnreadable
from dunwell.intake.readers.workbook import BROKEN, MOST_COLUMNS, declares_entities, inspect
from dunwell.kernel.errors import Broken
from dunwell.statements.model import StatementUnreadable
from dunwell.statements.readers.lines import Record
from dunwell.statements.rules.reading_cells import cleaned
from dunwell.statements.sources import OLE, Source, unreadable

# A spreadsheet keeps fifteen digits; an id that is kept as a number has lost the rest.
MOST_DIGITS: Final = 15
SAVE_AGAIN: Final = "open it in a spreadsheet program and save it again"


def refuse_locked(head: bytes) -> None:
    """Raises `StatementUnreadable` for old .xls and for workbooks with a password: both are OLE containers."""
    if head.startswith(OLE):
        raise unreadable(
            "a workbook with a password, or in the old .xls format",
            "save it as .xlsx without a password · 请另存为不加密的 .xlsx",
        )


def heads_of(source: Source, lines: int) -> dict[str, list[Record]]:
    """The first lines of every sheet, in one opening. Raises `StatementUnreadable`."""
    with _Book(source) as book:
        return {name: list(book.records(name, lines)) for name in book.names}


def records_of(source: Source, sheet: str) -> Generator[Record]:
    """The rows of a sheet. Raises `StatementUnreadable` for what is damaged or not safe to open."""
    with _Book(source) as book:
        yield from book.records(sheet)


class _Book:
    """A workbook, open for as long as its rows are read."""

    def __init__(self, source: Source) -> None:
        if not openpyxl.DEFUSEDXML:
            raise Broken("openpyxl does not use defusedxml; workbooks cannot be read safely")
        try:
            inspect(source.file)
            source.file.seek(0)
            self._book: Any = openpyxl.load_workbook(
                source.file, read_only=True, data_only=False, keep_links=False
            )
        except TapeUnreadable as error:
            raise StatementUnreadable(error.detail, faults=error.faults) from error
        except (*BROKEN, OSError) as error:
            raise _damaged(error) from error
        self.names: list[str] = self._book.sheetnames

    def records(self, name: str, most: int | None = None) -> Iterator[Record]:
        """The rows of a sheet. Raises `StatementUnreadable`."""
        try:
            sheet = self._book[name]
            # Sizes in the file are claims; rows are counted as they come.
            sheet.reset_dimensions()
            for line, row in enumerate(sheet.iter_rows(max_row=most), 1):
                # Cut, not asked for: asking pads every row to that width.
                yield _record(line, row[:MOST_COLUMNS])
        except (*BROKEN, OSError) as error:
            raise _damaged(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()


def _damaged(error: Exception) -> StatementUnreadable:
    if declares_entities(error):
        return unreadable("the workbook declares XML entities", SAVE_AGAIN)
    return unreadable("the workbook is damaged", SAVE_AGAIN)


def _record(line: int, row: Any) -> Record:  # noqa: ANN401 - openpyxl's cells
    for place, cell in enumerate(row, 1):
        if cell.data_type in ("f", "e"):
            where = f"{get_column_letter(place)}{line}"
            what = "a formula" if cell.data_type == "f" else "an error"
            return Record(line, [], f"cell {where} holds {what}: paste the column as values")
    return Record(line, [cleaned(_text(cell.value)) for cell in row])


def _text(value: object) -> str:
    """A cell as the text an exporter would have written."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value)
    if isinstance(value, (int, float)):
        plain = format(Decimal(repr(value)), "f")
        whole, _, part = plain.partition(".")
        if len(whole.lstrip("-")) > MOST_DIGITS:
            return f"{value:.5E}"
        return plain if part.strip("0") else whole
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds") if value.time() != time.min else value.date().isoformat()
    return value.isoformat() if isinstance(value, (date, time)) else str(value)
