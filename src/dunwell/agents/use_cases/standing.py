"""What the gate asks about whoever makes a contact: one round trip each, for any number of proposals."""

from collections.abc import Sequence
from uuid import UUID

from dunwell.agents.law import law_of
from dunwell.agents.model import Agent, Standing
from dunwell.agents.queries import people, senders
from dunwell.agents.queries import standing as queries
from dunwell.agents.rules import checks
from dunwell.agents.rules.standing import standing_of, terms_of
from dunwell.storage.tenant import TenantTx


async def standings(
    tx: TenantTx, asked: Sequence[tuple[str, UUID | None]]
) -> dict[tuple[str, UUID | None], Standing]:
    """How each pair of employer (`lender` or an agency's code) and agent stands on the tenant's business day.

    Every pair that is asked about is answered; what is not registered is not active.
    """
    if not asked:
        return {}
    terms = terms_of(law_of(tx.caller.tenant.pack), tx.today)
    found = await queries.standings(tx, list(dict.fromkeys(asked)))
    return {pair: standing_of(terms, known) for pair, known in found.items()}


async def agent_of(tx: TenantTx, principal: str | UUID) -> Agent | None:
    """Who that is in the register; None for somebody who is not in it.

    `principal` is an agent's id, an actor as text (`staff:mei#1a2b3c4d`) or a token's label (`mei`): one label is one
    person, with however many tokens. One who left is answered too, as not active.
    """
    law = law_of(tx.caller.tenant.pack)
    if isinstance(principal, UUID):
        return await people.agent(tx, principal, law)
    label = checks.label_of(principal)
    return None if label is None else await people.agent_of_principal(tx, label, law)


async def registered_senders(tx: TenantTx) -> frozenset[str] | None:
    """The numbers and accounts contacts may leave from; None: none was ever registered.

    Each as it was registered and as `sender_key` writes it. A tenant who withdrew all of his has none left: the answer
    is then empty, and nothing may be sent.
    """
    found = await senders.standing_senders(tx)
    return None if found is None else frozenset(found) | {checks.sender_key(each) for each in found}


def sender_key(address: str) -> str:
    """One spelling of a sender; ask for this of what a contact would leave from, so that blanks do not matter."""
    return checks.sender_key(address)
