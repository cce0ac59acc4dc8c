"""What stands around the rows of a table: lines that tell of the statement, and rows of totals."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from dunwell.kernel.money import Money
from dunwell.statements.model import Declared
from dunwell.statements.rules.reading_cells import Moments, WrongCell, minor_of, number_of
from dunwell.statements.rules.reading_totals import Findings
from dunwell.statements.settings import Profile, Total

COUNTS: Final = ("count", "credit_count", "debit_count", "neutral_count")
SUMS: Final = ("credits", "debits", "neutral")


class Around:
    """Gathers what a table says of itself outside its rows."""

    def __init__(self, profile: Profile, header: Sequence[str]) -> None:
        self._profile = profile
        self._patterns = [re.compile(line.pattern) for line in profile.line]
        self._places = {name: place for place, name in reversed(list(enumerate(header)))}
        self._summed = {
            column: Decimal(0)
            for total in profile.total
            for column in total.sums.values()
            if column in self._places
        }
        self._awaiting: tuple[Total, Sequence[str]] | None = None
        self._seen: set[int] = set()
        self.told: dict[str, str] = {}

    def told_by(self, text: str) -> bool:
        """Take what the line tells; whether it told anything. What was told first stays."""
        matched = False
        for pattern in self._patterns:
            match = pattern.search(text)
            if match is not None:
                matched = True
                for name, value in match.groupdict().items():
                    if value is not None:
                        self.told.setdefault(name, value.strip())
        return matched

    def add(self, cells: Sequence[str]) -> None:
        """A row: columns that a total adds up are added up."""
        for column in self._summed:
            self._summed[column] += self._number(cells[self._places[column]]) or 0

    def is_total(self, cells: Sequence[str], line: int, findings: Findings) -> bool:
        """Whether the record is a row of totals, or the header of one; its figures are kept."""
        if self._awaiting is not None:
            total, header = self._awaiting
            self._awaiting = None
            self._take(total, dict(zip(header, cells, strict=False)), line, findings)
            return True
        for place, total in enumerate(self._profile.total):
            if total.header and all(name in cells for name in total.header):
                self._seen.add(place)
                self._awaiting = (total, list(cells))
                return True
            first = next((cell for cell in cells if cell), "")
            if total.starts and first.startswith(total.starts):
                self._seen.add(place)
                self._take(
                    total,
                    {name: cells[at] for name, at in self._places.items() if at < len(cells)},
                    line,
                    findings,
                )
                return True
        return False

    def _take(self, total: Total, row: dict[str, str], line: int, findings: Findings) -> None:
        for name in ("credits", "debits"):
            column = next((each for each in getattr(total, name) if each in row), None)
            if column is not None and row[column]:
                self.told.setdefault(name, row[column])
        column = next((each for each in total.count if each in row), None)
        if column is not None:
            self.told.setdefault("count", row[column])
        for column, summed in total.sums.items():
            declared = self._number(row.get(column, ""))
            if declared is None:
                findings.add("fault", column, "the total is not an amount", "export the file again", line)
            elif declared != self._summed.get(summed, declared):
                findings.add(
                    self._profile.check.totals,
                    column,
                    f"it declares {declared}; column {summed!r} adds up to {self._summed[summed]}",
                    "rows are missing or changed: export the file again",
                    line,
                )

    def _number(self, text: str) -> Decimal | None:
        try:
            return number_of(text, decimal=self._profile.file.decimal)
        except WrongCell:
            return None

    def declared(self, findings: Findings) -> Declared:
        """Counts and sums, as far as they were told."""
        counts = {name: self._count(name, findings) for name in COUNTS}
        sums = {name: self.money(name, findings) for name in SUMS}
        if len(self._seen) < len(self._profile.total):
            findings.add(
                self._profile.check.totals,
                "totals",
                "the row of totals is missing",
                "the file is cut off: export it again",
            )
        return Declared(
            count=counts["count"],
            credit_count=counts["credit_count"],
            debit_count=counts["debit_count"],
            neutral_count=counts["neutral_count"],
            credits=sums["credits"],
            debits=sums["debits"],
            neutral=sums["neutral"],
        )

    def _count(self, name: str, findings: Findings) -> int | None:
        text = self.told.get(name)
        if text is None:
            return None
        if not re.fullmatch(r"[\d,]{1,12}", text, re.ASCII):
            findings.add("fault", name, "the declared number is not one", "export the file again")
            return None
        return int(text.replace(",", ""))

    def money(self, name: str, findings: Findings) -> Money | None:
        """An amount that was told. A word that is no amount is a finding, unless it was made unreadable."""
        text = self.told.get(name, "")
        if not text or re.search(self._profile.file.masked, text):
            return None
        try:
            minor = minor_of(text, self._profile.currency, decimal=self._profile.file.decimal)
        except WrongCell as wrong:
            findings.add(
                "fault", name, f"what is declared is wrong: {wrong.problem}", "export the file again"
            )
            return None
        return Money(abs(minor) if name == "debits" else minor, self._profile.currency)

    def moment(self, name: str, findings: Findings) -> datetime | date | None:
        """A date or an instant that was told."""
        text = self.told.get(name)
        if not text:
            return None
        try:
            day, at = Moments((), self._profile.zone, seconds=False).read(text)
        except WrongCell as wrong:
            findings.add("notice", name, wrong.problem, wrong.remedy)
            return None
        return at or day
