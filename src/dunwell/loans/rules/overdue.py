"""What overdue terms add up to on any day: a closed function of the history and the date. Nothing is posted nightly.

Between two days on which anything changes, everything is constant; so an instalment's life is cut into such spans
and summed exactly. Each item of each instalment is rounded once, on its whole: asking on more days changes nothing.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from dunwell.loans.model.overdue import (
    AccrualLine,
    Accrued,
    AccruedItem,
    LateFee,
    OverdueItem,
    OverdueTerms,
    PenaltySettled,
    RateFrom,
    Relief,
    Segment,
)
from dunwell.loans.model.values import Every
from dunwell.loans.model.words import AfterGrace, Component, DayCount
from dunwell.loans.rules.calendar import THIRTY, later, year_fraction

# What is itself a consequence of being late makes nothing late.
CONSEQUENCES: Final = frozenset({Component.FEES, Component.PENALTIES})


class Change(NamedTuple):
    """An item of an instalment that grew (or, after a correction, shrank) between two answers."""

    instalment: int
    item: OverdueItem
    amount: int


def overdue_accrual(
    terms: OverdueTerms,
    contract_rate: Decimal | Sequence[RateFrom],
    day_count: DayCount,
    segments: Iterable[Segment],
    to: date,
    *,
    reliefs: Sequence[Relief] = (),
    settled: Sequence[PenaltySettled] = (),
) -> Accrued:
    """What the terms added from each instalment's due date up to `to`, with the working (CN-FEE-02).

    `contract_rate` and `day_count` are the contract's; `settled` tells which penalty interest was paid, and matters
    only where penalty interest bears interest. Nothing that happens on or after `to` is looked at.
    """
    if terms.adds_nothing:
        return Accrued(to)
    rates = (
        [RateFrom(date.min, contract_rate)] if isinstance(contract_rate, Decimal) else sorted(contract_rate)
    )
    by_instalment: dict[int, list[Segment]] = defaultdict(list)
    for segment in segments:
        by_instalment[segment.instalment].append(segment)
    lines: list[AccrualLine] = []
    for number in sorted(by_instalment):
        paid = [each for each in settled if each.instalment == number]
        history = _History(terms, rates, day_count, by_instalment[number], reliefs, paid)
        lines += history.lines(to)
    return Accrued(to, _items(lines), tuple(lines))


def accrued_since(earlier: Accrued, later: Accrued) -> tuple[Change, ...]:
    """What is new between two answers: differences of rounded totals, so that steps always add up to the whole."""
    change: dict[tuple[int, OverdueItem], int] = defaultdict(int)
    for sign, accrued in ((1, later), (-1, earlier)):
        for each in accrued.items:
            change[each.instalment, each.item] += sign * each.amount
    return tuple(Change(*place, amount) for place, amount in sorted(change.items()) if amount)


def overdue_days(day_count: DayCount, start: date, end: date) -> int:
    """Days between two dates as overdue interest counts them; spans add up under every day count."""
    return _position(end) - _position(start) if day_count in THIRTY else (end - start).days


def overdue_fraction(day_count: DayCount, start: date, end: date) -> Fraction:
    """The part of a year between two dates; unlike a schedule's, parts of a span add up to the span."""
    year = THIRTY.get(day_count)
    if year is not None:
        return Fraction(_position(end) - _position(start), year)
    return year_fraction(day_count, start, end)


def _position(day: date) -> int:
    return day.year * 360 + day.month * 30 + min(day.day, 30)


def _items(lines: Iterable[AccrualLine]) -> tuple[AccruedItem, ...]:
    sums: dict[tuple[int, OverdueItem], Fraction] = defaultdict(Fraction)
    for line in lines:
        sums[line.instalment, line.item] += line.amount
    return tuple(AccruedItem(*place, exact, round(exact)) for place, exact in sums.items() if exact)


class _Span(NamedTuple):
    """Days on which nothing changes; `late` is what of the instalment is open, fees and penalties left out."""

    start: date
    end: date
    late: int
    opened: Mapping[Component, int]


class _History:
    """One instalment: what was open when, and what its terms make of it."""

    def __init__(
        self,
        terms: OverdueTerms,
        rates: Sequence[RateFrom],
        day_count: DayCount,
        segments: Sequence[Segment],
        reliefs: Sequence[Relief],
        settled: Sequence[PenaltySettled],
    ) -> None:
        self.terms = terms
        self.rates = rates
        self.count = terms.day_count or day_count
        self.segments = segments
        self.reliefs = [relief for relief in reliefs if relief.stops_interest]
        self.settled = settled
        self.number, self.due_on = segments[0].instalment, segments[0].due_on
        self.grace_end = self.due_on + timedelta(days=terms.grace_days)
        self.found: list[AccrualLine] = []

    def lines(self, to: date) -> list[AccrualLine]:
        """The working up to `to`: fees first, then interest span by span."""
        if to <= self.grace_end:
            return []
        since = self.due_on if self._missed() else self.grace_end
        late = [span for span in self._spans(since, to) if self._is_late(span)]
        if late and self.terms.late_fee is not None:
            self._charge(self.terms.late_fee, [span for span in late if span.start >= self.grace_end])
        if late:
            self._accrue(late)
        return self.found

    def _missed(self) -> bool:
        """Whether days of the grace count after all: they do when it ended with more than the tolerance open."""
        from_due = self.terms.after_grace is AfterGrace.FROM_DUE_DATE
        return from_due and _late_part(self._opened(self.grace_end)) > self.terms.tolerance

    def _opened(self, day: date) -> Mapping[Component, int]:
        opened: dict[Component, int] = defaultdict(int)
        for each in self.segments:
            if each.start <= day and (each.end is None or day < each.end):
                opened[each.component] += each.base
        return opened

    def _is_late(self, span: _Span) -> bool:
        return span.late > self.terms.tolerance and not any(
            relief.start <= span.start and (relief.end is None or span.start < relief.end)
            for relief in self.reliefs
        )

    def _spans(self, since: date, to: date) -> Iterable[_Span]:
        """Cut `[since, to)` wherever anything may change."""
        changes = {since}
        for each in self.segments:
            changes |= {each.start, each.end or each.start}
        edges = changes | {self.grace_end, to} | {rate.start for rate in self.rates}
        edges |= {each.on for each in self.settled}
        for each in self.reliefs:
            edges |= {each.start, each.end or each.start}
        fee, compound = self.terms.late_fee, self.terms.compound
        if fee is not None and fee.every is not None:
            edges |= set(_periods(self._fee_origin(), fee.every, to))
        if compound is not None and compound.on_penalty:
            edges |= set(_periods(self.due_on, compound.every, to))
        opened: Mapping[Component, int] = {}
        for start, end in pairwise(sorted(edge for edge in edges if since <= edge <= to)):
            if start in changes:
                opened = self._opened(start)
            yield _Span(start, end, _late_part(opened), opened)

    def _fee_origin(self) -> date:
        return self.due_on if self.terms.after_grace is AfterGrace.FROM_DUE_DATE else self.grace_end

    def _charge(self, fee: LateFee, late: Sequence[_Span]) -> None:
        """One fee for each period with a late day, on the most that was open on its late days."""
        ends: list[date] = []
        if fee.every is not None and late:
            ends = list(_periods(self._fee_origin(), fee.every, late[-1].end))
        periods: dict[int, list[_Span]] = defaultdict(list)
        for span in late:
            periods[bisect_right(ends, span.start)].append(span)
        rate = Fraction(fee.rate)
        for spans in periods.values():
            base, day = Fraction(max(span.late for span in spans)), spans[0].start
            amount = max(fee.flat + rate * base, Fraction(fee.least))
            if fee.most is not None:
                amount = min(amount, Fraction(fee.most))
            if amount:
                line = AccrualLine(self.number, OverdueItem.FEE, day, day, 0, base, rate, amount, "late_fee")
                self.found.append(line)

    def _accrue(self, late: Sequence[_Span]) -> None:
        """Penalty interest and compound interest of each late span."""
        penalty, compound = self.terms.penalty, self.terms.compound
        on_penalty = compound is not None and compound.on_penalty
        ends = list(_periods(self.due_on, compound.every, late[-1].end)) if compound and on_penalty else []
        grown = _Run(self, OverdueItem.PENALTY, "penalty_rate")
        on_interest = _Run(self, OverdueItem.COMPOUND, "compound.interest")
        on_grown = _Run(self, OverdueItem.COMPOUND, "compound.penalty")
        penal = [penalty.on(each.annual) if penalty else Fraction(0) for each in self.rates]
        compounding = [compound.rate.on(each.annual) if compound else Fraction(0) for each in self.rates]
        # What of the penalty interest was there at the end of the last period; it bears interest from then on.
        reached, capital = 0, Fraction(0)
        for span in late:
            if (passed := bisect_right(ends, span.start)) > reached:
                reached, capital = passed, grown.total
            at = max(bisect_right(self.rates, span.start, key=lambda each: each.start) - 1, 0)
            base = sum(span.opened.get(component, 0) for component in self.terms.penalty_on)
            grown.add(span, Fraction(base), penal[at])
            on_interest.add(span, Fraction(span.opened.get(Component.INTEREST, 0)), compounding[at])
            if on_penalty:
                paid = sum(part.amount for part in self.settled if part.on <= span.start)
                on_grown.add(span, max(capital - paid, Fraction(0)), compounding[at])
        for run in (grown, on_interest, on_grown):
            self.found += run.lines()


class _Run:
    """One kind of interest of one instalment: neighbouring spans of one base and rate become one line."""

    def __init__(self, history: _History, item: OverdueItem, rule: str) -> None:
        self.history, self.item, self.rule = history, item, rule
        self.spans: list[tuple[date, date, Fraction, Fraction]] = []
        self.total = Fraction(0)

    def add(self, span: _Span, base: Fraction, rate: Fraction) -> None:
        """Run on `base` at `rate` for the days of the span."""
        if not base or not rate:
            return
        self.total += base * rate * overdue_fraction(self.history.count, span.start, span.end)
        start = span.start
        if self.spans and self.spans[-1][1:] == (start, base, rate):
            start = self.spans.pop()[0]
        self.spans.append((start, span.end, base, rate))

    def lines(self) -> Iterable[AccrualLine]:
        """The working; spans add up under every day count, so a line is exact."""
        count, number = self.history.count, self.history.number
        for start, end, base, rate in self.spans:
            days, amount = overdue_days(count, start, end), base * rate * overdue_fraction(count, start, end)
            if amount:
                yield AccrualLine(number, self.item, start, end, days, base, rate, amount, self.rule)


def _late_part(opened: Mapping[Component, int]) -> int:
    return sum(amount for component, amount in opened.items() if component not in CONSEQUENCES)


def _periods(origin: date, every: Every, to: date) -> Iterable[date]:
    """The ends of the periods that begin at `origin`, as far as they lie before `to`."""
    number = 1
    while (end := later(origin, every, number)) < to:
        yield end
        number += 1
