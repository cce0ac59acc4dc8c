"""Asking for a permit: the gate answers, and only an ALLOW becomes one."""

from dataclasses import replace
from datetime import timedelta
from typing import Final, cast
from uuid import UUID

from dunwell.agents.use_cases import agent_of
from dunwell.audit.use_cases import record
from dunwell.borrowers.model import PointKind
from dunwell.borrowers.use_cases import contact_points, profiles
from dunwell.contact.model import BorrowerUnknown, Channel, Phase, Verdict
from dunwell.contact.model.permits import (
    Asked,
    AskPermit,
    NoAddress,
    Permit,
    PermitOfAnother,
    PermitState,
    PointWrong,
)
from dunwell.contact.queries import notes, permits
from dunwell.contact.rules.permits import out_of_sight, owing
from dunwell.contact.settings import ContactSettings, policy_for
from dunwell.contact.use_cases.judging import ask
from dunwell.contact.use_cases.permits.again import barred_from_sight, keep
from dunwell.contact.use_cases.permits.said import Said, proposal_asked, seal
from dunwell.contact.use_cases.reading import verdict as kept_verdict
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import ContactPointId, VerdictId
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.model import InForce
from dunwell.tenancy.use_cases import published

FILE: Final = "contact"
KIND_OF: Final = {
    Channel.CALL: PointKind.PHONE,
    Channel.AI_CALL: PointKind.PHONE,
    Channel.VOICEMAIL: PointKind.PHONE,
    Channel.SMS: PointKind.PHONE,
    Channel.IM: PointKind.PHONE,
    Channel.EMAIL: PointKind.EMAIL,
    Channel.LETTER: PointKind.POSTAL,
    Channel.VISIT: PointKind.POSTAL,
}


async def ask_permit(tx: TenantTx, command: AskPermit) -> Asked:
    """Put a contact by hand to the gate. An ALLOW takes its slots and gives a permit for the tenant's minutes.

    A refusal is an answer: its verdict is kept and shown, and there is no permit. Whoever owes outcomes is held
    until they are told. Raises `BorrowerUnknown`, `PointWrong`, `NoAddress`, or `PermitOfAnother` where the token is
    another agent's than the one named.
    """
    command = await _as_oneself(tx, command)
    if command.borrower not in await profiles(tx, [command.borrower]):
        raise BorrowerUnknown("no such borrower")
    force = await published(tx, FILE, ContactSettings)
    point = await _point(tx, command)
    proposal = proposal_asked(command, point)
    asker = await _asker(tx, command, force)
    if asker is None or asker.allowed:
        (verdict,) = await ask(tx, [proposal], phase=Phase.PERMIT)
    else:
        verdict = await keep(tx, proposal, asker)
    verdict_id = cast("VerdictId", verdict.id)
    permit = await _issue(tx, command, force, point, verdict_id) if verdict.allowed else None
    return Asked(await kept_verdict(tx, verdict_id), permit)


async def _as_oneself(tx: TenantTx, command: AskPermit) -> AskPermit:
    """An agent who signs in with a token of his own acts as himself; a program may act for any agent it names."""
    own = await agent_of(tx, str(tx.caller.actor))
    if own is None:
        return command
    if command.agent not in (None, own.id):
        raise PermitOfAnother("this token is another agent's")
    return replace(command, agent=own.id)


async def _asker(tx: TenantTx, command: AskPermit, force: InForce[ContactSettings]) -> Verdict | None:
    """Whether whoever asks may see any number at all: outcomes owed, a country from which nothing is seen in clear.

    None: there is no law to judge by, and the gate says so.
    """
    policy = policy_for(tx.caller.tenant.pack, force.value, force.version, tx.today)
    if policy is None:
        return None
    owed = await permits.owed(tx, str(tx.caller.actor), command.agent)
    barred = await barred_from_sight(tx, command.agent)
    return out_of_sight(owing(policy, owed, force.value.outcomes_owed), barred.reasons, barred.rules)


async def _point(tx: TenantTx, command: AskPermit) -> ContactPointId | None:
    """The address to use. None only where the gate itself says what is wrong with having no number."""
    kind = KIND_OF[command.channel]
    if command.point is None:
        best = (await contact_points(tx, [command.borrower], kind)).get(command.borrower)
        if best is None and kind is not PointKind.PHONE:
            raise NoAddress(f"no {kind} address of this person is known")
        return None if best is None else best.id
    found = await permits.point(tx, command.point)
    if found != (command.borrower, kind.value):
        fault = Fault(
            "contact_point", f"no usable {kind} address of this person", "leave it out, or name one"
        )
        raise PointWrong("the contact point cannot be used for this", faults=[fault])
    return command.point


async def _issue(
    tx: TenantTx,
    command: AskPermit,
    force: InForce[ContactSettings],
    point: ContactPointId | None,
    verdict: VerdictId,
) -> Permit:
    key = await notes.borrower_key(tx, command.borrower)
    if point is None or key is None:
        raise NoAddress("no number of this person is known")
    permit = Permit(
        id=verdict,
        borrower=command.borrower,
        point=point,
        loans=command.loans,
        channel=command.channel,
        purpose=command.purpose,
        asked_by=str(tx.caller.actor),
        agent=command.agent,
        actor=command.actor,
        sender=command.sender,
        asked=seal(tx, key, verdict, Said(command.text, command.visit)),
        state=PermitState.ISSUED,
        issued_at=tx.now,
        expires_at=tx.now + timedelta(minutes=force.value.permit_minutes),
        revealed_at=None,
        judged_again=None,
        closed_at=None,
        outcome=None,
    )
    await permits.insert_permit(tx, permit)
    await record(
        tx,
        "permit.issued",
        cast("UUID", verdict),
        borrower=str(command.borrower),
        channel=command.channel.value,
        agent=str(command.agent) if command.agent else None,
        point=str(point),
        until=permit.expires_at.isoformat(),
    )
    return permit
