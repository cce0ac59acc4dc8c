"""Files that overlap, repeat, contradict or race: each entry once, each fault told, nothing posted twice."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dunwell.kernel.caller import Caller
from dunwell.settings import Settings
from dunwell.statements import use_cases
from dunwell.statements.kept import (
    BrowseFiles,
    Disposition,
    FileState,
    KeptFile,
    StatementFileId,
    StatementFileNotFound,
    StatementQuarantined,
)
from dunwell.statements.loading import Incoming, load_file, load_item, receive
from dunwell.statements.model import StatementTooLarge, StatementUnreadable
from dunwell.storage.tenant import Database
from tests.builders.bank_lines import DAY, LIMIT, a_line, camt, streamed
from tests.statements.conftest import Ruled
from tests.statements.people import a_person, an_account, load
from tests.statements.taken import everything, outstanding, received, rows, taken

NEXT = DAY + timedelta(days=1)


async def test_an_intraday_file_and_the_day_add_up_to_the_day(database: Database, acme: Caller):
    account = an_account()
    lines = [a_line("1.00", id="I-1"), a_line("2.00"), a_line("2.00"), a_line("3.00", id="I-3")]
    morning = await taken(database, acme, camt(*lines[:2], account=account, number="M"))
    noon = await taken(database, acme, camt(*lines[:3], account=account, number="N"))
    day = await taken(database, acme, camt(*lines, account=account, number="D"))
    counts = [(each.entries, each.added, each.duplicates) for each in (morning, noon, day)]
    assert counts == [(2, 2, 0), (3, 1, 2), (4, 1, 3)]
    again = await taken(database, acme, camt(*lines, account=account, number="D-resent"))
    assert (again.added, again.duplicates) == (0, 4)


async def test_two_genuine_equal_payments_stay_two(database: Database, acme: Caller):
    who = await a_person(database, acme)
    line = a_line(text=who.reference, payer=who.name)
    first, second = await load(database, acme, line, line)
    assert first.disposition is second.disposition is Disposition.MATCHED
    assert await outstanding(database, acme, who.loan) == 100_000


async def test_equal_payments_of_two_statements_in_a_row_stay_two(database: Database, acme: Caller):
    account = an_account()
    first = camt(a_line(), account=account, number="P-1").decode()
    second = camt(a_line(), account=account, number="P-2", opening="1100.00").decode()
    statement = second[second.index("<Stmt>") : second.index("</Stmt>") + 7]
    both = first.replace("</BkToCstmrStmt>", f"{statement}</BkToCstmrStmt>")
    file = await taken(database, acme, both.encode())
    assert (file.entries, file.added) == (2, 2)


async def test_statements_of_one_file_that_overlap_add_up_to_the_longer(database: Database, acme: Caller):
    account = an_account()
    short = camt(a_line(), account=account, number="P-1").decode()
    whole = camt(a_line(), a_line(), account=account, number="P-2").decode()
    statement = whole[whole.index("<Stmt>") : whole.index("</Stmt>") + 7]
    both = short.replace("</BkToCstmrStmt>", f"{statement}</BkToCstmrStmt>")
    file = await taken(database, acme, both.encode())
    assert (file.entries, file.added, file.duplicates) == (3, 2, 1)


async def test_a_pending_entry_that_is_booked_under_another_id_posts_once(database: Database, acme: Caller):
    account, who = an_account(), await a_person(database, acme)
    told = {"text": who.reference, "payer": who.name}
    lines = [a_line(id="TMP-1", status="PDNG", **told)]
    [pending] = await load(database, acme, *lines, account=account)
    [booked] = await load(database, acme, a_line(id="FINAL-1", **told), account=account, number="S-2")
    assert (pending.disposition, booked.disposition) == (Disposition.IGNORED, Disposition.MATCHED)
    assert await outstanding(database, acme, who.loan) == 110_000


async def test_the_tenant_may_vouch_for_a_banks_numbers(database: Database, acme: Caller, ruled: Ruled):
    account = an_account()
    await ruled(acme, accounts={"unique_numbers_of": [account[-6:]]})
    await load(database, acme, a_line(id="BANK-1", text="first telling"), account=account)
    file = await taken(
        database, acme, camt(a_line(id="BANK-1", text="told in other words"), account=account, number="X")
    )
    await ruled(acme)
    assert (file.added, file.duplicates) == (0, 1)


async def test_a_gap_in_the_chain_quarantines_the_file_until_it_is_filled(database: Database, acme: Caller):
    account = an_account()
    await load(database, acme, a_line("10.00"), account=account)
    later = camt(
        a_line("5.00", on=NEXT + timedelta(days=1)), account=account, opening="1017.00", number="S-3"
    )
    before = await everything(database, acme)
    with pytest.raises(StatementQuarantined) as refused:
        await taken(database, acme, later)
    [fault] = refused.value.faults
    assert ("1017.00" in fault.problem, "gaps" in fault.remedy) == (True, True)
    quarantined = await newest(database, acme)
    assert (quarantined.state, quarantined.added) == (FileState.QUARANTINED, 0)
    assert quarantined.faults == refused.value.faults
    after = await everything(database, acme)
    assert after[:2] + after[3:] == before[:2] + before[3:]
    with pytest.raises(StatementQuarantined):
        await load_file(database, acme, quarantined.id)
    await load(database, acme, a_line("7.00", on=NEXT), account=account, opening="1010.00", number="S-2")
    filled = await taken(database, acme, later)
    assert (filled.id, filled.state, filled.added) == (quarantined.id, FileState.LOADED, 1)


async def test_exports_that_overlap_by_days_follow_one_another(database: Database, acme: Caller):
    account = an_account()
    lines = [a_line(f"{day + 1}.00", on=DAY + timedelta(days=day), text=str(day)) for day in range(8)]
    middle = await taken(database, acme, camt(*lines[2:6], account=account, opening="1003.00", number="M"))
    late = await taken(database, acme, camt(*lines[4:], account=account, opening="1010.00", number="L"))
    early = await taken(database, acme, camt(*lines[:4], account=account, number="E"))
    assert [(each.added, each.duplicates) for each in (middle, late, early)] == [(4, 0), (2, 2), (2, 2)]
    with pytest.raises(StatementQuarantined):
        await taken(database, acme, camt(*lines[3:], account=account, opening="1011.00", number="W"))


async def test_an_account_may_be_allowed_gaps(database: Database, acme: Caller, ruled: Ruled):
    account = an_account()
    await load(database, acme, a_line("10.00"), account=account)
    await ruled(acme, accounts={"gaps_of": [account[-4:]]})
    [entry] = await load(database, acme, a_line(on=NEXT), account=account, opening="1.00", number="S-9")
    await ruled(acme)
    assert entry.disposition is Disposition.SUSPENSE


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", StatementUnreadable),
        (b"\x00" * 5000, StatementUnreadable),
        (camt(a_line(), closing="7.00"), StatementQuarantined),
        (camt(a_line())[:700], (StatementUnreadable, StatementQuarantined)),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + camt(a_line()), (StatementUnreadable, StatementQuarantined)),
        (camt(a_line(on=DAY + timedelta(days=3650)), account="6222009999"), StatementQuarantined),
    ],
    ids=["empty", "zeros", "balance", "cut-off", "entities", "future"],
)
async def test_a_wrong_file_posts_nothing(database: Database, acme: Caller, content: bytes, error: type):
    before = await everything(database, acme)
    with pytest.raises(error) as refused:
        await taken(database, acme, content)
    assert refused.value.faults
    assert all(fault.remedy for fault in refused.value.faults)
    after = await everything(database, acme)
    assert after[:2] + after[3:] == before[:2] + before[3:]


async def test_a_file_that_is_too_long_is_refused_while_it_comes(database: Database, acme: Caller):
    with pytest.raises(StatementTooLarge):
        await receive(database, acme, Incoming("x", 100), streamed(camt(a_line())))


async def test_two_who_send_one_file_at_once_make_one(database: Database, acme: Caller):
    who = await a_person(database, acme)
    content = camt(*[a_line(text=who.reference, payer=who.name)] * 3, account=an_account())
    files = await asyncio.gather(*(taken(database, acme, content) for _ in range(4)))
    assert len({each.id for each in files}) == 1
    assert await outstanding(database, acme, who.loan) == 90_000


async def test_overlapping_files_at_once_add_each_entry_once(database: Database, acme: Caller):
    who, account = await a_person(database, acme), an_account()
    lines = [a_line("10.00", text=f"{who.reference} {each}", payer=who.name) for each in range(6)]
    cuts = [camt(*lines[:count], account=account, number=f"C-{count}") for count in (2, 4, 5, 6)]
    files = await asyncio.gather(*(taken(database, acme, cut) for cut in cuts))
    assert sum(each.added for each in files) == 6
    assert await outstanding(database, acme, who.loan) == 114_000


class Died(Exception): ...


def die(_: KeptFile) -> None:
    raise Died


async def test_a_load_that_dies_between_batches_goes_on_and_posts_nothing_twice(
    database: Database, acme: Caller, monkeypatch: pytest.MonkeyPatch
):
    who = await a_person(database, acme)
    monkeypatch.setattr("dunwell.statements.use_cases.taking.BATCH", 10)
    lines = [a_line("1.00", text=f"{who.reference} {each:03}", payer=who.name) for each in range(25)]
    file = await received(database, acme, camt(*lines, account=an_account()))
    deaths = 0
    while True:
        try:
            done = await load_file(database, acme, file.id, die)
        except Died:
            deaths += 1
            if deaths == 4:
                done = await load_file(database, acme, file.id)
                break
    assert done.state is FileState.LOADED
    assert await outstanding(database, acme, who.loan) == 120_000 - 2_500
    assert (await load_file(database, acme, file.id)) == done


async def test_a_load_that_is_cancelled_anywhere_leaves_whole_batches(
    database: Database, acme: Caller, monkeypatch: pytest.MonkeyPatch
):
    who = await a_person(database, acme)
    monkeypatch.setattr("dunwell.statements.use_cases.taking.BATCH", 20)
    lines = [a_line("0.01", text=f"{who.reference} {each:03}", payer=who.name) for each in range(100)]
    file = await received(database, acme, camt(*lines, account=an_account()))
    for wait in (0.01, 0.03, 0.05):
        load_task = asyncio.create_task(load_file(database, acme, file.id))
        await asyncio.sleep(wait)
        load_task.cancel()
        await asyncio.gather(load_task, return_exceptions=True)
        left = await rows(
            database,
            acme,
            "SELECT count(*) FROM statement_entries WHERE file_id = $1 AND disposition = 'waiting'",
            file.id,
        )
        assert await outstanding(database, acme, who.loan) == 120_000 - (100 - left[0][0])
    await load_file(database, acme, file.id)
    assert await outstanding(database, acme, who.loan) == 120_000 - 100


LOADER = """
import asyncio, sys
from uuid import UUID
from dunwell.settings import read
from dunwell.statements.kept import StatementFileId
from dunwell.statements.loading import load_file
from dunwell.statements.use_cases import taking
from dunwell.tenancy.opening import caller_for, opened

async def main():
    taking.BATCH = 5
    async with opened(read()) as database:
        await load_file(database, await caller_for(database, "acme"), StatementFileId(UUID(sys.argv[1])))

asyncio.run(main())
"""


async def test_a_process_that_is_killed_leaves_a_file_that_another_finishes(
    database: Database, acme: Caller, settings: Settings
):
    who = await a_person(database, acme)
    lines = [a_line("0.01", text=f"{who.reference} {each:03}", payer=who.name) for each in range(300)]
    file = await received(database, acme, camt(*lines, account=an_account()))
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DUNWELL_MASTER_KEY": settings.master_key,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", LOADER, str(file.id)]
    with subprocess.Popen(command, env=environment) as loader:
        while await outstanding(database, acme, who.loan) == 120_000:
            await asyncio.sleep(0.02)
            assert loader.poll() is None
        loader.kill()
    assert await outstanding(database, acme, who.loan) > 120_000 - 300, "it was killed before the end"
    await load_file(database, acme, file.id)
    assert await outstanding(database, acme, who.loan) == 120_000 - 300
    paid = "SELECT count(*), count(DISTINCT reference) FROM payments WHERE loan_id = $1"
    assert await rows(database, acme, paid, who.loan) == [(300, 300)]


async def test_a_turn_ends_and_asks_for_another(
    database: Database, acme: Caller, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("dunwell.statements.use_cases.taking.BATCH", 2)
    monkeypatch.setattr("dunwell.statements.loading.TURN_SECONDS", 0.0)
    content = camt(*[a_line(f"{each}.00") for each in range(1, 6)], account=an_account())
    file = (await receive(database, acme, Incoming("s", LIMIT), streamed(content))).file
    work = "SELECT count(*) FROM work_items WHERE kind = 'statements.load' AND dedupe_key LIKE $1"
    for turn in range(1, 5):
        assert await rows(database, acme, work, f"{file.id}:%") == [(turn,)]
        await load_item(database, acme, {"file": str(file.id)})
    assert (await database.read(acme, use_cases.file, file.id))[0].state is FileState.LOADED
    assert await rows(database, acme, work, f"{file.id}:%") == [(4,)]


async def test_nobodys_file_is_not_loaded(database: Database, acme: Caller, birch: Caller):
    file = await received(database, acme, camt(a_line(), account=an_account()))
    for stranger in (StatementFileId(uuid4()), file.id):
        with pytest.raises(StatementFileNotFound):
            await load_file(database, birch, stranger)
    with pytest.raises(StatementFileNotFound):
        await database.read(birch, use_cases.file, file.id)


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(life=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2)), min_size=1, max_size=6), data=st.data())
async def test_days_in_any_overlap_add_each_entry_once(
    database: Database, acme: Caller, life: list[tuple[int, int]], data: st.DataObject
):
    account = an_account()
    lines = [a_line(f"{minor}.00", on=DAY + timedelta(days=day)) for day, minor in sorted(life)]
    # A file tells the account from the beginning up to some entry; shorter and longer ones come in any order.
    ends = [*data.draw(st.lists(st.integers(1, len(lines)), max_size=3)), len(lines)]
    added = 0
    for number, end in enumerate(data.draw(st.permutations(ends))):
        content = camt(*lines[:end], account=account, number=f"H-{number}")
        added += (await taken(database, acme, content)).added
    assert added == len(lines)


async def newest(database: Database, acme: Caller) -> KeptFile:
    return (await database.read(acme, use_cases.files, BrowseFiles(None, 1))).rows[0]
