"""What is so, over HTTP: about a person, about a person's part in a loan, about a debt."""

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from dunwell.access.once import Once
from dunwell.contact import use_cases
from dunwell.contact.routes.fact_answers import CircumstanceOut, MarkOut, PartyOut
from dunwell.contact.routes.fact_shapes import (
    CircumstanceIn,
    MarkIn,
    OfReference,
    PartyIn,
    WithdrawIn,
    fact_filter,
)
from dunwell.contact.routes.shapes import OfBorrower, OfLoan
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out


@get("/circumstances", guards=[requires("contacts:read")])
async def get_circumstances(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    reference: OfReference = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[CircumstanceOut]:
    """Circumstances of people, the newest first, ended ones too."""
    wanted = fact_filter(borrower, reference, limit, cursor)
    return page_out(await database.read(caller, use_cases.circumstances, wanted), CircumstanceOut.of)


@post("/circumstances", guards=[requires("contacts:write")])
async def post_circumstance(
    data: JSONBody[CircumstanceIn], once: NamedDependency[Once]
) -> Response[CircumstanceOut]:
    """Say what is so about a person or a number of theirs. Safe to send again with the same `reference`."""
    return await once.run(use_cases.record_circumstance, data.command(), CircumstanceOut.of)


@post("/circumstances/withdraw", guards=[requires("contacts:write")], status_code=200)
async def post_circumstance_withdrawal(
    data: JSONBody[WithdrawIn], once: NamedDependency[Once]
) -> Response[CircumstanceOut]:
    """It is so no more. Safe to send again."""
    return await once.run(use_cases.withdraw_circumstance, data.command(), CircumstanceOut.of)


@get("/loan-parties", guards=[requires("contacts:read")])
async def get_parties(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    reference: OfReference = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[PartyOut]:
    """What people are to loans beyond the lender's tape, the newest first, replaced parts too."""
    wanted = fact_filter(borrower, reference, limit, cursor)
    return page_out(await database.read(caller, use_cases.parties, wanted), PartyOut.of)


@post("/loan-parties", guards=[requires("contacts:write")])
async def post_party(data: JSONBody[PartyIn], once: NamedDependency[Once]) -> Response[PartyOut]:
    """Say what a person is to a loan, in place of what was said before. Safe to send again (same `reference`)."""
    return await once.run(use_cases.record_party, data.command(), PartyOut.of)


@post("/loan-parties/withdraw", guards=[requires("contacts:write")], status_code=200)
async def post_party_withdrawal(
    data: JSONBody[WithdrawIn], once: NamedDependency[Once]
) -> Response[PartyOut]:
    """The person is again what the lender's tape says. Safe to send again."""
    return await once.run(use_cases.withdraw_party, data.command(), PartyOut.of)


@get("/debt-marks", guards=[requires("contacts:read")])
async def get_marks(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    loan: OfLoan = None,
    reference: OfReference = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[MarkOut]:
    """Debts that were transferred or are barred, the newest first, withdrawn marks too."""
    wanted = fact_filter(loan, reference, limit, cursor)
    return page_out(await database.read(caller, use_cases.marks, wanted), MarkOut.of)


@post("/debt-marks", guards=[requires("contacts:write")])
async def post_mark(data: JSONBody[MarkIn], once: NamedDependency[Once]) -> Response[MarkOut]:
    """A debt was transferred, or is barred, from a day on. Safe to send again with the same `reference`."""
    return await once.run(use_cases.record_mark, data.command(), MarkOut.of)


@post("/debt-marks/withdraw", guards=[requires("contacts:write")], status_code=200)
async def post_mark_withdrawal(data: JSONBody[WithdrawIn], once: NamedDependency[Once]) -> Response[MarkOut]:
    """It was not so. Safe to send again."""
    return await once.run(use_cases.withdraw_mark, data.command(), MarkOut.of)


router = Router(
    "/",
    route_handlers=[
        get_circumstances,
        post_circumstance,
        post_circumstance_withdrawal,
        get_parties,
        post_party,
        post_party_withdrawal,
        get_marks,
        post_mark,
        post_mark_withdrawal,
    ],
    tags=["contact"],
)
