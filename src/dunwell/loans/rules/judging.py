"""What can be wrong with something that is to happen to a loan, seen against the life it would become part of."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from dunwell.kernel.calendar import LATEST
from dunwell.kernel.errors import Fault
from dunwell.loans.model import (
    MOST_INSTALMENTS,
    MOST_RATE,
    ChargeAdjusted,
    ChargedBack,
    ChargeStanding,
    Component,
    Contract,
    Every,
    Happening,
    Life,
    PaidIn,
    Waived,
)
from dunwell.loans.rules.calendar import later

RATE_SCALE = 8


def charge_of(life: Life, charge: UUID) -> ChargeStanding | None:
    """The charge of that id, and what became of it."""
    return next((each for each in life.charges if each.charge.id == charge), None)


def open_of(life: Life, component: Component) -> int:
    """What is owed of a component, what has accrued since the last happening included."""
    unposted = sum(part.amount for part in life.unposted if part.component is component)
    return sum(each.open(component) for each in life.instalments) + unposted


def waiver_faults(life: Life, component: Component | None, amount: int | None) -> Iterable[Fault]:
    """A waiver without a charge names a component and no more of it than is owed."""
    if component is None or amount is None:
        yield Fault("charge", "neither a charge, nor a component and an amount", "name one or the other")
    elif amount > open_of(life, component):
        yield Fault(
            "amount", f"more than is owed of {component}", f"{open_of(life, component)} minor units are"
        )


def adjustment_faults(
    standing: ChargeStanding, happened: Iterable[Happening], amount: int, on: date
) -> Iterable[Fault]:
    """A charge is credited once, from the day it was made."""
    charge = standing.charge
    credited = sum(
        each.amount for each in happened if isinstance(each, ChargeAdjusted) and each.charge == charge.id
    )
    if amount > charge.amount - standing.waived - credited:
        yield Fault("amount", "more than is left of the charge", "credit what was charged, once")
    if on < charge.on:
        yield Fault("adjusted_on", "before the charge", f"at least {charge.on}")


def left_to_charge_back(payment: PaidIn, happened: Iterable[Happening]) -> int:
    """What of a payment was not charged back yet."""
    return payment.amount - sum(
        each.amount for each in happened if isinstance(each, ChargedBack) and each.payment == payment.id
    )


def rests_on(happened: Iterable[Happening], charge: UUID) -> bool:
    """Whether something that happened later names that charge."""
    return any(isinstance(each, (Waived, ChargeAdjusted)) and each.charge == charge for each in happened)


def rate_faults(field: str, rate: Decimal) -> Iterable[Fault]:
    """A rate as contracts have them."""
    if not rate.is_finite() or not 0 <= rate <= MOST_RATE:
        yield Fault(field, f"not between 0 and {MOST_RATE}", "a fraction: 0.12 means 12 %")
    elif rate != round(rate, RATE_SCALE):
        yield Fault(field, f"more than {RATE_SCALE} decimals", "round it as agreed")


def reschedule_faults(
    contract: Contract, life: Life, from_due: date, new_due: date | None, more: int
) -> Iterable[Fault]:
    """Instalments can be moved from one that is there on, to days that can be kept."""
    moved = [each for each in life.instalments if each.due.due_on >= from_due]
    if not any(each.due.due_on == from_due for each in moved):
        yield Fault(
            "from_due", "no instalment is due on that day", "name the due date of the first to be moved"
        )
    elif not any(each.outstanding for each in moved):
        yield Fault("from_due", "nothing is open from that day on", "name an earlier due date")
    if not 0 <= more <= MOST_INSTALMENTS - len(life.instalments):
        yield Fault("extra", "too many instalments", f"at most {MOST_INSTALMENTS} in all")
    elif later(new_due or from_due, contract.every, len(moved) + more) > LATEST:
        yield Fault("extra", "the last instalment is too far away", f"due dates end by {LATEST}")


def re_age_faults(life: Life, on: date, first_due_on: date, count: int, every: Every) -> Iterable[Fault]:
    """Principal that is owed can be spread over instalments that lie ahead."""
    if not open_of(life, Component.PRINCIPAL):
        yield Fault("count", "no principal is outstanding", "there is nothing to spread")
    if not on < first_due_on <= LATEST:
        yield Fault("first_due_on", "not ahead, or too far away", f"after {on}")
    if not 1 <= count <= MOST_INSTALMENTS - len(life.instalments):
        yield Fault("count", "too few or too many instalments", f"at most {MOST_INSTALMENTS} in all")
    elif later(first_due_on, every, count) > LATEST:
        yield Fault("count", "the last instalment is too far away", f"due dates end by {LATEST}")


def reamortise_faults(life: Life, on: date) -> Iterable[Fault]:
    """Overdue principal can be spread over instalments that lie ahead."""
    if not any(each.due.due_on < on and each.open(Component.PRINCIPAL) for each in life.instalments):
        yield Fault("on", "no principal is overdue on that day", "there is nothing to spread")
    if not any(each.due.due_on > on for each in life.instalments):
        yield Fault("on", "no instalment lies ahead of that day", "re-age the loan instead")
