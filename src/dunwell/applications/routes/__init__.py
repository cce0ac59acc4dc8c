"""Applications over HTTP: apply, submit, decide, accept, pay out; every refusal is a problem document."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from dunwell.access.once import Once
from dunwell.applications import use_cases
from dunwell.applications.model import (
    ApplicationId,
    ApplicationState,
    Decide,
    Disburse,
    ListApplications,
    Review,
    Withdraw,
)
from dunwell.applications.routes.shapes import (
    ApplicationOut,
    ApplyIn,
    ApproveIn,
    BecauseIn,
    DeclineIn,
    DisbursedOut,
    DisburseIn,
    ProductsOut,
    RecomputedOut,
    WholeApplicationOut,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Filter, Limit, PageOut, page_out

InState = Annotated[
    ApplicationState | None,
    QueryParameter(name="state", description="Only applications that are in that state today."),
]
OfBorrower = Annotated[UUID | None, QueryParameter(description="Only applications of that borrower.")]


@get("/loan-products", guards=[requires("applications:read")])
async def get_loan_products(
    database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> ProductsOut:
    """What can be applied for now, with every fee."""
    return ProductsOut.of(await database.read(caller, use_cases.products, None))


@get("/applications", guards=[requires("applications:read")])
async def get_applications(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    in_state: InState = None,
    borrower: OfBorrower = None,
    reference: Filter = None,
) -> PageOut[ApplicationOut]:
    """Applications in the order they came."""
    who = BorrowerId(borrower) if borrower else None
    command = ListApplications(cursor, limit, in_state, who, reference)
    return page_out(await database.read(caller, use_cases.applications, command), ApplicationOut.of)


@get("/applications/{application_id:uuid}", guards=[requires("applications:read")])
async def get_application(
    application_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> WholeApplicationOut:
    """One application with the working of its score, the reasons in both languages, and every step."""
    found = await database.read(caller, use_cases.application, ApplicationId(application_id))
    return WholeApplicationOut.of(found)


@get("/applications/{application_id:uuid}/recomputation", guards=[requires("applications:read")])
async def get_recomputation(
    application_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> RecomputedOut:
    """The score made again from the sealed facts, by the version of the scorecard it names."""
    return RecomputedOut.of(await database.read(caller, use_cases.recompute, ApplicationId(application_id)))


@post("/applications", guards=[requires("applications:write")])
async def post_application(data: JSONBody[ApplyIn], once: NamedDependency[Once]) -> Response[ApplicationOut]:
    """Register the applicant and keep a draft; the same reference again changes the draft."""
    return await once.run(use_cases.apply, data.command(), ApplicationOut.of)


@post("/applications/{application_id:uuid}/submit", guards=[requires("applications:write")], status_code=200)
async def submit_application(
    application_id: FromPath[UUID], once: NamedDependency[Once]
) -> Response[ApplicationOut]:
    """Score it. Then it waits for a second person, unless a knock-out rule declines it."""
    return await once.run(use_cases.submit, ApplicationId(application_id), ApplicationOut.of)


@post(
    "/applications/{application_id:uuid}/approve", guards=[requires("applications:approve")], status_code=200
)
async def approve_application(
    application_id: FromPath[UUID], data: JSONBody[ApproveIn], once: NamedDependency[Once]
) -> Response[ApplicationOut]:
    """Approve, as another person than those who made the application, within one's limits."""
    command = Decide(ApplicationId(application_id), data.because or "")
    return await once.run(use_cases.approve, command, ApplicationOut.of)


@post(
    "/applications/{application_id:uuid}/decline", guards=[requires("applications:approve")], status_code=200
)
async def decline_application(
    application_id: FromPath[UUID], data: JSONBody[DeclineIn], once: NamedDependency[Once]
) -> Response[ApplicationOut]:
    """Decline with reasons, as another person than those who made the application."""
    command = Decide(ApplicationId(application_id), data.because or "", tuple(data.reasons))
    return await once.run(use_cases.decline, command, ApplicationOut.of)


@post("/applications/{application_id:uuid}/review", guards=[requires("applications:write")], status_code=200)
async def review_application(
    application_id: FromPath[UUID], data: JSONBody[BecauseIn], once: NamedDependency[Once]
) -> Response[ApplicationOut]:
    """Have a person look at a declined application again: not the one who declined it."""
    command = Review(ApplicationId(application_id), data.because)
    return await once.run(use_cases.review, command, ApplicationOut.of)


@post("/applications/{application_id:uuid}/accept", guards=[requires("applications:write")], status_code=200)
async def accept_application(
    application_id: FromPath[UUID], once: NamedDependency[Once]
) -> Response[ApplicationOut]:
    """The borrower takes the offer; his cooling-off time begins."""
    return await once.run(use_cases.accept, ApplicationId(application_id), ApplicationOut.of)


@post(
    "/applications/{application_id:uuid}/withdraw", guards=[requires("applications:write")], status_code=200
)
async def withdraw_application(
    application_id: FromPath[UUID], data: JSONBody[BecauseIn], once: NamedDependency[Once]
) -> Response[ApplicationOut]:
    """Take it back, at any time before it is paid out."""
    command = Withdraw(ApplicationId(application_id), data.because)
    return await once.run(use_cases.withdraw, command, ApplicationOut.of)


@post(
    "/applications/{application_id:uuid}/disburse", guards=[requires("applications:write")], status_code=200
)
async def disburse_application(
    application_id: FromPath[UUID], data: JSONBody[DisburseIn], once: NamedDependency[Once]
) -> Response[DisbursedOut]:
    """The money went out: the loan is opened, once, and its schedule answered."""
    command = Disburse(ApplicationId(application_id), data.reference, data.on)
    return await once.run(use_cases.disburse, command, DisbursedOut.of)


router = Router(
    "/",
    route_handlers=[
        get_loan_products,
        get_applications,
        get_application,
        get_recomputation,
        post_application,
        submit_application,
        approve_application,
        decline_application,
        review_application,
        accept_application,
        withdraw_application,
        disburse_application,
    ],
    tags=["applications"],
)
