"""The real tapes, loaded whole: the counts that were measured, and each loan as late as its tape says."""

from dataclasses import replace
from datetime import date

import pytest

from dunwell.intake.loading import load_tape, payments_of
from dunwell.intake.model import Counts, Tape
from dunwell.intake.profile_files import builtin
from dunwell.intake.receiving import Incoming, receive
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database
from tests.builders.tapes import real_tape, streamed
from tests.intake.loaded import LIMIT, report_of, rows

WRONG_DAYS = """
SELECT count(*)
  FROM tape_payments t
  JOIN loans l ON l.reference = t.reference
  JOIN instalments i ON i.loan_id = l.id AND i.number = 1
 WHERE t.slot = 'first' AND i.settled_on IS DISTINCT FROM t.paid_on
"""


async def real(database: Database, caller: Caller, name: str, **options: object) -> Tape:
    """A real tape, received and loaded by its own profile."""
    content = real_tape(name).read_bytes()
    incoming = replace(Incoming(f"{name}.csv", name, LIMIT), **options)
    received = await receive(database, caller, incoming, streamed(content, 1 << 20), load=False)
    return await load_tape(database, caller, received.id)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_superlender_comes_in_and_each_loan_is_as_late_as_it_says(database: Database, birch: Caller):
    done = await real(database, birch, "superlender-ng")
    # Five rows have no loan amount; the 1,021 others of 60 or 90 days tell of a first payment and of the rest.
    assert done.counts == Counts(rows=18_183, good=18_178, bad=5, inserted=18_178, payments=19_199)
    assert {problem.column for problem in await report_of(database, birch, done)} == {"loanamount"}
    assert await rows(database, birch, WRONG_DAYS) == [(0,)]
    again = await real(database, birch, "superlender-ng")
    assert again.counts == Counts(rows=18_183, good=18_178, bad=5, unchanged=18_178)


@pytest.mark.slow
async def test_superlender_as_of_its_first_due_date(database: Database, birch: Caller):
    path = real_tape("superlender-ng")
    done = await real(database, birch, "superlender-ng", as_of=date(2016, 2, 15), dry_run=True)
    assert done.counts.bad == 5
    with path.open("rb") as file:
        later = payments_of(file, builtin("superlender-ng"), date(2016, 2, 15))
    assert len(later) == 19_199 - 2
    assert [each.payment.paid_on for each in later] == sorted(each.payment.paid_on for each in later)


STATUS = """
SELECT count(*)
  FROM loans
 WHERE reference LIKE 'LC-%' AND state = 'open' AND past_due_since <= '2018-06-30'
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_lendingclub_comes_in_with_its_buckets(database: Database, birch: Caller):
    done = await real(database, birch, "lendingclub-10k")
    assert (done.counts.rows, done.counts.bad, done.counts.inserted) == (10_000, 0, 10_000)
    # 67 in grace, 38 and 66 late, 7 charged off.
    assert await rows(database, birch, STATUS) == [(178,)]
    # 447 are fully paid, and one that is called current owes nothing.
    settled = "SELECT count(*) FROM loans WHERE reference LIKE 'LC-%' AND state = 'settled'"
    assert await rows(database, birch, settled) == [(448,)]


async def test_the_tape_with_collection_statuses_comes_in(database: Database, birch: Caller):
    done = await real(database, birch, "loan-payments-500")
    assert done.counts == Counts(rows=500, good=500, inserted=500, payments=400)
    collected = """
SELECT attributes->>'status', count(*) FROM loans WHERE reference LIKE 'xqd%' AND state = $1 GROUP BY 1"""
    assert await rows(database, birch, collected, "open") == [("collection", 100)]
    assert await rows(database, birch, collected, "settled") == [("settled", 400)]


async def test_the_servicers_tape_comes_in_month_by_month(database: Database, birch: Caller):
    early = await real(database, birch, "sec-cmbs-monthly", as_of=date(2020, 6, 30))
    assert (early.counts.rows, early.counts.bad) == (2835, 0)
    assert early.counts.inserted == 27
    # One loan was 30 to 59 days behind in June 2020; in the last month none is.
    assert await rows(database, birch, BEHIND, date(2020, 6, 1)) == [(1,)]
    done = await real(database, birch, "sec-cmbs-monthly")
    assert (done.counts.bad, done.counts.inserted) == (0, 0)
    assert await rows(database, birch, BEHIND, date(2026, 3, 11)) == [(0,)]
    again = await real(database, birch, "sec-cmbs-monthly")
    assert (again.counts.updated, again.counts.payments, again.counts.reversed) == (0, 0, 0)


BEHIND = """
SELECT count(*) FROM loans WHERE reference LIKE '0001706060-%' AND state = 'open' AND past_due_since < $1
"""
