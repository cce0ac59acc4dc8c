"""What overdue terms add to a life: assessed into the instalments whenever something happens, never beyond the cap.

Overdue terms run on costs, interest and principal that were open after their due date. What they come to by a day
follows from the history up to it, so it does not matter on how many days in between it was assessed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from dunwell.loans.model import Component
from dunwell.loans.model.law import Balance
from dunwell.loans.model.overdue import Accrued, AccruedItem, OverdueItem, PenaltySettled, RateFrom, Segment
from dunwell.loans.rules.caps import capped_cost
from dunwell.loans.rules.life_state import Living
from dunwell.loans.rules.overdue import overdue_accrual

Places = Mapping[tuple[int, Component], int]

RUNS_ON: Final = (Component.COSTS, Component.INTEREST, Component.PRINCIPAL)
COMPONENT: Final = {
    OverdueItem.FEE: Component.FEES,
    OverdueItem.PENALTY: Component.PENALTIES,
    OverdueItem.COMPOUND: Component.PENALTIES,
}


def assess(living: Living, on: date) -> None:
    """Post what overdue terms added since the last happening."""
    for (number, component), amount in growth(living, on).items():
        row = living.rows[number]
        more = max(amount, -row.held.open(component))
        living.assessed[number, component] += more
        living.accrue(row, component, more, on)


def growth(living: Living, on: date) -> Places:
    """What overdue terms came to by a day beyond what was assessed, by instalment and component."""
    if living.contract.overdue.adds_nothing:
        return {}
    totals = Counter[tuple[int, Component]]()
    for item in _items(living, on):
        totals[item.instalment, COMPONENT[item.item]] += item.amount
    totals = _within_cap(living, totals, on)
    return {
        place: totals[place] - living.assessed[place]
        for place in sorted({*totals, *living.assessed})
        if totals[place] != living.assessed[place]
    }


def accrued_so_far(living: Living, on: date) -> Accrued:
    """All that overdue terms came to by a day, posted or not, with the working, before any cap."""
    if living.contract.overdue.adds_nothing:
        return Accrued(on)
    found = [
        accrued_by(living, number, on) for number in sorted(living.history) if living.rows[number].due_on < on
    ]
    items = tuple(item for each in found for item in each.items)
    return Accrued(on, items, tuple(line for each in found for line in each.lines))


def _items(living: Living, on: date) -> Iterable[AccruedItem]:
    """What each instalment came to. One with nothing open is counted once and then stays as it is."""
    for number, history in living.history.items():
        if living.rows[number].due_on >= on:
            continue
        known = living.at_rest.get(number)
        if known is not None and known[0] == len(history):
            yield from known[1]
            continue
        items = accrued_by(living, number, on).items
        if not living.rows[number].held.outstanding:
            living.at_rest[number] = len(history), items
        yield from items


def accrued_by(living: Living, number: int, on: date) -> Accrued:
    """What overdue terms came to on an instalment by a day, with the working, before any cap."""
    contract, history = living.contract, living.history[number]
    return overdue_accrual(
        contract.overdue,
        [RateFrom(start, rate) for start, rate in living.rates],
        contract.day_count,
        _segments(history, number, living.rows[number].due_on),
        on,
        reliefs=contract.relief,
        settled=[
            PenaltySettled(number, day, -change)
            for day, component, change in history
            if component is Component.PENALTIES and change < 0
        ],
    )


def _segments(history: Sequence[tuple[date, Component, int]], number: int, due_on: date) -> Iterable[Segment]:
    """What of each component of an instalment was open, and from when to when."""
    for component in RUNS_ON:
        base, start = 0, date.min
        for day, _, change in sorted(each for each in history if each[1] is component):
            if base and day > start:
                yield Segment(number, component, base, due_on, start, day)
            base, start = base + change, day
        if base:
            yield Segment(number, component, base, due_on, start)


def _within_cap(
    living: Living, totals: Counter[tuple[int, Component]], on: date
) -> Counter[tuple[int, Component]]:
    """The totals, the latest instalments cut where the loan would cost more than its ceiling."""
    cap = living.contract.cap
    if cap is None:
        return totals
    charged = Counter[Component]()
    for row in living.rows.values():
        charged[Component.INTEREST] += row.held.due.interest if row.due_on <= on else 0
        charged[Component.FEES] += row.held.due.fees - living.assessed[row.number, Component.FEES]
        charged[Component.PENALTIES] += (
            row.held.due.penalties - living.assessed[row.number, Component.PENALTIES]
        )
    for (_, component), amount in totals.items():
        charged[component] += amount
    cost = capped_cost(cap, charged, _balances(living), living.contract.day_count, on)
    left = Counter[Component](cost.excess_by_part)
    kept = Counter(totals)
    for number, component in sorted(totals, reverse=True):
        cut = min(left[component], kept[number, component])
        kept[number, component] -= cut
        left[component] -= cut
    return kept


def _balances(living: Living) -> list[Balance]:
    """The principal outstanding from day to day; a tranche that was contracted, from its own day on."""
    changes = Counter[date]()
    for tranche in living.contract.clauses.tranches:
        changes[living.contract.disbursed_on] -= tranche.amount
        changes[tranche.on] += tranche.amount
    for history in living.history.values():
        for day, component, change in history:
            changes[day] += change if component is Component.PRINCIPAL else 0
    balances, amount, days = list[Balance](), 0, sorted(changes)
    for start, end in zip(days, [*days[1:], None], strict=True):
        amount += changes[start]
        balances.append(Balance(amount, start, end))
    return balances
