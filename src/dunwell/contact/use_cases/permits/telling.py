"""Telling what became of a permit, and what came in by itself."""

from typing import cast
from uuid import UUID

from dunwell.audit.use_cases import record
from dunwell.borrowers.model import MarkPoint, PointStatus
from dunwell.borrowers.use_cases import lock, mark_points
from dunwell.contact.model import BorrowerUnknown, Direction, Outcome, Phase, Proposal, Touch
from dunwell.contact.model.permits import (
    InboundContact,
    InboundWrong,
    PermitUsed,
    Recorded,
    RecordOutcome,
)
from dunwell.contact.queries import permits
from dunwell.contact.rules.permits import INBOUND, check_outcome, is_new_outcome
from dunwell.contact.use_cases.judging import ask
from dunwell.contact.use_cases.permits.noting import keep_note
from dunwell.contact.use_cases.permits.touching import settle
from dunwell.contact.use_cases.permits.using import current, held_permit
from dunwell.contact.use_cases.reading import verdict as kept_verdict
from dunwell.contact.use_cases.touches import record_contacts
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import LoanId, VerdictId
from dunwell.storage.tenant import TenantTx


async def record_outcome(tx: TenantTx, command: RecordOutcome) -> Recorded:
    """Keep what became of a permit whose number was shown, in time or late. The same again is no news.

    Whoever may record outcomes may tell: the agent, the dialler, a supervisor for one who left. A number that does
    not exist is marked so. Raises `PermitNotFound`, `PermitNotUsed`, `OutcomeDiffers` or `OutcomeWrong`.
    """
    permit = await held_permit(tx, command.id)
    note = None
    if is_new_outcome(permit, command.outcome):
        if not await permits.mark_recorded(tx, permit.id, command.outcome):
            raise PermitUsed("this permit was recorded before")
        await settle(tx, [permit], command.outcome, promised=command.promised)
        if command.outcome is Outcome.INVALID:
            await mark_points(tx, [MarkPoint(permit.point, PointStatus.INVALID)])
        contact = cast("UUID", permit.id)
        await record(
            tx, "permit.recorded", contact, outcome=command.outcome.value, late=tx.now >= permit.expires_at
        )
        if command.note is not None:
            said = (command.note, command.language)
            note = await keep_note(tx, contact, permit.borrower, (permit.channel, permit.loans), said)
    return Recorded(await kept_verdict(tx, permit.id), await current(tx, permit.id), note)


async def record_inbound(tx: TenantTx, command: InboundContact) -> Recorded:
    """Keep a contact that came in, with its verdict. It takes no slot; a talk counts for silence and lost contact.

    Raises `BorrowerUnknown`, `InboundWrong` or `OutcomeWrong`.
    """
    check_outcome(INBOUND, command.channel, command.outcome)
    if command.at > tx.now:
        raise _wrong("at", "has not come yet", "tell when it came in")
    if not await lock(tx, [command.borrower]):
        raise BorrowerUnknown("no such borrower")
    if command.point is not None and await permits.owner_of(tx, command.point) != command.borrower:
        raise _wrong("contact_point", "not one of this person", "leave it out, or name one")
    loans = await _loans(tx, command)
    proposal = Proposal(
        person=command.borrower,
        debts=loans,
        channel=command.channel,
        number=command.point,
        direction=Direction.INBOUND,
        actor=command.actor,
    )
    # Judged as PLAN: what came in is not ours to allow, and takes no slot.
    (verdict,) = await ask(tx, [proposal], phase=Phase.PLAN)
    verdict_id = cast("VerdictId", verdict.id)
    contact = cast("UUID", verdict_id)
    await record_contacts(tx, [_touch(command, loans, verdict_id, allowed=verdict.allowed)])
    note = None
    if command.note is not None:
        said = (command.note, command.language)
        note = await keep_note(tx, contact, command.borrower, (command.channel, loans), said)
    return Recorded(await kept_verdict(tx, verdict_id), None, note)


async def _loans(tx: TenantTx, command: InboundContact) -> tuple[LoanId, ...]:
    """The loans it was about: those named, each with a part of this person in it, or all the person has a part in."""
    own = await permits.loans_of(tx, command.borrower)
    if strange := set(command.loans) - set(own):
        raise _wrong("loans", f"{min(strange)} is no loan of this person", "leave it out, or name one")
    return command.loans or tuple(own)


def _touch(command: InboundContact, loans: tuple[LoanId, ...], verdict: VerdictId, *, allowed: bool) -> Touch:
    """Under the verdict's id; a touch names only a verdict that allows, and this one happened all the same."""
    return Touch(
        id=cast("UUID", verdict),
        borrower=command.borrower,
        at=command.at,
        channel=command.channel,
        outcome=command.outcome,
        loans=loans,
        number=command.point,
        direction=Direction.INBOUND,
        actor=command.actor,
        verdict=verdict if allowed else None,
    )


def _wrong(field: str, problem: str, remedy: str) -> InboundWrong:
    return InboundWrong("this cannot have come in", faults=[Fault(field, problem, remedy)])
