"""The invented lenders: every row of their tapes is good, and every age of a loan occurs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dunwell.embedded.tapes import AGES, BOOKS, COLUMNS, LOANS, USUAL, invented, real
from dunwell.intake.loading import load_tape
from dunwell.intake.model import Tape
from dunwell.intake.profile_files import builtin_names
from dunwell.intake.receiving import Incoming, receive
from dunwell.kernel.caller import Caller
from dunwell.storage.tenant import Database
from dunwell.tenant_files import checked

TODAY = date(2026, 3, 31)


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _loaded(database: Database, caller: Caller, currency: str) -> Tape:
    tape = invented(caller.tenant.slug, currency, TODAY)
    incoming = Incoming(tape.filename, tape.profile, len(tape.content))
    received = await receive(database, caller, incoming, _one(tape.content), load=False)
    return await load_tape(database, caller, received.id)


@pytest.mark.parametrize(("name", "currency"), [("acme", "CNY"), ("birch", "USD")])
async def test_every_invented_loan_is_good(
    database: Database, acme: Caller, birch: Caller, name: str, currency: str
) -> None:
    tape = await _loaded(database, {"acme": acme, "birch": birch}[name], currency)
    assert (tape.counts.good, tape.counts.bad) == (LOANS, 0)
    assert tape.counts.inserted == LOANS
    assert 0 < tape.counts.payments < LOANS / 2


def test_each_lender_has_a_profile_for_its_tape() -> None:
    assert USUAL.profile in builtin_names()
    assert all(f"profiles/{book.profile}" in checked(slug) for slug, book in BOOKS.items())


def test_the_same_day_gives_the_same_loans() -> None:
    assert invented("lotus", "CNY", TODAY) == invented("lotus", "CNY", TODAY)
    assert invented("lotus", "CNY", TODAY) != invented("lotus", "CNY", TODAY + timedelta(days=1))


def test_every_age_occurs_and_nobody_paid_in_the_future() -> None:
    lines = invented("lotus", "CNY", TODAY).content.decode().splitlines()[1:]
    rows = [dict(zip(COLUMNS, line.split(","), strict=True)) for line in lines]
    assert {(TODAY - date.fromisoformat(row["first_due"])).days for row in rows} == set(AGES)
    assert all(date.fromisoformat(row["paid_on"]) <= TODAY for row in rows if row["paid_on"])
    assert len({row["customer_no"] for row in rows}) < len(rows), "somebody has two loans"


def test_a_real_tape_keeps_its_name_and_its_day(tmp_path) -> None:
    file = tmp_path / "tape.csv"
    file.write_bytes(b"a,b\n")
    tape = real(file)
    assert tape.filename == "tape.csv"
    assert tape.as_of is not None
    assert replace(tape, content=b"") != tape
