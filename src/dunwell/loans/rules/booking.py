"""What a payment, a reversal or a change of terms does to a loan's instalments and ledger.

Booking in order only adds. Whatever comes in between (a back-dated payment, a reversal, other terms) is answered
by living through the payments again: what is booked stays, and entries that name it bring it to what it should be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid5

from dunwell.loans.model import (
    Account,
    Allocation,
    Due,
    EntryKind,
    Instalment,
    LoanState,
    Received,
    Waterfall,
)
from dunwell.loans.rules.ageing import oldest_unpaid
from dunwell.loans.rules.allocation import allocate, replay, settle
from dunwell.loans.rules.ledger import Line, differences, payment_lines, reversed_lines


class Entry(NamedTuple):
    """A set of lines booked together. The first entry of a payment has the payment's id."""

    id: UUID
    kind: EntryKind
    value_on: date
    lines: tuple[Line, ...]
    payment: UUID | None = None
    corrects: UUID | None = None
    happening: UUID | None = None


class Past(NamedTuple):
    """A payment booked before, and the sum of everything booked for it since."""

    payment: Received
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Booked:
    """A loan after booking: its instalments, the entries to write, what its surplus amounts to."""

    instalments: tuple[Instalment, ...]
    entries: tuple[Entry, ...]
    credit: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept of a loan so that nobody has to add up: it changes only when something happens."""

    outstanding: int
    past_due_since: date | None
    settled_on: date | None
    state: LoanState


def append(instalments: Sequence[Instalment], new: Sequence[Received], waterfall: Waterfall) -> Booked:
    """Book payments that come after every other, in their order."""
    standing = tuple(instalments)
    entries: list[Entry] = []
    credit = 0
    for payment in new:
        allocation = allocate(payment.amount, standing, waterfall)
        standing = settle(standing, allocation, payment)
        entries.append(_first_entry(payment, allocation))
        credit += allocation.surplus
    return Booked(standing, tuple(entries), credit)


def relive(
    dues: Sequence[Due], past: Sequence[Past], new: Sequence[Received], waterfall: Waterfall, cause: UUID
) -> Booked:
    """Book payments that belong among earlier ones; `cause` is what made it necessary.

    Payments of one day keep the order in which they arrived: the past ones first.
    """
    life = sorted([*(each.payment for each in past), *new], key=lambda payment: payment.received_on)
    instalments, allocations = replay(dues, life, waterfall)
    entries = [_first_entry(payment, allocations[payment.id]) for payment in new]
    for payment, held in past:
        change = differences(held, payment_lines(payment.amount, allocations[payment.id]))
        if change:
            entries.append(
                Entry(
                    id=uuid5(cause, str(payment.id)),
                    kind=EntryKind.REPLAY,
                    value_on=payment.received_on,
                    lines=change,
                    payment=payment.id,
                    corrects=payment.id,
                )
            )
    credit = sum(allocation.surplus for allocation in allocations.values())
    return Booked(instalments, tuple(entries), credit)


def take_back(past: Past, reversal: UUID, on: date) -> Entry:
    """The entry that undoes everything booked for a payment."""
    lines = reversed_lines(past.lines)
    return Entry(reversal, EntryKind.REVERSAL, on, lines, payment=reversal, corrects=past.payment.id)


def held_lines(amount: int) -> tuple[Line, ...]:
    """Money that came in and belongs to no loan yet."""
    return (Line(Account.CASH, None, amount), Line(Account.SUSPENSE, None, -amount))


def standing_of(instalments: Sequence[Instalment], tolerance: int, before: LoanState) -> Standing:
    """What the instalments amount to. A loan that owes again is open again; a charged-off one stays that.

    A closed loan stays closed while nothing is owed.
    """
    outstanding = sum(each.outstanding for each in instalments)
    if outstanding:
        state = LoanState.CHARGED_OFF if before is LoanState.CHARGED_OFF else LoanState.OPEN
        return Standing(outstanding, oldest_unpaid(instalments, tolerance), None, state)
    days = [each.paid.settled_on for each in instalments if each.paid.settled_on is not None]
    state = LoanState.CLOSED if before is LoanState.CLOSED else LoanState.SETTLED
    return Standing(0, None, max(days, default=None), state)


def _first_entry(payment: Received, allocation: Allocation) -> Entry:
    lines = payment_lines(payment.amount, allocation)
    return Entry(payment.id, EntryKind.PAYMENT, payment.received_on, lines, payment=payment.id)
