"""What is shown of files and entries: who paid is masked."""

from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from msgspec import Struct

from dunwell.kernel.errors import Fault
from dunwell.kernel.money import Money
from dunwell.statements.kept import Disposition, FileState, KeptEntry, KeptFile, Tally
from dunwell.statements.model import Kind, Scheme, State
from dunwell.web.shapes import MoneyOut


class EntryDirection(StrEnum):
    """Seen from the account: came in, went out, moved within it. A name of its own in the API's document."""

    CREDIT = "credit"
    DEBIT = "debit"
    NEUTRAL = "neutral"


class StatementFaultOut(Struct, frozen=True):
    """What is wrong with a file, or what people should know of it."""

    field: str
    line: int | None
    problem: str
    remedy: str

    @classmethod
    def of(cls, fault: Fault) -> Self:
        return cls(fault.field, fault.line, fault.problem, fault.remedy)


class StatementFileOut(Struct, frozen=True):
    """A file. `added + duplicates = entries`; `faults` say why a quarantined one was not taken in."""

    id: UUID
    filename: str
    sha256: str
    bytes: int
    format: str
    profile: str
    state: FileState
    received_by: str
    received_at: datetime
    finished_at: datetime | None
    entries: int
    added: int
    duplicates: int
    faults: list[StatementFaultOut]
    notices: list[StatementFaultOut]

    @classmethod
    def of(cls, file: KeptFile) -> Self:
        return cls(
            file.id,
            file.filename,
            file.digest,
            file.size,
            file.format,
            file.profile,
            file.state,
            file.received_by,
            file.received_at,
            file.finished_at,
            file.entries,
            file.added,
            file.duplicates,
            [StatementFaultOut.of(each) for each in file.faults],
            [StatementFaultOut.of(each) for each in file.notices],
        )


class StatementTallyOut(Struct, frozen=True):
    """Entries of one currency and direction that came to the same."""

    disposition: Disposition
    direction: EntryDirection
    count: int
    amount: MoneyOut

    @classmethod
    def of(cls, tally: Tally) -> Self:
        return cls(
            tally.disposition,
            EntryDirection(tally.direction),
            tally.count,
            MoneyOut.of(Money(tally.minor, tally.currency)),
        )


class StatementFileTallyOut(Struct, frozen=True):
    """A file and what became of the entries it brought: the amounts add up to the file."""

    file: StatementFileOut
    tally: list[StatementTallyOut]

    @classmethod
    def of(cls, found: tuple[KeptFile, list[Tally]]) -> Self:
        file, tallies = found
        return cls(StatementFileOut.of(file), [StatementTallyOut.of(each) for each in tallies])


class EntryReferenceOut(Struct, frozen=True):
    """A number that stands on the entry; `label` is the bank's word for it."""

    scheme: Scheme
    text: str
    label: str


class StatementEntryOut(Struct, frozen=True):
    """An entry. `match` holds the explanation and, while nobody decided, suggestions with their reasons."""

    id: UUID
    file: UUID
    account: str
    line: int
    part: int
    booked_on: date | None
    value_on: date | None
    amount: MoneyOut
    direction: EntryDirection
    state: State
    kind: Kind
    takes_back: bool
    references: list[EntryReferenceOut]
    masked_name: str
    masked_account: str
    disposition: Disposition
    reason: str
    match: dict[str, object]
    payments: list[UUID]
    suspense: UUID | None
    original: UUID | None
    open: bool
    settled_by: str
    settled_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, entry: KeptEntry) -> Self:
        return cls(
            id=entry.id,
            file=entry.file,
            account=entry.account,
            line=entry.line,
            part=entry.part,
            booked_on=entry.booked_on,
            value_on=entry.value_on,
            amount=MoneyOut.of(entry.amount),
            direction=EntryDirection(entry.direction),
            state=entry.state,
            kind=entry.kind,
            takes_back=entry.takes_back,
            references=[EntryReferenceOut(each.scheme, each.text, each.label) for each in entry.references],
            masked_name=entry.masked_name,
            masked_account=entry.masked_account,
            disposition=entry.disposition,
            reason=entry.reason,
            match=dict(entry.match),
            payments=list(entry.payments),
            suspense=entry.suspense,
            original=entry.original,
            open=entry.open,
            settled_by=entry.settled_by,
            settled_at=entry.settled_at,
            created_at=entry.created_at,
        )
