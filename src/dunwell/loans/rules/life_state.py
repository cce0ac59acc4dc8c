"""Where a life is while its happenings are lived through: instalments, charges, credit, and what one happening did."""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from dunwell.loans.model import Component, Due, GivenUp, Instalment, Slice, Spread
from dunwell.loans.model.happenings import Charged, ChargeStanding, Contract, Effect, InterestRule
from dunwell.loans.model.overdue import AccruedItem
from dunwell.loans.rules.allocation import with_paid
from dunwell.loans.rules.calendar import Period
from dunwell.loans.rules.spreading import Spreading, spread


@dataclass(slots=True)
class Row:
    """An instalment. A down payment has no period; one `beyond` was made for what came after the last due date."""

    held: Instalment
    down_payment: bool = False
    beyond: bool = False
    # Among instalments of one day, whether this one is settled first.
    first: bool = False

    @property
    def number(self) -> int:
        return self.held.due.number

    @property
    def due_on(self) -> date:
        return self.held.due.due_on


@dataclass(slots=True)
class Charge:
    """A charge in the instalment it lives in, and what of it was waived."""

    charge: Charged
    instalment: int
    waived: int = 0


@dataclass(slots=True)
class Doing:
    """What the happening at hand has done so far."""

    slices: list[Slice] = field(default_factory=list[Slice])
    added: list[Slice] = field(default_factory=list[Slice])
    accrued: list[Slice] = field(default_factory=list[Slice])
    waived: list[Slice] = field(default_factory=list[Slice])
    surplus: int = 0


@dataclass(slots=True)
class Living:
    """A life up to the happening at hand."""

    contract: Contract
    rows: dict[int, Row]
    spread: Spread
    # All that was lent, of which flat interest is counted.
    lent: int = 0
    # By day: what the balance that bears daily interest changed by, and the rate from then on.
    bearing: list[tuple[date, int]] = field(default_factory=list[tuple[date, int]])
    rates: list[tuple[date, Decimal]] = field(default_factory=list[tuple[date, Decimal]])
    # Up to when daily interest was counted: what fell due by then stays as it is.
    accrued_to: date = date.min
    # Whether money settled what lies ahead since then.
    settled_ahead: bool = False
    known_periods: dict[tuple[date, date], Period] = field(default_factory=dict[tuple[date, date], Period])
    # What overdue terms look at, by instalment: from a day on, how much more of a component was open.
    history: defaultdict[int, list[tuple[date, Component, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # What overdue terms came to: of instalments with nothing open, and what of all was assessed.
    at_rest: dict[int, tuple[int, tuple[AccruedItem, ...]]] = field(
        default_factory=dict[int, tuple[int, tuple[AccruedItem, ...]]]
    )
    assessed: Counter[tuple[int, Component]] = field(default_factory=Counter[tuple[int, Component]])
    charges: dict[UUID, Charge] = field(default_factory=dict[UUID, Charge])
    credit: int = 0
    # Since when credit is held though something is still to fall due; `None` where none is.
    held_since: date | None = None
    effects: dict[UUID, Effect] = field(default_factory=dict[UUID, Effect])
    charged_off_on: date | None = None
    # Per payment and component: what it settled, less what was charged back of it.
    settled_by: dict[UUID, Counter[Component]] = field(default_factory=dict[UUID, Counter[Component]])
    doing: Doing = field(default_factory=Doing)

    @property
    def rate(self) -> Decimal:
        """The rate in force."""
        return self.rates[-1][1]

    @property
    def daily(self) -> bool:
        return self.contract.interest is InterestRule.DAILY

    def instalments(self) -> tuple[Instalment, ...]:
        return tuple(row.held for row in self.rows.values())

    def ordered(self) -> list[Row]:
        """By due date; on one day, the instalment that carries a tranche already comes after its down payment."""
        return sorted(self.rows.values(), key=lambda row: (row.due_on, not row.first, row.number))

    def in_order(self) -> list[Instalment]:
        return [row.held for row in self.ordered()]

    def periods(self) -> Iterator[tuple[date, Row]]:
        """The instalments that stand for a period, with the day it begins; by due date."""
        begins = self.contract.disbursed_on
        for row in self.ordered():
            if not row.down_payment and not row.beyond:
                yield begins, row
                begins = row.due_on

    def new_row(self, due_on: date, *, down_payment: bool = False, beyond: bool = False) -> Row:
        number = max(self.rows, default=0) + 1
        first = down_payment and self.spread is Spread.WHOLE_TERM
        row = Row(Instalment(Due(number, due_on, 0, 0)), down_payment, beyond, first)
        self.rows[number] = row
        return row

    def row_for(self, day: date) -> Row:
        """The instalment whose period holds the day; after the last due date, one made for that day."""
        later = (row for row in self.ordered() if not row.down_payment and row.due_on >= day)
        return next(later, None) or self.new_row(day, beyond=True)

    def settle(self, slices: Iterable[Slice], on: date) -> None:
        """Money settles parts of instalments."""
        gained = dict[int, Counter[Component]]()
        for part in slices:
            gained.setdefault(part.instalment, Counter())[part.component] += part.amount
            if self.daily:
                self._bears_less(part, on)
                self.settled_ahead |= self.rows[part.instalment].due_on > on
            self._note(part, -part.amount, on)
            self.doing.slices.append(part)
        for number, by_component in gained.items():
            row = self.rows[number]
            row.held = with_paid(row.held, by_component, on)

    def owe(self, row: Row, component: Component, amount: int, on: date) -> None:
        """So much more of a component is owed (negative: less)."""
        if amount:
            self.doing.added.append(Slice(row.number, component, amount))
            if component is Component.PRINCIPAL and self.daily:
                insort(self.bearing, (on, amount))
            self._change(row, component, amount, on)

    def accrue(self, row: Row, component: Component, amount: int, on: date) -> None:
        """So much more of a component is owed because time went by."""
        if amount:
            self.doing.accrued.append(Slice(row.number, component, amount))
            self._change(row, component, amount, on)

    def waive(self, row: Row, component: Component, amount: int, on: date) -> None:
        """So much of a component is given up."""
        if amount:
            self.doing.waived.append(Slice(row.number, component, amount))
            self._note(self.doing.waived[-1], -amount, on)
            if component is Component.PRINCIPAL and self.daily:
                insort(self.bearing, (on, -amount))
            due, paid, waived = row.held
            more = waived._replace(**{component.value: getattr(waived, component) + amount})
            row.held = _dated(Instalment(due, paid, GivenUp(*more)), on)

    def pay(self, amount: int, on: date, rule: Spreading) -> list[Slice]:
        """Money settles what it can by the rule; the rest is the borrower's credit."""
        slices, left = spread(amount, self.in_order(), on, rule)
        self.settle(slices, on)
        self.leave(left, on)
        return slices

    def leave(self, amount: int, on: date) -> None:
        """So much is left over (negative: drawn from the credit)."""
        self.credit += amount
        self.doing.surplus += amount
        if not self.credit:
            self.held_since = None
        elif amount > 0 and any(each.outstanding for each in self.instalments()):
            self.held_since = on

    def draw(self, amount: int, on: date) -> int:
        """Take up to an amount from the credit; returns what was taken."""
        taken = min(self.credit, amount)
        self.leave(-taken, on)
        return taken

    def use_credit(self, on: date, rule: Spreading) -> None:
        """Credit settles what is owed: anything new, or, where it is held, what has fallen due by the day."""
        if not self.credit:
            return
        since = self.held_since
        if since is None:
            slices, _ = spread(self.credit, self.in_order(), on, rule)
            self.settle(slices, on)
            self.draw(sum(part.amount for part in slices), on)
            return
        for row in [row for row in self.ordered() if row.due_on <= on and row.held.outstanding]:
            slices, _ = spread(self.credit, [row.held], on, rule)
            self.settle(slices, max(row.due_on, since))
            self.draw(sum(part.amount for part in slices), on)

    def principal(self) -> int:
        return sum(row.held.open(Component.PRINCIPAL) for row in self.rows.values())

    def done(self, happening: UUID) -> None:
        """The happening at hand has taken place."""
        doing = self.doing
        self.effects[happening] = Effect(
            slices=merged(doing.slices),
            surplus=doing.surplus,
            principal_after=self.principal(),
            added=merged(doing.added),
            accrued=merged(doing.accrued),
            waived=merged(doing.waived),
        )
        self.doing = Doing()

    def standings(self) -> list[ChargeStanding]:
        """What became of each charge: within a component of an instalment, money settles the oldest due first."""
        paid = dict[UUID, int]()
        pots = dict[tuple[int, Component], int]()
        for each in sorted(self.charges.values(), key=lambda each: (each.charge.due_on, each.charge.place)):
            pot = each.instalment, each.charge.component
            left = pots.setdefault(pot, getattr(self.rows[each.instalment].held.paid, each.charge.component))
            paid[each.charge.id] = min(left, each.charge.amount - each.waived)
            pots[pot] = left - paid[each.charge.id]
        return [
            ChargeStanding(each.charge, paid[each.charge.id], each.waived, each.instalment)
            for each in self.charges.values()
        ]

    def _note(self, part: Slice, change: int, on: date) -> None:
        """Keep what overdue terms will ask about."""
        if not self.contract.overdue.adds_nothing:
            self.history[part.instalment].append((on, part.component, change))

    def _bears_less(self, part: Slice, on: date) -> None:
        """Principal that is paid bears no interest; nor does as much as interest that is paid before it is due."""
        due_on = self.rows[part.instalment].due_on
        early = part.component is Component.INTEREST and due_on > on
        if early:
            insort(self.bearing, (due_on, part.amount))
        if early or part.component is Component.PRINCIPAL:
            insort(self.bearing, (on, -part.amount))

    def _change(self, row: Row, component: Component, amount: int, on: date) -> None:
        self._note(Slice(row.number, component, amount), amount, on)
        due, paid, waived = row.held
        changed = due._replace(**{component.value: getattr(due, component) + amount})
        row.held = _dated(Instalment(changed, paid, waived), on)


def merged(slices: Sequence[Slice]) -> tuple[Slice, ...]:
    """One slice for each component of each instalment, in the order in which they came first."""
    if len({part[:2] for part in slices}) == len(slices):
        return tuple(slices)
    sums = Counter[tuple[int, Component]]()
    for part in slices:
        sums[part.instalment, part.component] += part.amount
    return tuple(Slice(number, component, amount) for (number, component), amount in sums.items() if amount)


def _dated(instalment: Instalment, on: date) -> Instalment:
    """With the day that settled the last of it, after what is owed of it changed."""
    due, paid, waived = instalment
    settled_on = None if instalment.outstanding else paid.settled_on or on
    return Instalment(due, paid._replace(settled_on=settled_on), waived)
