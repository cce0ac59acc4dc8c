"""What was charged off, and what came in afterwards."""

from datetime import date
from typing import Final

from dunwell.kernel.money import Money
from dunwell.loans.model import RecoveryRow
from dunwell.storage.tenant import TenantTx

# Recovered is what payments brought after the charge-off, less what they left over: `cash` and `credit` of entries.
RECOVERIES: Final = """
WITH off AS (
     SELECT loans.id AS loan_id, loans.currency, loans.charged_off_on, gone.outstanding, gone.booked_at
       FROM loans
       JOIN (SELECT DISTINCT ON (loan_id) loan_id, outstanding, booked_at
               FROM standings
              WHERE state = 'charged_off'
              ORDER BY loan_id, seq) AS gone
         ON gone.loan_id = loans.id
      WHERE loans.charged_off_on <= $2),
came AS (
     SELECT off.loan_id, off.currency, date_trunc('month', postings.value_on)::date AS month,
            sum(postings.amount)::bigint AS amount
       FROM off
       JOIN postings ON postings.loan_id = off.loan_id
      WHERE postings.account IN ('cash', 'credit')
        AND postings.payment_id IS NOT NULL
        AND postings.value_on <= $2
        AND (postings.value_on > off.charged_off_on
             OR (postings.value_on = off.charged_off_on AND postings.booked_at > off.booked_at))
      GROUP BY off.loan_id, off.currency, date_trunc('month', postings.value_on)),
by_month AS (
     SELECT currency, month, sum(amount)::bigint AS recovered
       FROM came
      WHERE month >= date_trunc('month', $1::date)
      GROUP BY currency, month),
cohorts AS (
     SELECT off.currency, date_trunc('month', off.charged_off_on)::date AS month, count(*) AS loans,
            sum(off.outstanding)::bigint AS charged_off, coalesce(sum(later.amount), 0)::bigint AS recovered
       FROM off
       LEFT JOIN (SELECT loan_id, sum(amount) AS amount FROM came GROUP BY loan_id) AS later
         ON later.loan_id = off.loan_id
      WHERE off.charged_off_on >= $1
      GROUP BY off.currency, date_trunc('month', off.charged_off_on))
SELECT currency, month, coalesce(cohorts.loans, 0) AS loans, coalesce(cohorts.charged_off, 0) AS charged_off,
       coalesce(by_month.recovered, 0) AS recovered, coalesce(cohorts.recovered, 0) AS recovered_of_these
  FROM cohorts
  FULL JOIN by_month USING (currency, month)
 ORDER BY month, currency
 LIMIT 10000
"""


async def recoveries(tx: TenantTx, from_on: date, to_on: date) -> list[RecoveryRow]:
    """What was charged off, and what came in afterwards, by month and currency; months are whole ones."""
    return [
        RecoveryRow(
            month=row["month"],
            currency=row["currency"],
            loans=row["loans"],
            charged_off=Money(row["charged_off"], row["currency"]),
            recovered=Money(row["recovered"], row["currency"]),
            recovered_of_these=Money(row["recovered_of_these"], row["currency"]),
        )
        for row in await tx.rows(RECOVERIES, from_on, to_on)
    ]
