"""Who acts, and from which numbers and accounts: what the register of agencies and agents knows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from dunwell.agents.use_cases import registered_senders, sender_key, standings
from dunwell.contact.model import LENDER, Key, Proposal, Standing
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Acting:
    """`senders` None: no contact of the batch names what it is sent from, or no sender was ever registered."""

    standings: Mapping[tuple[str, Key | None], Standing]
    senders: frozenset[str] | None


NOBODY: Final = Acting({}, None)


async def acting(tx: TenantTx, proposals: Sequence[Proposal]) -> Acting:
    """The register is read only where an agency or an agent acts, and the senders where one is named."""
    asked = {
        (each.actor, cast("UUID | None", each.agent))
        for each in proposals
        if each.actor != LENDER or each.agent is not None
    }
    named = {each.sender for each in proposals if each.sender is not None}
    if not asked and not named:
        return NOBODY
    known = await standings(tx, sorted(asked, key=str))
    return Acting(
        {
            pair: Standing(
                each.agency,
                each.agency_active,
                each.agency_contract_from,
                each.agency_contract_until,
                each.agency_reviewed_on,
                each.agent,
                each.agent_active,
                each.agent_trained_on,
            )
            for pair, each in known.items()
        },
        await _senders(tx, named) if named else None,
    )


async def _senders(tx: TenantTx, named: Collection[str]) -> frozenset[str] | None:
    """The registered senders, in the spelling of the contacts too."""
    known = await registered_senders(tx)
    if known is None:
        return None
    return known | {sender for sender in named if sender_key(sender) in known}
