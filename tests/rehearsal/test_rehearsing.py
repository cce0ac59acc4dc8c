"""A rehearsal compares two sides, whoever carries it on, and sends nothing."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from dunwell.kernel.caller import Caller
from dunwell.lanes.items import drain_bulk
from dunwell.lanes.registry import HANDLERS
from dunwell.lanes.rehearsing import carry_on_for
from dunwell.rehearsal import use_cases
from dunwell.rehearsal.model import Mode, RehearsalInvalid, Rehearse, State
from dunwell.rehearsal.use_cases import rehearse
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.messages import Debtors, some_debtors
from tests.builders.rehearsals import lines, rehearsed
from tests.builders.strategy import Cadences, a_cadence, a_step, today_of, with_cadences


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
    # What nobody published before: files that change nothing make no version.
    first, second = a_step(1, at="12:10"), a_step(2, at="12:10")
    old = await database.run(acme, with_cadences, Cadences([a_cadence(first)]))
    new = await database.run(acme, with_cadences, Cadences([a_cadence(first, second)]))
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
