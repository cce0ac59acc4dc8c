"""Asking the gate: judged one after another on the same facts, kept, counted, recorded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final, cast
from uuid import UUID

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
    Verdict,
)
from dunwell.contact.queries import history, records
from dunwell.contact.queries.records import Judged, Slot
from dunwell.contact.rules import judge, refused_without_pack
from dunwell.contact.settings import ContactSettings, policy_for
from dunwell.contact.use_cases.gathering import gather, lockable, wanted
from dunwell.kernel.calendar import DAY, business_date
from dunwell.kernel.ids import VerdictId
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.model import InForce
from dunwell.tenancy.use_cases import published

Taken = dict[tuple[UUID, str, date], set[int]]

FILE: Final = "contact"
EVERY_TOUCH: Final = "touch_day"
COUNTERS: Final = {
    channel: "message_day"
    if channel in MESSAGES
    else "voice_day"
    if channel in CALLS
    else f"{channel.value}_day"
    for channel in Channel
}


async def ask(tx: TenantTx, proposals: Sequence[Proposal], *, phase: Phase) -> list[Verdict]:
    """Judge proposals in their order and keep every verdict, allowed or not.

    SEND locks everybody whose facts decide and reads in the next statements, so that what it counts is true until
    the end of the transaction; an ALLOW takes its slots and is written as a touch whose outcome is unknown, and
    a later proposal of the same batch sees it. PERMIT is SEND for a person who dials. PLAN judges for the instant
    the proposal is planned for and takes nothing. Raises `BorrowerUnknown`.
    """
    if not proposals:
        return []
    force = await published(tx, FILE, ContactSettings)
    law = _Law(tx, force)
    takes = phase is not Phase.PLAN
    taken: Taken = {}
    if takes:
        people = await lockable(tx, proposals)
        await lock(tx, people)
        taken = await history.slots(tx, people, tx.today - DAY)
    ats = [_judged_for(tx, proposal, phase) for proposal in proposals]
    wants = replace(wanted(law.policy(at) for at in ats), keeps=True)
    gathered = await gather(tx, proposals, recorder=force.value.recorder, wants=wants)
    judged: list[Judged] = []
    allowed: list[Judged] = []
    slots: list[Slot] = []
    names = records.verdict_ids(tx.now, len(proposals))
    for proposal, at, name in zip(proposals, ats, names, strict=True):
        facts = gathered.facts(proposal)
        policy = law.policy(at)
        each = Judged(proposal, _named(law.verdict(policy, facts, proposal, at), name), at)
        judged.append(each)
        if takes and policy is not None and each.verdict.allowed:
            slots += _slots(policy, facts, each, taken)
            allowed.append(each)
            gathered.history[proposal.person].append(_contact(each))
    await records.insert_verdicts(tx, phase, judged)
    if allowed:
        await records.insert_slots(tx, slots)
        await records.insert_touches(tx, allowed)
    await record_many(tx, _acts(judged, phase))
    return [each.verdict for each in judged]


async def check(tx: TenantTx, proposal: Proposal) -> Verdict:
    """Judge without keeping anything: a dry run. Raises `BorrowerUnknown`."""
    force = await published(tx, FILE, ContactSettings)
    law = _Law(tx, force)
    at = _judged_for(tx, proposal, Phase.PLAN)
    policy = law.policy(at)
    gathered = await gather(tx, [proposal], recorder=force.value.recorder, wants=wanted([policy]))
    return law.verdict(policy, gathered.facts(proposal), proposal, at)


def _judged_for(tx: TenantTx, proposal: Proposal, phase: Phase) -> datetime:
    """What is sent is judged now; what is planned, for when it is planned."""
    if phase is not Phase.PLAN or proposal.at is None:
        return tx.now
    return max(tx.now, proposal.at)


class _Law:
    """The tenant's law on any day, made once for each day of a batch."""

    __slots__ = ("_days", "_force", "_instants", "_tenant")

    def __init__(self, tx: TenantTx, force: InForce[ContactSettings]) -> None:
        self._tenant: Final = tx.caller.tenant
        self._force: Final = force
        self._days: Final = dict[date, Policy | None]()
        self._instants: Final = dict[datetime, Policy | None]()

    def policy(self, at: datetime) -> Policy | None:
        if at not in self._instants:
            self._instants[at] = self._on(business_date(at, self._tenant.zone))
        return self._instants[at]

    def _on(self, day: date) -> Policy | None:
        if day not in self._days:
            self._days[day] = policy_for(self._tenant.pack, self._force.value, self._force.version, day)
        return self._days[day]

    def verdict(self, policy: Policy | None, facts: Facts, proposal: Proposal, at: datetime) -> Verdict:
        if policy is None:
            return refused_without_pack(self._tenant.pack, self._force.version)
        return judge(policy, facts, proposal, at)


def _named(verdict: Verdict, name: VerdictId) -> Verdict:
    return Verdict(
        verdict.answer,
        verdict.reasons,
        verdict.duties,
        verdict.until,
        verdict.pack,
        verdict.pack_version,
        verdict.policy_version,
        name,
    )


def _slots(policy: Policy, facts: Facts, judged: Judged, taken: Taken) -> list[Slot]:
    """The first free place of each counter of the day; `taken` then holds it too."""
    proposal, name = judged.proposal, cast("VerdictId", judged.verdict.id)
    borrower = cast("UUID", proposal.person)
    day = _day(judged.at, policy.legal_zone or facts.people[proposal.person].zone)
    slots: list[Slot] = []
    for counter in (COUNTERS[proposal.channel], EVERY_TOUCH):
        ordinals = taken.setdefault((borrower, counter, day), set())
        ordinal = 1
        while ordinal in ordinals:
            ordinal += 1
        ordinals.add(ordinal)
        slots.append(Slot(borrower, counter, day, ordinal, name))
    return slots


@lru_cache(maxsize=256)
def _day(at: datetime, zone: str) -> date:
    return business_date(at, zone)


def _contact(judged: Judged) -> PastContact:
    """The contact as it stands until somebody says what became of it, for the rest of the batch."""
    proposal = judged.proposal
    return PastContact(
        judged.at,
        proposal.channel,
        proposal.person,
        Outcome.UNKNOWN,
        proposal.debts,
        proposal.number,
        proposal.direction,
        proposal.actor,
        proposal.purpose,
    )


def _acts(judged: Sequence[Judged], phase: Phase) -> list[Act]:
    word = phase.value
    return [
        Act(
            "contact.judged",
            cast("UUID", each.verdict.id),
            {
                "phase": word,
                "borrower": str(each.proposal.person),
                "channel": each.proposal.channel.value,
                "verdict": each.verdict.answer.value,
                "reasons": each.verdict.codes,
                "pack": f"{each.verdict.pack}/{each.verdict.pack_version}",
                "policy": each.verdict.policy_version,
                "message": str(each.proposal.message) if each.proposal.message else None,
            },
        )
        for each in judged
    ]
