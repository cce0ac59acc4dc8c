"""The JSON of facts that are recorded for the gate: what is sent in."""

from typing import Annotated, Literal
from uuid import UUID

from litestar.params import QueryParameter
from pydantic import Field

from dunwell.contact.model import (
    LENDER,
    Circumstance,
    CircumstanceKind,
    ConsentKind,
    DebtMark,
    FactFilter,
    GivenConsent,
    Guarantee,
    Hours,
    Inheritance,
    Liability,
    MarkKind,
    NoticeKind,
    NoticeStatus,
    NoticeStep,
    NumberConfirmed,
    Party,
    PaymentOffer,
    Preference,
    Refusal,
    Role,
    Withdraw,
)
from dunwell.contact.routes.shapes import Actor
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId
from dunwell.web.shapes import Day, In, Instant

# An id of the sender's own, not a sentence: no personal data may stand in it.
FactReference = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$", examples=["crm-4711"])]
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", examples=["18:30"])]

OfReference = Annotated[
    str | None,
    QueryParameter(
        name="reference", min_length=1, max_length=100, description="Only what has this reference."
    ),
]


def fact_filter(owner: UUID | None, reference: str | None, limit: int, cursor: str | None) -> FactFilter:
    return FactFilter(owner, reference, cursor, limit)


class WithdrawIn(In):
    """The reference of the fact that ends."""

    reference: FactReference

    def command(self) -> Withdraw:
        return Withdraw(self.reference)


class SpanIn(In):
    """From inclusive, to exclusive, on the person's own clock; an end before its start is on the next day."""

    start: Annotated[Clock, Field(alias="from")]
    end: Annotated[Clock, Field(alias="to")]

    def hours(self) -> Hours:
        return Hours(_minute(self.start), _minute(self.end))


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


class PreferenceIn(In):
    """The only hours in which the person wants to be contacted. They replace those that stood before."""

    reference: FactReference
    borrower: UUID
    hours: Annotated[list[SpanIn], Field(min_length=1, max_length=20)]

    def command(self) -> Preference:
        return Preference(
            self.reference, BorrowerId(self.borrower), tuple(span.hours() for span in self.hours)
        )


class ConsentIn(In):
    """`contact_slot` names its beginning and end, at most a day apart; the others stand until withdrawn or `to`.

    `contact_point`: `automated` only; the consent is then for that number alone.
    """

    reference: FactReference
    borrower: UUID
    kind: ConsentKind
    start: Annotated[Instant, Field(alias="from")]
    end: Annotated[Instant | None, Field(alias="to")] = None
    contact_point: UUID | None = None

    def command(self) -> GivenConsent:
        return GivenConsent(
            self.reference,
            BorrowerId(self.borrower),
            self.kind,
            self.start,
            self.end,
            None if self.contact_point is None else ContactPointId(self.contact_point),
        )


class RefusalIn(In):
    """`actor`: who heard it, `lender` or the code of an agency. It binds everybody, for ever."""

    reference: FactReference
    borrower: UUID
    at: Instant
    actor: Actor = LENDER
    loan: UUID | None = None

    def command(self) -> Refusal:
        return Refusal(self.reference, BorrowerId(self.borrower), self.at, self.actor, _loan(self.loan))


class OfferIn(In):
    """Somebody who does not owe offered to pay."""

    reference: FactReference
    borrower: UUID
    at: Instant
    loan: UUID | None = None

    def command(self) -> PaymentOffer:
        return PaymentOffer(self.reference, BorrowerId(self.borrower), self.at, _loan(self.loan))


class NoticeIn(In):
    """What became of a notice. `agency`: outsourcing only. Without a loan it speaks of all of the person's debts."""

    reference: FactReference
    borrower: UUID
    kind: NoticeKind
    status: Literal[NoticeStatus.SENT, NoticeStatus.DELIVERED, NoticeStatus.FAILED]
    at: Instant
    loan: UUID | None = None
    agency: Actor | None = None

    def command(self) -> NoticeStep:
        return NoticeStep(
            self.reference,
            BorrowerId(self.borrower),
            self.kind,
            self.status,
            self.at,
            _loan(self.loan),
            self.agency or "",
        )


class ConfirmationIn(In):
    """The person used the number, or it was checked against a register of reassigned numbers, on that day."""

    reference: FactReference
    borrower: UUID
    contact_point: UUID
    confirmed_on: Day

    def command(self) -> NumberConfirmed:
        return NumberConfirmed(
            self.reference, BorrowerId(self.borrower), ContactPointId(self.contact_point), self.confirmed_on
        )


class CircumstanceIn(In):
    """`contact_point`: the number or address that is at the place of work (`work_number` only)."""

    reference: FactReference
    borrower: UUID
    kind: CircumstanceKind
    contact_point: UUID | None = None

    def command(self) -> Circumstance:
        point = None if self.contact_point is None else ContactPointId(self.contact_point)
        return Circumstance(self.reference, BorrowerId(self.borrower), self.kind, point)


class GuaranteeIn(In):
    """`due_on`: when the guaranteed debt fell due; `claimed_on`: when the guarantor was first asked to pay."""

    due_on: Day
    period_ends_on: Day | None = None
    claimed_on: Day | None = None

    def guarantee(self) -> Guarantee:
        return Guarantee(self.due_on, self.period_ends_on, self.claimed_on)


class PartyIn(In):
    """What a person is to a loan beyond the lender's tape: it speaks before the tape, until it is withdrawn."""

    reference: FactReference
    borrower: UUID
    loan: UUID
    role: Literal[
        Role.GUARANTOR, Role.CONTACT_PERSON, Role.SPOUSE, Role.HEIR, Role.ATTORNEY, Role.THIRD_PARTY
    ]
    liability: Liability = Liability.NONE
    inheritance: Inheritance | None = None
    guarantee: GuaranteeIn | None = None

    def command(self) -> Party:
        return Party(
            self.reference,
            BorrowerId(self.borrower),
            LoanId(self.loan),
            self.role,
            self.liability,
            self.inheritance,
            self.guarantee.guarantee() if self.guarantee else None,
        )


class MarkIn(In):
    """`transferred`: to another creditor; `barred`: the limitation period is over. From that day on."""

    reference: FactReference
    loan: UUID
    kind: MarkKind
    from_on: Day

    def command(self) -> DebtMark:
        return DebtMark(self.reference, LoanId(self.loan), self.kind, self.from_on)


def _loan(loan: UUID | None) -> LoanId | None:
    return None if loan is None else LoanId(loan)
