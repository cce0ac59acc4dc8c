"""Recording facts: once for each reference, ended once, and held against what is judged."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dunwell.contact.model import (
    BorrowerUnknown,
    Channel,
    Circumstance,
    CircumstanceKind,
    ConsentKind,
    DebtMark,
    EndTreatment,
    FactDiffers,
    FactEnded,
    FactFilter,
    FactNotFound,
    GivenConsent,
    Guarantee,
    HoldDiffers,
    HoldKind,
    HoldWrong,
    Hours,
    Liability,
    LiftHold,
    MarkKind,
    NoticeKind,
    NoticeStatus,
    NoticeStep,
    NumberConfirmed,
    Party,
    PaymentOffer,
    Phase,
    PlaceHold,
    Preference,
    Refusal,
    Role,
    Withdraw,
)
from dunwell.contact.use_cases import (
    ask,
    circumstances,
    confirm_number,
    consents,
    end_treatment,
    lift_hold,
    marks,
    notices,
    parties,
    place_hold,
    preferences,
    record_circumstance,
    record_consent,
    record_mark,
    record_notice,
    record_offer,
    record_party,
    record_preference,
    record_refusal,
    refusals,
    withdraw_circumstance,
    withdraw_consent,
    withdraw_mark,
    withdraw_party,
    withdraw_preference,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, HoldId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.facts import Late, a_reference, phone_of
from tests.builders.gate import a_reminder, audited, late
from tests.contact.conftest import Asking, Nooning

Made = Callable[[TenantTx, Late], Awaitable[Any]]
EVENING = (Hours(19 * 60, 20 * 60),)
NOBODY = BorrowerId(UUID(int=7))


async def somebody(tx: TenantTx, _: None) -> BorrowerId:
    return await a_borrower(tx)


async def made(tx: TenantTx, wanted: tuple[Made, Late]) -> Any:
    make, debt = wanted
    return await make(tx, debt)


async def preference(tx: TenantTx, debt: Late) -> Any:
    return await record_preference(tx, Preference(f"p-{debt[0]}", debt[0], EVENING))


async def consent(tx: TenantTx, debt: Late) -> Any:
    point = await phone_of(tx, debt[0])
    start = tx.now.replace(microsecond=0, second=0, minute=0)
    return await record_consent(
        tx, GivenConsent(f"c-{debt[0]}", debt[0], ConsentKind.AUTOMATED, start, point=point)
    )


async def refusal(tx: TenantTx, debt: Late) -> Any:
    at = tx.now.replace(microsecond=0, second=0, minute=0)
    return await record_refusal(tx, Refusal(f"r-{debt[0]}", debt[0], at, "north", debt[1]))


async def offer(tx: TenantTx, debt: Late) -> Any:
    at = tx.now.replace(microsecond=0, second=0, minute=0)
    return await record_offer(tx, PaymentOffer(f"o-{debt[0]}", debt[0], at, debt[1]))


async def notice(tx: TenantTx, debt: Late) -> Any:
    at = tx.now.replace(microsecond=0, second=0, minute=0)
    step = NoticeStep(f"n-{debt[0]}", debt[0], NoticeKind.ASSIGNMENT, NoticeStatus.SENT, at, debt[1])
    return await record_notice(tx, step)


async def confirmation(tx: TenantTx, debt: Late) -> Any:
    point = await phone_of(tx, debt[0])
    return await confirm_number(tx, NumberConfirmed(f"k-{debt[0]}", debt[0], point, tx.today))


async def circumstance(tx: TenantTx, debt: Late) -> Any:
    fact = Circumstance(f"i-{debt[0]}", debt[0], CircumstanceKind.VULNERABLE)
    return await record_circumstance(tx, fact)


async def party(tx: TenantTx, debt: Late) -> Any:
    other = BorrowerId(await tx.value("SELECT id FROM borrowers WHERE id <> $1 ORDER BY id LIMIT 1", debt[0]))
    guarantee = Guarantee(tx.today)
    return await record_party(tx, Party(f"g-{debt[0]}", other, debt[1], Role.GUARANTOR, guarantee=guarantee))


async def mark(tx: TenantTx, debt: Late) -> Any:
    return await record_mark(tx, DebtMark(f"m-{debt[0]}", debt[1], MarkKind.BARRED, tx.today))


@pytest.mark.parametrize(
    "make", [preference, consent, refusal, offer, notice, confirmation, circumstance, party, mark]
)
async def test_a_fact_is_recorded_once_and_audited(database: Database, acme: Caller, make: Made):
    await database.run(acme, late, {})
    debt = await database.run(acme, late, {})
    first = await database.run(acme, made, (make, debt))
    assert await database.run(acme, made, (make, debt)) == first
    actions = await database.read(acme, audited, first.id)
    assert len(actions) == 1
    assert actions[0].endswith("-recorded")


async def test_another_fact_of_the_same_reference_is_refused(database: Database, acme: Caller):
    debt = await database.run(acme, late, {})
    await database.run(acme, made, (preference, debt))
    with pytest.raises(FactDiffers):
        await database.run(acme, record_preference, Preference(f"p-{debt[0]}", debt[0], (Hours(60, 120),)))


async def test_new_hours_replace_those_that_stood_and_all_are_kept(database: Database, acme: Caller):
    debt = await database.run(acme, late, {})
    await database.run(acme, made, (preference, debt))
    second = Preference(a_reference(), debt[0], (Hours(9 * 60, 10 * 60),))
    await database.run(acme, record_preference, second)
    page = await database.read(acme, preferences, FactFilter(owner=debt[0]))
    assert {row.fact for row in page.rows if row.withdrawn_at is None} == {second}
    assert len(page.rows) == 2
    with pytest.raises(FactEnded):
        await database.run(acme, made, (preference, debt))


ENDING = [
    (preference, withdraw_preference, preferences, "p"),
    (consent, withdraw_consent, consents, "c"),
    (circumstance, withdraw_circumstance, circumstances, "i"),
    (party, withdraw_party, parties, "g"),
    (mark, withdraw_mark, marks, "m"),
]


@pytest.mark.parametrize(("make", "withdraw", "listed", "letter"), ENDING)
async def test_a_fact_ends_once_and_is_not_recorded_again(
    database: Database, acme: Caller, make: Made, withdraw: Any, listed: Any, letter: str
):
    await database.run(acme, late, {})
    debt = await database.run(acme, late, {})
    kept = await database.run(acme, made, (make, debt))
    ended = await database.run(acme, withdraw, Withdraw(kept.fact.reference))
    assert ended.withdrawn_at is not None
    assert await database.run(acme, withdraw, Withdraw(kept.fact.reference)) == ended
    (row,) = (await database.read(acme, listed, FactFilter(reference=f"{letter}-{debt[0]}"))).rows
    assert row == ended
    with pytest.raises(FactEnded):
        await database.run(acme, made, (make, debt))
    with pytest.raises(FactNotFound):
        await database.run(acme, withdraw, Withdraw("nobody-sent-this"))


async def test_facts_of_nobody_are_refused(database: Database, acme: Caller):
    with pytest.raises(BorrowerUnknown):
        await database.run(acme, record_preference, Preference(a_reference(), NOBODY, EVENING))


async def test_the_steps_of_a_notice_share_what_they_are_about(
    database: Database, acme: Caller, next_noon: Nooning
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    sent = (await database.run(acme, made, (notice, debt))).fact
    arrived = NoticeStep(sent.reference, sent.borrower, sent.kind, NoticeStatus.DELIVERED, sent.at, sent.loan)
    await database.run(acme, record_notice, arrived)
    page = await database.read(acme, notices, FactFilter(reference=sent.reference))
    assert {row.fact.status for row in page.rows} == {NoticeStatus.SENT, NoticeStatus.DELIVERED}
    other = NoticeStep(sent.reference, sent.borrower, NoticeKind.TRANSFER, NoticeStatus.FAILED, sent.at)
    with pytest.raises(FactDiffers):
        await database.run(acme, record_notice, other)


async def test_facts_are_listed_page_by_page(database: Database, acme: Caller):
    debt = await database.run(acme, late, {})
    made_of: list[str] = []
    for _ in range(5):
        fact = Refusal(a_reference(), debt[0], (await database.read(acme, _now, None)), "lender")
        made_of.append((await database.run(acme, record_refusal, fact)).fact.reference)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await database.read(acme, refusals, FactFilter(owner=debt[0], cursor=cursor, limit=2))
        seen += [row.fact.reference for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert seen == list(reversed(made_of))


async def _now(tx: TenantTx, _: None) -> Any:
    return tx.now


async def test_another_tenant_sees_no_fact(database: Database, acme: Caller, birch: Caller):
    debt = await database.run(acme, late, {})
    kept = await database.run(acme, made, (preference, debt))
    assert (await database.read(birch, preferences, FactFilter(reference=kept.fact.reference))).rows == ()
    with pytest.raises(FactNotFound):
        await database.run(birch, withdraw_preference, Withdraw(kept.fact.reference))


async def test_a_crisis_lasts_until_the_days_after_the_treatment(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    hold = PlaceHold(HoldId(uuid4()), debt[0], HoldKind.CRISIS, "told-by-adviser")
    kept = await database.run(acme, place_hold, hold)
    ended = EndTreatment(kept.id, kept.from_on)
    assert (await database.run(acme, end_treatment, ended)).treatment_ended_on == kept.from_on
    assert (await database.run(acme, end_treatment, ended)).treatment_ended_on == kept.from_on
    (answer,) = await asking(acme, [a_reminder(debt)], Phase.PLAN)
    assert answer.codes == ("BRS_CRISIS",)
    with pytest.raises(HoldWrong):
        await database.run(acme, end_treatment, EndTreatment(kept.id, kept.from_on + timedelta(days=1)))
    await database.run(acme, lift_hold, LiftHold(kept.id, "over"))
    other = PlaceHold(HoldId(uuid4()), debt[0], HoldKind.CRISIS, "told-by-adviser")
    again = await database.run(acme, place_hold, other)
    await database.run(acme, lift_hold, LiftHold(again.id, "over"))
    with pytest.raises(HoldDiffers):
        await database.run(acme, end_treatment, EndTreatment(again.id, again.from_on))


async def test_a_hold_placed_while_a_batch_is_judged_waits_for_it_or_stops_it(
    database: Database, acme: Caller, next_noon: Nooning
):
    """Whoever has the lock first decides: a contact is never allowed on facts that a hold had changed before."""
    await next_noon(acme)
    order: list[str] = []

    async def judge(tx: TenantTx, debt: Late) -> bool:
        (answer,) = await ask(tx, [a_reminder(debt)], phase=Phase.SEND)
        order.append("judged")
        await asyncio.sleep(0.02)
        return answer.allowed

    async def stop(tx: TenantTx, debt: Late) -> None:
        await place_hold(tx, PlaceHold(HoldId(uuid4()), debt[0], HoldKind.MANUAL, "stop"))
        order.append("stopped")

    for _ in range(6):
        debt = await database.run(acme, late, {})
        order.clear()
        allowed, _ = await asyncio.gather(database.run(acme, judge, debt), database.run(acme, stop, debt))
        assert allowed is (order == ["judged", "stopped"])


async def test_a_hold_on_the_debtor_waits_for_a_contact_with_somebody_else(
    database: Database, acme: Caller, next_noon: Nooning
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    other = await database.run(acme, somebody, None)
    signed = Party(a_reference(), other, debt[1], Role.SPOUSE, Liability.CO_SIGNED)
    await database.run(acme, record_party, signed)
    judged, done = asyncio.Event(), asyncio.Event()

    async def judge(tx: TenantTx, _: None) -> bool:
        (answer,) = await ask(tx, [a_reminder((other, debt[1]), Channel.EMAIL)], phase=Phase.SEND)
        judged.set()
        await asyncio.sleep(0.05)
        assert not done.is_set()
        return answer.allowed

    async def stop() -> None:
        await judged.wait()
        hold = PlaceHold(HoldId(uuid4()), debt[0], HoldKind.MANUAL, "stop")
        await database.run(acme, place_hold, hold)
        done.set()

    allowed, _ = await asyncio.gather(database.run(acme, judge, None), stop())
    assert allowed
