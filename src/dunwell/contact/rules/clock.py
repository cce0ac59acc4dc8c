"""Group 5, the clock: the contact window on every clock that counts, the guard before its end, preferences, slots."""

from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from dunwell.contact.model import CALLS, MESSAGES, Answer, Channel, Clocks, Hours, Person, Reason, Window
from dunwell.contact.rules import windows
from dunwell.contact.rules.case import Case
from dunwell.contact.rules.windows import Span, first_open, is_open, span_at, wish_at


def judge_clock(case: Case, found: list[Reason]) -> None:
    """Outside the window, outside the person's wishes, or in the guard minutes; a consent slot lifts all of it."""
    clocks = _clocks(case)
    if is_open(clocks, case.now):
        return
    if case.policy.consent_slots and any(s <= case.now < e for s, e in _slots(case.person)):
        found.append(case.reason("CONSENT_SLOT", Answer.ALLOW))
        return
    release = _opens(case, clocks)
    # While the release is searched nobody reads what was compared.
    working = "" if case.searching else _working(case)
    found.extend(case.hold(code, release, working) for code in _failing(case))


def _clocks(case: Case) -> windows.Clocks:
    return windows.Clocks(
        _zones(case), case.person.zone, case.person.preferences, _window(case), _guard(case)
    )


def _zones(case: Case) -> tuple[str, ...]:
    """The clocks that must all be inside the window; the legal one, where there is one, comes first."""
    person = case.person
    match case.policy.clocks:
        case Clocks.LEGAL_AND_PROFILE:
            return (case.zone,) if case.zone == person.zone else (case.zone, person.zone)
        case Clocks.LEGAL:
            return (case.zone,)
        case Clocks.PROFILE:
            return (person.zone,)
        case Clocks.PLAUSIBLE:
            zones = {person.zone: None}
            for number in case.facts.numbers.values():
                if number.person == person.id and number.zone is not None:
                    zones[number.zone] = None
            return tuple(zones)
        case _:
            assert_never(case.policy.clocks)


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


def _opens(case: Case, clocks: windows.Clocks) -> datetime | None:
    """The first instant, not before now, at which no rule of this group fails; None within the horizon."""
    slots = _slots(case.person) if case.policy.consent_slots else []
    starts = [max(start, case.now) for start, end in slots if end > case.now and start < end]
    window = first_open(clocks, case.now)
    if window is not None:
        starts.append(window)
    return min(starts, default=None)


def _failing(case: Case) -> list[str]:
    """The codes of what is closed; where nothing is, it is the guard."""
    window, person = _window(case), case.person
    zones = _zones(case)
    codes = _outside(case, zones, [span_at(zone, window, case.now) for zone in zones])
    if person.preferences and wish_at(person.zone, person.preferences, case.now) is None:
        codes.append("CUSTOMER_PREF")
    return codes or ["QUIET_GUARD"]


def _outside(case: Case, zones: tuple[str, ...], spans: list[Span | None]) -> list[str]:
    """The codes of the clocks that are outside the window."""
    if None not in spans:
        return []
    match case.policy.clocks:
        case Clocks.LEGAL_AND_PROFILE:
            codes = ["QUIET_HOURS"] if spans[0] is None else []
            # A second clock that shows the same time of day is no second clock.
            second = None in spans[1:] and _offset(zones[0], case.now) != _offset(zones[1], case.now)
            return [*codes, "QUIET_LOCAL"] if second else codes
        case Clocks.PLAUSIBLE if any(span is not None for span in spans):
            return ["ZONE_CONFLICT"]
        case _:
            return ["QUIET_HOURS"]


def _offset(zone: str, now: datetime) -> timedelta | None:
    return now.astimezone(ZoneInfo(zone)).utcoffset()


def _working(case: Case) -> str:
    """The times of day that were compared, clock by clock."""
    times = ", ".join(f"{case.now.astimezone(ZoneInfo(zone)):%a %H:%M:%S} {zone}" for zone in _zones(case))
    return f"{times}; window {_clock(_window(case).hours)}"


def _clock(hours: Hours) -> str:
    return f"{hours.start // 60:02}:{hours.start % 60:02}-{hours.end // 60:02}:{hours.end % 60:02}"
