"""Loads the tapes of the demo, and what one lender shows beside them, once: a lender keeps what it has."""

from collections.abc import AsyncIterator, Callable

from dunwell.embedded.errors import CannotStart
from dunwell.embedded.lenders import House
from dunwell.embedded.money import LENDER, Shown, show_money
from dunwell.embedded.tapes import DemoTape, invented
from dunwell.intake.loading import load_tape
from dunwell.intake.model import CHUNK_BYTES, DONE, BrowseTapes, Counts, Tape
from dunwell.intake.receiving import Incoming, receive
from dunwell.intake.use_cases import tapes
from dunwell.kernel.caller import Caller
from dunwell.settings import Settings
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.opening import opened
from dunwell.tenancy.settings import TenantFile
from dunwell.tenancy.use_cases import operator, published

# Told now and then: the lender's slug and the counts of its tape so far.
Told = Callable[[str, Counts], None]


async def load_all(settings: Settings, house: House, real: DemoTape | None, told: Told) -> Shown:
    """One tape for each lender; the first gets the real one, if there is one. Answers with what to look at."""
    shown: Shown | None = None
    async with opened(settings, name="demo") as database:
        for position, lender in enumerate(house.lenders):
            caller = Caller(lender.tenant, operator("demo"))
            counts = await loaded(database, caller, settings, real if position == 0 else None, told)
            told(lender.tenant.slug, counts)
            if lender.tenant.slug == LENDER:
                shown = await show_money(database, caller)
    if shown is None:
        raise CannotStart(f"the demo has no lender {LENDER!r}")
    return shown


async def loaded(
    database: Database, caller: Caller, settings: Settings, real: DemoTape | None, told: Told
) -> Counts:
    there = (await database.read(caller, tapes, BrowseTapes(None, 1))).rows
    # A tape that a killed demo had half in is finished now.
    tape = there[0] if there else await _received(database, caller, settings, real)
    if tape.state in DONE:
        return tape.counts
    slug = caller.tenant.slug
    return (await load_tape(database, caller, tape.id, lambda now, _: told(slug, now.counts))).counts


async def _received(database: Database, caller: Caller, settings: Settings, real: DemoTape | None) -> Tape:
    chosen = real or await database.read(caller, _invented, None)
    incoming = Incoming(chosen.filename, chosen.profile, settings.tape_limit, as_of=chosen.as_of)
    return await receive(database, caller, incoming, _pieces(chosen.content), load=False)


async def _invented(tx: TenantTx, _: None) -> DemoTape:
    file = (await published(tx, "tenant", TenantFile)).value
    return invented(tx.caller.tenant.slug, file.currency, tx.today)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]
