"""Readers of one cell: text in, value out, or `WrongCell` with the remedy.

Each function takes what the profile says and returns the closure that reads; whatever can be decided
once per file is decided here and not once per row.
"""

import re
import unicodedata
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, TypeAlias

from dunwell.intake.model import Cellular, WrongCell
from dunwell.intake.settings import Cell
from dunwell.kernel.money import LARGEST

LONGEST_TEXT: Final = 500
LARGEST_COUNT: Final = 1_000_000
LARGEST_RATE: Final = Decimal(10)
RATE_SCALE: Final = 8

UNITS: Final = {
    "percent": Decimal("0.01"),
    "fraction": Decimal(1),
    "per_mille": Decimal("0.001"),
    "basis_points": Decimal("0.0001"),
}
PERIODS: Final = {"year": 1, "month": 12, "day_360": 360, "day_365": 365}

CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Signs people write before or after an amount. Letters (USD, RMB) are for `remove`.
SIGNS: Final = str.maketrans("", "", "$€£¥₦₹￥元\u00a0\u202f ")
# ASCII digits only, no exponent: `1e9` in a money column is a spreadsheet accident, not an amount.
PLAIN: Final = re.compile(
    r"(?P<open>\()?(?P<sign>[+-]?)(?P<whole>\d{0,20})(?:\.(?P<part>\d{0,20}))?(?(open)\))", re.ASCII
)

TextReader: TypeAlias = Callable[[Cellular], str]
IntReader: TypeAlias = Callable[[Cellular], int]
MoneyReader: TypeAlias = Callable[[Cellular, int], int]


def as_text(cell: Cellular) -> str:
    """A cell as text; a date cell as its ISO date."""
    return cell if isinstance(cell, str) else cell.isoformat()


def text_reader() -> TextReader:
    """Text in Unicode's composed form, blanks trimmed; no control characters, at most 500 characters."""

    def read(cell: Cellular) -> str:
        text = as_text(cell)
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if len(text) > LONGEST_TEXT:
            raise WrongCell(f"longer than {LONGEST_TEXT} characters", "shorten it, or check the delimiter")
        if not text.isprintable() and CONTROL.search(text):
            raise WrongCell("holds control characters", "remove them")
        return text

    return read


def digits_of(text: str, cell: Cell) -> str:
    """A number in the tape's writing as `-1234.56`: signs, grouping and the decimal comma taken off."""
    text = text.translate(SIGNS)
    if cell.thousands:
        text = text.replace(cell.thousands, "")
    if cell.decimal == ",":
        if "." in text:
            raise WrongCell(
                "a point in a number with decimal comma", 'set `thousands = "."` if it groups digits'
            )
        text = text.replace(",", ".")
    return text


def number(text: str) -> Decimal:
    """`1234.56`, `-3`, `(12.00)` for minus twelve. Raises `WrongCell`."""
    match = PLAIN.fullmatch(text)
    if match is None or not (match["whole"] or match["part"]):
        raise WrongCell("not a number", "write it as 1234.56")
    value = Decimal(f"{match['whole'] or '0'}.{match['part'] or '0'}")
    return -value if (match["sign"] == "-") != (match["open"] is not None) else value


def money_reader(cell: Cell) -> MoneyReader:
    """Amounts as minor units of a currency with `exponent` decimals.

    Never rounds unless the profile says so: a third decimal in a two-decimal currency is an error of
    the tape (or of the profile's `scale`), not something to lose quietly.
    """
    plain = cell.scale == 1 and not cell.thousands and cell.decimal == "."

    def read(given: Cellular, exponent: int) -> int:
        text = as_text(given)
        if plain:
            # The usual case, without Decimal: digits, at most one point, and no decimals too many.
            whole, _, part = text.partition(".")
            if (
                whole.isdecimal()
                and len(part) <= exponent
                and (not part or part.isdecimal())
                and text.isascii()
            ):
                return _kept(int(whole + part) * 10 ** (exponent - len(part)))
        value = number(digits_of(text, cell)) * cell.scale
        return _kept(_minor(value, exponent, rounding=cell.round))

    return read


def _minor(value: Decimal, exponent: int, *, rounding: bool) -> int:
    scaled = value.scaleb(exponent)
    whole = scaled.to_integral_value(ROUND_HALF_EVEN)
    if whole != scaled and not rounding:
        raise WrongCell(f"more than {exponent} decimals", "correct the amount, or let the profile `round`")
    return int(whole)


def _kept(minor: int) -> int:
    if abs(minor) > LARGEST:
        raise WrongCell("larger than any amount we keep", "check the unit of the column (`scale`)")
    return minor


def int_reader(cell: Cell) -> IntReader:
    """Whole numbers; `36.0` is 36, `36.5` is refused."""

    def read(given: Cellular) -> int:
        text = as_text(given)
        if text.isdecimal() and text.isascii() and len(text) < 8:
            value = int(text)
        else:
            precise = number(digits_of(text, cell))
            if precise != precise.to_integral_value():
                raise WrongCell("not a whole number", "write it without decimals")
            value = int(precise)
        if abs(value) > LARGEST_COUNT:
            raise WrongCell(f"above {LARGEST_COUNT}", "check the column")
        return value

    return read


def rate_reader(cell: Cell) -> Callable[[Cellular], Decimal]:
    """Yearly rates as fractions: 0.0465 for 4.65 %. A `%` in the cell overrules the profile's unit."""
    factor = UNITS[cell.unit] * PERIODS[cell.per]
    signed = UNITS["percent"] * PERIODS[cell.per]

    def read(given: Cellular) -> Decimal:
        text = as_text(given)
        if text.endswith(("%", "％")):
            rate = number(digits_of(text[:-1], cell)) * signed
        else:
            rate = number(digits_of(text, cell)) * factor
        if rate < 0:
            raise WrongCell("a rate below zero", "correct it, or check the column")
        if rate > LARGEST_RATE:
            raise WrongCell("a rate above 1000 % a year", "check `unit` (percent or fraction) and `per`")
        if cell.round:
            rate = round(rate, RATE_SCALE)
        return rate.normalize() if rate else Decimal(0)

    return read


def word_reader(words: frozenset[str]) -> TextReader:
    """One of our own words, after `map`."""

    def read(given: Cellular) -> str:
        text = as_text(given)
        if text not in words:
            raise WrongCell("not a word we know here", f"map it to one of: {', '.join(sorted(words))}")
        return text

    return read


def mapped(cell: Cell) -> TextReader | None:
    """The profile's `map`, if it has one; a word mapped to "" means nothing.

    An unlisted word is an error unless `otherwise` is given.
    """
    if cell.map is None:
        return None
    words, otherwise = dict(cell.map), cell.otherwise

    def lookup(given: Cellular) -> str:
        text = words.get(as_text(given), otherwise)
        if text is None:
            raise WrongCell("a word the profile does not map", "add it to `map`, or give `otherwise`")
        return text

    return lookup


def masked(text: str) -> str:
    """The shape of a personal value: `Ab 12` becomes `xx 99`. Shows what is wrong, tells nobody who it is."""
    shape = (("9" if sign.isdigit() else "x" if sign.isalpha() else sign) for sign in text[:40])
    return "".join(shape) + ("…" if len(text) > 40 else "")
