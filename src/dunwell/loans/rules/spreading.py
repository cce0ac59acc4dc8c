"""How money is spread: over what is due and what lies ahead, and in even parts that add up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from dunwell.kernel.money import rounded
from dunwell.loans.model import Component, Instalment, Slice, Waterfall
from dunwell.loans.model.happenings import InAdvance
from dunwell.loans.rules.allocation import Lot, open_lots


@dataclass(frozen=True, slots=True)
class Spreading:
    """The order in which money settles: the waterfall, and what it does before its time."""

    waterfall: Waterfall
    mode: InAdvance = InAdvance.NEXT
    advance_order: tuple[Component, ...] = ()
    due_first: bool = False

    @property
    def by_due_date_alone(self) -> bool:
        """Whether what is due and what lies ahead are settled alike, oldest first."""
        return self.mode is InAdvance.NEXT and not self.advance_order and not self.due_first


def spread(
    amount: int, instalments: Sequence[Instalment], on: date, rule: Spreading
) -> tuple[list[Slice], int]:
    """What an amount settles on a day, and what it leaves. Past due comes first, then due, then what lies ahead.

    The instalments come in the order in which they are settled.
    """
    left, slices = amount, list[Slice]()
    if rule.by_due_date_alone:
        left = _settle(left, open_lots(instalments, rule.waterfall), slices)
        return slices, left
    for group in (
        [each for each in instalments if each.due.due_on < on],
        [each for each in instalments if each.due.due_on == on],
    ):
        left = _settle(left, open_lots(group, rule.waterfall), slices)
    ahead = [each for each in instalments if each.due.due_on > on]
    order = rule.advance_order or rule.waterfall.order
    return slices, _in_advance(left, ahead, replace(rule.waterfall, order=order), rule.mode, slices)


def parts(whole: int, count: int, multiple_of: int = 1) -> list[int]:
    """An amount in even parts: half-even to the multiple, the last takes what is left."""
    each = rounded(Decimal(whole) / count / multiple_of) * multiple_of
    left, even = whole, list[int]()
    for _ in range(count - 1):
        even.append(min(each, left))
        left -= even[-1]
    return [*even, left]


def parts_above(whole: int, floors: Sequence[int], multiple_of: int = 1) -> list[int]:
    """Even parts of which none is below its floor; the floors together are not above the whole."""
    fixed = dict[int, int]()
    while True:
        free = [place for place in range(len(floors)) if place not in fixed]
        even = (
            dict(zip(free, parts(whole - sum(fixed.values()), len(free), multiple_of), strict=True))
            if free
            else {}
        )
        low = [place for place in free if even[place] < floors[place]]
        if not low:
            return [(fixed | even)[place] for place in range(len(floors))]
        fixed |= {place: floors[place] for place in low}


def _settle(left: int, lots: Iterable[Lot], slices: list[Slice]) -> int:
    for lot in lots:
        if not left:
            break
        settled = min(lot.open, left)
        slices.append(Slice(lot.instalment, lot.component, settled))
        left -= settled
    return left


def _in_advance(
    left: int, ahead: Sequence[Instalment], waterfall: Waterfall, mode: InAdvance, slices: list[Slice]
) -> int:
    match mode:
        case InAdvance.NEXT:
            return _settle(left, open_lots(ahead, waterfall), slices)
        case InAdvance.LAST:
            return _settle(left, open_lots(ahead[::-1], waterfall), slices)
        case InAdvance.SHORTER:
            principal = replace(waterfall, order=(Component.PRINCIPAL,))
            rest = replace(
                waterfall, order=tuple(each for each in waterfall.order if each is not Component.PRINCIPAL)
            )
            left = _settle(left, open_lots(ahead[::-1], principal), slices)
            return _settle(left, open_lots(ahead[::-1], rest), slices)
        case InAdvance.SMALLER:
            return _evenly(left, ahead, waterfall, slices)
        case InAdvance.CREDIT:
            return left
        case _:
            assert_never(mode)


def _evenly(left: int, ahead: Sequence[Instalment], waterfall: Waterfall, slices: list[Slice]) -> int:
    """The same for each instalment with something open; what one cannot take goes to the others."""
    waiting = [list(open_lots([each], waterfall)) for each in ahead if each.outstanding]
    while left and waiting:
        shared, rests = left, list[list[Lot]]()
        for lots, part in zip(waiting, parts(shared, len(waiting)), strict=True):
            given = part - _settle(part, lots, slices)
            left -= given
            rests.append(_rest(lots, given))
        waiting = [lots for lots in rests if lots]
    return left


def _rest(lots: Sequence[Lot], given: int) -> list[Lot]:
    """What is still open of lots after an amount settled them in their order."""
    rest = list[Lot]()
    for lot in lots:
        settled = min(lot.open, given)
        given -= settled
        if lot.open > settled:
            rest.append(replace(lot, open=lot.open - settled))
    return rest
