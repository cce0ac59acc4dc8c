"""The mapping profile: a TOML file that says how a tape is written and what its columns mean.

A profile is data, never a program: a value comes from one column or from a few named combinations
(sum, difference, first non-empty, joined text), and is read by one named parser. `docs/tapes.md` is the
reference for the people who write them.
"""

import re
from decimal import Decimal
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from dunwell.kernel.calendar import is_zone

NAME: Final = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")
SOURCES: Final = ("column", "value", "line", "sum", "minus", "first", "join")


class Part(BaseModel):
    """Any part of a profile: closed (an unknown key is an error) and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


Words: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Condition(Part):
    """A test of one column; every test that is written must hold."""

    column: str
    one_of: Words | None = Field(default=None, alias="in")
    not_in: Words | None = None
    empty: bool | None = None
    positive: bool | None = None

    @model_validator(mode="after")
    def _tests_something(self) -> Self:
        if all(test is None for test in (self.one_of, self.not_in, self.empty, self.positive)):
            raise ValueError("a condition needs one of: in, not_in, empty, positive")
        return self


def _conditions(given: object) -> object:
    return [given] if isinstance(given, (dict, Condition)) else given  # pyright: ignore[reportUnknownVariableType]


Conditions: TypeAlias = Annotated[tuple[Condition, ...], BeforeValidator(_conditions)]


def _cell(given: object) -> object:
    return {"column": given} if isinstance(given, str) else given


class Cell(Part):
    """Where one value comes from (exactly one source) and how it is written."""

    column: str | None = None
    value: str | int | bool | None = None
    line: str | None = None  # the line number, after this prefix
    sum: tuple["CellIn", ...] | None = None
    minus: tuple["CellIn", ...] | None = None  # the first, less all others
    first: tuple["CellIn", ...] | None = None  # the first that is not empty
    join: tuple["CellIn", ...] | None = None  # texts that are not empty, joined by `by`
    by: str = " "

    only_if: Conditions = ()
    missing: Words | None = None  # instead of the profile's own list
    map: dict[str, str] | None = None  # word on the tape → our word, before parsing
    otherwise: str | None = None  # for words that `map` does not list
    default: str | None = None  # when the cell is empty
    remove: Words = ()  # pieces of text to cut out before parsing
    format: Words = ()  # dates: `iso`, `excel`, or strptime patterns, tried in order
    day: Literal["first", "last"] = "first"  # of a month, for patterns without a day
    zone: str | None = None  # the tape's clock; with `to_zone`, an instant becomes that zone's day
    to_zone: str | None = None
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    scale: Decimal = Decimal(1)  # 10000 for amounts in 万元, 0.01 for cents
    round: bool = False  # allow more decimals than the currency has, and round half-even
    negate: bool = False
    at_least: int | None = None  # smaller whole numbers and amounts become this
    unit: Literal["percent", "fraction", "per_mille", "basis_points"] = "fraction"
    per: Literal["year", "month", "day_360", "day_365"] = "year"
    plus_days: "CellIn | int" = 0
    plus_months: "CellIn | int" = 0

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(SOURCES)}; found {', '.join(given) or 'none'}")
        for name in ("sum", "minus", "first", "join"):
            parts = getattr(self, name)
            if parts is not None and len(parts) < 2:
                raise ValueError(f"{name} needs at least two values")
        if self.otherwise is not None and self.map is None:
            raise ValueError("`otherwise` goes with `map`")
        if (self.zone is None) != (self.to_zone is None):
            raise ValueError("`zone` and `to_zone` go together")
        for zone in (self.zone, self.to_zone):
            if zone is not None and not is_zone(zone):
                raise ValueError(f"no time zone {zone!r}; write it as Asia/Shanghai")
        if self.scale <= 0:
            raise ValueError("scale must be above zero")
        return self


CellIn: TypeAlias = Annotated[Cell, BeforeValidator(_cell)]
Cell.model_rebuild()


class FileShape(Part):
    """How the file is written."""

    format: Literal["csv", "ndjson", "xlsx"]
    encoding: str = "utf-8-sig"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)  # "" = this file quotes nothing
    escape: str = Field(default="", max_length=1)  # a backslash, where a quote inside quotes is written \"
    header: int = Field(default=1, ge=0, le=1000)  # line of the header; 0 = none, give `columns`
    header_starts: str | None = None  # or: the first line that begins so
    columns: tuple[str, ...] = ()
    ignore: Words = ()  # lines that begin so are no loans: totals, comments
    sheet: str | None = None  # xlsx; the first one when not named
    short_rows: Literal["refuse", "pad"] = "refuse"

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError:
            raise ValueError(f"unknown encoding {name!r}; use utf-8, gb18030, latin-1, utf-16, …") from None
        return name.lower()

    @model_validator(mode="after")
    def _header_or_columns(self) -> Self:
        headless = self.header == 0 and self.header_starts is None
        if self.format != "ndjson" and headless != bool(self.columns):
            raise ValueError("`header = 0` goes with `columns = […]`, and only with it")
        return self


class BorrowerCells(Part):
    """Who owes. `reference` is the lender's own number of the customer."""

    reference: CellIn
    kind: CellIn | None = None
    name: CellIn | None = None
    id_number: CellIn | None = None
    phone: CellIn | None = None
    email: CellIn | None = None
    address: CellIn | None = None
    language: CellIn | None = None
    zone: CellIn | None = None
    country: CellIn | None = None


class LoanCells(Part):
    """The contract."""

    reference: CellIn
    currency: CellIn
    principal: CellIn
    product: CellIn | None = None
    method: CellIn | None = None
    annual_rate: CellIn | None = None
    day_count: CellIn | None = None
    disbursed_on: CellIn | None = None
    first_due_on: CellIn | None = None
    instalments: CellIn | None = None
    every_months: CellIn | None = None
    every_days: CellIn | None = None
    amortised_over: CellIn | None = None
    interest_only: CellIn | None = None
    interest_deferred: CellIn | None = None
    interest_free: CellIn | None = None
    balloon: CellIn | None = None
    level: CellIn | None = None
    multiple_of: CellIn | None = None
    rounding: CellIn | None = None
    roll: CellIn | None = None
    accrual: CellIn | None = None
    instalment: CellIn | None = None
    matures_on: CellIn | None = None
    grace_days: CellIn | None = None
    disclosed: CellIn | None = None


class StandingCells(Part):
    """Where the loan stands by the lender's own books, when the tape has no payments to derive it from."""

    as_of: CellIn | None = None
    balance: CellIn | None = None
    overdue: CellIn | None = None
    paid_through: CellIn | None = None
    past_due_since: CellIn | None = None
    days_past_due: CellIn | None = None
    status: CellIn | None = None
    closed_on: CellIn | None = None


class InstalmentCells(Part):
    """One instalment of the schedule as on the tape, or `count` equal ones, a step apart."""

    due_on: CellIn
    principal: CellIn | None = None
    interest: CellIn | None = None
    fees: CellIn | None = None
    total: CellIn | None = None
    count: CellIn | None = None
    every_months: int = Field(default=1, ge=0, le=120)
    every_days: int = Field(default=0, ge=0, le=3660)

    @model_validator(mode="after")
    def _an_amount(self) -> Self:
        if self.principal is None and self.total is None:
            raise ValueError("an instalment needs `principal` or `total`")
        return self


class PaymentCells(Part):
    """A payment the row tells of: an amount, or what it settles of the schedule in the same row."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,20}$")
    paid_on: CellIn
    amount: CellIn | None = None
    settles: Literal["first", "rest"] | None = None
    reference: CellIn | None = None
    only_if: Conditions = ()

    @model_validator(mode="after")
    def _amount_or_settles(self) -> Self:
        if (self.amount is None) == (self.settles is None):
            raise ValueError("a payment needs either `amount` or `settles`")
        return self


Share: TypeAlias = Annotated[Decimal, Field(ge=0, le=1)]


class InterestCheck(Part):
    """The interest of a row follows from balance, rate and days. `accrues` says which days.

    `month-before`: the calendar months before the one `on` lies in; `same-month`: that one; `between`: from `start`
    to `end` (`end_counts`: the last day bears interest too).
    """

    balance: CellIn
    annual_rate: CellIn
    interest: CellIn
    day_count: CellIn = Cell(value="30/360")
    accrues: Literal["month-before", "same-month", "between"] = "between"
    on: CellIn | None = None
    start: CellIn | None = None
    end: CellIn | None = None
    end_counts: bool = False
    every_months: int = Field(default=1, ge=1, le=12)
    at_least: Share | None = None

    @model_validator(mode="after")
    def _days(self) -> Self:
        needed = ("start", "end") if self.accrues == "between" else ("on",)
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"`accrues = {self.accrues!r}` needs {' and '.join(missing)}")
        return self


class AnnuityCheck(Part):
    """The equal instalment follows from amount, rate and number of instalments."""

    amount: CellIn
    annual_rate: CellIn
    instalments: CellIn
    instalment: CellIn
    periods_a_year: int = Field(default=12, ge=1, le=366)
    at_least: Share | None = None


class StatusCheck(Part):
    """The status follows from how far the paid-through date lies behind the reporting date.

    `codes` maps the whole calendar months (or days) behind, from which on, to the word on the tape.
    """

    status: CellIn
    paid_through: CellIn
    on: CellIn
    counted_in: Literal["months", "days"] = "months"
    codes: dict[int, str] = Field(min_length=1)
    at_least: Share | None = None


class SumCheck(Part):
    """Two amounts of a row are the same: the parts and their total, balance before and after."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,30}$")
    left: CellIn
    right: CellIn
    at_least: Share | None = None


class SetAside(Part):
    """Rows of which a check would say nothing, and why: they are counted apart."""

    reason: str = Field(min_length=1, max_length=200)
    when: Conditions = Field(min_length=1)
    checks: Words = ()


class Reconcile(Part):
    """What of a tape can be computed again. `precision = "single"`: its figures went through 32-bit numbers."""

    tolerance: Decimal = Field(default=Decimal("0.01"), ge=0)
    at_least: Share = Decimal(1)
    precision: Literal["exact", "single"] = "exact"
    keep: Conditions = ()
    set_aside: tuple[SetAside, ...] = ()
    interest: InterestCheck | None = None
    annuity: AnnuityCheck | None = None
    status: StatusCheck | None = None
    sums: tuple[SumCheck, ...] = ()

    @model_validator(mode="after")
    def _checks_something(self) -> Self:
        if self.interest is None and self.annuity is None and self.status is None and not self.sums:
            raise ValueError("nothing to check: give interest, annuity, status or sums")
        return self


class Profile(Part):
    """One kind of tape."""

    name: str
    title: str
    file: FileShape
    missing: tuple[str, ...] = ("",)
    keep: Conditions = ()
    latest_by: CellIn | None = None
    rows: Literal["one-loan-each", "one-instalment-each"] = "one-loan-each"
    borrower: BorrowerCells
    loan: LoanCells
    standing: StandingCells = StandingCells()
    instalment: tuple[InstalmentCells, ...] = ()
    payment: tuple[PaymentCells, ...] = ()
    reconcile: Reconcile | None = None

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not NAME.match(name):
            raise ValueError("use small letters, digits and hyphens")
        return name

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [payment.name for payment in self.payment]
        if len(set(names)) != len(names):
            raise ValueError("two payments have the same name")
        if self.rows == "one-instalment-each" and len(self.instalment) != 1:
            raise ValueError("`one-instalment-each` needs exactly one [[instalment]]")
        if self.rows == "one-instalment-each" and self.latest_by is not None:
            raise ValueError("`latest_by` does not go with `one-instalment-each`")
        if any(payment.settles for payment in self.payment) and not self.instalment:
            raise ValueError("`settles` needs an [[instalment]]")
        return self
