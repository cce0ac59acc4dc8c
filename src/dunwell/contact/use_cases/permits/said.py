"""What was asked for beyond the columns of a permit: sealed with it, and opened to judge again."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from dunwell.agents.use_cases import sender_key
from dunwell.contact.model import Content, Proposal, Visit
from dunwell.contact.model.permits import AskPermit, Permit
from dunwell.kernel.ids import ContactPointId
from dunwell.storage.tenant import TenantTx

PLACE: Final = "permits.asked"


@dataclass(frozen=True, slots=True)
class Said:
    """The text that would be written, and how a visit would be made."""

    text: str | None = field(default=None, repr=False)
    visit: Visit | None = None


def seal(tx: TenantTx, key: bytes, permit: UUID, said: Said) -> bytes:
    return tx.keys.seal(key, msgspec.json.encode(said), f"{PLACE}|{permit}")


def proposal_asked(command: AskPermit, point: ContactPointId | None) -> Proposal:
    """The contact that is asked for."""
    return Proposal(
        person=command.borrower,
        debts=command.loans,
        channel=command.channel,
        purpose=command.purpose,
        content=None if command.text is None else Content(command.text),
        number=point,
        actor=command.actor,
        sender=None if command.sender is None else sender_key(command.sender),
        agent=command.agent,
        visit=command.visit,
    )


def proposal_again(tx: TenantTx, key: bytes, permit: Permit) -> Proposal:
    """The same contact, as the permit keeps it."""
    said = msgspec.json.decode(tx.keys.open(key, permit.asked, f"{PLACE}|{permit.id}"), type=Said)
    return proposal_asked(
        AskPermit(
            permit.borrower,
            permit.loans,
            permit.channel,
            permit.purpose,
            permit.point,
            permit.agent,
            permit.actor,
            permit.sender,
            said.text,
            said.visit,
        ),
        permit.point,
    )
