"""The shapes of JSON: what every body in is built from, and what every answer is built from.

In (Pydantic): strict, closed, frozen. A number is never read from a text nor a date from a number, so what the
OpenAPI document says is what is accepted. Out (msgspec): no defaults, so the document can say "always there".
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Generic, Self, TypeVar, cast

import msgspec
from litestar.params import QueryParameter
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.errors import Fault, Invalid, Refused
from dunwell.kernel.money import Money, WrongMoney
from dunwell.kernel.paging import MOST, Page

# PostgreSQL's integer and bigint.
INTEGER: Final = 2_147_483_647
BIGINT: Final = 9_223_372_036_854_775_807

T = TypeVar("T")
O = TypeVar("O")  # noqa: E741 - the output of a rendering function


class WrongBody(Invalid):
    """The body is JSON, but not what this route takes."""

    code = "http.body"


class Malformed(Refused):
    """The body cannot be read at all."""

    code = "http.malformed"


class WrongText(Invalid):
    """A text holds a character that no database column can keep."""

    code = "http.text"


class In(BaseModel):
    """A body, or a part of one. Unknown fields are refused: a misspelt field must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def _in_range(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"must be between {EARLIEST} and {LATEST}")
    return day


def _instant_in_range(instant: datetime) -> datetime:
    _in_range(instant.date())
    return instant


Day = Annotated[date, AfterValidator(_in_range)]
"""A date (`2026-03-09`) from 1970 to 2199: what lies outside is a typing error."""

Instant = Annotated[AwareDatetime, AfterValidator(_instant_in_range)]
"""A date and time with its offset (`2026-03-09T08:30:00+08:00`)."""

Label = Annotated[str, Field(min_length=1, max_length=200)]
Reference = Annotated[str, Field(min_length=1, max_length=100)]
Note = Annotated[str, Field(min_length=1, max_length=4000)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["CNY"])]
Count = Annotated[int, Field(ge=0, le=INTEGER)]
Rate = Annotated[Decimal, Field(ge=0, le=100, max_digits=12, decimal_places=10, examples=["0.036"])]
"""A fraction (0.036 is 3.6 %), exact."""


class MoneyIn(In):
    """`{"amount": "1234.56", "currency": "CNY"}`; the amount is a text because JSON numbers lose cents."""

    amount: Annotated[str, Field(pattern=r"^-?[0-9]{1,16}(\.[0-9]{1,4})?$", examples=["1234.56"])]
    currency: Currency

    def money(self, field: str) -> Money:
        """Any exact amount of a known currency. Raises `WrongMoney` naming `field`."""
        return Money.parse(self.amount, self.currency, field=field)

    def not_negative(self, field: str) -> Money:
        """Zero or more."""
        money = self.money(field)
        return money if money.minor >= 0 else _refuse(field, "must not be negative")

    def positive(self, field: str) -> Money:
        """More than zero."""
        money = self.money(field)
        return money if money.minor > 0 else _refuse(field, "must be more than zero")


class MoneyOut(msgspec.Struct, frozen=True):
    """Money out, in the same form."""

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> Self:
        return cls(money.amount, money.currency)


class PageOut(msgspec.Struct, Generic[T], frozen=True):
    """Some items of a list; `next` is the cursor of the page after, null on the last."""

    items: list[T]
    next: str | None


def page_out(page: Page[T], of: Callable[[T], O]) -> "PageOut[O]":
    """Render a page item by item."""
    return PageOut([of(row) for row in page.rows], page.next)


# Query parameters of every list: `limit: Limit = LIMIT, cursor: Cursor = None`.
Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many items at most.")]
Cursor = Annotated[
    str | None, QueryParameter(min_length=1, max_length=500, description="`next` of the page before.")
]
# Query filters that are texts: bounded, so that nobody searches with a book.
Filter = Annotated[str | None, QueryParameter(min_length=1, max_length=200)]


def read_body(model: type[In], value: object) -> In:
    """Check decoded JSON against a model. Raises `WrongText` or `WrongBody` naming every field."""
    try:
        return _read(model, value)
    except RecursionError as error:
        raise Malformed("the body is nested too deeply") from error


def _read(model: type[In], value: object) -> In:
    spoilt = [
        Fault(path or "body", "holds a character that is no text (NUL or a lone surrogate)", "remove it")
        for path in unstorable(value)
    ]
    if spoilt:
        raise WrongText("the body holds characters that cannot be stored", faults=spoilt)
    try:
        # Through JSON again, because strictness knows there that a date is written as a text.
        return model.model_validate_json(msgspec.json.encode(value))
    except ValidationError as error:
        raise WrongBody("the body is not what this route takes", faults=list(_faults(error))) from None


def unstorable(value: object, path: str = "") -> Iterator[str]:
    """The paths of texts (and keys) that PostgreSQL cannot keep: NUL, lone surrogates."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            yield path
    elif isinstance(value, dict):
        for key, item in cast("dict[object, object]", value).items():
            yield from unstorable(key, path)
            yield from unstorable(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from unstorable(item, f"{path}[{index}]")


def _faults(error: ValidationError) -> Iterator[Fault]:
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        place = ""
        for part in each["loc"]:
            place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
        yield Fault(place or "body", each["msg"].removeprefix("Value error, "), _remedy(each["type"]))


def _remedy(kind: str) -> str:
    return _REMEDIES.get(kind, "see the schema of this route")


_REMEDIES: Final = {
    "missing": "add the field",
    "extra_forbidden": "remove the field, or mend its spelling",
    "string_pattern_mismatch": "write it in the form the schema shows",
    "date_from_datetime_parsing": "write it as 2026-03-09",
    "date_parsing": "write it as 2026-03-09",
    "datetime_from_date_parsing": "write it as 2026-03-09T08:30:00+08:00",
    "timezone_aware": "add the offset, such as +08:00",
    "uuid_parsing": "write it as 8-4-4-4-12 hexadecimal digits",
    "enum": "use one of the words of the schema",
}


def _refuse(field: str, problem: str) -> Money:
    raise WrongMoney(f"{field} {problem}", faults=[Fault(field, problem, "write it as 1234.56")])
