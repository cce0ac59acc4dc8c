"""Days that are lived for real: a rehearsal says beforehand what then happens, and afterwards what did.

A module of its own, so that its database holds no loans of other tests.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from dunwell.channels.dispatch import ProviderPool
from dunwell.contact.model import HoldKind, LiftHold, PlaceHold
from dunwell.contact.use_cases import lift_hold, place_hold
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import HoldId
from dunwell.kernel.money import Money
from dunwell.lanes.messages import drain_messages
from dunwell.lanes.planning import plan_day
from dunwell.loans.model import RecordPayment
from dunwell.loans.use_cases import record_payment
from dunwell.rehearsal.model import Mode, Rehearsal, Rehearse
from dunwell.storage.tenant import Database
from tests.builders.messages import Debtor, Debtors, some_debtors
from tests.builders.rehearsals import lines, rehearsed
from tests.builders.strategy import Cadences, a_cadence, a_step, steps_of, today_of, with_cadences
from tests.conftest import Advance
from tests.workers.conftest import providers

__all__ = ["providers"]

DAILY = a_cadence(*(a_step(day, at="11:00") for day in range(1, 9)))


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
