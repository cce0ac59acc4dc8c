"""The row report as a file: NDJSON for programs, CSV for spreadsheets."""

import csv
import io
import json
from typing import Final

from dunwell.intake.model import RowProblem

COLUMNS: Final = ("line", "column", "value", "problem", "remedy")
# A spreadsheet takes a cell that begins so for a formula; the file it came from is not trusted.
ACTIVE: Final = ("=", "+", "-", "@", "\t", "\r")


def as_ndjson(problem: RowProblem) -> str:
    """One JSON object and a line feed."""
    return json.dumps({name: getattr(problem, name) for name in COLUMNS}, ensure_ascii=False) + "\n"


def as_csv(problem: RowProblem) -> str:
    """One CSV record; what a spreadsheet would run as a formula gets an apostrophe before it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(
        [_inert(str(getattr(problem, name))) for name in COLUMNS]
    )
    return line.getvalue()


def csv_header() -> str:
    """The first line, after the signature by which spreadsheets know UTF-8."""
    return "\ufeff" + ",".join(COLUMNS) + "\r\n"


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(ACTIVE) else text
