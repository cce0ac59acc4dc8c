"""Permits and who acts: an agent's own token, training, country, and what one owes however one signs in."""

from datetime import timedelta
from uuid import uuid4

import pytest

from dunwell.agents.model import Agent, SetAside
from dunwell.agents.use_cases import deactivate_agent
from dunwell.contact.model import Outcome
from dunwell.contact.model.permits import (
    ListPermits,
    PermitOfAnother,
    PermitState,
    RecordOutcome,
    UsePermit,
)
from dunwell.contact.use_cases.permits import ask_permit, permits, record_outcome, reveal_permit
from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.agents import a_sender, an_agent
from tests.builders.gate import late
from tests.builders.permits import a_call, recording
from tests.conftest import Advance
from tests.contact.conftest import Nooning

Late = tuple[BorrowerId, LoanId]


@pytest.fixture(scope="module", autouse=True)
async def recorder(database: Database, acme: Caller) -> None:
    await database.run(acme, recording, {})


@pytest.fixture
async def debtor(database: Database, acme: Caller, next_noon: Nooning) -> Late:
    await next_noon(acme)
    return await database.run(acme, late, {})


def token(acme: Caller, label: str) -> Caller:
    """A token of that label; a label may have several."""
    return Caller(acme.tenant, Actor(ActorKind.STAFF, f"{label}#{uuid4().hex[:8]}", frozenset({"*"})))


async def made(tx: TenantTx, more: dict[str, object]) -> Agent:
    return await an_agent(tx, f"A-{uuid4().hex[:6]}", **more)


async def codes(database: Database, caller: Caller, debtor: Late, **more: object) -> set[str]:
    asked = await database.run(caller, ask_permit, a_call(debtor, **more))
    assert (asked.permit is None) == bool(asked.verdict.reasons)
    return {str(reason["code"]) for reason in asked.verdict.reasons}


async def test_an_agents_own_token_acts_as_that_agent(database: Database, acme: Caller, debtor: Late):
    label = f"mei-{uuid4().hex[:6]}"
    mei, other = [await database.run(acme, made, each) for each in ({"principal": label}, {})]
    asked = await database.run(token(acme, label), ask_permit, a_call(debtor))
    assert asked.permit is not None
    assert asked.permit.agent == mei.id
    with pytest.raises(PermitOfAnother):
        await database.run(token(acme, label), ask_permit, a_call(debtor, agent=other.id))
    with pytest.raises(PermitOfAnother):
        await database.run(token(acme, label), reveal_permit, UsePermit(asked.permit.id, mei.id))


async def test_a_program_asks_for_any_agent_and_shows_to_that_one_only(
    database: Database, acme: Caller, debtor: Late
):
    mei, other = [await database.run(acme, made, {}) for _ in range(2)]
    desk = token(acme, "desk")
    asked = await database.run(desk, ask_permit, a_call(debtor, agent=mei.id))
    assert asked.permit is not None
    for agent in (None, other.id):
        with pytest.raises(PermitOfAnother):
            await database.run(desk, reveal_permit, UsePermit(asked.permit.id, agent))
    shown = await database.run(desk, reveal_permit, UsePermit(asked.permit.id, mei.id))
    assert shown.number is not None
    mine = await database.read(desk, permits, ListPermits(agent=mei.id))
    assert [row.id for row in mine.rows] == [asked.permit.id]


async def test_an_agent_who_owes_is_held_whatever_token_asks(
    database: Database, acme: Caller, debtor: Late, advance: Advance
):
    mei = await database.run(acme, made, {})
    desk = token(acme, "desk")
    asked = await database.run(desk, ask_permit, a_call(debtor, agent=mei.id))
    assert asked.permit is not None
    await database.run(desk, reveal_permit, UsePermit(asked.permit.id, mei.id))
    await advance(acme, timedelta(minutes=10))
    another = await database.run(acme, late, {})
    assert await codes(database, token(acme, "phone"), another, agent=mei.id) == {"OUTCOME_OWED"}
    assert await codes(database, desk, another) == set(), "what an agent owes is not the program's debt"
    await database.run(acme, record_outcome, RecordOutcome(asked.permit.id, Outcome.UNANSWERED))
    third = await database.run(acme, late, {})
    assert await codes(database, token(acme, "phone"), third, agent=mei.id) == set()


async def test_who_is_unknown_untrained_or_abroad_gets_no_permit(
    database: Database, acme: Caller, debtor: Late
):
    desk = token(acme, "desk")
    assert await codes(database, desk, debtor, agent=uuid4()) == {"AGENT_UNKNOWN"}
    untrained = await database.run(acme, made, {"trained_days_ago": None})
    assert await codes(database, desk, debtor, agent=untrained.id) == {"TRAINING_EXPIRED"}
    abroad = await database.run(acme, made, {"country": "SG"})
    (code,) = await codes(database, desk, debtor, agent=abroad.id)
    asked = await database.run(desk, ask_permit, a_call(debtor, agent=abroad.id))
    assert asked.verdict.answer == "DENY"
    assert asked.verdict.reasons[0]["rules"] == ["CN-SEC-06"], code


async def test_who_leaves_in_between_sees_no_number(database: Database, acme: Caller, debtor: Late):
    mei = await database.run(acme, made, {})
    desk = token(acme, "desk")
    asked = await database.run(desk, ask_permit, a_call(debtor, agent=mei.id))
    assert asked.permit is not None
    await database.run(acme, deactivate_agent, SetAside(mei.id, "left"))
    shown = await database.run(desk, reveal_permit, UsePermit(asked.permit.id, mei.id))
    assert (shown.number, shown.permit.state) == (None, PermitState.WITHDRAWN)
    assert shown.verdict.reasons[0]["code"] == "AGENT_INACTIVE"


async def test_a_registered_number_is_known_however_it_is_written(
    database: Database, acme: Caller, debtor: Late
):
    await database.run(acme, _registered, None)
    desk = token(acme, "desk")
    assert await codes(database, desk, debtor, sender="+86 21 5550 0199") == {"UNREGISTERED_DEVICE"}
    assert await codes(database, desk, debtor, sender="+86 21 5555 0100") == set()


async def _registered(tx: TenantTx, _: None) -> None:
    await a_sender(tx)
