"""Agents and trainings in the database: one label is one person, a name is sealed, a training counts until it ends."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from dunwell.agents.model import (
    AgencyUnknown,
    AgentCodeTaken,
    AgentId,
    AgentInactive,
    AgentInvalid,
    AgentNotFound,
    AgentPrincipalTaken,
    AgentTerms,
    ChangeAgent,
    Course,
    ListOf,
    ListUnder,
    RecordTraining,
    SaveAgent,
    SetAside,
    TrainingInvalid,
    TrainingNotFound,
    TrainingWithdrawn,
)
from dunwell.agents.use_cases import (
    agent,
    agent_history,
    agents,
    change_agent,
    deactivate_agent,
    record_training,
    record_trainings,
    reveal_name,
    save_agent,
    trainings,
    withdraw_training,
)
from dunwell.kernel.calendar import add_months
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.agents import an_agency, an_agent, audited

NAME = "李雷 Lei Li"


async def test_an_agent_is_registered_once_and_his_name_is_sealed(database: Database, acme: Caller) -> None:
    async def register(tx: TenantTx, _: None) -> None:
        await an_agency(tx, "p-north")
        said = SaveAgent("P-1", AgentTerms("p-north", "p-lei", name=NAME))
        first = await save_agent(tx, said)
        assert await save_agent(tx, said) == first
        assert (first.agency, first.principal, first.country, first.named) == ("p-north", "p-lei", "CN", True)
        assert NAME not in repr(said)
        assert first.trained_on is None
        for other in (
            AgentTerms("p-north", "p-lei", name="somebody else"),
            AgentTerms(None, "p-lei", name=NAME),
            AgentTerms("p-north", "p-lei", "SG", NAME),
        ):
            with pytest.raises(AgentCodeTaken) as refused:
                await save_agent(tx, SaveAgent("P-1", other))
            assert refused.value.faults[0].field == "code"
        kept = await tx.value("SELECT sealed_name FROM agents WHERE id = $1", first.id)
        assert NAME.encode() not in kept
        assert await reveal_name(tx, first.id) == NAME
        assert await audited(tx, first.id) == ["agent.registered", "agent.name-revealed"]
        told = await tx.rows("SELECT facts::text FROM register_changes WHERE subject_id = $1", first.id)
        assert not [row for row in told if "Lei" in row["facts"] or "雷" in row["facts"]]

    await database.run(acme, register, None)


async def test_what_an_agent_cannot_be_is_told(database: Database, acme: Caller) -> None:
    async def register(tx: TenantTx, _: None) -> None:
        for code in ("nobody", "lender"):
            with pytest.raises(AgencyUnknown) as unknown:
                await save_agent(tx, SaveAgent("P-2", AgentTerms(code)))
            assert unknown.value.faults[0].remedy
        await an_agent(tx, "P-3", principal="p-mei")
        with pytest.raises(AgentPrincipalTaken) as taken:
            await save_agent(tx, SaveAgent("P-4", AgentTerms(principal="p-mei")))
        assert taken.value.faults[0].field == "principal"
        held = await an_agent(tx, "P-5")
        with pytest.raises(AgentPrincipalTaken):
            await change_agent(tx, ChangeAgent(held.id, AgentTerms(principal="p-mei")))
        with pytest.raises(AgentNotFound):
            await change_agent(tx, ChangeAgent(AgentId(uuid4()), AgentTerms()))
        for look in (agent, reveal_name):
            with pytest.raises(AgentNotFound):
                await look(tx, AgentId(uuid4()))
        for listing in (trainings, agent_history):
            with pytest.raises(AgentNotFound):
                await listing(tx, ListUnder(uuid4()))

    await database.run(acme, register, None)


async def test_where_the_pack_has_no_country_it_has_to_be_said(database: Database, acme: Caller) -> None:
    european = replace(acme, tenant=replace(acme.tenant, pack="eu"))

    async def register(tx: TenantTx, _: None) -> None:
        with pytest.raises(AgentInvalid) as refused:
            await save_agent(tx, SaveAgent("P-EU"))
        assert refused.value.faults[0].field == "country"
        assert (await save_agent(tx, SaveAgent("P-EU", AgentTerms(country="DE")))).country == "DE"

    await database.run(european, register, None)


async def test_a_change_is_kept_and_who_left_is_not_changed(database: Database, acme: Caller) -> None:
    async def change(tx: TenantTx, _: None) -> None:
        await an_agency(tx, "p-south")
        held = await an_agent(tx, "P-6", principal="p-jia", name=NAME)
        same = AgentTerms(principal="p-jia")
        assert await change_agent(tx, ChangeAgent(held.id, same)) == held
        moved = await change_agent(tx, ChangeAgent(held.id, AgentTerms("p-south", "p-jia2", "HK")))
        assert (moved.agency, moved.principal, moved.country, moved.named) == (
            "p-south",
            "p-jia2",
            "HK",
            True,
        )
        assert await reveal_name(tx, held.id) == NAME
        renamed = AgentTerms("p-south", "p-jia2", "HK", "another name")
        await change_agent(tx, ChangeAgent(held.id, renamed))
        assert await reveal_name(tx, held.id) == "another name"
        left = await deactivate_agent(tx, SetAside(held.id, "resigned"))
        assert (left.active, left.deactivated_because) == (False, "resigned")
        assert await deactivate_agent(tx, SetAside(held.id, "again")) == left
        with pytest.raises(AgentInactive):
            await change_agent(tx, ChangeAgent(held.id, same))
        with pytest.raises(AgentNotFound):
            await deactivate_agent(tx, SetAside(uuid4(), "nobody"))
        back = await an_agent(tx, "P-7", principal="p-jia2")
        assert back.active, "the label is free again"
        found = (await agent_history(tx, ListUnder(held.id))).rows
        assert [(each.number, each.action) for each in found] == [
            (1, "agent.registered"),
            (2, "agent.changed"),
            (3, "agent.changed"),
            (4, "agent.deactivated"),
        ]
        assert found[1].facts == {"agency": "p-south", "principal": "p-jia2", "country": "HK", "named": False}

    await database.run(acme, change, None)


async def test_agents_are_listed_by_code_by_employer_and_by_whether_they_are_here(
    database: Database, birch: Caller
) -> None:
    async def listing(tx: TenantTx, _: None) -> None:
        await an_agency(tx, "q-north")
        for code, of in (("Q-1", None), ("Q-2", "q-north"), ("Q-3", None), ("Q-4", "q-north")):
            held = await an_agent(tx, code, of=of)
            if code == "Q-4":
                await deactivate_agent(tx, SetAside(held.id, "left"))

        async def codes(**wanted: object) -> list[str]:
            found, cursor = list[str](), None
            while True:
                page = await agents(tx, ListOf(cursor, 1, **wanted))
                found += [each.code for each in page.rows]
                if (cursor := page.next) is None:
                    return found

        assert await codes() == ["Q-1", "Q-2", "Q-3", "Q-4"]
        assert await codes(agency="lender") == ["Q-1", "Q-3"]
        assert await codes(agency="q-north") == ["Q-2", "Q-4"]
        assert await codes(agency="q-north", active=True) == ["Q-2"]
        assert await codes(active=False) == ["Q-4"]

    await database.run(birch, listing, None)


async def test_trainings_are_recorded_together_once_and_in_their_order(
    database: Database, acme: Caller
) -> None:
    async def train(tx: TenantTx, _: None) -> None:
        people = [await an_agent(tx, f"T-{number}", trained_days_ago=None) for number in range(3)]
        on = tx.today - timedelta(days=3)
        lines = [
            RecordTraining(each.code, course, on, f"C-{each.code}-{course}")
            for each in people
            for course in (Course.COLLECTION, Course.INFORMATION_SECURITY)
        ]
        kept = await record_trainings(tx, [*lines, lines[0]])
        assert [(each.agent, each.course) for each in kept[:6]] == [
            (person.id, course)
            for person in people
            for course in (Course.COLLECTION, Course.INFORMATION_SECURITY)
        ]
        assert kept[6] == kept[0]
        assert {each.expires_on for each in kept} == {add_months(on, 12)}
        assert await record_trainings(tx, lines) == kept[:6]
        assert [await agent(tx, each.id) for each in people] == [
            replace(each, trained_on=on) for each in people
        ]
        for person in people:
            assert (await audited(tx, person.id))[1:] == ["training.recorded"] * 2
        assert await record_trainings(tx, []) == []

    await database.run(acme, train, None)


async def test_a_training_that_cannot_be_is_told_by_line_and_nothing_is_kept(
    database: Database, acme: Caller
) -> None:
    async def train(tx: TenantTx, _: None) -> None:
        held = await an_agent(tx, "T-9", trained_days_ago=None)
        fine = RecordTraining("T-9", Course.COLLECTION, tx.today, "C-1")
        lines = [
            fine,
            replace(fine, agent="T-nobody"),
            replace(fine, passed_on=tx.today + timedelta(days=1)),
            replace(fine, expires_on=tx.today),
        ]
        with pytest.raises(TrainingInvalid) as refused:
            await record_trainings(tx, lines)
        assert [fault.field for fault in refused.value.faults] == [
            "trainings[1].agent",
            "trainings[2].passed_on",
            "trainings[3].expires_on",
        ]
        assert (await trainings(tx, ListUnder(held.id))).rows == ()

    await database.run(acme, train, None)


async def test_a_training_recorded_wrongly_counts_no_more_and_stays_on_record(
    database: Database, acme: Caller
) -> None:
    async def train(tx: TenantTx, _: None) -> None:
        held = await an_agent(tx, "T-10", trained_days_ago=100)
        wrong = RecordTraining("T-10", Course.COLLECTION, tx.today, "C-wrong")
        kept = await record_training(tx, wrong)
        taken = await withdraw_training(tx, SetAside(kept.id, "another-agent"))
        assert (taken.withdrawn_at, taken.withdrawn_because) == (tx.now, "another-agent")
        assert await withdraw_training(tx, SetAside(kept.id, "again")) == taken
        assert (await agent(tx, held.id)).trained_on == held.trained_on
        with pytest.raises(TrainingWithdrawn) as refused:
            await record_training(tx, wrong)
        assert refused.value.faults[0].field == "trainings[0]"
        right = await record_training(tx, replace(wrong, reference="C-right"))
        assert right.withdrawn_at is None
        with pytest.raises(TrainingNotFound):
            await withdraw_training(tx, SetAside(uuid4(), "nobody"))
        first = await trainings(tx, ListUnder(held.id, limit=2))
        rest = await trainings(tx, ListUnder(held.id, first.next))
        assert {each.reference for each in first.rows} == {"C-wrong", "C-right"}
        assert {each.course for each in rest.rows} == set(Course)
        assert (await audited(tx, held.id)).count("training.withdrawn") == 1

    await database.run(acme, train, None)


async def test_a_certificate_may_name_an_earlier_end(database: Database, acme: Caller) -> None:
    async def train(tx: TenantTx, _: None) -> None:
        held = await an_agent(tx, "T-11", trained_days_ago=None)
        ends = tx.today + timedelta(days=40)
        said = RecordTraining("T-11", Course.COLLECTION, tx.today, "C-1", ends)
        other = RecordTraining(
            "T-11", Course.INFORMATION_SECURITY, tx.today, "C-2", tx.today + timedelta(days=4000)
        )
        first, second = await record_trainings(tx, [said, other])
        assert (first.expires_on, second.expires_on) == (ends, add_months(tx.today, 12))
        since = (await agent(tx, held.id)).trained_on
        assert since is not None
        assert add_months(since, 12) <= ends

    await database.run(acme, train, None)
