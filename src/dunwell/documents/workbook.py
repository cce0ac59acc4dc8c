"""XLSX from rows: text stays text, so that an amount or a reference is never re-read as something else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Value = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its title, the width of each column in characters, a bold head, rows."""

    title: str
    widths: Sequence[int]
    head: Sequence[str]
    rows: Iterable[Sequence[Value]]


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as a workbook. Amounts are numbers with two decimals; a text that begins with `=` stays a text."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        for at, width in enumerate(sheet.widths):
            page.column_dimensions[chr(ord("A") + at)].width = width
        if sheet.head:
            page.append([_cell(page, text, bold=True) for text in sheet.head])
        for row in sheet.rows:
            page.append([_cell(page, value) for value in row])
    into = BytesIO()
    book.save(into)
    return into.getvalue()


def _cell(page: WriteOnlyWorksheet, value: Value, *, bold: bool = False) -> Cell:
    cell = WriteOnlyCell(page, value)  # pyright: ignore[reportArgumentType] -- the stubs leave Decimal out
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    elif isinstance(value, Decimal):
        cell.number_format = "#,##0.00##"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    if bold:
        cell.font = Font(bold=True)
    return cell
