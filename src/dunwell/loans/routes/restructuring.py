"""Other terms for a running loan, and its end, over HTTP."""

from datetime import date
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
from dunwell.kernel.ids import LoanId
from dunwell.loans import use_cases
from dunwell.loans.model import (
    MONTHLY,
    AskPayoff,
    ChangeRate,
    ChargeOff,
    CloseLoan,
    Component,
    DisburseTranche,
    Every,
    PayoffQuote,
    ReAge,
    Reamortise,
    Reschedule,
    Unit,
)
from dunwell.loans.routes.clauses import RateText
from dunwell.loans.routes.happened import HappenedOut, Reason
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import Day, In, MoneyIn, MoneyOut, Reference

Count = Annotated[int, Field(ge=0, le=600, examples=[1])]


class TrancheIn(In):
    """A further amount lent under the same contract."""

    reference: Reference
    amount: MoneyIn
    disbursed_on: Day


class RateIn(In):
    """Another annual rate (a fraction) from a day on."""

    reference: Reference
    annual_rate: RateText
    from_on: Day
    reason: Reason = ""


class RescheduleIn(In):
    """Instalments from the one due at `from_due` on: moved, some added, re-rated, or without principal for a while."""

    reference: Reference
    on: Day
    from_due: Day
    new_due: Day | None = None
    extra: Count = 0
    pause: Count = 0
    annual_rate: RateText | None = None
    reason: Reason = ""


class ReAgeIn(In):
    """Principal outstanding, spread over `count` new instalments, a month apart unless `every` says otherwise."""

    reference: Reference
    on: Day
    first_due_on: Day
    count: Annotated[int, Field(ge=1, le=600, examples=[6])]
    every_count: Annotated[int, Field(ge=1, le=366)] = 1
    every_unit: Annotated[Unit, Field(examples=["month"])] = Unit.MONTH
    reason: Reason = ""


class DayIn(In):
    """The day on which it takes effect, and why."""

    reference: Reference
    on: Day
    reason: Reason = ""


class PartOut(Struct, frozen=True):
    component: Component
    amount: MoneyOut


class PayoffOut(Struct, frozen=True):
    """What to pay at the end of that day so that nothing is owed: the parts, less the credit."""

    loan: UUID
    on: date
    parts: list[PartOut]
    unearned: MoneyOut
    credit: MoneyOut
    amount: MoneyOut

    @classmethod
    def of(cls, quote: PayoffQuote) -> Self:
        return cls(
            loan=quote.loan,
            on=quote.on,
            parts=[PartOut(component, MoneyOut.of(amount)) for component, amount in quote.parts],
            unearned=MoneyOut.of(quote.unearned),
            credit=MoneyOut.of(quote.credit),
            amount=MoneyOut.of(quote.amount),
        )


@post("/{loan_id:uuid}/tranches", guards=[requires("loans:write")])
async def post_tranche(
    loan_id: FromPath[UUID], data: JSONBody[TrancheIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Lend a further amount: instalments ahead are computed anew."""
    amount = data.amount.positive("amount")
    command = DisburseTranche(LoanId(loan_id), data.reference, amount, data.disbursed_on)
    return await once.run(use_cases.disburse_tranche, command, HappenedOut.of)


@post("/{loan_id:uuid}/rate-changes", guards=[requires("loans:write")])
async def post_rate_change(
    loan_id: FromPath[UUID], data: JSONBody[RateIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Another rate: instalments ahead are computed anew, the period it falls into is split there."""
    rate = Decimal(data.annual_rate)
    command = ChangeRate(LoanId(loan_id), data.reference, rate, data.from_on, data.reason)
    return await once.run(use_cases.change_rate, command, HappenedOut.of)


@post("/{loan_id:uuid}/reschedules", guards=[requires("loans:write")])
async def post_reschedule(
    loan_id: FromPath[UUID], data: JSONBody[RescheduleIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Move, add or re-rate instalments."""
    command = Reschedule(
        loan=LoanId(loan_id),
        reference=data.reference,
        on=data.on,
        from_due=data.from_due,
        new_due=data.new_due,
        extra=data.extra,
        annual_rate=Decimal(data.annual_rate) if data.annual_rate is not None else None,
        pause=data.pause,
        reason=data.reason,
    )
    return await once.run(use_cases.reschedule, command, HappenedOut.of)


@post("/{loan_id:uuid}/re-ageing", guards=[requires("loans:write")])
async def post_re_ageing(
    loan_id: FromPath[UUID], data: JSONBody[ReAgeIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Spread the principal outstanding over new instalments."""
    every = Every(data.every_count, data.every_unit)
    command = ReAge(
        LoanId(loan_id),
        data.reference,
        data.on,
        data.first_due_on,
        data.count,
        MONTHLY if every == MONTHLY else every,
        data.reason,
    )
    return await once.run(use_cases.re_age, command, HappenedOut.of)


@post("/{loan_id:uuid}/re-amortisation", guards=[requires("loans:write")])
async def post_re_amortisation(
    loan_id: FromPath[UUID], data: JSONBody[DayIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Spread overdue principal evenly over the instalments still ahead."""
    command = Reamortise(LoanId(loan_id), data.reference, data.on, data.reason)
    return await once.run(use_cases.reamortise, command, HappenedOut.of)


@post("/{loan_id:uuid}/charge-off", guards=[requires("loans:write")])
async def post_charge_off(
    loan_id: FromPath[UUID], data: JSONBody[DayIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Write the loan off: the debt stays, and what comes in later is recovery."""
    command = ChargeOff(LoanId(loan_id), data.reference, data.on, data.reason)
    return await once.run(use_cases.charge_off, command, HappenedOut.of)


@post("/{loan_id:uuid}/closing", guards=[requires("loans:write")])
async def post_closing(
    loan_id: FromPath[UUID], data: JSONBody[DayIn], once: NamedDependency[Once]
) -> Response[HappenedOut]:
    """Close a loan on which nothing is owed and nothing is kept."""
    command = CloseLoan(LoanId(loan_id), data.reference, data.on, data.reason)
    return await once.run(use_cases.close_loan, command, HappenedOut.of)


@get("/{loan_id:uuid}/payoff-quote", guards=[requires("loans:read")])
async def get_payoff_quote(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: Annotated[date | None, QueryParameter(description="Today or a day ahead; today without it.")] = None,
) -> PayoffOut:
    """What would end the loan on a day, if nothing more happened until then."""
    command = AskPayoff(LoanId(loan_id), on)
    return PayoffOut.of(await database.read(caller, use_cases.quote_payoff, command))


router = Router(
    "/loans",
    route_handlers=[
        post_tranche,
        post_rate_change,
        post_reschedule,
        post_re_ageing,
        post_re_amortisation,
        post_charge_off,
        post_closing,
        get_payoff_quote,
    ],
    tags=["restructuring"],
)
