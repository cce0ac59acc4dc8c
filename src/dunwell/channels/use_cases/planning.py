"""Putting messages into the outbox."""

from collections.abc import Sequence

from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.channels.model import MessageDraft, Planned, PlannedDifferently
from dunwell.channels.queries import lists, outbox
from dunwell.channels.use_cases.published import Written, files_in_force
from dunwell.contact.model import Channel, Content
from dunwell.storage.tenant import TenantTx

LANE = "messages"


async def plan_messages(tx: TenantTx, drafts: Sequence[MessageDraft]) -> Planned:
    """Plan messages, each once per dedupe key; rings the doorbell.

    A key that is taken by a message to the same borrower is no news; one to somebody else is
    `PlannedDifferently`, because then a key does not name what its maker thinks it does.
    """
    if not drafts:
        return Planned(frozenset(), 0)
    inserted = await outbox.insert_messages(tx, drafts)
    repeated = [draft for draft in drafts if draft.id not in inserted]
    if repeated:
        owners = await lists.owners_of_keys(tx, [draft.dedupe_key for draft in repeated])
        for draft in repeated:
            if owners[draft.dedupe_key][1] != draft.borrower:
                raise PlannedDifferently(f"the key {draft.dedupe_key} names a message to another borrower")
    await record_many(
        tx,
        [
            Act(
                "message.planned",
                draft.id,
                {
                    "borrower": str(draft.borrower),
                    "channel": draft.channel,
                    "template": draft.template,
                    "due_at": draft.due_at.isoformat(),
                    "verdict": str(draft.plan_verdict),
                    "held": draft.held_until is not None,
                },
            )
            for draft in drafts
            if draft.id in inserted
        ],
    )
    if inserted:
        tx.ring(LANE)
    return Planned(frozenset(inserted), len(repeated))


async def template_contents(
    tx: TenantTx, wanted: Sequence[tuple[str, Channel, str | None]]
) -> list[Content | None]:
    """What the gate judges of each (template, channel, borrower's language); `None`: no such template."""
    texts = Written((await files_in_force(tx)).templates, tx.caller.tenant.locale)
    return [texts.content(name, channel, language) for name, channel, language in wanted]
