"""A loan's life: its contract and its happenings in order, and what follows from them.

The fold is pure: the same contract and happenings give the same life, whenever they became known. It costs
O(happenings x instalments); overdue terms look, at each happening, at all that was ever open after its due date.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import assert_never
from uuid import UUID

from dunwell.loans.model import Component, Due, Instalment, Slice
from dunwell.loans.model.happenings import (
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Contract,
    Disbursed,
    Happening,
    InAdvance,
    Life,
    PaidIn,
    PaymentKind,
    RateChanged,
    ReAged,
    Reamortised,
    Refunded,
    Rescheduled,
    Waived,
)
from dunwell.loans.rules.events import down_payment_of
from dunwell.loans.rules.life_charges import charge, charge_back, refund, waive
from dunwell.loans.rules.life_daily import accrue_daily
from dunwell.loans.rules.life_overdue import accrued_so_far, assess, growth
from dunwell.loans.rules.life_state import Living, Row
from dunwell.loans.rules.life_terms import change_rate, disburse, re_age, re_amortise, reschedule
from dunwell.loans.rules.spreading import Spreading, spread


def live(contract: Contract, happenings: Sequence[Happening], until: date | None = None) -> Life:
    """Live through the happenings by (`on`, `place`).

    With `until`, happenings after it are not seen, and the loan is shown as it stands on that day: daily interest as
    it is then, what fell due settled by credit that was held for it, and as `unposted` what overdue terms added.
    None of that is in `effects`: it is posted with the next happening.
    """
    ordered = sorted(happenings, key=lambda each: (each.on, each.place))
    if until is not None:
        ordered = [each for each in ordered if each.on <= until]
    living = _born(contract)
    for happening in ordered:
        _pass_time(living, happening.on)
        living.settled_ahead = False
        _undergo(living, happening)
        living.use_credit(happening.on, _rule(contract, PaymentKind.REPAYMENT, None))
        if living.daily and (living.settled_ahead or not isinstance(happening, PaidIn)):
            accrue_daily(living, happening.on)
        living.done(happening.id)
    unposted = dict[tuple[int, Component], int]()
    if until is not None:
        if living.daily:
            accrue_daily(living, until)
        living.use_credit(until, _rule(contract, PaymentKind.REPAYMENT, None))
        unposted |= growth(living, until)
    accrued = None if until is None else accrued_so_far(living, until)
    return Life(
        instalments=living.instalments(),
        charges=tuple(living.standings()),
        credit=living.credit,
        accrued=accrued,
        effects=living.effects,
        charged_off_on=living.charged_off_on,
        beyond=frozenset(row.number for row in living.rows.values() if row.beyond),
        happenings=tuple(ordered),
        unposted=tuple(Slice(number, component, amount) for (number, component), amount in unposted.items()),
    )


def payoff(contract: Contract, happenings: Sequence[Happening], on: date) -> int:
    """What settles the loan on a day, after the happenings up to it.

    Of daily interest only what has run is part of it.
    """
    plenty = 4 * (
        sum(due.total for due in contract.dues) + sum(getattr(each, "amount", 0) or 0 for each in happenings)
    )
    last = max((each.place for each in happenings), default=0) + 1
    payment = PaidIn(UUID(int=0), on, last, plenty, in_advance=InAdvance.NEXT)
    life = live(contract, [*happenings, payment], on)
    before = live(contract, happenings, on)
    return plenty - life.credit + before.credit


def _born(contract: Contract) -> Living:
    """The loan on the day it was paid out. Tranches that were contracted are among the instalments already."""
    lent = sum(due.principal for due in contract.dues)
    tranches = [(each.on, each.amount) for each in contract.clauses.tranches]
    living = Living(
        contract,
        {due.number: Row(Instalment(due), down_payment=_due_at_once(contract, due)) for due in contract.dues},
        contract.clauses.spread,
        lent,
        bearing=sorted([(contract.disbursed_on, lent - sum(amount for _, amount in tranches)), *tranches]),
        rates=[(date.min, contract.annual_rate)],
    )
    if not contract.overdue.adds_nothing:
        for due in contract.dues:
            opened = ((contract.disbursed_on, component, getattr(due, component)) for component in Component)
            living.history[due.number] = [each for each in opened if each[2]]
    return living


def _due_at_once(contract: Contract, due: Due) -> bool:
    """Whether an instalment is the down payment of a disbursement, and stands for no period."""
    clauses = contract.clauses
    tranches = {(each.on, down_payment_of(each.amount, clauses)) for each in clauses.tranches}
    return due.due_on == contract.disbursed_on or (due.due_on, due.total) in tranches


def _pass_time(living: Living, on: date) -> None:
    """What is owed because the day has come."""
    if living.daily:
        accrue_daily(living, on)
    assess(living, on)


def _undergo(living: Living, happening: Happening) -> None:  # noqa: C901, PLR0912 - one arm for each kind
    match happening:
        case PaidIn():
            _pay(living, happening)
        case Disbursed():
            disburse(living, happening)
        case Charged():
            charge(living, happening)
        case Waived():
            waive(living, happening)
        case ChargeAdjusted():
            _spread_money(
                living, happening.amount, happening.on, _rule(living.contract, PaymentKind.REPAYMENT, None)
            )
        case ChargedBack():
            charge_back(living, happening)
        case Refunded():
            refund(living, happening)
        case ChargedOff():
            living.charged_off_on = living.charged_off_on or happening.on
        case RateChanged():
            change_rate(living, happening)
        case Rescheduled():
            reschedule(living, happening)
        case ReAged():
            re_age(living, happening)
        case Reamortised():
            re_amortise(living, happening)
        case _:
            assert_never(happening)


def _pay(living: Living, payment: PaidIn) -> None:
    rule = _by_lateness(living, payment.on, _rule(living.contract, payment.kind, payment.in_advance))
    settled = Counter[Component]()
    for part in _spread_money(living, payment.amount, payment.on, rule):
        settled[part.component] += part.amount
    living.settled_by[payment.id] = settled


def _by_lateness(living: Living, on: date, rule: Spreading) -> Spreading:
    """The order of a debt that is late enough for another one (CN-ALL-03: a late card's principal comes first)."""
    contract = living.contract
    if not contract.late_order:
        return rule
    since = min((each.due.due_on for each in living.in_order() if each.outstanding), default=on)
    if (on - since).days < contract.late_from:
        return rule
    return replace(rule, waterfall=replace(rule.waterfall, order=contract.late_order))


def _spread_money(living: Living, amount: int, on: date, rule: Spreading) -> list[Slice]:
    """Money settles what is due; before the rest settles what lies ahead, it lowers the daily interest of that."""
    if not living.daily:
        return living.pay(amount, on, rule)
    slices, left = spread(amount, [each for each in living.in_order() if each.due.due_on <= on], on, rule)
    living.settle(slices, on)
    if not left:
        return slices
    accrue_daily(living, on, left)
    return [*slices, *living.pay(left, on, rule)]


def _rule(contract: Contract, kind: PaymentKind, said: InAdvance | None) -> Spreading:
    """How money of a kind is spread; what the payment itself says comes before what the contract says."""
    mode = said or contract.in_advance.get(kind, InAdvance.NEXT)
    return Spreading(contract.waterfall, mode, contract.advance_order, contract.due_first)
