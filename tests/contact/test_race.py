"""Many callers, one slot: real connections, each round one winner."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from dunwell.contact.model import Answer, Channel, Phase, Proposal
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.opening import opened
from tests.builders.gate import a_reminder, late_borrowers
from tests.conftest import Advance
from tests.contact.conftest import Asking, Nooning, ask_for

CALLERS = 16
ROUNDS = 50


async def several(tx: TenantTx, count: int) -> list[tuple[BorrowerId, LoanId]]:
    return await late_borrowers(tx, count)


async def message_slots(tx: TenantTx, late: list[tuple[BorrowerId, LoanId]]) -> int:
    taken = """
    SELECT count(*)
      FROM contact_slots
     WHERE counter = 'message_day' AND borrower_id = ANY($1::uuid[]) AND window_on = $2
    """
    return int(await tx.value(taken, [borrower for borrower, _ in late], tx.today))


@pytest.mark.slow
async def test_of_sixteen_callers_one_gets_the_slot(
    settings: Settings, database: Database, acme: Caller, next_noon: Nooning
):
    await next_noon(acme)
    borrowers = await database.run(acme, several, ROUNDS)
    async with opened(replace(settings, pool_size=CALLERS), name="racers") as racers:
        for borrower in borrowers:
            channels = [Channel.EMAIL, Channel.SMS]
            proposals = [a_reminder(borrower, channels[n % 2]) for n in range(CALLERS)]

            async def ask(proposal: Proposal) -> Answer:
                (answer,) = await racers.run(acme, ask_for, ([proposal], Phase.SEND))
                return answer.answer

            answers = await asyncio.gather(*(ask(each) for each in proposals))
            assert sorted(answers).count(Answer.ALLOW) == 1
            assert answers.count(Answer.HOLD) == CALLERS - 1
    assert await database.read(acme, message_slots, borrowers) == ROUNDS


async def test_batches_in_opposite_order_neither_block_each_other_for_ever_nor_share_a_slot(
    settings: Settings, database: Database, acme: Caller, next_noon: Nooning, advance: Advance, asking: Asking
):
    await next_noon(acme)
    borrowers = await database.run(acme, several, 40)
    batch = [a_reminder(each) for each in borrowers]
    async with opened(replace(settings, pool_size=4), name="racers") as racers:
        orders = [batch, list(reversed(batch)), batch[20:] + batch[:20], batch[::2] + batch[1::2]]
        rounds = await asyncio.gather(*(racers.run(acme, ask_for, (order, Phase.SEND)) for order in orders))
    allowed = [answer for answers in rounds for answer in answers if answer.allowed]
    assert len(allowed) == len(borrowers)
    await advance(acme, timedelta(days=1))
    again = await asking(acme, batch, Phase.SEND)
    assert all(answer.allowed for answer in again)
