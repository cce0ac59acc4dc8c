"""Asking the gate: judged one after another on the same facts, kept, counted, recorded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, cast
from uuid import UUID, uuid4

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.borrowers.use_cases import lock
from dunwell.contact.model import (
    CALLS,
    MESSAGES,
    Channel,
    Facts,
    Outcome,
    PastContact,
    Phase,
    Policy,
    Proposal,
    Touch,
    Verdict,
)
from dunwell.contact.queries import facts as fact_queries
from dunwell.contact.queries import records
from dunwell.contact.queries.records import Slot
from dunwell.contact.rules import judge, refused_without_pack
from dunwell.contact.settings import ContactSettings, policy_for
from dunwell.contact.use_cases.gathering import Gathered, gather
from dunwell.kernel.calendar import business_date
from dunwell.kernel.ids import BorrowerId, LoanId, VerdictId
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.model import InForce
from dunwell.tenancy.use_cases import published

Taken = dict[tuple[UUID, str, date], set[int]]

FILE: Final = "contact"
EVERY_TOUCH: Final = "touch_day"


async def ask(tx: TenantTx, proposals: Sequence[Proposal], *, phase: Phase) -> list[Verdict]:
    """Judge proposals in their order and keep every verdict, allowed or not.

    SEND locks the borrowers first and reads in the next statements, so that what it counts is true until
    the end of the transaction; an ALLOW takes its slots and is written as a touch whose outcome is unknown, and
    a later proposal of the same batch sees it. PLAN judges for the instant the proposal is planned for
    and takes nothing. Raises `BorrowerUnknown`.
    """
    if not proposals:
        return []
    force = await published(tx, FILE, ContactSettings)
    people = sorted({BorrowerId(cast("UUID", proposal.person)) for proposal in proposals})
    taken: Taken = {}
    if phase is Phase.SEND:
        await lock(tx, people)
        taken = await fact_queries.slots(tx, people, tx.today - timedelta(days=1))
    gathered = await gather(tx, proposals, recorder=force.value.recorder)
    judged: list[tuple[Proposal, Verdict, datetime]] = []
    slots: list[Slot] = []
    touches: list[Touch] = []
    policies: dict[datetime, Policy | None] = {}
    for proposal in proposals:
        at = _judged_for(tx, proposal, phase)
        facts = gathered.facts(proposal)
        if at not in policies:
            policies[at] = _policy(tx, force, at)
        policy = policies[at]
        verdict = replace(_verdict(tx, force, policy, facts, proposal, at), id=VerdictId(uuid4()))
        judged.append((proposal, verdict, at))
        if phase is Phase.SEND and verdict.allowed and policy is not None:
            slots += _slots(policy, facts, proposal, verdict, at, taken)
            touches.append(_touch(gathered, proposal, verdict, at))
    await records.insert_verdicts(tx, phase, judged)
    if slots:
        await records.insert_slots(tx, slots)
        await records.save_touches(tx, touches)
    await record_many(tx, [_act(proposal, verdict, phase) for proposal, verdict, _ in judged])
    return [verdict for _, verdict, _ in judged]


async def check(tx: TenantTx, proposal: Proposal) -> Verdict:
    """Judge without keeping anything: a dry run. Raises `BorrowerUnknown`."""
    force = await published(tx, FILE, ContactSettings)
    gathered = await gather(tx, [proposal], recorder=force.value.recorder)
    at = _judged_for(tx, proposal, Phase.PLAN)
    return _verdict(tx, force, _policy(tx, force, at), gathered.facts(proposal), proposal, at)


def _judged_for(tx: TenantTx, proposal: Proposal, phase: Phase) -> datetime:
    """What is sent is judged now; what is planned, for when it is planned."""
    if phase is Phase.SEND or proposal.at is None:
        return tx.now
    return max(tx.now, proposal.at)


def _policy(tx: TenantTx, force: InForce[ContactSettings], at: datetime) -> Policy | None:
    tenant = tx.caller.tenant
    return policy_for(tenant.pack, force.value, force.version, business_date(at, tenant.zone))


def _verdict(
    tx: TenantTx,
    force: InForce[ContactSettings],
    policy: Policy | None,
    facts: Facts,
    proposal: Proposal,
    at: datetime,
) -> Verdict:
    if policy is None:
        return refused_without_pack(tx.caller.tenant.pack, force.version)
    return judge(policy, facts, proposal, at)


def _slots(
    policy: Policy, facts: Facts, proposal: Proposal, verdict: Verdict, at: datetime, taken: Taken
) -> list[Slot]:
    """The first free place of each counter of the day; `taken` then holds it too."""
    borrower = cast("UUID", proposal.person)
    day = business_date(at, policy.legal_zone or facts.people[proposal.person].zone)
    slots: list[Slot] = []
    for counter in (_counter(proposal.channel), EVERY_TOUCH):
        ordinals = taken.setdefault((borrower, counter, day), set())
        ordinal = next(n for n in range(1, len(ordinals) + 2) if n not in ordinals)
        ordinals.add(ordinal)
        slots.append(Slot(borrower, counter, day, ordinal, cast("VerdictId", verdict.id)))
    return slots


def _counter(channel: Channel) -> str:
    if channel in MESSAGES:
        return "message_day"
    return "voice_day" if channel in CALLS else f"{channel.value}_day"


def _touch(gathered: Gathered, proposal: Proposal, verdict: Verdict, at: datetime) -> Touch:
    """The contact as it stands until somebody says what became of it, also for the rest of the batch."""
    borrower = BorrowerId(cast("UUID", proposal.person))
    gathered.history[borrower].append(
        PastContact(
            at,
            proposal.channel,
            borrower,
            Outcome.UNKNOWN,
            proposal.debts,
            proposal.number,
            actor=proposal.actor,
            purpose=proposal.purpose,
        )
    )
    return Touch(
        id=cast("UUID", verdict.id),
        borrower=borrower,
        at=at,
        channel=proposal.channel,
        outcome=Outcome.UNKNOWN,
        loans=tuple(LoanId(cast("UUID", key)) for key in proposal.debts),
        purpose=proposal.purpose,
        number=cast("UUID | None", proposal.number),
        actor=proposal.actor,
        verdict=verdict.id,
        message=proposal.message,
    )


def _act(proposal: Proposal, verdict: Verdict, phase: Phase) -> Act:
    return Act(
        "contact.judged",
        cast("UUID", verdict.id),
        {
            "phase": phase.value,
            "borrower": str(proposal.person),
            "channel": proposal.channel.value,
            "verdict": verdict.answer.value,
            "reasons": list(verdict.codes),
            "pack": f"{verdict.pack}/{verdict.pack_version}",
            "policy": verdict.policy_version,
            "message": str(proposal.message) if proposal.message else None,
        },
    )
