"""Double-entry lines of a life: what each happening moves between accounts. The lines of each add up to zero."""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from dunwell.loans.model import Account, Component, Slice
from dunwell.loans.model.happenings import (
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Contract,
    Disbursed,
    Effect,
    Happening,
    Life,
    PaidIn,
    PaymentKind,
    Refunded,
    Waived,
)
from dunwell.loans.rules.ledger import Line

# What was contracted is unearned until it is paid; what was charged on the way is earned.
CONTRA = {
    Component.INTEREST: Account.UNEARNED,
    Component.COSTS: Account.UNEARNED,
    Component.FEES: Account.EARNED,
    Component.PENALTIES: Account.EARNED,
}


class _Entry:
    """The lines of one happening as they gather. After a charge-off, what is owed stands on `written_off`."""

    def __init__(self, *, written_off: bool) -> None:
        self.written_off = written_off
        self.sums: Counter[tuple[Account, int | None]] = Counter()

    def put(self, account: Account, amount: int, instalment: int | None = None) -> None:
        self.sums[account, instalment] += amount

    def owed(self, parts: Iterable[Slice], sign: int) -> None:
        """More (or less) is owed."""
        for number, component, amount in parts:
            account = Account.WRITTEN_OFF if self.written_off else Account(component)
            self.put(account, sign * amount, number)

    def settled(self, parts: Iterable[Slice]) -> None:
        """Money settled what was owed; what was written off is recovered."""
        for number, component, amount in parts:
            self.put(Account.RECOVERED if self.written_off else Account(component), -amount, number)

    def against(self, parts: Iterable[Slice], account: Account | None = None) -> None:
        """The other side of what more is owed: income, or the account given."""
        for _, component, amount in parts:
            self.put(account or CONTRA[component], -amount)

    def lines(self) -> tuple[Line, ...]:
        return tuple(
            Line(account, number, amount) for (account, number), amount in self.sums.items() if amount
        )


def lines_of(contract: Contract, life: Life) -> Mapping[UUID, tuple[Line, ...]]:
    """The lines of each happening, by its id."""
    opened = Counter[tuple[int, Component]]()
    for due in contract.dues:
        for component in Component:
            opened[due.number, component] += getattr(due, component)
    lines = dict[UUID, tuple[Line, ...]]()
    written_off = False
    for happening in life.happenings:
        effect = life.effects[happening.id]
        lines[happening.id] = _lines_of(happening, effect, opened, written_off=written_off)
        written_off = written_off or isinstance(happening, ChargedOff)
    return lines


def _lines_of(
    happening: Happening, effect: Effect, opened: Counter[tuple[int, Component]], *, written_off: bool
) -> tuple[Line, ...]:
    entry = _Entry(written_off=written_off)
    entry.owed(effect.accrued, 1)
    entry.against(_but_principal(effect.accrued))
    entry.owed(effect.added, 1)
    entry.settled(effect.slices)
    entry.owed(effect.waived, -1)
    entry.put(Account.CREDIT, -effect.surplus)
    _other_side(entry, happening, effect)
    for sign, parts in ((1, effect.accrued), (1, effect.added), (-1, effect.slices), (-1, effect.waived)):
        for number, component, amount in parts:
            opened[number, component] += sign * amount
    if isinstance(happening, ChargedOff) and not written_off:
        for (number, component), amount in opened.items():
            entry.put(Account(component), -amount, number)
            entry.put(Account.WRITTEN_OFF, amount)
    return entry.lines()


def _other_side(entry: _Entry, happening: Happening, effect: Effect) -> None:
    """Where the money came from or went, or who bears it."""
    match happening:
        case PaidIn():
            lender = happening.kind is PaymentKind.GOODWILL
            entry.put(Account.WAIVED if lender else Account.CASH, happening.amount)
        case ChargeAdjusted():
            entry.put(Account.WAIVED, happening.amount)
        case ChargedBack() | Refunded():
            entry.put(Account.CASH, -happening.amount)
        case Disbursed():
            entry.put(Account.CASH, -happening.amount)
            entry.against(_but_principal(effect.added))
        case Waived():
            entry.put(Account.WAIVED, sum(part.amount for part in effect.waived))
        case Charged():
            entry.against(effect.added, Account.EARNED)
        case _:
            entry.against(_but_principal(effect.added))


def _but_principal(parts: Iterable[Slice]) -> list[Slice]:
    return [part for part in parts if part.component is not Component.PRINCIPAL]
