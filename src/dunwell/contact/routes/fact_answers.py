"""The JSON of facts that are recorded for the gate: what is shown."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from msgspec import Struct

from dunwell.contact.model import (
    Circumstance,
    CircumstanceKind,
    ConsentKind,
    DebtMark,
    GivenConsent,
    Guarantee,
    Inheritance,
    Kept,
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
)


class SpanOut(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    start: str
    end: str


class PreferenceOut(Struct, frozen=True):
    """Hours that a person asked for; they stand until `withdrawn_at`."""

    id: UUID
    reference: str
    borrower: UUID
    hours: list[SpanOut]
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None

    @classmethod
    def of(cls, kept: Kept[Preference]) -> Self:
        fact = kept.fact
        hours = [SpanOut(_clock(each.start), _clock(each.end)) for each in fact.hours]
        return cls(kept.id, fact.reference, fact.borrower, hours, *_ended(kept))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


class ConsentOut(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """A consent; it counts until `to` or `withdrawn_at`."""

    id: UUID
    reference: str
    borrower: UUID
    kind: ConsentKind
    start: datetime
    end: datetime | None
    contact_point: UUID | None
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None

    @classmethod
    def of(cls, kept: Kept[GivenConsent]) -> Self:
        fact = kept.fact
        return cls(
            kept.id,
            fact.reference,
            fact.borrower,
            fact.kind,
            fact.starts_at,
            fact.ends_at,
            fact.point,
            *_ended(kept),
        )


class RefusalOut(Struct, frozen=True):
    """A refusal; it never ends."""

    id: UUID
    reference: str
    borrower: UUID
    at: datetime
    actor: str
    loan: UUID | None
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, kept: Kept[Refusal]) -> Self:
        fact = kept.fact
        return cls(
            kept.id,
            fact.reference,
            fact.borrower,
            fact.at,
            fact.actor,
            fact.loan,
            kept.recorded_at,
            kept.recorded_by,
        )


class OfferOut(Struct, frozen=True):
    """An offer to pay by somebody who does not owe."""

    id: UUID
    reference: str
    borrower: UUID
    at: datetime
    loan: UUID | None
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, kept: Kept[PaymentOffer]) -> Self:
        fact = kept.fact
        return cls(
            kept.id, fact.reference, fact.borrower, fact.at, fact.loan, kept.recorded_at, kept.recorded_by
        )


class NoticeOut(Struct, frozen=True):
    """One step of a notice; the steps of one notice share the reference."""

    id: UUID
    reference: str
    borrower: UUID
    kind: NoticeKind
    status: NoticeStatus
    at: datetime
    loan: UUID | None
    agency: str | None
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, kept: Kept[NoticeStep]) -> Self:
        fact = kept.fact
        return cls(
            kept.id,
            fact.reference,
            fact.borrower,
            fact.kind,
            fact.status,
            fact.at,
            fact.loan,
            fact.agency or None,
            kept.recorded_at,
            kept.recorded_by,
        )


class ConfirmationOut(Struct, frozen=True):
    """When a number was confirmed; the last day counts."""

    id: UUID
    reference: str
    borrower: UUID
    contact_point: UUID
    confirmed_on: date
    recorded_at: datetime
    recorded_by: str

    @classmethod
    def of(cls, kept: Kept[NumberConfirmed]) -> Self:
        fact = kept.fact
        return cls(
            kept.id,
            fact.reference,
            fact.borrower,
            fact.point,
            fact.on,
            kept.recorded_at,
            kept.recorded_by,
        )


class CircumstanceOut(Struct, frozen=True):
    """What is so about a person, until `withdrawn_at`."""

    id: UUID
    reference: str
    borrower: UUID
    kind: CircumstanceKind
    contact_point: UUID | None
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None

    @classmethod
    def of(cls, kept: Kept[Circumstance]) -> Self:
        fact = kept.fact
        return cls(kept.id, fact.reference, fact.borrower, fact.kind, fact.point, *_ended(kept))


class GuaranteeOut(Struct, frozen=True):
    due_on: date
    period_ends_on: date | None
    claimed_on: date | None

    @classmethod
    def of(cls, guarantee: Guarantee) -> Self:
        return cls(guarantee.due_on, guarantee.period_ends_on, guarantee.claimed_on)


class PartyOut(Struct, frozen=True):
    """What a person is to a loan, until `withdrawn_at`."""

    id: UUID
    reference: str
    borrower: UUID
    loan: UUID
    role: Role
    liability: Liability
    inheritance: Inheritance | None
    guarantee: GuaranteeOut | None
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None

    @classmethod
    def of(cls, kept: Kept[Party]) -> Self:
        fact = kept.fact
        return cls(
            kept.id,
            fact.reference,
            fact.borrower,
            fact.loan,
            fact.role,
            fact.liability,
            fact.inheritance,
            GuaranteeOut.of(fact.guarantee) if fact.guarantee else None,
            *_ended(kept),
        )


class MarkOut(Struct, frozen=True):
    """What is so about a debt from a day on, until `withdrawn_at`."""

    id: UUID
    reference: str
    loan: UUID
    kind: MarkKind
    from_on: date
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None

    @classmethod
    def of(cls, kept: Kept[DebtMark]) -> Self:
        fact = kept.fact
        return cls(kept.id, fact.reference, fact.loan, fact.kind, fact.from_on, *_ended(kept))


def _ended(
    kept: Kept[Preference] | Kept[GivenConsent] | Kept[Circumstance] | Kept[Party] | Kept[DebtMark],
) -> tuple[datetime, str, datetime | None, str | None]:
    return kept.recorded_at, kept.recorded_by, kept.withdrawn_at, kept.withdrawn_by
