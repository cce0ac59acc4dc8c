"""What a payment settles by law: the order within one debt (CN-ALL-01, CN-ALL-03) and among several (CN-ALL-02)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final
from uuid import UUID

from dunwell.kernel.money import split
from dunwell.loans.model.law import LawfulOrder, OpenDebt, Spread
from dunwell.loans.model.words import Component
from dunwell.packs import Pack

CARD: Final = "card"


def waterfall_for(
    law: Pack,
    on: date,
    product_kind: str,
    days_past_due: int,
    agreed: Sequence[Component] | None = None,
) -> LawfulOrder | None:
    """The order in force on a payment's day; None where neither agreement nor law names one.

    An agreed order wins; what it leaves out follows in the law's order. A card (`product_kind` "card") settles
    principal first from the day the pack names.
    """
    late_from = law.value("card_principal_first_from_day", on, int)
    late = product_kind == CARD and late_from is not None and days_past_due >= late_from
    entry = law.entry("card_late_order" if late else "allocation_order", on)
    lawful = tuple(
        Component(name) for name in law.listed("card_late_order" if late else "allocation_order", on)
    )
    if agreed:
        return LawfulOrder((*agreed, *(each for each in lawful if each not in agreed)), agreed=True)
    if entry is None:
        return None
    return LawfulOrder(lawful, agreed=False, rules=entry.rules, value_class=entry.value_class)


def order_of_debts(
    debts: Iterable[OpenDebt], on: date, named: Sequence[UUID | str] = ()
) -> tuple[tuple[OpenDebt, ...], ...]:
    """Debts in the order in which a payment settles them; debts that the law ranks alike stand together.

    Those the debtor named, as named; then debts that are due; of these the least secured; then the heavier
    burden; then the earlier due; what is still alike shares by what is open. Debts with nothing open are left out.
    """
    opened = {debt.id: debt for debt in debts if debt.open > 0}
    first = [opened[each] for each in dict.fromkeys(named) if each in opened]
    rest = sorted((debt for debt in opened.values() if debt not in first), key=lambda debt: _rank(debt, on))
    alike = (tuple(group) for _, group in groupby(rest, key=lambda debt: _rank(debt, on)))
    return (*((debt,) for debt in first), *alike)


def split_over_debts(
    amount: int, debts: Iterable[OpenDebt], on: date, named: Sequence[UUID | str] = ()
) -> Spread:
    """Share a payment over a debtor's debts by `order_of_debts`; what is left when all are settled is surplus."""
    left = amount
    parts: list[tuple[UUID | str, int]] = []
    for group in order_of_debts(debts, on, named):
        whole = sum(debt.open for debt in group)
        shares = (
            [debt.open for debt in group] if whole <= left else split(left, [debt.open for debt in group])
        )
        parts += [(debt.id, share) for debt, share in zip(group, shares, strict=True) if share]
        left -= sum(shares)
    return Spread(tuple(parts), left)


def _rank(debt: OpenDebt, on: date) -> tuple[bool, int, Decimal, date]:
    return (debt.due_on > on, debt.security, -debt.burden, debt.due_on)
