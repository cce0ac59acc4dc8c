"""Trainings: recorded by one or by the hundred, withdrawn where they were recorded wrongly, listed."""

from collections.abc import Container, Sequence
from uuid import uuid5

from dunwell.agents.law import law_of
from dunwell.agents.model import (
    AgentId,
    ListUnder,
    RecordTraining,
    SetAside,
    Training,
    TrainingId,
    TrainingInvalid,
    TrainingNotFound,
    TrainingWithdrawn,
)
from dunwell.agents.queries import trainings as queries
from dunwell.agents.queries.trainings import NewTraining
from dunwell.agents.rules.checks import training_faults
from dunwell.agents.rules.standing import expiry
from dunwell.agents.use_cases.people import agent
from dunwell.agents.use_cases.places import after_day
from dunwell.audit.model import Act
from dunwell.audit.use_cases import record, record_many
from dunwell.kernel.errors import Fault
from dunwell.kernel.paging import Page, page
from dunwell.packs import Pack
from dunwell.storage.tenant import TenantTx


async def record_training(tx: TenantTx, command: RecordTraining) -> Training:
    """One course passed; see `record_trainings`."""
    (kept,) = await record_trainings(tx, [command])
    return kept


async def record_trainings(tx: TenantTx, commands: Sequence[RecordTraining]) -> list[Training]:
    """Courses passed, in the order given; all or none. What is recorded already is answered again, unchanged.

    Until when each counts is computed by the law of the day it was passed and kept. Raises `TrainingInvalid` naming
    every line that is wrong, `TrainingWithdrawn` for one that was taken back.
    """
    known = await queries.agents_of_codes(tx, sorted({command.agent for command in commands}))
    _ensure_possible(tx, commands, known.keys())
    law = law_of(tx.caller.tenant.pack)
    new = [_new(law, known[command.agent], command) for command in commands]
    fresh = await queries.insert_trainings(tx, list({each.id: each for each in new}.values()))
    kept = await queries.trainings_by_id(tx, [each.id for each in new])
    taken_back = [place for place, each in enumerate(new) if kept[each.id].withdrawn_at is not None]
    if taken_back:
        remedy = "give the right one its own reference or day"
        faults = [Fault(f"trainings[{place}]", "was withdrawn", remedy) for place in taken_back]
        raise TrainingWithdrawn("a training that was withdrawn stays so", faults=faults)
    await record_many(tx, [_act(training) for identity, training in kept.items() if identity in fresh])
    return [kept[each.id] for each in new]


async def withdraw_training(tx: TenantTx, command: SetAside) -> Training:
    """A training recorded wrongly counts no more, and stays on record. Repeatable. Raises `TrainingNotFound`."""
    found = (await queries.trainings_by_id(tx, [command.id])).get(command.id)
    if found is None:
        raise TrainingNotFound("no such training")
    if await queries.insert_withdrawal(tx, command.id, command.because):
        await record(tx, "training.withdrawn", found.agent, training=str(command.id), because=command.because)
    return (await queries.trainings_by_id(tx, [command.id]))[command.id]


async def trainings(tx: TenantTx, command: ListUnder) -> Page[Training]:
    """An agent's trainings, the newest first, withdrawn ones too. Raises `AgentNotFound`."""
    held = await agent(tx, AgentId(command.id))
    rows = await queries.trainings(tx, held.id, after_day(command.cursor), command.limit)
    return page(rows, command.limit, lambda row: row, lambda row: (row.passed_on.isoformat(), str(row.id)))


def _ensure_possible(tx: TenantTx, commands: Sequence[RecordTraining], known: Container[str]) -> None:
    faults = list[Fault]()
    for place, command in enumerate(commands):
        if command.agent not in known:
            faults.append(
                Fault(f"trainings[{place}].agent", "no agent has this code", "register the agent first")
            )
        faults += training_faults(place, command.passed_on, command.expires_on, tx.today)
    if faults:
        raise TrainingInvalid("no such training can be", faults=faults)


def _new(law: Pack, agent_id: AgentId, command: RecordTraining) -> NewTraining:
    ends = expiry(law, command.course, command.passed_on, command.expires_on)
    said = f"training|{command.course}|{command.passed_on}|{ends}|{command.reference}"
    return NewTraining(
        TrainingId(uuid5(agent_id, said)),
        agent_id,
        command.course,
        command.passed_on,
        ends,
        command.reference,
    )


def _act(training: Training) -> Act:
    return Act(
        "training.recorded",
        training.agent,
        {
            "training": str(training.id),
            "course": training.course.value,
            "passed_on": training.passed_on.isoformat(),
            "expires_on": training.expires_on.isoformat() if training.expires_on else None,
            "reference": training.reference,
        },
    )
