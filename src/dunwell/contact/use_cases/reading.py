"""Lists of what the gate keeps, the newest first."""

from datetime import datetime
from uuid import UUID

from dunwell.contact.model import (
    Filter,
    HoldNotFound,
    KeptContact,
    KeptHold,
    KeptOptOut,
    KeptVerdict,
    VerdictNotFound,
)
from dunwell.contact.queries import lists
from dunwell.contact.queries import stops as stop_queries
from dunwell.kernel.ids import HoldId, VerdictId
from dunwell.kernel.paging import Page, WrongCursor, decode_cursor, page
from dunwell.storage.tenant import TenantTx


async def holds(tx: TenantTx, wanted: Filter) -> Page[KeptHold]:
    """Holds, lifted ones too; `word` is the kind."""
    rows = await stop_queries.holds(tx, wanted, _after(wanted.cursor))
    return page(rows, wanted.limit, lambda row: row, lambda row: (row.placed_at.isoformat(), str(row.id)))


async def hold(tx: TenantTx, hold_id: HoldId) -> KeptHold:
    """One hold. Raises `HoldNotFound`."""
    found = await stop_queries.hold(tx, hold_id)
    if found is None:
        raise HoldNotFound("no such hold")
    return found


async def verdicts(tx: TenantTx, wanted: Filter) -> Page[KeptVerdict]:
    """Verdicts, allowed or not; `word` is the answer."""
    rows = await lists.verdicts(tx, wanted, _after(wanted.cursor))
    return page(rows, wanted.limit, lambda row: row, lambda row: (row.at.isoformat(), str(row.id)))


async def verdict(tx: TenantTx, verdict_id: VerdictId) -> KeptVerdict:
    """One verdict. Raises `VerdictNotFound`."""
    found = await lists.verdict(tx, verdict_id)
    if found is None:
        raise VerdictNotFound("no such verdict")
    return found


async def contacts(tx: TenantTx, wanted: Filter) -> Page[KeptContact]:
    """Touches with the answer they were made under; `word` is the channel."""
    rows = await lists.contacts(tx, wanted, _after(wanted.cursor))
    return page(rows, wanted.limit, lambda row: row, lambda row: (row.at.isoformat(), str(row.id)))


async def opt_outs(tx: TenantTx, wanted: Filter) -> Page[KeptOptOut]:
    """Opt-outs, withdrawn ones too; `word` is the channel."""
    key = decode_cursor(wanted.cursor, 3)
    after = None if key is None else (*_place(key[0], key[1]), key[2])
    rows = await stop_queries.opt_outs(tx, wanted, after)
    return page(
        rows,
        wanted.limit,
        lambda row: row,
        lambda row: (row.at.isoformat(), str(row.borrower), row.channel.value),
    )


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    key = decode_cursor(cursor, 2)
    return None if key is None else _place(key[0], key[1])


def _place(instant: str, identity: str) -> tuple[datetime, UUID]:
    try:
        at, last = datetime.fromisoformat(instant), UUID(identity)
    except ValueError as error:
        raise WrongCursor("unknown cursor") from error
    if at.tzinfo is None:
        raise WrongCursor("unknown cursor")
    return at, last
