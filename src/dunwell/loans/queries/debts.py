"""What borrowers owe, for many borrowers in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import Owing
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class DebtRow:
    """One loan of one liable obligor, added up on a day."""

    borrower: BorrowerId
    loan: LoanId
    reference: str
    disbursed_on: date
    overdue: Money
    due_today: Money
    outstanding: Money
    past_due_since: date | None
    next_due_on: date | None
    next_due: Money
    settled_on: date | None


# Contact persons owe nothing. The instalments of a settled loan are not read.
DEBTS: Final = """
SELECT obligors.borrower_id, loans.id, reference, currency, disbursed_on, outstanding, past_due_since, settled_on,
       coalesce(sums.overdue, 0)::bigint AS overdue, coalesce(sums.due_today, 0)::bigint AS due_today,
       ahead.next_due_on, coalesce(ahead.next_due, 0)::bigint AS next_due
  FROM obligors
  JOIN loans ON loans.id = obligors.loan_id
  LEFT JOIN LATERAL (
       SELECT sum(principal + interest + costs + fees + penalties
                  - principal_paid - interest_paid - costs_paid - fees_paid - penalties_paid
                  - principal_waived - interest_waived - costs_waived - fees_waived - penalties_waived)
                  FILTER (WHERE due_on < $2) AS overdue,
              sum(principal + interest + costs + fees + penalties
                  - principal_paid - interest_paid - costs_paid - fees_paid - penalties_paid
                  - principal_waived - interest_waived - costs_waived - fees_waived - penalties_waived)
                  FILTER (WHERE due_on = $2) AS due_today
         FROM instalments
        WHERE loans.outstanding > 0 AND loan_id = loans.id AND due_on <= $2) AS sums ON true
  LEFT JOIN LATERAL (
       SELECT due_on AS next_due_on,
              sum(principal + interest + costs + fees + penalties
                  - principal_paid - interest_paid - costs_paid - fees_paid - penalties_paid
                  - principal_waived - interest_waived - costs_waived - fees_waived - penalties_waived) AS next_due
         FROM instalments
        WHERE loans.outstanding > 0 AND loan_id = loans.id AND due_on > $2
          AND principal + interest + costs + fees + penalties
              > principal_paid + interest_paid + costs_paid + fees_paid + penalties_paid
                + principal_waived + interest_waived + costs_waived + fees_waived + penalties_waived
        GROUP BY due_on
        ORDER BY due_on
        LIMIT 1) AS ahead ON true
 WHERE obligors.borrower_id = ANY($1::uuid[])
   AND obligors.role <> 'contact_person'
   AND loans.state <> 'closed'
 ORDER BY obligors.borrower_id, loans.past_due_since NULLS LAST, loans.id
"""


async def debts(tx: TenantTx, borrowers: Sequence[BorrowerId], on: date) -> list[DebtRow]:
    """Every loan for which these borrowers are liable, settled ones included, oldest arrears first."""
    return [
        DebtRow(
            borrower=row["borrower_id"],
            loan=row["id"],
            reference=row["reference"],
            disbursed_on=row["disbursed_on"],
            overdue=Money(row["overdue"], row["currency"]),
            due_today=Money(row["due_today"], row["currency"]),
            outstanding=Money(row["outstanding"], row["currency"]),
            past_due_since=row["past_due_since"],
            next_due_on=row["next_due_on"],
            next_due=Money(row["next_due"], row["currency"]),
            settled_on=row["settled_on"],
        )
        for row in await tx.rows(DEBTS, borrowers, on)
    ]


OWINGS: Final = """
SELECT loans.id, currency, outstanding, past_due_since, settled_on
  FROM obligors
  JOIN loans ON loans.id = obligors.loan_id
 WHERE obligors.borrower_id = ANY($1::uuid[])
   AND obligors.role <> 'contact_person'
   AND loans.state <> 'closed'
"""


async def owings(tx: TenantTx, borrowers: Sequence[BorrowerId]) -> dict[LoanId, Owing]:
    """The same loans by id, without their instalments."""
    return {
        row["id"]: Owing(
            row["id"],
            Money(row["outstanding"], row["currency"]),
            row["past_due_since"],
            row["settled_on"],
        )
        for row in await tx.rows(OWINGS, borrowers)
    }
