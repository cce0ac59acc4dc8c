"""Money in suspense, and receipts over several loans, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct
from pydantic import Field

from dunwell.access.once import Once
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.kernel.paging import LIMIT
from dunwell.loans import use_cases
from dunwell.loans.model import (
    MOST_PARTS,
    AssignMoney,
    HoldMoney,
    ListSuspense,
    ReturnMoney,
    SplitPayment,
    SuspenseItem,
    SuspenseState,
)
from dunwell.loans.routes.happened import Reason
from dunwell.loans.routes.payments import ReceiptsOut
from dunwell.storage.tenant import Database, TenantTx
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Day, In, Limit, MoneyIn, MoneyOut, PageOut, Reference, page_out


class HoldIn(In):
    """Money that came in and whose loan is not known."""

    reference: Reference
    amount: MoneyIn
    received_on: Day
    source: Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,39}$", examples=["bank"])] = "api"


class PartIn(In):
    """What one loan gets."""

    loan: UUID
    amount: MoneyIn


Parts = Annotated[list[PartIn], Field(min_length=1, max_length=MOST_PARTS)]


class AssignIn(In):
    """Loans that get (part of) the item, each once."""

    reference: Reference
    parts: Parts


class ReturnIn(In):
    """What is left is sent back to whoever sent it."""

    reference: Reference
    returned_on: Day
    reason: Reason = ""


class SplitIn(In):
    """One receipt over loans of one borrower. Without `parts` it is shared in the order of the law."""

    reference: Reference
    borrower: UUID
    amount: MoneyIn
    received_on: Day
    parts: Parts | None = None


class SuspenseOut(Struct, frozen=True):
    """Money in suspense: what came in, and what of it is still nobody's."""

    id: UUID
    reference: str
    amount: MoneyOut
    left: MoneyOut
    received_on: date
    source: str
    state: SuspenseState
    booked_at: datetime

    @classmethod
    def of(cls, item: SuspenseItem) -> Self:
        return cls(
            id=item.id,
            reference=item.reference,
            amount=MoneyOut.of(item.amount),
            left=MoneyOut.of(item.left),
            received_on=item.received_on,
            source=item.source,
            state=item.state,
            booked_at=item.booked_at,
        )


@get("/", guards=[requires("payments:read")])
async def get_suspense(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    in_state: Annotated[
        SuspenseState | None, QueryParameter(name="state", description="Only items in that state.")
    ] = None,
) -> PageOut[SuspenseOut]:
    """Money in suspense, in the order it came."""
    command = ListSuspense(cursor, limit, in_state)
    return page_out(await database.read(caller, use_cases.list_suspense, command), SuspenseOut.of)


@get("/{item_id:uuid}", guards=[requires("payments:read")])
async def get_suspense_item(
    item_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> SuspenseOut:
    """One item as it is."""
    return SuspenseOut.of(await database.read(caller, use_cases.suspense_item, item_id))


@post("/", guards=[requires("payments:write")])
async def post_suspense(data: JSONBody[HoldIn], once: NamedDependency[Once]) -> Response[SuspenseOut]:
    """Hold money that no loan can take yet. The same `reference` again is the same money."""
    command = HoldMoney(data.reference, data.amount.positive("amount"), data.received_on, data.source)
    return await once.run(_hold, command, SuspenseOut.of)


@post("/{item_id:uuid}/assign", guards=[requires("payments:write")])
async def post_assign(
    item_id: FromPath[UUID], data: JSONBody[AssignIn], once: NamedDependency[Once]
) -> Response[ReceiptsOut]:
    """Give (part of) an item to loans: a payment for each, received on the day the item was."""
    command = AssignMoney(item_id, _parts(data.parts), data.reference)
    return await once.run(use_cases.assign_money, command, ReceiptsOut.of)


@post("/{item_id:uuid}/return", guards=[requires("payments:write")])
async def post_return(
    item_id: FromPath[UUID], data: JSONBody[ReturnIn], once: NamedDependency[Once]
) -> Response[SuspenseOut]:
    """Send what is left of an item back."""
    command = ReturnMoney(item_id, data.reference, data.returned_on, data.reason)
    return await once.run(use_cases.return_money, command, SuspenseOut.of)


@post("/", guards=[requires("payments:write")])
async def post_split_payment(data: JSONBody[SplitIn], once: NamedDependency[Once]) -> Response[ReceiptsOut]:
    """Record one receipt over several loans of a borrower, all or none: as named, or in the order of the law."""
    command = SplitPayment(
        BorrowerId(data.borrower),
        data.reference,
        data.amount.positive("amount"),
        data.received_on,
        _parts(data.parts or []),
    )
    return await once.run(use_cases.split_payment, command, ReceiptsOut.of)


async def _hold(tx: TenantTx, command: HoldMoney) -> SuspenseItem:
    return (await use_cases.hold_money(tx, [command]))[0]


def _parts(parts: list[PartIn]) -> tuple[tuple[LoanId, Money], ...]:
    return tuple(
        (LoanId(each.loan), each.amount.positive(f"parts[{place}].amount"))
        for place, each in enumerate(parts)
    )


router = Router(
    "/suspense",
    route_handlers=[get_suspense, get_suspense_item, post_suspense, post_assign, post_return],
    tags=["suspense"],
)
split = Router("/split-payments", route_handlers=[post_split_payment], tags=["payments"])
