"""Payer marks over HTTP: virtual accounts, debtors' own accounts, payment requests."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct
from pydantic import Field

from dunwell.access.once import Once
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.paging import LIMIT
from dunwell.statements import use_cases
from dunwell.statements.kept import BrowseMarks, MarkId, PayerMark, PayerMarkKind, SaveMark
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, In, Limit, PageOut, page_out


class PayerMarkIn(In):
    """A number that leads to a debtor; with `loan`, to that loan alone."""

    kind: PayerMarkKind
    number: Annotated[str, Field(min_length=1, max_length=80)]
    borrower: UUID
    loan: UUID | None = None


class PayerMarkOut(Struct, frozen=True):
    """A mark; of its number only the end is shown, and no more of it is kept."""

    id: UUID
    kind: PayerMarkKind
    masked: str
    borrower: UUID
    loan: UUID | None
    created_at: datetime

    @classmethod
    def of(cls, mark: PayerMark) -> Self:
        return cls(mark.id, mark.kind, mark.masked, mark.borrower, mark.loan, mark.created_at)


@post("/", guards=[requires("statements:write")])
async def post_payer_mark(data: JSONBody[PayerMarkIn], once: NamedDependency[Once]) -> Response[PayerMarkOut]:
    """Tell a number that a debtor pays by: payments that bear it are matched without a person."""
    loan = LoanId(data.loan) if data.loan is not None else None
    command = SaveMark(data.kind, data.number, BorrowerId(data.borrower), loan)
    return await once.run(use_cases.save_mark, command, PayerMarkOut.of)


@get("/", guards=[requires("statements:read")])
async def get_payer_marks(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    borrower: Annotated[UUID | None, QueryParameter(description="Only this borrower's.")] = None,
) -> PageOut[PayerMarkOut]:
    """The numbers debtors pay by, the oldest first."""
    whose = BorrowerId(borrower) if borrower is not None else None
    page = await database.read(caller, use_cases.marks, BrowseMarks(cursor, limit, whose))
    return page_out(page, PayerMarkOut.of)


@delete("/{mark_id:uuid}", guards=[requires("statements:write")], status_code=204)
async def delete_payer_mark(
    mark_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> None:
    """Forget a number; what was matched by it stays."""
    await database.run(caller, use_cases.drop_mark, MarkId(mark_id))


router = Router(
    "/payer-marks",
    route_handlers=[post_payer_mark, get_payer_marks, delete_payer_mark],
    tags=["statements"],
)
