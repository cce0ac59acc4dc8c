"""Saving loans as a tape brings them: new ones opened, changed terms re-derived, the same ones left alone."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4, uuid5

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.borrowers.use_cases import profiles
from dunwell.kernel.errors import Broken, Fault
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.loans.model import (
    Due,
    EntryKind,
    Instalment,
    LoanDraft,
    LoanInvalid,
    LoanState,
    Method,
    Outcome,
    Role,
    Saved,
    Terms,
)
from dunwell.loans.queries import ledger, loans, schedules
from dunwell.loans.rules import (
    Booked,
    Entry,
    Past,
    Standing,
    differences,
    faults_of_loan,
    given_schedule,
    opening_lines,
    relive,
    schedule,
    standing_of,
)
from dunwell.loans.use_cases.rulebook import Rulebook, rulebook
from dunwell.storage.tenant import TenantTx

# Ids in one audit event, so that its body stays small.
LISTED: Final = 1000
# A reference can be inserted by somebody else between our look and our insert; the second look finds it.
ROUNDS: Final = 2
_ENCODER: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Sound:
    """A draft without faults, with its schedule and its digest."""

    draft: LoanDraft
    dues: tuple[Due, ...]
    digest: bytes


@dataclass(frozen=True, slots=True)
class _Changed:
    """A held loan and what it becomes. `booked` is nothing where the schedule stays as it was."""

    held: loans.Held
    sound: _Sound
    before: Sequence[Instalment]
    booked: Booked | None


def check_loan(draft: LoanDraft) -> tuple[Fault, ...]:
    """Everything that would keep this draft from being saved, as far as the draft alone can tell. Pure."""
    return faults_of_loan(draft)


async def save_loan(tx: TenantTx, draft: LoanDraft) -> Saved:
    """Save one loan. Raises `LoanInvalid` with every fault."""
    saved = (await save_loans(tx, [draft]))[0]
    if saved.outcome is Outcome.REFUSED:
        raise LoanInvalid("the loan says something that cannot be", faults=saved.faults)
    return saved


async def save_loans(tx: TenantTx, drafts: Sequence[LoanDraft]) -> list[Saved]:
    """Insert or update loans by reference; what did not change is not touched. Audited.

    Changed terms make a new version: instalments are derived again, payments are replayed over them, and the
    earlier terms and postings stay. A draft with faults is refused by name and keeps no other from being
    saved. Of several drafts with one reference the last counts, and all are answered alike.
    """
    refused = {draft.reference: faults for draft in drafts if (faults := faults_of_loan(draft))}
    sound = {draft.reference: draft for draft in drafts if draft.reference not in refused}
    refused |= await _strangers(tx, list(sound.values()))
    waiting = {reference: draft for reference, draft in sound.items() if reference not in refused}
    rules = await rulebook(tx)
    answers = {
        reference: Saved(reference, None, Outcome.REFUSED, faults) for reference, faults in refused.items()
    }
    for _ in range(ROUNDS):
        held = await loans.lock_by_reference(tx, sorted(waiting))
        known = {reference: draft for reference, draft in waiting.items() if reference in held}
        answers |= await _update(tx, rules, known, held)
        answers |= await _insert(
            tx, rules, [_sound(draft) for ref, draft in waiting.items() if ref not in held]
        )
        waiting = {reference: draft for reference, draft in waiting.items() if reference not in answers}
        if not waiting:
            break
    else:
        raise Broken("loans that are neither there nor insertable")
    await record_many(tx, _acts(list(answers.values()), rules))
    return [answers[draft.reference] for draft in drafts]


async def find_loans(tx: TenantTx, references: Sequence[str]) -> dict[str, LoanId]:
    """The ids of those references that exist."""
    return await loans.find(tx, references)


def _sound(draft: LoanDraft) -> _Sound:
    """The draft with its schedule: made only for loans that are new or changed."""
    if draft.method is Method.AS_ON_TAPE:
        return _Sound(draft, given_schedule(draft.rows), _digest(draft))
    terms = Terms(
        principal=draft.principal.minor,
        annual_rate=draft.annual_rate,
        method=draft.method,
        day_count=draft.day_count,
        disbursed_on=draft.disbursed_on,
        count=draft.count,
        every=draft.every,
        first_due_on=draft.first_due_on,
    )
    return _Sound(draft, schedule(terms), _digest(draft))


def _digest(draft: LoanDraft) -> bytes:
    """A hash of everything the draft says, whatever the order it says it in."""
    whole = [
        _terms(draft),
        [[due.due_on.isoformat(), *due[2:]] for due in given_schedule(draft.rows)],
        str(draft.borrower),
        draft.product,
        draft.principal.currency,
        sorted([str(each.borrower), each.role] for each in draft.obligors),
        dict(draft.attributes),
    ]
    return hashlib.sha256(_ENCODER.encode(whole).encode()).digest()


def _terms(draft: LoanDraft) -> dict[str, object]:
    """The contract as it is kept beside the schedule that was derived from it."""
    return {
        "principal": draft.principal.minor,
        "annual_rate": str(draft.annual_rate),
        "method": draft.method,
        "day_count": draft.day_count,
        "disbursed_on": draft.disbursed_on.isoformat(),
        "count": draft.count,
        "every": [draft.every.count, draft.every.unit],
        "first_due_on": draft.first_due_on.isoformat() if draft.first_due_on else None,
    }


async def _strangers(tx: TenantTx, drafts: Sequence[LoanDraft]) -> dict[str, tuple[Fault, ...]]:
    """Drafts that name somebody who is no borrower here."""
    named = {
        draft.reference: {draft.borrower, *(each.borrower for each in draft.obligors)} for draft in drafts
    }
    known = (await profiles(tx, sorted({who for people in named.values() for who in people}))).keys()
    fault = Fault("borrower", "no such borrower", "save the borrower first")
    return {reference: (fault,) for reference, people in named.items() if people - known}


async def _insert(tx: TenantTx, rules: Rulebook, sounds: Sequence[_Sound]) -> dict[str, Saved]:
    """Open new loans; those whose reference appeared meanwhile are left out."""
    if not sounds:
        return {}
    ids = {each.draft.reference: LoanId(uuid4()) for each in sounds}
    opened = {each.draft.reference: tuple(Instalment(due) for due in each.dues) for each in sounds}
    conventions = rules.conventions(each.draft.principal.currency for each in sounds)
    rows = [
        _row(
            ids[each.draft.reference],
            each,
            standing_of(
                opened[each.draft.reference],
                conventions[each.draft.principal.currency].tolerance,
                LoanState.OPEN,
            ),
            credit=0,
            version=1,
        )
        for each in sounds
    ]
    created = await loans.insert(tx, rows, rules.waterfall, rules.version)
    stood = [each for each in sounds if ids[each.draft.reference] in created]
    await schedules.insert_obligors(
        tx, [row for each in stood for row in _obligors(ids[each.draft.reference], each.draft)]
    )
    await schedules.insert_instalments(
        tx, [(ids[ref], row) for each in stood for ref in [each.draft.reference] for row in opened[ref]]
    )
    await ledger.insert_postings(tx, [_opening(ids[each.draft.reference], each) for each in stood])
    return {
        each.draft.reference: Saved(each.draft.reference, ids[each.draft.reference], Outcome.INSERTED)
        for each in stood
    }


async def _update(
    tx: TenantTx, rules: Rulebook, drafts: Mapping[str, LoanDraft], held: Mapping[str, loans.Held]
) -> dict[str, Saved]:
    answers = {ref: Saved(ref, held[ref].id, Outcome.UNCHANGED) for ref in drafts}
    told = {ref: _sound(draft) for ref, draft in drafts.items() if _digest(draft) != held[ref].digest}
    for ref, each in list(told.items()):
        if each.draft.principal.currency != held[ref].currency:
            fault = Fault(
                "principal", "another currency than before", f"the ledger is in {held[ref].currency}"
            )
            answers[ref] = Saved(ref, held[ref].id, Outcome.REFUSED, (fault,))
            del told[ref]
    if not told:
        return answers
    ids = [held[ref].id for ref in told]
    before = await schedules.instalments(tx, ids)
    pasts = await ledger.pasts(tx, ids)
    changes = [
        _change(held[ref], each, before[held[ref].id], pasts[held[ref].id], tx) for ref, each in told.items()
    ]
    await _rewrite(tx, [each for each in changes if each.booked is not None])
    await loans.update(tx, [_updated_row(each, rules) for each in changes], rules.version)
    await schedules.delete_obligors(tx, ids)
    await schedules.insert_obligors(
        tx, [row for each in changes for row in _obligors(each.held.id, each.sound.draft)]
    )
    return answers | {ref: Saved(ref, held[ref].id, Outcome.UPDATED) for ref in told}


def _change(
    held: loans.Held,
    sound: _Sound,
    before: Sequence[Instalment],
    past: Sequence[Past],
    tx: TenantTx,
) -> _Changed:
    dues = tuple(due for due, _ in before)
    if dues == sound.dues and held.terms == _terms(sound.draft):
        return _Changed(held, sound, before, None)
    cause = uuid5(held.id, f"terms|{held.terms_version + 1}")
    relived = relive(sound.dues, past, [], held.waterfall, cause)
    lines = differences(opening_lines(dues), opening_lines(sound.dues))
    entry = Entry(cause, EntryKind.TERMS, tx.today, lines, corrects=held.id)
    return _Changed(
        held, sound, before, Booked(relived.instalments, (entry, *relived.entries), relived.credit)
    )


async def _rewrite(tx: TenantTx, changes: Sequence[_Changed]) -> None:
    """Replace schedules, keeping the earlier ones, and post what that changes."""
    if not changes:
        return
    await schedules.keep_terms(tx, [_former(each) for each in changes])
    await schedules.delete_instalments(tx, [each.held.id for each in changes])
    await schedules.insert_instalments(
        tx, [(each.held.id, row) for each in changes if each.booked for row in each.booked.instalments]
    )
    await ledger.insert_postings(
        tx,
        [
            ledger.BookedEntry(each.held.id, each.held.currency, entry)
            for each in changes
            if each.booked
            for entry in each.booked.entries
        ],
    )


def _former(each: _Changed) -> tuple[LoanId, int, dict[str, object]]:
    rows = [
        [due.number, due.due_on.isoformat(), due.principal, due.interest, due.costs] for due, _ in each.before
    ]
    return each.held.id, each.held.terms_version, {**each.held.terms, "instalments": rows}


def _updated_row(each: _Changed, rules: Rulebook) -> loans.LoanRow:
    instalments = each.booked.instalments if each.booked else each.before
    tolerance = rules.convention(each.held.currency).tolerance
    return _row(
        each.held.id,
        each.sound,
        standing_of(instalments, tolerance, each.held.state),
        credit=each.booked.credit if each.booked else each.held.credit,
        version=each.held.terms_version + (1 if each.booked else 0),
    )


def _row(loan: LoanId, sound: _Sound, standing: Standing, *, credit: int, version: int) -> loans.LoanRow:
    draft = sound.draft
    return loans.LoanRow(
        id=loan,
        reference=draft.reference,
        borrower_id=draft.borrower,
        product=draft.product,
        currency=draft.principal.currency,
        principal=draft.principal.minor,
        annual_rate=draft.annual_rate,
        method=draft.method,
        day_count=draft.day_count,
        disbursed_on=draft.disbursed_on,
        matures_on=sound.dues[-1].due_on,
        state=standing.state,
        past_due_since=standing.past_due_since,
        settled_on=standing.settled_on,
        outstanding=standing.outstanding,
        credit=credit,
        terms_version=version,
        terms=_terms(draft),
        digest=sound.digest,
        attributes=dict(draft.attributes),
    )


def _obligors(loan: LoanId, draft: LoanDraft) -> list[tuple[LoanId, BorrowerId, str]]:
    """The borrower, and everybody else once."""
    roles = {each.borrower: each.role for each in draft.obligors} | {draft.borrower: Role.BORROWER}
    return [(loan, who, role) for who, role in roles.items()]


def _opening(loan: LoanId, sound: _Sound) -> ledger.BookedEntry:
    """The first entry of a loan has the loan's id."""
    draft = sound.draft
    entry = Entry(loan, EntryKind.OPENING, draft.disbursed_on, opening_lines(sound.dues))
    return ledger.BookedEntry(loan, draft.principal.currency, entry)


def _acts(answers: Sequence[Saved], rules: Rulebook) -> list[Act]:
    """One act for one loan, under its own id; many share one act that lists them."""
    acts: list[Act] = []
    for outcome in (Outcome.INSERTED, Outcome.UPDATED):
        ids = [each.id for each in answers if each.outcome is outcome and each.id is not None]
        if len(ids) == 1:
            acts.append(Act(f"loan.{outcome}", ids[0], {"rules": rules.version}))
            continue
        for at in range(0, len(ids), LISTED):
            part = ids[at : at + LISTED]
            facts = {"loans": [str(each) for each in part], "rules": rules.version}
            acts.append(Act(f"loans.{outcome}", part[0], facts))
    return acts
