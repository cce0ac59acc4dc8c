"""The planner on a real database: once, in groups, caught up, explained."""

import asyncio
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from dunwell.channels.model import Due
from dunwell.contact.model import HoldKind, PlaceHold
from dunwell.contact.use_cases import place_hold
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import HoldId
from dunwell.kernel.money import Money
from dunwell.lanes import planning
from dunwell.lanes.planning import plan_day
from dunwell.loans.model import RecordPayment, ReversePayment
from dunwell.loans.use_cases import record_payment, reverse_payment
from dunwell.storage.tenant import Database, TenantTx
from dunwell.strategy import queries, use_cases
from dunwell.strategy.model import (
    NOTHING_OWED,
    SUPERSEDED,
    UNREACHABLE,
    PlanBatch,
    PlannerAhead,
    StepOutcome,
    StepQuery,
)
from dunwell.strategy.settings import StrategyFile
from tests.builders.messages import Debtors, some_debtors
from tests.builders.strategy import (
    Cadences,
    a_cadence,
    a_step,
    messages_of,
    steps_of,
    today_of,
    with_cadences,
)
from tests.conftest import Advance

LINES = "SELECT count(*) FROM cadence_steps"
DUES = "SELECT loans, dues_on FROM messages WHERE id = $1"
BACK = "UPDATE planner_days SET planned_through = planned_through - $1::integer"
AHEAD = "UPDATE planner_days SET planned_through = $1"


async def lines(tx: TenantTx, _: None) -> int:
    return await tx.value(LINES)


async def test_each_step_is_planned_once_however_often_the_planner_runs(database: Database, acme: Caller):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    debtors = await database.run(acme, some_debtors, Debtors(20, days_late=1))
    first = await plan_day(database, acme)
    again = await plan_day(database, acme)
    assert (first.steps, first.messages, first.outcomes) == (20, 20, {"planned": 20})
    assert (again.steps, again.messages) == (0, 0)
    assert await database.read(acme, messages_of, [each.borrower for each in debtors]) == {"planned": 20}


async def test_two_planners_at_once_plan_once(database: Database, acme: Caller):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    await database.run(acme, some_debtors, Debtors(30, days_late=1))
    done = await asyncio.gather(*(plan_day(database, acme) for _ in range(4)))
    assert sum(each.steps for each in done) == 30
    assert sum(each.messages for each in done) == 30


async def test_batches_go_through_all_borrowers(database: Database, acme: Caller):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    await database.run(acme, some_debtors, Debtors(7, days_late=1, loans_each=2))
    total = await database.run(acme, use_cases.plan_batch, PlanBatch(limit=3))
    batches = 1
    while total.more_after is not None:
        total = total.plus(await database.run(acme, use_cases.plan_batch, PlanBatch(total.more_after, 3)))
        batches += 1
    assert (total.steps, total.messages, batches) == (14, 7, 3)


async def test_one_message_names_every_loan_that_is_due_a_step(database: Database, acme: Caller):
    """Acceptance test 15: one reminder for several debts, and a reminder on one never hides another."""
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1, loans_each=3))
    planned = await plan_day(database, acme)
    assert (planned.steps, planned.messages) == (3, 1)
    rows = await steps_of(database, acme, *(due.loan for due in debtor.dues))
    assert len({row.message for row in rows}) == 1

    async def dues(tx: TenantTx, _: None) -> set[Due]:
        row = await tx.row(DUES, rows[0].message)
        assert row is not None
        return {Due(loan, due_on) for loan, due_on in zip(row["loans"], row["dues_on"], strict=True)}

    assert await database.read(acme, dues, None) == set(debtor.dues)


async def test_a_dispute_about_one_loan_does_not_silence_another(database: Database, acme: Caller):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1, loans_each=2))
    disputed, open_loan = debtor.dues[0].loan, debtor.dues[1].loan
    hold = PlaceHold(HoldId(uuid4()), debtor.borrower, HoldKind.DISPUTE, "disputed", loan=disputed)
    await database.run(acme, place_hold, hold)
    await plan_day(database, acme)
    [denied] = await steps_of(database, acme, disputed)
    [planned] = await steps_of(database, acme, open_loan)
    assert (denied.outcome, denied.message) == (StepOutcome.DENIED, None)
    assert denied.verdict is not None
    assert planned.outcome is StepOutcome.PLANNED


async def test_days_that_nobody_planned_are_caught_up_with_the_latest_step(
    database: Database, acme: Caller, advance: Advance
):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1), a_step(3), a_step(30))]))
    await plan_day(database, acme)
    debtors = await database.run(acme, some_debtors, Debtors(5, days_late=0))
    await advance(acme, timedelta(days=4))
    planned = await plan_day(database, acme)
    assert planned.outcomes == {"planned": 5, "superseded": 5}
    early, late = await steps_of(database, acme, debtors[0].dues[0].loan)
    assert (early.step, early.outcome, early.reason) == ("d1", StepOutcome.SUPERSEDED, SUPERSEDED)
    assert (late.step, late.outcome) == ("d3", StepOutcome.PLANNED)
    assert late.planned_for == early.anchor_on + timedelta(days=3)


async def test_a_new_tenant_is_not_flooded_with_the_past(database: Database, birch: Caller):
    """Nothing was planned before, and nothing that fell due before today is."""
    await database.run(birch, with_cadences, Cadences([a_cadence(a_step(1), a_step(3))]))
    await database.run(birch, some_debtors, Debtors(3, days_late=20, currency="USD"))
    assert (await plan_day(database, birch)).steps == 0


async def test_a_loan_that_comes_later_on_the_day_gets_its_step(database: Database, acme: Caller):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    await plan_day(database, acme)
    await database.run(acme, some_debtors, Debtors(2, days_late=1))
    assert (await plan_day(database, acme)).messages == 2


async def test_a_payment_that_is_taken_back_makes_the_step_due_again_and_only_once(
    database: Database, acme: Caller
):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    loan, today = debtor.dues[0].loan, await database.read(acme, today_of, None)
    paid = RecordPayment(loan, f"pay-{loan}", Money(100_00, "CNY"), today)
    receipt = await database.run(acme, record_payment, paid)
    assert (await plan_day(database, acme)).steps == 0
    await database.run(acme, reverse_payment, ReversePayment(receipt.payment, f"back-{loan}", "bounced"))
    assert (await plan_day(database, acme)).messages == 1
    assert (await plan_day(database, acme)).messages == 0


async def test_an_edited_cadence_neither_repeats_nor_disturbs_what_is_under_way(
    database: Database, acme: Caller, advance: Advance
):
    """Acceptance test 10: each line shows the version that applied to it."""
    old = await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1), a_step(5))]))
    debtors = await database.run(acme, some_debtors, Debtors(3, days_late=1))
    await plan_day(database, acme)
    moved = a_cadence(a_step(1) | {"day": 2}, a_step(3))
    new = await database.run(acme, with_cadences, Cadences([moved]))
    assert (await plan_day(database, acme)).steps == 0
    await advance(acme, timedelta(days=1))
    assert (await plan_day(database, acme)).steps == 0, "the step of that name was planned yesterday"
    await advance(acme, timedelta(days=1))
    assert (await plan_day(database, acme)).outcomes == {"planned": 3}
    first, second = await steps_of(database, acme, debtors[0].dues[0].loan)
    assert (first.step, first.version) == ("d1", old)
    assert (second.step, second.version) == ("d3", new)


async def test_conditions_are_recorded_with_their_reason(database: Database, acme: Caller):
    picky = a_cadence(a_step(1, least_due="500.00"))
    await database.run(acme, with_cadences, Cadences([picky]))
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    assert (await plan_day(database, acme)).outcomes == {"skipped": 1}
    [row] = await steps_of(database, acme, debtor.dues[0].loan)
    assert row.reason == "below-least-due"
    assert row.reason != NOTHING_OWED


async def test_someone_without_an_address_ends_with_a_reason(database: Database, acme: Caller):
    """Acceptance test 8: a final state with a reason, not an endless queue."""
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1, channel="sms"))]))
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    await database.run(acme, _without_numbers, debtor.borrower)
    await plan_day(database, acme)
    [row] = await steps_of(database, acme, debtor.dues[0].loan)
    assert (row.outcome, row.reason) == (StepOutcome.SKIPPED, UNREACHABLE)


NO_NUMBERS = "UPDATE contact_points SET status = 'invalid' WHERE borrower_id = $1 AND kind = 'phone'"


async def _without_numbers(tx: TenantTx, borrower: object) -> None:
    await tx.execute(NO_NUMBERS, borrower)


async def test_a_loan_follows_the_first_cadence_whose_segment_it_is_in(database: Database, acme: Caller):
    tables = [
        a_cadence(a_step(1, key="big"), name="big", segment={"currency": "CNY", "least": "1000.00"}),
        a_cadence(a_step(1, key="dollars"), name="dollars", segment={"currency": "USD"}),
        a_cadence(a_step(1, key="named"), name="named", segment={"products": ["payday", "car"]}),
        a_cadence(a_step(1, key="rest"), name="rest"),
        a_cadence(a_step(1, key="never"), name="never"),
    ]
    await database.run(acme, with_cadences, Cadences(tables))
    [yuan] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    [dollar] = await database.run(acme, some_debtors, Debtors(1, days_late=1, currency="USD"))
    await plan_day(database, acme)
    rows = await steps_of(database, acme, yuan.dues[0].loan, dollar.dues[0].loan)
    assert Counter((row.cadence, row.step) for row in rows) == Counter(
        [("rest", "rest"), ("dollars", "dollars")]
    )


async def test_before_the_due_date_a_step_reminds(database: Database, acme: Caller):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(-3))]))
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=-3))
    assert (await plan_day(database, acme)).outcomes == {"planned": 1}
    [row] = await steps_of(database, acme, debtor.dues[0].loan)
    assert row.planned_for == debtor.dues[0].due_on - timedelta(days=3)


async def test_a_clock_that_went_backwards_stops_the_planner(database: Database, acme: Caller):
    await plan_day(database, acme)
    today = await database.read(acme, today_of, None)

    async def ahead(tx: TenantTx, days: int) -> None:
        await tx.execute(AHEAD, today + timedelta(days=days))

    await database.run(acme, ahead, 5)
    with pytest.raises(PlannerAhead):
        await plan_day(database, acme)
    await database.run(acme, ahead, 0)


async def test_the_number_of_statements_does_not_grow_with_the_work(database: Database, acme: Caller):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    counts: list[int] = []
    # The first batch also reads the published files.
    for many in (1, 1, 60):
        await database.run(acme, some_debtors, Debtors(many, days_late=1))

        async def counted(tx: TenantTx, _: None) -> int:
            seen: list[object] = []
            tx._connection.add_query_logger(seen.append)  # type: ignore[union-attr]
            await use_cases.plan_batch(tx, PlanBatch())
            tx._connection.remove_query_logger(seen.append)  # type: ignore[union-attr]
            return len(seen)

        counts.append(await database.run(acme, counted, None))
    assert counts[1] == counts[2] < 40


async def test_an_order_of_the_same_hour_is_no_news(database: Database, acme: Caller):
    assert await database.run(acme, use_cases.order_plan, None)
    assert not await database.run(acme, use_cases.order_plan, None)
    assert await database.run(acme, use_cases.order_plan, "fact 1")


async def test_pages_of_the_ledger_show_every_line_once(database: Database, acme: Caller):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    debtors = await database.run(acme, some_debtors, Debtors(9, days_late=1))
    await plan_day(database, acme)
    seen, cursor = [], None
    while True:
        found = await database.read(acme, use_cases.planned_steps, StepQuery(limit=4, cursor=cursor))
        seen += [(row.loan, row.anchor_on, row.step) for row in found.rows]
        cursor = found.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == await database.read(acme, lines, None)
    assert {due.loan for each in debtors for due in each.dues} <= {loan for loan, _, _ in seen}


async def test_progress_counts_by_version(database: Database, acme: Caller):
    version = await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1), name="counted")]))
    await database.run(acme, some_debtors, Debtors(4, days_late=1))
    await plan_day(database, acme)
    progress = await database.read(acme, use_cases.progress, None)
    assert progress.planned_through == await database.read(acme, today_of, None)
    assert progress.counts["counted", version, "planned"] == 4


async def test_a_turn_that_ends_early_is_ordered_again(
    database: Database, acme: Caller, monkeypatch: pytest.MonkeyPatch
):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    await database.run(acme, some_debtors, Debtors(501, days_late=1))
    monkeypatch.setattr(planning, "TURN_SECONDS", 0)
    await planning.plan_item(database, acme, {})
    assert await database.read(acme, ordered, None) == 1
    await planning.plan_item(database, acme, {})
    assert (await plan_day(database, acme)).steps == 0
    assert await database.read(acme, ordered, None) == 1


ORDERED = "SELECT count(*) FROM work_items WHERE kind = 'strategy.plan'"


async def ordered(tx: TenantTx, _: None) -> int:
    return await tx.value(ORDERED)


async def test_loans_are_read_through_the_index_of_due_dates_only(database: Database, acme: Caller):
    """What is read grows with the work that is due: a range of one index for each step."""
    cadences = (
        StrategyFile.model_validate({"cadences": [a_cadence(a_step(1), a_step(3))]}).strategy(1).cadences
    )

    async def explained(tx: TenantTx, _: None) -> str:
        await tx.execute("SET LOCAL enable_seqscan = off")
        seen: list[str] = []
        rows = tx.rows

        async def spy(sql: str, *arguments: object) -> list[Any]:
            plan = await rows(f"EXPLAIN {sql}", *arguments)  # type: ignore[arg-type]
            seen.extend(row[0] for row in plan)
            return []

        spied = SimpleNamespace(rows=spy)
        await queries.due_steps(spied, cadences, tx.today, tx.today, PlanBatch())  # type: ignore[arg-type]
        return "\n".join(seen)

    plan = await database.read(acme, explained, None)
    assert "loans_oldest_unpaid" in plan
    assert "Seq Scan on loans" not in plan
    assert "cadence_steps_pkey" in plan
