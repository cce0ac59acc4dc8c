"""Borrowers over HTTP: masked, unless somebody with the right to it asks and says why."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from pydantic import Field

from dunwell.access.once import Once
from dunwell.borrowers import use_cases
from dunwell.borrowers.model import (
    Borrower,
    BorrowerDraft,
    BorrowerKind,
    BorrowerStatus,
    Browse,
    ContactPoint,
    Erase,
    Find,
    FindBy,
    PointKind,
    PointSource,
    PointStatus,
    Reveal,
    Revealed,
)
from dunwell.borrowers.shapes import BorrowerIn, Text
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database, TenantTx
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, In, Limit, PageOut, page_out

# A word, not a sentence: it is kept in the audit log, where no personal data may be.
Reason = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,59}$", examples=["borrower-asked"])]


class LookupIn(In):
    """One exact value. It travels in the body, because addresses are written into logs."""

    by: FindBy
    text: Text


class ReasonIn(In):
    reason: Reason


class PointOut(Struct, frozen=True):
    """One way to reach the borrower; the address itself is never here."""

    id: UUID
    kind: PointKind
    source: PointSource
    status: PointStatus
    masked: str

    @classmethod
    def of(cls, point: ContactPoint) -> Self:
        return cls(point.id, point.kind, point.source, point.status, point.masked)


class BorrowerOut(Struct, frozen=True):
    """A borrower, masked."""

    id: UUID
    reference: str
    kind: BorrowerKind
    status: BorrowerStatus
    name: str
    id_number: str
    zone: str
    country: str
    language: str
    contact_points: list[PointOut]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, borrower: Borrower) -> Self:
        profile = borrower.profile
        return cls(
            id=profile.id,
            reference=profile.reference,
            kind=profile.kind,
            status=profile.status,
            name=borrower.masked_name,
            id_number=borrower.masked_id_number,
            zone=profile.zone,
            country=profile.country,
            language=profile.language,
            contact_points=[PointOut.of(point) for point in borrower.points],
            created_at=borrower.created_at,
            updated_at=borrower.updated_at,
        )


class FoundOut(Struct, frozen=True):
    """At most 50 borrowers."""

    items: list[BorrowerOut]

    @classmethod
    def of(cls, found: list[Borrower]) -> Self:
        return cls([BorrowerOut.of(each) for each in found])


class RevealedOut(Struct, frozen=True):
    """Everything held about a borrower, in clear."""

    id: UUID
    name: str | None
    id_number: str | None
    address: str | None
    phones: list[str]
    emails: list[str]

    @classmethod
    def of(cls, shown: Revealed) -> Self:
        return cls(
            shown.id, shown.name, shown.id_number, shown.address, list(shown.phones), list(shown.emails)
        )


@get("/", guards=[requires("borrowers:read")])
async def get_borrowers(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[BorrowerOut]:
    """Borrowers in the order they came, masked."""
    page = await database.read(caller, use_cases.borrowers, Browse(cursor, limit))
    return page_out(page, BorrowerOut.of)


@get("/{borrower_id:uuid}", guards=[requires("borrowers:read")])
async def get_borrower(
    borrower_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> BorrowerOut:
    """One borrower, masked."""
    return BorrowerOut.of(await database.read(caller, use_cases.borrower, BorrowerId(borrower_id)))


@post("/", guards=[requires("borrowers:write")])
async def post_borrower(data: JSONBody[BorrowerIn], once: NamedDependency[Once]) -> Response[BorrowerOut]:
    """Add a borrower, or change the one with that reference; what is not said stays as it is."""

    async def save(tx: TenantTx, draft: BorrowerDraft) -> Borrower:
        return await use_cases.borrower(tx, await use_cases.save_borrower(tx, draft))

    return await once.run(save, data.draft(), BorrowerOut.of)


@post("/lookup", guards=[requires("borrowers:read")], status_code=200)
async def post_lookup(
    data: JSONBody[LookupIn], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> FoundOut:
    """Find borrowers by one exact reference, phone number, e-mail address, id number or name. Changes nothing."""
    return FoundOut.of(await database.read(caller, use_cases.find, Find(data.by, data.text)))


@post("/{borrower_id:uuid}/reveal", guards=[requires("borrowers:reveal")], status_code=200)
async def post_reveal(
    borrower_id: FromPath[UUID],
    data: JSONBody[ReasonIn],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
) -> RevealedOut:
    """Show a borrower's data in clear. Every time is an audit event, so the answer is never kept for a repeat."""
    command = Reveal(BorrowerId(borrower_id), data.reason)
    return RevealedOut.of(await database.run(caller, use_cases.reveal, command))


@post("/{borrower_id:uuid}/erase", guards=[requires("borrowers:write")], status_code=200)
async def post_erase(
    borrower_id: FromPath[UUID], data: JSONBody[ReasonIn], once: NamedDependency[Once]
) -> Response[BorrowerOut]:
    """Destroy the key to a borrower's personal data, for good. Loans and ledger stay. Safe to send again."""

    async def erase(tx: TenantTx, command: Erase) -> Borrower:
        await use_cases.erase(tx, command)
        return await use_cases.borrower(tx, command.borrower)

    return await once.run(erase, Erase(BorrowerId(borrower_id), data.reason), BorrowerOut.of)


router = Router(
    "/borrowers",
    route_handlers=[get_borrowers, get_borrower, post_borrower, post_lookup, post_reveal, post_erase],
    tags=["borrowers"],
)
