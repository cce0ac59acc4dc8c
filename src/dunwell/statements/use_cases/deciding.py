"""What people decide about the queue: assign, return, disown, reverse. Each once; a second decision is refused."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from dunwell.audit.use_cases import record
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money, total
from dunwell.loans.model import AssignMoney, Receipt, ReturnMoney
from dunwell.loans.use_cases import assign_money, loan, payment, return_money, suspense_item
from dunwell.statements.kept import (
    MOST_PARTS,
    AssignEntry,
    AssignmentInvalid,
    DisownEntry,
    Disposition,
    EntryId,
    EntryNotAssignable,
    EntryNotFound,
    EntrySettled,
    KeptEntry,
    ReturnEntry,
    RevealedText,
    RevealEntry,
    ReverseByEntry,
)
from dunwell.statements.matches import CONFIDENCE, Match, MatchKind, Part
from dunwell.statements.queries import entries as rows
from dunwell.statements.queries.entries import Decided, Waiting
from dunwell.statements.use_cases.sealing import opened
from dunwell.statements.use_cases.taking import match_facts
from dunwell.statements.use_cases.undoing import reference_of, take_back
from dunwell.storage.tenant import TenantTx

BY_HAND: Final = "人工指定 · assigned by a person"
NOT_OURS: Final = "not-ours"


async def assign(tx: TenantTx, command: AssignEntry) -> KeptEntry:
    """Give the money of an entry to loans; the parts add up to it.

    Raises `EntryNotFound`, `EntrySettled`, `EntryNotAssignable`, `AssignmentInvalid`, and what loans raise.
    """
    held, kept = await _open_entry(tx, command.entry)
    item = kept.suspense
    if kept.disposition is not Disposition.SUSPENSE or item is None:
        raise EntryNotAssignable("no money is held for this entry")
    parts = _parts(command, kept)
    references = [(await loan(tx, each)).reference for each, _ in parts]
    receipts = await assign_money(tx, AssignMoney(item, parts, f"{reference_of(held)}/assigned"))
    found = Match(
        MatchKind.MANUAL,
        tuple(
            Part(each, reference, amount.minor)
            for (each, amount), reference in zip(parts, references, strict=True)
        ),
        CONFIDENCE["manual"],
        (BY_HAND, *([command.note] if command.note else [])),
    )
    await _settle(
        tx, held, Disposition.MATCHED, "assigned", match_facts(found, kept.amount.currency), receipts
    )
    await record(tx, "statement-entry.assigned", held.id, payments=[str(each.payment) for each in receipts])
    return await entry(tx, held.id)


async def give_back(tx: TenantTx, command: ReturnEntry) -> KeptEntry:
    """The money went back to who paid it. Raises as `assign`."""
    held, kept = await _open_entry(tx, command.entry)
    if kept.disposition is not Disposition.SUSPENSE:
        raise EntryNotAssignable("no money is held for this entry")
    await _let_go(tx, held, kept, command.returned_on, command.reason)
    await _settle(tx, held, Disposition.RETURNED, command.reason, kept.match)
    await record(tx, "statement-entry.returned", held.id, reason=command.reason)
    return await entry(tx, held.id)


async def disown(tx: TenantTx, command: DisownEntry) -> KeptEntry:
    """The entry is no business of a debtor's; money still held for it leaves suspense. Raises as `assign`."""
    held, kept = await _open_entry(tx, command.entry)
    if kept.suspense is not None and (await suspense_item(tx, kept.suspense)).left:
        await _let_go(tx, held, kept, None, NOT_OURS)
    await _settle(tx, held, Disposition.IGNORED, command.reason, kept.match)
    await record(tx, "statement-entry.disowned", held.id, reason=command.reason)
    return await entry(tx, held.id)


async def reverse_by(tx: TenantTx, command: ReverseByEntry) -> KeptEntry:
    """A refund or reversal takes these payments back; they add up to it. Raises as `assign`."""
    held, kept = await _open_entry(tx, command.entry)
    if kept.disposition is not Disposition.UNMATCHED or not held.takes_back:
        raise EntryNotAssignable("this entry takes nothing back")
    named = list(dict.fromkeys(command.payments))
    amounts = [(await payment(tx, each)).amount for each in named]
    same = all(each.currency == held.currency for each in amounts)
    if not same or total(amounts, held.currency).minor != held.minor:
        fault = Fault("payments", "they do not add up to the entry", f"together {kept.amount}")
        raise AssignmentInvalid("the payments do not add up to the entry", faults=[fault])
    reversals = await take_back(tx, held, named, command.reason)
    decided = Decided(held.id, Disposition.REVERSED, command.reason, kept.match, reversals)
    await rows.settle(tx, decided)
    await record(tx, "statement-entry.reversed", held.id, payments=[str(each) for each in named])
    return await entry(tx, held.id)


async def entry(tx: TenantTx, entry_id: EntryId) -> KeptEntry:
    """One entry, masked. Raises `EntryNotFound`."""
    found = await rows.entry(tx, entry_id)
    if found is None:
        raise EntryNotFound("no such statement entry")
    return found


async def reveal(tx: TenantTx, command: RevealEntry) -> RevealedText:
    """Payer and text in clear; the showing is audited with its reason. Raises `EntryNotFound`."""
    sealed = await rows.sealed(tx, command.entry)
    if sealed is None:
        raise EntryNotFound("no such statement entry")
    clear = opened(tx.keys, command.entry, *sealed)
    await record(tx, "statement-entry.revealed", command.entry, reason=command.reason)
    return RevealedText(clear.name, clear.account, clear.bank, clear.text)


async def _open_entry(tx: TenantTx, entry_id: EntryId) -> tuple[Waiting, KeptEntry]:
    """The entry, held; the second who decides at once sees what the first decided."""
    known = await entry(tx, entry_id)
    if known.booked_on is None or not known.open:
        raise EntrySettled(f"this entry is {known.disposition} already")
    held = await rows.lock_entry(tx, entry_id)
    now = await entry(tx, entry_id)
    if held is None or not now.open:
        raise EntrySettled(f"this entry is {now.disposition} already")
    return held, now


def _parts(command: AssignEntry, kept: KeptEntry) -> tuple[tuple[LoanId, Money], ...]:
    loans = [each for each, _ in command.parts]
    faults: list[Fault] = []
    if not 1 <= len(loans) <= MOST_PARTS or len(set(loans)) < len(loans):
        faults.append(Fault("parts", "no loan, too many, or one named twice", f"1 to {MOST_PARTS} loans"))
    whole = len(loans) == 1
    parts = tuple(
        (each, amount if amount is not None else kept.amount)
        for each, amount in command.parts
        if amount is not None or whole
    )
    if len(parts) < len(loans):
        faults.append(Fault("parts", "a part without an amount", "give each of several parts its amount"))
    elif any(amount.currency != kept.amount.currency or amount.minor <= 0 for _, amount in parts):
        faults.append(Fault("parts", "not above zero, or another currency", f"in {kept.amount.currency}"))
    elif total((amount for _, amount in parts), kept.amount.currency) != kept.amount:
        faults.append(Fault("parts", "the parts do not add up to the entry", f"together {kept.amount}"))
    if faults:
        raise AssignmentInvalid("the money cannot be assigned like this", faults=faults)
    return parts


async def _let_go(
    tx: TenantTx, held: Waiting, kept: KeptEntry, returned_on: date | None, reason: str
) -> None:
    if kept.suspense is None:
        raise EntryNotAssignable("no money is held for this entry")
    on = returned_on or max(tx.today, (await suspense_item(tx, kept.suspense)).received_on)
    await return_money(tx, ReturnMoney(kept.suspense, f"{reference_of(held)}/returned", on, reason))


async def _settle(
    tx: TenantTx,
    held: Waiting,
    disposition: Disposition,
    reason: str,
    match: Mapping[str, Any],
    receipts: Sequence[Receipt] = (),
) -> None:
    payments = tuple(each.payment for each in receipts)
    await rows.settle(tx, Decided(held.id, disposition, reason, match, payments))
