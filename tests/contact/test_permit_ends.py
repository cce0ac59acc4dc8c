"""Permits whose minutes are over, outcomes that are owed, notes, and contacts that came in."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from dunwell.borrowers.model import BorrowerErased, Erase
from dunwell.borrowers.use_cases import erase
from dunwell.contact.model import BorrowerUnknown, Channel, Direction, Filter, Outcome, Purpose
from dunwell.contact.model.permits import (
    InboundContact,
    InboundWrong,
    ListNotes,
    ListPermits,
    NoteNotFound,
    OutcomeWrong,
    PermitState,
    PermitUsed,
    ReadNote,
    RecordOutcome,
    Swept,
    UsePermit,
)
from dunwell.contact.queries import permits as queries
from dunwell.contact.use_cases import contacts
from dunwell.contact.use_cases.permits import (
    ask_permit,
    close_permits,
    notes,
    permits,
    read_note,
    record_inbound,
    record_outcome,
    release_permit,
    reveal_permit,
)
from dunwell.kernel.caller import Actor, ActorKind, Caller
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId, VerdictId
from dunwell.kernel.paging import WrongCursor, encode_cursor
from dunwell.lanes.permits import close_due_permits
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.facts import AMERICAN
from tests.builders.gate import audited, late, slots_of
from tests.builders.permits import a_call, recording, state_of, touch_of
from tests.conftest import Advance
from tests.contact.conftest import Nooning

Late = tuple[BorrowerId, LoanId]
MINUTES = timedelta(minutes=10)


@pytest.fixture(scope="module", autouse=True)
async def recorder(database: Database, acme: Caller) -> None:
    await database.run(acme, recording, {})


@pytest.fixture
def desk(acme: Caller) -> Caller:
    return Caller(acme.tenant, Actor(ActorKind.STAFF, f"desk-{uuid4().hex[:8]}", frozenset({"*"})))


@pytest.fixture
async def debtor(database: Database, acme: Caller, next_noon: Nooning) -> Late:
    """With nothing of earlier tests left to sweep."""
    await next_noon(acme)
    await close_due_permits(database, acme)
    return await database.run(acme, late, {})


async def given_to(
    database: Database, caller: Caller, debtor: Late, *, shown: bool, **more: Any
) -> VerdictId:
    asked = await database.run(caller, ask_permit, a_call(debtor, **more))
    assert asked.permit is not None, asked.verdict.reasons
    if shown:
        await database.run(caller, reveal_permit, UsePermit(asked.permit.id, more.get("agent")))
    return asked.permit.id


async def test_what_was_not_shown_is_released_and_what_was_is_owed(
    database: Database, desk: Caller, debtor: Late, advance: Advance
):
    other = await database.run(desk, late, {})
    shown = await given_to(database, desk, debtor, shown=True)
    unused = await given_to(database, desk, other, shown=False)
    assert await database.run(desk, close_permits, 100) == Swept(), "their minutes are not over"
    await advance(desk, MINUTES)
    assert await database.run(desk, close_permits, 100) == Swept(released=1, overdue=1)
    assert await database.run(desk, close_permits, 100) == Swept(), "and once is enough"
    assert await database.read(desk, state_of, unused) is PermitState.RELEASED
    assert await database.read(desk, touch_of, unused) is Outcome.NOT_MADE
    assert await database.read(desk, slots_of, other[0]) == []
    assert await database.read(desk, state_of, shown) is PermitState.OVERDUE
    assert await database.read(desk, touch_of, shown) is Outcome.UNKNOWN, "it keeps counting"
    assert await database.read(desk, slots_of, debtor[0]) == [("touch_day", 1), ("voice_day", 1)]
    assert (await database.read(desk, audited, shown))[-1] == "permit.overdue"
    owed = await database.read(desk, permits, ListPermits(PermitState.OVERDUE))
    assert shown in {row.id for row in owed.rows}
    assert unused not in {row.id for row in owed.rows}


async def test_who_owes_an_outcome_gets_no_permit_until_it_is_told(
    database: Database, acme: Caller, desk: Caller, debtor: Late, advance: Advance
):
    owed = await given_to(database, desk, debtor, shown=True)
    await advance(desk, MINUTES)
    for _ in range(2):
        other = await database.run(desk, late, {})
        asked = await database.run(desk, ask_permit, a_call(other))
        (reason,) = asked.verdict.reasons
        assert (asked.permit, asked.verdict.answer, reason["code"]) == (None, "HOLD", "OUTCOME_OWED")
        assert reason["working"] == "1 owed, 0 allowed"
        assert await database.read(desk, slots_of, other[0]) == []
        await database.run(desk, close_permits, 100)
    supervisor = Caller(acme.tenant, Actor(ActorKind.STAFF, "supervisor", frozenset({"*"})))
    told = await database.run(supervisor, record_outcome, RecordOutcome(owed, Outcome.UNANSWERED))
    assert told.permit is not None
    assert told.permit.state is PermitState.RECORDED
    assert await given_to(database, desk, await database.run(desk, late, {}), shown=False)


async def test_a_tenant_may_let_its_agents_owe(
    database: Database, acme: Caller, desk: Caller, debtor: Late, advance: Advance
):
    await given_to(database, desk, debtor, shown=True)
    await advance(desk, MINUTES)
    await database.run(acme, recording, {"outcomes_owed": 1})
    assert await given_to(database, desk, await database.run(desk, late, {}), shown=False)
    await database.run(acme, recording, {})


async def test_a_sweep_goes_in_bites_until_nothing_is_left(
    database: Database, desk: Caller, debtor: Late, advance: Advance, monkeypatch: pytest.MonkeyPatch
):
    given = [
        await given_to(database, desk, await database.run(desk, late, {}), shown=False) for _ in range(7)
    ]
    await advance(desk, MINUTES)
    monkeypatch.setattr("dunwell.lanes.permits.BITE", 3)
    drained = await close_due_permits(database, desk)
    assert (drained.done, drained.counts["released"], drained.more) == (7, 7, False)
    assert {await database.read(desk, state_of, each) for each in given} == {PermitState.RELEASED}
    await given_to(database, desk, await database.run(desk, late, {}), shown=False)
    await advance(desk, MINUTES)
    monkeypatch.setattr("dunwell.lanes.permits.BITE", 1)
    assert (await close_due_permits(database, desk, 0.0)).more


async def test_each_change_of_state_is_made_once(database: Database, desk: Caller, debtor: Late):
    """The statements themselves are guarded, whoever calls them in whatever order."""
    given = await given_to(database, desk, debtor, shown=False)

    async def changes(tx: TenantTx, _: None) -> list[bool]:
        return [
            await queries.mark_recorded(tx, given, Outcome.CONNECTED),
            await queries.mark_revealed(tx, given, None),
            await queries.mark_revealed(tx, given, None),
            await queries.mark_withdrawn(tx, given, None),
            await queries.mark_released(tx, given),
            await queries.mark_recorded(tx, given, Outcome.CONNECTED),
            await queries.mark_recorded(tx, given, Outcome.CONNECTED),
        ]

    assert await database.run(desk, changes, None) == [False, True, False, False, False, True, False]


async def test_who_asked_and_until_when_cannot_be_rewritten(database: Database, desk: Caller, debtor: Late):
    given = await given_to(database, desk, debtor, shown=False)
    for column in ("asked_by = 'me'", "expires_at = expires_at", "id = id", "verdict = 'ALLOW'"):

        async def rewrite(tx: TenantTx, column: str) -> None:
            await tx.execute(f"UPDATE permits SET {column} WHERE id = $1", given)

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.run(desk, rewrite, column)


async def test_permits_are_listed_page_by_page(database: Database, desk: Caller, debtor: Late):
    agent = None
    made = [await given_to(database, desk, await database.run(desk, late, {}), shown=False) for _ in range(3)]
    first = await database.read(desk, permits, ListPermits(limit=2))
    assert len(first.rows) == 2
    assert first.next is not None
    second = await database.read(desk, permits, ListPermits(limit=2, cursor=first.next))
    seen = [row.id for row in (*first.rows, *second.rows)]
    assert set(made) <= set(seen)
    assert len(set(seen)) == len(seen)
    assert (await database.read(desk, permits, ListPermits(agent=uuid4()))).rows == ()
    for cursor in (encode_cursor(["x", "y"]), encode_cursor(["2026-01-01T00:00:00", str(uuid4())])):
        with pytest.raises(WrongCursor):
            await database.read(desk, permits, ListPermits(agent=agent, cursor=cursor))


async def test_a_note_is_judged_sealed_and_read_with_a_reason(database: Database, desk: Caller, debtor: Late):
    given = await given_to(database, desk, debtor, shown=True)
    text = "我告诉他不还钱就列入黑名单"
    told = await database.run(desk, record_outcome, RecordOutcome(given, Outcome.CONNECTED, note=text))
    assert told.note is not None
    assert told.note.flagged
    assert "FAKE_BLACKLIST" in told.note.classes
    flagged = await database.read(desk, notes, ListNotes(flagged=True))
    assert told.note in flagged.rows
    assert told.note not in (await database.read(desk, notes, ListNotes(flagged=False))).rows
    opened = await database.run(desk, read_note, ReadNote(told.note.contact, "review"))
    assert opened.text == text
    assert text not in repr(opened)
    assert (await database.read(desk, audited, told.note.contact))[-2:] == ["note.written", "note.read"]
    sealed = "SELECT position(convert_to($2, 'UTF8') IN sealed) FROM contact_notes WHERE contact_id = $1"

    async def hidden(tx: TenantTx, contact: UUID) -> bool:
        return await tx.value(sealed, contact, "黑名单") == 0

    assert await database.read(desk, hidden, told.note.contact)
    with pytest.raises(NoteNotFound):
        await database.run(desk, read_note, ReadNote(uuid4(), "review"))


async def test_erasing_a_person_ends_permits_and_notes(database: Database, desk: Caller, debtor: Late):
    given = await given_to(database, desk, debtor, shown=False)
    call = _came_in(debtor[0], desk, note="您好")
    kept = await database.run(desk, record_inbound, await database.read(desk, call, None))
    await database.run(desk, erase, Erase(debtor[0], "asked"))
    shown = await database.run(desk, reveal_permit, UsePermit(given))
    assert (shown.number, shown.permit.state) == (None, PermitState.WITHDRAWN)
    assert kept.note is not None
    with pytest.raises(NoteNotFound):
        await database.run(desk, read_note, ReadNote(kept.note.contact, "review"))
    with pytest.raises(BorrowerErased):
        await database.run(desk, record_inbound, await database.read(desk, call, None))


def _came_in(borrower: BorrowerId, _caller: Caller, **more: Any) -> Any:
    async def now(tx: TenantTx, _: None) -> InboundContact:
        given = {"channel": Channel.CALL, "at": tx.now, "outcome": Outcome.CONNECTED} | more
        return InboundContact(borrower=borrower, **given)

    return now


async def test_a_call_that_came_in_counts_and_takes_no_place(database: Database, desk: Caller, debtor: Late):
    command = await database.read(desk, _came_in(debtor[0], desk, note="客户说他不想活了"), None)
    kept = await database.run(desk, record_inbound, command)
    assert (kept.permit, kept.verdict.answer, kept.verdict.reasons[0]["code"]) == (None, "ALLOW", "INBOUND")
    assert kept.note is not None
    assert await database.read(desk, slots_of, debtor[0]) == []
    (row,) = (await database.read(desk, contacts, Filter(debtor[0]))).rows
    assert (row.id, row.direction, row.outcome, row.loans) == (
        kept.verdict.id,
        Direction.INBOUND,
        Outcome.CONNECTED,
        (debtor[1],),
    )
    assert row.purpose is Purpose.COLLECTION
    assert (kept.note.flagged, kept.note.classes) == (True, ("DISTRESS",))
    asked = await database.run(desk, ask_permit, a_call(debtor))
    assert asked.permit is None
    assert [reason["code"] for reason in asked.verdict.reasons] == ["MANUAL_HOLD"], (
        "paused until somebody looked"
    )


async def test_a_talk_that_came_in_begins_the_silence_after_a_talk(
    database: Database, birch: Caller, next_noon: Nooning
):
    await database.run(birch, recording, {})
    await next_noon(birch)
    debtor = await database.run(birch, late, AMERICAN)
    for _ in range(2):
        command = await database.read(birch, _came_in(debtor[0], birch), None)
        await database.run(birch, record_inbound, command)
        asked = await database.run(birch, ask_permit, a_call(debtor))
        assert {reason["code"] for reason in asked.verdict.reasons} == {"TALK_7D"}


async def test_what_cannot_have_come_in_is_refused(database: Database, desk: Caller, debtor: Late):
    other = await database.run(desk, late, {})
    given = await given_to(database, desk, other, shown=False)
    point = (await database.read(desk, queries.permit, given) or pytest.fail("no permit")).point
    good = await database.read(desk, _came_in(debtor[0], desk), None)
    changes: list[tuple[type[Exception], dict[str, Any]]] = [
        (InboundWrong, {"at": good.at + timedelta(seconds=1)}),
        (InboundWrong, {"point": point}),
        (InboundWrong, {"point": ContactPointId(uuid4())}),
        (InboundWrong, {"loans": (other[1],)}),
        (OutcomeWrong, {"outcome": Outcome.FAILED}),
        (BorrowerUnknown, {"borrower": BorrowerId(uuid4())}),
    ]
    for refusal, change in changes:
        fields = {name: getattr(good, name) for name in type(good).__slots__} | change
        with pytest.raises(refusal):
            await database.run(desk, record_inbound, InboundContact(**fields))


async def test_a_call_without_recorder_that_came_in_is_kept_all_the_same(
    database: Database, acme: Caller, desk: Caller, debtor: Late
):
    await database.run(acme, recording, {"recorder": False})
    command = await database.read(desk, _came_in(debtor[0], desk), None)
    kept = await database.run(desk, record_inbound, command)
    assert kept.verdict.answer == "DENY"
    (row,) = (await database.read(desk, contacts, Filter(debtor[0]))).rows
    assert (row.id, row.verdict, row.outcome) == (kept.verdict.id, None, Outcome.CONNECTED)
    await database.run(acme, recording, {})


async def test_a_permit_that_ended_is_handed_back_by_nobody(database: Database, desk: Caller, debtor: Late):
    given = await given_to(database, desk, debtor, shown=True)
    with pytest.raises(PermitUsed):
        await database.run(desk, release_permit, UsePermit(given))
