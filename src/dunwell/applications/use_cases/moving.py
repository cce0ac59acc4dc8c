"""Holding an application and moving it one step: the row, its history and the audit log together."""

from dataclasses import dataclass, replace
from typing import Final

from dunwell.applications import queries
from dunwell.applications.model import (
    ApplicantUnfit,
    ApplicationExpired,
    ApplicationId,
    ApplicationNotFound,
    ApplicationOpen,
    ApplicationState,
    Decision,
    Reason,
    Step,
    WrongState,
)
from dunwell.applications.queries import Row
from dunwell.applications.rules import MOVES, standing
from dunwell.audit.use_cases import record
from dunwell.borrowers.model import BorrowerStatus
from dunwell.borrowers.use_cases import lock, profiles
from dunwell.kernel.errors import Broken
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Said:
    """What is kept of a step beside the states: a word for the log, reasons for the borrower, the working.

    `version` is that of the tenant's files where a step followed another than the application's own.
    """

    because: str = ""
    reasons: tuple[Reason, ...] = ()
    decision: Decision | None = None
    version: int | None = None


NOTHING_SAID: Final = Said()


async def hold(tx: TenantTx, application: ApplicationId) -> Row:
    """Lock the borrower, then the application. Raises `ApplicationNotFound`."""
    borrower = await queries.borrower_of(tx, application)
    if borrower is None:
        raise ApplicationNotFound("no such application")
    await lock(tx, [borrower])
    row = await queries.lock(tx, application)
    if row is None:
        raise Broken("an application is gone while its borrower is locked")
    return row


def ensure_in(tx: TenantTx, row: Row, *states: ApplicationState) -> None:
    """Raises `ApplicationExpired` or `WrongState` unless the application stands in one of them today."""
    now = standing(row.state, row.expires_on, tx.today)
    if now is ApplicationState.EXPIRED:
        raise ApplicationExpired(f"the application expired after {row.expires_on}: make a new one")
    if now not in states:
        raise WrongState(f"the application is {now}; this is done with one that is {' or '.join(states)}")


async def ensure_fit(tx: TenantTx, borrower: BorrowerId) -> None:
    """Raises `ApplicantUnfit` for somebody who is known as deceased, incapacitated or erased."""
    status = (await profiles(tx, [borrower]))[borrower].status
    if status is not BorrowerStatus.ACTIVE:
        raise ApplicantUnfit(f"the borrower is {status}")


async def clear_way(tx: TenantTx, borrower: BorrowerId, product: str, own: ApplicationId | None) -> None:
    """Make sure no other application of the locked borrower for the product is open.

    One that ran out of time is written down as expired. Raises `ApplicationOpen`.
    """
    other = await queries.open_of(tx, borrower, product)
    if other is None or other == own:
        return
    row = await queries.lock(tx, other)
    if row is None:
        raise Broken("an application is gone while its borrower is locked")
    if standing(row.state, row.expires_on, tx.today) is not ApplicationState.EXPIRED:
        raise ApplicationOpen(
            f"the borrower's application {row.reference} for {product} is still open: it is {row.state}"
        )
    expired = replace(row, state=ApplicationState.EXPIRED, steps=row.steps + 1, updated_at=tx.now)
    await move(tx, row, expired, Said(because="time-passed"))


async def move(tx: TenantTx, before: Row, after: Row, said: Said = NOTHING_SAID) -> Row:
    """Write one step. `after` is the application as it becomes; its step number and time are set here."""
    if after.state not in MOVES[before.state]:
        raise Broken(f"no application goes from {before.state} to {after.state}")
    return await keep_step(tx, before, after, said, f"application.{after.state}")


async def keep_step(tx: TenantTx, before: Row, after: Row, said: Said, action: str) -> Row:
    """Write the row, the step and the audit event."""
    await queries.update(tx, after)
    await queries.insert_step(tx, after.id, step_of(tx, after, before.state, said))
    await record(
        tx,
        action,
        after.id,
        before=before.state,
        rules=said.version or after.rules_version,
        because=said.because,
        reasons=[reason.code for reason in said.reasons],
        amount=str(after.amount),
        count=after.count,
        points=said.decision.points if said.decision else None,
        advice=after.advice,
        loan=str(after.loan) if after.loan else None,
    )
    return after


def step_of(tx: TenantTx, row: Row, before: ApplicationState | None, said: Said) -> Step:
    """The step that brought a row to where it is."""
    return Step(
        number=row.steps,
        before=before,
        after=row.state,
        at=tx.now,
        actor=str(tx.caller.actor),
        because=said.because,
        reasons=said.reasons,
        rules_version=said.version or row.rules_version,
        decision=said.decision,
    )
