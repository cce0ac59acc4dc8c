"""Holds and opt-outs in the database: placed once, lifted once, listed page by page."""

from dataclasses import replace
from datetime import time, timedelta
from uuid import uuid4

import pytest

from dunwell.contact.model import (
    BorrowerUnknown,
    Channel,
    Filter,
    HoldDiffers,
    HoldKind,
    HoldNotFound,
    HoldWrong,
    LiftHold,
    OptIn,
    OptOut,
    PlaceHold,
    Proposal,
)
from dunwell.contact.use_cases import (
    check,
    hold,
    holds,
    lift_hold,
    opt_in,
    opt_out,
    opt_out_many,
    opt_outs,
    place_hold,
)
from dunwell.kernel.calendar import local_instant
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, HoldId, LoanId
from dunwell.kernel.paging import WrongCursor, encode_cursor
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.gate import a_late_borrower, audited, late_borrowers

Late = tuple[BorrowerId, LoanId]

# The same in every process: a test's parameters are part of its name.
SOMEBODY = "7d0f5c5e-3c1b-4a53-9d53-0f6f8c1f2a10"


async def late(tx: TenantTx, command: None) -> Late:
    return await a_late_borrower(tx)


async def two(tx: TenantTx, command: None) -> list[Late]:
    return await late_borrowers(tx, 2)


def a_hold(borrower: Late, **changes: object) -> PlaceHold:
    return replace(PlaceHold(HoldId(uuid4()), borrower[0], HoldKind.DISPUTE, "dispute-received"), **changes)


async def test_placing_a_hold_twice_is_placing_it_once(database: Database, acme: Caller):
    borrower = await database.run(acme, late, None)
    command = a_hold(borrower, loan=borrower[1])
    first = await database.run(acme, place_hold, command)
    again = await database.run(acme, place_hold, command)
    assert first == again
    assert (first.loan, first.placed_by, first.lifted_at) == (borrower[1], "staff:tester", None)
    assert await database.read(acme, audited, command.id) == ["hold.placed"]
    for different in ({"kind": HoldKind.PLAN}, {"reason": "other"}, {"loan": None}):
        with pytest.raises(HoldDiffers):
            await database.run(acme, place_hold, replace(command, **different))


async def test_lifting_a_hold_twice_is_lifting_it_once(database: Database, acme: Caller):
    borrower = await database.run(acme, late, None)
    command = a_hold(borrower)
    await database.run(acme, place_hold, command)
    first = await database.run(acme, lift_hold, LiftHold(command.id, "answered"))
    again = await database.run(acme, lift_hold, LiftHold(command.id, "once-more"))
    assert first == again
    assert (first.lift_reason, first.lifted_by) == ("answered", "staff:tester")
    assert await database.read(acme, audited, command.id) == ["hold.placed", "hold.lifted"]


async def test_a_hold_on_nobody_or_on_somebody_elses_loan_is_refused(database: Database, acme: Caller):
    one, other = await database.run(acme, two, None)
    with pytest.raises(BorrowerUnknown):
        await database.run(acme, place_hold, a_hold((BorrowerId(uuid4()), one[1])))
    with pytest.raises(HoldWrong) as wrong:
        await database.run(acme, place_hold, a_hold(one, loan=other[1]))
    assert wrong.value.faults[0].field == "loan"
    with pytest.raises(HoldNotFound):
        await database.run(acme, lift_hold, LiftHold(HoldId(uuid4()), "no-such"))
    with pytest.raises(HoldNotFound):
        await database.read(acme, hold, HoldId(uuid4()))


async def test_a_hold_cannot_end_before_it_begins(database: Database, acme: Caller):
    borrower = await database.run(acme, late, None)
    placed = await database.run(acme, place_hold, a_hold(borrower))
    for from_on in (None, placed.from_on + timedelta(days=5)):
        until_on = (from_on or placed.from_on) - timedelta(days=1)
        with pytest.raises(HoldWrong):
            await database.run(acme, place_hold, a_hold(borrower, from_on=from_on, until_on=until_on))
    whole = await database.run(
        acme, place_hold, a_hold(borrower, from_on=placed.from_on, until_on=placed.from_on)
    )
    assert whole.until_on == placed.from_on


async def test_holds_are_listed_newest_first(database: Database, acme: Caller):
    borrower = await database.run(acme, late, None)
    placed = [await database.run(acme, place_hold, a_hold(borrower)) for _ in range(3)]
    first = await database.read(acme, holds, Filter(borrower=borrower[0], limit=2))
    rest = await database.read(acme, holds, Filter(borrower=borrower[0], limit=2, cursor=first.next))
    assert [each.id for each in (*first.rows, *rest.rows)] == [each.id for each in reversed(placed)]
    none = await database.read(acme, holds, Filter(borrower=borrower[0], word="plan"))
    assert none.rows == ()


@pytest.mark.parametrize(
    "cursor",
    ["x", encode_cursor(["soon", SOMEBODY]), encode_cursor(["2026-01-01T00:00:00", SOMEBODY])],
)
async def test_a_cursor_that_is_not_ours_is_refused(database: Database, acme: Caller, cursor: str):
    with pytest.raises(WrongCursor):
        await database.read(acme, holds, Filter(cursor=cursor))


async def test_opt_outs_in_bulk_are_kept_once_each(database: Database, acme: Caller):
    one, other = await database.run(acme, two, None)
    commands = [
        OptOut(one[0], Channel.SMS, "reply"),
        OptOut(one[0], Channel.SMS, "report"),
        OptOut(other[0], Channel.EMAIL, "link"),
    ]
    await database.run(acme, opt_out_many, commands)
    await database.run(acme, opt_out_many, commands)
    await database.run(acme, opt_out_many, [])
    page = await database.read(acme, opt_outs, Filter(borrower=one[0]))
    assert [(each.channel, each.source, each.withdrawn_at) for each in page.rows] == [
        (Channel.SMS, "reply", None)
    ]
    with pytest.raises(BorrowerUnknown):
        await database.run(acme, opt_out, OptOut(BorrowerId(uuid4()), Channel.SMS, "reply"))
    with pytest.raises(BorrowerUnknown):
        await database.run(acme, opt_in, OptIn(BorrowerId(uuid4()), Channel.SMS, "letter"))


async def test_opt_outs_are_listed_page_by_page(database: Database, acme: Caller):
    borrower = await database.run(acme, late, None)
    for channel in (Channel.SMS, Channel.EMAIL, Channel.CALL):
        await database.run(acme, opt_out, OptOut(borrower[0], channel, "call"))
    first = await database.read(acme, opt_outs, Filter(borrower=borrower[0], limit=2))
    rest = await database.read(acme, opt_outs, Filter(borrower=borrower[0], limit=2, cursor=first.next))
    assert [each.channel for each in (*first.rows, *rest.rows)] == [Channel.CALL, Channel.EMAIL, Channel.SMS]
    only = await database.read(acme, opt_outs, Filter(borrower=borrower[0], word="sms"))
    assert [each.channel for each in only.rows] == [Channel.SMS]
    with pytest.raises(WrongCursor):
        await database.read(acme, opt_outs, Filter(cursor="x"))


@pytest.mark.parametrize(
    ("began", "after", "stopped"), [(0, 59, True), (0, 60, False), (10, 49, True), (10, 50, False)]
)
async def test_a_breathing_space_without_an_end_lasts_as_long_as_the_law_says(
    began: int, after: int, stopped: bool, database: Database, birch: Caller
):
    """Sixty days, the first included, wherever in them the gate is asked."""

    async def asked(tx: TenantTx, _: None) -> tuple[str, ...]:
        borrower, loan = await a_late_borrower(tx)
        space = PlaceHold(
            HoldId(uuid4()),
            borrower,
            HoldKind.BREATHING_SPACE,
            "registered",
            from_on=tx.today - timedelta(days=began),
        )
        await place_hold(tx, space)
        noon = local_instant(tx.today + timedelta(days=after), time(12), tx.caller.tenant.zone)
        return (await check(tx, Proposal(borrower, (loan,), Channel.LETTER, at=noon))).codes

    assert ("BREATHING_SPACE" in await database.run(birch, asked, None)) is stopped
