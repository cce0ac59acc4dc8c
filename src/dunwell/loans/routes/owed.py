"""The statement of amount owed over HTTP: JSON with everything, PDF and XLSX to hand out."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Final, Self
from uuid import UUID

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans import use_cases
from dunwell.loans.model import Component, EntryKind, LoanState
from dunwell.loans.model.law import CappedCost
from dunwell.loans.model.overdue import AccrualLine, OverdueItem
from dunwell.loans.model.owed import AskOwed, Language, Owed, OwedEvent, OwedInstalment, OwedPart, View
from dunwell.loans.owed_documents import owed_pdf, owed_xlsx
from dunwell.storage.tenant import Database
from dunwell.web.guards import requires
from dunwell.web.shapes import MoneyOut

PDF: Final = "application/pdf"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

On = Annotated[date | None, QueryParameter(description="The day; today if it is left out.")]
KnownAt = Annotated[
    datetime | None,
    QueryParameter(description="As it was known then; by what is known now if it is left out."),
]
InLanguage = Annotated[Language, QueryParameter(description="zh or en.")]


class PartOut(Struct, frozen=True):
    """One component; `postings` are the numbers of the ledger lines behind `ledger`."""

    component: Component
    due: MoneyOut
    unposted: MoneyOut
    paid: MoneyOut
    waived: MoneyOut
    open: MoneyOut
    overdue: MoneyOut
    ahead: MoneyOut
    ledger: MoneyOut
    postings: tuple[int, ...]

    @classmethod
    def of(cls, part: OwedPart, currency: str) -> Self:
        return cls(
            component=part.component,
            due=_money(part.due, currency),
            unposted=_money(part.unposted, currency),
            paid=_money(part.paid, currency),
            waived=_money(part.waived, currency),
            open=_money(part.open, currency),
            overdue=_money(part.overdue, currency),
            ahead=_money(part.ahead, currency),
            ledger=_money(part.ledger.balance, currency),
            postings=part.ledger.postings,
        )


class OwedInstalmentOut(Struct, frozen=True):
    """One instalment on that day; `days_late` counts while something of it is open."""

    number: int
    due_on: date
    due: MoneyOut
    paid: MoneyOut
    waived: MoneyOut
    open: MoneyOut
    settled_on: date | None
    days_late: int

    @classmethod
    def of(cls, row: OwedInstalment, currency: str) -> Self:
        return cls(
            number=row.number,
            due_on=row.due_on,
            due=_money(row.due, currency),
            paid=_money(row.paid, currency),
            waived=_money(row.waived, currency),
            open=_money(row.open, currency),
            settled_on=row.settled_on,
            days_late=row.days_late,
        )


class SettledOut(Struct, frozen=True):
    """What an event settled of a component; minus: made owed again."""

    component: Component
    amount: MoneyOut


class OwedEventOut(Struct, frozen=True):
    """A payment or another happening, what it settled, and the numbers of its postings."""

    id: UUID
    kind: EntryKind
    reference: str
    on: date
    amount: MoneyOut
    settled: list[SettledOut]
    left_over: MoneyOut
    postings: tuple[int, ...]

    @classmethod
    def of(cls, event: OwedEvent, currency: str) -> Self:
        return cls(
            event.id,
            event.kind,
            event.reference,
            event.on,
            _money(event.amount, currency),
            [SettledOut(component, _money(amount, currency)) for component, amount in event.parts],
            _money(event.surplus, currency),
            event.postings,
        )


class AccrualOut(Struct, frozen=True):
    """One line of the working: base × rate × days. `amount` and `base` are exact fractions of minor units."""

    instalment: int
    item: OverdueItem
    start: date
    end: date
    days: int
    base: str
    rate: str
    amount: str
    rule: str

    @classmethod
    def of(cls, line: AccrualLine) -> Self:
        return cls(
            line.instalment, line.item, line.start, line.end, line.days,
            str(line.base), str(line.rate), str(line.amount), line.rule,
        )  # fmt: skip


class CapLineOut(Struct, frozen=True):
    """What the ceiling allows on one balance."""

    start: date
    end: date
    days: int
    principal: MoneyOut
    rate: str
    amount: str


class CappedOut(Struct, frozen=True):
    """Cost by contract, the ceiling of law, and what may be demanded, side by side."""

    contractual: MoneyOut
    cap: MoneyOut | None
    demanded: MoneyOut
    excess: MoneyOut
    reasons: tuple[str, ...]
    rules: tuple[str, ...]
    lines: list[CapLineOut]

    @classmethod
    def of(cls, capped: CappedCost, currency: str) -> Self:
        return cls(
            _money(capped.contractual, currency),
            _money(capped.cap, currency) if capped.cap is not None else None,
            _money(capped.demanded, currency),
            _money(capped.excess, currency),
            capped.reasons,
            capped.rules,
            [
                CapLineOut(
                    line.start, line.end, line.days, _money(line.base, currency), str(line.rate),
                    f"{line.numerator}/{line.denominator}",
                )
                for line in capped.lines
            ],
        )  # fmt: skip


class OwedOut(Struct, frozen=True):
    """What the loan asks at the end of `on`: `total` is due and open less the credit, `demanded` within the cap."""

    loan: UUID
    reference: str
    state: LoanState
    on: date
    known_at: datetime
    view: View
    terms_version: int
    rules_version: int
    days_past_due: int
    total: MoneyOut
    demanded: MoneyOut
    not_yet_due: MoneyOut
    credit: MoneyOut
    per_day: MoneyOut
    reconciled: bool
    parts: list[PartOut]
    instalments: list[OwedInstalmentOut]
    events: list[OwedEventOut]
    accrual: list[AccrualOut]
    capped: CappedOut | None

    @classmethod
    def of(cls, owed: Owed) -> Self:
        currency = owed.currency
        return cls(
            loan=owed.loan,
            reference=owed.reference,
            state=owed.state,
            on=owed.on,
            known_at=owed.known_at,
            view=owed.view,
            terms_version=owed.terms_version,
            rules_version=owed.rules_version,
            days_past_due=owed.days_past_due,
            total=_money(owed.total, currency),
            demanded=_money(owed.demanded, currency),
            not_yet_due=_money(owed.ahead, currency),
            credit=_money(owed.credit, currency),
            per_day=_money(owed.per_day, currency),
            reconciled=owed.reconciled,
            parts=[PartOut.of(part, currency) for part in owed.parts],
            instalments=[OwedInstalmentOut.of(row, currency) for row in owed.instalments],
            events=[OwedEventOut.of(event, currency) for event in owed.events],
            accrual=[AccrualOut.of(line) for line in owed.accrual],
            capped=CappedOut.of(owed.capped, currency) if owed.capped is not None else None,
        )


@get("/{loan_id:uuid}/amount-owed", guards=[requires("loans:read")])
async def get_amount_owed(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: On = None,
    known_at: KnownAt = None,
) -> OwedOut:
    """What the loan asks at the end of any day, past or future, with the postings behind every figure."""
    asked = AskOwed(LoanId(loan_id), on, known_at)
    return OwedOut.of(await database.read(caller, use_cases.amount_owed, asked))


@get("/{loan_id:uuid}/amount-owed.pdf", guards=[requires("loans:read")], media_type=PDF)
async def get_amount_owed_pdf(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: On = None,
    known_at: KnownAt = None,
    language: InLanguage = Language.ZH,
) -> Response[bytes]:
    """The same as a PDF to hand out."""
    asked = AskOwed(LoanId(loan_id), on, known_at)
    issued = await database.read(caller, use_cases.issued_statement, asked)
    content = await asyncio.to_thread(owed_pdf, issued.owed, issued.issuer(language), language)
    return _file(content, PDF, issued.owed, "pdf")


@get("/{loan_id:uuid}/amount-owed.xlsx", guards=[requires("loans:read")], media_type=XLSX)
async def get_amount_owed_xlsx(
    loan_id: FromPath[UUID],
    database: NamedDependency[Database],
    caller: NamedDependency[Caller],
    on: On = None,
    known_at: KnownAt = None,
    language: InLanguage = Language.ZH,
) -> Response[bytes]:
    """The same as a workbook: amounts as numbers, and the postings behind each."""
    asked = AskOwed(LoanId(loan_id), on, known_at)
    issued = await database.read(caller, use_cases.issued_statement, asked)
    content = await asyncio.to_thread(owed_xlsx, issued.owed, issued.issuer(language), language)
    return _file(content, XLSX, issued.owed, "xlsx")


def _file(content: bytes, media_type: str, owed: Owed, suffix: str) -> Response[bytes]:
    """Named by the loan's id: a lender's reference may hold what no header can."""
    headers = {"content-disposition": f'attachment; filename="owed-{owed.loan}-{owed.on}.{suffix}"'}
    return Response(content, media_type=media_type, headers=headers)


def _money(minor: int, currency: str) -> MoneyOut:
    return MoneyOut.of(Money(minor, currency))


router = Router(
    "/loans",
    route_handlers=[get_amount_owed, get_amount_owed_pdf, get_amount_owed_xlsx],
    tags=["loans"],
)
