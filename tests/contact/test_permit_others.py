"""Permits about people who do not owe: once the debtor is lost, never after a refusal; nobody is lost by a trick."""

from datetime import timedelta
from uuid import uuid4

import pytest

from dunwell.borrowers.model import MarkPoint, PointStatus
from dunwell.borrowers.use_cases import mark_points
from dunwell.contact.model import Outcome, Purpose, Role
from dunwell.contact.model.permits import PermitState, RecordOutcome, UsePermit
from dunwell.contact.use_cases.permits import ask_permit, record_outcome, release_permit, reveal_permit
from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.facts import phone_of, refuses, takes_part
from tests.builders.gate import late
from tests.builders.permits import a_call, recording
from tests.conftest import Advance
from tests.contact.conftest import Nooning

Late = tuple[BorrowerId, LoanId]


@pytest.fixture(scope="module", autouse=True)
async def recorder(database: Database, acme: Caller) -> None:
    await database.run(acme, recording, {})


@pytest.fixture
def desk(acme: Caller) -> Caller:
    return Caller(acme.tenant, Actor(ActorKind.STAFF, f"desk-{uuid4().hex[:8]}", frozenset({"*"})))


@pytest.fixture
async def debtor(database: Database, acme: Caller, next_noon: Nooning) -> Late:
    await next_noon(acme)
    return await database.run(acme, late, {})


async def a_friend(tx: TenantTx, loan: LoanId) -> BorrowerId:
    """Somebody the debtor named as a contact."""
    friend = await a_borrower(tx, phones=("+8613900139000",))
    await takes_part(tx, friend, loan, Role.CONTACT_PERSON)
    return friend


async def number_is_dead(tx: TenantTx, debtor: BorrowerId) -> None:
    await mark_points(tx, [MarkPoint(await phone_of(tx, debtor), PointStatus.INVALID)])


async def refused(tx: TenantTx, friend: BorrowerId) -> None:
    await refuses(tx, friend)


async def test_a_refusal_that_came_in_between_withdraws_the_permit(
    database: Database, desk: Caller, debtor: Late
):
    friend = await database.run(desk, a_friend, debtor[1])
    asking = a_call((friend, debtor[1]), purpose=Purpose.RESTORE_CONTACT)
    asked = await database.run(desk, ask_permit, asking)
    assert {each["code"] for each in asked.verdict.reasons} == {"NOT_LOST_CONTACT"}
    await database.run(desk, number_is_dead, debtor[0])
    asked = await database.run(desk, ask_permit, asking)
    assert asked.permit is not None, asked.verdict.reasons
    assert asked.verdict.duties == ("NO_DEBT_CONTENT",)
    await database.run(desk, refused, friend)
    shown = await database.run(desk, reveal_permit, UsePermit(asked.permit.id))
    assert (shown.number, shown.permit.state) == (None, PermitState.WITHDRAWN)
    assert "CONTACT_REFUSED" in {each["code"] for each in shown.verdict.reasons}


@pytest.mark.parametrize("tried", [True, False])
async def test_permits_that_are_handed_back_make_nobody_lost(
    tried: bool, database: Database, desk: Caller, debtor: Late, advance: Advance
):
    """Three calls in a row that failed do; three that were never made do not."""
    friend = await database.run(desk, a_friend, debtor[1])
    for _ in range(3):
        asked = await database.run(desk, ask_permit, a_call(debtor))
        assert asked.permit is not None, asked.verdict.reasons
        if tried:
            await database.run(desk, reveal_permit, UsePermit(asked.permit.id))
            await database.run(desk, record_outcome, RecordOutcome(asked.permit.id, Outcome.UNANSWERED))
        else:
            await database.run(desk, release_permit, UsePermit(asked.permit.id))
        await advance(desk, timedelta(minutes=65))
    await advance(desk, timedelta(hours=20))
    asked = await database.run(desk, ask_permit, a_call((friend, debtor[1]), purpose=Purpose.RESTORE_CONTACT))
    assert (asked.permit is not None) is tried, asked.verdict.reasons
