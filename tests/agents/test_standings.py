"""What the gate reads: every pair answered in one statement, and who a caller is in the register."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dunwell.agents.model import (
    AgentPrincipalTaken,
    AgentTerms,
    Course,
    RecordTraining,
    SaveAgent,
    SetAside,
    Standing,
)
from dunwell.agents.use_cases import (
    agent_of,
    deactivate_agent,
    record_training,
    save_agent,
    standings,
    suspend_agency,
)
from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.agents import an_agency, an_agent


class Counting(TenantTx):
    """A transaction that counts its statements."""

    __slots__ = ("statements",)

    def __init__(self, tx: TenantTx) -> None:
        super().__init__(tx._connection, tx.caller, tx.now, tx.keys)
        self.statements = 0

    async def rows(self, sql, *arguments):
        self.statements += 1
        return await super().rows(sql, *arguments)

    async def row(self, sql, *arguments):
        self.statements += 1
        return await super().row(sql, *arguments)


async def test_every_pair_is_answered_in_one_statement(database: Database, acme: Caller) -> None:
    async def ask(tx: TenantTx, _: None) -> None:
        north = await an_agency(tx, "g-north", reviewed_days_ago=40)
        south = await an_agency(tx, "g-south", reviewed_days_ago=None)
        await suspend_agency(tx, SetAside(south.id, "violence-reported"))
        own = await an_agent(tx, "G-1", trained_days_ago=20)
        theirs = await an_agent(tx, "G-2", of="g-north", trained_days_ago=400)
        green = await an_agent(tx, "G-3", of="g-south", trained_days_ago=None)
        left = await an_agent(tx, "G-4", of="g-north")
        await deactivate_agent(tx, SetAside(left.id, "left"))
        nobody = uuid4()
        asked = [
            ("lender", None), ("lender", own.id), ("g-north", None), ("g-north", theirs.id), ("g-south", green.id),
            ("g-north", left.id), ("g-north", own.id), ("lender", theirs.id), ("g-none", theirs.id),
            ("g-none", None), ("lender", nobody), ("lender", own.id),
        ]  # fmt: skip
        counting = Counting(tx)
        found = await standings(counting, asked)
        assert counting.statements == 1
        assert set(found) == set(asked)
        day = tx.today
        terms = (north.contract_from, north.contract_until)
        old, fresh = day - timedelta(days=400), day - timedelta(days=20)
        reviewed = day - timedelta(days=40)
        assert found["lender", None] == Standing()
        assert found["lender", own.id] == Standing(agent=own.id, agent_trained_on=fresh)
        assert found["g-north", None] == Standing("g-north", True, *terms, reviewed)
        assert found["g-north", theirs.id] == Standing(
            "g-north", True, *terms, reviewed, theirs.id, True, old
        )
        assert found["g-south", green.id] == Standing("g-south", False, *terms, None, green.id, True, None)
        assert not found["g-north", left.id].agent_active
        assert not found["g-north", own.id].agent_active, "the lender's own acts in no agency's name"
        assert not found["lender", theirs.id].agent_active
        assert found["g-none", None] == Standing(None, agency_active=False)
        assert not found["g-none", theirs.id].agent_active
        assert found["lender", nobody] == Standing(agent=None, agent_active=False)
        assert await standings(counting, []) == {}
        assert counting.statements == 1

    await database.run(acme, ask, None)


async def test_a_newer_training_takes_the_place_of_an_older_one(database: Database, acme: Caller) -> None:
    async def ask(tx: TenantTx, _: None) -> None:
        held = await an_agent(tx, "G-5", trained_days_ago=400)
        pair = ("lender", held.id)
        assert (await standings(tx, [pair]))[pair].agent_trained_on == tx.today - timedelta(days=400)
        for course in (Course.COLLECTION, Course.INFORMATION_SECURITY):
            await record_training(tx, RecordTraining("G-5", course, tx.today, f"C-{course}"))
        assert (await standings(tx, [pair]))[pair].agent_trained_on == tx.today

    await database.run(acme, ask, None)


async def test_a_caller_is_found_by_label_token_or_id(database: Database, acme: Caller) -> None:
    async def ask(tx: TenantTx, _: None) -> None:
        held = await an_agent(tx, "G-6", principal="g-mei")
        counting = Counting(tx)
        said: list[str | UUID] = ["g-mei", "g-mei#0a1b2c3d", "staff:g-mei#0a1b2c3d", held.id]
        said.append(str(Actor(ActorKind.STAFF, "g-mei#ffffffff")))
        for each in said:
            assert await agent_of(counting, each) == held
        assert counting.statements == len(said)
        for nobody in ("g-nobody", "system:g-mei", "provider:g-mei", "", uuid4()):
            assert await agent_of(tx, nobody) is None

    await database.run(acme, ask, None)


async def test_who_left_is_told_as_such_until_somebody_takes_the_label(
    database: Database, acme: Caller
) -> None:
    async def ask(tx: TenantTx, _: None) -> None:
        first = await an_agent(tx, "G-7", principal="g-yan")
        left = await deactivate_agent(tx, SetAside(first.id, "left"))
        assert await agent_of(tx, "g-yan") == left
        assert not left.active
        second = await an_agent(tx, "G-8", principal="g-yan")
        assert await agent_of(tx, "g-yan") == second
        assert await agent_of(tx, first.id) == left

    await database.run(acme, ask, None)


async def test_another_tenant_s_agents_are_nobody(database: Database, acme: Caller, birch: Caller) -> None:
    held = await database.run(acme, lambda tx, code: an_agent(tx, code, principal="g-li"), "G-9")

    async def ask(tx: TenantTx, _: None) -> None:
        assert await agent_of(tx, "g-li") is None
        assert await agent_of(tx, held.id) is None
        found = await standings(tx, [("lender", held.id)])
        assert found["lender", held.id] == Standing(agent=None, agent_active=False)

    await database.read(birch, ask, None)


async def test_of_many_who_want_one_label_at_once_one_gets_it(database: Database, acme: Caller) -> None:
    async def register(number: int) -> bool:
        said = SaveAgent(f"G-R{number}", AgentTerms(principal="g-race"))
        try:
            await database.run(acme, save_agent, said)
        except AgentPrincipalTaken:
            return False
        return True

    won = await asyncio.gather(*(register(number) for number in range(12)))
    assert sum(won) == 1


@pytest.mark.parametrize("count", [1, 500])
async def test_a_batch_of_any_size_is_one_statement(database: Database, acme: Caller, count: int) -> None:
    async def ask(tx: TenantTx, _: None) -> None:
        counting = Counting(tx)
        found = await standings(counting, [("lender", UUID(int=number)) for number in range(count)])
        assert len(found) == count
        assert counting.statements == 1

    await database.read(acme, ask, None)
