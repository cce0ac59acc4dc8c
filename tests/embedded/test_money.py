"""What the demo shows of money: a real statement, a real application, a late loan; and again, nothing changes."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from dunwell.applications.model import ApplicationState, Decide
from dunwell.applications.use_cases import application, approve
from dunwell.embedded.bills import BYTE_ORDER_MARK, bill
from dunwell.embedded.loading import loaded
from dunwell.embedded.money import Shown, show_money
from dunwell.embedded.tapes import LATE, LOANS, reference
from dunwell.kernel.caller import Caller
from dunwell.loans.model.overdue import OverdueItem
from dunwell.loans.model.owed import AskOwed, Language
from dunwell.loans.owed_documents import owed_pdf
from dunwell.loans.use_cases import amount_owed
from dunwell.settings import Settings
from dunwell.statements.kept import BATCH, BrowseEntries, BrowseFiles, BrowseQueue, Disposition
from dunwell.statements.loading import Incoming, receive
from dunwell.statements.use_cases import entries, files, queue
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.opening import caller_for
from dunwell.tenancy.provisioning import add_tenant
from dunwell.tenancy.use_cases import operator
from dunwell.tenant_files import checked
from tests.conftest import TESTER

TODAY = date(2026, 3, 31)


def _nobody_listens(_slug: str, _counts: object) -> None:
    """Progress goes to a screen, and here is none."""


@pytest.fixture(scope="module")
async def lotus(database: Database, settings: Settings) -> Caller:
    await add_tenant(database, settings, "lotus", checked("lotus"))
    caller = replace(await caller_for(database, "lotus"), actor=operator("demo"))
    assert (await loaded(database, caller, settings, None, _nobody_listens)).inserted == LOANS
    return caller


@pytest.fixture(scope="module")
async def shown(database: Database, lotus: Caller) -> Shown:
    return await show_money(database, lotus)


async def _counts(tx: TenantTx, _: None) -> tuple[int, ...]:
    row = await tx.row(
        "SELECT (SELECT count(*) FROM payments), (SELECT count(*) FROM statement_entries),"
        " (SELECT count(*) FROM applications), (SELECT count(*) FROM audit_events)"
    )
    assert row is not None
    return tuple(row)


async def test_the_late_loan_shows_penalty_interest_and_the_ceiling(
    database: Database, lotus: Caller, shown: Shown
) -> None:
    assert shown.loan is not None
    owed = await database.read(lotus, amount_owed, AskOwed(shown.loan))
    parts = {str(part.component): part for part in owed.parts}
    assert (owed.reference, owed.product, owed.reconciled) == (reference(LATE), "cash", True)
    assert parts["fees"].due > 0
    assert parts["penalties"].due > 0
    assert {line.item for line in owed.accrual} == {OverdueItem.FEE, OverdueItem.PENALTY}
    assert [event.amount for event in owed.events] == [300_00]
    assert owed.capped is not None
    assert owed.capped.cap is not None
    assert owed.capped.contractual > owed.capped.cap == owed.capped.demanded
    assert owed.total == owed.demanded
    assert owed_pdf(owed, "莲花小额贷款", Language.ZH).startswith(b"%PDF")


async def test_the_contracts_of_the_tape_have_their_disclosure_sheet(
    database: Database, lotus: Caller, shown: Shown
) -> None:
    async def sheet(tx: TenantTx, loan: object) -> object:
        return await tx.value("SELECT contract FROM loans WHERE id = $1", loan)

    contract = await database.read(lotus, sheet, shown.loan)
    assert isinstance(contract, dict)
    assert contract["disclosed"] == ["late_fee", "penalty_interest"]
    assert contract["lender_type"] == "small_loan"


async def test_each_order_finds_its_loan_and_one_waits(
    database: Database, lotus: Caller, shown: Shown
) -> None:
    page = await database.read(lotus, entries, BrowseEntries(shown.statement, None, BATCH))
    assert Counter(each.disposition for each in page.rows) == {
        Disposition.MATCHED: len(page.rows) - 1,
        Disposition.SUSPENSE: 1,
    }
    (waiting,) = (await database.read(lotus, queue, BrowseQueue(None, 10))).rows
    assert waiting.match["suggestions"]


async def test_showing_it_again_changes_nothing_even_when_a_person_decided(
    database: Database, lotus: Caller, shown: Shown
) -> None:
    before = await database.read(lotus, _counts, None)
    assert await show_money(database, lotus) == shown
    assert await database.read(lotus, _counts, None) == before
    whole = await database.read(lotus, application, shown.application)
    assert whole.application.state is ApplicationState.SCORED
    assert whole.application.makers == {"operator:demo"}
    person = replace(TESTER, scopes=frozenset({"applications:approve"}))
    command = Decide(shown.application)
    approved = await database.run(replace(lotus, actor=person), approve, command)
    assert approved.state is ApplicationState.APPROVED
    assert await show_money(database, lotus) == shown


async def test_a_statement_that_a_killed_demo_left_is_finished(
    database: Database, settings: Settings
) -> None:
    await add_tenant(database, settings, "killed", checked("lotus"))
    caller = replace(await caller_for(database, "killed"), actor=operator("demo"))

    async def pieces():
        yield bill("lotus", TODAY).content

    left = await receive(database, caller, Incoming("left.csv", 1 << 20, load=False), pieces())
    found = await show_money(database, caller)
    assert (found.statement, found.loan) == (left.file.id, None)
    (only,) = (await database.read(caller, files, BrowseFiles(None, 2))).rows
    assert (only.state, only.entries) == ("loaded", only.added)


def test_the_same_day_gives_the_same_bill() -> None:
    assert bill("lotus", TODAY) == bill("lotus", TODAY)
    lines = bill("lotus", TODAY).content.decode().removeprefix(BYTE_ORDER_MARK).splitlines()
    assert all(line.startswith("`2026-03-30 ") for line in lines[1:-2])
