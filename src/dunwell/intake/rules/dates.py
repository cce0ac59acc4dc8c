"""Readers of dates: ISO, strptime patterns, months, instants on another clock."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from dunwell.intake.model import Cellular, WrongCell
from dunwell.intake.settings import Cell
from dunwell.kernel.calendar import EARLIEST, LATEST, days_in_month

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONG_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip
PIECES: Final = {
    "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})",
    "b": rf"(?P<b>{'|'.join(MONTHS)})", "B": rf"(?P<b>{'|'.join(LONG_MONTHS)})",
    "H": r"(?P<H>\d{1,2})", "I": r"(?P<H>\d{1,2})", "M": r"(?P<M>\d{2})", "S": r"(?P<S>\d{2})",
    "f": r"\d{1,9}", "p": r"(?P<p>[ap]m)", "%": "%",
}  # fmt: skip
# Digits without separators: `%m%d%Y` must not read 1112020 three ways.
FIXED: Final = {"m": r"(?P<m>\d{2})", "d": r"(?P<d>\d{2})", "H": r"(?P<H>\d{2})", "I": r"(?P<H>\d{2})"}
# A time of day behind a date is not wanted, but neither is it an error.
TIME: Final = (
    r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[ap]m)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
)
ISO: Final = re.compile(rf"(?P<Y>\d{{4}})-(?P<m>\d{{2}})-(?P<d>\d{{2}}){TIME}", re.IGNORECASE | re.ASCII)
CENTURY_TURNS: Final = 69
# Days since then, as spreadsheets count; the fraction is the time of day.
EXCEL: Final = re.compile(r"(?P<serial>\d{1,6})(?:\.\d+)?", re.ASCII)
EXCEL_ZERO: Final = date(1899, 12, 30)


class WrongPattern(ValueError):
    """A date pattern that cannot be read back."""


def date_reader(cell: Cell) -> Callable[[Cellular], date]:
    """Dates between 1970 and 2199. The last 50,000 different texts are remembered: tapes repeat dates."""
    patterns = tuple(compiled(each) for each in (cell.format or ("iso",)))
    iso = patterns[0] is ISO and cell.zone is None
    written = ", ".join(cell.format) or "iso"

    @lru_cache(maxsize=50_000)
    def parsed(text: str) -> date:
        if iso and len(text) >= 10:
            try:
                day = date.fromisoformat(text[:10])
            except ValueError:
                pass
            else:
                if len(text) == 10 or ISO.fullmatch(text):
                    return _plausible(day)
        for pattern in patterns:
            match = pattern.fullmatch(text)
            if match is not None:
                return _plausible(_day(match, text, cell))
        raise WrongCell("not a date as the profile writes it", f"write it as {written}, or change `format`")

    def read(given: Cellular) -> date:
        # A date cell of a workbook is a date already.
        return parsed(given) if isinstance(given, str) else _plausible(given)

    return read


def compiled(pattern: str) -> re.Pattern[str]:
    """A strptime pattern as a regular expression. Raises `WrongPattern`."""
    if pattern == "iso":
        return ISO
    if pattern == "excel":
        return EXCEL
    found = re.findall(r"%(.)", pattern)
    if not {"Y", "y"} & set(found) or not {"m", "b", "B"} & set(found):
        raise WrongPattern(f"{pattern!r} has no year or no month")
    pieces: list[str] = []
    for position, chunk in enumerate(re.split(r"%(.)", pattern)):
        if position % 2 == 0:
            pieces.append(re.escape(chunk))
        elif chunk not in PIECES:
            raise WrongPattern(f"%{chunk} is not supported; use %Y %y %m %d %b %B %H %M %S %p")
        else:
            tight = re.search(r"%[A-Za-z]%[A-Za-z]", pattern) is not None
            pieces.append(FIXED.get(chunk, PIECES[chunk]) if tight else PIECES[chunk])
    timed = "" if {"H", "I"} & set(found) else TIME
    try:
        return re.compile("".join(pieces) + timed, re.IGNORECASE | re.ASCII)
    except re.error:
        raise WrongPattern(f"{pattern!r} names a part twice") from None


def _day(match: re.Match[str], text: str, cell: Cell) -> date:
    parts = match.groupdict()
    if parts.get("serial"):
        return EXCEL_ZERO + timedelta(days=int(parts["serial"]))
    year = int(parts["Y"]) if parts.get("Y") else _century(int(parts["y"]))
    month = MONTHS.index(parts["b"][:3].lower()) + 1 if parts.get("b") else int(parts["m"])
    if not 1 <= month <= 12:
        raise WrongCell(f"there is no month {month}", "check the order of day and month in `format`")
    last = days_in_month(year, month) if year else 31
    day = int(parts["d"]) if parts.get("d") else (1 if cell.day == "first" else last)
    if not (year and 1 <= day <= last):
        raise WrongCell("there is no such day", "check the date, and the order of day and month in `format`")
    if cell.zone is None or cell.to_zone is None:
        return date(year, month, day)
    return _moved(date(year, month, day), text, cell.zone, cell.to_zone)


def _moved(day: date, text: str, zone: str, to_zone: str) -> date:
    """The local day, in another zone, of an instant written on the clock of `zone`."""
    clock = re.search(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?(?: ?([ap]m))?", text, re.IGNORECASE)
    if clock is None:
        return day
    hour = int(clock[1])
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].lower() == "pm" else 0)
    if hour > 23 or int(clock[2]) > 59:
        raise WrongCell("there is no such time of day", "check the time")
    instant = datetime(day.year, day.month, day.day, hour, int(clock[2]), tzinfo=ZoneInfo(zone))
    return instant.astimezone(ZoneInfo(to_zone)).date()


def _century(short: int) -> int:
    return short + (1900 if short >= CENTURY_TURNS else 2000)


def _plausible(day: date) -> date:
    plain = day.date() if isinstance(day, datetime) else day
    if not EARLIEST <= plain <= LATEST:
        raise WrongCell(
            f"{plain.isoformat()} lies outside {EARLIEST.year} to {LATEST.year}",
            "correct the date; leave it empty if it is not known",
        )
    return plain


def shifted(day: date, days: int) -> date:
    """`day` and so many days; `WrongCell` when that leaves the calendar."""
    try:
        return _plausible(day + timedelta(days=days))
    except OverflowError:
        raise WrongCell("too many days to add", "check the column") from None
