"""Holds and opt-outs over HTTP."""

from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from dunwell.access.once import Once
from dunwell.contact import use_cases
from dunwell.contact.model import EndTreatment, Filter, LiftHold, OptIn, OptOut
from dunwell.contact.routes.shapes import (
    ChannelOut,
    HoldIn,
    HoldOut,
    LiftIn,
    OfBorrower,
    OfChannel,
    OfKind,
    OptOutIn,
    OptOutOut,
    TreatmentIn,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, HoldId
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database, TenantTx
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out


@get("/holds", guards=[requires("holds:read")])
async def get_holds(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    kind: OfKind = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[HoldOut]:
    """Holds on contact, the newest first, lifted ones too."""
    wanted = _filter(borrower, kind, limit, cursor)
    return page_out(await database.read(caller, use_cases.holds, wanted), HoldOut.of)


@get("/holds/{hold_id:uuid}", guards=[requires("holds:read")])
async def get_hold(
    hold_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> HoldOut:
    """One hold."""
    return HoldOut.of(await database.read(caller, use_cases.hold, HoldId(hold_id)))


@post("/holds", guards=[requires("holds:write")])
async def post_hold(data: JSONBody[HoldIn], once: NamedDependency[Once]) -> Response[HoldOut]:
    """Stop collection at once: from the next judgement on, whatever is queued."""
    return await once.run(use_cases.place_hold, data.command(), HoldOut.of)


@post("/holds/{hold_id:uuid}/lift", guards=[requires("holds:write")], status_code=200)
async def post_lift(
    hold_id: FromPath[UUID], data: JSONBody[LiftIn], once: NamedDependency[Once]
) -> Response[HoldOut]:
    """End a hold at once, with a reason. Safe to send again."""
    return await once.run(use_cases.lift_hold, LiftHold(HoldId(hold_id), data.reason), HoldOut.of)


@post("/holds/{hold_id:uuid}/treatment-end", guards=[requires("holds:write")], status_code=200)
async def post_treatment_end(
    hold_id: FromPath[UUID], data: JSONBody[TreatmentIn], once: NamedDependency[Once]
) -> Response[HoldOut]:
    """Say when the treatment of a mental-health crisis ended: the days the law adds run from there."""
    return await once.run(use_cases.end_treatment, EndTreatment(HoldId(hold_id), data.ended_on), HoldOut.of)


@get("/opt-outs", guards=[requires("contacts:read")])
async def get_opt_outs(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    channel: OfChannel = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[OptOutOut]:
    """Channels that borrowers closed, the newest first, withdrawn ones too."""
    wanted = _filter(borrower, channel, limit, cursor)
    return page_out(await database.read(caller, use_cases.opt_outs, wanted), OptOutOut.of)


@post("/opt-outs", guards=[requires("contacts:write")])
async def post_opt_out(data: JSONBody[OptOutIn], once: NamedDependency[Once]) -> Response[ChannelOut]:
    """Close a channel to a borrower, at once. Safe to send again."""

    async def close(tx: TenantTx, command: OptOut) -> ChannelOut:
        await use_cases.opt_out(tx, command)
        return ChannelOut(command.borrower, command.channel, open=False)

    return await once.run(close, OptOut(BorrowerId(data.borrower), data.channel, data.source), _same)


@post("/opt-outs/withdraw", guards=[requires("contacts:write")], status_code=200)
async def post_opt_in(data: JSONBody[OptOutIn], once: NamedDependency[Once]) -> Response[ChannelOut]:
    """Open a channel again because the borrower asked for it. Safe to send again."""

    async def reopen(tx: TenantTx, command: OptIn) -> ChannelOut:
        await use_cases.opt_in(tx, command)
        return ChannelOut(command.borrower, command.channel, open=True)

    return await once.run(reopen, OptIn(BorrowerId(data.borrower), data.channel, data.source), _same)


def _filter(borrower: UUID | None, word: str | None, limit: int, cursor: str | None) -> Filter:
    return Filter(BorrowerId(borrower) if borrower else None, word, cursor, limit)


def _same(shown: ChannelOut) -> ChannelOut:
    return shown


router = Router(
    "/",
    route_handlers=[
        get_holds,
        get_hold,
        post_hold,
        post_lift,
        post_treatment_end,
        get_opt_outs,
        post_opt_out,
        post_opt_in,
    ],
    tags=["contact"],
)
