"""From the offer to the loan: accepting, withdrawing, paying out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import asyncpg

from dunwell.applications import queries
from dunwell.applications.model import (
    Application,
    ApplicationId,
    ApplicationInvalid,
    ApplicationState,
    CoolingOff,
    Disburse,
    Disbursed,
    DisbursementDiffers,
    LoanReferenceTaken,
    Product,
    Withdraw,
)
from dunwell.applications.queries import Row
from dunwell.applications.rules import OPEN, last_day
from dunwell.applications.use_cases.contract import loan_of
from dunwell.applications.use_cases.moving import Said, ensure_fit, ensure_in, hold, move
from dunwell.applications.use_cases.rulebook import rulebook
from dunwell.kernel.errors import Broken, Fault
from dunwell.loans.model import Outcome
from dunwell.loans.use_cases import find_loans, loan_schedule, save_loan
from dunwell.storage.tenant import TenantTx

ONE_PER_DISBURSEMENT = "applications_one_per_disbursement"


async def accept(tx: TenantTx, application: ApplicationId) -> Application:
    """The borrower takes the offer; its cooling-off time begins today. Audited. Repeatable.

    Raises `ApplicationNotFound`, `WrongState`, `ApplicationExpired` or `ApplicantUnfit`.
    """
    row = await hold(tx, application)
    if row.state is ApplicationState.ACCEPTED:
        ensure_in(tx, row, ApplicationState.ACCEPTED)
        return row.shown(tx.today)
    ensure_in(tx, row, ApplicationState.APPROVED)
    await ensure_fit(tx, row.borrower)
    pays_from = tx.today + timedelta(days=_offer(row).cooling_off_days)
    validity = (await rulebook(tx)).file.validity.validity()
    after = replace(
        row,
        state=ApplicationState.ACCEPTED,
        steps=row.steps + 1,
        updated_at=tx.now,
        accepted_on=tx.today,
        pays_from=pays_from,
        expires_on=last_day(ApplicationState.ACCEPTED, pays_from, validity),
    )
    return (await move(tx, row, after)).shown(tx.today)


async def withdraw(tx: TenantTx, command: Withdraw) -> Application:
    """Take an application back, at any time before it is paid out. Audited. Repeatable.

    Raises `ApplicationNotFound`, `WrongState` or `ApplicationExpired`.
    """
    row = await hold(tx, command.application)
    if row.state is ApplicationState.WITHDRAWN:
        return row.shown(tx.today)
    ensure_in(tx, row, *sorted(OPEN))
    after = replace(
        row, state=ApplicationState.WITHDRAWN, steps=row.steps + 1, updated_at=tx.now, expires_on=None
    )
    return (await move(tx, row, after, Said(command.because))).shown(tx.today)


async def disburse(tx: TenantTx, command: Disburse) -> Disbursed:
    """Open the loan that was paid out, once: the loan has the application's reference. Audited.

    Sending the same payout again answers with the same loan. Raises `ApplicationNotFound`, `WrongState`,
    `ApplicationExpired`, `CoolingOff`, `ApplicantUnfit`, `DisbursementDiffers` for another payout of the same
    application or another application of the same payout, `LoanReferenceTaken`, and `ApplicationInvalid`.
    """
    row = await hold(tx, command.application)
    if row.state is ApplicationState.DISBURSED:
        if row.disbursement != command.reference or command.on not in (None, row.disbursed_on):
            raise DisbursementDiffers("this application was paid out under another reference, or another day")
        return await _disbursed(tx, row)
    ensure_in(tx, row, ApplicationState.ACCEPTED)
    await ensure_fit(tx, row.borrower)
    on = _day(tx, row, command.on)
    if await queries.paid_by(tx, command.reference) is not None:
        raise DisbursementDiffers("this payout paid another application")
    if await find_loans(tx, [row.reference]):
        raise LoanReferenceTaken("a loan with this application's reference is there already")
    saved = await save_loan(tx, loan_of(row, _offer(row), on))
    if saved.outcome is not Outcome.INSERTED:
        raise LoanReferenceTaken("a loan with this application's reference came at the same moment")
    after = replace(
        row,
        state=ApplicationState.DISBURSED,
        steps=row.steps + 1,
        updated_at=tx.now,
        expires_on=None,
        disbursed_on=on,
        disbursement=command.reference,
        loan=saved.id,
    )
    try:
        paid = await move(tx, row, after)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != ONE_PER_DISBURSEMENT:
            raise
        raise DisbursementDiffers("this payout paid another application") from error
    return await _disbursed(tx, paid)


async def _disbursed(tx: TenantTx, row: Row) -> Disbursed:
    if row.loan is None:
        raise Broken("an application was paid out and has no loan")
    loan, schedule = await loan_schedule(tx, row.loan)
    return Disbursed(row.shown(tx.today), loan, tuple(schedule))


def _day(tx: TenantTx, row: Row, told: date | None) -> date:
    """The day the money went out. Raises `CoolingOff` or `ApplicationInvalid`."""
    first = row.pays_from or tx.today
    if tx.today < first:
        raise CoolingOff(f"the borrower may still change his mind: nothing is paid out before {first}")
    on = told or tx.today
    faults: Sequence[Fault] = ()
    if not first <= on <= tx.today:
        faults = [Fault("on", "not between the first day of payout and today", f"{first} to {tx.today}")]
        raise ApplicationInvalid("no day of this payout", faults=faults)
    return on


def _offer(row: Row) -> Product:
    if row.offer is None:
        raise Broken("an application is past its submission and has no offer")
    return row.offer
