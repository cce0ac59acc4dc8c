"""A portfolio of a million loans: what one loan owes on any day, and the arrears of all of them in one pass."""

import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rich.table import Table

from dunwell.kernel.ids import LoanId
from dunwell.loans.model import AskReport, AskRolls
from dunwell.loans.model.owed import AskOwed
from dunwell.loans.use_cases import amount_owed, arrears_report, roll_rates
from dunwell.storage.tenant import TenantTx
from tests.bench.figures import Pair, Round, console, measure
from tests.bench.ledger import INSTALMENTS, Laid, lay

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

ASKED = 2_001
SOME = "SELECT id, disbursed_on FROM loans ORDER BY md5(id::text || 'x') LIMIT $1"
# What a statement cannot do without: the loan, its instalments, its payments and its postings until a day, by key.
BARE_LOAN = "SELECT id, principal, currency, terms FROM loans WHERE id = $1"
BARE_PAID = "SELECT id, amount, received_on FROM payments WHERE loan_id = $1 AND received_on <= $2"
BARE_PARTS = "SELECT number, due_on, principal, interest FROM instalments WHERE loan_id = $1"
BARE_POSTINGS = (
    "SELECT account, sum(amount) FROM postings WHERE loan_id = $1 AND value_on <= $2 GROUP BY account"
)
# The same two tricks and nothing else: no convention, pauses, tolerance, states, products, charge-offs, reversals.
BARE_ARREARS = """
SELECT least(($1 - past_due_since) / 30, 7) AS months, count(*), sum(outstanding), sum(late)
  FROM loans
  LEFT JOIN (SELECT loan_id, sum(principal + interest - principal_paid - interest_paid) AS late
               FROM instalments
              WHERE settled_on IS NULL AND due_on < $1
              GROUP BY loan_id) AS due ON due.loan_id = loans.id
 GROUP BY 1
"""
BARE_ARREARS_BACK = """
WITH later AS MATERIALIZED (
     SELECT loan_id, instalment, sum(amount) AS amount
       FROM postings
      WHERE value_on > $1 AND instalment IS NOT NULL
      GROUP BY loan_id, instalment)
SELECT least(($1 - since) / 30, 7) AS months, count(*), sum(outstanding - coalesce(moved.amount, 0)), sum(late)
  FROM loans
  LEFT JOIN (SELECT loan_id, sum(amount) AS amount FROM later GROUP BY loan_id) AS moved ON moved.loan_id = loans.id
  LEFT JOIN (SELECT rows.loan_id, min(due_on) AS since,
                    sum(principal + interest - principal_paid - interest_paid - coalesce(amount, 0)) AS late
               FROM instalments AS rows
               LEFT JOIN later ON later.loan_id = rows.loan_id AND instalment = number
              WHERE due_on < $1 AND (settled_on IS NULL OR settled_on > $1)
              GROUP BY rows.loan_id) AS due ON due.loan_id = loans.id
 WHERE disbursed_on <= $1
 GROUP BY 1
"""
Question = tuple[UUID, date]
Statement = tuple[str, tuple[object, ...]]


async def bench(bench: "Bench", rounds: int) -> list[Pair]:
    today, now = await bench.database.read(bench.caller, _clock, None)
    begun = time.perf_counter()
    laid = await lay(bench.plain, bench.caller.tenant.schema, bench.loans, today, now)
    _tell(laid, time.perf_counter() - begun)
    return await measured(bench, rounds, today)


async def measured(bench: "Bench", rounds: int, today: date) -> list[Pair]:
    """Of a portfolio that is laid in; passes over all of it are repeated less often."""
    questions = await _questions(bench)
    await _database_time(bench, questions)
    passes = min(rounds, 2)
    name = f"{bench.loans:,} loans × {INSTALMENTS}"
    back = today - timedelta(days=45)
    pairs = [
        await measure(
            f"amount owed at any date, of {name}",
            "4 bare SELECTs by key",
            _statements(bench, questions[:1000]),
            _bare_statements(bench, questions[:1000]),
            passes,
        ),
        await measure(
            f"arrears today, {name}",
            "bare SQL, same columns kept",
            _report(bench, AskReport(today)),
            _bare_report(bench, BARE_ARREARS, today),
            passes,
        ),
        await measure(
            f"arrears 45 days back, {name}",
            "bare SQL, same ledger read back",
            _report(bench, AskReport(back)),
            _bare_report(bench, BARE_ARREARS_BACK, back),
            passes,
        ),
        await measure(
            f"roll rates over 30 days, {name}",
            "two of those",
            _rolls(bench, AskRolls(back, back + timedelta(days=30))),
            _bare_rolls(bench, back),
            passes,
        ),
    ]
    for pair in pairs[1:]:
        console.print(f"{pair.name}: {bench.loans / pair.ours:.1f} s, bare {bench.loans / pair.bare:.1f} s")
    return pairs


async def _clock(tx: TenantTx, _: None) -> tuple[date, datetime]:
    return tx.today, tx.now


def _tell(laid: Laid, seconds: float) -> None:
    rows = ", ".join(f"{count:,} {table}" for table, count in laid.rows.items())
    console.print(f"laid in {seconds:.0f} s: {rows}")


async def _questions(bench: "Bench") -> list[Question]:
    """Random loans, each on a random day of its life, past or ahead."""
    chance = random.Random(1)
    rows = await bench.plain.fetch(SOME, ASKED)
    return [(row["id"], row["disbursed_on"] + timedelta(days=chance.randrange(0, 500))) for row in rows]


class _Listening(TenantTx):
    """Runs a use case and keeps the statements it sent."""

    __slots__ = ("heard",)

    def __init__(self, tx: TenantTx) -> None:
        super().__init__(tx._connection, tx.caller, tx.now, tx.keys)
        self.heard: list[Statement] = []

    async def rows(self, sql: Any, *arguments: object) -> Any:
        self.heard.append((sql, arguments))
        return await super().rows(sql, *arguments)

    async def row(self, sql: Any, *arguments: object) -> Any:
        self.heard.append((sql, arguments))
        return await super().row(sql, *arguments)

    async def value(self, sql: Any, *arguments: object) -> Any:
        self.heard.append((sql, arguments))
        return await super().value(sql, *arguments)


async def _heard(tx: TenantTx, question: Question) -> list[Statement]:
    listening = _Listening(tx)
    await amount_owed(listening, AskOwed(LoanId(question[0]), question[1]))
    return listening.heard


def _about(heard: list[Statement], first: UUID, loan: UUID) -> list[Statement]:
    """The same statements about another loan, which nobody has read before."""

    def swapped(argument: object) -> object:
        if isinstance(argument, list):
            return [swapped(each) for each in argument]
        return loan if argument == first else argument

    return [(sql, tuple(swapped(argument) for argument in arguments)) for sql, arguments in heard]


async def _cost(tx: TenantTx, statements: list[Statement]) -> tuple[float, float]:
    """Milliseconds the server spends on them: planning, executing."""
    planning = executing = 0.0
    for sql, arguments in statements:
        found = await tx.value(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *arguments)
        plan = (json.loads(found) if isinstance(found, str) else found)[0]
        planning += plan["Planning Time"]
        executing += plan["Execution Time"]
    return planning, executing


async def _database_time(bench: "Bench", questions: list[Question]) -> None:
    """Each question is asked once of loans that were not looked at before: ours of one half, the twin of the other."""
    (first, _), *others = questions
    heard = await bench.database.read(bench.caller, _heard, questions[0])
    bare = (BARE_LOAN, BARE_PAID, BARE_PARTS, BARE_POSTINGS)
    half = len(others) // 2
    asked = {
        f"amount owed ({len(heard)} statements)": [_about(heard, first, loan) for loan, _ in others[:half]],
        f"bare SELECTs ({len(bare)} statements)": [
            [(sql, question[: sql.count("$")]) for sql in bare] for question in others[half:]
        ],
    }
    table = Table(
        "milliseconds of the server", "median", "p99", "largest", title="database time of one answer"
    )
    for name, all_statements in asked.items():
        costs = [await bench.database.read(bench.caller, _cost, each) for each in all_statements]
        for what, spent in (
            (f"{name}, executed", [executing for _, executing in costs]),
            (f"{name}, planned and executed", [planning + executing for planning, executing in costs]),
        ):
            p99 = statistics.quantiles(spent, n=100)[98]
            table.add_row(what, f"{statistics.median(spent):.2f}", f"{p99:.2f}", f"{max(spent):.2f}")
    console.print(table)


def _statements(bench: "Bench", questions: list[Question]) -> Round:
    async def timed() -> int:
        for loan, on in questions:
            await bench.database.read(bench.caller, amount_owed, AskOwed(LoanId(loan), on))
        return len(questions)

    return _at_once(timed)


def _bare_statements(bench: "Bench", questions: list[Question]) -> Round:
    async def timed() -> int:
        for loan, on in questions:
            await bench.plain.fetchrow(BARE_LOAN, loan)
            await bench.plain.fetch(BARE_PAID, loan, on)
            await bench.plain.fetch(BARE_PARTS, loan)
            await bench.plain.fetch(BARE_POSTINGS, loan, on)
        return len(questions)

    return _at_once(timed)


def _report(bench: "Bench", command: AskReport) -> Round:
    async def timed() -> int:
        report = await bench.database.read(bench.caller, arrears_report, command)
        found = sum(row.count for row in report.rows)
        assert 0.8 * bench.loans <= found <= bench.loans, found
        return bench.loans

    return _at_once(timed)


def _bare_report(bench: "Bench", sql: str, on: date) -> Round:
    async def timed() -> int:
        await bench.plain.fetch(sql, on)
        return bench.loans

    return _at_once(timed)


def _rolls(bench: "Bench", command: AskRolls) -> Round:
    async def timed() -> int:
        await bench.database.read(bench.caller, roll_rates, command)
        return bench.loans

    return _at_once(timed)


def _bare_rolls(bench: "Bench", back: date) -> Round:
    async def timed() -> int:
        await bench.plain.fetch(BARE_ARREARS_BACK, back)
        await bench.plain.fetch(BARE_ARREARS_BACK, back + timedelta(days=30))
        return bench.loans

    return _at_once(timed)


def _at_once(timed: Callable[[], Awaitable[int]]) -> Round:
    async def prepare(_: int) -> Callable[[], Awaitable[int]]:
        return timed

    return prepare
