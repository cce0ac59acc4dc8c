"""Reading messages."""

from datetime import timedelta
from typing import Final

from dunwell.channels.model import (
    Attempt,
    ChannelState,
    ListMessages,
    Message,
    MessageCount,
    MessageNotFound,
)
from dunwell.channels.queries import lists, outbox
from dunwell.kernel.ids import MessageId
from dunwell.kernel.paging import Page, page
from dunwell.storage.tenant import TenantTx

COUNTED: Final = timedelta(days=30)


async def list_messages(tx: TenantTx, query: ListMessages) -> Page[Message]:
    """The newest first."""
    rows = await lists.listed(tx, query)
    return page(rows, query.limit, lambda row: row, lambda row: (row.planned_at.isoformat(), str(row.id)))


async def list_unknown(tx: TenantTx, query: ListMessages) -> Page[Message]:
    """Messages whose outcome nobody knows, the newest first."""
    rows = await lists.unknown(tx, query.cursor, query.limit)
    return page(rows, query.limit, lambda row: row, lambda row: (row.changed_at.isoformat(), str(row.id)))


async def message(tx: TenantTx, wanted: MessageId) -> tuple[Message, list[Attempt]]:
    """One message with every attempt and what was heard about it. Raises `MessageNotFound`."""
    found = await lists.one(tx, wanted)
    if found is None:
        raise MessageNotFound("no such message")
    return found, await lists.attempts(tx, wanted)


async def message_counts(tx: TenantTx, _command: None = None) -> list[MessageCount]:
    """How many messages are in each state, by channel; those that have ended: of the last thirty days."""
    return await lists.counts(tx, tx.now - COUNTED)


async def channel_states(tx: TenantTx, _command: None = None) -> list[ChannelState]:
    """Channels that ever could not be reached, and whether they rest now."""
    return await outbox.channel_states(tx)
