"""Permits, sensible by default: a call to somebody late, at a tenant whose recorder is on."""

from typing import Any, Final
from uuid import UUID, uuid4

from dunwell.contact.model import Channel, Outcome, Purpose
from dunwell.contact.model.permits import AskPermit, InboundContact, Permit, PermitState
from dunwell.contact.use_cases.permits import ask_permit, record_inbound
from dunwell.kernel.ids import BorrowerId, ContactPointId, LoanId, VerdictId
from dunwell.storage.tenant import TenantTx
from tests.builders.contact import NOON
from tests.builders.strategy import Cadences, a_cadence, a_step, with_cadences

TOUCH: Final = "SELECT outcome FROM contacts WHERE id = $1"
STATE: Final = "SELECT state FROM permits WHERE id = $1"


async def recording(tx: TenantTx, more: dict[str, Any]) -> None:
    """Publish the tenant's files with the recorder on, so that calls are possible at all."""
    contact = {"recorder": True} | more
    await with_cadences(tx, Cadences([a_cadence(a_step(1, at="11:00"))], contact=contact))


def a_call(late: tuple[BorrowerId, LoanId], **changes: Any) -> AskPermit:
    """May we call about this loan?"""
    borrower, loan = late
    given: dict[str, Any] = {"borrower": borrower, "loans": (loan,), "channel": Channel.CALL}
    return AskPermit(**(given | changes))


def a_permit(**changes: Any) -> Permit:
    """One that was issued at noon for ten minutes; for rules, not for the database."""
    given: dict[str, Any] = {
        "id": VerdictId(uuid4()),
        "borrower": BorrowerId(uuid4()),
        "point": ContactPointId(uuid4()),
        "loans": (),
        "channel": Channel.CALL,
        "purpose": Purpose.COLLECTION,
        "asked_by": "staff:desk#1",
        "agent": None,
        "actor": "lender",
        "sender": None,
        "asked": b"",
        "state": PermitState.ISSUED,
        "issued_at": NOON,
        "expires_at": NOON.replace(minute=10),
        "revealed_at": None,
        "judged_again": None,
        "closed_at": None,
        "outcome": None,
    }
    return Permit(**(given | changes))


async def touch_of(tx: TenantTx, permit: UUID) -> Outcome | None:
    """What the history of contacts says of a permit."""
    found = await tx.value(TOUCH, permit)
    return Outcome(found) if found else None


async def state_of(tx: TenantTx, permit: UUID) -> PermitState:
    return PermitState(await tx.value(STATE, permit))


async def seed_permits(tx: TenantTx, mark: str) -> None:
    """A permit, where the tenant's law knows the borrower's country, and a call that came in with a note."""
    borrower = await tx.value("SELECT id FROM borrowers WHERE reference = 'B-3'")
    loan = await tx.value("SELECT id FROM loans WHERE borrower_id = $1 LIMIT 1", borrower)
    text = f"【{tx.caller.tenant.name}】{mark} 有异议请联系我们。"
    await ask_permit(tx, AskPermit(borrower, (loan,), Channel.LETTER, text=text))
    await record_inbound(tx, InboundContact(borrower, Channel.CALL, tx.now, Outcome.CONNECTED, note=mark))
