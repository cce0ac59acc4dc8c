"""Taking a batch: find the debtors, post to loans or into suspense, and keep what became of each entry."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from dunwell.audit.use_cases import record
from dunwell.kernel.errors import Refused
from dunwell.kernel.ids import LoanId, PaymentId
from dunwell.kernel.money import Money
from dunwell.loans.model import AssignMoney, HoldMoney, Receipt, RecordPayment, SuspenseItem
from dunwell.loans.model.law import OpenDebt
from dunwell.loans.use_cases import assign_money, hold_money, take_payments
from dunwell.loans.use_cases.lawful import spread_over_debts
from dunwell.statements.kept import (
    BATCH,
    Disposition,
    EntryId,
    FileState,
    KeptFile,
    StatementFileId,
    StatementFileNotFound,
    StatementQuarantined,
)
from dunwell.statements.matches import Match, Owed, Part, Suggestion, Unmatched
from dunwell.statements.queries import entries as rows
from dunwell.statements.queries import files
from dunwell.statements.queries.entries import Decided, Waiting
from dunwell.statements.rules.matching import due_order, match
from dunwell.statements.rules.sorting import ignored_by_rule
from dunwell.statements.tenant_file import NAME, StatementsFile
from dunwell.statements.use_cases.gathering import Gathered, gather
from dunwell.statements.use_cases.undoing import reference_of, undo
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.use_cases import published

SOURCE: Final = "statement"


async def take_batch(tx: TenantTx, file_id: StatementFileId) -> KeptFile:
    """Decide about the next entries of a file; when none waits, the file is loaded. Safe to repeat.

    Raises `StatementFileNotFound`, `StatementQuarantined`. Two loaders of one file take turns: the file is held.
    """
    state = await files.lock_file(tx, file_id)
    if state is None:
        raise StatementFileNotFound("no such statement file")
    if state is FileState.QUARANTINED:
        raise StatementQuarantined("the file is quarantined")
    if state is not FileState.LOADED:
        await _take(tx, file_id, state)
    found = await files.file(tx, file_id)
    if found is None:
        raise StatementFileNotFound("no such statement file")
    return found


async def _take(tx: TenantTx, file_id: StatementFileId, state: FileState) -> None:
    waiting = await rows.waiting(tx, file_id, BATCH)
    if not waiting:
        # What this file brought may be what an earlier refund was looking for.
        decided, _ = await undo(tx, await rows.unlinked(tx, file_id, BATCH))
        await rows.decide(tx, [each for each in decided if each.disposition is not Disposition.UNMATCHED])
        await files.set_state(tx, file_id, FileState.LOADED)
        await record(tx, "statement.loaded", file_id)
        return
    tenant = (await published(tx, NAME, StatementsFile)).value
    decided = await _credits(tx, [each for each in waiting if not each.takes_back], tenant)
    # Kept first: a refund of the same batch looks for what its original became.
    await rows.decide(tx, decided)
    undone, unknown = await undo(tx, [each for each in waiting if each.takes_back])
    if unknown:
        why = Unmatched(
            "no-original", ("退回款找不到原付款 · money came back; what it belongs to is not here",)
        )
        undone += await _hold(tx, [(each, why) for each in await gather(tx, unknown, tenant)])
    await rows.decide(tx, undone)
    if state is FileState.RECEIVED:
        await files.set_state(tx, file_id, FileState.LOADING)
    counts: dict[str, int] = {}
    for each in (*decided, *undone):
        counts[str(each.disposition)] = counts.get(str(each.disposition), 0) + 1
    await record(tx, "statement.taken", file_id, **counts)


async def _credits(tx: TenantTx, waiting: Sequence[Waiting], tenant: StatementsFile) -> list[Decided]:
    """Credits: ignored by a rule of the tenant's, posted, or held."""
    decided: list[Decided] = []
    single: list[tuple[Gathered, Match]] = []
    several: list[tuple[Gathered, Match]] = []
    unmatched: list[tuple[Gathered, Unmatched]] = []
    for each in await gather(tx, waiting, tenant):
        reason = ignored_by_rule((each.clear.name, each.clear.text), tenant.ignores())
        if reason:
            decided.append(Decided(each.entry.id, Disposition.IGNORED, reason))
            continue
        outcome = match(each.facts, each.candidates, tenant.rules(each.facts.currency), by_law)
        if isinstance(outcome, Unmatched):
            unmatched.append((each, outcome))
        else:
            (single if len(outcome.parts) == 1 else several).append((each, outcome))
    posted, refused = await _pay(tx, single)
    decided += posted
    decided += await _spread(tx, several)
    decided += await _hold(tx, [*unmatched, *refused])
    return decided


def by_law(minor: int, loans: Sequence[Owed], on: date) -> tuple[Part, ...]:
    """Share a payment over a debtor's loans: what is due, then what lies ahead, each as the law ranks it.

    What exceeds all of them becomes credit of the first.
    """
    shares: dict[LoanId, int] = {}
    debts: list[OpenDebt] = []
    whose: dict[str, LoanId] = {}
    for owed in due_order(loans):
        shares[owed.loan] = 0
        for name, open_minor, day in (
            ("due", owed.due, owed.due_since),
            ("ahead", owed.outstanding - owed.due, owed.next_due_on or date.max),
        ):
            whose[f"{owed.loan}/{name}"] = owed.loan
            debts.append(OpenDebt(f"{owed.loan}/{name}", open_minor, day or on, burden=owed.burden))
    spread = spread_over_debts(minor, debts, on)
    for debt, share in spread.parts:
        shares[whose[str(debt)]] += share
    shares[next(iter(shares))] += spread.surplus
    named = {owed.loan: owed.reference for owed in loans}
    return tuple(Part(loan, named[loan], share) for loan, share in shares.items() if share)


async def _pay(
    tx: TenantTx, matches: Sequence[tuple[Gathered, Match]]
) -> tuple[list[Decided], list[tuple[Gathered, Unmatched]]]:
    """Payments to one loan each, all in one go; what loans refuse is left over with the reason."""
    if not matches:
        return [], []
    commands = [
        RecordPayment(
            found.parts[0].loan,
            reference_of(each.entry),
            Money(each.entry.minor, each.entry.currency),
            each.facts.received_on,
            SOURCE,
        )
        for each, found in matches
    ]
    decided: list[Decided] = []
    refused: list[tuple[Gathered, Unmatched]] = []
    for (each, found), answer in zip(matches, await take_payments(tx, commands), strict=True):
        if isinstance(answer, Receipt):
            told = match_facts(found, each.entry.currency)
            decided.append(_matched(each.entry.id, told, (answer.payment,)))
        else:
            refused.append((each, _refusal(answer, found)))
    return decided, refused


def _refusal(refusal: Refused, found: Match) -> Unmatched:
    words = "; ".join(f"{fault.problem} ({fault.remedy})" for fault in refusal.faults) or refusal.detail
    line = f"贷款不收 · the loan does not take it: {words}"
    suggested = [Suggestion(part.loan, part.reference, 50, found.explanation) for part in found.parts]
    return Unmatched(refusal.code, (*found.explanation, line), tuple(suggested))


async def _spread(tx: TenantTx, matches: Sequence[tuple[Gathered, Match]]) -> list[Decided]:
    """One payment over several loans: held first, then assigned in parts, so that it stays one receipt."""
    items = await hold_money(tx, [_held(each) for each, _ in matches])
    decided: list[Decided] = []
    for (each, found), item in zip(matches, items, strict=True):
        parts = tuple((part.loan, Money(part.minor, each.entry.currency)) for part in found.parts)
        command = AssignMoney(item.id, parts, f"{reference_of(each.entry)}/assigned")
        try:
            async with tx.savepoint():
                receipts = await assign_money(tx, command)
        except Refused as refusal:
            decided.append(_suspended(each, _refusal(refusal, found), item))
            continue
        payments = tuple(receipt.payment for receipt in receipts)
        told = match_facts(found, each.entry.currency)
        decided.append(_matched(each.entry.id, told, payments, item))
    return decided


async def _hold(tx: TenantTx, left: Sequence[tuple[Gathered, Unmatched]]) -> list[Decided]:
    """Money that nobody's loan takes: in suspense, for a person to look at."""
    items = await hold_money(tx, [_held(each) for each, _ in left])
    return [_suspended(each, why, item) for (each, why), item in zip(left, items, strict=True)]


def _held(each: Gathered) -> HoldMoney:
    amount = Money(each.entry.minor, each.entry.currency)
    return HoldMoney(reference_of(each.entry), amount, each.facts.received_on, SOURCE)


def _matched(
    entry: EntryId,
    told: Mapping[str, Any],
    payments: tuple[PaymentId, ...],
    item: SuspenseItem | None = None,
) -> Decided:
    held = item.id if item is not None else None
    return Decided(entry, Disposition.MATCHED, str(told["kind"]), told, payments, held)


def _suspended(each: Gathered, why: Unmatched, item: SuspenseItem) -> Decided:
    told = {
        "explanation": list(why.explanation),
        "suggestions": [
            {
                "loan": str(suggestion.loan),
                "reference": suggestion.reference,
                "score": suggestion.score,
                "reasons": list(suggestion.reasons),
            }
            for suggestion in why.suggestions
        ],
    }
    return Decided(each.entry.id, Disposition.SUSPENSE, why.reason, told, suspense=item.id, open=True)


def match_facts(found: Match, currency: str) -> dict[str, Any]:
    """A match as it is kept beside the entry."""
    return {
        "kind": str(found.kind),
        "confidence": found.confidence,
        "explanation": list(found.explanation),
        "parts": [
            {
                "loan": str(part.loan),
                "reference": part.reference,
                "amount": Money(part.minor, currency).amount,
            }
            for part in found.parts
        ],
    }
