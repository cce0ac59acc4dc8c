"""Reading a statement file: open, recognise, read entry by entry, hold everything it says of itself against it."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from dunwell.kernel.errors import Fault
from dunwell.statements.model import (
    Checked,
    Format,
    FormatUnknown,
    Item,
    StatementFile,
    Totals,
)
from dunwell.statements.profile_files import builtin, builtins
from dunwell.statements.readers.bai2 import Bai2Reader
from dunwell.statements.readers.camt import CamtReader
from dunwell.statements.readers.mt940 import Mt940Reader
from dunwell.statements.readers.tables import TableReader
from dunwell.statements.recognising import Recognised, recognise
from dunwell.statements.rules.reading_totals import Findings
from dunwell.statements.settings import Profile
from dunwell.statements.sources import DAMAGED, Source, members, opened

# Summaries that a platform packs beside its statement; the statement itself holds all they say.
SUMMARIES = ("汇总", "summary")


class Reading:
    """A file being read. Iterate once: `Statement`, its `Entry`s, its `Totals`; then the next statement.

    `faults` and `notices` are complete when the iteration has ended. With any fault nothing may be posted.
    """

    def __init__(
        self, file: StatementFile, recognised: Sequence[Recognised], findings: Findings, stack: ExitStack
    ) -> None:
        self.file = file
        self._recognised, self._findings, self._stack = recognised, findings, stack

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong with the file; the first 200 of it."""
        return self._findings.faults

    @property
    def notices(self) -> Sequence[Fault]:
        """What people should know about the file."""
        return self._findings.notices

    @property
    def more_faults(self) -> int:
        """Faults beyond those kept."""
        return self._findings.more

    def __iter__(self) -> Iterator[Item]:
        first = 1
        for recognised in self._recognised:
            reader = _reader(recognised, first, self._findings)
            yield from reader.items()
            first += reader.statements


def _reader(
    recognised: Recognised, first: int, findings: Findings
) -> TableReader | CamtReader | Mt940Reader | Bai2Reader:
    if recognised.table is not None:
        return TableReader(recognised.table, first, findings)
    if recognised.format is Format.MT940:
        return Mt940Reader(recognised.source, first, findings)
    if recognised.format is Format.BAI2:
        return Bai2Reader(recognised.source, first, findings)
    return CamtReader(recognised.source, first, findings)


def open_statement(
    path: Path,
    *,
    profile: str | Profile | None = None,
    password: str | None = None,
    profiles: Sequence[Profile] = (),
) -> Reading:
    """Open a file and recognise it. `profiles` are the tenant's own, tried before those that ship with Dunwell.

    Raises `StatementUnreadable`, `StatementLocked`, `StatementTooLarge`, `FormatUnknown`, `ProfileNotFound`.
    """
    with ExitStack() as stack:
        source, digest = opened(path, stack)
        findings = Findings()
        recognised = _recognised(source, _candidates(profile, profiles), password, findings, stack)
        first = recognised[0]
        file = StatementFile(
            format=first.format,
            profile=first.table.profile.name if first.table is not None else "",
            digest=digest,
            size=source.size,
        )
        return Reading(file, recognised, findings, stack.pop_all())


def check(
    path: Path,
    *,
    profile: str | Profile | None = None,
    password: str | None = None,
    profiles: Sequence[Profile] = (),
    seen: Callable[[int], None] = lambda _: None,
) -> Checked:
    """Read a file to its end and keep nothing but what it came to. `seen` is told the number of items so far."""
    totals: list[Totals] = []
    with open_statement(path, profile=profile, password=password, profiles=profiles) as reading:
        for count, item in enumerate(reading, 1):
            if isinstance(item, Totals):
                totals.append(item)
            if not count % 1000:
                seen(count)
        return Checked(
            reading.file, tuple(totals), tuple(reading.faults), tuple(reading.notices), reading.more_faults
        )


def _candidates(profile: str | Profile | None, own: Sequence[Profile]) -> Sequence[Profile]:
    if isinstance(profile, Profile):
        return (profile,)
    named = {each.name: each for each in own}
    if profile is not None:
        return (named[profile] if profile in named else builtin(profile),)
    return (*own, *(each for each in builtins() if each.name not in named))


def _recognised(
    source: Source, profiles: Sequence[Profile], password: str | None, findings: Findings, stack: ExitStack
) -> list[Recognised]:
    """The file, or the statements in the archive that it is."""
    if not source.is_zip or _is_workbook(source):
        return [recognise(source, profiles)]
    found: list[Recognised] = []
    unknown: FormatUnknown | None = None
    for member in members(source, password, stack):
        if any(word in member.name.lower() for word in SUMMARIES):
            findings.add(
                "notice", "file", "a summary in the archive was not read; the statement tells the same"
            )
            continue
        try:
            found.append(recognise(member, profiles))
        except FormatUnknown as error:
            unknown = error
            findings.add("notice", "file", "a file in the archive is no statement we know; it was not read")
    if not found:
        raise unknown or FormatUnknown(
            "no statement in the archive",
            faults=[Fault("file", "no statement in the archive", "send the statement itself")],
        )
    return found


def _is_workbook(source: Source) -> bool:
    try:
        with zipfile.ZipFile(source.file) as archive:
            return "[Content_Types].xml" in archive.namelist()
    except DAMAGED:
        return False
