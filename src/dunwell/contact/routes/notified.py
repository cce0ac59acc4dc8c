"""What was told to people and what they confirmed, over HTTP: notices and numbers."""

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from dunwell.access.once import Once
from dunwell.contact import use_cases
from dunwell.contact.routes.fact_answers import ConfirmationOut, NoticeOut
from dunwell.contact.routes.fact_shapes import (
    ConfirmationIn,
    NoticeIn,
    OfReference,
    fact_filter,
)
from dunwell.contact.routes.shapes import OfBorrower
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out


@get("/contact-notices", guards=[requires("contacts:read")])
async def get_notices(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    reference: OfReference = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[NoticeOut]:
    """Steps of notices that the law wants first, the newest first."""
    wanted = fact_filter(borrower, reference, limit, cursor)
    return page_out(await database.read(caller, use_cases.notices, wanted), NoticeOut.of)


@post("/contact-notices", guards=[requires("contacts:write")])
async def post_notice(data: JSONBody[NoticeIn], once: NamedDependency[Once]) -> Response[NoticeOut]:
    """What became of a notice: sent, delivered, failed. Safe to send again with the same `reference` and `status`."""
    return await once.run(use_cases.record_notice, data.command(), NoticeOut.of)


@get("/number-confirmations", guards=[requires("contacts:read")])
async def get_confirmations(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    reference: OfReference = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[ConfirmationOut]:
    """Days on which numbers were confirmed, the newest first."""
    wanted = fact_filter(borrower, reference, limit, cursor)
    return page_out(await database.read(caller, use_cases.confirmations, wanted), ConfirmationOut.of)


@post("/number-confirmations", guards=[requires("contacts:write")])
async def post_confirmation(
    data: JSONBody[ConfirmationIn], once: NamedDependency[Once]
) -> Response[ConfirmationOut]:
    """A person confirmed that a number is theirs. Safe to send again with the same `reference`."""
    return await once.run(use_cases.confirm_number, data.command(), ConfirmationOut.of)


router = Router(
    "/",
    route_handlers=[
        get_notices,
        post_notice,
        get_confirmations,
        post_confirmation,
    ],
    tags=["contact"],
)
