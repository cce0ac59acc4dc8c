"""Refunds and reversals: the entry they take back is found and its money with it, or a person is asked."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from dunwell.kernel.errors import Refused
from dunwell.kernel.ids import PaymentId
from dunwell.loans.model import ReturnMoney, ReversalCause, ReversePayment
from dunwell.loans.use_cases import payment, return_money, reverse_payment, suspense_item
from dunwell.statements.kept import Disposition, EntryId
from dunwell.statements.model import Direction, Kind
from dunwell.statements.queries import entries as rows
from dunwell.statements.queries.entries import Decided, Earlier, Waiting
from dunwell.statements.rules.sorting import Original, original_of
from dunwell.storage.tenant import TenantTx

# Entries looked at for all refunds of a batch; numbers that more share lead nowhere.
MOST_EARLIER: Final = 5000
REASON: Final = "returned-by-bank"
# The payer's bank took it back; a refund is the lender's own doing.
BOUNCED: Final = frozenset({Kind.RETURN, Kind.REVERSAL})
# Of a credit that undoes our own payment out: not a debtor's money, and nobody has to look at it.
CAME_BACK: Final = "own-payment-came-back"


async def undo(tx: TenantTx, waiting: Sequence[Waiting]) -> tuple[list[Decided], list[Waiting]]:
    """What becomes of refunds and reversals; and the credits among them that are money of unknown origin."""
    if not waiting:
        return [], []
    accounts = sorted({each.account for each in waiting})
    numbers = sorted({number for each in waiting for number in _numbers(each)})
    earlier = await rows.earlier(tx, accounts, numbers, MOST_EARLIER) if numbers else []
    decided: list[Decided] = []
    unknown: list[Waiting] = []
    taken: set[EntryId] = set()
    for each in waiting:
        found = _original(each, earlier, taken) if len(earlier) < MOST_EARLIER else "ambiguous-original"
        if isinstance(found, Earlier):
            taken.add(found.id)
            decided.append(await _take_back(tx, each, found))
        elif each.direction is Direction.CREDIT:
            unknown.append(each)
        else:
            decided.append(Decided(each.id, Disposition.UNMATCHED, found, open=True))
    reversed_originals = [
        each.original
        for each in decided
        if each.disposition is Disposition.REVERSED and each.original is not None
    ]
    await rows.undone(tx, reversed_originals)
    return decided, unknown


def _numbers(entry: Waiting) -> list[str]:
    return [*entry.links, *([entry.refund_of] if entry.refund_of else [])]


def _original(entry: Waiting, earlier: Sequence[Earlier], taken: set[EntryId]) -> Earlier | str:
    numbers = set(_numbers(entry))
    sharing = {
        each.id: each
        for each in earlier
        if each.account == entry.account and not numbers.isdisjoint(each.links)
    }
    candidates = [
        Original(
            each.id,
            each.direction,
            each.minor,
            each.currency,
            each.booked_on,
            named=bool(entry.refund_of) and entry.refund_of in each.links,
            taken_back=each.taken_back or each.id in taken,
            settled=each.disposition is not Disposition.WAITING,
        )
        for each in sharing.values()
    ]
    found = original_of(entry.minor, entry.currency, entry.direction, entry.booked_on, candidates)
    return sharing[EntryId(found.id)] if isinstance(found, Original) else found


async def _take_back(tx: TenantTx, entry: Waiting, original: Earlier) -> Decided:
    """Undo what the original brought; when loans refuse, a person is asked and nothing is undone."""
    match = {"original": str(original.id)}
    if entry.direction is Direction.CREDIT:
        return Decided(entry.id, Disposition.IGNORED, CAME_BACK, match, original=original.id)
    if not original.payments and original.suspense is None:
        return Decided(entry.id, Disposition.IGNORED, "original-not-posted", match, original=original.id)
    try:
        async with tx.savepoint():
            payments = await take_back(tx, entry, original.payments)
            if not original.payments and original.suspense is not None:
                item = await suspense_item(tx, original.suspense)
                on = _day(tx, entry, item.received_on)
                await return_money(tx, ReturnMoney(original.suspense, reference_of(entry), on, REASON))
    except Refused as refusal:
        return Decided(entry.id, Disposition.UNMATCHED, refusal.code, match, open=True)
    return Decided(entry.id, Disposition.REVERSED, REASON, match, payments, original=original.id)


async def take_back(
    tx: TenantTx, entry: Waiting, payments: Sequence[PaymentId], reason: str = REASON
) -> tuple[PaymentId, ...]:
    """Reverse payments on the day of the entry; the reversals. Raises what `reverse_payment` raises."""
    reversals: list[PaymentId] = []
    for place, each in enumerate(payments):
        received = (await payment(tx, each)).received_on
        reference = f"{reference_of(entry)}/{place}"
        cause = ReversalCause.BOUNCED if entry.kind in BOUNCED else None
        command = ReversePayment(each, reference, reason, _day(tx, entry, received), cause)
        reversals.append((await reverse_payment(tx, command)).payment)
    return tuple(reversals)


def reference_of(entry: Waiting) -> str:
    """The reference of whatever an entry posts: made of its key, so that it can never post twice."""
    return f"statement/{entry.key.hex()}/{entry.part}"


def _day(tx: TenantTx, entry: Waiting, received: date) -> date:
    """The day of the reversal: not before the money came, not ahead of the tenant's day."""
    return min(max(entry.booked_on, received), tx.today)
