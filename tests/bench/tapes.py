"""Tapes: rows of a CSV through profile, checks, sealing, schedule and ledger, against COPY of the same columns."""

import io
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dunwell.intake.loading import load_tape
from dunwell.intake.receiving import Incoming, receive
from tests.bench.figures import Pair, measure

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

ROWS = 10_000
HEADER = (
    ",customerid,systemloanid,loannumber,approveddate,creationdate,loanamount,totaldue,termdays,closeddate,"
    "referredby,firstduedate,firstrepaiddate\n"
)
TWIN = """
CREATE TEMP TABLE IF NOT EXISTS twin (
    n int, customerid text, systemloanid text PRIMARY KEY, loannumber int, approveddate timestamp,
    creationdate timestamp, loanamount numeric, totaldue numeric, termdays int, closeddate timestamp,
    referredby text, firstduedate timestamp, firstrepaiddate timestamp)
"""


def tape(number: int) -> bytes:
    """A tape in the layout of the real one, with loans and customers of its own."""
    chance = random.Random(number)
    lines = [HEADER]
    for n in range(ROWS):
        made = date(2016, 1, 1) + timedelta(days=chance.randrange(600))
        due, paid = made + timedelta(days=30), made + timedelta(days=chance.randrange(20, 60))
        amount = chance.choice((10000, 15000, 20000, 30000))
        lines.append(
            f"{n},c{number}-{n // 4},{number * ROWS + n},{n % 4 + 1},{made} 09:00:00.000000,{made} 08:00:00.000000,"
            f"{amount}.0,{amount * 115 // 100}.0,30,{paid} 16:06:48.000000,,{due} 00:00:00.000000,"
            f"{paid} 15:51:43.000000\n"
        )
    return "".join(lines).encode()


async def bench(bench: "Bench", rounds: int) -> list[Pair]:
    await bench.plain.execute(TWIN)

    async def ours(number: int) -> Callable[[], Awaitable[int]]:
        content = tape(number)

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(content), 1 << 16):
                yield content[start : start + (1 << 16)]

        async def timed() -> int:
            incoming = Incoming("bench.csv", "superlender-ng", 1 << 32)
            received = await receive(bench.database, bench.caller, incoming, pieces(), load=False)
            loaded = await load_tape(bench.database, bench.caller, received.id)
            assert loaded.counts.bad == 0, loaded
            return loaded.counts.rows

        return timed

    async def bare(number: int) -> Callable[[], Awaitable[int]]:
        content = tape(number)

        async def timed() -> int:
            await bench.plain.copy_to_table("twin", source=io.BytesIO(content), format="csv", header=True)
            return ROWS

        return timed

    return [await measure("tape rows loaded", "COPY of the same columns", ours, bare, rounds)]
