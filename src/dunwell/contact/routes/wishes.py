"""What people want and said, over HTTP: hours, consents, refusals, offers to pay."""

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from dunwell.access.once import Once
from dunwell.contact import use_cases
from dunwell.contact.routes.fact_answers import ConsentOut, OfferOut, PreferenceOut, RefusalOut
from dunwell.contact.routes.fact_shapes import (
    ConsentIn,
    OfferIn,
    OfReference,
    PreferenceIn,
    RefusalIn,
    WithdrawIn,
    fact_filter,
)
from dunwell.contact.routes.shapes import OfBorrower
from dunwell.kernel.caller import Caller
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out


@get("/contact-preferences", guards=[requires("contacts:read")])
async def get_preferences(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    reference: OfReference = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[PreferenceOut]:
    """Hours that people asked for, the newest first, replaced ones too."""
    wanted = fact_filter(borrower, reference, limit, cursor)
    return page_out(await database.read(caller, use_cases.preferences, wanted), PreferenceOut.of)


@post("/contact-preferences", guards=[requires("contacts:write")])
async def post_preference(
    data: JSONBody[PreferenceIn], once: NamedDependency[Once]
) -> Response[PreferenceOut]:
    """Contact a person in these hours only. Safe to send again with the same `reference`."""
    return await once.run(use_cases.record_preference, data.command(), PreferenceOut.of)


@post("/contact-preferences/withdraw", guards=[requires("contacts:write")], status_code=200)
async def post_preference_withdrawal(
    data: JSONBody[WithdrawIn], once: NamedDependency[Once]
) -> Response[PreferenceOut]:
    """Any lawful hour is right again. Safe to send again."""
    return await once.run(use_cases.withdraw_preference, data.command(), PreferenceOut.of)


@get("/contact-consents", guards=[requires("contacts:read")])
async def get_consents(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    reference: OfReference = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[ConsentOut]:
    """Consents, the newest first, withdrawn ones too."""
    wanted = fact_filter(borrower, reference, limit, cursor)
    return page_out(await database.read(caller, use_cases.consents, wanted), ConsentOut.of)


@post("/contact-consents", guards=[requires("contacts:write")])
async def post_consent(data: JSONBody[ConsentIn], once: NamedDependency[Once]) -> Response[ConsentOut]:
    """Keep a consent. Safe to send again with the same `reference`."""
    return await once.run(use_cases.record_consent, data.command(), ConsentOut.of)


@post("/contact-consents/withdraw", guards=[requires("contacts:write")], status_code=200)
async def post_consent_withdrawal(
    data: JSONBody[WithdrawIn], once: NamedDependency[Once]
) -> Response[ConsentOut]:
    """The consent counts no more, from the next judgement on. Safe to send again."""
    return await once.run(use_cases.withdraw_consent, data.command(), ConsentOut.of)


@get("/contact-refusals", guards=[requires("contacts:read")])
async def get_refusals(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    reference: OfReference = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[RefusalOut]:
    """Refusals of people who do not owe, the newest first."""
    wanted = fact_filter(borrower, reference, limit, cursor)
    return page_out(await database.read(caller, use_cases.refusals, wanted), RefusalOut.of)


@post("/contact-refusals", guards=[requires("contacts:write")])
async def post_refusal(data: JSONBody[RefusalIn], once: NamedDependency[Once]) -> Response[RefusalOut]:
    """Never contact this person again about somebody else's debt. Safe to send again with the same `reference`."""
    return await once.run(use_cases.record_refusal, data.command(), RefusalOut.of)


@get("/payment-offers", guards=[requires("contacts:read")])
async def get_offers(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    reference: OfReference = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[OfferOut]:
    """Offers to pay by people who do not owe, the newest first."""
    wanted = fact_filter(borrower, reference, limit, cursor)
    return page_out(await database.read(caller, use_cases.offers, wanted), OfferOut.of)


@post("/payment-offers", guards=[requires("contacts:write")])
async def post_offer(data: JSONBody[OfferIn], once: NamedDependency[Once]) -> Response[OfferOut]:
    """Somebody who does not owe offered to pay. Safe to send again with the same `reference`."""
    return await once.run(use_cases.record_offer, data.command(), OfferOut.of)


router = Router(
    "/",
    route_handlers=[
        get_preferences,
        post_preference,
        post_preference_withdrawal,
        get_consents,
        post_consent,
        post_consent_withdrawal,
        get_refusals,
        post_refusal,
        get_offers,
        post_offer,
    ],
    tags=["contact"],
)
