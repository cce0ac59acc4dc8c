"""Charges, waivers, chargebacks and refunds: what makes more or less owed without changing the terms."""

from collections import Counter

from dunwell.loans.model import Component
from dunwell.loans.model.happenings import Charged, ChargedBack, Refunded, Revival, Waived
from dunwell.loans.rules.life_state import Charge, Living


def charge(living: Living, happening: Charged) -> None:
    """A charge lives in the instalment whose period holds its due date."""
    row = living.row_for(happening.due_on)
    living.charges[happening.id] = Charge(happening, row.number)
    living.owe(row, happening.component, happening.amount, happening.on)


def waive(living: Living, happening: Waived) -> None:
    """What is open of a charge, or an amount of a component (all of it, without one), oldest due first."""
    if happening.charge is not None:
        held = living.charges.get(happening.charge)
        standing = next((each for each in living.standings() if each.charge.id == happening.charge), None)
        if held is not None and standing is not None:
            row, component = living.rows[held.instalment], held.charge.component
            given_up = min(standing.outstanding, row.held.open(component))
            held.waived += given_up
            living.waive(row, component, given_up, happening.on)
        return
    for component in Component if happening.component is None else (happening.component,):
        left = happening.amount
        for row in living.ordered():
            opened = row.held.open(component)
            given_up = opened if left is None else min(left, opened)
            living.waive(row, component, given_up, happening.on)
            left = None if left is None else left - given_up


def charge_back(living: Living, happening: ChargedBack) -> None:
    """What the payment settled is owed again, principal last; or principal only.

    It joins the instalment whose period holds the day. What the payment had left over comes out of the credit.
    """
    left, on = happening.amount, happening.on
    if living.contract.chargeback is Revival.PRINCIPAL:
        _pay_out(living, left, happening)
        return
    settled = living.settled_by.get(happening.payment, Counter[Component]())
    order = [each for each in living.contract.waterfall.order if each is not Component.PRINCIPAL]
    for component in (*order, Component.PRINCIPAL):
        again = min(left, settled[component])
        settled[component] -= again
        if again:
            living.owe(living.row_for(on), component, again, on)
        left -= again
    _pay_out(living, left, happening)


def refund(living: Living, happening: Refunded) -> None:
    """Credit paid out. What is paid out beyond the credit is owed by the borrower, as principal."""
    _pay_out(living, happening.amount, happening)


def _pay_out(living: Living, amount: int, happening: ChargedBack | Refunded) -> None:
    """Out of the credit; where that is not enough, all of it is owed, and the credit then settles its part."""
    if amount <= living.credit:
        living.draw(amount, happening.on)
    else:
        living.owe(living.row_for(happening.on), Component.PRINCIPAL, amount, happening.on)
