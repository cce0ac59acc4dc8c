"""Reading in tests: bytes in, everything they say out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dunwell.kernel.errors import Fault
from dunwell.statements.model import Entry, Statement, StatementFile, Totals
from dunwell.statements.reading import open_statement


@dataclass(frozen=True, slots=True)
class Found:
    """What a file said."""

    file: StatementFile
    statements: list[Statement]
    entries: list[Entry]
    totals: list[Totals]
    faults: list[Fault]
    notices: list[Fault]

    @property
    def problems(self) -> str:
        """All faults as one text."""
        return "\n".join(str(fault) for fault in self.faults)

    @property
    def told(self) -> str:
        """All notices as one text."""
        return "\n".join(str(notice) for notice in self.notices)


def read(folder: Path, content: str | bytes, **options: Any) -> Found:
    """Read a file of this content; text becomes UTF-8."""
    path = folder / "statement"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_statement(path, **options) as reading:
        items = list(reading)
    return Found(
        reading.file,
        [item for item in items if isinstance(item, Statement)],
        [item for item in items if isinstance(item, Entry)],
        [item for item in items if isinstance(item, Totals)],
        list(reading.faults),
        list(reading.notices),
    )
