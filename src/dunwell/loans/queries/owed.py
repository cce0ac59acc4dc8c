"""What a statement of amount owed reads beside the loan's life: its postings, by account and cause."""

from datetime import datetime
from typing import Final

from dunwell.kernel.ids import LoanId
from dunwell.loans.model import Account
from dunwell.loans.model.owed import MOST_TRACED
from dunwell.loans.rules.owed import TracedRow
from dunwell.storage.tenant import TenantTx

TRACED: Final = """
SELECT account, coalesce(payment_id, happening_id) AS cause, sum(amount)::bigint AS amount,
       array_agg(id ORDER BY id) AS numbers
  FROM (SELECT id, account, payment_id, happening_id, amount
          FROM postings
         WHERE loan_id = $1
           AND booked_at <= $2
         ORDER BY id
         LIMIT $3) AS booked
 GROUP BY account, coalesce(payment_id, happening_id)
"""


async def traced(tx: TenantTx, loan: LoanId, known_at: datetime) -> list[TracedRow]:
    """The postings of a loan that were booked by an instant."""
    return [
        TracedRow(Account(row["account"]), row["cause"], row["amount"], tuple(row["numbers"]))
        for row in await tx.rows(TRACED, loan, known_at, MOST_TRACED)
    ]
