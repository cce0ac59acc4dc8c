"""The gate through the database: contacts judged and recorded, against COPY of the same rows that nobody judged."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from dunwell.borrowers.model import BorrowerDraft
from dunwell.borrowers.use_cases import save_borrowers
from dunwell.contact.model import Channel, Content, Phase, Proposal
from dunwell.contact.use_cases import ask
from dunwell.kernel.calendar import local_instant
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import LoanDraft, Method
from dunwell.loans.use_cases import save_loans
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.use_cases import advance_clock
from tests.bench.figures import Pair, Round, measure
from tests.builders.gate import REMINDER

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

BORROWERS = 20_000
BATCH = 1_000
# Two batches under way: while the database works on one, the judge works on the other.
AT_ONCE = 2
DAYS = 4  # between two rounds, so that no cap of messages is reached

Asked = tuple[Sequence[Proposal], Phase]
Late = tuple[BorrowerId, LoanId]

KEPT = {
    Phase.PLAN: ("contact_verdicts", "audit_events"),
    Phase.SEND: ("contact_verdicts", "contact_slots", "contacts", "audit_events"),
}


async def judged(tx: TenantTx, asked: Asked) -> int:
    proposals, phase = asked
    verdicts = await ask(tx, proposals, phase=phase)
    return sum(verdict.allowed for verdict in verdicts)


async def lend(tx: TenantTx, start: int) -> list[Late]:
    """A batch of borrowers with a loan each that fell due ten days ago."""
    names = [f"g{n}" for n in range(start, start + BATCH)]
    people = await save_borrowers(
        tx,
        [
            BorrowerDraft(reference=name, name="测试", phones=(f"+86139{start + n:08d}",))
            for n, name in enumerate(names)
        ],
    )
    drafts = [
        LoanDraft(
            reference=name,
            borrower=people[name],
            principal=Money(1_000_00, "CNY"),
            disbursed_on=tx.today - timedelta(days=40),
            method=Method.BULLET,
            count=1,
            first_due_on=tx.today - timedelta(days=10),
        )
        for name in names
    ]
    await save_loans(tx, drafts)
    rows = await tx.rows("SELECT borrower_id, id FROM loans WHERE reference = ANY($1::text[])", names)
    return [(row["borrower_id"], row["id"]) for row in rows]


async def until_noon(tx: TenantTx, days: int) -> timedelta:
    """How far the clock has to go to noon so many days ahead."""
    return local_instant(tx.today + timedelta(days=days), time(12), tx.caller.tenant.zone) - tx.now


async def now_of(tx: TenantTx, _: None) -> datetime:
    return tx.now


def reminders(late: Sequence[Late]) -> list[list[Proposal]]:
    """A text to each, in batches."""
    proposals = [
        Proposal(person=borrower, debts=(loan,), channel=Channel.SMS, content=Content(REMINDER))
        for borrower, loan in late
    ]
    return [proposals[start : start + BATCH] for start in range(0, len(proposals), BATCH)]


async def bench(bench: "Bench", rounds: int) -> list[Pair]:
    late = [
        each
        for start in range(0, BORROWERS, BATCH)
        for each in await bench.database.run(bench.caller, lend, start)
    ]
    batches = reminders(late)
    return [
        await measure(
            f"contacts judged and recorded ({phase.value})",
            "COPY of the same rows",
            _ours(bench, batches, phase),
            _bare(bench, phase),
            rounds,
        )
        for phase in (Phase.PLAN, Phase.SEND)
    ]


async def ask_all(bench: "Bench", batches: Sequence[Sequence[Proposal]], phase: Phase) -> int:
    """Every batch in a transaction of its own, some at once; how many were judged."""
    waiting = iter(batches)

    async def worker() -> int:
        return sum([await bench.database.run(bench.caller, judged, (batch, phase)) for batch in waiting])

    allowed = sum(await asyncio.gather(*(worker() for _ in range(AT_ONCE))))
    assert allowed == sum(map(len, batches)), f"{allowed} were allowed"
    return allowed


def _ours(bench: "Bench", batches: Sequence[Sequence[Proposal]], phase: Phase) -> Round:
    async def timed() -> int:
        return await ask_all(bench, batches, phase)

    async def prepare(_: int) -> Callable[[], Awaitable[int]]:
        ahead = await bench.database.read(bench.caller, until_noon, DAYS)
        await bench.database.control(advance_clock, (bench.caller.tenant, ahead))
        return timed

    return prepare


def _bare(bench: "Bench", phase: Phase) -> Round:
    """The rows of the round before, copied into tables with the same columns, checks and indexes."""
    schema = bench.caller.tenant.schema

    async def prepare(_: int) -> Callable[[], Awaitable[int]]:
        rows: dict[str, list[tuple[object, ...]]] = {}
        for table in KEPT[phase]:
            await bench.plain.execute(f"DROP TABLE IF EXISTS twin_{table}")
            await bench.plain.execute(f"CREATE TABLE twin_{table} (LIKE {schema}.{table} INCLUDING ALL)")
            order = "id" if table == "audit_events" else "xmin::text::bigint"
            limit = BORROWERS * (2 if table == "contact_slots" else 1)
            rows[table] = [
                tuple(row)
                for row in await bench.plain.fetch(
                    f"SELECT * FROM {schema}.{table} ORDER BY {order} DESC LIMIT {limit}"
                )
            ]
        return lambda: _copied(bench, rows)

    return prepare


async def _copied(bench: "Bench", rows: dict[str, list[tuple[object, ...]]]) -> int:
    for number in range(BORROWERS // BATCH):
        async with bench.plain.transaction():
            for table, kept in rows.items():
                size = len(kept) * BATCH // BORROWERS
                await bench.plain.copy_records_to_table(
                    f"twin_{table}", records=kept[number * size : (number + 1) * size]
                )
    return BORROWERS
