"""Who is liable for which loan, and what is open and overdue on it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import asyncpg

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.loans.model import Role
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Bond:
    """One obligor of one loan, with what the loan owes; minor units."""

    borrower: BorrowerId
    loan: LoanId
    reference: str
    role: Role
    currency: str
    limit: int | None
    liable_until: date | None
    outstanding: int
    overdue: int


BONDS_OF_BORROWER: Final = """
SELECT obligors.borrower_id, loans.id, loans.reference, obligors.role, loans.currency, obligors.limit_amount,
       obligors.liable_until, loans.outstanding,
       CASE WHEN loans.past_due_since < $2
            THEN (SELECT sum(principal + interest + costs + fees + penalties
                             - principal_paid - interest_paid - costs_paid - fees_paid - penalties_paid
                             - principal_waived - interest_waived - costs_waived - fees_waived - penalties_waived)
                    FROM instalments
                   WHERE loan_id = loans.id AND due_on < $2)::bigint
            ELSE 0 END AS overdue
  FROM obligors
  JOIN loans ON loans.id = obligors.loan_id
 WHERE obligors.borrower_id = $1
   AND obligors.role <> 'contact_person'
   AND loans.outstanding > 0
 ORDER BY loans.past_due_since NULLS LAST, loans.id
 LIMIT 10000
"""


async def of_borrower(tx: TenantTx, borrower: BorrowerId, on: date) -> list[Bond]:
    """Every open loan for which a borrower is liable, oldest arrears first."""
    return [_bond(row) for row in await tx.rows(BONDS_OF_BORROWER, borrower, on)]


BONDS_OF_LOAN: Final = """
SELECT obligors.borrower_id, loans.id, loans.reference, obligors.role, loans.currency, obligors.limit_amount,
       obligors.liable_until, loans.outstanding, 0::bigint AS overdue
  FROM obligors
  JOIN loans ON loans.id = obligors.loan_id
 WHERE obligors.loan_id = $1
 ORDER BY obligors.role, obligors.borrower_id
 LIMIT 1000
"""


async def of_loan(tx: TenantTx, loan: LoanId) -> list[Bond]:
    """Everybody beside a loan, contact persons too."""
    return [_bond(row) for row in await tx.rows(BONDS_OF_LOAN, loan)]


def _bond(row: asyncpg.Record) -> Bond:
    return Bond(
        row["borrower_id"],
        row["id"],
        row["reference"],
        Role(row["role"]),
        row["currency"],
        row["limit_amount"],
        row["liable_until"],
        row["outstanding"],
        row["overdue"],
    )
