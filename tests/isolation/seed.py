"""Two tenants with the same borrower, the same loan number and the same phone, and something in every table."""

from collections import defaultdict
from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID, uuid4

import httpx

from dunwell.audit.export import seal_all
from dunwell.audit.model import Act
from dunwell.audit.use_cases import record_many
from dunwell.borrowers.use_cases import save_borrowers
from dunwell.channels.model import ClaimBatch
from dunwell.channels.use_cases import claim_batch
from dunwell.contact.model import Block, Channel, Content, HoldKind, OptOut, Phase, PlaceHold, Proposal
from dunwell.contact.use_cases import ask, opt_out, place_hold
from dunwell.intake.loading import load_tape
from dunwell.kernel.calendar import local_instant
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import HoldId, TapeId
from dunwell.kernel.money import Money
from dunwell.loans.model import Component, PlacePause, PostCharge, RecordPayment
from dunwell.loans.use_cases import place_pause, post_charge, record_payment, save_loans
from dunwell.statements.kept import StatementFileId
from dunwell.statements.loading import load_file
from dunwell.storage.tenant import Database, TenantTx
from dunwell.strategy.model import PlanBatch
from dunwell.strategy.use_cases import plan_batch
from dunwell.tenancy.use_cases import advance_clock
from tests.builders.agents import seed_register
from tests.builders.applications import seed_applications
from tests.builders.bank_lines import a_line, camt
from tests.builders.borrowers import some_borrower
from tests.builders.facts import seed_facts
from tests.builders.loans import a_draft
from tests.builders.permits import seed_permits
from tests.builders.rehearsals import seed_rehearsal

TAPE = """loan_no,customer_no,name,mobile,email,amount,rate_pct,term_months,paid_out,first_due,currency,paid_on,paid
D-1001,C-501,{mark},+8613800138001,zhangwei@example.com,12000.00,14.4,12,2026-06-15,2026-07-15,{currency},2026-07-14,1079.40
D-1002,C-502,{mark},+8613800138002,,not-a-number,18,6,2026-07-01,2026-08-01,{currency},,
"""


async def seed(database: Database, caller: Caller, http: httpx.AsyncClient, mark: str, currency: str) -> None:
    """`mark` is written wherever free text goes; numbers, names of things and phones are everybody's.

    It is eleven o'clock in the morning at the tenant: the hour of the reminders has come.
    """
    await database.control(advance_clock, (caller.tenant, await database.read(caller, _until_eleven, None)))
    await database.run(caller, _people_and_loans, (mark, currency))
    await seed_applications(database, caller, mark, currency)
    await database.run(caller, _stops, mark)
    await database.run(caller, seed_permits, mark)
    for _ in range(3):
        await database.run(caller, plan_batch, PlanBatch())
    for channel in (Channel.SMS, Channel.EMAIL):
        await database.run(caller, claim_batch, ClaimBatch(channel, 100))
    await seed_rehearsal(database, caller, mark)
    await _tape(database, caller, http, TAPE.format(mark=mark, currency=currency))
    await _statement(database, caller, http, mark, currency)
    await seal_all(database, caller)


async def _until_eleven(tx: TenantTx, _: None) -> timedelta:
    return local_instant(tx.today + timedelta(days=1), time(11), tx.caller.tenant.zone) - tx.now


async def _people_and_loans(tx: TenantTx, words: tuple[str, str]) -> None:
    mark, currency = words
    person = some_borrower(
        name=mark, address=mark, phones=("+8613800138000",), country="CN", zone="Asia/Shanghai"
    )
    references = ("B-1", "B-2", "B-3", "B-4")
    ids = await save_borrowers(tx, [replace(person, reference=each) for each in references])
    # Two of them are as late as a step of the standard cadence asks: they get a text and an e-mail.
    drafts = [
        a_draft(
            reference=f"L-{number}",
            borrower=ids[reference],
            principal=Money(1_200_00, currency),
            disbursed_on=tx.today - timedelta(days=late + 30),
            first_due_on=tx.today - timedelta(days=late),
            attributes={"note": mark},
        )
        for number, (reference, late) in enumerate(
            (("B-1", 12), ("B-1", 40), ("B-2", 12), ("B-3", 3), ("B-4", 7)), start=1
        )
    ]
    first, *_, last = await save_loans(tx, drafts)
    await record_payment(tx, RecordPayment(first.id, "P-1", Money(10_00, currency), tx.today))
    fee = PostCharge(first.id, "H-1", "late_notice", Component.FEES, Money(1_00, currency), tx.today)
    await post_charge(tx, fee)
    await place_pause(tx, PlacePause(first.id, "S-1", tx.today, None, mark))
    await record_many(tx, [Act("loan.noted", first.id, {"mark": mark})])
    await seed_register(tx, mark)
    await seed_facts(tx, (ids["B-4"], last.id), ids["B-3"])


async def _stops(tx: TenantTx, mark: str) -> None:
    rows = await tx.rows(
        "SELECT id FROM borrowers WHERE reference = ANY (ARRAY['B-1', 'B-2']) ORDER BY reference"
    )
    first, second = (row["id"] for row in rows)
    loan = await tx.value("SELECT id FROM loans WHERE reference = 'L-1'")
    content = Content(mark, blocks=frozenset(Block))
    await ask(tx, [Proposal(first, (loan,), Channel.SMS, content=content)], phase=Phase.SEND)
    await place_hold(tx, PlaceHold(HoldId(uuid4()), second, HoldKind.DISPUTE, mark))
    await opt_out(tx, OptOut(second, Channel.EMAIL, "api"))


async def _tape(database: Database, caller: Caller, http: httpx.AsyncClient, text: str) -> None:
    sent = await http.post(
        "/v1/loan-tapes?profile=consumer-small",
        content=text.encode(),
        headers={"content-type": "text/csv", "idempotency-key": "same-for-both"},
    )
    assert sent.status_code == 202, sent.text
    await load_tape(database, caller, TapeId(UUID(sent.json()["id"])))


async def _statement(
    database: Database, caller: Caller, http: httpx.AsyncClient, mark: str, currency: str
) -> None:
    """A payment that finds its loan, one for the queue, and a number somebody pays by."""
    lines = [a_line("1.00", text="REF L-10001", payer=mark), a_line("2.00", text=mark, payer=mark)]
    sent = await http.post(
        "/v1/statements",
        content=camt(*lines, currency=currency),
        headers={"content-type": "application/xml", "idempotency-key": "same-for-both"},
    )
    assert sent.status_code == 202, sent.text
    await load_file(database, caller, StatementFileId(UUID(sent.json()["id"])))
    borrowers = (await http.get("/v1/borrowers?limit=1")).json()["items"]
    body = {"kind": "sub_account", "number": "88001234", "borrower": borrowers[0]["id"]}
    told = await http.post("/v1/payer-marks", json=body)
    assert told.status_code == 201, told.text


COLUMNS = """
SELECT table_name, column_name
  FROM information_schema.columns
 WHERE table_schema = current_schema() AND data_type = 'uuid'
 ORDER BY table_name, column_name
"""


async def ids_of(tx: TenantTx, most: int) -> dict[str, list[UUID]]:
    """Some ids of every column of every table of a tenant."""
    found: dict[str, list[UUID]] = defaultdict(list)
    for column in await tx.rows(COLUMNS):
        table, name = column["table_name"], column["column_name"]
        rows = await tx.rows(
            f"SELECT DISTINCT {name} AS id FROM {table} WHERE {name} IS NOT NULL ORDER BY id LIMIT {most}"  # pyright: ignore[reportArgumentType]
        )
        found[f"{table}.{name}"] = [row["id"] for row in rows]
    return dict(found)


DIGEST = """
SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')
  FROM {} AS t
"""


async def fingerprint(tx: TenantTx, _: None) -> dict[str, str]:
    """Rows and content of every table, as a digest: what must not change."""
    tables = await tx.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name"
    )
    return {
        row["table_name"]: await tx.value(DIGEST.format(row["table_name"]))  # pyright: ignore[reportArgumentType]
        for row in tables
    }
