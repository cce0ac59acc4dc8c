"""Files as rows, fed piece by piece: no reader holds more than a line, a record or a piece at a time.

    reader = open_reader(profile)
    for piece in pieces: yield from reader.feed(piece)
    yield from reader.close()

A reader yields `Header` once, then rows as `(line, cells)` and, for a row that cannot be read, a `RowProblem`.
`TapeUnreadable` ends the file.
"""

from dunwell.intake.readers.delimited import CsvReader
from dunwell.intake.readers.lines import Header, Item, Reader
from dunwell.intake.readers.ndjson import NdjsonReader
from dunwell.intake.readers.workbook import WorkbookReader
from dunwell.intake.rules.wanted import wanted
from dunwell.intake.settings import Profile

__all__ = ["Header", "Item", "Reader", "open_reader"]


def open_reader(profile: Profile) -> Reader:
    """The reader for a profile's format."""
    if profile.file.format == "csv":
        return CsvReader(profile.file)
    if profile.file.format == "ndjson":
        return NdjsonReader(profile.file, wanted(profile))
    return WorkbookReader(profile.file)
