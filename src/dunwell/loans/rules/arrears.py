"""Being late over time: where a loan stood day by day, its spells in buckets, its watches."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from dunwell.kernel.calendar import DAY
from dunwell.loans.model import (
    Bucket,
    Convention,
    FirstDay,
    LoanState,
    Pause,
    Place,
    PlacedPause,
    Spell,
    Step,
    Stood,
    Watch,
    WatchCause,
    WatchOutcome,
    WatchRule,
)
from dunwell.loans.model.happenings import Contract, Happening, Life, Rescheduled
from dunwell.loans.rules.ageing import bucket_of, counted_from, days_past_due
from dunwell.loans.rules.life import live

ON_TIME_OR_LATE: Final = (Bucket("on time", 0), Bucket("late", 1))


def life_steps(
    contract: Contract,
    happenings: Sequence[Happening],
    tolerance: int,
    pauses: Sequence[Pause] = (),
    closed_on: date | None = None,
) -> tuple[Step, ...]:
    """Where a loan stood day by day, as known now: its life, followed backwards from where it stands.

    What a happening settled is open again before it, what it made owed is not owed yet. Of several happenings of one
    day the last one counts.
    """
    lived = live(contract, happenings)
    life = lived.happenings
    open_parts = _open_parts(lived)
    steps: dict[date, Step] = {}

    def stand(on: date) -> None:
        if on not in steps:
            outstanding = sum(part for _, part in open_parts.values())
            since = min((due_on for due_on, part in open_parts.values() if part > tolerance), default=None)
            state = _state(on, outstanding, lived.charged_off_on, closed_on)
            steps[on] = Step(on, state, since if outstanding else None, outstanding, tuple(pauses))

    if closed_on is not None:
        stand(closed_on)
    for place in range(len(life) - 1, -1, -1):
        happening = life[place]
        stand(happening.on)
        if isinstance(happening, Rescheduled):
            open_parts = _open_parts(live(contract, life[:place]))
            continue
        effect = lived.effects[happening.id]
        for back, slices in (
            (1, effect.slices),
            (1, effect.waived),
            (-1, effect.added),
            (-1, effect.accrued),
        ):
            for number, _, amount in slices:
                due_on, part = open_parts[number]
                open_parts[number] = (due_on, part + back * amount)
    stand(contract.disbursed_on)
    return tuple(steps[day] for day in sorted(steps))


def known_steps(
    standings: Sequence[Stood], pauses: Sequence[PlacedPause], day_of: Callable[[datetime], date]
) -> tuple[Step, ...]:
    """Where a loan stood day by day, as it was known at the end of each: from what was booked by then.

    Nothing is known before the first booking. A pause is known from the day it was placed, its lifting from the
    day it was lifted; standings come in the order they were booked.
    """
    by_day = {day_of(each.booked_at): each for each in standings}
    days = sorted(by_day)
    told = {day_of(each.placed_at) for each in pauses}
    told |= {day_of(each.lifted_at) for each in pauses if each.lifted_at is not None}
    steps: list[Step] = []
    for day in sorted({*days, *(each for each in told if days and each > days[0])}):
        stood = by_day[days[bisect_right(days, day) - 1]]
        known = tuple(_known(pauses, day, day_of))
        steps.append(Step(day, stood.state, stood.past_due_since, stood.outstanding, known))
    return tuple(steps)


def bucket_history(
    steps: Sequence[Step], convention: Convention, buckets: Sequence[Bucket], until: date
) -> tuple[Spell, ...]:
    """Every day from the first step to `until` in exactly one spell. Nothing is kept for it: it follows from the steps.

    A charged-off loan keeps the bucket of the day it was charged off; a settled or closed one is not late.
    """
    spells: list[Spell] = []
    for spell in _pieces(steps, convention, buckets, until):
        last = spells[-1] if spells else None
        if last is not None and (last.bucket, last.state) == (spell.bucket, spell.state):
            most = max(last.most_days, spell.most_days)
            spells[-1] = replace(last, to_on=spell.to_on, most_days=most)
        else:
            spells.append(spell)
    return tuple(spells)


def watches(
    steps: Sequence[Step],
    convention: Convention,
    rule: WatchRule,
    restructured: Iterable[date],
    dues: Iterable[date],
    until: date,
) -> tuple[Watch, ...]:
    """The watches that began by `until`, in order: after each cure and each restructuring.

    A watch is passed once the loan has stayed on time for the rule's days and instalments; a day late before that is
    a default again, and the next cure begins a new watch.
    """
    history = bucket_history(steps, convention, ON_TIME_OR_LATE, until)
    late = [spell for spell in history if spell.most_days and spell.state is LoanState.OPEN]
    ends = [spell.from_on for spell in history if spell.state is not LoanState.OPEN]
    causes = {spell.to_on + DAY: WatchCause.CURE for spell in late if spell.most_days >= rule.after_days}
    for day in restructured:
        inside = (spell.to_on + DAY for spell in late if spell.from_on <= day <= spell.to_on)
        causes[next(inside, day)] = WatchCause.RESTRUCTURE
    open_on = {day for day in causes if any(_holds_open(spell, day) for spell in history)}
    due_days = sorted(dues)
    return tuple(
        _watch(
            causes[day],
            day,
            _passed_on(day, rule, due_days, convention),
            [spell.from_on for spell in late],
            ends,
            until,
        )
        for day in sorted(open_on)
    )


def days_at(place: Place, convention: Convention, pauses: Sequence[Pause]) -> int:
    """Days past due where a loan stood: none once it is settled or closed."""
    if place.state in {LoanState.SETTLED, LoanState.CLOSED}:
        return 0
    return days_past_due(place.since, place.counted_on, convention, pauses)


def _open_parts(lived: Life) -> dict[int, tuple[date, int]]:
    return {each.due.number: (each.due.due_on, each.outstanding) for each in lived.instalments}


def _state(on: date, outstanding: int, charged_off_on: date | None, closed_on: date | None) -> LoanState:
    if closed_on is not None and closed_on <= on:
        return LoanState.CLOSED
    if not outstanding:
        return LoanState.SETTLED
    off = charged_off_on is not None and charged_off_on <= on
    return LoanState.CHARGED_OFF if off else LoanState.OPEN


def _known(pauses: Iterable[PlacedPause], day: date, day_of: Callable[[datetime], date]) -> Iterator[Pause]:
    for each in pauses:
        if day_of(each.placed_at) <= day:
            lifted = each.lifted_at is not None and day_of(each.lifted_at) <= day
            yield each.span if lifted else Pause(each.starts_on, each.ends_on)


def _pieces(
    steps: Sequence[Step], convention: Convention, buckets: Sequence[Bucket], until: date
) -> Iterator[Spell]:
    """Each step cut where a bucket begins: within a step days past due never fall."""
    frozen: Place | None = None
    for step, after in pairwise((*steps, None)):
        if step is None or step.from_on > until:
            return
        to_on = until if after is None else min(after.from_on - DAY, until)
        place = Place(step.state, step.since, step.from_on)
        frozen = (frozen or place) if step.state is LoanState.CHARGED_OFF else None
        place = frozen or place
        for from_on, last in _cuts(place, step, to_on, convention, buckets):
            days = _days_on(place, last, convention, step.pauses)
            yield Spell(bucket_of(days, buckets), step.state, from_on, last, days)


def _cuts(
    place: Place, step: Step, to_on: date, convention: Convention, buckets: Sequence[Bucket]
) -> Iterator[tuple[date, date]]:
    """The stretches of a step that lie in one bucket each."""

    def days(after: int) -> int:
        return _days_on(place, step.from_on + timedelta(days=after), convention, step.pauses)

    length = (to_on - step.from_on).days + 1
    begins = (bisect_left(range(length), bucket.from_day, key=days) for bucket in buckets)
    edges = sorted({0, length, *(begin for begin in begins if begin < length)})
    for start, end in pairwise(edges):
        yield step.from_on + timedelta(days=start), step.from_on + timedelta(days=end - 1)


def _days_on(place: Place, on: date, convention: Convention, pauses: Sequence[Pause]) -> int:
    """Days of an open loan on a day; those of a charged-off one stay what they were."""
    counted_on = on if place.state is LoanState.OPEN else place.counted_on
    return days_at(Place(place.state, place.since, counted_on), convention, pauses)


def _holds_open(spell: Spell, day: date) -> bool:
    return spell.state is LoanState.OPEN and spell.from_on <= day <= spell.to_on


def _passed_on(day: date, rule: WatchRule, dues: Sequence[date], convention: Convention) -> date:
    """The day on which a watch from `day` is passed if nothing is late before.

    The days are over by then, and if the instalments (or the fewer that are left) were unpaid, it would have shown.
    """
    ends = [day + timedelta(days=rule.days)]
    ahead = [due for due in dues if due >= day][: rule.instalments]
    if ahead:
        shows = 0 if convention.first_day is FirstDay.DUE_DAY else 1
        ends.append(counted_from(ahead[-1], convention) + timedelta(days=convention.grace_days + shows))
    return max(ends)


def _watch(
    cause: WatchCause, day: date, passed_on: date, late: Sequence[date], ends: Sequence[date], until: date
) -> Watch:
    """How a watch from `day` stands at the end of `until`."""
    defaulted = next((each for each in late if day <= each <= passed_on), None)
    if defaulted is not None:
        return Watch(cause, day, None, WatchOutcome.DEFAULTED_AGAIN, defaulted)
    ended = next((each for each in ends if day <= each <= passed_on), None)
    if ended is not None:
        return Watch(cause, day, ended, WatchOutcome.ENDED)
    return Watch(cause, day, passed_on, WatchOutcome.CURED if passed_on <= until else WatchOutcome.WATCHED)
