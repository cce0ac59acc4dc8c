"""What is read across areas to hold a replay against the file it lived."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from dunwell.kernel.ids import LoanId
from dunwell.storage.tenant import TenantTx

LOANS: Final = """
SELECT reference, id
  FROM loans
 ORDER BY reference
 LIMIT 1000000
"""


async def loan_ids(tx: TenantTx) -> dict[str, LoanId]:
    """Every loan by its reference."""
    return {row["reference"]: LoanId(row["id"]) for row in await tx.rows(LOANS)}


DAYS_LATE: Final = """
SELECT loan.reference, instalment.settled_on - instalment.due_on AS days_late
  FROM loans AS loan
  JOIN instalments AS instalment ON instalment.loan_id = loan.id AND instalment.number = 1
 WHERE instalment.settled_on IS NOT NULL
 ORDER BY loan.reference
 LIMIT 1000000
"""


async def days_late(tx: TenantTx) -> dict[str, int]:
    """Days between due date and settlement of every first instalment that is settled, signed."""
    return {row["reference"]: row["days_late"] for row in await tx.rows(DAYS_LATE)}


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of the plan with what became of its message. `sent`: how often a provider accepted it."""

    outcome: str
    reason: str
    state: str | None
    why: str | None
    verdict: str | None
    sent: int
    sent_at: datetime | None


# A message speaks of several loans, so it is counted once per loan and step, as the borrower reads it.
PLANNED: Final = """
SELECT loan.reference, step.anchor_on, step.step, step.outcome, step.reason, message.state, message.reason AS why,
       verdict.verdict, count(taken.id) AS sent, min(taken.at) AS sent_at
  FROM cadence_steps AS step
  JOIN loans AS loan ON loan.id = step.loan_id
  LEFT JOIN messages AS message ON message.id = step.message_id
  LEFT JOIN contact_verdicts AS verdict ON verdict.id = coalesce(message.last_verdict_id, step.verdict_id)
  LEFT JOIN message_outcomes AS taken ON taken.message_id = message.id AND taken.outcome = 'accepted'
 GROUP BY loan.reference, step.anchor_on, step.step, step.outcome, step.reason, message.state, message.reason,
          verdict.verdict
 ORDER BY loan.reference, step.anchor_on, step.step
 LIMIT 5000000
"""


async def planned(tx: TenantTx) -> Mapping[tuple[str, date, str], Planned]:
    """The whole plan ledger by loan, due date and step."""
    return {
        (row["reference"], row["anchor_on"], row["step"]): Planned(
            row["outcome"],
            row["reason"],
            row["state"],
            row["why"],
            row["verdict"],
            row["sent"],
            row["sent_at"],
        )
        for row in await tx.rows(PLANNED)
    }


# Handed over at an instant at which nothing was owed any more on any due the message speaks of, as booked.
AFTER_PAYMENT: Final = """
SELECT count(*)
  FROM message_attempts AS attempt
  JOIN messages AS message ON message.id = attempt.message_id
 WHERE EXISTS (SELECT FROM message_outcomes AS outcome
                WHERE outcome.attempt_id = attempt.id AND outcome.outcome IN ('accepted', 'unknown'))
   AND NOT EXISTS (
       SELECT FROM unnest(message.loans, message.dues_on) AS due (loan_id, due_on)
        WHERE (SELECT coalesce(sum(instalment.principal + instalment.interest + instalment.costs), 0)
                 FROM instalments AS instalment
                WHERE instalment.loan_id = due.loan_id AND instalment.due_on <= due.due_on)
            > (SELECT coalesce(sum(payment.amount), 0)
                 FROM payments AS payment
                WHERE payment.loan_id = due.loan_id AND payment.booked_at <= attempt.at))
"""


async def sent_after_payment(tx: TenantTx) -> int:
    """Messages that left after the payment of all they speak of was booked."""
    return await tx.value(AFTER_PAYMENT)


SENT: Final = """
SELECT count(*)
  FROM message_outcomes
 WHERE outcome = 'accepted'
"""


async def sent(tx: TenantTx) -> int:
    """How many messages providers have accepted since the tenant began."""
    return await tx.value(SENT)
