"""Booking what happens to a loan that is not plain: the whole life is lived again, and the ledger follows.

What is booked stays. For each payment and happening the difference between what is booked for it and what should
be is one more entry that names it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from dunwell.loans.model import (
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Contract,
    Disbursed,
    EntryKind,
    Happening,
    Life,
    LoanState,
    PaidIn,
    RateChanged,
    ReAged,
    Reamortised,
    Refunded,
    Rescheduled,
    Waived,
)
from dunwell.loans.rules.booking import Booked, Entry
from dunwell.loans.rules.ledger import Line, differences
from dunwell.loans.rules.life import live
from dunwell.loans.rules.life_lines import lines_of


@dataclass(frozen=True, slots=True)
class Relived:
    """A life lived again, and what is to be written."""

    life: Life
    booked: Booked


KINDS: Final[Mapping[type, EntryKind]] = {
    PaidIn: EntryKind.PAYMENT,
    Disbursed: EntryKind.DISBURSEMENT,
    Charged: EntryKind.CHARGE,
    Waived: EntryKind.WAIVER,
    ChargeAdjusted: EntryKind.ADJUSTMENT,
    ChargedBack: EntryKind.CHARGE_BACK,
    Refunded: EntryKind.REFUND,
    ChargedOff: EntryKind.CHARGE_OFF,
    RateChanged: EntryKind.RATE_CHANGE,
    Rescheduled: EntryKind.RESCHEDULE,
    ReAged: EntryKind.RE_AGEING,
    Reamortised: EntryKind.RE_AMORTISATION,
}


def rebook(
    contract: Contract,
    life: Sequence[Happening],
    held: Mapping[UUID, Sequence[Line]],
    new: Collection[UUID],
    cause: UUID,
) -> Relived:
    """Live through everything that happened, and bring the ledger to what it should be.

    `held` is what is booked for each payment and happening so far; those in `new` get their first entry, the others
    one that names them, if what should be booked for them is not what is; `cause` is what made that necessary.
    """
    lived = live(contract, life)
    wanted = lines_of(contract, lived)
    entries: list[Entry] = []
    for each in life:
        lines = wanted.get(each.id, ())
        if each.id in new:
            entries.append(_entry_of(each, each.id, KINDS[type(each)], tuple(lines)))
        elif change := differences(held.get(each.id, ()), lines):
            entries.append(_entry_of(each, uuid5(cause, str(each.id)), EntryKind.REPLAY, change, each.id))
    return Relived(lived, Booked(lived.instalments, tuple(entries), lived.credit))


def base_state(before: LoanState, lived: Life) -> LoanState:
    """What a relived loan is before one asks whether anything is owed."""
    if lived.charged_off_on is not None:
        return LoanState.CHARGED_OFF
    return LoanState.CLOSED if before is LoanState.CLOSED else LoanState.OPEN


def _entry_of(
    happening: Happening, entry: UUID, kind: EntryKind, lines: tuple[Line, ...], corrects: UUID | None = None
) -> Entry:
    paid = isinstance(happening, PaidIn)
    return Entry(
        entry,
        kind,
        happening.on,
        lines,
        payment=happening.id if paid else None,
        corrects=corrects,
        happening=None if paid else happening.id,
    )
