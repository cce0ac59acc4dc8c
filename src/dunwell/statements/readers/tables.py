"""CSV and XLSX by a mapping profile: header found by content, rows as entries, whatever stands around them checked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from dunwell.statements.model import Item
from dunwell.statements.readers import sheets
from dunwell.statements.readers.lines import Record, lines_of, records_of
from dunwell.statements.rules.reading_around import Around
from dunwell.statements.rules.reading_cells import WrongCell
from dunwell.statements.rules.reading_rows import Place, RowReader
from dunwell.statements.rules.reading_tables import Accounts
from dunwell.statements.rules.reading_totals import Findings
from dunwell.statements.settings import File, Profile
from dunwell.statements.sources import Source

# A header that has not come by then does not come: the longest preamble known has 27 lines.
HEADER_WITHIN: Final = 300
# A line of so few cells may be a sentence about the statement rather than a row.
FEW_CELLS: Final = 2


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was found: where, by which profile, and the names of its columns."""

    source: Source
    profile: Profile
    sheet: str
    encoding: str
    header: tuple[str, ...]
    line: int
    others: tuple[str, ...] = ()  # further sheets that hold such a table

    @property
    def records(self) -> Iterator[Record]:
        """All records, from the first line on."""
        if self.sheet:
            return sheets.records_of(self.source, self.sheet)
        return records_of(lines_of(self.source, self.encoding), self.profile.file)


def header_of(record: Record, shape: File) -> tuple[str, ...] | None:
    """The columns, when the record holds all that the profile asks for."""
    if record.problem or not all(any(name in record.cells for name in names) for names in shape.header):
        return None
    cells = list(record.cells)
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def found_in_text(source: Source, encoding: str, profile: Profile) -> Table | None:
    """The table in a text file, if this profile fits it."""
    with closing(lines_of(source, encoding)) as lines:
        found = _header(records_of(lines, profile.file), profile.file)
    return Table(source, profile, "", encoding, *found) if found else None


def found_in_book(source: Source, heads: Mapping[str, Sequence[Record]], profile: Profile) -> Table | None:
    """The table in a workbook: in the sheet the profile names, or in the first that holds one."""
    fitting = {
        name: header
        for name, records in heads.items()
        if profile.file.sheet in (None, name) and (header := _header(records, profile.file)) is not None
    }
    if not fitting:
        return None
    name, *others = fitting
    return Table(source, profile, name, "", *fitting[name], tuple(others))


def _header(records: Iterable[Record], shape: File) -> tuple[tuple[str, ...], int] | None:
    for record in records:
        columns = header_of(record, shape)
        if columns is not None:
            return columns, record.line
        if record.line >= HEADER_WITHIN:
            return None
    return None


class TableReader:
    """Reads one table to its end."""

    def __init__(self, table: Table, first: int, findings: Findings) -> None:
        self._table, self._findings = table, findings
        self._profile, self._shape = table.profile, table.profile.file
        self._rows = RowReader(table.profile, table.header)
        self._around = Around(table.profile, table.header)
        self._accounts = Accounts(table.profile, table.header, self._around, first, findings)
        self.statements = 0

    def items(self) -> Iterator[Item]:
        """The statements of the table. Raises `StatementUnreadable`."""
        for name in self._table.others:
            self._findings.add("notice", "file", f"sheet {name!r} holds a table too; it was not read")
        for record in self._table.records:
            if record.line < self._table.line:
                self._around.told_by(record.text)
            elif record.line > self._table.line:
                yield from self._row(record)
        yield from self._accounts.close()
        self.statements = self._accounts.number

    def _row(self, record: Record) -> Iterator[Item]:
        if record.problem:
            self._findings.add("fault", "row", record.problem, "export the file again", record.line)
            return
        if not self._is_row(record):
            return
        cells = self._fitted(record)
        if cells is None or self._rows.skips(cells):
            return
        self._around.add(cells)
        try:
            account = self._accounts.of(cells)
            entry = self._rows.read(Place(self._accounts.number_of(account), record.line), cells)
        except WrongCell as wrong:
            self._findings.add("fault", wrong.column or "row", wrong.problem, wrong.remedy, record.line)
            return
        yield from self._accounts.take(account, entry)

    def _is_row(self, record: Record) -> bool:
        """Whether the record is a row; totals, comments and lines that tell of the statement are taken note of."""
        first = record.first
        if not first or header_of(record, self._shape) is not None:
            return False
        if self._around.is_total(record.cells, record.line, self._findings):
            return False
        around = first.startswith((*self._shape.comment, *self._shape.ignore))
        if around or sum(1 for cell in record.cells if cell) <= FEW_CELLS:
            return not self._around.told_by(record.text) and not around
        return True

    def _fitted(self, record: Record) -> list[str] | None:
        """The cells of the row, as many as the header has."""
        cells, width = record.cells, len(self._table.header)
        if len(cells) > width and any(cells[width:]):
            problem, remedy = (
                f"{len(cells)} cells where the header has {width}",
                "a comma within a cell needs quotes around it",
            )
        elif len(cells) < width and not self._table.sheet:
            problem, remedy = (
                f"{len(cells)} cells where the header has {width}",
                "the line is cut off: export the file again",
            )
        else:
            return cells[:width] + [""] * (width - len(cells))
        self._findings.add("fault", "row", problem, remedy, record.line)
        return None
