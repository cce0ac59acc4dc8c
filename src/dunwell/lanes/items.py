"""Items of the lane `bulk`: each one handler call, put back, or set aside with its reason."""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Refused, Unavailable
from dunwell.lanes.model import TURN_SECONDS, Drained, Handler, Lane
from dunwell.lanes.turns import Turn
from dunwell.storage import work
from dunwell.storage.tenant import Database, TenantTx
from dunwell.storage.work import Claimed

log = structlog.get_logger()

# Longer than a job may run: a lease that runs out means that its worker is dead.
LEASE = timedelta(seconds=120)


async def claim_bite(tx: TenantTx, bite: tuple[Lane, int]) -> list[Claimed]:
    """Lease due items of a lane."""
    lane, most = bite
    return await work.claim(tx, lane, most, LEASE)


async def finish_bite(tx: TenantTx, items: list[Claimed]) -> bool:
    """False when a lease was lost: somebody else has the items now, and will find them already done."""
    return await work.finish(tx, items)


async def put_back(tx: TenantTx, failed: tuple[Claimed, str]) -> None:
    item, error = failed
    await work.put_back(tx, item, error)


async def set_aside(tx: TenantTx, failed: tuple[Claimed, str]) -> None:
    item, error = failed
    await work.set_aside(tx, item, error)


async def drain_bulk(
    database: Database,
    caller: Caller,
    handlers: Mapping[str, Handler],
    seconds: float | None = TURN_SECONDS,
) -> Drained:
    """Do the lane's due items one at a time until it is empty or the turn is over.

    One at a time, because an item may take the whole turn and what is claimed with it would wait.
    """
    turn, total = Turn(seconds), Drained()
    while True:
        items = await database.run(caller, claim_bite, (Lane.BULK, 1))
        if not items:
            return total
        total = total.plus(await _do(database, caller, items[0], handlers))
        if turn.over:
            return total.plus(Drained(more=True))


async def _do(database: Database, caller: Caller, item: Claimed, handlers: Mapping[str, Handler]) -> Drained:
    handler = handlers.get(item.kind)
    if handler is None:
        # Written by newer code: this process is being replaced, and its successor knows the kind.
        return await fail(database, caller, item, "unknown kind", later=True)
    try:
        await handler(database, caller, item.payload)
    except Refused as refusal:
        log.info("item.refused", kind=item.kind, item=item.id, code=refusal.code)
    except Unavailable as error:
        return await fail(database, caller, item, error.code, later=True)
    except Exception as error:  # noqa: BLE001 - one poisoned item must not stop the lane
        return await fail(database, caller, item, reason(error), later=False)
    await database.run(caller, finish_bite, [item])
    return Drained(done=1)


async def fail(database: Database, caller: Caller, item: Claimed, error: str, *, later: bool) -> Drained:
    """Put an item back with back-off, or set it aside; either way it is out of the way now."""
    log.warning("item.put-back" if later else "item.set-aside", kind=item.kind, item=item.id, error=error)
    if later:
        await database.run(caller, put_back, (item, error))
        return Drained(put_back=1)
    await database.run(caller, set_aside, (item, error))
    return Drained(set_aside=1)


def reason(error: BaseException) -> str:
    """The kind of an error and where it arose. Never its text, which may quote data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    code = getattr(error, "code", None)
    name = f"{type(error).__name__}" + (f" {code}" if isinstance(code, str) else "")
    if trace is None:
        return name
    return f"{name} in {trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
