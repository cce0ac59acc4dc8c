"""What happens at the same moment: one decision, one loan, one application."""

import asyncio
from collections import Counter
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from dunwell.applications.model import (
    ApplicationOpen,
    ApplicationState,
    Decide,
    Disburse,
    Disbursed,
    DisbursementDiffers,
    LoanReferenceTaken,
    WrongState,
)
from dunwell.applications.use_cases import accept, application, apply, approve, decline, disburse, submit
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.applications import a_wish, offered, scored, staff
from tests.builders.loans import a_loan

S = ApplicationState


async def _postings(tx: TenantTx, loan: UUID) -> list[tuple[str, int]]:
    rows = await tx.rows("SELECT kind, amount FROM postings WHERE loan_id = $1", loan)
    return [(row["kind"], row["amount"]) for row in rows]


async def test_two_approvers_at_once_make_one_decision(database: Database, acme: Caller) -> None:
    made = await scored(database, acme)
    people = [staff(acme, name) for name in ("ding", "wang", "zhao", "qian")]
    answers = await asyncio.gather(
        *(database.run(who, approve, Decide(made.id)) for who in people[:2]),
        *(database.run(who, decline, Decide(made.id, reasons=("many-loans",))) for who in people[2:]),
        return_exceptions=True,
    )
    kinds = Counter(type(answer) for answer in answers)
    assert kinds == {type(made): 1, WrongState: 3}
    whole = await database.read(acme, application, made.id)
    assert [step.after for step in whole.steps[3:]] == [whole.application.state]


async def test_two_payouts_at_once_make_one_loan(database: Database, acme: Caller) -> None:
    offer = await offered(database, acme)
    await database.run(acme, accept, offer.id)
    commands = [Disburse(offer.id, f"D-{offer.reference}-{number % 2}") for number in range(6)]
    answers = await asyncio.gather(
        *(database.run(acme, disburse, command) for command in commands), return_exceptions=True
    )
    paid = [answer for answer in answers if isinstance(answer, Disbursed)]
    assert (len(paid), len({each.loan.id for each in paid})) == (3, 1)
    assert {type(answer) for answer in answers} == {Disbursed, DisbursementDiffers}
    postings = await database.read(acme, _postings, paid[0].loan.id)
    assert sum(amount for _, amount in postings if amount > 0) == sum(
        row.due.total for row in paid[0].schedule
    ), "opened once"


async def test_one_payout_pays_one_application(database: Database, acme: Caller) -> None:
    offers = [await offered(database, acme) for _ in range(4)]
    for offer in offers:
        await database.run(acme, accept, offer.id)
    answers = await asyncio.gather(
        *(database.run(acme, disburse, Disburse(offer.id, "D-shared")) for offer in offers),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in answers) == {Disbursed: 1, DisbursementDiffers: 3}
    late = next(offer for offer, answer in zip(offers, answers, strict=True) if isinstance(answer, Exception))
    with pytest.raises(DisbursementDiffers, match="another application"):
        await database.run(acme, disburse, Disburse(late.id, "D-shared"))
    assert (await database.read(acme, application, late.id)).application.loan is None


async def test_the_same_wish_at_once_is_one_application(database: Database, acme: Caller) -> None:
    wish = a_wish()
    answers = await asyncio.gather(*(database.run(acme, apply, wish) for _ in range(5)))
    assert len({each.id for each in answers}) == 1
    others = [replace(wish, reference=f"A-{uuid4().hex[:12]}") for _ in range(3)]
    refused = await asyncio.gather(
        *(database.run(acme, apply, other) for other in others), return_exceptions=True
    )
    assert {type(each) for each in refused} == {ApplicationOpen}


async def test_two_wishes_of_one_new_borrower_at_once(database: Database, acme: Caller) -> None:
    wishes = [a_wish(borrower="B-hasty") for _ in range(4)]
    answers = await asyncio.gather(
        *(database.run(acme, apply, wish) for wish in wishes), return_exceptions=True
    )
    assert sum(isinstance(each, ApplicationOpen) for each in answers) == 3


async def test_submitting_at_once_scores_once(database: Database, acme: Caller) -> None:
    made = await database.run(acme, apply, a_wish())
    answers = await asyncio.gather(*(database.run(acme, submit, made.id) for _ in range(4)))
    assert {each.state for each in answers} == {S.SCORED}
    assert len((await database.read(acme, application, made.id)).steps) == 3


async def test_a_loan_that_comes_at_the_same_moment_is_not_overwritten(
    database: Database, acme: Caller
) -> None:
    offer = await offered(database, acme)
    await database.run(acme, accept, offer.id)
    there = asyncio.Event()

    async def elsewhere(tx: TenantTx, reference: str) -> UUID:
        loan = await a_loan(tx, reference=reference)
        there.set()
        # Long enough for the payout to have looked, and to wait for this transaction.
        await asyncio.sleep(0.4)
        return loan

    other = asyncio.create_task(database.run(acme, elsewhere, offer.reference))
    await there.wait()
    with pytest.raises(LoanReferenceTaken):
        await database.run(acme, disburse, Disburse(offer.id, f"D-{offer.reference}"))
    kept = await database.read(acme, _postings, await other)
    assert {kind for kind, _ in kept} == {"opening"}
    assert (await database.read(acme, application, offer.id)).application.state is S.ACCEPTED
