"""Agents: who they are, for whom they work, since when they are trained."""

from typing import Final
from uuid import UUID

import asyncpg

from dunwell.agents.model import Agent, AgentId, ListOf
from dunwell.agents.queries.trainings import passed_of
from dunwell.agents.rules.standing import Terms, terms_of, trained_on
from dunwell.packs import Pack
from dunwell.storage.tenant import TenantTx

INSERT_AGENT: Final = """
INSERT INTO agents (id, code, principal, agency_id, country, sealed_name, changes, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)
    ON CONFLICT ON CONSTRAINT agents_one_per_code DO NOTHING
"""


async def insert_agent(
    tx: TenantTx,
    agent: AgentId,
    code: str,
    agency: UUID | None,
    *,
    principal: str | None,
    country: str,
    name: str | None,
) -> bool:
    """False when the code is taken. Raises a violation of `agents_one_per_principal`."""
    sealed = None if name is None else _sealed(tx, agent, name)
    inserted = await tx.execute(INSERT_AGENT, agent, code, principal, agency, country, sealed, tx.now)
    return inserted == 1


LOCK_AGENT: Final = """
SELECT id, deactivated_at IS NULL AS active
  FROM agents
 WHERE id = $1
   FOR NO KEY UPDATE
"""


async def lock_agent(tx: TenantTx, agent: UUID) -> bool | None:
    """Whether the agent is active; None where there is none."""
    row = await tx.row(LOCK_AGENT, agent)
    return None if row is None else bool(row["active"])


UPDATE_AGENT: Final = """
UPDATE agents
   SET principal = $2, agency_id = $3, country = $4, sealed_name = coalesce($5, sealed_name),
       changes = changes + 1, updated_at = $6
 WHERE id = $1
RETURNING changes
"""


async def update_agent(
    tx: TenantTx,
    agent: AgentId,
    agency: UUID | None,
    *,
    principal: str | None,
    country: str,
    name: str | None,
) -> int:
    """The number of the change. Raises a violation of `agents_one_per_principal`."""
    sealed = None if name is None else _sealed(tx, agent, name)
    return await tx.value(UPDATE_AGENT, agent, principal, agency, country, sealed, tx.now)


DEACTIVATE_AGENT: Final = """
UPDATE agents
   SET deactivated_at = $3, deactivated_because = $2, changes = changes + 1, updated_at = $3
 WHERE id = $1
   AND deactivated_at IS NULL
RETURNING changes
"""


async def deactivate(tx: TenantTx, agent: UUID, because: str) -> int | None:
    """The number of the change; None where nobody active has that id."""
    return await tx.value(DEACTIVATE_AGENT, agent, because, tx.now)


AGENT_OF_CODE: Final = """
SELECT id
  FROM agents
 WHERE code = $1
"""


async def agent_of_code(tx: TenantTx, code: str) -> AgentId | None:
    found = await tx.value(AGENT_OF_CODE, code)
    return None if found is None else AgentId(found)


SEALED_NAME: Final = """
SELECT sealed_name
  FROM agents
 WHERE id = $1
"""


async def name_of(tx: TenantTx, agent: UUID) -> str | None:
    """In clear; None where no name is kept."""
    sealed = await tx.value(SEALED_NAME, agent)
    return None if sealed is None else tx.keys.open(b"", sealed, _seat(agent)).decode()


AGENT: Final = """
SELECT agents.id, agents.code, agents.principal, agencies.code AS agency, agents.country,
       agents.sealed_name IS NOT NULL AS named, agents.deactivated_at, agents.deactivated_because,
       agents.created_at, agents.updated_at, counting.courses, counting.passed, counting.ends
  FROM agents
  LEFT JOIN agencies ON agencies.id = agents.agency_id
 CROSS JOIN LATERAL (
       SELECT array_agg(best.course) AS courses, array_agg(best.passed_on) AS passed,
              array_agg(best.expires_on) AS ends
         FROM (SELECT DISTINCT ON (trainings.course) trainings.course, trainings.passed_on, trainings.expires_on
                 FROM trainings
                WHERE trainings.agent_id = agents.id
                  AND NOT EXISTS (SELECT FROM training_withdrawals
                                   WHERE training_withdrawals.training_id = trainings.id)
                ORDER BY trainings.course, trainings.expires_on DESC NULLS FIRST, trainings.passed_on DESC) AS best
       ) AS counting
 WHERE agents.id = $1
    OR agents.principal = $2
 ORDER BY agents.deactivated_at DESC NULLS FIRST
 LIMIT 1
"""


async def agent(tx: TenantTx, agent_id: UUID, law: Pack) -> Agent | None:
    row = await tx.row(AGENT, agent_id, None)
    return None if row is None else _agent(row, terms_of(law, tx.today))


async def agent_of_principal(tx: TenantTx, principal: str, law: Pack) -> Agent | None:
    """The active one, or the last who left."""
    row = await tx.row(AGENT, None, principal)
    return None if row is None else _agent(row, terms_of(law, tx.today))


AGENTS: Final = """
SELECT agents.id, agents.code, agents.principal, agencies.code AS agency, agents.country,
       agents.sealed_name IS NOT NULL AS named, agents.deactivated_at, agents.deactivated_because,
       agents.created_at, agents.updated_at, counting.courses, counting.passed, counting.ends
  FROM agents
  LEFT JOIN agencies ON agencies.id = agents.agency_id
 CROSS JOIN LATERAL (
       SELECT array_agg(best.course) AS courses, array_agg(best.passed_on) AS passed,
              array_agg(best.expires_on) AS ends
         FROM (SELECT DISTINCT ON (trainings.course) trainings.course, trainings.passed_on, trainings.expires_on
                 FROM trainings
                WHERE trainings.agent_id = agents.id
                  AND NOT EXISTS (SELECT FROM training_withdrawals
                                   WHERE training_withdrawals.training_id = trainings.id)
                ORDER BY trainings.course, trainings.expires_on DESC NULLS FIRST, trainings.passed_on DESC) AS best
       ) AS counting
 WHERE ($1::text IS NULL OR agents.code > $1)
   AND ($2::text IS NULL OR coalesce(agencies.code, 'lender') = $2)
   AND ($3::boolean IS NULL OR (agents.deactivated_at IS NULL) = $3)
 ORDER BY agents.code
 LIMIT $4
"""


async def agents(tx: TenantTx, after: str | None, wanted: ListOf, law: Pack) -> list[Agent]:
    """By code; one more than the limit."""
    rows = await tx.rows(AGENTS, after, wanted.agency, wanted.active, wanted.limit + 1)
    terms = terms_of(law, tx.today)
    return [_agent(row, terms) for row in rows]


def _agent(row: asyncpg.Record, terms: Terms) -> Agent:
    return Agent(
        id=AgentId(row["id"]),
        code=row["code"],
        principal=row["principal"],
        agency=row["agency"],
        country=row["country"],
        named=row["named"],
        trained_on=trained_on(terms, passed_of(row)),
        deactivated_at=row["deactivated_at"],
        deactivated_because=row["deactivated_because"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _sealed(tx: TenantTx, agent: UUID, name: str) -> bytes:
    return tx.keys.seal(b"", name.encode(), _seat(agent))


def _seat(agent: UUID) -> str:
    return f"agents.sealed_name|{agent}"
