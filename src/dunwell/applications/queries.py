"""Tables of applications, and what is read of the borrower's key and of earlier publications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from dunwell.applications.model import (
    Advice,
    Application,
    ApplicationId,
    ApplicationState,
    Decision,
    ListApplications,
    Product,
    Reason,
    Step,
)
from dunwell.applications.rules import OPEN, standing
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Row:
    """An application as it is kept."""

    id: ApplicationId
    reference: str
    borrower: BorrowerId
    product: str
    amount: Money
    count: int
    state: ApplicationState
    advice: Advice | None
    barred: bool
    makers: frozenset[str]
    deciders: frozenset[str]
    approved_by: str | None
    digest: bytes
    sealed: bytes
    offer: Product | None
    rules_version: int
    steps: int
    expires_on: date | None
    accepted_on: date | None
    pays_from: date | None
    disbursed_on: date | None
    disbursement: str | None
    loan: LoanId | None
    created_at: datetime
    updated_at: datetime

    def shown(self, today: date) -> Application:
        """The application as it stands on a day."""
        return Application(
            id=self.id,
            reference=self.reference,
            borrower=self.borrower,
            product=self.product,
            offer=self.offer,
            amount=self.amount,
            count=self.count,
            state=standing(self.state, self.expires_on, today),
            advice=self.advice,
            rules_version=self.rules_version,
            makers=self.makers,
            approved_by=self.approved_by,
            expires_on=self.expires_on,
            accepted_on=self.accepted_on,
            pays_from=self.pays_from,
            disbursed_on=self.disbursed_on,
            disbursement=self.disbursement,
            loan=self.loan,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


INSERT_APPLICATION: Final = """
INSERT INTO applications (id, reference, borrower_id, product, currency, amount, count, state, makers, digest, sealed,
       rules_version, steps, expires_on, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)
    ON CONFLICT ON CONSTRAINT applications_one_per_reference DO NOTHING
"""


async def insert(tx: TenantTx, row: Row) -> bool:
    """Keep a new draft; False if the reference is taken."""
    return bool(
        await tx.execute(
            INSERT_APPLICATION,
            row.id,
            row.reference,
            row.borrower,
            row.product,
            row.amount.currency,
            row.amount.minor,
            row.count,
            row.state,
            sorted(row.makers),
            row.digest,
            row.sealed,
            row.rules_version,
            row.steps,
            row.expires_on,
            row.created_at,
        )
    )


UPDATE_APPLICATION: Final = """
UPDATE applications
   SET product = $2, currency = $3, amount = $4, count = $5, state = $6, advice = $7, barred = $8, makers = $9,
       deciders = $10, approved_by = $11, digest = $12, sealed = $13, offer = $14, rules_version = $15, steps = $16,
       expires_on = $17, accepted_on = $18, pays_from = $19, disbursed_on = $20, disbursement = $21, loan_id = $22,
       updated_at = $23
 WHERE id = $1
"""


async def update(tx: TenantTx, row: Row) -> None:
    """Write a locked application as it is now."""
    await tx.execute(
        UPDATE_APPLICATION,
        row.id,
        row.product,
        row.amount.currency,
        row.amount.minor,
        row.count,
        row.state,
        row.advice,
        row.barred,
        sorted(row.makers),
        sorted(row.deciders),
        row.approved_by,
        row.digest,
        row.sealed,
        None if row.offer is None else msgspec.to_builtins(row.offer),
        row.rules_version,
        row.steps,
        row.expires_on,
        row.accepted_on,
        row.pays_from,
        row.disbursed_on,
        row.disbursement,
        row.loan,
        row.updated_at,
    )


INSERT_STEP: Final = """
INSERT INTO application_steps (application_id, number, before, after, at, actor, because, reasons, rules_version,
       decision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def insert_step(tx: TenantTx, application: ApplicationId, step: Step) -> None:
    """Keep one step of an application's life."""
    await tx.execute(
        INSERT_STEP,
        application,
        step.number,
        step.before,
        step.after,
        step.at,
        step.actor,
        step.because,
        msgspec.to_builtins(step.reasons),
        step.rules_version,
        None if step.decision is None else msgspec.to_builtins(step.decision),
    )


BORROWER_OF: Final = "SELECT borrower_id FROM applications WHERE id = $1"


async def borrower_of(tx: TenantTx, application: ApplicationId) -> BorrowerId | None:
    """Whose application it is: that never changes, so it may be read before anything is locked."""
    found: UUID | None = await tx.value(BORROWER_OF, application)
    return None if found is None else BorrowerId(found)


LOCK: Final = """
SELECT id, reference, borrower_id, product, currency, amount, count, state, advice, barred, makers, deciders,
       approved_by, digest, sealed, offer, rules_version, steps, expires_on, accepted_on, pays_from, disbursed_on,
       disbursement, loan_id, created_at, updated_at
  FROM applications
 WHERE id = $1
   FOR UPDATE
"""


async def lock(tx: TenantTx, application: ApplicationId) -> Row | None:
    """Hold an application until the transaction ends. The borrower is locked before it."""
    found = await tx.row(LOCK, application)
    return _row(found) if found else None


BY_REFERENCE: Final = """
SELECT id, reference, borrower_id, product, currency, amount, count, state, advice, barred, makers, deciders,
       approved_by, digest, sealed, offer, rules_version, steps, expires_on, accepted_on, pays_from, disbursed_on,
       disbursement, loan_id, created_at, updated_at
  FROM applications
 WHERE reference = $1
"""


async def by_reference(tx: TenantTx, reference: str) -> Row | None:
    found = await tx.row(BY_REFERENCE, reference)
    return _row(found) if found else None


OPEN_OF: Final = """
SELECT id
  FROM applications
 WHERE borrower_id = $1 AND product = $2
   AND state IN ('draft', 'submitted', 'scored', 'referred', 'approved', 'accepted')
"""


async def open_of(tx: TenantTx, borrower: BorrowerId, product: str) -> ApplicationId | None:
    """The application of a borrower for a product that is written down as open; the index keeps it to one."""
    found: UUID | None = await tx.value(OPEN_OF, borrower, product)
    return None if found is None else ApplicationId(found)


PAID_BY: Final = "SELECT id FROM applications WHERE disbursement = $1"


async def paid_by(tx: TenantTx, disbursement: str) -> ApplicationId | None:
    """The application that a payout's reference paid."""
    found: UUID | None = await tx.value(PAID_BY, disbursement)
    return None if found is None else ApplicationId(found)


APPLICATION: Final = """
SELECT id, reference, borrower_id, product, currency, amount, count, state, advice, barred, makers, deciders,
       approved_by, digest, sealed, offer, rules_version, steps, expires_on, accepted_on, pays_from, disbursed_on,
       disbursement, loan_id, created_at, updated_at
  FROM applications
 WHERE id = $1
"""


async def application(tx: TenantTx, application_id: ApplicationId) -> Row | None:
    found = await tx.row(APPLICATION, application_id)
    return _row(found) if found else None


STEPS: Final = """
SELECT number, before, after, at, actor, because, reasons, rules_version, decision
  FROM application_steps
 WHERE application_id = $1
 ORDER BY number
 LIMIT 1000
"""


async def steps(tx: TenantTx, application_id: ApplicationId) -> tuple[Step, ...]:
    """The life of an application, oldest step first."""
    return tuple(_step(found) for found in await tx.rows(STEPS, application_id))


LATEST_DECISION: Final = """
SELECT number, before, after, at, actor, because, reasons, rules_version, decision
  FROM application_steps
 WHERE application_id = $1 AND decision IS NOT NULL
 ORDER BY number DESC
 LIMIT 1
"""


async def latest_decision(tx: TenantTx, application_id: ApplicationId) -> Step | None:
    """The step in which the scorecard spoke last."""
    found = await tx.row(LATEST_DECISION, application_id)
    return _step(found) if found else None


# A state is looked for among the states it can be written as; what ran out of time is told apart afterwards.
APPLICATIONS: Final = """
SELECT id, reference, borrower_id, product, currency, amount, count, state, advice, barred, makers, deciders,
       approved_by, digest, sealed, offer, rules_version, steps, expires_on, accepted_on, pays_from, disbursed_on,
       disbursement, loan_id, created_at, updated_at
  FROM applications
 WHERE ($1::timestamptz IS NULL OR (created_at, id) > ($1, $2::uuid))
   AND ($3::text[] IS NULL OR state = ANY ($3))
   AND ($3::text[] IS NULL OR (state = ANY ($4) AND expires_on < $5::date) = $6 OR state = 'expired')
   AND ($7::uuid IS NULL OR borrower_id = $7)
   AND ($8::text IS NULL OR reference = $8)
 ORDER BY created_at, id
 LIMIT $9
"""


async def applications(
    tx: TenantTx, command: ListApplications, after: tuple[datetime, UUID] | None
) -> list[Row]:
    """The next applications in the order they came, one more than asked for."""
    at, last = after or (None, None)
    waiting = sorted(OPEN)
    expired = command.state is ApplicationState.EXPIRED
    kept = None
    if command.state is not None:
        kept = [ApplicationState.EXPIRED, *waiting] if expired else [command.state]
    rows = await tx.rows(
        APPLICATIONS,
        at,
        last,
        kept,
        waiting,
        tx.today,
        expired,
        command.borrower,
        command.reference,
        command.limit + 1,
    )
    return [_row(found) for found in rows]


WRAPPED_KEY: Final = "SELECT wrapped FROM borrower_keys WHERE borrower_id = $1"


async def wrapped_key(tx: TenantTx, borrower: BorrowerId) -> bytes | None:
    """The key under which a borrower's data is sealed; gone where the borrower was erased."""
    return await tx.value(WRAPPED_KEY, borrower)


FILE_OF_VERSION: Final = "SELECT files -> 'applications' AS file FROM publications WHERE version = $1"


async def file_of_version(tx: TenantTx, version: int) -> Mapping[str, Any] | None:
    """`applications.toml` as an earlier version of the tenant's files says it."""
    return await tx.value(FILE_OF_VERSION, version)


def _row(found: asyncpg.Record) -> Row:
    return Row(
        id=ApplicationId(found["id"]),
        reference=found["reference"],
        borrower=BorrowerId(found["borrower_id"]),
        product=found["product"],
        amount=Money(found["amount"], found["currency"]),
        count=found["count"],
        state=ApplicationState(found["state"]),
        advice=Advice(found["advice"]) if found["advice"] else None,
        barred=found["barred"],
        makers=frozenset(found["makers"]),
        deciders=frozenset(found["deciders"]),
        approved_by=found["approved_by"],
        digest=found["digest"],
        sealed=found["sealed"],
        offer=None if found["offer"] is None else msgspec.convert(found["offer"], Product),
        rules_version=found["rules_version"],
        steps=found["steps"],
        expires_on=found["expires_on"],
        accepted_on=found["accepted_on"],
        pays_from=found["pays_from"],
        disbursed_on=found["disbursed_on"],
        disbursement=found["disbursement"],
        loan=LoanId(found["loan_id"]) if found["loan_id"] else None,
        created_at=found["created_at"],
        updated_at=found["updated_at"],
    )


def _step(found: asyncpg.Record) -> Step:
    return Step(
        number=found["number"],
        before=ApplicationState(found["before"]) if found["before"] else None,
        after=ApplicationState(found["after"]),
        at=found["at"],
        actor=found["actor"],
        because=found["because"],
        reasons=_reasons(found["reasons"]),
        rules_version=found["rules_version"],
        decision=None if found["decision"] is None else msgspec.convert(found["decision"], Decision),
    )


def _reasons(kept: Sequence[object]) -> tuple[Reason, ...]:
    return msgspec.convert(kept, tuple[Reason, ...])
