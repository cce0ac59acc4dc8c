"""A rehearsal says beforehand what then happens, says afterwards what did, and sends nothing."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from dunwell.channels.dispatch import ProviderPool
from dunwell.contact.model import HoldKind, LiftHold, PlaceHold
from dunwell.contact.use_cases import lift_hold, place_hold
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import HoldId
from dunwell.kernel.money import Money
from dunwell.lanes.items import drain_bulk
from dunwell.lanes.messages import drain_messages
from dunwell.lanes.planning import plan_day
from dunwell.lanes.registry import HANDLERS
from dunwell.lanes.rehearsing import carry_on_for
from dunwell.loans.model import RecordPayment
from dunwell.loans.use_cases import record_payment
from dunwell.rehearsal import use_cases
from dunwell.rehearsal.model import KeptDifference, Mode, Rehearsal, RehearsalInvalid, Rehearse, State
from dunwell.rehearsal.use_cases import differing, rehearse
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.messages import Debtor, Debtors, some_debtors
from tests.builders.strategy import Cadences, a_cadence, a_step, steps_of, today_of, with_cadences
from tests.conftest import Advance
from tests.workers.conftest import providers

__all__ = ["providers"]

DAILY = a_cadence(*(a_step(day, at="11:00") for day in range(1, 9)))
KEPT = """
SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM contact_verdicts), (SELECT count(*) FROM contacts)
"""


async def kept(tx: TenantTx, _: None) -> tuple[int, ...]:
    return tuple((await tx.rows(KEPT))[0])


async def rehearsed(database: Database, caller: Caller, command: Rehearse) -> Rehearsal:
    """Asked for, and carried out to the end."""
    before = await database.read(caller, kept, None)
    asked = await database.run(caller, rehearse, command)
    found = await carry_on_for(database, caller, asked.id)
    assert await database.read(caller, kept, None) == before, (
        "a rehearsal keeps no message, verdict or contact"
    )
    return found


async def lines(database: Database, caller: Caller, rehearsal: UUID) -> tuple[KeptDifference, ...]:
    return (await database.read(caller, differing, (rehearsal, None, 100))).rows


async def live(
    database: Database, caller: Caller, advance: Advance, providers: ProviderPool, days: int
) -> Counter[date]:
    """Plan at two, send at eleven, day after day; how many messages left on each day."""
    left: Counter[date] = Counter()
    for _ in range(days):
        await plan_day(database, caller)
        await advance(caller, timedelta(hours=9))
        today = await database.read(caller, today_of, None)
        left[today] += (await drain_messages(database, caller, providers, None)).counts.get("accepted", 0)
        await advance(caller, timedelta(hours=15))
    return +left


def by_day(found: Rehearsal, side: str) -> Counter[date]:
    return Counter({date.fromisoformat(day): n for day, n in found.counts[side]["day"].items()})


async def a_hold(database: Database, caller: Caller, debtor: Debtor) -> HoldId:
    hold = PlaceHold(HoldId(uuid4()), debtor.borrower, HoldKind.DISPUTE, "disputed")
    await database.run(caller, place_hold, hold)
    return hold.id


async def pay(database: Database, caller: Caller, debtors: Sequence[Debtor]) -> None:
    today = await database.read(caller, today_of, None)
    for each in debtors:
        paid = RecordPayment(each.dues[0].loan, f"paid-{each.borrower}", Money(100_00, "CNY"), today)
        await database.run(caller, record_payment, paid)


async def test_a_forecast_and_a_history_agree_with_what_happens(
    database: Database, acme: Caller, advance: Advance, providers: ProviderPool
):
    """Weekly cap 3: of eight daily steps some leave, the rest is refused; one debtor disputes for two days."""
    version = await database.run(acme, with_cadences, Cadences([DAILY]))
    debtors = await database.run(acme, some_debtors, Debtors(6, days_late=1))
    await database.run(acme, some_debtors, Debtors(2, days_late=-30))
    hold = await a_hold(database, acme, debtors[0])
    first = await database.read(acme, today_of, None)
    looser = {"strategy": {"cadences": [a_cadence(a_step(2, at="11:00"))]}}
    week = Rehearse(Mode.FORECAST, first, first + timedelta(days=5), proposed=looser)
    forecast = await rehearsed(database, acme, week)

    left = await live(database, acme, advance, providers, 6)
    assert left, "something is sent"
    assert by_day(forecast, "a") == left
    steps = await steps_of(database, acme, *(each.dues[0].loan for each in debtors))
    assert forecast.counts["a"]["fate"]["denied"] == sum(1 for step in steps if step.outcome == "denied")

    await database.run(acme, lift_hold, LiftHold(hold, "solved"))
    await pay(database, acme, debtors[:3])
    again = replace(week, mode=Mode.HISTORY, version=version, last=first + timedelta(days=5))
    history = await rehearsed(database, acme, again)
    assert by_day(history, "a") == left, "what was lifted and paid later does not change the days before"
    assert history.counts["a"] == forecast.counts["a"]
    assert history.counts["b"]["messages"]["all"] == 5
    found = await lines(database, acme, history.id)
    assert sum(history.counts["differences"]["way"].values()) == len(found)
    assert {each.loan for each in found} <= {each.dues[0].loan for each in debtors}


async def test_a_stricter_policy_shows_what_it_would_hold_back(database: Database, acme: Caller):
    await database.run(
        acme, with_cadences, Cadences([a_cadence(a_step(1, at="09:00"), a_step(3, at="12:00"))])
    )
    [debtor] = await database.run(acme, some_debtors, Debtors(1, days_late=1))
    today = await database.read(acme, today_of, None)
    hours = {"contact": {"contact_hours": {"from": "10:00", "to": "20:00"}, "recorder": True}}
    command = Rehearse(Mode.FORECAST, today, today + timedelta(days=9), proposed=hours)
    found = await rehearsed(database, acme, command)
    assert found.counts["a"]["fate"] == {"sent": 2}
    assert found.counts["b"]["fate"] == {"delayed": 1, "sent": 1}
    assert found.counts["b"]["hour"] == {"10": 1, "12": 1}
    [line] = await lines(database, acme, found.id)
    assert (line.loan, line.was, line.now) == (
        debtor.dues[0].loan,
        ("d1", "sent", ""),
        ("d1", "delayed", "QUIET_HOURS"),
    )


async def test_two_published_versions_are_compared(database: Database, acme: Caller):
    old = await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    new = await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1), a_step(2))]))
    await database.run(acme, some_debtors, Debtors(3, days_late=1, loans_each=2))
    today = await database.read(acme, today_of, None)
    command = Rehearse(Mode.FORECAST, today, today + timedelta(days=3), version=old, other=new)
    found = await rehearsed(database, acme, command)
    assert (found.counts["a"]["messages"], found.counts["b"]["messages"]) == ({"all": 3}, {"all": 6})
    assert found.counts["differences"]["way"] == {"–→sent": 6}
    assert found.counts["b"]["per_borrower"] == {"002": 3}


async def test_batches_add_up_whoever_carries_on(
    database: Database, acme: Caller, monkeypatch: pytest.MonkeyPatch
):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    await database.run(acme, some_debtors, Debtors(9, days_late=1))
    today = await database.read(acme, today_of, None)
    command = Rehearse(
        Mode.FORECAST, today, today, proposed={"strategy": {"cadences": [a_cadence(a_step(5))]}}
    )
    whole = await rehearsed(database, acme, command)
    monkeypatch.setattr(use_cases, "BATCH", 2)
    asked = await database.run(acme, rehearse, command)
    await asyncio.gather(*(carry_on_for(database, acme, asked.id) for _ in range(3)))
    found = await database.read(acme, use_cases.rehearsed, asked.id)
    assert (found.state, found.counts, found.borrowers) == (State.DONE, whole.counts, whole.borrowers)
    assert len(await lines(database, acme, asked.id)) == 9


async def test_the_workers_carry_it_out(database: Database, acme: Caller):
    await database.run(acme, with_cadences, Cadences([a_cadence(a_step(1))]))
    today = await database.read(acme, today_of, None)
    command = Rehearse(
        Mode.FORECAST, today, today, proposed={"strategy": {"cadences": [a_cadence(a_step(5))]}}
    )
    asked = await database.run(acme, rehearse, command)
    done = await drain_bulk(database, acme, HANDLERS, None)
    assert done.done >= 1
    assert not done.set_aside
    assert (await database.read(acme, use_cases.rehearsed, asked.id)).state is State.DONE


async def test_who_has_no_address_or_owes_too_little_is_skipped_with_the_reason(
    database: Database, acme: Caller
):
    steps = a_cadence(a_step(1, least_due="100.01"), a_step(2, dpd_from=5), a_step(3))
    await database.run(acme, with_cadences, Cadences([steps]))
    await database.run(acme, some_debtors, Debtors(1, days_late=1))
    today = await database.read(acme, today_of, None)
    nobody = {"strategy": {"cadences": [a_cadence(a_step(1, channel="sms"))]}}

    async def no_numbers(tx: TenantTx, _: None) -> None:
        await tx.execute("UPDATE contact_points SET status = 'invalid' WHERE kind = 'phone'")

    await database.run(acme, no_numbers, None)
    command = Rehearse(Mode.FORECAST, today, today + timedelta(days=2), proposed=nobody)
    found = await rehearsed(database, acme, command)
    assert found.counts["a"]["reason"] == {"below-least-due": 1, "before-dpd-range": 1}
    assert found.counts["a"]["fate"] == {"skipped": 2, "sent": 1}
    assert found.counts["b"]["reason"] == {"no-address": 1}


DAY = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"proposed": {}}, "other"),
        ({"other": 1}, "other"),
        ({"proposed": {"loans": {}}}, "proposed.loans"),
        ({"first": timedelta(days=1), "last": timedelta(0)}, "last"),
        ({"last": timedelta(days=366)}, "last"),
        ({"first": timedelta(days=-1)}, "first"),
        ({"mode": Mode.HISTORY, "last": timedelta(days=1)}, "first"),
        (
            {"proposed": {"strategy": {"cadences": [a_cadence(a_step(1, template="nowhere"))]}}},
            "strategy.toml",
        ),
        ({"proposed": {"contact": {"attempts_per_number_per_day": 7}}}, "contact.toml"),
    ],
)
async def test_what_cannot_be_rehearsed_is_refused(
    database: Database, acme: Caller, changes: dict[str, object], field: str
):
    today = await database.read(acme, today_of, None)
    proposed = {"strategy": {"cadences": [a_cadence(a_step(1))]}}
    command = Rehearse(Mode.FORECAST, today, today, proposed=proposed)
    moved = {
        name: today + value if isinstance(value, timedelta) else value for name, value in changes.items()
    }
    with pytest.raises(RehearsalInvalid) as refused:
        await database.run(acme, rehearse, replace(command, **moved))  # pyright: ignore[reportArgumentType]
    assert any(fault.field.startswith(field) for fault in refused.value.faults), refused.value.faults
