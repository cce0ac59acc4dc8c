"""Senders over HTTP."""

from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from dunwell.access.once import Once
from dunwell.agents import use_cases
from dunwell.agents.model import ListOf, ListUnder, SetAside
from dunwell.agents.routes.shapes import (
    BecauseIn,
    ChangeOut,
    OfAgency,
    OnlyActive,
    SenderIn,
    SenderOut,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out


@get("/", guards=[requires("agents:read")])
async def get_senders(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    agency: OfAgency = None,
    active: OnlyActive = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[SenderOut]:
    """Numbers, accounts and letterheads, the newest first, withdrawn ones too."""
    command = ListOf(cursor, limit, agency, active)
    return page_out(await database.read(caller, use_cases.senders, command), SenderOut.of)


@post("/", guards=[requires("agents:write")])
async def post_sender(data: JSONBody[SenderIn], once: NamedDependency[Once]) -> Response[SenderOut]:
    """Register a number or account. From the first one on, nothing leaves from one that is not registered."""
    return await once.run(use_cases.register_sender, data.command(), SenderOut.of)


@get("/{sender_id:uuid}", guards=[requires("agents:read")])
async def get_sender(
    sender_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> SenderOut:
    """One sender."""
    return SenderOut.of(await database.read(caller, use_cases.sender, sender_id))


@post("/{sender_id:uuid}/withdraw", guards=[requires("agents:write")], status_code=200)
async def withdraw_sender(
    sender_id: FromPath[UUID], data: JSONBody[BecauseIn], once: NamedDependency[Once]
) -> Response[SenderOut]:
    """Nothing leaves from it any more. Safe to send again."""
    return await once.run(use_cases.withdraw_sender, SetAside(sender_id, data.because), SenderOut.of)


@get("/{sender_id:uuid}/changes", guards=[requires("agents:read")])
async def get_sender_changes(
    sender_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[ChangeOut]:
    """Everything that happened to a sender's entry, in order."""
    command = ListUnder(sender_id, cursor, limit)
    return page_out(await database.read(caller, use_cases.sender_history, command), ChangeOut.of)


router = Router(
    "/senders",
    route_handlers=[get_senders, post_sender, get_sender, withdraw_sender, get_sender_changes],
    tags=["agents"],
)
