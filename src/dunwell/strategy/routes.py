"""Cadences over HTTP: what is published, what was planned for whom, and a run of the planner."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Struct

from dunwell.access.once import Once
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.paging import LIMIT
from dunwell.storage.tenant import Database
from dunwell.strategy import use_cases
from dunwell.strategy.model import Cadence, Progress, Step, StepOutcome, StepQuery, StepRow, Strategy
from dunwell.web.guards import requires
from dunwell.web.shapes import Cursor, Limit, PageOut, page_out

OfBorrower = Annotated[UUID | None, QueryParameter(name="borrower", description="Only of this borrower.")]
OfLoan = Annotated[UUID | None, QueryParameter(name="loan", description="Only of this loan.")]
OfOutcome = Annotated[
    StepOutcome | None, QueryParameter(name="outcome", description="Only with this outcome.")
]


class StepOut(Struct, frozen=True):
    """`day` counts from the due date of the oldest unpaid instalment; `at` is the borrower's local time.

    `least_due` is an amount in the loan's currency.
    """

    key: str
    day: int
    at: str
    channel: str
    template: str
    purpose: str
    least_due: str | None
    dpd_from: int | None
    dpd_to: int | None
    valid_hours: int

    @classmethod
    def of(cls, step: Step) -> Self:
        return cls(
            step.key,
            step.day,
            step.at.strftime("%H:%M"),
            step.channel,
            step.template,
            step.purpose,
            str(step.least_due) if step.least_due is not None else None,
            step.dpd_from,
            step.dpd_to,
            int(step.valid.total_seconds() // 3600),
        )


class CadenceOut(Struct, frozen=True):
    """A cadence and the products and currency of its segment; empty and null: any."""

    name: str
    title: dict[str, str]
    products: list[str]
    currency: str | None
    steps: list[StepOut]

    @classmethod
    def of(cls, cadence: Cadence) -> Self:
        return cls(
            cadence.name,
            dict(cadence.title),
            sorted(cadence.segment.products),
            cadence.segment.currency,
            [StepOut.of(step) for step in cadence.steps],
        )


class CadencesOut(Struct, frozen=True):
    """The published cadences in the order in which a loan is given one."""

    version: int
    cadences: list[CadenceOut]

    @classmethod
    def of(cls, strategy: Strategy) -> Self:
        return cls(strategy.version, [CadenceOut.of(each) for each in strategy.cadences])


class CountOut(Struct, frozen=True):
    cadence: str
    version: int
    outcome: str
    steps: int


class ProgressOut(Struct, frozen=True):
    """How far the plan reaches, and what became of the steps of the last thirty days."""

    planned_through: date | None
    counts: list[CountOut]

    @classmethod
    def of(cls, progress: Progress) -> Self:
        return cls(
            progress.planned_through,
            [CountOut(*key, steps) for key, steps in sorted(progress.counts.items())],
        )


class PlannedStepOut(Struct, frozen=True):
    """One step of one loan, once its day had come.

    `planned` and `held` have a message and the verdict that let it in; `denied` has the verdict that did not;
    `skipped` and `superseded` say why in `reason`. `anchor_on` is the due date the step was counted from.
    """

    loan: UUID
    borrower: UUID
    anchor_on: date
    step: str
    cadence: str
    version: int
    channel: str
    planned_for: date
    planned_at: datetime | None
    outcome: StepOutcome
    reason: str
    message: UUID | None
    verdict: UUID | None

    @classmethod
    def of(cls, row: StepRow) -> Self:
        return cls(
            row.loan,
            row.borrower,
            row.anchor_on,
            row.step,
            row.cadence,
            row.version,
            row.channel,
            row.planned_for,
            row.planned_at,
            row.outcome,
            row.reason,
            row.message,
            row.verdict,
        )


class OrderedOut(Struct, frozen=True):
    """`new` is false when a run of this hour was ordered before."""

    new: bool


@get("/cadences", guards=[requires("cadences:read")])
async def get_cadences(database: NamedDependency[Database], caller: NamedDependency[Caller]) -> CadencesOut:
    """The cadences in force now, with the version of the tenant's files they stand in."""
    return CadencesOut.of(await database.read(caller, use_cases.cadences, None))


@get("/cadences/progress", guards=[requires("cadences:read")])
async def get_cadence_progress(
    database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> ProgressOut:
    """How far the plan reaches, and what became of its steps, by cadence and version."""
    return ProgressOut.of(await database.read(caller, use_cases.progress, None))


@get("/cadence-steps", guards=[requires("cadences:read")])
async def get_cadence_steps(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    borrower: OfBorrower = None,
    loan: OfLoan = None,
    outcome: OfOutcome = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[PlannedStepOut]:
    """What was planned, for a borrower, a loan or everybody: the newest day first."""
    query = StepQuery(
        borrower=BorrowerId(borrower) if borrower else None,
        loan=LoanId(loan) if loan else None,
        outcome=outcome,
        limit=limit,
        cursor=cursor,
    )
    return page_out(await database.read(caller, use_cases.planned_steps, query), PlannedStepOut.of)


@post("/cadences/plan", guards=[requires("cadences:write")], status_code=202)
async def post_cadence_plan(once: NamedDependency[Once]) -> Response[OrderedOut]:
    """Ask the workers to plan what is due today. Harmless at any time: nothing is planned twice."""
    return await once.run(use_cases.order_plan, None, OrderedOut)


router = Router(
    "/",
    route_handlers=[get_cadences, get_cadence_progress, get_cadence_steps, post_cadence_plan],
    tags=["cadences"],
)
