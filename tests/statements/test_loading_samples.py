"""The real samples: taken in whole, and a second time without any effect."""

import pytest

from dunwell.kernel.caller import Caller
from dunwell.statements.kept import FileState
from dunwell.storage.tenant import Database
from tests.builders.bank_lines import SAMPLES, sample
from tests.statements.taken import everything, rows, taken

TALLY = """
SELECT count(*), count(*) FILTER (WHERE disposition IN ('suspense', 'ignored', 'matched', 'unmatched', 'reversed'))
  FROM statement_entries WHERE file_id = $1
"""
HELD = """
SELECT coalesce(sum(amount), 0), (SELECT coalesce(sum("left"), 0) FROM suspense_items
                                   WHERE id IN (SELECT suspense_id FROM statement_entries WHERE file_id = $1))
  FROM statement_entries WHERE file_id = $1 AND disposition = 'suspense'
"""


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_sample_is_loaded_once(database: Database, acme: Caller, name: str):
    content = sample(name)
    first = await taken(database, acme, content)
    assert first.state is FileState.LOADED
    assert first.entries == first.added + first.duplicates > 0
    [(count, settled)] = await rows(database, acme, TALLY, first.id)
    assert (count, settled) == (first.added, first.added)
    [(suspended, held)] = await rows(database, acme, HELD, first.id)
    assert suspended == held
    before = await everything(database, acme)
    second = await taken(database, acme, content)
    assert second == first
    assert await everything(database, acme) == before
