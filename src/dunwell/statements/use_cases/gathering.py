"""Gathering whom the entries of a batch may concern: a constant count of statements, however many entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from dunwell.borrowers.use_cases import name_blinds
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.loans.model import Debt, LoanState
from dunwell.loans.use_cases import open_debts
from dunwell.statements.kept import PayerMarkKind
from dunwell.statements.matches import Candidates, EntryFacts, Found, Owed, Target
from dunwell.statements.model import Scheme
from dunwell.statements.queries import candidates as rows
from dunwell.statements.queries.entries import Waiting
from dunwell.statements.rules.payers import names_in, payer_names
from dunwell.statements.rules.references import is_empty, spellings, tokens
from dunwell.statements.rules.sorting import received_on
from dunwell.statements.tenant_file import StatementsFile
from dunwell.statements.use_cases.sealing import Opened, mark_blind, opened
from dunwell.storage.tenant import TenantTx

# On a platform's bill the payer is a nickname; on a bank's statement a person's name.
PLATFORM_SCHEMES: Final = frozenset({"merchant", "login"})


# Who took a loan, and at which yearly rate.
Terms = Mapping[LoanId, tuple[BorrowerId, Decimal]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """An entry in clear, as far as matching needs it, and whom it may concern."""

    entry: Waiting
    clear: Opened
    facts: EntryFacts
    candidates: Candidates


@dataclass(frozen=True, slots=True)
class _Clues:
    """What one entry says: numbers with the field they stand in, and names."""

    entry: Waiting
    clear: Opened
    numbers: tuple[tuple[str, str], ...]
    sub_accounts: tuple[bytes, ...]
    requests: tuple[tuple[str, str, bytes], ...]
    names: tuple[str, ...]
    mentioned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database answered for the whole batch."""

    loans: Mapping[str, rows.NamedLoan]
    by_id: Mapping[LoanId, rows.NamedLoan]
    marks: Mapping[tuple[PayerMarkKind, bytes], list[Target]]
    blinds: Mapping[str, bytes]
    people: Mapping[bytes, list[BorrowerId]]


async def gather(tx: TenantTx, waiting: Sequence[Waiting], tenant: StatementsFile) -> list[Gathered]:
    """Whom each entry may concern, in their order."""
    clues = [_clues(tx, entry, tenant) for entry in waiting]
    known = await _look_up(tx, clues)
    first = [_first(each, known) for each in clues]
    ids = sorted({borrower for each in first for borrower in _named(each)})
    debts = await open_debts(tx, ids)
    terms = await rows.terms(tx, {debt.loan for owed in debts.values() for debt in owed})
    pairs = {
        (borrower, known.blinds[name])
        for each, found in zip(clues, first, strict=True)
        for name in each.names
        if name in known.blinds
        for borrower in _by_number(found)
    }
    liable = await rows.liable(tx, pairs)
    return [
        Gathered(
            each.entry,
            each.clear,
            _facts(tx, each, tenant),
            _whole(each, found, known, debts, terms, liable),
        )
        for each, found in zip(clues, first, strict=True)
    ]


def _clues(tx: TenantTx, entry: Waiting, tenant: StatementsFile) -> _Clues:
    clear = opened(tx.keys, entry.id, entry.counterparty, entry.text)
    fields = [
        (each.text, each.label or str(each.scheme))
        for each in entry.references
        if each.scheme in tenant.references.fields
    ]
    fields.sort(key=lambda told: told[1])
    if tenant.references.remark:
        fields.append((clear.text, "remark"))
    numbers = [
        (token, place)
        for text, place in fields
        for token in tokens(text, tenant.cuts(), tenant.references.shortest)
    ]
    subs = [
        blind
        for each in entry.references
        if each.scheme is Scheme.SUB_ACCOUNT and not is_empty(each.text)
        if (blind := mark_blind(tx.keys, PayerMarkKind.SUB_ACCOUNT, each.text)) is not None
    ]
    requests = [
        (token, place, blind)
        for token, place in numbers
        if (blind := mark_blind(tx.keys, PayerMarkKind.PAYMENT_REQUEST, token)) is not None
    ]
    names = payer_names(clear.name, tenant.payer.name_prefixes)
    mentioned = tuple(name for name in names_in(clear.text) if name not in names)
    return _Clues(entry, clear, tuple(numbers), tuple(subs), tuple(requests), names, mentioned)


async def _look_up(tx: TenantTx, clues: Sequence[_Clues]) -> _Known:
    spelled = {each for clue in clues for token, _ in clue.numbers for each in spellings(token)}
    wanted = {(PayerMarkKind.SUB_ACCOUNT, blind) for clue in clues for blind in clue.sub_accounts}
    wanted |= {(PayerMarkKind.PAYMENT_REQUEST, blind) for clue in clues for _, _, blind in clue.requests}
    wanted |= {
        (PayerMarkKind.PAYER_ACCOUNT, clue.entry.account_blind)
        for clue in clues
        if clue.entry.account_blind is not None
    }
    names = sorted({name for clue in clues for name in (*clue.names, *clue.mentioned)})
    blinds = await name_blinds(tx, names)
    loans = await rows.named_loans(tx, spelled)
    return _Known(
        loans,
        {loan.id: loan for loan in loans.values()},
        await rows.marked(tx, wanted),
        blinds,
        await rows.namesakes(tx, set(blinds.values())),
    )


def _first(clues: _Clues, known: _Known) -> Candidates:
    """Whom numbers and names lead to, still without their loans."""
    subs = [
        target
        for blind in clues.sub_accounts
        for target in known.marks.get((PayerMarkKind.SUB_ACCOUNT, blind), [])
    ]
    account = clues.entry.account_blind
    marks = known.marks.get((PayerMarkKind.PAYER_ACCOUNT, account), []) if account is not None else []
    return Candidates(
        sub_accounts=tuple(dict.fromkeys(subs)),
        references=_references(clues, known),
        by_account=tuple(dict.fromkeys(target.borrower for target in marks)),
        by_name=_people(clues.names, known),
        mentioned=_people(clues.mentioned, known),
    )


def _references(clues: _Clues, known: _Known) -> tuple[Found, ...]:
    """Each loan (or request) once, with the first field that names it."""
    found: dict[Target, Found] = {}
    for token, place in clues.numbers:
        for spelled in spellings(token):
            loan = known.loans.get(spelled)
            if loan is not None:
                target = Target(loan.borrower, loan.id)
                found.setdefault(target, Found(loan.reference, place, target))
    for token, place, blind in clues.requests:
        for target in known.marks.get((PayerMarkKind.PAYMENT_REQUEST, blind), []):
            found.setdefault(target, Found(token, place, target))
    return tuple(found.values())


def _people(names: Sequence[str], known: _Known) -> tuple[BorrowerId, ...]:
    blinds = (known.blinds[name] for name in names if name in known.blinds)
    return tuple(dict.fromkeys(person for blind in blinds for person in known.people.get(blind, [])))


def _by_number(candidates: Candidates) -> set[BorrowerId]:
    return {
        *(target.borrower for target in candidates.sub_accounts),
        *(found.target.borrower for found in candidates.references),
    }


def _named(candidates: Candidates) -> set[BorrowerId]:
    return _by_number(candidates) | {
        *candidates.by_account,
        *candidates.by_name,
        *candidates.mentioned,
    }


def _whole(
    clues: _Clues,
    found: Candidates,
    known: _Known,
    debts: Mapping[BorrowerId, Sequence[Debt]],
    terms: Terms,
    liable: Mapping[tuple[BorrowerId, bytes], bool],
) -> Candidates:
    loans = {
        borrower: tuple(_owed(debt, borrower, terms) for debt in debts.get(borrower, ()))
        for borrower in _named(found)
    }
    for each in {reference.target.loan for reference in found.references}:
        # A closed loan is in no list of debts; that somebody pays it has to be said all the same.
        closed = known.by_id.get(each) if each is not None else None
        if closed is not None and all(owed.loan != each for owed in loans[closed.borrower]):
            is_open = closed.state == LoanState.OPEN
            added = Owed(closed.id, closed.reference, closed.borrower, closed.currency, is_open)
            loans[closed.borrower] = (*loans[closed.borrower], added)
    told = {borrower: _liability(borrower, clues, found, known, liable) for borrower in loans}
    return Candidates(
        found.sub_accounts,
        found.references,
        found.by_account,
        found.by_name,
        found.mentioned,
        loans,
        told,
    )


def _liability(
    borrower: BorrowerId,
    clues: _Clues,
    found: Candidates,
    known: _Known,
    liable: Mapping[tuple[BorrowerId, bytes], bool],
) -> bool | None:
    if borrower in found.by_account:
        return True
    answers = [liable.get((borrower, known.blinds[name])) for name in clues.names if name in known.blinds]
    return True if True in answers else False if False in answers else None


def _owed(debt: Debt, borrower: BorrowerId, terms: Terms) -> Owed:
    taker, burden = terms[debt.loan]
    return Owed(
        loan=debt.loan,
        reference=debt.reference,
        borrower=borrower,
        currency=debt.outstanding.currency,
        open=debt.outstanding.minor > 0,
        own=taker == borrower,
        burden=burden,
        overdue=debt.overdue.minor,
        due_today=debt.due_today.minor,
        next_due=debt.next_due.minor,
        next_due_on=debt.next_due_on,
        outstanding=debt.outstanding.minor,
        due_since=debt.past_due_since,
    )


def _facts(tx: TenantTx, clues: _Clues, tenant: StatementsFile) -> EntryFacts:
    entry = clues.entry
    day = received_on(entry.booked_on, entry.value_on, tenant.posting.received_on, tx.today)
    legal = entry.account_scheme not in PLATFORM_SCHEMES and bool(clues.names)
    return EntryFacts(entry.minor, entry.currency, min(day, tx.today), legal)
