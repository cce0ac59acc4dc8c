"""Tapes taken in by a test, and what the database says afterwards."""

from dataclasses import replace

from dunwell.intake.loading import load_tape, problems_of
from dunwell.intake.model import Tape
from dunwell.intake.receiving import Incoming, receive
from dunwell.kernel.caller import Caller
from dunwell.loans.use_cases import find_loans, loan
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.tapes import a_row, a_table, streamed

LIMIT = 64 << 20


async def taken(database: Database, caller: Caller, content: bytes, **options: object) -> Tape:
    """A tape received and loaded, by the plain profile unless told otherwise."""
    table = a_table()
    incoming = replace(Incoming("tape.csv", "plain", LIMIT, table=table), **options)
    received = await receive(database, caller, incoming, streamed(content), load=False)
    return await load_tape(database, caller, received.id)


async def loan_of(database: Database, caller: Caller, reference: str):
    found = await database.read(caller, find_loans, [reference])
    return await database.read(caller, loan, found[reference])


async def report_of(database: Database, caller: Caller, tape: Tape):
    return [problem async for problem in problems_of(database, caller, tape.id)]


async def rows(database: Database, caller: Caller, sql: str, *arguments: object):
    async def look(tx: TenantTx, _: None):
        return [tuple(row) for row in await tx.rows(sql, *arguments)]

    return await database.read(caller, look, None)


def named(prefix: str, count: int, start: int = 0, **changes: str) -> list[dict[str, str]]:
    return [
        a_row(number, ref=f"{prefix}-{number}", customer=f"{prefix}-C{number}", **changes)
        for number in range(start, start + count)
    ]
