"""Statement files taken in by a test, and what the database says afterwards."""

from typing import Any

from dunwell.kernel.caller import Caller
from dunwell.loans.use_cases import loan
from dunwell.statements import use_cases
from dunwell.statements.kept import BrowseEntries, KeptEntry, KeptFile
from dunwell.statements.loading import Incoming, load_file, receive
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.bank_lines import LIMIT, streamed


async def received(database: Database, caller: Caller, content: bytes, **options: Any) -> KeptFile:
    """A file received and not loaded yet."""
    incoming = Incoming("statement", LIMIT, load=False, **options)
    return (await receive(database, caller, incoming, streamed(content))).file


async def taken(database: Database, caller: Caller, content: bytes, **options: Any) -> KeptFile:
    """A file received and loaded."""
    file = await received(database, caller, content, **options)
    return await load_file(database, caller, file.id)


async def entries_of(database: Database, caller: Caller, file: KeptFile) -> list[KeptEntry]:
    """What a file brought, in its order."""
    page = await database.read(caller, use_cases.entries, BrowseEntries(file.id, None, 500))
    return list(page.rows)


async def rows(database: Database, caller: Caller, sql: Any, *arguments: object) -> list[tuple[Any, ...]]:
    async def look(tx: TenantTx, _: None) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await tx.rows(sql, *arguments)]

    return await database.read(caller, look, None)


async def outstanding(database: Database, caller: Caller, loan_id: Any) -> int:
    return (await database.read(caller, loan, loan_id)).outstanding.minor


EVERYTHING = """
SELECT (SELECT count(*) FROM statement_entries), (SELECT count(*) FROM statements),
       (SELECT count(*) FROM statement_files), (SELECT count(*) FROM payments), (SELECT count(*) FROM postings),
       (SELECT count(*) FROM suspense_items), (SELECT coalesce(sum("left"), 0) FROM suspense_items),
       (SELECT coalesce(sum(outstanding), 0) FROM loans),
       (SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY id), '')) FROM statement_entries AS t)
"""


async def everything(database: Database, caller: Caller) -> tuple[Any, ...]:
    """Counts and sums of all that statements may change."""
    return (await rows(database, caller, EVERYTHING))[0]
