"""`loans.toml` on being late: calendar, cut-off, watch; what is said wrongly is refused with its name."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from dunwell.kernel.caller import Caller
from dunwell.loans.model import AskWorking, BusinessDays, WatchRule
from dunwell.loans.settings import LoansFile
from dunwell.loans.use_cases import loan_working
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.loans import a_loan
from tests.loans.test_conventions import published


def test_calendar_and_watch_as_values() -> None:
    file = LoansFile.model_validate(
        {
            "days_past_due": {"roll": True, "cut_off": "10:00:00", "instalment_grace": False},
            "calendar": {"weekend": [7], "holidays": ["2024-10-01"], "workdays": ["2024-10-13"]},
            "watch": {"after_days": 30, "days": 90, "instalments": 3},
        }
    )
    days = BusinessDays((7,), (date(2024, 10, 1),), (date(2024, 10, 13),))
    assert file.convention("CNY").business_days == days
    assert file.convention("CNY").instalment_grace is False
    assert file.days_past_due.cut_off == time(10)
    assert file.watch_rule() == WatchRule(30, 90, 3)
    assert LoansFile().convention("CNY").business_days is None


@pytest.mark.parametrize(
    "table",
    [
        {"calendar": {"weekend": [0]}},
        {"calendar": {"weekend": [6, 6]}},
        {"calendar": {"weekend": [1, 2, 3, 4, 5, 6, 7]}},
        {"calendar": {"holidays": [date(2024, 10, 1)]}},
        {"days_past_due": {"cut_off": time(10)}},
        {"watch": {"after_days": 0}},
        {"buckets": [{"name": "new", "from_day": 0}]},
        {"buckets": [{"name": "settled", "from_day": 0}]},
        {"buckets": [{"name": "a", "from_day": 0}, {"name": "a", "from_day": 5}]},
    ],
)
def test_what_cannot_be_is_refused(table: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LoansFile.model_validate(table)


async def test_published_holidays_are_rolled_over(database: Database, acme: Caller) -> None:
    async def late(tx: TenantTx, _: None) -> tuple[int, date | None]:
        loan = await a_loan(tx, days_late=10)
        working = (await loan_working(tx, AskWorking(loan))).working
        return working.days_past_due, working.counted_from

    async def today(tx: TenantTx, _: None) -> date:
        return tx.today

    due = await database.read(acme, today, None) - timedelta(days=10)
    holidays = [(due + timedelta(days=n)).isoformat() for n in range(3)]
    calendar = {"weekend": [], "holidays": holidays}
    await published(database, acme, {"days_past_due": {"roll": True}, "calendar": calendar})
    assert await database.run(acme, late, None) == (7, due + timedelta(days=3))
    # Before the cut-off the day before is counted, after it today.
    await published(database, acme, {"days_past_due": {"cut_off": "00:00:00"}})
    assert (await database.run(acme, late, None))[0] == 10
    await published(database, acme, {"days_past_due": {"cut_off": "23:59:59.999999"}})
    assert (await database.run(acme, late, None))[0] == 9
