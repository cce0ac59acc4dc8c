"""Loading a tape: what is refused, hidden, paged or waits."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from dunwell.intake import use_cases
from dunwell.intake.loading import load_item, load_tape
from dunwell.intake.model import (
    BrowseTapes,
    Counts,
    ReadReport,
    TapeIncomplete,
    TapeNotFound,
    TapeState,
    TapeTooLarge,
    TapeUnreadable,
)
from dunwell.intake.receiving import Incoming, receive
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import NotFound
from dunwell.kernel.ids import TapeId
from dunwell.storage.tenant import Database
from dunwell.tenancy import files
from dunwell.tenancy.model import Publish
from dunwell.tenancy.use_cases import publish
from tests.builders.tapes import a_row, a_table, csv_bytes, csv_text, streamed
from tests.intake.loaded import LIMIT, named, report_of, rows, taken


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", TapeUnreadable),
        (b"ref,customer,amount\n", TapeUnreadable),
        (csv_bytes(), TapeUnreadable),
        (b"x" * (5 << 20), TapeUnreadable),
        (b"\x00" * 4096, TapeUnreadable),
        (csv_bytes(a_row()) + b"y" * (9 << 20), TapeUnreadable),
        (csv_text(named("Z", 5000)).encode() * 40, TapeTooLarge),
    ],
    ids=["empty", "columns", "header-only", "one-line", "zero-bytes", "endless-line", "too-large"],
)
async def test_what_is_no_tape_is_refused_and_nothing_is_kept(
    database: Database, acme: Caller, content: bytes, error: type[Exception]
):
    before = await rows(database, acme, "SELECT count(*) FROM loan_tapes")
    incoming = Incoming("tape.csv", "plain", 6 << 20, table=a_table())
    with pytest.raises(error) as refused:
        await receive(database, acme, incoming, streamed(content), load=False)
    assert refused.value.detail
    assert await rows(database, acme, "SELECT count(*) FROM loan_tapes") == before
    assert await rows(database, acme, "SELECT count(*) FROM tape_chunks") == [(0,)]


async def test_a_sender_that_hangs_up_leaves_nothing(database: Database, acme: Caller):
    async def cut():
        yield csv_bytes(a_row()) * 20_000
        raise ConnectionResetError

    incoming = Incoming("tape.csv", "plain", LIMIT, table=a_table())
    with pytest.raises(ConnectionResetError):
        await receive(database, acme, incoming, cut(), load=True)
    assert await rows(database, acme, "SELECT count(*) FROM tape_chunks") == [(0,)]


async def test_a_file_that_does_not_fit_further_on_fails_with_its_faults(database: Database, acme: Caller):
    table = a_table(file={"format": "csv", "encoding": "utf-16"})
    content = csv_text(named("N", 1500)).encode("utf-16")
    received = await receive(
        database,
        acme,
        Incoming("t", "plain", LIMIT, table=table),
        streamed(content + b"\x00\xd8\x00"),
        load=False,
    )
    done = await load_tape(database, acme, received.id)
    assert done.state is TapeState.FAILED
    assert done.counts.inserted == 1000
    assert done.problem
    assert await report_of(database, acme, done)


async def test_the_bytes_of_a_tape_are_sealed_and_go_when_it_is_loaded(database: Database, acme: Caller):
    content = csv_bytes(a_row(ref="SECRET-1", phone="+8613800138000"))
    incoming = Incoming("tape.csv", "plain", LIMIT, table=a_table())
    received = await receive(database, acme, incoming, streamed(content), load=False)
    [(kept,)] = await rows(database, acme, "SELECT data FROM tape_chunks WHERE tape_id = $1", received.id)
    assert b"13800138000" not in kept
    assert await database.read(acme, use_cases.chunk, (received.id, 0)) == content
    await load_tape(database, acme, received.id)
    with pytest.raises(TapeIncomplete):
        await database.read(acme, use_cases.chunk, (received.id, 0))


async def test_another_tenants_tape_is_no_tape(database: Database, acme: Caller, birch: Caller):
    done = await taken(database, acme, csv_bytes(a_row(ref="I-1")))
    for use_case, command in (
        (use_cases.tape, done.id),
        (use_cases.report, ReadReport(done.id, None, 10)),
    ):
        with pytest.raises(TapeNotFound):
            await database.read(birch, use_case, command)
    with pytest.raises(TapeNotFound):
        await load_tape(database, birch, done.id)
    listed = (await database.read(birch, use_cases.tapes, BrowseTapes(None, 500))).rows
    assert done.id not in {each.id for each in listed}


async def test_a_tenants_own_profile_goes_before_ours_and_stays_with_its_tape(
    database: Database, birch: Caller
):
    proposed = files.read("birch", Path(__file__).parents[1] / "tenants" / "birch")
    own = {**proposed.files, "profiles/consumer-small": a_table(name="consumer-small")}
    before = Incoming("t", "consumer-small", LIMIT)
    with pytest.raises(TapeUnreadable):
        await receive(database, birch, before, streamed(csv_bytes(a_row())), load=False)
    version = await database.run(birch, publish, Publish(own))
    received = await receive(database, birch, before, streamed(csv_bytes(a_row())), load=False)
    await database.run(birch, publish, Publish(proposed.files))
    done = await load_tape(database, birch, received.id)
    assert (done.counts.good, done.policy_version) == (1, version)


async def test_a_worker_that_finds_another_at_it_looks_again_later(database: Database, acme: Caller):
    content = csv_text(named("LK", 3000)).encode()
    incoming = Incoming("tape.csv", "plain", LIMIT, table=a_table())
    received = await receive(database, acme, incoming, streamed(content), load=False)
    await asyncio.gather(*(load_item(database, acme, {"tape": str(received.id)}) for _ in range(2)))
    done = await database.read(acme, use_cases.tape, received.id)
    assert done.counts.rows in range(1000, 3001)
    later = "SELECT count(*) FROM work_items WHERE dedupe_key LIKE $1 AND due_at > now()"
    asked = await rows(database, acme, later, f"{received.id}:%:again")
    assert asked == [(1,)] or done.state is TapeState.LOADED
    await load_item(database, acme, {"tape": str(received.id)})
    done = await database.read(acme, use_cases.tape, received.id)
    assert done.counts == Counts(rows=3000, good=3000, inserted=3000)


async def test_a_payment_that_is_refused_is_in_the_report_and_its_loan_is_in(
    database: Database, acme: Caller
):
    table = a_table(payment=[{"name": "one", "paid_on": "paid_on", "amount": "paid", "reference": "phone"}])
    table["borrower"] = {"reference": "customer"}
    long = "R" * 190
    done = await taken(
        database, acme, csv_bytes(a_row(ref="PR-1", paid="5", paid_on="2026-03-01", phone=long)), table=table
    )
    assert (done.counts.inserted, done.counts.payments, done.counts.bad) == (1, 0, 1)
    [problem] = await report_of(database, acme, done)
    assert problem.column.startswith("payment.one")


async def test_lists_and_reports_come_in_pages(database: Database, acme: Caller):
    await taken(database, acme, csv_bytes(a_row(ref="R-0")))
    done = await taken(
        database, acme, csv_text([*named("R", 1), *named("R", 7, 1, amount="x", out="x")]).encode()
    )
    first = await database.read(acme, use_cases.report, ReadReport(done.id, None, 5))
    assert first.next is not None
    second = await database.read(acme, use_cases.report, ReadReport(done.id, first.next, 50))
    assert len(first.rows) + len(second.rows) == len(await report_of(database, acme, done)) == 14
    page = await database.read(acme, use_cases.tapes, BrowseTapes(None, 1))
    assert page.rows[0].id == done.id
    following = await database.read(acme, use_cases.tapes, BrowseTapes(page.next, 1))
    assert following.rows[0].id != done.id


async def test_an_unknown_profile_is_named_with_those_there_are(database: Database, acme: Caller):
    with pytest.raises(NotFound) as unknown:
        await receive(database, acme, Incoming("t", "nobody", LIMIT), streamed(b"x"), load=False)
    assert "superlender-ng" in unknown.value.faults[0].remedy
    with pytest.raises(TapeNotFound):
        await load_tape(database, acme, TapeId(uuid4()))
