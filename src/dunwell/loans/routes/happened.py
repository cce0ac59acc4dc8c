"""What happened to a loan beside payments, as JSON; listed, shown, undone."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from pydantic import Field

from dunwell.access.once import Once
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.kernel.paging import LIMIT
from dunwell.loans import use_cases
from dunwell.loans.model import Account, Happened, HappeningKind, ListHappenings, UndoHappening
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, In, Limit, MoneyOut, PageOut, Reference, page_out

Reason = Annotated[str, Field(max_length=500)]


class UndoIn(In):
    """What was booked wrongly is undone once; the undoing has a reference of its own."""

    reference: Reference
    reason: Reason = ""


class LineOut(Struct, frozen=True):
    """A line of the entry that was booked at first; plus is a debit."""

    account: Account
    instalment: int | None
    amount: MoneyOut


class HappenedOut(Struct, frozen=True):
    """What happened and what was booked for it. `details` are what the request said beside its amount."""

    id: UUID
    loan: UUID
    reference: str
    kind: HappeningKind
    on: date
    amount: MoneyOut | None
    details: dict[str, object]
    reason: str
    undoes: UUID | None
    booked_at: datetime
    lines: list[LineOut]

    @classmethod
    def of(cls, happened: Happened) -> Self:
        return cls(
            id=happened.id,
            loan=happened.loan,
            reference=happened.reference,
            kind=happened.kind,
            on=happened.on,
            amount=MoneyOut.of(happened.amount) if happened.amount is not None else None,
            details=dict(happened.details),
            reason=happened.reason,
            undoes=happened.undoes,
            booked_at=happened.booked_at,
            lines=[
                LineOut(line.account, line.instalment, MoneyOut.of(line.amount)) for line in happened.lines
            ],
        )


@get("/{loan_id:uuid}/happenings", guards=[requires("loans:read")])
async def get_happenings(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[HappenedOut]:
    """Charges, waivers, other terms and the like, in the order they were booked; nothing is ever removed."""
    command = ListHappenings(LoanId(loan_id), cursor, limit)
    return page_out(await database.read(caller, use_cases.list_happenings, command), HappenedOut.of)


@get("/{happening_id:uuid}", guards=[requires("loans:read")])
async def get_happening(
    happening_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> HappenedOut:
    """One happening, with what was booked for it at first."""
    return HappenedOut.of(await database.read(caller, use_cases.happening, happening_id))


@post("/{happening_id:uuid}/undo", guards=[requires("loans:write")])
async def post_undo(
    happening_id: FromPath[UUID], data: JSONBody[UndoIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Take something out of a loan's life that was booked wrongly. Its postings stay, and new ones undo them."""
    command = UndoHappening(happening_id, data.reference, data.reason)
    return await once.run(use_cases.undo_happening, command, HappenedOut.of)


of_loans = Router("/loans", route_handlers=[get_happenings], tags=["loans"])
router = Router("/happenings", route_handlers=[get_happening, post_undo], tags=["loans"])
