"""Spans of instants: the contact window on each clock, the hours a person wished for, and where all meet.

All spans are of instants, so that a day of 23 or 25 hours needs no thought.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from dunwell.contact.model import Hours, Window
from dunwell.kernel.calendar import DAY, local_instant

Span = tuple[datetime, datetime]

MIDNIGHT: Final = 24 * 60
# A preference that never meets the window is found out after so long; every weekday and clock change is in it.
HORIZON: Final = timedelta(days=370)
NEAR_DAYS: Final = 8


class Clocks(NamedTuple):
    """What decides when a person may be contacted: all zones inside the window, wishes on the person's own clock.

    `guard`: minutes before the end of what all have in common that do not count any more.
    """

    zones: tuple[str, ...]
    own: str
    wishes: tuple[Hours, ...]
    window: Window
    guard: int


def is_open(clocks: Clocks, now: datetime) -> bool:
    """Whether every clock and wish is open at `now`, an instant in UTC, and the guard has not begun."""
    for start, end in stretches(clocks, now.date()):  # noqa: SIM110 - asked of every contact, any() costs twice as much
        if start <= now < end:
            return True
    return False


def first_open(clocks: Clocks, now: datetime) -> datetime | None:
    """The first instant, not before `now`, at which all are open; None within the horizon.

    A week ahead is searched for each case; what does not open in a week is searched once a day for all alike.
    """
    day = now.date()
    for ahead in range(NEAR_DAYS):
        for start, end in stretches(clocks, day + timedelta(days=ahead)):
            if end > now:
                return max(start, now)
    return _far(clocks, day + timedelta(days=NEAR_DAYS))


@lru_cache(maxsize=16384)
def stretches(clocks: Clocks, day: date) -> tuple[Span, ...]:
    """The stretches, without their guards, in which all are open and which have an instant of this day of UTC."""
    at = datetime.combine(day, time(0), UTC)
    midnight, guard = at + DAY, timedelta(minutes=clocks.guard)
    found: list[Span] = []
    while at < midnight and not _never(clocks.window):
        start, end = _next_common(clocks, at)
        if start >= midnight:
            break
        if start < end - guard:
            found.append((start, end - guard))
        at = end
    return tuple(found)


@lru_cache(maxsize=4096)
def _far(clocks: Clocks, day: date) -> datetime | None:
    """The search from a day on to the horizon; clock changes may let hours meet that do not meet today."""
    at = datetime.combine(day, time(0), UTC)
    last, guard = at + HORIZON, timedelta(minutes=clocks.guard)
    while at < last and not _never(clocks.window):
        start, end = _next_common(clocks, at)
        if start < end - guard:
            return max(start, at)
        at = end
    return None


def _never(window: Window) -> bool:
    """A window that is left over where a tenant's hours and the pack's have nothing in common."""
    return window.hours.start >= window.hours.end or not window.days


def _next_common(clocks: Clocks, at: datetime) -> Span:
    """What the next spans that end after `at` have in common: empty where the end is not after the start."""
    spans = [_next_span(zone, clocks.window, at) for zone in clocks.zones]
    if clocks.wishes:
        spans.append(_next_wish(clocks.own, clocks.wishes, at))
    return max(span[0] for span in spans), min(span[1] for span in spans)


def span_at(zone: str, window: Window, now: datetime) -> Span | None:
    """Today's window on that clock, if now is in it."""
    day = now.astimezone(ZoneInfo(zone)).date()
    if day.weekday() not in window.days or _never(window):
        return None
    span = span_of(zone, day, window.hours.start, window.hours.end)
    return span if span[0] <= now < span[1] else None


def _next_span(zone: str, window: Window, at: datetime) -> Span:
    """The first window on that clock that ends after `at`; a window names at least one day of the week."""
    day = at.astimezone(ZoneInfo(zone)).date()
    while True:
        if day.weekday() in window.days:
            span = span_of(zone, day, window.hours.start, window.hours.end)
            if span[1] > at:
                return span
        day += DAY


@lru_cache(maxsize=32768)
def span_of(zone: str, day: date, start: int, end: int) -> Span:
    """The instants, in UTC, of a span of minutes on a local day; an end not after the start is the next day's."""
    return _instant(zone, day, start), _instant(zone, day if end > start else day + DAY, end)


def _instant(zone: str, day: date, minute: int) -> datetime:
    if minute >= MIDNIGHT:
        day, minute = day + DAY, minute - MIDNIGHT
    return local_instant(day, time(minute // 60, minute % 60), zone).astimezone(UTC)


def wish_at(zone: str, wishes: tuple[Hours, ...], now: datetime) -> Span | None:
    """The stretch of wished-for hours that contains now, joined over spans that touch."""
    joined = _wishes(zone, wishes, now.astimezone(ZoneInfo(zone)).date())
    return next((span for span in joined if span[0] <= now < span[1]), None)


def _next_wish(zone: str, wishes: tuple[Hours, ...], at: datetime) -> Span:
    """The first stretch of wished-for hours that ends after `at`."""
    day = at.astimezone(ZoneInfo(zone)).date()
    return next(span for span in _wishes(zone, wishes, day) if span[1] > at)


@lru_cache(maxsize=8192)
def _wishes(zone: str, wishes: tuple[Hours, ...], day: date) -> tuple[Span, ...]:
    """The wished-for hours of the day before to two days after, in order, joined where they touch."""
    spans = sorted(
        span_of(zone, day + timedelta(days=shift), hours.start, hours.end)
        for shift in (-1, 0, 1, 2)
        for hours in wishes
    )
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
