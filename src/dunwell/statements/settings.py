"""The statement profile: a TOML file that says how a bank or platform writes its table.

A profile is data, never a program. `docs/statements.md` is the reference for the people who write them.
"""

import re
from typing import Annotated, Final, Literal, Self, TypeAlias, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from dunwell.kernel.calendar import is_zone
from dunwell.kernel.money import EXPONENT
from dunwell.statements.model import Kind, Scheme, State

NAME: Final = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")
LONGEST_PATTERN: Final = 300
# `(a+)+` and its like take longer than anybody waits, on a cell made for it.
NESTED: Final = re.compile(r"[+*}]\)[+*{]")
# What a line outside the rows can tell of its statement: the names a `[[line]]` pattern may use.
TOLD: Final = frozenset(
    {
        "account", "holder", "bank", "id", "sequence", "from", "to", "opening", "closing",
        "count", "credit_count", "debit_count", "neutral_count", "credits", "debits", "neutral",
    }
)  # fmt: skip


class Part(BaseModel):
    """Any part of a profile: closed (an unknown key is an error) and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


Words: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_listed)]


def _column(given: object) -> object:
    return {"column": given} if isinstance(given, (str, list)) else given  # pyright: ignore[reportUnknownVariableType]


def _pattern(given: str) -> str:
    if len(given) > LONGEST_PATTERN or NESTED.search(given):
        raise ValueError(
            f"a pattern of more than {LONGEST_PATTERN} signs, or with a repetition within a repetition"
        )
    try:
        re.compile(given)
    except re.error as error:
        raise ValueError(f"not a pattern: {error}") from None
    return given


Pattern: TypeAlias = Annotated[str, BeforeValidator(_pattern)]


class Cell(Part):
    """A cell: a column by any of its names, and the part of it that `pattern` finds (group 1, or all)."""

    column: Words = Field(min_length=1)
    pattern: Pattern | None = None


CellIn: TypeAlias = Annotated[Cell, BeforeValidator(_column)]


class Moment(Cell):
    """A date, perhaps with a time of day in it or in a column of its own. Without `format`: year first."""

    format: Words = ()
    time: CellIn | None = None
    seconds: bool = False  # the export always has seconds; without them somebody re-saved the file


MomentIn: TypeAlias = Annotated[Moment, BeforeValidator(_column)]


class Choice(Part):
    """Words of a column, where `*` stands for anything."""

    column: Words = Field(min_length=1)


class DirectionCell(Choice):
    """Which words mean in, out, and neither. A word that is not listed is a fault."""

    credit: Words
    debit: Words
    neutral: Words = ()


class StateCell(Choice):
    """Which words mean which state. What is not listed is `otherwise`, or a fault."""

    booked: Words = ()
    pending: Words = ()
    failed: Words = ()
    closed: Words = ()
    information: Words = ()
    otherwise: State | None = None


class KindCell(Choice):
    """Which words mean which kind; what is not listed is `otherwise`."""

    words: dict[Kind, Words]
    otherwise: Kind = Kind.OTHER


class CurrencyCell(Choice):
    """A column with the currency, in ISO codes or in the words of `map`."""

    map: dict[str, str] = Field(default_factory=dict[str, str])


class Condition(Choice):
    """Rows whose column holds one of these words, or, with `empty`, anything or nothing."""

    one_of: Words = Field(default=(), alias="in")
    empty: bool | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if bool(self.one_of) == (self.empty is not None):
            raise ValueError("a condition needs either `in` or `empty`")
        return self


class Reference(Part):
    """A column that holds a reference."""

    scheme: Scheme
    column: Words = Field(min_length=1)
    pattern: Pattern | None = None
    label: str = ""


class Provider(Part):
    """Columns that together are an id nobody else's transaction can have."""

    scheme: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,59}$")
    columns: tuple[str, ...] = Field(min_length=1)


class Counterparty(Part):
    """The other side: columns of their own, or one cell cut up by `pattern` with groups `name`, `account`, `bank`."""

    name: CellIn | None = None
    account: CellIn | None = None
    bank: CellIn | None = None
    column: Words = ()
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.column) != (self.pattern is not None):
            raise ValueError("`column` and `pattern` go together")
        if self.pattern is not None and not set(re.compile(self.pattern).groupindex) <= {
            "name",
            "account",
            "bank",
        }:
            raise ValueError("`pattern` may name the groups name, account, bank")
        return self


class Row(Part):
    """What a row says. The first `[[row]]` whose `when` holds reads it."""

    when: Condition | None = None
    date: MomentIn
    value_date: MomentIn | None = None
    # One of: amount (signed) · amount with direction · credit and debit · amount with a fixed way
    amount: CellIn | None = None
    direction: DirectionCell | None = None
    credit: CellIn | None = None
    debit: CellIn | None = None
    debits_negative: bool = False  # the debit column has a minus before what went out
    way: Literal["credit", "debit", "neutral"] | None = None
    balance: CellIn | None = None
    fee: CellIn | None = None
    currency: CurrencyCell | None = None
    state: StateCell | None = None
    kind: KindCell | Kind = Kind.OTHER
    reversal: Condition | None = None
    refund_of: CellIn | None = None
    provider: Provider | None = None
    references: tuple[Reference, ...] = ()
    counterparty: Counterparty = Counterparty()
    text: Words = ()

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        apart = self.credit is not None or self.debit is not None
        if apart == (self.amount is not None):
            raise ValueError("give either `amount`, or `credit` and `debit`")
        if apart and (self.credit is None or self.debit is None):
            raise ValueError("`credit` and `debit` go together")
        if sum((apart, self.direction is not None, self.way is not None)) > 1:
            raise ValueError("only one of: `direction`, `way`, `credit` with `debit`")
        return self


class Line(Part):
    """A line outside the rows that tells of the statement, in named groups."""

    pattern: Pattern

    @field_validator("pattern")
    @classmethod
    def _known_names(cls, pattern: str) -> str:
        strange = set(re.compile(pattern).groupindex) - TOLD
        if strange or not re.compile(pattern).groupindex:
            raise ValueError(f"name at least one group, and only of: {', '.join(sorted(TOLD))}")
        return pattern


class Total(Part):
    """A row of totals: one that begins with `starts`, or the row below a `header` of its own.

    The former is read by the columns of the table. `sums`: its column = the column of the rows that it adds up.
    """

    starts: str = ""
    header: tuple[str, ...] = ()
    count: Words = ()
    credits: Words = ()
    debits: Words = ()
    sums: dict[str, str] = Field(default_factory=dict[str, str])

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.starts) == bool(self.header):
            raise ValueError("give either `starts` or `header`")
        return self


class File(Part):
    """How the table is written."""

    header: tuple[Words, ...] = Field(
        min_length=2
    )  # the row that holds all of these; each by any of its names
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)  # "" = nothing is quoted
    prefix: str = Field(default="", max_length=1)  # a sign before every data cell
    comment: Words = ()  # lines that begin so are no rows; `[[line]]` sees them
    ignore: Words = ()  # rows that begin so are no entries: page breaks, farewells
    sheet: str | None = None
    missing: Pattern = r"[-—/]*"  # cells that say nothing
    masked: Pattern = r"(?!)"  # amounts that somebody made unreadable: they are not there
    decimal: Literal[".", ","] = "."

    @field_validator("header", mode="before")
    @classmethod
    def _each_listed(cls, given: object) -> object:
        if not isinstance(given, list):
            return given
        return [_listed(each) for each in cast("list[object]", given)]


class Checks(Part):
    """What becomes of a contradiction: the file is refused, or people are told."""

    totals: Literal["fault", "notice"] = "fault"
    balance: Literal["fault", "notice"] = "fault"


class AccountCells(Part):
    """Whose statement, where a column tells. A `[[line]]` may tell instead."""

    scheme: str = ""
    identifier: CellIn | None = None
    bank: str = ""


class Profile(Part):
    """One kind of table."""

    name: str
    title: str
    currency: str
    zone: str
    file: File
    account: AccountCells = AccountCells()
    line: tuple[Line, ...] = ()
    total: tuple[Total, ...] = ()
    skip: tuple[Condition, ...] = ()
    row: tuple[Row, ...] = Field(min_length=1)
    check: Checks = Checks()

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not NAME.match(name):
            raise ValueError("use small letters, digits and hyphens")
        return name

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, currency: str) -> str:
        if currency not in EXPONENT:
            raise ValueError("use an ISO 4217 code such as CNY")
        return currency

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if not is_zone(zone):
            raise ValueError("write it as Asia/Shanghai")
        return zone

    @model_validator(mode="after")
    def _last_row_takes_all(self) -> Self:
        if any(row.when is None for row in self.row[:-1]):
            raise ValueError("a [[row]] without `when` hides those after it; put it last")
        return self
