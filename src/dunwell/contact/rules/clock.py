"""Group 5, the clock: the contact window on every clock that counts, the guard before its end, preferences, slots.

All spans are of instants, so that a day of 23 or 25 hours needs no thought.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from dunwell.contact.model import CALLS, MESSAGES, Answer, Channel, Clocks, Hours, Person, Reason, Window
from dunwell.contact.rules.case import Case
from dunwell.kernel.calendar import DAY, local_instant

Span = tuple[datetime, datetime]

MIDNIGHT: Final = 24 * 60
# A preference that never meets the window is found out after so long; every weekday and clock change is in it.
HORIZON: Final = timedelta(days=370)
NEAR: Final = timedelta(days=8)


def judge_clock(case: Case, found: list[Reason]) -> None:
    """Outside the window, outside the person's wishes, or in the guard minutes; a consent slot lifts all of it."""
    codes = _failing(case)
    if not codes:
        return
    if case.policy.consent_slots and any(s <= case.now < e for s, e in _slots(case.person)):
        found.append(case.reason("CONSENT_SLOT", Answer.ALLOW))
        return
    release = opens(case)
    found.extend(case.hold(code, release, _working(case)) for code in codes)


def _failing(case: Case) -> list[str]:
    now, person = case.now, case.person
    window = _window(case)
    zones = _zones(case)
    spans = [_span_at(zone, window, now) for zone in zones]
    codes = _outside(case, spans)
    ends = [span[1] for span in spans if span is not None]
    if person.preferences:
        wished = _wish_at(person, now)
        if wished is None:
            codes.append("CUSTOMER_PREF")
        else:
            ends.append(wished[1])
    guard = _guard(case)
    if not codes and guard and now >= min(ends) - timedelta(minutes=guard):
        codes.append("QUIET_GUARD")
    return codes


def _outside(case: Case, spans: list[Span | None]) -> list[str]:
    """The codes of the clocks that are outside the window; the first span is the legal clock's where there is one."""
    if None not in spans:
        return []
    match case.policy.clocks:
        case Clocks.LEGAL_AND_PROFILE:
            codes = ["QUIET_HOURS"] if spans[0] is None else []
            return [*codes, "QUIET_LOCAL"] if None in spans[1:] else codes
        case Clocks.PLAUSIBLE if any(span is not None for span in spans):
            return ["ZONE_CONFLICT"]
        case _:
            return ["QUIET_HOURS"]


def _zones(case: Case) -> list[str]:
    """The clocks that must all be inside the window."""
    policy, person = case.policy, case.person
    match policy.clocks:
        case Clocks.LEGAL:
            return [case.zone]
        case Clocks.LEGAL_AND_PROFILE:
            return [case.zone] if _same_time(case.zone, person.zone, case.now) else [case.zone, person.zone]
        case Clocks.PROFILE:
            return [person.zone]
        case Clocks.PLAUSIBLE:
            zones = {person.zone: None}
            for number in case.facts.numbers.values():
                if number.person == person.id and number.zone is not None:
                    zones[number.zone] = None
            return list(zones)
        case _:
            assert_never(policy.clocks)


def _same_time(one: str, other: str, now: datetime) -> bool:
    if one == other:
        return True
    return now.astimezone(ZoneInfo(one)).utcoffset() == now.astimezone(ZoneInfo(other)).utcoffset()


def _window(case: Case) -> Window:
    return case.policy.visit_window if case.proposal.channel is Channel.VISIT else case.policy.window


def _guard(case: Case) -> int:
    """Minutes before the end of the window in which nothing more is handed off."""
    if case.proposal.channel in MESSAGES:
        return case.policy.guard_message_minutes
    return case.policy.guard_call_minutes if case.proposal.channel in CALLS else 0


def _slots(person: Person) -> list[Span]:
    return [
        (consent.start, consent.end)
        for consent in person.consents
        if consent.kind == "contact_slot" and consent.start is not None and consent.end is not None
    ]


def opens(case: Case) -> datetime | None:
    """The first instant, not before now, at which no rule of this group fails; None within the horizon."""
    slots = _slots(case.person) if case.policy.consent_slots else []
    starts = [max(start, case.now) for start, end in slots if end > case.now and start < end]
    window = _window_opens(case)
    if window is not None:
        starts.append(window)
    return min(starts, default=None)


def _window_opens(case: Case) -> datetime | None:
    """A week ahead for each case; what does not open in a week is searched once a day for all alike."""
    zones = dict.fromkeys(_zones(case))
    if case.policy.clocks is Clocks.LEGAL_AND_PROFILE:
        zones[case.person.zone] = None
    person, window, guard = case.person, _window(case), timedelta(minutes=_guard(case))
    clocks = (tuple(zones), person.zone, person.preferences, window, guard)
    near = _search(*clocks, case.now, case.now + NEAR)
    return near or _far(*clocks, case.now.date() + NEAR)


@lru_cache(maxsize=4096)
def _far(
    zones: tuple[str, ...], own: str, wishes: tuple[Hours, ...], window: Window, guard: timedelta, day: date
) -> datetime | None:
    """The search from a day on to the horizon; clock changes may let hours meet that do not meet today."""
    start = datetime.combine(day, time(0), UTC)
    return _search(zones, own, wishes, window, guard, start, start + HORIZON)


def _search(
    zones: tuple[str, ...],
    own: str,
    wishes: tuple[Hours, ...],
    window: Window,
    guard: timedelta,
    at: datetime,
    last: datetime,
) -> datetime | None:
    """Step from the end of one span to the next until all are open together for longer than the guard."""
    while at < last:
        spans = [_next_span(zone, window, at) for zone in zones]
        if wishes:
            spans.append(_next_wish(own, wishes, at))
        start, end = max(at, *(span[0] for span in spans)), min(span[1] for span in spans)
        if start < end - guard:
            return start
        at = end
    return None


def _span_at(zone: str, window: Window, now: datetime) -> Span | None:
    """Today's window on that clock, if now is in it."""
    day = now.astimezone(ZoneInfo(zone)).date()
    if day.weekday() not in window.days:
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


def _wish_at(person: Person, now: datetime) -> Span | None:
    """The stretch of wished-for hours that contains now, joined over spans that touch."""
    day = now.astimezone(ZoneInfo(person.zone)).date()
    joined = _wishes(person.zone, person.preferences, day)
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


def _working(case: Case) -> str:
    """The times of day that were compared, clock by clock."""
    hours = _window(case).hours
    times = ", ".join(f"{case.now.astimezone(ZoneInfo(zone)):%a %H:%M:%S} {zone}" for zone in _zones(case))
    return f"{times}; window {_clock(hours)}"


def _clock(hours: Hours) -> str:
    return f"{hours.start // 60:02}:{hours.start % 60:02}-{hours.end // 60:02}:{hours.end % 60:02}"
