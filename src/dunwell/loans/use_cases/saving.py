"""Saving loans as a tape brings them: new ones opened, changed terms re-derived, the same ones left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4, uuid5

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.borrowers.use_cases import profiles
from dunwell.kernel.errors import Broken, Fault
from dunwell.kernel.ids import LoanId
from dunwell.loans.model import (
    Contract,
    Due,
    EntryKind,
    Instalment,
    Life,
    LoanDraft,
    LoanInvalid,
    LoanState,
    Method,
    Obligor,
    Outcome,
    Role,
    Saved,
    contract_json,
)
from dunwell.loans.queries import ledger, lives, loans, schedules
from dunwell.loans.rules import (
    Booked,
    Entry,
    Past,
    Standing,
    base_state,
    differences,
    faults_of_loan,
    given_schedule,
    opening_lines,
    relive,
    schedule,
    standing_of,
    terms_of,
)
from dunwell.loans.use_cases.contracting import (
    Products,
    contract_of_draft,
    digest,
    is_plain,
    is_unsaid,
    kept_terms,
    products,
)
from dunwell.loans.use_cases.living import News, Situation, relived, situations
from dunwell.loans.use_cases.rulebook import Rulebook, rulebook
from dunwell.loans.use_cases.writing import keep_standings, open_standings
from dunwell.storage.tenant import TenantTx

# Ids in one audit event, so that its body stays small.
LISTED: Final = 1000
# A reference can be inserted by somebody else between our look and our insert; the second look finds it.
ROUNDS: Final = 2


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
    contract: Contract
    before: Sequence[Instalment]
    booked: Booked | None
    life: Life | None = None


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
    rules = await rulebook(tx)
    offered = await products(tx, rules)
    refused |= {ref: faults for ref, draft in sound.items() if (faults := offered.faults(draft))}
    waiting = {reference: draft for reference, draft in sound.items() if reference not in refused}
    answers = {
        reference: Saved(reference, None, Outcome.REFUSED, faults) for reference, faults in refused.items()
    }
    for _ in range(ROUNDS):
        held = await loans.lock_by_reference(tx, sorted(waiting))
        known = {reference: draft for reference, draft in waiting.items() if reference in held}
        answers |= await _update(tx, offered, known, held)
        answers |= await _insert(
            tx, offered, [_sound(draft) for ref, draft in waiting.items() if ref not in held]
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
        return _Sound(draft, given_schedule(draft.rows), digest(draft))
    return _Sound(draft, schedule(terms_of(draft)), digest(draft))


async def _strangers(tx: TenantTx, drafts: Sequence[LoanDraft]) -> dict[str, tuple[Fault, ...]]:
    """Drafts that name somebody who is no borrower here."""
    named = {
        draft.reference: {draft.borrower, *(each.borrower for each in draft.obligors)} for draft in drafts
    }
    known = (await profiles(tx, sorted({who for people in named.values() for who in people}))).keys()
    fault = Fault("borrower", "no such borrower", "save the borrower first")
    return {reference: (fault,) for reference, people in named.items() if people - known}


async def _insert(tx: TenantTx, offered: Products, sounds: Sequence[_Sound]) -> dict[str, Saved]:
    """Open new loans; those whose reference appeared meanwhile are left out."""
    if not sounds:
        return {}
    ids = {each.draft.reference: LoanId(uuid4()) for each in sounds}
    opened = {each.draft.reference: tuple(Instalment(due) for due in each.dues) for each in sounds}
    rules = offered.rules
    conventions = rules.conventions(each.draft.principal.currency for each in sounds)
    contracts = {
        each.draft.reference: contract_of_draft(each.draft, each.dues, rules.waterfall, offered, None)
        for each in sounds
    }
    rows = [
        _row(
            ids[each.draft.reference],
            each,
            contracts[each.draft.reference],
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
    await open_standings(tx, [row for row in rows if row.id in created])
    return {
        each.draft.reference: Saved(each.draft.reference, ids[each.draft.reference], Outcome.INSERTED)
        for each in stood
    }


async def _update(
    tx: TenantTx, offered: Products, drafts: Mapping[str, LoanDraft], held: Mapping[str, loans.Held]
) -> dict[str, Saved]:
    rules = offered.rules
    answers = {ref: Saved(ref, held[ref].id, Outcome.UNCHANGED) for ref in drafts}
    told = {ref: _sound(draft) for ref, draft in drafts.items() if digest(draft) != held[ref].digest}
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
    kept = await lives.contracts(tx, ids)
    contracts = {
        held[ref].id: contract_of_draft(
            each.draft, each.dues, held[ref].waterfall, offered, kept[held[ref].id]
        )
        for ref, each in told.items()
    }
    plain = [held[ref].id for ref in told if held[ref].plain and is_plain(contracts[held[ref].id])]
    pasts = await ledger.pasts(tx, plain)
    found = await situations(tx, [loan for loan in ids if loan not in set(plain)])
    changes: list[_Changed] = []
    for ref, each in told.items():
        loan = held[ref].id
        if loan in found:
            changes.append(_relive(held[ref], each, contracts[loan], found[loan], tx))
        else:
            changes.append(_change(held[ref], each, contracts[loan], before[loan], pasts[loan], tx))
    await _rewrite(tx, [each for each in changes if each.booked is not None])
    rows = [_updated_row(each, rules) for each in changes]
    await loans.update(tx, rows, rules.version)
    await keep_standings(
        tx,
        [
            (each.held, _standing(each, rules), each.held.id, tx.today)
            for each in changes
            if each.booked is not None
        ],
    )
    await schedules.delete_obligors(tx, ids)
    await schedules.insert_obligors(
        tx, [row for each in changes for row in _obligors(each.held.id, each.sound.draft)]
    )
    return answers | {ref: Saved(ref, held[ref].id, Outcome.UPDATED) for ref in told}


def _change(
    held: loans.Held,
    sound: _Sound,
    contract: Contract,
    before: Sequence[Instalment],
    past: Sequence[Past],
    tx: TenantTx,
) -> _Changed:
    """A loan to which only payments ever happened: they are replayed over the new instalments."""
    dues = tuple(due for due, *_ in before)
    if dues == sound.dues and held.terms == kept_terms(sound.draft):
        return _Changed(held, sound, contract, before, None)
    entry = _terms_entry(held, dues, sound.dues, tx)
    again = relive(sound.dues, past, [], held.waterfall, entry.id)
    booked = Booked(again.instalments, (entry, *again.entries), again.credit)
    return _Changed(held, sound, contract, before, booked)


def _relive(
    held: loans.Held, sound: _Sound, contract: Contract, situation: Situation, tx: TenantTx
) -> _Changed:
    """Any other loan: its whole life is lived again under the new contract."""
    before = situation.before
    if situation.contract == contract and held.terms == kept_terms(sound.draft):
        return _Changed(held, sound, contract, before, None)
    entry = _terms_entry(held, situation.contract.dues, sound.dues, tx)
    after = relived(held, replace(situation, contract=contract), News(entry.id, tx.today, entries=[entry]))
    return _Changed(held, sound, contract, before, after.booked, after.lived.life if after.lived else None)


def _terms_entry(held: loans.Held, before: Sequence[Due], after: Sequence[Due], tx: TenantTx) -> Entry:
    cause = uuid5(held.id, f"terms|{held.terms_version + 1}")
    lines = differences(opening_lines(before), opening_lines(after))
    return Entry(cause, EntryKind.TERMS, tx.today, lines, corrects=held.id)


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
        [due.number, due.due_on.isoformat(), due.principal, due.interest, due.costs]
        for due, *_ in each.before
    ]
    return each.held.id, each.held.terms_version, {**each.held.terms, "instalments": rows}


def _standing(each: _Changed, rules: Rulebook) -> Standing:
    instalments = each.booked.instalments if each.booked else each.before
    base = each.held.state if each.life is None else base_state(each.held.state, each.life)
    return standing_of(instalments, rules.convention(each.held.currency).tolerance, base)


def _updated_row(each: _Changed, rules: Rulebook) -> loans.LoanRow:
    row = _row(
        each.held.id,
        each.sound,
        each.contract,
        _standing(each, rules),
        credit=each.booked.credit if each.booked else each.held.credit,
        version=each.held.terms_version + (1 if each.booked else 0),
    )
    if each.life is None and each.held.plain:
        return row
    # What was not plain once stays so: its happenings are part of every later replay.
    charged_off_on = each.life.charged_off_on if each.life is not None else each.held.charged_off_on
    return row._replace(plain=False, contract=contract_json(each.contract), charged_off_on=charged_off_on)


def _row(
    loan: LoanId, sound: _Sound, contract: Contract, standing: Standing, *, credit: int, version: int
) -> loans.LoanRow:
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
        terms=kept_terms(draft),
        digest=sound.digest,
        attributes=dict(draft.attributes),
        contract=None if is_unsaid(contract) else contract_json(contract),
        plain=is_plain(contract),
    )


def _obligors(loan: LoanId, draft: LoanDraft) -> list[schedules.ObligorRow]:
    """The borrower, and everybody else once."""
    named = {each.borrower: each for each in draft.obligors}
    named[draft.borrower] = Obligor(draft.borrower, Role.BORROWER)
    return [
        schedules.ObligorRow(
            loan, each.borrower, each.role, each.limit.minor if each.limit else None, each.liable_until
        )
        for each in named.values()
    ]


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
