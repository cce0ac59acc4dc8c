"""Agencies over HTTP."""

from uuid import UUID

from litestar import Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from dunwell.access.once import Once
from dunwell.agents import use_cases
from dunwell.agents.model import AgencyId, ChangeAgency, ListAgencies, ListUnder, SetAside
from dunwell.agents.routes.shapes import (
    AgencyIn,
    AgencyOut,
    AgencyTermsIn,
    BecauseIn,
    ChangeOut,
    DueBy,
    OnlyListed,
    ReviewIn,
    ReviewOut,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out


@get("/", guards=[requires("agents:read")])
async def get_agencies(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    listed: OnlyListed = None,
    due_by: DueBy = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[AgencyOut]:
    """Agencies by code; `listed=true` is the lender's public list."""
    command = ListAgencies(cursor, limit, listed, due_by)
    return page_out(await database.read(caller, use_cases.agencies, command), AgencyOut.of)


@post("/", guards=[requires("agents:write")])
async def post_agency(data: JSONBody[AgencyIn], once: NamedDependency[Once]) -> Response[AgencyOut]:
    """Register an agency. Safe to send again."""
    return await once.run(use_cases.save_agency, data.command(), AgencyOut.of)


@get("/{agency_id:uuid}", guards=[requires("agents:read")])
async def get_agency(
    agency_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> AgencyOut:
    """One agency as it stands."""
    return AgencyOut.of(await database.read(caller, use_cases.agency, AgencyId(agency_id)))


@put("/{agency_id:uuid}", guards=[requires("agents:write")])
async def put_agency(
    agency_id: FromPath[UUID],
    data: JSONBody[AgencyTermsIn],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> AgencyOut:
    """Change an agency's terms. A longer contract needs a review that counts, where the law says so."""
    command = ChangeAgency(AgencyId(agency_id), data.terms())
    return AgencyOut.of(await database.run(caller, use_cases.change_agency, command))


@get("/{agency_id:uuid}/reviews", guards=[requires("agents:read")])
async def get_agency_reviews(
    agency_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[ReviewOut]:
    """The lender's reviews of an agency, the newest first."""
    command = ListUnder(agency_id, cursor, limit)
    return page_out(await database.read(caller, use_cases.reviews, command), ReviewOut.of)


@post("/{agency_id:uuid}/reviews", guards=[requires("agents:write")])
async def post_agency_review(
    agency_id: FromPath[UUID], data: JSONBody[ReviewIn], once: NamedDependency[Once]
) -> Response[ReviewOut]:
    """Keep a review. Safe to send again with the same `reference`."""
    return await once.run(use_cases.review_agency, data.command(agency_id), ReviewOut.of)


@post("/{agency_id:uuid}/suspend", guards=[requires("agents:write")], status_code=200)
async def suspend_agency(
    agency_id: FromPath[UUID], data: JSONBody[BecauseIn], once: NamedDependency[Once]
) -> Response[AgencyOut]:
    """From the next judgement on nobody of the agency contacts anybody. Safe to send again."""
    return await once.run(use_cases.suspend_agency, SetAside(agency_id, data.because), AgencyOut.of)


@post("/{agency_id:uuid}/reinstate", guards=[requires("agents:write")], status_code=200)
async def reinstate_agency(
    agency_id: FromPath[UUID], data: JSONBody[BecauseIn], once: NamedDependency[Once]
) -> Response[AgencyOut]:
    """End a suspension. Safe to send again."""
    return await once.run(use_cases.reinstate_agency, SetAside(agency_id, data.because), AgencyOut.of)


@get("/{agency_id:uuid}/changes", guards=[requires("agents:read")])
async def get_agency_changes(
    agency_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[ChangeOut]:
    """Everything that happened to an agency, in order."""
    command = ListUnder(agency_id, cursor, limit)
    return page_out(await database.read(caller, use_cases.agency_history, command), ChangeOut.of)


router = Router(
    "/agencies",
    route_handlers=[
        get_agencies,
        post_agency,
        get_agency,
        put_agency,
        get_agency_reviews,
        post_agency_review,
        suspend_agency,
        reinstate_agency,
        get_agency_changes,
    ],
    tags=["agents"],
)
