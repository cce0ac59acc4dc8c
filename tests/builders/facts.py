"""Facts that people record for the gate, sensible by default; each gets a reference of its own."""

from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from dunwell.borrowers.model import PointKind
from dunwell.borrowers.use_cases import contact_points
from dunwell.contact.model import (
    Circumstance,
    CircumstanceKind,
    ConsentKind,
    DebtMark,
    GivenConsent,
    Guarantee,
    Hours,
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
from dunwell.contact.queries.facts import insert_zones
from dunwell.contact.use_cases import (
    confirm_number,
    record_circumstance,
    record_consent,
    record_mark,
    record_notice,
    record_offer,
    record_party,
    record_preference,
    record_refusal,
)
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId
from dunwell.storage.tenant import TenantTx

Late = tuple[BorrowerId, LoanId]
AMERICAN: Final = {"country": "US", "zone": "America/New_York", "phones": ("+12125550123",)}


def a_reference() -> str:
    return f"t-{uuid4().hex[:16]}"


async def phone_of(tx: TenantTx, borrower: BorrowerId) -> ContactPointId:
    return (await contact_points(tx, [borrower], PointKind.PHONE))[borrower].id


async def wishes_hours(tx: TenantTx, borrower: BorrowerId, start: int = 19, end: int = 20) -> None:
    """Only between these hours of the day."""
    await record_preference(tx, Preference(a_reference(), borrower, (Hours(start * 60, end * 60),)))


async def consents(
    tx: TenantTx, borrower: BorrowerId, kind: ConsentKind, hours: float = 1, **changes: Any
) -> None:
    """From now; a slot for an hour."""
    end = tx.now + timedelta(hours=hours) if kind is ConsentKind.SLOT else None
    given = {"starts_at": tx.now, "ends_at": end} | changes
    await record_consent(tx, GivenConsent(a_reference(), borrower, kind, **given))


async def refuses(tx: TenantTx, borrower: BorrowerId, days_ago: int = 0, **changes: Any) -> None:
    at = tx.now - timedelta(days=days_ago)
    await record_refusal(tx, Refusal(a_reference(), borrower, at, **{"actor": "lender"} | changes))


async def offers_to_pay(tx: TenantTx, borrower: BorrowerId) -> None:
    await record_offer(tx, PaymentOffer(a_reference(), borrower, tx.now))


async def is_told(
    tx: TenantTx,
    borrower: BorrowerId,
    kind: NoticeKind,
    status: NoticeStatus = NoticeStatus.DELIVERED,
    **changes: Any,
) -> None:
    """An hour ago."""
    given = {"reference": a_reference(), "at": tx.now - timedelta(hours=1)} | changes
    await record_notice(tx, NoticeStep(borrower=borrower, kind=kind, status=status, **given))


async def confirms_number(tx: TenantTx, borrower: BorrowerId, days_ago: int = 0) -> None:
    on = tx.today - timedelta(days=days_ago)
    await confirm_number(tx, NumberConfirmed(a_reference(), borrower, await phone_of(tx, borrower), on))


async def is_so(tx: TenantTx, borrower: BorrowerId, kind: CircumstanceKind) -> None:
    point = await phone_of(tx, borrower) if kind is CircumstanceKind.WORK_NUMBER else None
    await record_circumstance(tx, Circumstance(a_reference(), borrower, kind, point))


async def takes_part(tx: TenantTx, person: BorrowerId, loan: LoanId, role: Role, **changes: Any) -> None:
    await record_party(tx, Party(a_reference(), person, loan, role, **changes))


def a_guarantee(tx: TenantTx, due_days_ago: int) -> Guarantee:
    return Guarantee(tx.today - timedelta(days=due_days_ago))


async def is_marked(tx: TenantTx, loan: LoanId, kind: MarkKind, days_ago: int = 1) -> None:
    await record_mark(tx, DebtMark(a_reference(), loan, kind, tx.today - timedelta(days=days_ago)))


async def seed_facts(tx: TenantTx, debt: Late, other: BorrowerId) -> None:
    """One row in every table of facts: the debtor of a loan, and somebody else."""
    debtor, loan = debt
    await wishes_hours(tx, debtor)
    await consents(tx, debtor, ConsentKind.SLOT)
    await refuses(tx, other)
    await offers_to_pay(tx, other)
    await is_told(tx, debtor, NoticeKind.ASSIGNMENT, loan=loan)
    await confirms_number(tx, debtor)
    await insert_zones(tx, {await phone_of(tx, debtor): ("Asia/Shanghai",)})
    await is_so(tx, debtor, CircumstanceKind.WORK_NUMBER)
    await takes_part(tx, other, loan, Role.GUARANTOR, guarantee=a_guarantee(tx, 10))
    await is_marked(tx, loan, MarkKind.TRANSFERRED)
