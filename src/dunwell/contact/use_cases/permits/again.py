"""Judging once more at the moment a number is to be shown: everything that stands by then, but its own touch."""

from dataclasses import replace
from typing import Final, cast
from uuid import UUID, uuid4

from dunwell.agents.model import Finding
from dunwell.agents.use_cases import agent_of, may_see
from dunwell.audit.use_cases import record
from dunwell.contact.model import Outcome, PastContact, Phase, Proposal, Verdict
from dunwell.contact.model.permits import Permit
from dunwell.contact.queries import records
from dunwell.contact.rules import judge, refused_without_pack
from dunwell.contact.rules.permits import out_of_sight
from dunwell.contact.settings import ContactSettings, policy_for
from dunwell.contact.use_cases.gathering import gather, wanted
from dunwell.kernel.ids import VerdictId
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.use_cases import published

FILE: Final = "contact"


async def judge_again(tx: TenantTx, permit: Permit, proposal: Proposal) -> Verdict:
    """Judge the contact of a permit on the facts of now, and keep the verdict. The borrower must be locked.

    What the permit itself took does not speak against it; it takes nothing a second time.
    """
    force = await published(tx, FILE, ContactSettings)
    policy = policy_for(tx.caller.tenant.pack, force.value, force.version, tx.today)
    if policy is None:
        return await keep(tx, proposal, refused_without_pack(tx.caller.tenant.pack, force.version))
    gathered = await gather(tx, [proposal], recorder=force.value.recorder, wants=wanted([policy]))
    history = gathered.history.get(permit.borrower, [])
    own = next((contact for contact in history if _is_own(contact, permit)), None)
    if own is not None:
        history.remove(own)
    verdict = judge(policy, gathered.facts(proposal), proposal, tx.now)
    barred = await barred_from_sight(tx, permit.agent)
    return await keep(tx, proposal, out_of_sight(verdict, barred.reasons, barred.rules))


async def barred_from_sight(tx: TenantTx, agent: UUID | None) -> Finding:
    """Whether this agent, where he works from, may see personal data in clear: a number is nothing else."""
    known = None if agent is None else await agent_of(tx, agent)
    return may_see(tx.caller.tenant.pack, None if known is None else known.country, tx.today).finding


def _is_own(contact: PastContact, permit: Permit) -> bool:
    """The touch that was written with the verdict; any other that looks the same counts the same."""
    return (
        contact.at == permit.issued_at
        and contact.outcome is Outcome.UNKNOWN
        and contact.channel is permit.channel
        and contact.number == permit.point
    )


async def keep(tx: TenantTx, proposal: Proposal, verdict: Verdict) -> Verdict:
    """Keep a verdict about a permit that takes no slot; with its id."""
    kept = replace(verdict, id=VerdictId(uuid4()))
    await records.insert_verdicts(tx, Phase.PERMIT, [records.Judged(proposal, kept, tx.now)])
    await record(
        tx,
        "contact.judged",
        cast("UUID", kept.id),
        phase=Phase.PERMIT.value,
        borrower=str(proposal.person),
        channel=proposal.channel.value,
        verdict=kept.answer.value,
        reasons=list(kept.codes),
        pack=f"{kept.pack}/{kept.pack_version}",
        policy=kept.policy_version,
        message=None,
    )
    return kept
