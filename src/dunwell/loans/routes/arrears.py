"""Being late over HTTP: pauses, bucket history, who is liable."""

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
from dunwell.kernel.paging import LIMIT
from dunwell.loans import use_cases
from dunwell.loans.model import (
    ArrearsHistory,
    AskHistory,
    CurrencyTotal,
    Liability,
    LiableObligor,
    LiftPause,
    ListPauses,
    LoanState,
    Obligation,
    PlacedPause,
    PlacePause,
    Role,
    Spell,
    Watch,
    WatchCause,
    WatchOutcome,
)
from dunwell.loans.model.owed import View
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Day, In, Limit, MoneyOut, PageOut, Reference, page_out

SEEN = "By all that is known now, or by what was booked by the end of the day."
Seen = Annotated[View, QueryParameter(name="view", description=SEEN)]


class PauseIn(In):
    """From the end of `starts_on` to the end of `ends_on` (or until it is lifted) being late is not counted."""

    reference: Reference
    starts_on: Day
    ends_on: Day | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500, examples=["typhoon, collection suspended"])]


class LiftIn(In):
    """The last day that is not counted; today, if nothing is said."""

    on: Day | None = None


class PauseOut(Struct, frozen=True):
    """A pause as it was placed, and the day on which it was lifted."""

    id: UUID
    loan: UUID
    reference: str
    starts_on: date
    ends_on: date | None
    reason: str
    placed_at: datetime
    lifted_on: date | None

    @classmethod
    def of(cls, pause: PlacedPause) -> Self:
        return cls(
            pause.id,
            pause.loan,
            pause.reference,
            pause.starts_on,
            pause.ends_on,
            pause.reason,
            pause.placed_at,
            pause.lifted_on,
        )


class SpellOut(Struct, frozen=True):
    """Days on end in one bucket, both ends included. `most_days` is the most days past due in them."""

    bucket: str
    state: LoanState
    from_on: date
    to_on: date
    days: int
    most_days: int

    @classmethod
    def of(cls, spell: Spell) -> Self:
        return cls(spell.bucket, spell.state, spell.from_on, spell.to_on, spell.days, spell.most_days)


class WatchOut(Struct, frozen=True):
    """A watch after a cure or a restructuring; `ends_on` is when it was or will be passed."""

    cause: WatchCause
    from_on: date
    ends_on: date | None
    outcome: WatchOutcome
    defaulted_on: date | None

    @classmethod
    def of(cls, watch: Watch) -> Self:
        return cls(watch.cause, watch.from_on, watch.ends_on, watch.outcome, watch.defaulted_on)


class HistoryOut(Struct, frozen=True):
    """Every day of the loan in exactly one spell."""

    loan: UUID
    view: View
    until: date
    rules_version: int
    spells: list[SpellOut]
    watches: list[WatchOut]

    @classmethod
    def of(cls, found: ArrearsHistory) -> Self:
        return cls(
            found.loan,
            found.view,
            found.until,
            found.rules_version,
            [SpellOut.of(spell) for spell in found.spells],
            [WatchOut.of(watch) for watch in found.watches],
        )


class ObligationOut(Struct, frozen=True):
    """One loan of the borrower: `liable` is what they owe of `outstanding`, as every other liable obligor does."""

    loan: UUID
    reference: str
    role: Role
    outstanding: MoneyOut
    overdue: MoneyOut
    limit: MoneyOut | None
    liable_until: date | None
    liable: MoneyOut

    @classmethod
    def of(cls, item: Obligation) -> Self:
        return cls(
            item.loan,
            item.reference,
            item.role,
            MoneyOut.of(item.outstanding),
            MoneyOut.of(item.overdue),
            MoneyOut.of(item.limit) if item.limit is not None else None,
            item.liable_until,
            MoneyOut.of(item.liable),
        )


class TotalOut(Struct, frozen=True):
    """One currency: each loan once, however many are liable for it."""

    loans: int
    outstanding: MoneyOut
    liable: MoneyOut

    @classmethod
    def of(cls, total: CurrencyTotal) -> Self:
        return cls(total.loans, MoneyOut.of(total.outstanding), MoneyOut.of(total.liable))


class LiabilityOut(Struct, frozen=True):
    """One borrower, many loans."""

    borrower: UUID
    on: date
    totals: list[TotalOut]
    items: list[ObligationOut]

    @classmethod
    def of(cls, found: Liability) -> Self:
        return cls(
            found.borrower,
            found.on,
            [TotalOut.of(total) for total in found.totals],
            [ObligationOut.of(item) for item in found.items],
        )


class LiableObligorOut(Struct, frozen=True):
    """A person beside the loan. What one of them pays is paid for all: the amounts are not to be added up."""

    borrower: UUID
    role: Role
    limit: MoneyOut | None
    liable_until: date | None
    liable: MoneyOut

    @classmethod
    def of(cls, found: LiableObligor) -> Self:
        return cls(
            found.borrower,
            found.role,
            MoneyOut.of(found.limit) if found.limit is not None else None,
            found.liable_until,
            MoneyOut.of(found.liable),
        )


class ObligorsOut(Struct, frozen=True):
    """Everybody beside the loan."""

    items: list[LiableObligorOut]

    @classmethod
    def of(cls, found: list[LiableObligor]) -> Self:
        return cls([LiableObligorOut.of(each) for each in found])


@post("/{loan_id:uuid}/pauses", guards=[requires("loans:write")])
async def post_pause(
    loan_id: FromPath[UUID], data: JSONBody[PauseIn], once: NamedDependency[Once]
) -> Response[PauseOut]:
    """Stop counting how late the loan is. Safe to send again with the same `reference`."""
    command = PlacePause(LoanId(loan_id), data.reference, data.starts_on, data.ends_on, data.reason)
    return await once.run(use_cases.place_pause, command, PauseOut.of)


@post("/{loan_id:uuid}/pauses/{pause_id:uuid}/lift", guards=[requires("loans:write")])
async def post_pause_lift(
    loan_id: FromPath[UUID], pause_id: FromPath[UUID], data: JSONBody[LiftIn], once: NamedDependency[Once]
) -> Response[PauseOut]:
    """End a pause early: the days after it count again."""
    return await once.run(use_cases.lift_pause, LiftPause(LoanId(loan_id), pause_id, data.on), PauseOut.of)


@get("/{loan_id:uuid}/pauses", guards=[requires("loans:read")])
async def get_pauses(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[PauseOut]:
    """Pauses of the loan by their first day, lifted ones too."""
    command = ListPauses(LoanId(loan_id), cursor, limit)
    return page_out(await database.read(caller, use_cases.list_pauses, command), PauseOut.of)


@get("/{loan_id:uuid}/arrears-history", guards=[requires("loans:read")])
async def get_arrears_history(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    seen: Seen = View.RECOMPUTED,
    until: Annotated[date | None, QueryParameter(description="The last day; today without it.")] = None,
) -> HistoryOut:
    """Which bucket the loan was in on every day of its life, and the watches that followed."""
    command = AskHistory(LoanId(loan_id), seen, until)
    return HistoryOut.of(await database.read(caller, use_cases.arrears_history, command))


@get("/{loan_id:uuid}/obligors", guards=[requires("loans:read")])
async def get_obligors(
    loan_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> ObligorsOut:
    """Who is beside the loan, in what role, and what each owes of it today."""
    return ObligorsOut.of(await database.read(caller, use_cases.liable_obligors, LoanId(loan_id)))


@get("/{borrower_id:uuid}/liability", guards=[requires("loans:read")])
async def get_liability(
    borrower_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> LiabilityOut:
    """What a borrower owes today on every loan, as borrower, co-borrower or guarantor."""
    return LiabilityOut.of(await database.read(caller, use_cases.liability, BorrowerId(borrower_id)))


routers = [
    Router(
        "/loans",
        route_handlers=[post_pause, post_pause_lift, get_pauses, get_arrears_history, get_obligors],
        tags=["arrears"],
    ),
    Router("/borrowers", route_handlers=[get_liability], tags=["arrears"]),
]
