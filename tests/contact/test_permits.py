"""Permits in the database: asked, shown once, told about, handed back; withdrawn when something stands in the way."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from dunwell.borrowers.model import MarkPoint, PointStatus
from dunwell.borrowers.use_cases import mark_points
from dunwell.calendars import holidays
from dunwell.contact.model import (
    Answer,
    BorrowerUnknown,
    Channel,
    HoldKind,
    OptOut,
    Outcome,
    Phase,
    PlaceHold,
    Visit,
)
from dunwell.contact.model.permits import (
    Asked,
    AskPermit,
    NoAddress,
    OutcomeDiffers,
    OutcomeWrong,
    PermitNotFound,
    PermitNotUsed,
    PermitOfAnother,
    PermitOver,
    PermitState,
    PermitUsed,
    PointWrong,
    RecordOutcome,
    UsePermit,
)
from dunwell.contact.use_cases import opt_out, place_hold
from dunwell.contact.use_cases.permits import (
    ask_permit,
    permit,
    record_outcome,
    release_permit,
    reveal_permit,
)
from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.kernel.ids import BorrowerId, HoldId, LoanId, VerdictId
from dunwell.kernel.money import Money
from dunwell.loans.model import RecordPayment
from dunwell.loans.use_cases import record_payment
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.gate import audited, late, slots_of
from tests.builders.permits import a_call, recording, touch_of
from tests.conftest import Advance
from tests.contact.conftest import Nooning

Late = tuple[BorrowerId, LoanId]
PHONE = "+8613800138000"


@pytest.fixture(scope="module", autouse=True)
async def recorder(database: Database, acme: Caller, birch: Caller) -> None:
    await database.run(acme, recording, {})
    await database.run(birch, recording, {})


@pytest.fixture
def desk(acme: Caller) -> Caller:
    """A principal of its own for each test: what another owes is not its debt."""
    return Caller(acme.tenant, Actor(ActorKind.STAFF, f"desk-{uuid4().hex[:8]}", frozenset({"*"})))


@pytest.fixture
async def debtor(database: Database, acme: Caller, next_noon: Nooning) -> Late:
    await next_noon(acme)
    return await database.run(acme, late, {})


@pytest.fixture
async def working_day(acme: Caller, next_noon: Nooning) -> None:
    """Visits spare the days on which people celebrate."""
    while (noon := await next_noon(acme)).date() in holidays("cn", noon.date(), noon.date()):
        pass


async def paid_off(tx: TenantTx, loan: LoanId) -> None:
    await record_payment(tx, RecordPayment(loan, f"P-{uuid4()}", Money(9_999_999_00, "CNY"), tx.today))


async def allowed(database: Database, caller: Caller, command: AskPermit) -> VerdictId:
    asked = await database.run(caller, ask_permit, command)
    assert asked.permit is not None, asked.verdict.reasons
    return asked.permit.id


async def test_a_permit_is_issued_shown_and_told_about(database: Database, desk: Caller, debtor: Late):
    asked = await database.run(desk, ask_permit, a_call(debtor))
    assert asked.permit is not None
    given = asked.permit
    assert (asked.verdict.answer, asked.verdict.phase, asked.verdict.id) == ("ALLOW", Phase.PERMIT, given.id)
    assert given.expires_at - given.issued_at == timedelta(minutes=10)
    assert await database.read(desk, slots_of, debtor[0]) == [("touch_day", 1), ("voice_day", 1)]
    assert await database.read(desk, touch_of, given.id) is Outcome.UNKNOWN

    shown = await database.run(desk, reveal_permit, UsePermit(given.id))
    assert (shown.number, shown.name, shown.permit.state) == (PHONE, "张三", PermitState.REVEALED)
    assert shown.verdict.answer == "ALLOW"
    assert shown.permit.judged_again == shown.verdict.id != given.id
    assert PHONE not in repr(shown)

    told = await database.run(desk, record_outcome, RecordOutcome(given.id, Outcome.CONNECTED, promised=True))
    assert told.permit is not None
    assert (told.permit.state, told.permit.outcome) == (PermitState.RECORDED, Outcome.CONNECTED)
    assert await database.read(desk, touch_of, given.id) is Outcome.CONNECTED
    actions = ["contact.judged", "permit.issued", "permit.revealed", "contact.recorded", "permit.recorded"]
    assert await database.read(desk, audited, given.id) == actions
    again = await database.run(desk, record_outcome, RecordOutcome(given.id, Outcome.CONNECTED))
    assert again.permit == told.permit
    assert await database.read(desk, audited, given.id) == actions
    with pytest.raises(OutcomeDiffers):
        await database.run(desk, record_outcome, RecordOutcome(given.id, Outcome.UNANSWERED))


async def test_a_number_is_shown_once(database: Database, desk: Caller, debtor: Late):
    given = await allowed(database, desk, a_call(debtor))
    command = UsePermit(given)
    both = await asyncio.gather(
        *(database.run(desk, reveal_permit, command) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in both) == ["PermitUsed", "Revealed"]
    with pytest.raises(PermitUsed):
        await database.run(desk, release_permit, command)


async def test_a_number_is_not_shown_after_its_time(
    database: Database, desk: Caller, debtor: Late, advance: Advance
):
    given = await allowed(database, desk, a_call(debtor))
    await advance(desk, timedelta(minutes=10))
    with pytest.raises(PermitOver):
        await database.run(desk, reveal_permit, UsePermit(given))


async def test_a_permit_is_no_use_to_anybody_else(
    database: Database, desk: Caller, birch: Caller, debtor: Late
):
    given = await allowed(database, desk, a_call(debtor))
    other = Caller(desk.tenant, Actor(ActorKind.STAFF, "somebody-else", frozenset({"*"})))
    for caller, agent in ((other, None), (desk, uuid4())):
        for use_case in (reveal_permit, release_permit):
            with pytest.raises(PermitOfAnother):
                await database.run(caller, use_case, UsePermit(given, agent))
    for use_case in (reveal_permit, release_permit):
        with pytest.raises(PermitNotFound):
            await database.run(birch, use_case, UsePermit(given))
    assert (await database.run(desk, reveal_permit, UsePermit(given))).number == PHONE


async def test_a_refusal_is_an_answer_with_its_reasons(database: Database, desk: Caller, debtor: Late):
    await database.run(desk, place_hold, PlaceHold(HoldId(uuid4()), debtor[0], HoldKind.DISPUTE, "x-y"))
    asked = await database.run(desk, ask_permit, a_call(debtor))
    assert asked.permit is None
    assert (asked.verdict.answer, asked.verdict.reasons[0]["code"]) == ("DENY", "DISPUTED")
    assert await database.read(desk, slots_of, debtor[0]) == []
    with pytest.raises(PermitNotFound):
        await database.read(desk, permit, asked.verdict.id)
    with pytest.raises(PermitNotFound):
        await database.run(desk, record_outcome, RecordOutcome(asked.verdict.id, Outcome.CONNECTED))


@pytest.mark.parametrize("stop", ["hold", "opt-out", "payment", "number", "window"])
async def test_what_came_in_between_withdraws_a_permit(
    stop: str, database: Database, desk: Caller, debtor: Late, advance: Advance
):
    if stop == "window":
        await advance(desk, timedelta(hours=9, minutes=54, seconds=30))
    given = await allowed(database, desk, a_call(debtor))
    match stop:
        case "hold":
            hold = PlaceHold(HoldId(uuid4()), debtor[0], HoldKind.DISPUTE, "x-y")
            await database.run(desk, place_hold, hold)
        case "opt-out":
            await database.run(desk, opt_out, OptOut(debtor[0], Channel.CALL, "letter"))
        case "payment":
            await database.run(desk, paid_off, debtor[1])
        case "number":
            kept = await database.read(desk, permit, given)
            assert kept.permit is not None
            mark = MarkPoint(kept.permit.point, PointStatus.INVALID)
            await database.run(desk, mark_points, [mark])
        case _:
            await advance(desk, timedelta(minutes=1))
    shown = await database.run(desk, reveal_permit, UsePermit(given))
    assert (shown.number, shown.name, shown.permit.state) == (None, None, PermitState.WITHDRAWN)
    assert shown.permit.judged_again == shown.verdict.id
    if stop != "number":
        expected = {
            "hold": "DISPUTED",
            "opt-out": "MEDIUM_OPTOUT",
            "payment": "DEBT_SETTLED",
            "window": "QUIET_GUARD",
        }
        assert shown.verdict.reasons[0]["code"] == expected[stop]
    assert await database.read(desk, slots_of, debtor[0]) == []
    assert await database.read(desk, touch_of, given) is Outcome.NOT_MADE
    assert (await database.read(desk, audited, given))[-1] == "permit.withdrawn"
    with pytest.raises(PermitUsed):
        await database.run(desk, reveal_permit, UsePermit(given))
    with pytest.raises(PermitNotUsed):
        await database.run(desk, record_outcome, RecordOutcome(given, Outcome.CONNECTED))


async def test_a_permit_that_is_handed_back_never_was_an_attempt(
    database: Database, desk: Caller, debtor: Late
):
    for _ in range(5):
        given = await allowed(database, desk, a_call(debtor))
        kept = await database.run(desk, release_permit, UsePermit(given))
        assert kept.state is PermitState.RELEASED
        assert await database.run(desk, release_permit, UsePermit(given)) == kept
        assert await database.read(desk, touch_of, given) is Outcome.NOT_MADE
        assert await database.read(desk, slots_of, debtor[0]) == []


@pytest.mark.parametrize(
    ("outcome", "slots"),
    [
        (Outcome.CONNECTED, [("touch_day", 1), ("voice_day", 1)]),
        (Outcome.UNANSWERED, []),
        (Outcome.INVALID, []),
        (Outcome.FAILED, []),
    ],
)
async def test_what_reached_nobody_frees_its_place_and_is_an_attempt(
    outcome: Outcome, slots: list[tuple[str, int]], database: Database, desk: Caller, debtor: Late
):
    given = await allowed(database, desk, a_call(debtor))
    await database.run(desk, reveal_permit, UsePermit(given))
    await database.run(desk, record_outcome, RecordOutcome(given, outcome))
    assert await database.read(desk, slots_of, debtor[0]) == slots
    assert await database.read(desk, touch_of, given) is outcome


async def test_attempts_are_counted_and_the_third_in_an_hour_is_held(
    database: Database, desk: Caller, debtor: Late
):
    for _ in range(2):
        given = await allowed(database, desk, a_call(debtor))
        await database.run(desk, reveal_permit, UsePermit(given))
        await database.run(desk, record_outcome, RecordOutcome(given, Outcome.UNANSWERED))
    asked = await database.run(desk, ask_permit, a_call(debtor))
    codes = {reason["code"] for reason in asked.verdict.reasons}
    assert (asked.permit, asked.verdict.answer, codes) == (None, "HOLD", {"ATTEMPT_CAP_HOUR"})
    assert asked.verdict.until is not None


async def test_a_dead_number_is_marked(database: Database, desk: Caller, debtor: Late):
    given = await allowed(database, desk, a_call(debtor))
    await database.run(desk, reveal_permit, UsePermit(given))
    await database.run(desk, record_outcome, RecordOutcome(given, Outcome.INVALID))
    asked: Asked = await database.run(desk, ask_permit, a_call(debtor))
    assert asked.permit is None
    assert asked.verdict.answer == Answer.DENY
    with pytest.raises(OutcomeWrong):
        await _wrong_outcome(database, desk, debtor)


async def _wrong_outcome(database: Database, desk: Caller, debtor: Late) -> None:
    other = await database.run(desk, late, {})
    given = await allowed(database, desk, a_call(other))
    await database.run(desk, reveal_permit, UsePermit(given))
    await database.run(desk, record_outcome, RecordOutcome(given, Outcome.VISITED))


async def test_a_visit_shows_where_to_go_and_a_text_is_judged(
    database: Database, desk: Caller, debtor: Late, working_day: None
):
    visit = Visit(announced_at=None)
    given = await allowed(database, desk, a_call(debtor, channel=Channel.VISIT, visit=visit))
    shown = await database.run(desk, reveal_permit, UsePermit(given))
    assert shown.number == "北京市东城区 1 号"
    threat = a_call(debtor, channel=Channel.IM, text="再不还钱就把你列入黑名单")
    asked = await database.run(desk, ask_permit, threat)
    assert asked.permit is None
    assert "FAKE_BLACKLIST" in {reason["code"] for reason in asked.verdict.reasons}


async def test_the_address_must_be_one_of_the_person_and_of_the_kind(
    database: Database, desk: Caller, debtor: Late
):
    other = await database.run(desk, late, {"phones": ("+8613900139000",)})
    given = await database.run(desk, ask_permit, a_call(other))
    assert given.permit is not None
    for wrong in (a_call(debtor, point=given.permit.point), a_call(debtor, point=uuid4())):
        with pytest.raises(PointWrong):
            await database.run(desk, ask_permit, wrong)
    with pytest.raises(PointWrong):
        await database.run(desk, ask_permit, a_call(other, point=given.permit.point, channel=Channel.EMAIL))
    nowhere = await database.run(desk, late, {"emails": (), "address": None, "phones": ()})
    with pytest.raises(NoAddress):
        await database.run(desk, ask_permit, a_call(nowhere, channel=Channel.LETTER, text="..."))
    asked = await database.run(desk, ask_permit, a_call(nowhere))
    assert (asked.permit, asked.verdict.reasons[0]["code"]) == (None, "NUMBER_SOURCE")
    with pytest.raises(BorrowerUnknown):
        await database.run(desk, ask_permit, a_call((BorrowerId(uuid4()), debtor[1])))


async def test_the_minutes_are_the_tenants_own(database: Database, birch: Caller, next_noon: Nooning):
    await database.run(birch, recording, {"permit_minutes": 3})
    await next_noon(birch)
    debtor = await database.run(
        birch, late, {"country": "US", "zone": "America/New_York", "phones": ("+12125550123",)}
    )
    asked = await database.run(birch, ask_permit, a_call(debtor))
    assert asked.permit is not None, asked.verdict.reasons
    assert asked.permit.expires_at - asked.permit.issued_at == timedelta(minutes=3)
