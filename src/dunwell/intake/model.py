"""Tapes as values: what was received, what a row says, what is wrong with it, and what loading it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from dunwell.kernel.errors import Conflict, Fault, Invalid, NotFound, TooLarge
from dunwell.kernel.ids import PaymentId, TapeId

MIB: Final = 1024 * 1024
# One stored piece of a tape. Smaller pieces cost statements, larger ones memory.
CHUNK_BYTES: Final = MIB
# A line longer than this is no loan: nothing may be kept in memory waiting for its end.
LINE_BYTES: Final = MIB
# Lines one record may span through quoted line breaks; more means a quote that is never closed.
RECORD_LINES: Final = 200
# Rows in one transaction: long enough to amortise the statements, short enough to lose little.
BATCH_ROWS: Final = 1000
# A report longer than this helps nobody; the counts go on.
PROBLEM_ROWS: Final = 10_000
# When this many rows from the start are all bad, the profile does not fit the file.
HOPELESS_ROWS: Final = 1000


class TapeNotFound(NotFound):
    """No such tape at this tenant."""

    code = "tape.not-found"


class TapeUnreadable(Invalid):
    """The file as a whole cannot be read: wrong format, no header, a column missing, nothing in it."""

    code = "tape.unreadable"


class TapeTooLarge(TooLarge):
    """The file is longer than this installation takes."""

    code = "tape.too-large"


class WrongDay(Invalid):
    """The day to load as of is no day of a loan."""

    code = "tape.as-of"


class TapeBusy(Conflict):
    """Somebody else is loading this tape now."""

    code = "tape.busy"


class TapeIncomplete(Conflict):
    """The upload was never finished, or the file was dropped after loading."""

    code = "tape.incomplete"


class ProfileInvalid(Invalid):
    """A profile file is wrong; `faults` names the lines."""

    code = "profile.invalid"


class ProfileNotFound(NotFound):
    """No profile of that name."""

    code = "profile.not-found"


class WrongCell(Invalid):
    """One cell cannot be read. `column` and `value` are filled in on the way out."""

    code = "tape.cell"

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.column = ""
        self.value = ""
        self.personal = False


class TapeState(StrEnum):
    """`receiving → received → loading → loaded`, or `checked` after a dry run, or `failed`."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    LOADING = "loading"
    LOADED = "loaded"
    CHECKED = "checked"
    FAILED = "failed"


class Status(StrEnum):
    """What a tape may say a loan is. Nothing follows from it but what people read; money decides the rest."""

    OPEN = "open"
    SETTLED = "settled"
    CHARGED_OFF = "charged_off"
    COLLECTION = "collection"


DONE: Final = frozenset({TapeState.LOADED, TapeState.CHECKED, TapeState.FAILED})

# A row as the readers give it: its line (or sheet row) and its cells as text, or as a date from a date cell.
Cellular: TypeAlias = str | date
RawRow: TypeAlias = tuple[int, Sequence[Cellular]]
Value: TypeAlias = str | int | date | Decimal
Values: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one cell of one row. `value` is masked where the column is personal."""

    line: int
    column: str
    value: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class TapeInstalment:
    """A row of the schedule as on the tape, in minor units of the loan's currency."""

    due_on: date
    principal: int
    interest: int
    fees: int

    @property
    def total(self) -> int:
        return self.principal + self.interest + self.fees


@dataclass(frozen=True, slots=True)
class TapePayment:
    """A payment told by a row; `slot` names it within its loan, whatever its date and amount become."""

    slot: str
    paid_on: date
    minor: int
    reference: str


@dataclass(frozen=True, slots=True)
class TapeLoan:
    """One loan as a tape tells it. Amounts in `loan` and `standing` are minor units of `currency`."""

    line: int
    reference: str
    currency: str
    told_on: date | None  # the reporting date of the row, where the profile has `latest_by`
    borrower: Values = field(repr=False)
    loan: Values
    standing: Values
    instalments: tuple[TapeInstalment, ...]
    payments: tuple[TapePayment, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows read and what became of them; `good + bad + skipped = rows`.

    A loan whose rows the tape repeats (by month, by instalment) counts once in
    `inserted + updated + unchanged` for every batch it occurs in.
    """

    rows: int = 0
    good: int = 0
    bad: int = 0
    skipped: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    payments: int = 0
    reversed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            rows=self.rows + other.rows,
            good=self.good + other.good,
            bad=self.bad + other.bad,
            skipped=self.skipped + other.skipped,
            inserted=self.inserted + other.inserted,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            payments=self.payments + other.payments,
            reversed=self.reversed + other.reversed,
        )


@dataclass(frozen=True, slots=True)
class Tape:
    """A tape and how far it is. `line` is the last line that is safely in."""

    id: TapeId
    filename: str
    profile: str
    policy_version: int
    state: TapeState
    dry_run: bool
    as_of: date | None
    size: int
    chunks: int
    sha256: str
    line: int
    counts: Counts
    problem: str
    received_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class StartTape:
    """Announce an upload. `table` is a profile to use instead of one by name (at the command line)."""

    tape: TapeId
    filename: str
    profile: str
    dry_run: bool
    as_of: date | None
    table: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class KeepChunk:
    """Piece number `position` (from 0) of a tape that is being received."""

    tape: TapeId
    position: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FinishUpload:
    """All bytes are here. With `load`, a worker is asked to load them."""

    tape: TapeId
    size: int
    chunks: int
    sha256: bytes
    load: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to take in one transaction: those behind line `after` up to line `through`."""

    after: int
    through: int
    loans: tuple[TapeLoan, ...]
    problems: tuple[RowProblem, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class TakeBatch:
    """Take a batch of a tape. `supersedes`: the profile reads tapes that tell of a loan again and again."""

    tape: TapeId
    batch: Batch
    supersedes: bool


@dataclass(frozen=True, slots=True)
class FinishTape:
    """The end of a load: all rows were read, or the file as a whole is wrong."""

    tape: TapeId
    problem: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class BrowseTapes:
    """A page of the list, newest first."""

    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A page of a tape's row problems, in line order."""

    tape: TapeId
    cursor: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The row that last spoke of a loan."""

    reference: str
    told_on: date | None
    digest: bytes
    tape: TapeId
    line: int


@dataclass(frozen=True, slots=True)
class KeptPayment:
    """A payment that a row told of and that stands."""

    reference: str
    slot: str
    generation: int
    payment: PaymentId
    paid_on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Later:
    """A payment that the tape tells of, for a loan by its reference: what a replay books when its day comes."""

    loan: str
    currency: str
    payment: TapePayment
