"""Courses passed, and those that were recorded wrongly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from dunwell.agents.model import AgentId, Course, Training, TrainingId
from dunwell.agents.rules.standing import Passed
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class NewTraining:
    """A training as it will be kept."""

    id: TrainingId
    agent: AgentId
    course: Course
    passed_on: date
    expires_on: date | None
    reference: str


AGENTS_OF_CODES: Final = """
SELECT code, id
  FROM agents
 WHERE code = ANY ($1::text[])
"""


async def agents_of_codes(tx: TenantTx, codes: Sequence[str]) -> Mapping[str, AgentId]:
    rows = await tx.rows(AGENTS_OF_CODES, list(codes))
    return {row["code"]: AgentId(row["id"]) for row in rows}


INSERT_TRAININGS: Final = """
INSERT INTO trainings (id, agent_id, course, passed_on, expires_on, reference, recorded_at, recorded_by)
SELECT each.id, each.agent_id, each.course, each.passed_on, each.expires_on, each.reference, $1, $2
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::date[], $7::date[], $8::text[])
       AS each (id, agent_id, course, passed_on, expires_on, reference)
 ORDER BY each.id
    ON CONFLICT ON CONSTRAINT trainings_pkey DO NOTHING
RETURNING id
"""


async def insert_trainings(tx: TenantTx, trainings: Sequence[NewTraining]) -> set[UUID]:
    """The ids of those that were not there before."""
    rows = await tx.rows(
        INSERT_TRAININGS,
        tx.now,
        str(tx.caller.actor),
        [each.id for each in trainings],
        [each.agent for each in trainings],
        [each.course.value for each in trainings],
        [each.passed_on for each in trainings],
        [each.expires_on for each in trainings],
        [each.reference for each in trainings],
    )
    return {row["id"] for row in rows}


INSERT_WITHDRAWAL: Final = """
INSERT INTO training_withdrawals (training_id, because, at, actor)
VALUES ($1, $2, $3, $4)
    ON CONFLICT ON CONSTRAINT training_withdrawals_pkey DO NOTHING
"""


async def insert_withdrawal(tx: TenantTx, training: UUID, because: str) -> bool:
    """False when it was withdrawn before."""
    return await tx.execute(INSERT_WITHDRAWAL, training, because, tx.now, str(tx.caller.actor)) == 1


TRAININGS_BY_ID: Final = """
SELECT trainings.id, trainings.agent_id, trainings.course, trainings.passed_on, trainings.expires_on,
       trainings.reference, trainings.recorded_at, trainings.recorded_by, training_withdrawals.at AS withdrawn_at,
       training_withdrawals.because
  FROM trainings
  LEFT JOIN training_withdrawals ON training_withdrawals.training_id = trainings.id
 WHERE trainings.id = ANY ($1::uuid[])
 ORDER BY trainings.id
"""


async def trainings_by_id(tx: TenantTx, ids: Sequence[UUID]) -> dict[UUID, Training]:
    return {row["id"]: _training(row) for row in await tx.rows(TRAININGS_BY_ID, list(ids))}


TRAININGS: Final = """
SELECT trainings.id, trainings.agent_id, trainings.course, trainings.passed_on, trainings.expires_on,
       trainings.reference, trainings.recorded_at, trainings.recorded_by, training_withdrawals.at AS withdrawn_at,
       training_withdrawals.because
  FROM trainings
  LEFT JOIN training_withdrawals ON training_withdrawals.training_id = trainings.id
 WHERE trainings.agent_id = $1
   AND ($2::date IS NULL OR (trainings.passed_on, trainings.id) < ($2, $3::uuid))
 ORDER BY trainings.passed_on DESC, trainings.id DESC
 LIMIT $4
"""


async def trainings(tx: TenantTx, agent: UUID, after: tuple[date, UUID] | None, limit: int) -> list[Training]:
    """The newest first, withdrawn ones too; one more than the limit."""
    passed_on, last = after or (None, None)
    return [_training(row) for row in await tx.rows(TRAININGS, agent, passed_on, last, limit + 1)]


def _training(row: asyncpg.Record) -> Training:
    return Training(
        id=TrainingId(row["id"]),
        agent=AgentId(row["agent_id"]),
        course=Course(row["course"]),
        passed_on=row["passed_on"],
        expires_on=row["expires_on"],
        reference=row["reference"],
        recorded_at=row["recorded_at"],
        recorded_by=row["recorded_by"],
        withdrawn_at=row["withdrawn_at"],
        withdrawn_because=row["because"],
    )


def passed_of(row: asyncpg.Record) -> tuple[Passed, ...]:
    """The trainings that count, of the columns `courses`, `passed` and `ends`; there are none of a new agent."""
    return tuple(
        Passed(Course(course), passed_on, expires_on)
        for course, passed_on, expires_on in zip(
            row["courses"] or (), row["passed"] or (), row["ends"] or (), strict=True
        )
    )
