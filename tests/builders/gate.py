"""Proposals about real borrowers and loans, sensible by default."""

from typing import Final

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
