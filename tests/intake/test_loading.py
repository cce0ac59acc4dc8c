"""Tapes in the database: good rows in, bad rows out, twice is once, and a dead process costs nothing."""

import asyncio
import io
import os
import subprocess
import sys
from datetime import date, timedelta

from dunwell.intake import use_cases
from dunwell.intake.loading import load_item, load_tape, payments_of
from dunwell.intake.model import (
    Counts,
    Tape,
    TapeBusy,
    TapeState,
)
from dunwell.intake.receiving import Incoming, receive
from dunwell.kernel.caller import Caller
from dunwell.loans.use_cases import days_past_due
from dunwell.settings import Settings
from dunwell.storage.tenant import Database
from tests.builders.tapes import a_profile, a_row, a_table, csv_bytes, csv_text, streamed
from tests.conftest import Advance
from tests.intake.loaded import LIMIT, loan_of, named, report_of, rows, taken


async def test_good_rows_are_in_and_bad_ones_are_in_the_report(database: Database, acme: Caller):
    mixed = [
        *named("M", 2),
        *named("M", 1, 2, amount="-5"),
        *named("M", 1, 3, out="1900-01-01"),
        *named("M", 1, 4, amount="12.345"),
        *named("M", 1, 5, amount=""),
        *named("M", 1, 6, phone="12"),
        *named("M", 1, 7, total="900.00"),
        *named("M", 1, 8, due="2026-01-01"),
    ]
    done = await taken(database, acme, csv_text(mixed).encode())
    assert done.state is TapeState.LOADED
    assert done.counts == Counts(rows=9, good=2, bad=7, inserted=2)
    problems = await report_of(database, acme, done)
    assert [(each.line, each.column) for each in problems] == [
        (4, "principal"),
        (5, "out"),
        (6, "amount"),
        (7, "amount"),
        (8, "borrower.phone"),
        (9, "instalment.total"),
        (10, "loan.rows"),
    ]
    assert all(each.problem and each.remedy for each in problems)
    assert problems[4].value == "99"
    found = await loan_of(database, acme, "M-0")
    assert (found.principal.minor, found.outstanding.minor, found.past_due_since) == (
        100000,
        105000,
        date(2026, 3, 1),
    )


async def test_the_same_file_twice_changes_nothing(database: Database, acme: Caller):
    content = csv_text(named("T", 5, paid_on="2026-03-05", paid="1050.00")).encode()
    first = await taken(database, acme, content)
    assert (first.counts.inserted, first.counts.payments) == (5, 5)
    before = await rows(database, acme, "SELECT id, updated_at, outstanding FROM loans ORDER BY id")
    ledger = await rows(database, acme, "SELECT count(*) FROM postings")
    second = await taken(database, acme, content)
    assert second.counts == Counts(rows=5, good=5, unchanged=5)
    assert await rows(database, acme, "SELECT id, updated_at, outstanding FROM loans ORDER BY id") == before
    assert await rows(database, acme, "SELECT count(*) FROM postings") == ledger


async def test_a_corrected_file_updates_what_it_corrects(database: Database, acme: Caller):
    await taken(database, acme, csv_text(named("U", 3)).encode())
    corrected = [*named("U", 1, total="1100.00"), *named("U", 2, 1)]
    done = await taken(database, acme, csv_text(corrected).encode())
    assert (done.counts.updated, done.counts.unchanged) == (1, 2)
    assert (await loan_of(database, acme, "U-0")).outstanding.minor == 110000
    back = await taken(database, acme, csv_text(named("U", 3)).encode())
    assert (back.counts.updated, back.counts.unchanged) == (1, 2)
    assert (await loan_of(database, acme, "U-0")).outstanding.minor == 105000


async def test_a_corrected_payment_is_taken_back_and_booked_anew(database: Database, acme: Caller):
    await taken(database, acme, csv_text(named("P", 1, paid_on="2026-03-05", paid="500.00")).encode())
    done = await taken(database, acme, csv_text(named("P", 1, paid_on="2026-03-06", paid="700.00")).encode())
    assert (done.counts.payments, done.counts.reversed) == (1, 1)
    assert (await loan_of(database, acme, "P-0")).outstanding.minor == 35000
    gone = await taken(database, acme, csv_text(named("P", 1)).encode())
    assert (gone.counts.payments, gone.counts.reversed) == (0, 1)
    assert (await loan_of(database, acme, "P-0")).outstanding.minor == 105000
    again = await taken(database, acme, csv_text(named("P", 1, paid_on="2026-03-06", paid="700.00")).encode())
    assert (again.counts.payments, again.counts.reversed) == (1, 0)
    assert (await loan_of(database, acme, "P-0")).outstanding.minor == 35000


async def test_a_dry_run_says_what_loading_would_do_and_does_nothing(database: Database, acme: Caller):
    content = csv_text([*named("D", 2, paid_on="2026-03-05", paid="10.00"), *named("D", 1, 2, amount="x")])
    before = await rows(database, acme, "SELECT count(*) FROM loans")
    done = await taken(database, acme, content.encode(), dry_run=True)
    assert done.state is TapeState.CHECKED
    assert done.counts == Counts(rows=3, good=2, bad=1, inserted=2, payments=2)
    assert len(await report_of(database, acme, done)) == 1
    assert await rows(database, acme, "SELECT count(*) FROM loans") == before
    real = await taken(database, acme, content.encode())
    assert real.counts == done.counts


async def test_a_loan_that_stands_twice_is_refused_at_its_second_row(database: Database, acme: Caller):
    twice = [*named("W", 1200), *named("W", 1, total="1300.00")]
    done = await taken(database, acme, csv_text(twice).encode())
    assert (done.counts.inserted, done.counts.bad) == (1200, 1)
    [problem] = await report_of(database, acme, done)
    assert (problem.line, problem.problem) == (1202, "this loan stands in line 2 already")
    again = await taken(database, acme, csv_text(twice).encode())
    assert (again.counts.unchanged, again.counts.updated, again.counts.bad) == (1200, 0, 1)


async def test_a_load_that_dies_anywhere_goes_on_where_it_stopped(database: Database, acme: Caller):
    content = csv_text(named("K", 3500, paid_on="2026-03-05", paid="1050.00")).encode()
    incoming = Incoming("tape.csv", "plain", LIMIT, table=a_table())
    received = await receive(database, acme, incoming, streamed(content), load=False)
    deaths = 0

    class Died(Exception): ...

    def die(_: Tape, __: int) -> None:
        raise Died

    while True:
        try:
            done = await load_tape(database, acme, received.id, die)
        except Died:
            deaths += 1
            continue
        break
    assert deaths == 4
    assert done.counts == Counts(rows=3500, good=3500, inserted=3500, payments=3500)
    sums = "SELECT count(*), sum(outstanding) FROM loans WHERE reference LIKE 'K-%'"
    assert await rows(database, acme, sums) == [(3500, 0)]
    assert (await load_tape(database, acme, received.id)) == done


async def test_a_load_that_is_killed_inside_a_batch_leaves_nothing_of_it(database: Database, acme: Caller):
    content = csv_text(named("X", 2500)).encode()
    incoming = Incoming("tape.csv", "plain", LIMIT, table=a_table())
    received = await receive(database, acme, incoming, streamed(content), load=False)
    for wait in (0.05, 0.15, 0.3, 0.6):
        load = asyncio.create_task(load_tape(database, acme, received.id))
        await asyncio.sleep(wait)
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
        now = await database.read(acme, use_cases.tape, received.id)
        counted = await rows(database, acme, "SELECT count(*) FROM loans WHERE reference LIKE 'X-%'")
        assert counted == [(now.counts.inserted,)]
        assert now.counts.inserted % 1000 in (0, 500)
    done = await load_tape(database, acme, received.id)
    assert done.counts == Counts(rows=2500, good=2500, inserted=2500)


async def test_a_process_that_is_killed_leaves_a_tape_that_another_finishes(
    database: Database, acme: Caller, settings: Settings
):
    content = csv_text(named("SK", 5000, paid_on="2026-03-05", paid="1050.00")).encode()
    incoming = Incoming("tape.csv", "plain", LIMIT, table=a_table())
    received = await receive(database, acme, incoming, streamed(content), load=False)
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DUNWELL_MASTER_KEY": settings.master_key,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "dunwell", "tape", "resume", "acme", str(received.id)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as loader:
        while not (await database.read(acme, use_cases.tape, received.id)).counts.rows:
            await asyncio.sleep(0.02)
        loader.kill()
    killed_at = (await database.read(acme, use_cases.tape, received.id)).counts
    counted = await rows(database, acme, "SELECT count(*) FROM loans WHERE reference LIKE 'SK-%'")
    assert counted == [(killed_at.inserted,)]
    done = await load_tape(database, acme, received.id)
    assert done.counts == Counts(rows=5000, good=5000, inserted=5000, payments=5000)


async def test_two_loaders_of_one_tape_do_not_load_it_twice(database: Database, acme: Caller):
    content = csv_text(named("B", 3000)).encode()
    incoming = Incoming("tape.csv", "plain", LIMIT, table=a_table())
    received = await receive(database, acme, incoming, streamed(content), load=False)
    ends = await asyncio.gather(
        *(load_tape(database, acme, received.id) for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(end, (Tape, TapeBusy)) for end in ends), ends
    done = await load_tape(database, acme, received.id)
    assert done.counts == Counts(rows=3000, good=3000, inserted=3000)


async def test_a_turn_ends_and_asks_for_another(database: Database, acme: Caller):
    content = csv_text(named("Q", 2100)).encode()
    incoming = Incoming("tape.csv", "plain", LIMIT, table=a_table())
    received = await receive(database, acme, incoming, streamed(content), load=True)
    paused = await load_tape(database, acme, received.id, seconds=0)
    assert (paused.state, paused.line) == (TapeState.LOADING, 1001)
    await load_item(database, acme, {"tape": str(received.id)})
    done = await database.read(acme, use_cases.tape, received.id)
    assert (done.state, done.counts.inserted) == (TapeState.LOADED, 2100)
    work = "SELECT count(*) FROM work_items WHERE kind = 'intake.load' AND dedupe_key LIKE $1"
    assert await rows(database, acme, work, f"{received.id}:%") == [(1,)]
    await database.run(acme, use_cases.ask_again, (received.id, use_cases.NOW))
    assert await rows(database, acme, work, f"{received.id}:%") == [(2,)]


async def test_as_of_a_day_later_payments_have_not_happened(database: Database, acme: Caller):
    content = csv_text(
        [
            *named("A", 1, paid_on="2026-03-01", paid="1050.00"),
            *named("A", 1, 1, paid_on="2026-04-01", paid="1050.00"),
        ]
    ).encode()
    done = await taken(database, acme, content, as_of=date(2026, 3, 15))
    assert (done.counts.inserted, done.counts.payments) == (2, 1)
    assert (await loan_of(database, acme, "A-1")).outstanding.minor == 105000
    later = payments_of(io.BytesIO(content), a_profile(), date(2026, 3, 15))
    assert [(each.loan, each.payment.paid_on, each.payment.minor) for each in later] == [
        ("A-1", date(2026, 4, 1), 105000)
    ]
    whole = await taken(database, acme, content)
    assert (whole.counts.payments, whole.counts.reversed) == (1, 0)
    assert (await loan_of(database, acme, "A-1")).outstanding.minor == 0
    earlier = await taken(database, acme, content, as_of=date(2026, 3, 15))
    assert earlier.counts.reversed == 0


def monthly() -> dict[str, object]:
    return a_table(
        latest_by="told",
        borrower={"reference": "customer"},
        loan={
            "reference": "ref",
            "currency": {"value": "CNY"},
            "principal": "amount",
            "disbursed_on": "out",
            "matures_on": {"value": "2027-01-05"},
            "instalment": {"value": "100.00"},
        },
        standing={"balance": "balance", "paid_through": "through", "as_of": "told"},
        instalment=[],
        payment=[],
    )


def told(reference: str, *months: tuple[str, str, str]) -> list[dict[str, str]]:
    return [
        {"ref": reference, "customer": reference, "amount": "1000", "out": "2026-01-05", "told": day,
         "balance": balance, "through": through}
        for day, balance, through in months
    ]  # fmt: skip


COLUMNS = ("ref", "customer", "amount", "out", "told", "balance", "through")


async def test_a_monthly_tape_stands_where_its_latest_month_stands(database: Database, acme: Caller):
    months = [
        ("2026-02-28", "900", "2026-02-05"),
        ("2026-04-30", "800", "2026-03-05"),
        ("2026-03-31", "800", "2026-03-05"),
    ]
    content = csv_text(told("S-1", *months), COLUMNS).encode()
    as_of = await taken(database, acme, content, table=monthly(), as_of=date(2026, 3, 1))
    assert (as_of.counts.inserted, as_of.counts.skipped) == (1, 2)
    found = await loan_of(database, acme, "S-1")
    assert (found.outstanding.minor, found.past_due_since) == (90000, date(2026, 3, 5))
    done = await taken(database, acme, content, table=monthly())
    assert (done.counts.updated, done.counts.payments, done.counts.reversed) == (1, 1, 0)
    found = await loan_of(database, acme, "S-1")
    assert (found.outstanding.minor, found.past_due_since) == (80000, date(2026, 4, 5))
    working = await database.read(acme, days_past_due, found.id)
    assert working.working.since == date(2026, 4, 5)
    again = await taken(database, acme, content, table=monthly())
    assert again.counts == Counts(rows=3, good=3, unchanged=1)
    old = await taken(database, acme, csv_text(told("S-1", months[0]), COLUMNS).encode(), table=monthly())
    assert (old.counts.updated, old.counts.unchanged) == (0, 1)


async def test_a_balance_of_nothing_is_a_settled_loan(database: Database, acme: Caller):
    content = csv_text(told("S-2", ("2026-04-30", "0", "2026-04-05")), COLUMNS).encode()
    await taken(database, acme, content, table=monthly())
    found = await loan_of(database, acme, "S-2")
    assert (found.state, found.outstanding.minor, found.past_due_since) == ("settled", 0, None)


async def test_rows_that_are_instalments_make_one_loan(database: Database, acme: Caller):
    table = a_table(rows="one-instalment-each")
    table["instalment"] = [{"due_on": "due", "principal": "total"}]
    table["payment"] = [{"name": "paid", "paid_on": "paid_on", "amount": "paid"}]
    instalments = [
        a_row(ref="G-1", amount="300.00", due=f"2026-0{month}-01", total="100.00", paid=paid, paid_on=paid_on)
        for month, paid, paid_on in ((3, "100.00", "2026-03-01"), (4, "100.00", "2026-04-09"), (5, "", ""))
    ]
    done = await taken(
        database, acme, csv_bytes(*instalments, a_row(2, ref="G-2", total="1000.00")), table=table
    )
    assert done.counts == Counts(rows=4, good=4, inserted=2, payments=2)
    found = await loan_of(database, acme, "G-1")
    assert (found.outstanding.minor, found.past_due_since) == (10000, date(2026, 5, 1))


async def test_a_payment_in_the_future_waits_for_its_day(database: Database, acme: Caller, advance: Advance):
    soon = (await rows(database, acme, "SELECT (now() + interval '20 days')::date"))[0][0]
    content = csv_text(named("F", 1, due=str(soon), paid_on=str(soon), paid="1050.00")).encode()
    first = await taken(database, acme, content)
    assert (first.counts.good, first.counts.payments) == (1, 0)
    await advance(acme, timedelta(days=30))
    second = await taken(database, acme, content)
    assert (second.counts.payments, second.counts.unchanged) == (1, 1)
