"""A tenant's published rules: they count from the day they are in force, and do not reach back into a contract."""

from datetime import date
from typing import Any

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.loans.model import AskWorking
from dunwell.loans.use_cases import loan, loan_working
from dunwell.storage.tenant import Database, TenantTx
from dunwell.tenancy.model import Publish
from dunwell.tenancy.use_cases import publish
from tests.builders.loans import a_loan, pay

FILES = "SELECT files FROM publications ORDER BY version DESC LIMIT 1"


async def published(database: Database, caller: Caller, loans: dict[str, Any]) -> int | None:
    async def use_case(tx: TenantTx, changes: dict[str, Any]) -> int | None:
        files = await tx.value(FILES)
        return await publish(tx, Publish({**files, "loans": {**files["loans"], **changes}}))

    return await database.run(caller, use_case, loans)


async def opened(database: Database, caller: Caller) -> LoanId:
    async def use_case(tx: TenantTx, _: None) -> LoanId:
        return await a_loan(tx)

    return await database.run(caller, use_case, None)


async def paid(database: Database, caller: Caller, to: LoanId, minor: int) -> None:
    async def use_case(tx: TenantTx, _: None) -> None:
        await pay(tx, to, minor, date(2024, 2, 20))

    await database.run(caller, use_case, None)


async def test_the_same_loan_under_several_conventions(database: Database, acme: Caller) -> None:
    it = await opened(database, acme)
    on = AskWorking(it, date(2024, 2, 18))  # three days after the first due date
    first = await database.read(acme, loan_working, on)
    assert (first.working.days_past_due, first.working.calendar_days) == (3, 3)
    for rule, days in (
        ({"first_day": "due_day"}, 4),
        ({"grace_days": 3}, 0),
        ({"grace_days": 2}, 3),
        ({"grace_days": 2, "after_grace": "from_grace_end"}, 1),
        ({"tolerance": {"CNY": "100.00"}}, 0),
    ):
        version = await published(database, acme, {"days_past_due": rule})
        answer = await database.read(acme, loan_working, on)
        assert (answer.working.days_past_due, answer.rules_version) == (days, version)
        assert answer.working.convention != first.working.convention


async def test_a_small_rest_makes_nobody_late(database: Database, acme: Caller) -> None:
    await published(database, acme, {"days_past_due": {"tolerance": {"CNY": "1.00"}}})
    it = await opened(database, acme)
    await paid(database, acme, it, 99_50)
    found = await database.read(acme, loan, it)
    assert (found.past_due_since, found.outstanding.minor) == (date(2024, 3, 15), 1_100_50)


async def test_a_new_waterfall_is_for_new_loans(database: Database, acme: Caller) -> None:
    old = await opened(database, acme)
    order = ["principal", "interest", "costs"]
    await published(database, acme, {"waterfall": {"order": order, "processing": "component_first"}})
    new = await opened(database, acme)
    kept = [(await database.read(acme, loan, each)).waterfall.order[0] for each in (old, new)]
    assert kept == ["costs", "principal"]
