"""What the sides would do and how they differ. Pure: spans and cadences in, steps and counts out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from dunwell.kernel.calendar import local_instant
from dunwell.rehearsal.model import Difference, Fate, Line, Span
from dunwell.strategy.model import AFTER_RANGE, BEFORE_RANGE, BELOW_LEAST, Cadence, Candidate, Segment, Step

Counts = dict[str, dict[str, int]]


def follows(cadences: Sequence[Cadence], span: Span) -> Cadence | None:
    """The first cadence whose segment the loan is in."""
    return next((each for each in cadences if _inside(each.segment, span)), None)


def _inside(segment: Segment, span: Span) -> bool:
    return (
        (not segment.products or span.product in segment.products)
        and segment.currency in (None, span.currency)
        and (segment.least is None or span.principal >= segment.least)
        and (segment.most is None or span.principal <= segment.most)
    )


def occurrences(
    cadences: Sequence[Cadence], spans: Iterable[Span], first: date, last: date, zone: str
) -> list[tuple[datetime, Candidate]]:
    """Every step that falls on a day from `first` to `last` while its loan stood so, with its instant.

    The spans are one borrower's, `zone` is the clock on which a step's hour is read. In the order of the instants.
    """
    found: list[tuple[datetime, Candidate]] = []
    for span in spans:
        cadence = follows(cadences, span)
        if cadence is None:
            continue
        for step in cadence.steps:
            day = step.falls_on(span.anchor_on)
            if not first <= day <= last:
                continue
            at = local_instant(day, step.at, zone)
            if span.since <= at and (span.until is None or at < span.until):
                candidate = Candidate(span.loan, span.borrower, span.anchor_on, cadence.name, step, day)
                found.append((at, candidate))
    found.sort(key=lambda each: (each[0], str(each[1].loan), each[1].step.key))
    return found


def out_of_range(step: Step, anchor_on: date, day: date) -> str | None:
    """Why a step's own range of days past due leaves the loan out; counted in calendar days from the anchor."""
    late = max(0, (day - anchor_on).days)
    if step.dpd_from is not None and late < step.dpd_from:
        return BEFORE_RANGE
    if step.dpd_to is not None and late > step.dpd_to:
        return AFTER_RANGE
    return None


def below_least(step: Step, dues: Sequence[tuple[date, Decimal]], anchor_on: date, day: date) -> str | None:
    """Why a step's least amount leaves the loan out: `dues` are its instalments, in major units.

    What fell due from the anchor to the day counts in full, for what was paid of the oldest one by then is not known.
    """
    if step.least_due is None:
        return None
    fell = sum((amount for due_on, amount in dues if anchor_on <= due_on <= max(day, anchor_on)), Decimal(0))
    return BELOW_LEAST if fell < step.least_due else None


def differences(was: Sequence[Line], now: Sequence[Line]) -> list[Difference]:
    """By loan, day and channel: what only one side does, or both do otherwise."""
    before = {(line.loan, line.planned_for, line.channel): line for line in was}
    after = {(line.loan, line.planned_for, line.channel): line for line in now}
    places = sorted({*before, *after}, key=lambda place: (str(place[0]), place[1], place[2]))
    pairs = [Difference(before.get(place), after.get(place)) for place in places]
    return [pair for pair in pairs if _told(pair.was) != _told(pair.now)]


def _told(line: Line | None) -> object:
    return line and (line.step, line.fate, line.reasons)


def counted(lines: Sequence[Line], messages: Mapping[object, int]) -> Counts:
    """One side in figures; `messages`: how many each borrower was sent."""
    counts: dict[str, Counter[str]] = {
        "fate": Counter(line.fate for line in lines),
        "reason": Counter(code for line in lines for code in line.reasons),
        "cadence": Counter(f"{line.cadence}/{line.step}/{line.fate}" for line in lines),
        "day": Counter(line.planned_for.isoformat() for line in lines if _left(line)),
        "hour": Counter(f"{line.hour:02}" for line in lines if _left(line)),
        "channel": Counter(f"{line.channel}/{line.fate}" for line in lines),
        "messages": Counter({"all": sum(messages.values())}),
        "borrowers": Counter({"contacted": sum(1 for count in messages.values() if count)}),
        "per_borrower": Counter(f"{count:03}" for count in messages.values() if count),
    }
    return {name: dict(counter) for name, counter in counts.items()}


def _left(line: Line) -> bool:
    return line.fate in (Fate.SENT, Fate.DELAYED)


def ways(found: Sequence[Difference]) -> dict[str, int]:
    """Differences counted by what became of the step on each side: `sent→denied`, `–→sent`."""
    return dict(
        Counter(
            f"{pair.was.fate if pair.was else '–'}→{pair.now.fate if pair.now else '–'}" for pair in found
        )
    )


def added(
    totals: Mapping[str, Mapping[str, Mapping[str, int]]], more: Mapping[str, Mapping[str, Mapping[str, int]]]
) -> dict[str, dict[str, dict[str, int]]]:
    """Two sets of counts together."""
    result: dict[str, dict[str, dict[str, int]]] = {}
    for side in sorted({*totals, *more}):
        ours, theirs = totals.get(side, {}), more.get(side, {})
        result[side] = {
            name: dict(sorted((Counter(ours.get(name, {})) + Counter(theirs.get(name, {}))).items()))
            for name in sorted({*ours, *theirs})
        }
    return result
