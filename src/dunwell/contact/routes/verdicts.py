"""What the gate answers, over HTTP: dry runs, paper cases, every verdict and every touch with the reasons behind it."""

import asyncio
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from dunwell.contact import use_cases
from dunwell.contact.model import CountVerdicts, Filter, VerdictFilter
from dunwell.contact.routes.shapes import (
    By,
    CheckIn,
    CheckOut,
    ContactOut,
    CountOut,
    Counts,
    CountsOut,
    From,
    OfAnswer,
    OfBorrower,
    OfChannel,
    OfCode,
    OfLoan,
    OfRule,
    OnDay,
    Until,
    UntilDay,
    VerdictOut,
)
from dunwell.contact.routes.trials import judged_on_paper
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId, VerdictId
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out


@post("/contact-checks", guards=[requires("contacts:read")], status_code=200)
async def post_contact_check(
    data: JSONBody[CheckIn], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> CheckOut | list[dict[str, object]]:
    """Put a contact to the gate without making it, or judge paper cases: nothing is kept, counted or sent.

    With `borrower`, `loans` and `channel` the contact is judged on what is recorded of them, and the answer is a
    verdict. With `format` and `cases` each case is judged on its own facts, as `dunwell contact judge --json` does, and
    the answer is an array in their order.
    """
    if data.cases is not None:
        return await asyncio.to_thread(judged_on_paper, data.cases)
    return CheckOut.of(await database.read(caller, use_cases.check, data.proposal()))


@get("/contact-verdicts", guards=[requires("contacts:read")])
async def get_contact_verdicts(  # noqa: PLR0913, PLR0917 - one argument for each filter
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    loan: OfLoan = None,
    verdict: OfAnswer = None,
    channel: OfChannel = None,
    code: OfCode = None,
    rule: OfRule = None,
    start: From = None,
    end: Until = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[VerdictOut]:
    """Every answer of the gate, allowed or not, the newest first; a refused contact is found by code or rule."""
    wanted = VerdictFilter(
        BorrowerId(borrower) if borrower else None,
        LoanId(loan) if loan else None,
        verdict,
        channel,
        code,
        rule,
        start,
        end,
        cursor,
        limit,
    )
    return page_out(await database.read(caller, use_cases.verdicts, wanted), VerdictOut.of)


@get("/contact-verdicts/counts", guards=[requires("contacts:read")])
async def get_contact_verdict_counts(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    first: OnDay,
    last: UntilDay,
    by: By = Counts.RULE,
) -> CountsOut:
    """How often each rule, or code, was a reason, by business day and answer; at most 92 days at once."""
    wanted = CountVerdicts(first, last, by is Counts.CODE)
    found = await database.read(caller, use_cases.count_verdicts, wanted)
    return CountsOut([CountOut.of(each) for each in found])


@get("/contact-verdicts/{verdict_id:uuid}", guards=[requires("contacts:read")])
async def get_contact_verdict(
    verdict_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> VerdictOut:
    """One answer of the gate, with rule, version and working."""
    return VerdictOut.of(await database.read(caller, use_cases.verdict, VerdictId(verdict_id)))


@get("/verdicts", guards=[requires("contacts:read")], deprecated=True)
async def get_verdicts(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    verdict: OfAnswer = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[VerdictOut]:
    """The earlier name of `/contact-verdicts`."""
    owner = BorrowerId(borrower) if borrower else None
    wanted = VerdictFilter(owner, answer=verdict, cursor=cursor, limit=limit)
    return page_out(await database.read(caller, use_cases.verdicts, wanted), VerdictOut.of)


@get("/verdicts/{verdict_id:uuid}", guards=[requires("contacts:read")], deprecated=True)
async def get_verdict(
    verdict_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> VerdictOut:
    """The earlier name of `/contact-verdicts/{verdict_id}`."""
    return VerdictOut.of(await database.read(caller, use_cases.verdict, VerdictId(verdict_id)))


@get("/contacts", guards=[requires("contacts:read")])
async def get_contacts(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    channel: OfChannel = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[ContactOut]:
    """Touches in both directions, the newest first, each with the verdict it was made under."""
    wanted = Filter(BorrowerId(borrower) if borrower else None, channel, cursor, limit)
    return page_out(await database.read(caller, use_cases.contacts, wanted), ContactOut.of)


router = Router(
    "/",
    route_handlers=[
        post_contact_check,
        get_contact_verdicts,
        get_contact_verdict_counts,
        get_contact_verdict,
        get_verdicts,
        get_verdict,
        get_contacts,
    ],
    tags=["contact"],
)
