"""Readers of one cell: text in, value out, or `WrongCell` with the remedy."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from dunwell.kernel.calendar import EARLIEST, LATEST
from dunwell.kernel.money import EXPONENT, LARGEST, rounded

LONGEST_TEXT: Final = 2000
# What an exporter puts around a value to keep spreadsheets from spoiling it: byte-order mark, backtick, tabs.
AROUND: Final = "\ufeff\u200b`\t\r\n \u00a0\u3000"
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Signs people write around an amount.
SIGNS: Final = str.maketrans("", "", "$€£¥￥元\u00a0\u202f +")
PLAIN: Final = re.compile(
    r"(?P<open>\()?(?P<sign>-?)(?P<whole>\d{1,18})(?:\.(?P<part>\d{0,8}))?(?(open)\))", re.ASCII
)
# What a spreadsheet program makes of an id of more than fifteen digits.
SPOILT: Final = re.compile(r"\d(?:\.\d+)?E\+?\d{2}", re.ASCII)
SPOILT_REMEDY: Final = (
    "the file was opened and saved in a spreadsheet program, which destroys long numbers and times: "
    "export it again and send it as it comes · 文件被表格软件另存过，请重新导出后直接上传"
)
# Full-width digits' neighbours: exporters have written 16：33：45.
WIDE: Final = str.maketrans("：／－，．　", ":/-,. ")
# Year first, so no order has to be guessed; the clock may follow.
YEAR_FIRST: Final = re.compile(
    r"(?P<Y>\d{4})(?:[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})|年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日|(?P<m3>\d{2})(?P<d3>\d{2}))"
    r"(?:[T ]*(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?|\d{6}))?",
    re.ASCII,
)
CLOCK: Final = re.compile(r"(\d{1,2}):?(\d{2})(?::?(\d{2})(?:\.\d{1,6})?)?", re.ASCII)

Matcher: TypeAlias = Callable[[str], bool]


class WrongCell(Exception):
    """A cell cannot be read. Never leaves the reading of its row."""

    def __init__(self, problem: str, remedy: str = "", column: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy, self.column = problem, remedy, column


def cleaned(raw: str) -> str:
    """A cell without what exporters put around it, in Unicode's composed form."""
    text = raw.strip(AROUND)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def text_of(raw: str) -> str:
    """Text for people and for matching. Raises `WrongCell` for what no statement says."""
    if len(raw) > LONGEST_TEXT:
        raise WrongCell(f"longer than {LONGEST_TEXT} characters", "check the delimiter and the quotes")
    if not raw.isprintable() and CONTROL.search(raw):
        raise WrongCell("holds control characters", "export the file again")
    return raw


def reference_of(raw: str) -> str:
    """A number of something. Raises `WrongCell` when a spreadsheet program has cut it down."""
    if SPOILT.fullmatch(raw):
        raise WrongCell("a number in scientific notation: its digits are lost", SPOILT_REMEDY)
    return text_of(raw)


def number_of(raw: str, *, decimal: str = ".") -> Decimal:
    """`-1,234.56`, `¥28.16`, `(12.00)` as a number. Raises `WrongCell`."""
    if SPOILT.fullmatch(raw):
        raise WrongCell("an amount in scientific notation", SPOILT_REMEDY)
    text = raw.translate(SIGNS)
    text = text.replace(",", "") if decimal == "." else text.replace(".", "").replace(",", ".")
    match = PLAIN.fullmatch(text)
    if match is None:
        raise WrongCell("not an amount", "write it as 1234.56")
    value = Decimal(f"{match['whole']}.{match['part'] or '0'}")
    return -value if bool(match["sign"]) != bool(match["open"]) else value


def minor_of(raw: str, currency: str, *, decimal: str = ".", rounding: bool = False) -> int:
    """An amount in minor units. Raises `WrongCell`, also for a fraction of a minor unit unless it may be rounded."""
    exponent = EXPONENT.get(currency)
    if exponent is None:
        raise WrongCell("an unknown currency", "use an ISO 4217 code such as CNY")
    scaled = number_of(raw, decimal=decimal).scaleb(exponent)
    minor = rounded(scaled)
    if minor != scaled and not rounding:
        raise WrongCell(f"more than {exponent} decimals", f"{currency} has {exponent}")
    if abs(minor) > LARGEST:
        raise WrongCell("larger than any amount we keep", "check the amount")
    return minor


class Moments:
    """Reads the dates of one column, and the clock beside them. Remembers the last 50,000 different texts."""

    def __init__(self, formats: Iterable[str], zone: str, *, seconds: bool) -> None:
        self._formats = tuple(formats)
        self._zone = ZoneInfo(zone)
        self._seconds = seconds
        self._read = lru_cache(maxsize=50_000)(self._parsed)

    def read(self, text: str, clock: str = "") -> tuple[date, datetime | None]:
        """The day and, where a clock is told, the instant. Raises `WrongCell`."""
        day, at = self._read(text)
        if clock:
            at = datetime.combine(day, _clock(clock), self._zone)
        if self._seconds and (clock or text).count(":") == 1:
            raise WrongCell("a time without seconds", SPOILT_REMEDY)
        return day, at

    def _parsed(self, text: str) -> tuple[date, datetime | None]:
        found = self._by_format(text) if self._formats else self._year_first(text)
        if not EARLIEST <= found[0] <= LATEST:
            raise WrongCell(f"outside {EARLIEST.year} to {LATEST.year}", "correct the date")
        return found

    def _by_format(self, text: str) -> tuple[date, datetime | None]:
        for pattern in self._formats:
            try:
                moment = datetime.strptime(text, pattern).replace(tzinfo=self._zone)
            except ValueError:
                continue
            return moment.date(), moment if "%H" in pattern or "%I" in pattern else None
        raise WrongCell("not a date as the profile writes it", f"write it as {', '.join(self._formats)}")

    def _year_first(self, text: str) -> tuple[date, datetime | None]:
        match = YEAR_FIRST.fullmatch(text.translate(WIDE))
        if match is None:
            raise WrongCell("not a date", "write it as 2026-01-31, or give `format` in the profile")
        month = match["m"] or match["m2"] or match["m3"]
        day = match["d"] or match["d2"] or match["d3"]
        try:
            found = date(int(match["Y"]), int(month), int(day))
        except ValueError:
            raise WrongCell("there is no such day", "check the date") from None
        if match["clock"] is None:
            return found, None
        return found, datetime.combine(found, _clock(match["clock"]), self._zone)


def _clock(text: str) -> time:
    match = CLOCK.fullmatch(text.translate(WIDE))
    if match is None or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        raise WrongCell("there is no such time of day", "write it as 09:30:00")
    return time(int(match[1]), int(match[2]), int(match[3] or 0))


def matcher(words: Iterable[str]) -> Matcher:
    """Whether a text is one of `words`, in which `*` stands for anything."""
    exact = frozenset(word for word in words if "*" not in word)
    patterns = [
        re.compile(".*".join(re.escape(piece) for piece in word.split("*")), re.DOTALL)
        for word in words
        if "*" in word
    ]
    return lambda text: text in exact or any(pattern.fullmatch(text) for pattern in patterns)


def masked(text: str) -> str:
    """A name or number as people may see it: its ends, and how long it is not."""
    if len(text) <= 2:
        return text[:1] + "*" if text else ""
    keep = 1 if len(text) < 8 else 4
    return f"{text[:keep]}***{text[-keep:]}"
