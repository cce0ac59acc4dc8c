"""Random lives of a loan: whatever happens in whatever order, nothing is lost and nothing depends on when it was told.

Irrelevant is the order of payments of one kind on one day, where money ahead goes to instalments one after the other:
instalments and credit come out the same. (Evenly spread money leaves its odd cents by payment.)
"""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dunwell.loans.model import (
    Account,
    Clauses,
    Component,
    DayCount,
    Every,
    Instalment,
    Method,
    Processing,
    Spread,
    Terms,
    Unit,
    Waterfall,
)
from dunwell.loans.model.happenings import (
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Contract,
    Disbursed,
    Happening,
    InAdvance,
    InterestRule,
    Life,
    PaidIn,
    PaymentKind,
    RateChanged,
    ReAged,
    Reamortised,
    Refunded,
    Rescheduled,
    Revival,
    Waived,
)
from dunwell.loans.model.law import Cap
from dunwell.loans.model.overdue import Compound, LateFee, OverdueRate, OverdueTerms
from dunwell.loans.rules.ledger import Line, differences, opening_lines
from dunwell.loans.rules.life import live
from dunwell.loans.rules.life_lines import lines_of
from dunwell.loans.rules.schedule import schedule

# Two thousand steps, each with the life lived again: longer than other tests are given on a busy machine.
pytestmark = pytest.mark.timeout(180)

START: Final = date(2024, 1, 31)
NAMES: Final = UUID(int=7)
OWED: Final = tuple(Account(component.value) for component in Component)
ONE_AFTER_ANOTHER: Final = {InAdvance.NEXT, InAdvance.LAST, InAdvance.SHORTER, InAdvance.CREDIT}

days = st.integers(0, 420).map(lambda days: START + timedelta(days=days))
amounts = st.integers(1, 60_000)
rates = st.sampled_from([Decimal(0), Decimal("0.12"), Decimal("0.2399")])
overdue_terms = st.sampled_from(
    [
        OverdueTerms(),
        OverdueTerms(penalty=OverdueRate(times=Decimal("1.5")), grace_days=3),
        OverdueTerms(
            late_fee=LateFee(flat=500, every=Every()),
            penalty=OverdueRate(annual=Decimal("0.18")),
            compound=Compound(OverdueRate(annual=Decimal("0.18")), on_penalty=True),
        ),
    ]
)
caps = st.sampled_from([None, Cap(Decimal("0.24"), "COST_CAP", (), "", "")])


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    clauses = Clauses(
        multiple_of=draw(st.sampled_from([1, 100])),
        down_payment=draw(st.sampled_from([Decimal(0), Decimal("0.25")])),
        spread=draw(st.sampled_from(Spread)),
    )
    terms = Terms(
        principal=draw(st.integers(10_000, 200_000)),
        annual_rate=draw(rates),
        method=draw(
            st.sampled_from(
                [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_FIRST, Method.FLAT]
            )
        ),
        day_count=draw(st.sampled_from([DayCount.THIRTY_360, DayCount.ACTUAL_365])),
        disbursed_on=START,
        count=draw(st.integers(1, 6)),
        every=draw(st.sampled_from([Every(), Every(15, Unit.DAY)])),
        clauses=clauses,
    )
    modes = st.dictionaries(st.sampled_from(PaymentKind), st.sampled_from(InAdvance))
    return Contract(
        principal=terms.principal,
        disbursed_on=START,
        dues=schedule(terms),
        annual_rate=terms.annual_rate,
        day_count=terms.day_count,
        every=terms.every,
        waterfall=Waterfall(draw(st.permutations(Component).map(tuple)), draw(st.sampled_from(Processing))),
        in_advance=draw(modes),
        interest=draw(st.sampled_from(InterestRule)),
        overdue=draw(overdue_terms),
        advance_order=draw(st.sampled_from([(), tuple(Component)])),
        due_first=draw(st.booleans()),
        chargeback=draw(st.sampled_from(Revival)),
        method=terms.method,
        clauses=clauses,
        cap=draw(caps),
    )


class LifeOfALoan(RuleBasedStateMachine):
    """Happenings arrive in any order, some are taken back; the ledger is only ever added to."""

    def __init__(self) -> None:
        super().__init__()
        self.contract: Contract
        self.told: list[Happening] = []
        self.booked: dict[UUID, list[Line]] = {}
        self.places = 0

    @initialize(contract=contracts())
    def opens(self, contract: Contract) -> None:
        self.contract = contract
        self.life = live(contract, [])

    def tell(self, what: type[Any], on: date, **said: Any) -> None:
        self.places += 1
        self.told.append(what(uuid5(NAMES, str(self.places)), on, self.places, **said))
        self.book()

    def book(self) -> None:
        """What is booked stays; each happening gets the lines that bring it to what it should be."""
        self.life = live(self.contract, self.told)
        wanted = lines_of(self.contract, self.life)
        for id_ in {*wanted, *self.booked}:
            held = self.booked.setdefault(id_, [])
            change = differences(held, wanted.get(id_, ()))
            assert sum(line.amount for line in change) == 0
            held += change

    @rule(
        on=days,
        amount=amounts,
        kind=st.sampled_from(PaymentKind),
        mode=st.none() | st.sampled_from(InAdvance),
    )
    def pays(self, on: date, amount: int, kind: PaymentKind, mode: InAdvance | None) -> None:
        self.tell(PaidIn, on, amount=amount, kind=kind, in_advance=mode)

    @rule(on=days, amount=amounts)
    def draws(self, on: date, amount: int) -> None:
        self.tell(Disbursed, on, amount=amount)

    @rule(
        on=days,
        amount=st.integers(1, 5_000),
        component=st.sampled_from([Component.COSTS, Component.FEES, Component.PENALTIES]),
        after=st.integers(-60, 200),
    )
    def is_charged(self, on: date, amount: int, component: Component, after: int) -> None:
        due_on = on + timedelta(days=after)
        self.tell(Charged, on, code="late", component=component, amount=amount, due_on=due_on)

    @precondition(lambda self: any(isinstance(each, Charged) for each in self.told))
    @rule(data=st.data(), on=days, amount=st.integers(1, 3_000), waived=st.booleans())
    def charge_is_waived_or_credited(
        self, data: st.DataObject, on: date, amount: int, *, waived: bool
    ) -> None:
        charge = data.draw(st.sampled_from([each.id for each in self.told if isinstance(each, Charged)]))
        if waived:
            self.tell(Waived, on, charge=charge)
        else:
            self.tell(ChargeAdjusted, on, charge=charge, amount=amount)

    @rule(on=days, component=st.none() | st.sampled_from(Component), amount=st.none() | amounts)
    def is_forgiven(self, on: date, component: Component | None, amount: int | None) -> None:
        self.tell(Waived, on, component=component, amount=amount)

    @precondition(lambda self: any(isinstance(each, PaidIn) for each in self.told))
    @rule(data=st.data(), on=days)
    def bank_takes_back(self, data: st.DataObject, on: date) -> None:
        payment = data.draw(st.sampled_from([each for each in self.told if isinstance(each, PaidIn)]))
        first = data.draw(st.integers(1, payment.amount))
        for amount in (first, payment.amount - first):
            if amount:
                self.tell(ChargedBack, max(on, payment.on), payment=payment.id, amount=amount)

    @rule(on=days, amount=amounts)
    def is_refunded(self, on: date, amount: int) -> None:
        self.tell(Refunded, on, amount=amount)

    @rule(on=days)
    def is_charged_off(self, on: date) -> None:
        self.tell(ChargedOff, on)

    @rule(on=days, rate=rates)
    def rate_changes(self, on: date, rate: Decimal) -> None:
        self.tell(RateChanged, on, annual_rate=rate)

    @rule(
        on=days,
        from_due=days,
        shift=st.none() | st.integers(1, 90),
        extra=st.integers(0, 3),
        pause=st.integers(0, 2),
        rate=st.none() | rates,
    )
    def is_rescheduled(
        self, on: date, from_due: date, shift: int | None, extra: int, pause: int, rate: Decimal | None
    ) -> None:
        new_due = None if shift is None else from_due + timedelta(days=shift)
        said = {"from_due": from_due, "new_due": new_due, "extra": extra, "pause": pause, "annual_rate": rate}
        self.tell(Rescheduled, on, **said)

    @rule(on=days, ahead=st.integers(1, 60), count=st.integers(1, 6))
    def is_re_aged(self, on: date, ahead: int, count: int) -> None:
        self.tell(ReAged, on, first_due_on=on + timedelta(days=ahead), count=count)

    @rule(on=days)
    def is_re_amortised(self, on: date) -> None:
        self.tell(Reamortised, on)

    @precondition(lambda self: bool(self.told))
    @rule(data=st.data())
    def is_taken_back(self, data: st.DataObject) -> None:
        """As if it had never happened: what is left is the life that never had it, in the ledger too."""
        taken = data.draw(st.sampled_from(self.told))
        self.told.remove(taken)
        self.book()
        assert differences(self.booked[taken.id], ()) == ()

    @invariant()
    def nothing_is_lost(self) -> None:
        owed, paid, waived = Counter[Any](), Counter[Any](), Counter[Any]()
        for due in self.contract.dues:
            owed.update({(due.number, component): getattr(due, component) for component in Component})
        for effect in self.life.effects.values():
            for parts, sums in (
                (effect.added, owed),
                (effect.accrued, owed),
                (effect.slices, paid),
                (effect.waived, waived),
            ):
                for number, component, amount in parts:
                    sums[number, component] += amount
        for each in self.life.instalments:
            for component in Component:
                place = each.due.number, component
                assert owed[place] == getattr(each.due, component)
                assert paid[place] == getattr(each.paid, component)
                assert waived[place] == getattr(each.waived, component)
        assert sum(effect.surplus for effect in self.life.effects.values()) == self.life.credit
        for happening in self.life.happenings:
            if isinstance(happening, PaidIn | ChargeAdjusted):
                effect = self.life.effects[happening.id]
                assert happening.amount == sum(part.amount for part in effect.slices) + effect.surplus

    @invariant()
    def nothing_is_revived_twice(self) -> None:
        """Of a component but the principal, chargebacks open no more again than the payment had settled."""
        if self.contract.chargeback is Revival.PRINCIPAL:
            return
        settled, revived = Counter[Any](), Counter[Any]()
        for each in self.life.happenings:
            effect = self.life.effects[each.id]
            match each:
                case PaidIn():
                    settled.update({(each.id, part): 0 for part in Component})
                    for slice_ in effect.slices:
                        settled[each.id, slice_.component] += slice_.amount
                case ChargedBack():
                    for slice_ in effect.added:
                        revived[each.payment, slice_.component] += slice_.amount
                case _:
                    pass
        for place, amount in revived.items():
            assert place[1] is Component.PRINCIPAL or amount <= settled[place]

    @invariant()
    def nothing_is_negative(self) -> None:
        assert self.life.credit >= 0
        for each in self.life.instalments:
            for component in Component:
                assert getattr(each.due, component) >= 0
                assert getattr(each.paid, component) >= 0
                assert getattr(each.waived, component) >= 0
                assert each.open(component) >= 0
            assert each.paid.settled_on is None or not each.outstanding
            assert each.paid.settled_on is not None or each.outstanding or not each.due.total
        for charge in self.life.charges:
            assert charge.paid >= 0
            assert charge.outstanding >= 0

    @invariant()
    def the_ledger_says_what_the_instalments_say(self) -> None:
        sums = Counter[Account]()
        for line in [
            *opening_lines(self.contract.dues),
            *(line for held in self.booked.values() for line in held),
        ]:
            sums[line.account] += line.amount
        assert sum(sums.values()) == 0
        assert sums[Account.CREDIT] == -self.life.credit
        written_off = sums[Account.WRITTEN_OFF] + sums[Account.RECOVERED]
        assert sum(sums[account] for account in OWED) + written_off == sum(
            each.outstanding for each in self.life.instalments
        )
        if self.life.charged_off_on is None:
            for component in Component:
                assert sums[Account(component)] == sum(each.open(component) for each in self.life.instalments)
        cash = self.contract.principal
        for each in self.told:
            match each:
                case Disbursed() | Refunded() | ChargedBack():
                    cash += each.amount
                case PaidIn() if each.kind is not PaymentKind.GOODWILL:
                    cash -= each.amount
                case _:
                    pass
        assert sums[Account.CASH] == -cash

    @precondition(lambda self: self.places % 4 == 0)
    @invariant()
    def it_is_as_if_everything_had_been_known(self) -> None:
        known = sorted(self.told, key=lambda each: (each.on, each.place))
        assert live(self.contract, known[::-1]) == self.life
        if known:
            middle = known[len(known) // 2].on
            seen = [each for each in known if each.on <= middle]
            assert live(self.contract, known, middle) == live(self.contract, seen, middle)

    @precondition(lambda self: self.places % 4 == 0)
    @invariant()
    def the_order_of_equal_dated_payments_does_not_matter(self) -> None:
        if self.contract.interest is InterestRule.DAILY:
            return
        by_day = Counter(each.on for each in self.told)
        plain = [
            each
            for each in self.told
            if isinstance(each, PaidIn)
            and each.kind is PaymentKind.REPAYMENT
            and each.in_advance is None
            and by_day[each.on] == 1
        ]
        if (
            not plain
            or self.contract.in_advance.get(PaymentKind.REPAYMENT, InAdvance.NEXT) not in ONE_AFTER_ANOTHER
        ):
            return
        paid = plain[-1]
        small = PaidIn(UUID(int=1), paid.on, paid.place, 1 + paid.amount // 3)
        before = live(self.contract, [*self.told, small])
        after = live(self.contract, [*self.told, PaidIn(small.id, small.on, self.places + 1, small.amount)])
        assert _balances(before) == _balances(after)


def _balances(life: Life) -> tuple[tuple[Instalment, ...], int, Any]:
    return life.instalments, life.credit, life.charges


TestLifeOfALoan = LifeOfALoan.TestCase
TestLifeOfALoan.settings = settings(max_examples=90, stateful_step_count=24, deadline=None, derandomize=True)
