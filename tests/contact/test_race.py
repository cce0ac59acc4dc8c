"""Many callers, one slot: real connections, each round one winner."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Final

import pytest

from dunwell.agents.model import AgencyTerms, ReviewAgency, ReviewResult, SaveAgency
from dunwell.agents.use_cases import review_agency, save_agency
from dunwell.contact.model import LENDER, Answer, Channel, NoticeKind, NoticeStatus, Phase, Proposal
from dunwell.contact.model.permits import Revealed, UsePermit
from dunwell.contact.model.recorded import NoticeStep
from dunwell.contact.use_cases import record_notice
from dunwell.contact.use_cases.permits import ask_permit, reveal_permit
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.opening import opened
from tests.builders.gate import a_reminder, late_borrowers
from tests.builders.permits import a_call, recording
from tests.conftest import Advance
from tests.contact.conftest import Asking, Nooning, ask_for

Late = tuple[BorrowerId, LoanId]

CALLERS: Final = 64
# A caller asks for this many borrowers in one transaction, and all callers for the same ones at the same moment.
WAVE: Final = 25
ROUNDS: Final = 1000
AGENCIES: Final = ("north", "south")


@pytest.fixture(scope="module")
async def racers(settings: Settings, database: Database, acme: Caller) -> AsyncIterator[Database]:
    """As many connections as callers; the recorder is on and one attempt an hour is all there is."""
    await database.run(acme, recording, {"attempts_per_number_per_hour": 1})
    async with opened(replace(settings, pool_size=CALLERS), name="racers") as pool:
        yield pool


async def several(tx: TenantTx, count: int) -> list[Late]:
    return await late_borrowers(tx, count)


async def places(tx: TenantTx, late: Sequence[Late]) -> list[tuple[str, int]]:
    """How often each counter's places were taken, over all of these borrowers."""
    taken = """
    SELECT counter, count(*) AS taken
      FROM contact_slots
     WHERE borrower_id = ANY($1::uuid[]) AND window_on = $2
     GROUP BY counter
     ORDER BY counter
    """
    rows = await tx.rows(taken, [borrower for borrower, _ in late], tx.today)
    return [(row["counter"], row["taken"]) for row in rows]


def one_winner_each(answers: Sequence[Sequence[Answer]]) -> bool:
    """Of all callers one was allowed, in every round; the others were held."""
    return all(
        sorted(each) == [Answer.ALLOW, *[Answer.HOLD] * (len(each) - 1)]
        for each in zip(*answers, strict=True)
    )


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_of_64_callers_one_gets_the_last_place_in_each_of_a_thousand_rounds(
    racers: Database, database: Database, acme: Caller, next_noon: Nooning
):
    await next_noon(acme)
    borrowers = await database.run(acme, several, ROUNDS)
    order = Random(64)
    for first in range(0, ROUNDS, WAVE):
        wave = borrowers[first : first + WAVE]

        async def ask(caller: int, wave: list[Late] = wave) -> list[Answer]:
            channel = (Channel.EMAIL, Channel.SMS)[caller % 2]
            proposals = [a_reminder(each, channel) for each in wave]
            return [each.answer for each in await racers.run(acme, ask_for, (proposals, Phase.SEND))]

        callers = order.sample(range(CALLERS), CALLERS)
        assert one_winner_each(await asyncio.gather(*(ask(each) for each in callers)))
    taken = await database.read(acme, places, borrowers)
    assert taken == [("message_day", ROUNDS), ("touch_day", ROUNDS)]


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_of_64_callers_of_the_lender_and_two_agencies_one_gets_the_permit(
    racers: Database, database: Database, acme: Caller, next_noon: Nooning
):
    """The place is one for all of them together, and of those who won each sees its own number once."""
    await next_noon(acme)
    for code in AGENCIES:
        await database.run(acme, in_order, code)
    actors = (LENDER, *AGENCIES)
    winners: set[str] = set()
    borrowers = await database.run(acme, several, 30)
    for turn, borrower in enumerate(borrowers):
        await database.run(acme, noticed, borrower[0])
        asked = [a_call(borrower, actor=actors[(n + turn) % len(actors)]) for n in range(CALLERS)]
        answers = await asyncio.gather(*(racers.run(acme, ask_permit, each) for each in asked))
        assert one_winner_each([[Answer(each.verdict.answer)] for each in answers])
        won = [each.permit for each in answers if each.permit is not None]
        winners.add(won[0].actor)
        shown = await asyncio.gather(
            *(racers.run(acme, reveal_permit, UsePermit(won[0].id)) for _ in range(8)), return_exceptions=True
        )
        assert sum(isinstance(each, Revealed) and each.number is not None for each in shown) == 1
        assert {type(each).__name__ for each in shown} == {"Revealed", "PermitUsed"}
    assert winners == set(actors)
    assert await database.read(acme, places, borrowers) == [("touch_day", 30), ("voice_day", 30)]


async def in_order(tx: TenantTx, code: str) -> None:
    """An agency that may act: under contract, reviewed today."""
    terms = AgencyTerms(
        code.title(), tx.today - timedelta(days=30), tx.today + timedelta(days=300), listed=True
    )
    kept = await save_agency(tx, SaveAgency(code, terms))
    await review_agency(tx, ReviewAgency(kept.id, tx.today, ReviewResult.PASSED, f"review-{code}"))


async def noticed(tx: TenantTx, borrower: BorrowerId) -> None:
    """The borrower was told of both agencies."""
    for code in AGENCIES:
        step = NoticeStep(
            f"{borrower}-{code}",
            borrower,
            NoticeKind.OUTSOURCING,
            NoticeStatus.DELIVERED,
            tx.now - timedelta(days=3),
            agency=code,
        )
        await record_notice(tx, step)


async def test_batches_in_opposite_order_neither_block_each_other_for_ever_nor_share_a_slot(
    racers: Database, database: Database, acme: Caller, next_noon: Nooning, advance: Advance, asking: Asking
):
    await next_noon(acme)
    borrowers = await database.run(acme, several, 40)
    batch: list[Proposal] = [a_reminder(each) for each in borrowers]
    orders = [batch, list(reversed(batch)), batch[20:] + batch[:20], batch[::2] + batch[1::2]]
    rounds = await asyncio.gather(*(racers.run(acme, ask_for, (order, Phase.SEND)) for order in orders))
    allowed = [answer for answers in rounds for answer in answers if answer.allowed]
    assert len(allowed) == len(borrowers)
    await advance(acme, timedelta(days=1))
    again = await asking(acme, batch, Phase.SEND)
    assert all(answer.allowed for answer in again)
