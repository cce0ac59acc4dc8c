"""What the gate reads of the register, for any number of proposals at once."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.agents.queries.trainings import passed_of
from dunwell.agents.rules.standing import Known
from dunwell.storage.tenant import TenantTx

STANDINGS: Final = """
  WITH best AS (
       SELECT DISTINCT ON (trainings.agent_id, trainings.course)
              trainings.agent_id, trainings.course, trainings.passed_on, trainings.expires_on
         FROM trainings
         LEFT JOIN training_withdrawals ON training_withdrawals.training_id = trainings.id
        WHERE trainings.agent_id = ANY ($2::uuid[])
          AND training_withdrawals.training_id IS NULL
        ORDER BY trainings.agent_id, trainings.course, trainings.expires_on DESC NULLS FIRST, trainings.passed_on DESC
       ), counting AS (
       SELECT best.agent_id, array_agg(best.course) AS courses, array_agg(best.passed_on) AS passed,
              array_agg(best.expires_on) AS ends
         FROM best
        GROUP BY best.agent_id
       )
SELECT asked.actor, asked.agent_id, agencies.code, agencies.suspended_at IS NOT NULL AS suspended,
       agencies.contract_from, agencies.contract_until, agencies.reviewed_on,
       CASE WHEN agents.id IS NOT NULL THEN coalesce(employers.code, 'lender') END AS employer,
       agents.deactivated_at IS NOT NULL AS deactivated,
       counting.courses, counting.passed, counting.ends
  FROM unnest($1::text[], $2::uuid[]) AS asked (actor, agent_id)
  LEFT JOIN agencies ON agencies.code = asked.actor
  LEFT JOIN agents ON agents.id = asked.agent_id
  LEFT JOIN agencies AS employers ON employers.id = agents.agency_id
  LEFT JOIN counting ON counting.agent_id = asked.agent_id
"""


async def standings(
    tx: TenantTx, asked: Sequence[tuple[str, UUID | None]]
) -> dict[tuple[str, UUID | None], Known]:
    """Every pair is answered, whatever the register knows of it."""
    rows = await tx.rows(STANDINGS, [actor for actor, _ in asked], [agent for _, agent in asked])
    return {(row["actor"], row["agent_id"]): _known(row) for row in rows}


def _known(row: asyncpg.Record) -> Known:
    return Known(
        actor=row["actor"],
        agent=row["agent_id"],
        agency_code=row["code"],
        suspended=row["suspended"],
        contract_from=row["contract_from"],
        contract_until=row["contract_until"],
        reviewed_on=row["reviewed_on"],
        agent_agency=row["employer"],
        deactivated=row["deactivated"],
        passed=passed_of(row),
    )
