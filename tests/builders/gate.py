"""Proposals about real borrowers and loans, sensible by default; and what the gate kept of them."""

from typing import Final
from uuid import UUID

from dunwell.contact.model import Channel, Content, Proposal
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.storage.tenant import TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.loans import a_loan

REMINDER: Final = "{{ lender }}: {{ amount }} is due. {{ objection }} {{ opt_out }}"


async def a_late_borrower(tx: TenantTx, **changes: object) -> tuple[BorrowerId, LoanId]:
    """Someone with one loan, ten days late."""
    borrower = await a_borrower(tx, **changes)
    return borrower, await a_loan(tx, borrower=borrower, days_late=10)


async def late_borrowers(tx: TenantTx, count: int) -> list[tuple[BorrowerId, LoanId]]:
    return [await a_late_borrower(tx) for _ in range(count)]


def a_reminder(
    late: tuple[BorrowerId, LoanId], channel: Channel = Channel.EMAIL, **changes: object
) -> Proposal:
    """A published reminder to the debtor about his loan."""
    borrower, loan = late
    given: dict[str, object] = {
        "person": borrower,
        "debts": (loan,),
        "channel": channel,
        "content": Content(REMINDER),
    }
    return Proposal(**(given | changes))


async def late(tx: TenantTx, changes: dict[str, object]) -> tuple[BorrowerId, LoanId]:
    """`a_late_borrower` as a use case of its own."""
    return await a_late_borrower(tx, **changes)


async def several(tx: TenantTx, count: int) -> list[tuple[BorrowerId, LoanId]]:
    """`late_borrowers` as a use case of its own."""
    return await late_borrowers(tx, count)


async def slots_of(tx: TenantTx, borrower: BorrowerId) -> list[tuple[str, int]]:
    rows = await tx.rows(
        "SELECT counter, ordinal FROM contact_slots WHERE borrower_id = $1 ORDER BY counter, ordinal",
        borrower,
    )
    return [(row["counter"], row["ordinal"]) for row in rows]


async def audited(tx: TenantTx, subject: UUID) -> list[str]:
    rows = await tx.rows("SELECT action FROM audit_events WHERE subject = $1 ORDER BY id", str(subject))
    return [row["action"] for row in rows]
