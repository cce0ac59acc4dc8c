"""The gate over imagined days: the same judge, facts as they were or are, and nothing kept.

What it allows it remembers as a contact of its own side, so that caps and intervals count what would have been sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import cast

from dunwell.contact.model import Debt, Facts, Hold, Key, Outcome, PastContact, Proposal, Verdict
from dunwell.contact.queries import past
from dunwell.contact.queries.past import OptOuts
from dunwell.contact.rules import judge, refused_without_pack
from dunwell.contact.settings import ContactSettings, policy_for
from dunwell.contact.use_cases.gathering import MEMORY, Gathered, gather
from dunwell.kernel.calendar import business_date
from dunwell.kernel.caller import Tenant
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import TenantTx


@dataclass(frozen=True, slots=True)
class Known:
    """The facts of some people over a time: what the sides of a rehearsal share."""

    gathered: Gathered
    holds: Mapping[BorrowerId, Sequence[Hold]]
    opt_outs: Mapping[BorrowerId, OptOuts]
    touches: Mapping[BorrowerId, Sequence[PastContact]]


async def known(tx: TenantTx, proposals: Sequence[Proposal], first: datetime, last: datetime) -> Known:
    """Read what the gate knew, or knows, of the people of these proposals. Raises `BorrowerUnknown`."""
    gathered = await gather(tx, proposals, recorder=True)
    people = sorted(BorrowerId(cast("BorrowerId", key)) for key in gathered.people)
    return Known(
        gathered,
        await past.past_holds(tx, people, first, max(last, tx.now)),
        await past.past_opt_outs(tx, people),
        await past.past_touches(tx, people, first - MEMORY, first, last),
    )


@dataclass(slots=True)
class ImaginedGate:
    """One side: its law and values, and the contacts it has allowed so far."""

    tenant: Tenant
    settings: ContactSettings
    version: int
    known: Known
    allowed: dict[Key, list[PastContact]] = field(default_factory=dict[Key, list[PastContact]])

    def ask(self, proposal: Proposal, at: datetime) -> Verdict:
        """The verdict on a contact at that instant. Asked in the order of time."""
        policy = policy_for(
            self.tenant.pack, self.settings, self.version, business_date(at, self.tenant.zone)
        )
        if policy is None:
            return refused_without_pack(self.tenant.pack, self.version)
        return judge(policy, self._facts(proposal, at), proposal, at)

    def leave(self, proposal: Proposal, at: datetime) -> None:
        """The contact took place, with an outcome that nobody knows."""
        self.allowed.setdefault(proposal.person, []).append(
            PastContact(
                at,
                proposal.channel,
                proposal.person,
                Outcome.UNKNOWN,
                proposal.debts,
                proposal.number,
                actor=proposal.actor,
                purpose=proposal.purpose,
            )
        )

    def _facts(self, proposal: Proposal, at: datetime) -> Facts:
        facts = self.known.gathered.facts(proposal)
        people = {
            key: replace(
                person,
                opt_outs=tuple(
                    (channel, since)
                    for channel, since, withdrawn in self.known.opt_outs.get(cast("BorrowerId", key), ())
                    if withdrawn is None or at < withdrawn
                ),
            )
            for key, person in facts.people.items()
        }
        contacts = [
            contact
            for key in facts.people
            for contact in (
                *self.known.touches.get(cast("BorrowerId", key), ()),
                *self.allowed.get(key, ()),
            )
            if contact.at <= at
        ]
        return replace(
            facts,
            people=people,
            # A span of the loan says that it was open; whether it is settled today does not matter.
            debts={key: replace(facts.debts.get(key, Debt(key)), settled_at=None) for key in proposal.debts},
            holds=[
                hold for key in facts.people for hold in self.known.holds.get(cast("BorrowerId", key), ())
            ],
            contacts=sorted(contacts, key=attrgetter("at")),
            recorder_on=self.settings.recorder,
        )
