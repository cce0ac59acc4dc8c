"""What applications look like in JSON."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from msgspec import Struct
from pydantic import Field

from dunwell.applications.model import (
    FACT_LENGTH,
    MOST_FACTS,
    Advice,
    Application,
    ApplicationState,
    Apply,
    Decision,
    Disbursed,
    Fee,
    Product,
    Reason,
    Recomputed,
    Step,
    Whole,
)
from dunwell.borrowers.shapes import BorrowerIn
from dunwell.kernel.money import Money
from dunwell.loans.model import DayCount, Instalment, Method, Unit
from dunwell.web.shapes import Day, In, MoneyIn, MoneyOut, Reference

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$", examples=["consumer"])]
# A word, not a sentence: it is kept in the audit log, where no personal data may be.
Because = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,59}$", examples=["income-documents-seen"])]


class ApplicantIn(BorrowerIn):
    """Who applies. What is null or empty stays as it is of a borrower who is known already."""


class ApplyIn(In):
    """Who asks for how much, and the facts the product's scorecard asks; the reference becomes the loan's."""

    reference: Reference
    applicant: ApplicantIn
    product: Name
    amount: MoneyIn
    count: Annotated[int, Field(ge=1, le=600, examples=[12])]
    facts: Annotated[
        dict[Name, Annotated[str, Field(min_length=1, max_length=FACT_LENGTH)]], Field(max_length=MOST_FACTS)
    ] = Field(default_factory=dict[str, str], examples=[{"age": "34", "employment": "salaried"}])

    def command(self) -> Apply:
        return Apply(
            reference=self.reference,
            applicant=self.applicant.draft(),
            product=self.product,
            amount=self.amount.positive("amount"),
            count=self.count,
            facts=dict(self.facts),
        )


class ApproveIn(In):
    """`because` is needed where the scorecard does not propose to approve."""

    because: Because | None = None


class DeclineIn(In):
    """At least one reason of the scorecard's file: the borrower is told."""

    reasons: Annotated[
        list[Annotated[Name, Field(examples=["income-low"])]], Field(min_length=1, max_length=10)
    ]
    because: Because | None = None


class BecauseIn(In):
    """Why, in a word."""

    because: Because


class DisburseIn(In):
    """The payout's own reference, and the day the money went out; today if none is said."""

    reference: Reference
    on: Day | None = None


class FeeOut(Struct, frozen=True):
    """A charge that is disclosed: an amount, or a fraction."""

    code: str
    zh: str
    en: str
    amount: MoneyOut | None
    rate: str | None

    @classmethod
    def of(cls, fee: Fee) -> Self:
        amount = None if fee.amount is None else MoneyOut.of(fee.amount)
        rate = None if fee.rate is None else f"{fee.rate.normalize():f}"
        return cls(fee.code, fee.title.zh, fee.title.en, amount, rate)


class ProductOut(Struct, frozen=True):
    """What is offered: amounts, instalments, rate, and every fee there is."""

    name: str
    zh: str
    en: str
    least: MoneyOut
    most: MoneyOut
    counts: list[int]
    every_count: int
    every_unit: Unit
    annual_rate: str
    method: Method
    day_count: DayCount
    cooling_off_days: int
    fees: list[FeeOut]

    @classmethod
    def of(cls, product: Product) -> Self:
        return cls(
            name=product.name,
            zh=product.title.zh,
            en=product.title.en,
            least=MoneyOut.of(product.least),
            most=MoneyOut.of(product.most),
            counts=list(product.counts),
            every_count=product.every.count,
            every_unit=product.every.unit,
            annual_rate=f"{product.annual_rate.normalize():f}",
            method=product.method,
            day_count=product.day_count,
            cooling_off_days=product.cooling_off_days,
            fees=[FeeOut.of(fee) for fee in product.fees],
        )


class ProductsOut(Struct, frozen=True):
    items: list[ProductOut]

    @classmethod
    def of(cls, products: list[Product]) -> Self:
        return cls([ProductOut.of(product) for product in products])


class ApplicationOut(Struct, frozen=True):
    """An application as it stands today. `advice` is what the scorecard proposes; `expires_on` the last good day."""

    id: UUID
    reference: str
    borrower: UUID
    product: str
    amount: MoneyOut
    count: int
    state: ApplicationState
    advice: Advice | None
    offer: ProductOut | None
    rules_version: int
    makers: list[str]
    approved_by: str | None
    expires_on: date | None
    accepted_on: date | None
    pays_from: date | None
    disbursed_on: date | None
    disbursement: str | None
    loan: UUID | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, application: Application) -> Self:
        return cls(
            id=application.id,
            reference=application.reference,
            borrower=application.borrower,
            product=application.product,
            amount=MoneyOut.of(application.amount),
            count=application.count,
            state=application.state,
            advice=application.advice,
            offer=None if application.offer is None else ProductOut.of(application.offer),
            rules_version=application.rules_version,
            makers=sorted(application.makers),
            approved_by=application.approved_by,
            expires_on=application.expires_on,
            accepted_on=application.accepted_on,
            pays_from=application.pays_from,
            disbursed_on=application.disbursed_on,
            disbursement=application.disbursement,
            loan=application.loan,
            created_at=application.created_at,
            updated_at=application.updated_at,
        )


class DecisionReasonOut(Struct, frozen=True):
    """Why, for the borrower."""

    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, reason: Reason) -> Self:
        return cls(reason.code, reason.zh, reason.en)


class ScoreLineOut(Struct, frozen=True):
    """What one characteristic gave; `band` names a range or a category, never the value."""

    characteristic: str
    band: str
    points: int
    best: int
    lost: int
    reason: str


class KnockedOutOut(Struct, frozen=True):
    """A knock-out rule that applied; a `final` one no person can set aside."""

    rule: str
    reason: str
    final: bool


class ScoreOut(Struct, frozen=True):
    """The working of the scorecard: base and lines add up to the points."""

    scorecard: str
    base: int
    points: int
    outcome: Advice
    lines: list[ScoreLineOut]
    knocked_out: list[KnockedOutOut]
    reasons: list[DecisionReasonOut]

    @classmethod
    def of(cls, decision: Decision) -> Self:
        return cls(
            scorecard=decision.scorecard,
            base=decision.base,
            points=decision.points,
            outcome=decision.outcome,
            lines=[
                ScoreLineOut(line.characteristic, line.band, line.points, line.best, line.lost, line.reason)
                for line in decision.lines
            ],
            knocked_out=[KnockedOutOut(each.rule, each.reason, each.final) for each in decision.knocked],
            reasons=[DecisionReasonOut.of(reason) for reason in decision.reasons],
        )


class ApplicationStepOut(Struct, frozen=True):
    """One step, never changed."""

    number: int
    before: ApplicationState | None
    after: ApplicationState
    at: datetime
    actor: str
    because: str
    reasons: list[DecisionReasonOut]
    rules_version: int

    @classmethod
    def of(cls, step: Step) -> Self:
        return cls(
            number=step.number,
            before=step.before,
            after=step.after,
            at=step.at,
            actor=step.actor,
            because=step.because,
            reasons=[DecisionReasonOut.of(reason) for reason in step.reasons],
            rules_version=step.rules_version,
        )


class WholeApplicationOut(Struct, frozen=True):
    """An application, what the scorecard said of it, and everything that happened to it."""

    application: ApplicationOut
    score: ScoreOut | None
    scored_by_version: int | None
    steps: list[ApplicationStepOut]

    @classmethod
    def of(cls, whole: Whole) -> Self:
        step = whole.decision
        return cls(
            application=ApplicationOut.of(whole.application),
            score=None if step is None or step.decision is None else ScoreOut.of(step.decision),
            scored_by_version=None if step is None else step.rules_version,
            steps=[ApplicationStepOut.of(each) for each in whole.steps],
        )


class RecomputedOut(Struct, frozen=True):
    """The kept decision, and the same made again from the sealed facts."""

    rules_version: int
    same: bool
    kept: ScoreOut
    again: ScoreOut

    @classmethod
    def of(cls, found: Recomputed) -> Self:
        return cls(found.rules_version, found.same, ScoreOut.of(found.kept), ScoreOut.of(found.again))


class DueOut(Struct, frozen=True):
    """What falls due, and when."""

    number: int
    due_on: date
    principal: MoneyOut
    interest: MoneyOut
    costs: MoneyOut
    due: MoneyOut

    @classmethod
    def of(cls, row: Instalment, currency: str) -> Self:
        due = row.due
        parts = (due.principal, due.interest, due.costs, due.total)
        return cls(due.number, due.due_on, *(MoneyOut.of(Money(part, currency)) for part in parts))


class DisbursedOut(Struct, frozen=True):
    """The application, the loan it became, and its schedule."""

    application: ApplicationOut
    loan: UUID
    reference: str
    schedule: list[DueOut]

    @classmethod
    def of(cls, paid: Disbursed) -> Self:
        currency = paid.loan.principal.currency
        return cls(
            application=ApplicationOut.of(paid.application),
            loan=paid.loan.id,
            reference=paid.loan.reference,
            schedule=[DueOut.of(row, currency) for row in paid.schedule],
        )
