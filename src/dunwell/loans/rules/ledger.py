"""Double-entry lines of what happens to a loan. The lines of one entry add up to zero."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dunwell.loans.model import Account, Allocation, Due


class Line(NamedTuple):
    """A signed amount on an account, plus for a debit, of one instalment or (`None`) of the loan."""

    account: Account
    instalment: int | None
    amount: int


def opening_lines(dues: Sequence[Due]) -> tuple[Line, ...]:
    """Money paid out becomes principal owed; whatever else is contracted is owed and not yet earned."""
    principal = sum(due.principal for due in dues)
    interest = sum(due.interest for due in dues)
    costs = sum(due.costs for due in dues)
    fees = sum(due.fees for due in dues)
    penalties = sum(due.penalties for due in dues)
    lines = (
        Line(Account.PRINCIPAL, None, principal),
        Line(Account.CASH, None, -principal),
        Line(Account.INTEREST, None, interest),
        Line(Account.COSTS, None, costs),
        Line(Account.FEES, None, fees),
        Line(Account.PENALTIES, None, penalties),
        Line(Account.UNEARNED, None, -interest - costs - fees - penalties),
    )
    return tuple(line for line in lines if line.amount)


def payment_lines(amount: int, allocation: Allocation) -> tuple[Line, ...]:
    """Money in; each slice lowers what is owed; the surplus is owed to the borrower."""
    slices = (Line(Account(component), number, -part) for number, component, part in allocation.slices)
    surplus = (Line(Account.CREDIT, None, -allocation.surplus),) if allocation.surplus else ()
    return (Line(Account.CASH, None, amount), *slices, *surplus)


def reversed_lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The same lines with the other sign."""
    return tuple(line._replace(amount=-line.amount) for line in lines)


def differences(held: Iterable[Line], wanted: Iterable[Line]) -> tuple[Line, ...]:
    """The lines that turn what is booked into what should be; none if it is so already."""
    change: Counter[tuple[Account, int | None]] = Counter()
    for sign, lines in ((1, wanted), (-1, held)):
        for line in lines:
            change[line.account, line.instalment] += sign * line.amount
    return tuple(Line(account, number, amount) for (account, number), amount in change.items() if amount)
