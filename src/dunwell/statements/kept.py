"""Files and entries as they are kept, what is asked of them, and what can be wrong with asking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NewType
from uuid import UUID

from dunwell.kernel.errors import Conflict, Fault, Invalid, NotFound
from dunwell.kernel.ids import BorrowerId, LoanId, PaymentId
from dunwell.kernel.money import Money
from dunwell.statements.model import Direction, Kind, Reference, State

StatementFileId = NewType("StatementFileId", UUID)
EntryId = NewType("EntryId", UUID)
AccountId = NewType("AccountId", UUID)
MarkId = NewType("MarkId", UUID)

# Entries in one transaction: a constant count of statements, little lost in a crash.
BATCH: Final = 500
MOST_PARTS: Final = 50


class StatementFileNotFound(NotFound):
    """No such file at this tenant."""

    code = "statement.file-not-found"


class EntryNotFound(NotFound):
    """No such statement entry at this tenant."""

    code = "statement-entry.not-found"


class StatementQuarantined(Invalid):
    """The file contradicts itself or what is here; nothing of it was posted. `faults` says what and where."""

    code = "statement.quarantined"


class EntrySettled(Conflict):
    """Somebody, or a rule, has decided about this entry already."""

    code = "statement-entry.settled"


class EntryNotAssignable(Conflict):
    """There is no money of this entry to assign or return: it went out, or was never booked."""

    code = "statement-entry.no-money"


class AssignmentInvalid(Invalid):
    """The parts do not add up to the entry, or name a loan twice."""

    code = "statement-entry.parts"


class PayerMarkNotFound(NotFound):
    """No such payer mark at this tenant."""

    code = "payer-mark.not-found"


class PayerMarkInvalid(Invalid):
    """The mark names nobody, or no number."""

    code = "payer-mark.invalid"


class PayerMarkTaken(Conflict):
    """That virtual account or request number belongs to another debtor."""

    code = "payer-mark.taken"


class FileState(StrEnum):
    """`received → loading → loaded`, or `quarantined`: a quarantined file may be sent again."""

    RECEIVED = "received"
    QUARANTINED = "quarantined"
    LOADING = "loading"
    LOADED = "loaded"


class Disposition(StrEnum):
    """What became of an entry. `WAITING` ends when its file is loaded; the amounts of all add up to the file."""

    WAITING = "waiting"
    MATCHED = "matched"
    SUSPENSE = "suspense"
    IGNORED = "ignored"
    UNMATCHED = "unmatched"
    REVERSED = "reversed"
    RETURNED = "returned"


class PayerMarkKind(StrEnum):
    """What a debtor pays by. The first and the last belong to one debtor alone."""

    SUB_ACCOUNT = "sub_account"
    PAYER_ACCOUNT = "payer_account"
    PAYMENT_REQUEST = "payment_request"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as it stands. `added + duplicates = entries`."""

    id: StatementFileId
    filename: str
    digest: str
    size: int
    format: str
    profile: str
    state: FileState
    received_by: str
    received_at: datetime
    finished_at: datetime | None
    entries: int
    added: int
    duplicates: int
    faults: tuple[Fault, ...] = ()
    notices: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many entries of a file came to what, and their amounts in minor units of one currency."""

    disposition: Disposition
    direction: Direction
    currency: str
    count: int
    minor: int


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry as it may be shown: who paid is masked, the text stays sealed."""

    id: EntryId
    file: StatementFileId
    account: str
    line: int
    part: int
    booked_on: date | None
    value_on: date | None
    amount: Money
    direction: Direction
    state: State
    kind: Kind
    takes_back: bool
    references: tuple[Reference, ...]
    masked_name: str
    masked_account: str
    disposition: Disposition
    reason: str
    match: Mapping[str, Any]
    payments: tuple[PaymentId, ...]
    suspense: UUID | None
    original: EntryId | None
    open: bool
    settled_by: str
    settled_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RevealedText:
    """Payer and text of an entry in clear."""

    name: str = field(repr=False)
    account: str = field(repr=False)
    bank: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PayerMark:
    """A number that leads to a debtor, or to one of their loans."""

    id: MarkId
    kind: PayerMarkKind
    masked: str
    borrower: BorrowerId
    loan: LoanId | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BrowseFiles:
    """A page of files, the newest first."""

    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class BrowseEntries:
    """A page of the entries of a file, in its order."""

    file: StatementFileId
    cursor: str | None
    limit: int
    disposition: Disposition | None = None


@dataclass(frozen=True, slots=True)
class BrowseQueue:
    """A page of what people have to look at, the oldest first."""

    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class BrowseMarks:
    """A page of payer marks, the oldest first."""

    cursor: str | None
    limit: int
    borrower: BorrowerId | None = None


@dataclass(frozen=True, slots=True)
class AssignEntry:
    """A person says for which loans the money is. No amount goes with a single loan: it takes all."""

    entry: EntryId
    parts: Sequence[tuple[LoanId, Money | None]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReturnEntry:
    """A person says that the money went back to who paid it."""

    entry: EntryId
    reason: str
    returned_on: date | None = None


@dataclass(frozen=True, slots=True)
class DisownEntry:
    """A person says that an entry is no business of any debtor."""

    entry: EntryId
    reason: str


@dataclass(frozen=True, slots=True)
class ReverseByEntry:
    """A person says which payments a refund or reversal takes back."""

    entry: EntryId
    payments: Sequence[PaymentId]
    reason: str


@dataclass(frozen=True, slots=True)
class RevealEntry:
    """Show payer and text in clear, for a reason that is kept."""

    entry: EntryId
    reason: str


@dataclass(frozen=True, slots=True)
class SaveMark:
    """A number that leads to a debtor; with `loan`, to that loan alone."""

    kind: PayerMarkKind
    number: str = field(repr=False)
    borrower: BorrowerId
    loan: LoanId | None = None
