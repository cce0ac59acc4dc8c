"""Lists of what the gate keeps, the newest first."""

from datetime import date, time, timedelta
from typing import Final

from dunwell.contact.model import (
    Counted,
    CountVerdicts,
    Filter,
    HoldNotFound,
    KeptContact,
    KeptHold,
    KeptOptOut,
    KeptVerdict,
    SpanWrong,
    VerdictFilter,
    VerdictNotFound,
)
from dunwell.contact.queries import lists
from dunwell.contact.queries import stops as stop_queries
from dunwell.contact.use_cases.cursors import after_instant, place_of
from dunwell.kernel.calendar import DAY, EARLIEST, LATEST, local_instant
from dunwell.kernel.errors import Fault
from dunwell.kernel.ids import HoldId, VerdictId
from dunwell.kernel.paging import Page, decode_cursor, page
from dunwell.storage.tenant import TenantTx

MOST_DAYS: Final = timedelta(days=91)


def _shown(day: date) -> bool:
    return EARLIEST < day < LATEST


async def holds(tx: TenantTx, wanted: Filter) -> Page[KeptHold]:
    """Holds, lifted ones too; `word` is the kind."""
    rows = await stop_queries.holds(tx, wanted, after_instant(wanted.cursor))
    return page(rows, wanted.limit, lambda row: row, lambda row: (row.placed_at.isoformat(), str(row.id)))


async def hold(tx: TenantTx, hold_id: HoldId) -> KeptHold:
    """One hold. Raises `HoldNotFound`."""
    found = await stop_queries.hold(tx, hold_id)
    if found is None:
        raise HoldNotFound("no such hold")
    return found


async def verdicts(tx: TenantTx, wanted: VerdictFilter) -> Page[KeptVerdict]:
    """Verdicts, allowed or not, the newest first. Raises `SpanWrong`."""
    for field, at in (("from", wanted.start), ("to", wanted.end)):
        if at is not None and (at.tzinfo is None or not _shown(at.date())):
            fault = Fault(field, "no instant with an offset", "write it as 2026-03-09T08:30:00+08:00")
            raise SpanWrong("the span has no such instant", faults=[fault])
    rows = await lists.verdicts(tx, wanted, after_instant(wanted.cursor))
    return page(rows, wanted.limit, lambda row: row, lambda row: (row.at.isoformat(), str(row.id)))


async def count_verdicts(tx: TenantTx, wanted: CountVerdicts) -> list[Counted]:
    """How often each rule, or code, was a reason, by business day. Raises `SpanWrong`."""
    known = _shown(wanted.first) and _shown(wanted.last)
    if not known or not wanted.first <= wanted.last <= wanted.first + MOST_DAYS:
        problem = f"not 1 to {MOST_DAYS.days + 1} days"
        raise SpanWrong(problem, faults=[Fault("to", problem, "choose a last day closer behind the first")])
    zone = tx.caller.tenant.zone
    start, end = (local_instant(day, time(0), zone) for day in (wanted.first, wanted.last + DAY))
    return await lists.counts(tx, start, end, by_code=wanted.by_code)


async def verdict(tx: TenantTx, verdict_id: VerdictId) -> KeptVerdict:
    """One verdict. Raises `VerdictNotFound`."""
    found = await lists.verdict(tx, verdict_id)
    if found is None:
        raise VerdictNotFound("no such verdict")
    return found


async def contacts(tx: TenantTx, wanted: Filter) -> Page[KeptContact]:
    """Touches with the answer they were made under; `word` is the channel."""
    rows = await lists.contacts(tx, wanted, after_instant(wanted.cursor))
    return page(rows, wanted.limit, lambda row: row, lambda row: (row.at.isoformat(), str(row.id)))


async def opt_outs(tx: TenantTx, wanted: Filter) -> Page[KeptOptOut]:
    """Opt-outs, withdrawn ones too; `word` is the channel."""
    key = decode_cursor(wanted.cursor, 3)
    after = None if key is None else (*place_of(key[0], key[1]), key[2])
    rows = await stop_queries.opt_outs(tx, wanted, after)
    return page(
        rows,
        wanted.limit,
        lambda row: row,
        lambda row: (row.at.isoformat(), str(row.borrower), row.channel.value),
    )
