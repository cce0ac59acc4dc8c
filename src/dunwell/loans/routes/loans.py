"""Loans over HTTP: what was lent, what falls due, the ledger, how late and why."""

from datetime import date, datetime
from decimal import Decimal
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
    MONTHLY,
    PLAIN,
    AgedLoan,
    AskWorking,
    DayCount,
    Every,
    GivenRow,
    InAdvance,
    InterestRule,
    ListLoans,
    ListPostings,
    LoanDraft,
    LoanState,
    Method,
    Obligor,
    Outcome,
    PaymentKind,
    Role,
    Saved,
    Unit,
)
from dunwell.loans.model.law import LenderType
from dunwell.loans.routes.clauses import ClausesIn
from dunwell.loans.routes.contract import OverdueIn
from dunwell.loans.routes.payments import get_loan_payments, post_payment
from dunwell.loans.routes.views import PostingOut, ScheduleOut, WorkingOut
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import (
    Cursor,
    Day,
    Filter,
    In,
    Label,
    Limit,
    MoneyIn,
    MoneyOut,
    PageOut,
    Reference,
    page_out,
)


class EveryIn(In):
    """The distance between two due dates; a month if nothing is said."""

    count: Annotated[int, Field(ge=1, le=366, examples=[1])]
    unit: Annotated[Unit, Field(examples=["month"])]


class RowIn(In):
    """One instalment as the lender supplies it."""

    due_on: Day
    principal: MoneyIn
    interest: MoneyIn
    costs: MoneyIn | None = None

    def row(self, place: int) -> GivenRow:
        principal = self.principal.not_negative(f"rows[{place}].principal")
        costs = (
            self.costs.not_negative(f"rows[{place}].costs") if self.costs else Money.zero(principal.currency)
        )
        return GivenRow(self.due_on, principal, self.interest.not_negative(f"rows[{place}].interest"), costs)


class ObligorIn(In):
    """Somebody beside the borrower. A guarantor may be liable up to `limit` and until a day."""

    borrower: UUID
    role: Role
    limit: MoneyIn | None = None
    liable_until: Day | None = None

    def obligor(self, place: int) -> Obligor:
        limit = self.limit.positive(f"obligors[{place}].limit") if self.limit else None
        return Obligor(BorrowerId(self.borrower), self.role, limit, self.liable_until)


class LoanIn(In):
    """The contract. `rows` go with the method `as_on_tape`, and only with it; `annual_rate` is a fraction.

    `disclosed` are the codes on the disclosure sheet. What is not said from `overdue` on is as the product says.
    """

    reference: Reference
    borrower: UUID
    principal: MoneyIn
    disbursed_on: Day
    method: Annotated[Method, Field(examples=["equal_instalment"])]
    annual_rate: Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,8})?$", examples=["0.12"])] = "0"
    day_count: Annotated[DayCount, Field(examples=["30/360"])] = DayCount.THIRTY_360
    count: Annotated[int, Field(ge=1, le=600, examples=[12])] = 1
    every: EveryIn | None = None
    first_due_on: Day | None = None
    rows: Annotated[list[RowIn], Field(max_length=600)] = Field(default_factory=list[RowIn])
    product: Label | None = None
    obligors: Annotated[list[ObligorIn], Field(max_length=20)] = Field(default_factory=list[ObligorIn])
    clauses: ClausesIn | None = None
    overdue: OverdueIn | None = None
    in_advance: dict[PaymentKind, InAdvance] = Field(default_factory=dict[PaymentKind, InAdvance])
    interest: InterestRule | None = None
    lender_type: LenderType | None = None
    contracted_on: Day | None = None
    disclosed: Annotated[list[Label], Field(max_length=100)] | None = None

    def draft(self) -> LoanDraft:
        return LoanDraft(
            reference=self.reference,
            borrower=BorrowerId(self.borrower),
            principal=self.principal.positive("principal"),
            disbursed_on=self.disbursed_on,
            method=self.method,
            annual_rate=Decimal(self.annual_rate),
            day_count=self.day_count,
            count=self.count,
            every=Every(self.every.count, self.every.unit) if self.every else MONTHLY,
            first_due_on=self.first_due_on,
            rows=tuple(row.row(place) for place, row in enumerate(self.rows)),
            product=self.product or "",
            obligors=tuple(each.obligor(place) for place, each in enumerate(self.obligors)),
            clauses=self.clauses.clauses(self.principal.currency) if self.clauses else PLAIN,
            overdue=self.overdue.terms(self.principal.currency) if self.overdue else None,
            in_advance=self.in_advance,
            interest=self.interest,
            lender_type=self.lender_type,
            contracted_on=self.contracted_on,
            disclosed=tuple(self.disclosed) if self.disclosed is not None else None,
        )


class SavedOut(Struct, frozen=True):
    """Whether the loan is new, was changed, or was so already."""

    id: UUID | None
    reference: str
    outcome: Outcome

    @classmethod
    def of(cls, saved: Saved) -> Self:
        return cls(saved.id, saved.reference, saved.outcome)


class LoanOut(Struct, frozen=True):
    """A loan as it stands today. `past_due_since` is the oldest unpaid due date and may lie ahead."""

    id: UUID
    reference: str
    borrower: UUID
    product: str
    principal: MoneyOut
    annual_rate: str
    method: Method
    day_count: DayCount
    disbursed_on: date
    matures_on: date
    state: LoanState
    past_due_since: date | None
    days_past_due: int
    bucket: str
    settled_on: date | None
    outstanding: MoneyOut
    credit: MoneyOut
    charged_off_on: date | None
    terms_version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, aged: AgedLoan) -> Self:
        loan = aged.loan
        return cls(
            id=loan.id,
            reference=loan.reference,
            borrower=loan.borrower,
            product=loan.product,
            principal=MoneyOut.of(loan.principal),
            annual_rate=f"{loan.annual_rate.normalize():f}",
            method=loan.method,
            day_count=loan.day_count,
            disbursed_on=loan.disbursed_on,
            matures_on=loan.matures_on,
            state=loan.state,
            past_due_since=loan.past_due_since,
            days_past_due=aged.days_past_due,
            bucket=aged.bucket,
            settled_on=loan.settled_on,
            outstanding=MoneyOut.of(loan.outstanding),
            credit=MoneyOut.of(loan.credit),
            charged_off_on=loan.charged_off_on,
            terms_version=loan.terms_version,
            created_at=loan.created_at,
            updated_at=loan.updated_at,
        )


@get("/", guards=[requires("loans:read")])
async def get_loans(
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
    in_state: Annotated[
        LoanState | None, QueryParameter(name="state", description="Only loans in that state.")
    ] = None,
    borrower: Annotated[UUID | None, QueryParameter(description="Only loans of that obligor.")] = None,
    reference: Filter = None,
    late: Annotated[bool, QueryParameter(description="Only loans past due today.")] = False,  # noqa: FBT002
) -> PageOut[LoanOut]:
    """Loans in the order they came."""
    who = BorrowerId(borrower) if borrower else None
    command = ListLoans(cursor, limit, in_state, who, reference, late)
    return page_out(await database.read(caller, use_cases.list_loans, command), LoanOut.of)


@get("/{loan_id:uuid}", guards=[requires("loans:read")])
async def get_loan(
    loan_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> LoanOut:
    """One loan as it stands."""
    return LoanOut.of(await database.read(caller, use_cases.aged_loan, LoanId(loan_id)))


@post("/", guards=[requires("loans:write")])
async def post_loan(data: JSONBody[LoanIn], once: NamedDependency[Once]) -> Response[SavedOut]:
    """Add a loan, or change the one with that reference: payments are replayed over changed terms."""
    return await once.run(use_cases.save_loan, data.draft(), SavedOut.of)


@get("/{loan_id:uuid}/schedule", guards=[requires("loans:read")])
async def get_schedule(
    loan_id: FromPath[UUID], database: NamedDependency[Database], caller: NamedDependency[Caller]
) -> ScheduleOut:
    """What falls due, and what of it is settled."""
    return ScheduleOut.of(await database.read(caller, use_cases.loan_schedule, LoanId(loan_id)))


@get("/{loan_id:uuid}/ledger", guards=[requires("loans:read")])
async def get_ledger(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOut[PostingOut]:
    """The loan's postings in the order they were booked; nothing is ever removed."""
    command = ListPostings(LoanId(loan_id), cursor, limit)
    return page_out(await database.read(caller, use_cases.loan_ledger, command), PostingOut.of)


@get("/{loan_id:uuid}/days-past-due", guards=[requires("loans:read")])
async def get_days_past_due(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: Annotated[
        date | None, QueryParameter(description="Any day, past or ahead; today without it.")
    ] = None,
) -> WorkingOut:
    """Days past due with their working: the convention, the instalments and the payments they came from."""
    command = AskWorking(LoanId(loan_id), on)
    return WorkingOut.of(await database.read(caller, use_cases.loan_working, command))


router = Router(
    "/loans",
    route_handlers=[
        get_loans,
        get_loan,
        post_loan,
        get_schedule,
        get_ledger,
        get_days_past_due,
        get_loan_payments,
        post_payment,
    ],
    tags=["loans"],
)
