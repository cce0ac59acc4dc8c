"""Deciding an application: by a second person, within limits, and again if somebody asks."""

from dataclasses import replace
from typing import Final

from dunwell.applications.model import (
    AboveLimit,
    Advice,
    Application,
    ApplicationInvalid,
    ApplicationState,
    Decide,
    KnockedOut,
    Reason,
    Refusal,
    Review,
    SecondPersonNeeded,
)
from dunwell.applications.queries import Row
from dunwell.applications.rules import Case, last_day, may_approve, may_decline, named_reasons, person_of
from dunwell.applications.use_cases.moving import Said, clear_way, ensure_fit, ensure_in, hold, move
from dunwell.applications.use_cases.rulebook import rulebook, rulebook_of
from dunwell.kernel.errors import Broken, DunwellError, Fault
from dunwell.storage.tenant import TenantTx

WAITING: Final = (ApplicationState.SCORED, ApplicationState.REFERRED)


async def approve(tx: TenantTx, command: Decide) -> Application:
    """Approve: the offer is open from today. Audited. Approving again as the same person changes nothing.

    Raises `ApplicationNotFound`, `WrongState`, `ApplicationExpired`, `SecondPersonNeeded`, `AboveLimit`,
    `KnockedOut`, `ApplicantUnfit`, and `ApplicationInvalid` where `because` is needed and not given.
    """
    row = await hold(tx, command.application)
    person = person_of(tx.caller.actor)
    if row.state is ApplicationState.APPROVED and row.approved_by == person:
        ensure_in(tx, row, ApplicationState.APPROVED)
        return row.shown(tx.today)
    ensure_in(tx, row, *WAITING)
    rules = await rulebook(tx)
    _raise_for(may_approve(tx.caller.actor, _case(row), rules.file.approval_limits()))
    if row.advice is not Advice.APPROVE and not command.because:
        fault = Fault("because", f"the scorecard proposes to {row.advice}", "say in a word why you approve")
        raise ApplicationInvalid("this approval needs a reason", faults=[fault])
    await ensure_fit(tx, row.borrower)
    after = replace(
        _decided(tx, row, ApplicationState.APPROVED),
        approved_by=person,
        expires_on=last_day(ApplicationState.APPROVED, tx.today, rules.file.validity.validity()),
    )
    return (await move(tx, row, after, Said(command.because, version=rules.version))).shown(tx.today)


async def decline(tx: TenantTx, command: Decide) -> Application:
    """Decline, with reasons the borrower is told. Audited. Declining again as the same person changes nothing.

    Raises `ApplicationNotFound`, `WrongState`, `ApplicationExpired`, `SecondPersonNeeded`, and
    `ApplicationInvalid` for reasons that the scorecard's file does not know.
    """
    row = await hold(tx, command.application)
    if row.state is ApplicationState.DECLINED and person_of(tx.caller.actor) in row.deciders:
        return row.shown(tx.today)
    ensure_in(tx, row, *WAITING)
    _raise_for(may_decline(tx.caller.actor, _case(row)))
    reasons = await _reasons(tx, row, command.reasons)
    after = replace(_decided(tx, row, ApplicationState.DECLINED), expires_on=None)
    return (await move(tx, row, after, Said(command.because, reasons))).shown(tx.today)


async def review(tx: TenantTx, command: Review) -> Application:
    """Have a declined application looked at again; whoever decided it before does not decide it now. Audited.

    Asking again while it waits changes nothing. Raises `ApplicationNotFound`, `WrongState`, `ApplicantUnfit`, or
    `ApplicationOpen` if the borrower has applied for the product anew.
    """
    row = await hold(tx, command.application)
    if row.state is ApplicationState.REFERRED:
        ensure_in(tx, row, ApplicationState.REFERRED)
        return row.shown(tx.today)
    ensure_in(tx, row, ApplicationState.DECLINED)
    await ensure_fit(tx, row.borrower)
    await clear_way(tx, row.borrower, row.product, None)
    validity = (await rulebook(tx)).file.validity.validity()
    after = replace(
        row,
        state=ApplicationState.REFERRED,
        steps=row.steps + 1,
        updated_at=tx.now,
        expires_on=last_day(ApplicationState.REFERRED, tx.today, validity),
    )
    return (await move(tx, row, after, Said(command.because))).shown(tx.today)


def _case(row: Row) -> Case:
    if row.advice is None:
        raise Broken("an application waits for a person and was never scored")
    return Case(row.makers, row.deciders, row.amount, row.advice, row.barred)


def _decided(tx: TenantTx, row: Row, state: ApplicationState) -> Row:
    """One step on, with the actor among those who decided."""
    deciders = row.deciders | {person_of(tx.caller.actor)}
    return replace(row, state=state, steps=row.steps + 1, updated_at=tx.now, deciders=deciders)


def _raise_for(refusal: Refusal | None) -> None:
    if refusal is not None:
        kind, words = REFUSALS[refusal]
        raise kind(words)


REFUSALS: Final[dict[Refusal, tuple[type[DunwellError], str]]] = {
    Refusal.NOT_A_PERSON: (SecondPersonNeeded, "only the tenant's own people decide applications"),
    Refusal.SAME_PERSON: (
        SecondPersonNeeded,
        "you had a hand in this application, or decided it before: another person has to",
    ),
    Refusal.KNOCKED_OUT: (KnockedOut, "a final knock-out rule applies: nobody can approve this"),
    Refusal.ABOVE_LIMIT: (AboveLimit, "the amount, or approving against the proposal, is beyond your limits"),
}


async def _reasons(tx: TenantTx, row: Row, codes: tuple[str, ...]) -> tuple[Reason, ...]:
    """The reasons of those codes, in the words of the version the application was scored by."""
    if not codes:
        fault = Fault("reasons", "none given", "name at least one: the borrower is told why")
        raise ApplicationInvalid("declining needs a reason", faults=[fault])
    rules = await rulebook_of(tx, row.rules_version)
    found = named_reasons(codes, rules.scorecard(rules.product(row.product)))
    reasons = tuple(each for each in found if isinstance(each, Reason))
    if len(reasons) < len(found):
        faults = [each for each in found if isinstance(each, Fault)]
        raise ApplicationInvalid("no such reason", faults=faults)
    return reasons
