"""Applying for a loan, and submitting the application to the scorecard."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import uuid4

from dunwell.applications import queries
from dunwell.applications.model import (
    Application,
    ApplicationDiffers,
    ApplicationId,
    ApplicationInvalid,
    ApplicationState,
    Apply,
    Facts,
    Product,
    WrongState,
)
from dunwell.applications.queries import Row
from dunwell.applications.rules import (
    after_scoring,
    faults_of_wish,
    last_day,
    person_of,
    read_facts,
    score,
)
from dunwell.applications.use_cases.contract import loan_of
from dunwell.applications.use_cases.moving import (
    NOTHING_SAID,
    Said,
    clear_way,
    ensure_fit,
    ensure_in,
    hold,
    keep_step,
    move,
    step_of,
)
from dunwell.applications.use_cases.rulebook import Rulebook, rulebook
from dunwell.applications.use_cases.sealing import digest, open_facts, seal_facts
from dunwell.audit.use_cases import record
from dunwell.borrowers.use_cases import lock, save_borrower
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import BorrowerId
from dunwell.loans.use_cases import check_loan
from dunwell.storage.tenant import TenantTx

# A draft that was changed this often is not going to be submitted; its history has to stay readable.
MOST_DRAFTS: Final = 100


async def apply(tx: TenantTx, command: Apply) -> Application:
    """Register the applicant and keep a draft, or change the draft of that reference. Audited.

    The same again is answered with the application as it stands. Raises `ApplicationInvalid` with every fault,
    `ApplicationDiffers` for a reference that was submitted with something else, `ApplicationOpen` if the borrower
    has another open application for the product, `ApplicantUnfit`, and `BorrowerInvalid`.
    """
    rules = await rulebook(tx)
    known = await queries.by_reference(tx, command.reference)
    if known is not None:
        said = await digest(tx, known.borrower, command)
        if known.digest == said or known.state is not ApplicationState.DRAFT:
            return _same(known, said).shown(tx.today)
    product = rules.product(command.product)
    told = read_facts(command.facts, rules.scorecard(product), complete=False)
    _ensure_none([*faults_of_wish(product, command.amount, command.count), *_faults(told)])
    borrower = await save_borrower(tx, command.applicant)
    await lock(tx, [borrower])
    await ensure_fit(tx, borrower)
    known = await queries.by_reference(tx, command.reference)
    if known is None:
        await clear_way(tx, borrower, command.product, None)
        return (await _draft(tx, rules, product, command, borrower)).shown(tx.today)
    if known.borrower != borrower:
        raise ApplicationDiffers("another borrower's application has this reference")
    said = await digest(tx, borrower, command)
    row = await hold(tx, known.id)
    if row.digest == said or row.state is not ApplicationState.DRAFT:
        return _same(row, said).shown(tx.today)
    ensure_in(tx, row, ApplicationState.DRAFT)
    await clear_way(tx, borrower, command.product, row.id)
    return (await _changed(tx, rules, row, command, said)).shown(tx.today)


async def submit(tx: TenantTx, application: ApplicationId) -> Application:
    """Score a draft: it is scored or referred, and waits for a person, or a knock-out rule declines it. Audited.

    Submitting again answers with the application as it stands. Raises `ApplicationNotFound`, `ApplicationInvalid`
    with every fact that is missing or wrong, `ApplicationExpired`, `WrongState` or `ApplicantUnfit`.
    """
    row = await hold(tx, application)
    if row.advice is not None and not row.deciders and row.state is not ApplicationState.WITHDRAWN:
        return row.shown(tx.today)
    ensure_in(tx, row, ApplicationState.DRAFT)
    await ensure_fit(tx, row.borrower)
    rules = await rulebook(tx)
    product = rules.product(row.product)
    card = rules.scorecard(product)
    facts = read_facts(await open_facts(tx, row.id, row.borrower, row.sealed), card)
    wrong = [*faults_of_wish(product, row.amount, row.count), *check_loan(loan_of(row, product, tx.today))]
    if isinstance(facts, tuple) or wrong:
        raise ApplicationInvalid("the application is not complete", faults=[*wrong, *_faults(facts)])
    decision = score(facts, card)
    submitted = await move(tx, row, _submitted(tx, row, rules, product))
    state = after_scoring(decision)
    scored = replace(
        _next(tx, submitted, state),
        advice=decision.outcome,
        barred=decision.final,
        expires_on=last_day(state, tx.today, rules.file.validity.validity()),
    )
    reasons = decision.reasons if state is ApplicationState.DECLINED else ()
    said = Said(because="knock-out" if decision.knocked else "", reasons=reasons, decision=decision)
    return (await move(tx, submitted, scored, said)).shown(tx.today)


async def _draft(
    tx: TenantTx, rules: Rulebook, product: Product, command: Apply, borrower: BorrowerId
) -> Row:
    draft = ApplicationId(uuid4())
    row = Row(
        id=draft,
        reference=command.reference,
        borrower=borrower,
        product=command.product,
        amount=command.amount,
        count=command.count,
        state=ApplicationState.DRAFT,
        advice=None,
        barred=False,
        makers=frozenset({person_of(tx.caller.actor)}),
        deciders=frozenset(),
        approved_by=None,
        digest=await digest(tx, borrower, command),
        sealed=await seal_facts(tx, draft, borrower, command.facts),
        offer=None,
        rules_version=rules.version,
        steps=1,
        expires_on=last_day(ApplicationState.DRAFT, tx.today, rules.file.validity.validity()),
        accepted_on=None,
        pays_from=None,
        disbursed_on=None,
        disbursement=None,
        loan=None,
        created_at=tx.now,
        updated_at=tx.now,
    )
    _ensure_none(check_loan(loan_of(row, product, tx.today)))
    if not await queries.insert(tx, row):
        raise ApplicationDiffers("another application of this reference came at the same moment")
    await queries.insert_step(tx, row.id, step_of(tx, row, None, NOTHING_SAID))
    await record(tx, "application.made", row.id, borrower=str(borrower), rules=rules.version)
    return row


async def _changed(tx: TenantTx, rules: Rulebook, row: Row, command: Apply, said: bytes) -> Row:
    if row.steps >= MOST_DRAFTS:
        raise WrongState("this draft was changed too often: withdraw it and make a new one")
    after = replace(
        _next(tx, row, ApplicationState.DRAFT),
        product=command.product,
        amount=command.amount,
        count=command.count,
        digest=said,
        sealed=await seal_facts(tx, row.id, row.borrower, command.facts),
        rules_version=rules.version,
        expires_on=last_day(ApplicationState.DRAFT, tx.today, rules.file.validity.validity()),
    )
    return await keep_step(tx, row, after, NOTHING_SAID, "application.changed")


def _submitted(tx: TenantTx, row: Row, rules: Rulebook, product: Product) -> Row:
    return replace(_next(tx, row, ApplicationState.SUBMITTED), offer=product, rules_version=rules.version)


def _next(tx: TenantTx, row: Row, state: ApplicationState) -> Row:
    """One step on, with the actor among its makers."""
    makers = row.makers | {person_of(tx.caller.actor)}
    return replace(row, state=state, steps=row.steps + 1, updated_at=tx.now, makers=makers)


def _same(row: Row, said: bytes) -> Row:
    if row.digest != said:
        raise ApplicationDiffers("an application of this reference was submitted and said something else")
    return row


def _faults(read: Facts | tuple[Fault, ...]) -> Sequence[Fault]:
    return read if isinstance(read, tuple) else ()


def _ensure_none(faults: Sequence[Fault]) -> None:
    if faults:
        raise ApplicationInvalid("the application cannot be made", faults=faults)
