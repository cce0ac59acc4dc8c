"""SQL of the planner: which steps are due, the plan ledger, how far the plan reaches."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.kernel.ids import BorrowerId, LoanId, MessageId, VerdictId
from dunwell.kernel.paging import WrongCursor, decode_cursor
from dunwell.storage.tenant import TenantTx
from dunwell.strategy.model import Cadence, Candidate, PlanBatch, Step, StepOutcome, StepQuery, StepRow
from dunwell.strategy.rules import spans

OPEN_DAYS: Final = """
INSERT INTO planner_days (single, planned_through)
VALUES (true, $1)
    ON CONFLICT ON CONSTRAINT planner_days_pkey DO NOTHING
"""

LOCK_DAYS: Final = """
SELECT planned_through
  FROM planner_days
   FOR UPDATE
"""


async def lock_days(tx: TenantTx, before: date) -> date:
    """The day the plan reaches; planners of one tenant take turns from here. `before`: where a new plan starts."""
    await tx.execute(OPEN_DAYS, before)
    return await tx.value(LOCK_DAYS)


REACH: Final = """
UPDATE planner_days
   SET planned_through = $1
 WHERE planned_through < $1
"""


async def reach(tx: TenantTx, day: date) -> None:
    """The plan is complete up to and including this day."""
    await tx.execute(REACH, day)


PLANNED_THROUGH: Final = """
SELECT planned_through
  FROM planner_days
"""


async def planned_through(tx: TenantTx) -> date | None:
    return await tx.value(PLANNED_THROUGH)


# One index range per step, so the cost is that of the loans that are due: `loans_oldest_unpaid` is the only
# way in. A loan follows the first cadence (in the order given) whose segment it is in. The borrowers of a
# batch are taken whole, because their loans share a message.
DUE_STEPS: Final = """
  WITH segments AS (
       SELECT rank, products, currency, least, most
         FROM unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
           AS given (rank, products, currency, least, most)),
       steps AS (
       SELECT position, rank, key, day, oldest, newest
         FROM unnest($6::int[], $7::int[], $8::text[], $9::int[], $10::date[], $11::date[])
           AS given (position, rank, key, day, oldest, newest)),
       due AS (
       SELECT loan.borrower_id, loan.id AS loan_id, loan.past_due_since AS anchor_on, step.position, step.day
         FROM steps AS step
        CROSS JOIN LATERAL (
              SELECT id, borrower_id, past_due_since, product, currency, principal
                FROM loans
               WHERE state = 'open' AND past_due_since BETWEEN step.oldest AND step.newest) AS loan
        WHERE ($12::uuid IS NULL OR loan.borrower_id > $12)
          AND step.rank = (
              SELECT segment.rank
                FROM segments AS segment
               WHERE (segment.products = '' OR loan.product = ANY (string_to_array(segment.products, chr(31))))
                 AND (segment.currency IS NULL OR loan.currency = segment.currency)
                 AND (segment.least IS NULL OR loan.principal >= segment.least)
                 AND (segment.most IS NULL OR loan.principal <= segment.most)
               ORDER BY segment.rank
               LIMIT 1)
          AND NOT EXISTS (
              SELECT FROM cadence_steps AS known
               WHERE known.loan_id = loan.id AND known.anchor_on = loan.past_due_since AND known.step = step.key)),
       batch AS (
       SELECT DISTINCT borrower_id
         FROM due
        ORDER BY borrower_id
        LIMIT $13)
SELECT due.borrower_id, due.loan_id, due.anchor_on, due.position
  FROM due
  JOIN batch ON batch.borrower_id = due.borrower_id
 ORDER BY due.borrower_id, due.loan_id, due.position
"""


async def due_steps(
    tx: TenantTx, cadences: Sequence[Cadence], since: date, today: date, batch: PlanBatch
) -> list[Candidate]:
    """Steps that fell due from `since` to `today` and are not in the ledger, of the next `limit` borrowers."""
    steps = [(rank, cadence, step) for rank, cadence in enumerate(cadences) for step in cadence.steps]
    anchors = spans([step for _, _, step in steps], since, today)
    rows = await tx.rows(
        DUE_STEPS,
        list(range(len(cadences))),
        [chr(31).join(sorted(cadence.segment.products)) for cadence in cadences],
        [cadence.segment.currency for cadence in cadences],
        [cadence.segment.least for cadence in cadences],
        [cadence.segment.most for cadence in cadences],
        list(range(len(steps))),
        [rank for rank, _, _ in steps],
        [step.key for _, _, step in steps],
        [step.day for _, _, step in steps],
        [oldest for oldest, _ in anchors],
        [newest for _, newest in anchors],
        batch.after,
        batch.limit,
    )
    return [_candidate(row, steps) for row in rows]


def _candidate(row: asyncpg.Record, steps: Sequence[tuple[int, Cadence, Step]]) -> Candidate:
    position: int = row["position"]
    _, cadence, step = steps[position]
    return Candidate(
        loan=LoanId(row["loan_id"]),
        borrower=BorrowerId(row["borrower_id"]),
        anchor_on=row["anchor_on"],
        cadence=cadence.name,
        step=step,
        planned_for=step.falls_on(row["anchor_on"]),
    )


KEEP: Final = """
INSERT INTO cadence_steps (loan_id, anchor_on, step, borrower_id, cadence, policy_version, channel, planned_for,
                           planned_at, outcome, reason, message_id, verdict_id)
SELECT loan_id, anchor_on, step, borrower_id, cadence, version, channel, planned_for, $13, outcome, reason,
       message_id, verdict_id
  FROM unnest($1::uuid[], $2::date[], $3::text[], $4::uuid[], $5::text[], $6::int[], $7::text[], $8::date[],
              $9::text[], $10::text[], $11::uuid[], $12::uuid[])
    AS given (loan_id, anchor_on, step, borrower_id, cadence, version, channel, planned_for, outcome, reason,
              message_id, verdict_id)
"""


async def keep(tx: TenantTx, rows: Sequence[StepRow]) -> None:
    """Write lines of the ledger. A line that is there already breaks the transaction: nothing is planned twice."""
    await tx.execute(
        KEEP,
        [row.loan for row in rows],
        [row.anchor_on for row in rows],
        [row.step for row in rows],
        [row.borrower for row in rows],
        [row.cadence for row in rows],
        [row.version for row in rows],
        [row.channel for row in rows],
        [row.planned_for for row in rows],
        [row.outcome for row in rows],
        [row.reason for row in rows],
        [row.message for row in rows],
        [row.verdict for row in rows],
        tx.now,
    )


LISTED: Final = """
SELECT loan_id, anchor_on, step, borrower_id, cadence, policy_version, channel, planned_for, planned_at, outcome,
       reason, message_id, verdict_id
  FROM cadence_steps
 WHERE ($1::uuid IS NULL OR borrower_id = $1)
   AND ($2::uuid IS NULL OR loan_id = $2)
   AND ($3::text IS NULL OR outcome = $3)
   AND ($4::date IS NULL OR (planned_for, loan_id, anchor_on, step) < ($4, $5::uuid, $6::date, $7::text))
 ORDER BY planned_for DESC, loan_id DESC, anchor_on DESC, step DESC
 LIMIT $8
"""


async def listed(tx: TenantTx, query: StepQuery) -> list[StepRow]:
    """One row more than the page, if there is one."""
    day, loan, anchor, step = _after(query.cursor)
    rows = await tx.rows(
        LISTED,
        query.borrower,
        query.loan,
        query.outcome,
        day,
        loan,
        anchor,
        step,
        query.limit + 1,
    )
    return [_row(row) for row in rows]


def _after(cursor: str | None) -> tuple[date | None, UUID | None, date | None, str | None]:
    key = decode_cursor(cursor, 4)
    if key is None:
        return None, None, None, None
    try:
        return date.fromisoformat(key[0]), UUID(key[1]), date.fromisoformat(key[2]), key[3]
    except ValueError:
        raise WrongCursor("unknown cursor") from None


UNDER_WAY: Final = """
SELECT cadence, policy_version, outcome, count(*) AS steps
  FROM cadence_steps
 WHERE planned_for BETWEEN $1 AND $2
 GROUP BY cadence, policy_version, outcome
 ORDER BY cadence, policy_version, outcome
 LIMIT 1000
"""


async def under_way(tx: TenantTx, first: date, last: date) -> Mapping[tuple[str, int, str], int]:
    """Ledger lines of a span of days, counted by cadence, version and outcome."""
    rows = await tx.rows(UNDER_WAY, first, last)
    return {(row["cadence"], row["policy_version"], row["outcome"]): row["steps"] for row in rows}


def _row(row: asyncpg.Record) -> StepRow:
    return StepRow(
        loan=LoanId(row["loan_id"]),
        anchor_on=row["anchor_on"],
        step=row["step"],
        borrower=BorrowerId(row["borrower_id"]),
        cadence=row["cadence"],
        version=row["policy_version"],
        channel=row["channel"],
        planned_for=row["planned_for"],
        outcome=StepOutcome(row["outcome"]),
        reason=row["reason"],
        message=MessageId(row["message_id"]) if row["message_id"] else None,
        verdict=VerdictId(row["verdict_id"]) if row["verdict_id"] else None,
        planned_at=row["planned_at"],
    )
