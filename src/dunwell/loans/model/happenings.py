"""What can happen to a loan after it was opened, as values.

A loan's life is its contract and its happenings in the order (`on`, `place`): instalments, charges, credit and the
ledger follow from them and from nothing else. Amounts are minor units of the loan's currency; `on` is the value
date; `place` is the order of arrival, which decides among happenings of one day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from dunwell.loans.model.clauses import PLAIN, Clauses
from dunwell.loans.model.law import Cap
from dunwell.loans.model.overdue import Accrued, OverdueTerms, Relief
from dunwell.loans.model.values import MONTHLY, Due, Every, Instalment, Slice, Waterfall
from dunwell.loans.model.words import Component, DayCount, Method


class PaymentKind(StrEnum):
    """Where the money of a payment comes from: the debtor, or the lender (goodwill, refund of a purchase)."""

    REPAYMENT = "repayment"
    DOWN_PAYMENT = "down_payment"
    GOODWILL = "goodwill"
    MERCHANT_REFUND = "merchant_refund"
    PAYOUT_REFUND = "payout_refund"


class InAdvance(StrEnum):
    """Where money goes that no instalment due so far can take.

    The next instalments, or the last; evenly over all ahead, which makes them smaller; the principal of the last,
    which makes the loan shorter; or nowhere: it stays the borrower's credit until something falls due.
    """

    NEXT = "next"
    LAST = "last"
    SMALLER = "smaller"
    SHORTER = "shorter"
    CREDIT = "credit"


class Revival(StrEnum):
    """What is owed again after a chargeback: what the payment had settled, or principal only."""

    SETTLED = "settled"
    PRINCIPAL = "principal"


class InterestRule(StrEnum):
    """Whether interest is owed as scheduled, or by the day on what is really outstanding."""

    SCHEDULED = "scheduled"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Contract:
    """What a life is lived under. `dues` are the instalments as first contracted.

    - `in_advance` says, per kind of payment, where money before its time goes; a kind it does not name goes to the
      next instalment. `advance_order` is the order inside instalments ahead, where it is another than the
      waterfall's. `due_first`: even where a component is finished first, what is due comes before what lies ahead;
    - `chargeback`: what a chargeback opens again;
    - `method` and, of `clauses`, `multiple_of`, `rounding`, `down_payment` and `spread`: how instalments ahead are
      computed anew when money is lent or the rate changes; its `tranches` are in `dues` already and tell from when
      their money is out;
    - `relief`: times in which overdue terms add nothing;
    - `lender_type`, `contracted_on` and `disclosed` choose the caps and charges the law allows; `cap` is the ceiling
      that was found: what overdue terms add never goes beyond it;
    - `late_order`: the order in which money settles from `late_from` days after the oldest unpaid due date on.
    """

    principal: int
    disbursed_on: date
    dues: tuple[Due, ...]
    annual_rate: Decimal = Decimal(0)
    day_count: DayCount = DayCount.THIRTY_360
    every: Every = MONTHLY
    waterfall: Waterfall = field(default_factory=Waterfall)
    in_advance: Mapping[PaymentKind, InAdvance] = field(default_factory=dict[PaymentKind, InAdvance])
    interest: InterestRule = InterestRule.SCHEDULED
    overdue: OverdueTerms = field(default_factory=OverdueTerms)
    lender_type: str = ""
    contracted_on: date | None = None
    disclosed: tuple[str, ...] | None = None
    advance_order: tuple[Component, ...] = ()
    due_first: bool = False
    chargeback: Revival = Revival.SETTLED
    method: Method = Method.EQUAL_INSTALMENT
    clauses: Clauses = PLAIN
    relief: tuple[Relief, ...] = ()
    cap: Cap | None = None
    late_order: tuple[Component, ...] = ()
    late_from: int = 0


@dataclass(frozen=True, slots=True)
class PaidIn:
    """Money for the loan (the `payments` row of that id)."""

    id: UUID
    on: date
    place: int
    amount: int
    kind: PaymentKind = PaymentKind.REPAYMENT
    reference: str = ""
    in_advance: InAdvance | None = None


@dataclass(frozen=True, slots=True)
class Disbursed:
    """A further tranche; the instalments still ahead are spread anew."""

    id: UUID
    on: date
    place: int
    amount: int


@dataclass(frozen=True, slots=True)
class Charged:
    """A fee, a penalty or costs of realising the claim, `due_on` its own day."""

    id: UUID
    on: date
    place: int
    code: str
    component: Component
    amount: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Waived:
    """The lender gives up what is still open of a charge; or, without one, `amount` of a component."""

    id: UUID
    on: date
    place: int
    charge: UUID | None = None
    component: Component | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class ChargeAdjusted:
    """The lender credits a charge after the fact; the amount is spread as money that came in."""

    id: UUID
    on: date
    place: int
    charge: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class ChargedBack:
    """The payer's bank took (part of) a payment back: what it had settled is owed again."""

    id: UUID
    on: date
    place: int
    payment: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class Refunded:
    """Credit of the loan paid out to the borrower."""

    id: UUID
    on: date
    place: int
    amount: int


@dataclass(frozen=True, slots=True)
class ChargedOff:
    """The lender writes the loan off; the debt stays, and what comes in later is recovery."""

    id: UUID
    on: date
    place: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RateChanged:
    """Another rate from `on`: the remaining instalments are computed anew."""

    id: UUID
    on: date
    place: int
    annual_rate: Decimal


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """From the instalment due at `from_due` on: due dates moved to begin at `new_due`, instalments added, another rate.

    `pause`: so many instalments repay no principal; as many are added at the end.
    """

    id: UUID
    on: date
    place: int
    from_due: date
    new_due: date | None = None
    extra: int = 0
    annual_rate: Decimal | None = None
    pause: int = 0


@dataclass(frozen=True, slots=True)
class ReAged:
    """All principal outstanding is spread over `count` new instalments from `first_due_on`.

    Interest, fees and penalties stay due where they are; interest not yet begun to run goes with its principal.
    """

    id: UUID
    on: date
    place: int
    first_due_on: date
    count: int
    every: Every = MONTHLY


@dataclass(frozen=True, slots=True)
class Reamortised:
    """Principal that is overdue is spread evenly over the instalments still ahead."""

    id: UUID
    on: date
    place: int


Happening = (
    PaidIn
    | Disbursed
    | Charged
    | Waived
    | ChargeAdjusted
    | ChargedBack
    | Refunded
    | ChargedOff
    | RateChanged
    | Rescheduled
    | ReAged
    | Reamortised
)


@dataclass(frozen=True, slots=True)
class ChargeStanding:
    """A charge, and what became of it."""

    charge: Charged
    paid: int
    waived: int
    instalment: int

    @property
    def outstanding(self) -> int:
        return self.charge.amount - self.paid - self.waived


@dataclass(frozen=True, slots=True)
class Effect:
    """What one happening did.

    - `slices`: what it settled, credit it drew on included;
    - `surplus`: what it added to the credit (negative: drew from it);
    - `added`: what it made owed, by component of an instalment (negative: took off, or moved elsewhere);
    - `accrued`: what overdue terms and daily interest had added by its day, posted with it (negative: taken off);
    - `waived`: what it gave up;
    - `principal_after`: the principal outstanding after it.

    What is owed of an instalment is what was contracted and all `added` and `accrued`; what is paid, all `slices`.
    """

    slices: tuple[Slice, ...] = ()
    surplus: int = 0
    principal_after: int = 0
    added: tuple[Slice, ...] = ()
    accrued: tuple[Slice, ...] = ()
    waived: tuple[Slice, ...] = ()


@dataclass(frozen=True, slots=True)
class Life:
    """Where a loan stands after its happenings: `instalments` by number, later ones may fall due earlier.

    `effects` are keyed by the happening's id, in the order they took place. `unposted` is what overdue terms have
    added since the last happening up to the day asked: owed on that day, posted when something happens next.
    `accrued` is all that overdue terms came to up to that day, posted or not, with its working (`live(until=…)` only).
    `beyond` are the numbers of instalments made for what became owed after the last due date.
    """

    instalments: tuple[Instalment, ...]
    charges: tuple[ChargeStanding, ...]
    credit: int
    effects: Mapping[UUID, Effect]
    charged_off_on: date | None = None
    unposted: tuple[Slice, ...] = ()
    accrued: Accrued | None = None
    beyond: frozenset[int] = frozenset()
    happenings: tuple[Happening, ...] = ()

    @property
    def outstanding(self) -> int:
        """All that is owed on the day, whether due or not."""
        return sum(each.outstanding for each in self.instalments) + sum(part.amount for part in self.unposted)
