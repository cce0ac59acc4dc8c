"""Reminders: planned, judged twice and handed over, against INSERT … SELECT and a claim of bare rows."""

from collections.abc import Awaitable, Callable
from datetime import time, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from dunwell.borrowers.model import BorrowerDraft
from dunwell.borrowers.use_cases import save_borrowers
from dunwell.channels.dispatch import ProviderPool
from dunwell.kernel.calendar import local_instant
from dunwell.kernel.ids import BorrowerId
from dunwell.kernel.money import Money
from dunwell.lanes.messages import drain_messages
from dunwell.lanes.planning import plan_day
from dunwell.loans.model import LoanDraft, Method
from dunwell.loans.use_cases import save_loans
from dunwell.storage.tenant import TenantTx
from dunwell.tenancy.use_cases import advance_clock
from tests.bench.figures import Pair, Round, measure

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

BORROWERS = 2_000
CLAIM = 200
TWIN = """
CREATE TEMP TABLE IF NOT EXISTS twin_loans (id uuid PRIMARY KEY, due_on date, round int);
CREATE TEMP TABLE IF NOT EXISTS twin_messages (
    id uuid PRIMARY KEY, loan uuid UNIQUE, state text NOT NULL, due_at timestamptz NOT NULL);
CREATE INDEX IF NOT EXISTS twin_due ON twin_messages (due_at, id) WHERE state = 'planned';
"""
TWIN_PLAN = """
INSERT INTO twin_messages (id, loan, state, due_at)
SELECT gen_random_uuid(), id, 'planned', now() FROM twin_loans WHERE round = $1 ON CONFLICT DO NOTHING
"""
TWIN_CLAIM = """
WITH due AS (SELECT id FROM twin_messages WHERE state = 'planned' AND due_at <= now()
              ORDER BY due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED)
UPDATE twin_messages AS m SET state = 'sent' FROM due WHERE m.id = due.id RETURNING m.id
"""


async def lend(tx: TenantTx, number: int) -> None:
    """Loans of as many borrowers, all of them due today: a step of each falls on tomorrow."""
    for start in range(0, BORROWERS, 500):
        named = {f"r{number}-{n}": f"+86138{number:02d}{n:06d}" for n in range(start, start + 500)}
        people = await save_borrowers(
            tx,
            [BorrowerDraft(reference=name, name="测试", phones=(phone,)) for name, phone in named.items()],
        )
        await save_loans(tx, [_due_today(tx, name, people[name]) for name in named])


def _due_today(tx: TenantTx, name: str, borrower: BorrowerId) -> LoanDraft:
    return LoanDraft(
        reference=name,
        borrower=borrower,
        principal=Money(1_000_00, "CNY"),
        disbursed_on=tx.today - timedelta(days=30),
        method=Method.BULLET,
        count=1,
        first_due_on=tx.today,
    )


async def until_tomorrow(tx: TenantTx, _: None) -> timedelta:
    """To eleven in the morning: the steps of the day are due, and the hours of the law are open."""
    return local_instant(tx.today + timedelta(days=1), time(11), tx.caller.tenant.zone) - tx.now


async def bench(bench: "Bench", rounds: int) -> list[Pair]:
    await bench.plain.execute(TWIN)
    name, twin = "reminders planned, judged twice, handed over", "INSERT … SELECT and claim of bare rows"
    return [await measure(name, twin, _ours(bench), _bare(bench), rounds)]


def _ours(bench: "Bench") -> Round:
    providers = ProviderPool(bench.database)

    async def timed() -> int:
        planned = await plan_day(bench.database, bench.caller)
        sent = await drain_messages(bench.database, bench.caller, providers, None)
        # In later rounds earlier borrowers have reached their next step and are reminded too.
        assert planned.messages == sent.counts["accepted"] >= BORROWERS, (planned, sent)
        return sent.counts["accepted"]

    async def prepare(number: int) -> Callable[[], Awaitable[int]]:
        await bench.database.run(bench.caller, lend, number)
        ahead = await bench.database.read(bench.caller, until_tomorrow, None)
        await bench.database.control(advance_clock, (bench.caller.tenant, ahead))
        return timed

    return prepare


def _bare(bench: "Bench") -> Round:
    async def prepare(number: int) -> Callable[[], Awaitable[int]]:
        rows = [(uuid4(), number) for _ in range(BORROWERS)]
        await bench.plain.copy_records_to_table("twin_loans", columns=["id", "round"], records=rows)

        async def timed() -> int:
            done = 0
            await bench.plain.execute(TWIN_PLAN, number)
            while taken := await bench.plain.fetch(TWIN_CLAIM, CLAIM):
                done += len(taken)
            return done

        return timed

    return prepare
