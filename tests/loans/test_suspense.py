"""Money in suspense: held once, assigned or returned once, and nothing of it is ever lost."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Refused
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import LARGEST, Money
from dunwell.loans.model import (
    AssignMoney,
    HoldMoney,
    ListSuspense,
    LoanNotFound,
    LoanSettled,
    PaymentInvalid,
    ReturnMoney,
    SuspenseDiffers,
    SuspenseEmpty,
    SuspenseInvalid,
    SuspenseItem,
    SuspenseNotFound,
    SuspenseState,
)
from dunwell.loans.use_cases import (
    assign_money,
    hold_money,
    list_suspense,
    loan,
    return_money,
    suspense_item,
)
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.loans import a_new_loan, balances, paid

JAN, FEB = date(2024, 1, 20), date(2024, 2, 20)

LEFT_IN_SUSPENSE = (
    "SELECT coalesce(-sum(amount), 0)::bigint FROM postings WHERE account = 'suspense' AND suspense_id = $1"
)


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


def money_held(**changes: Any) -> HoldMoney:
    given: dict[str, Any] = {
        "reference": f"S-{uuid4()}",
        "amount": yuan(300_00),
        "received_on": FEB,
        "source": "statement",
    }
    return HoldMoney(**given | changes)


async def an_item(database: Database, caller: Caller, **changes: Any) -> SuspenseItem:
    (item,) = await database.run(caller, hold_money, [money_held(**changes)])
    return item


async def in_suspense(database: Database, caller: Caller, item: UUID) -> int:
    async def use_case(tx: TenantTx, _: None) -> int:
        return await tx.value(LEFT_IN_SUSPENSE, item)

    return await database.read(caller, use_case, None)


async def postings(database: Database, caller: Caller) -> int:
    async def use_case(tx: TenantTx, _: None) -> int:
        return await tx.value("SELECT count(id) FROM postings")

    return await database.read(caller, use_case, None)


async def test_money_is_held_assigned_and_the_rest_returned(database: Database, acme: Caller) -> None:
    item = await an_item(database, acme)
    assert (item.left, item.state) == (yuan(300_00), SuspenseState.HELD)
    assert await in_suspense(database, acme, item.id) == 300_00
    loans = [await a_new_loan(database, acme), await a_new_loan(database, acme)]
    parts = ((loans[0], yuan(100_00)), (loans[1], yuan(150_00)))
    command = AssignMoney(item.id, parts, f"A-{item.id}")
    receipts = await database.run(acme, assign_money, command)
    assert [(each.loan, each.amount.minor, each.received_on) for each in receipts] == [
        (loans[0], 100_00, FEB),
        (loans[1], 150_00, FEB),
    ]
    assert await database.run(acme, assign_money, command) == receipts
    assert (await database.read(acme, suspense_item, item.id)).left == yuan(50_00)
    back = ReturnMoney(item.id, f"B-{item.id}", FEB + timedelta(days=3), "nobody claims it")
    after = await database.run(acme, return_money, back)
    assert (after.left, after.state) == (yuan(0), SuspenseState.RETURNED)
    assert await database.run(acme, return_money, back) == after
    assert await in_suspense(database, acme, item.id) == 0
    for it, minor in zip(loans, (100_00, 150_00), strict=True):
        assert (await database.read(acme, loan, it)).outstanding.minor == 1_200_00 - minor
        assert (await balances(database, acme, it))["cash"] == -1_200_00 + minor


async def test_held_twice_is_held_once(database: Database, acme: Caller) -> None:
    command = money_held()
    first = await database.run(acme, hold_money, [command, command])
    again = await database.run(acme, hold_money, [command])
    assert first[0] == first[1] == again[0]
    assert await in_suspense(database, acme, first[0].id) == 300_00
    for other in (replace(command, amount=yuan(1)), replace(command, received_on=JAN)):
        with pytest.raises(SuspenseDiffers):
            await database.run(acme, hold_money, [other])
    assert await database.run(acme, hold_money, []) == []


async def test_two_people_assign_the_same_item_and_one_wins(database: Database, acme: Caller) -> None:
    item = await an_item(database, acme)
    loans = [await a_new_loan(database, acme) for _ in range(3)]
    answers = await asyncio.gather(
        *(
            database.run(acme, assign_money, AssignMoney(item.id, ((it, yuan(300_00)),), f"W-{it}"))
            for it in loans
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in answers) == ["SuspenseEmpty", "SuspenseEmpty", "list"]
    owed = [(await database.read(acme, loan, it)).outstanding.minor for it in loans]
    assert sorted(owed) == [900_00, 1_200_00, 1_200_00]
    assert (await database.read(acme, suspense_item, item.id)).state is SuspenseState.ASSIGNED


async def test_the_same_assignment_at_once_counts_once(database: Database, acme: Caller) -> None:
    item, it = await an_item(database, acme), await a_new_loan(database, acme)
    command = AssignMoney(item.id, ((it, yuan(120_00)),), f"T-{it}")
    answers = await asyncio.gather(*(database.run(acme, assign_money, command) for _ in range(4)))
    assert all(each == answers[0] for each in answers)
    assert (await database.read(acme, suspense_item, item.id)).left == yuan(180_00)


async def test_one_reference_racing_on_two_items(database: Database, acme: Caller) -> None:
    items = [await an_item(database, acme), await an_item(database, acme)]
    answers = await asyncio.gather(
        *(
            database.run(acme, return_money, ReturnMoney(each.id, f"R-{items[0].id}", FEB, ""))
            for each in items
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in answers) == ["SuspenseDiffers", "SuspenseItem"]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(0, "CNY")},
        {"amount": Money(-5, "CNY")},
        {"amount": Money(LARGEST + 1, "CNY")},
        {"amount": Money(2**63, "CNY")},
        {"received_on": date(2199, 1, 1)},
        {"received_on": date(1969, 12, 31)},
        {"reference": " "},
        {"reference": "x" * 201},
        {"reference": "a\x00b"},
    ],
)
async def test_what_cannot_be_held(database: Database, acme: Caller, changes: dict[str, Any]) -> None:
    before = await postings(database, acme)
    with pytest.raises(SuspenseInvalid) as caught:
        await database.run(acme, hold_money, [money_held(), money_held(**changes)])
    assert [fault.line for fault in caught.value.faults] == [2]
    assert await postings(database, acme) == before


NOBODY = LoanId(UUID(int=7))


@pytest.mark.parametrize(
    ("parts", "refusal"),
    [
        ((), SuspenseInvalid),
        (((NOBODY, Money(0, "CNY")),), SuspenseInvalid),
        (((NOBODY, Money(-1, "CNY")),), SuspenseInvalid),
        (((NOBODY, Money(300_01, "CNY")),), SuspenseInvalid),
        (((NOBODY, Money(10**18, "CNY")),), SuspenseInvalid),
        (((NOBODY, Money(1, "USD")),), SuspenseInvalid),
        (((NOBODY, Money(1, "CNY")), (NOBODY, Money(1, "CNY"))), SuspenseInvalid),
        (((NOBODY, Money(1, "CNY")),), LoanNotFound),
        (((NOBODY, Money(1, "CNY")), (LoanId(UUID(int=8)), Money(1, "CNY"))), PaymentInvalid),
    ],
)
async def test_what_cannot_be_assigned(
    database: Database, acme: Caller, parts: tuple[tuple[LoanId, Money], ...], refusal: type[Refused]
) -> None:
    item = await an_item(database, acme)
    before = await postings(database, acme)
    with pytest.raises(refusal):
        await database.run(acme, assign_money, AssignMoney(item.id, parts, f"X-{item.id}"))
    assert await postings(database, acme) == before
    assert (await database.read(acme, suspense_item, item.id)).left == item.left


async def test_an_assignment_to_a_settled_loan_leaves_the_item(database: Database, acme: Caller) -> None:
    item, it = await an_item(database, acme), await a_new_loan(database, acme)
    await paid(database, acme, it, 1_200_00, JAN)
    with pytest.raises(LoanSettled):
        await database.run(acme, assign_money, AssignMoney(item.id, ((it, yuan(1)),), f"Z-{it}"))
    assert (await database.read(acme, suspense_item, item.id)).left == item.left


async def test_references_say_one_thing(database: Database, acme: Caller) -> None:
    item, it = await an_item(database, acme), await a_new_loan(database, acme)
    command = AssignMoney(item.id, ((it, yuan(10_00)),), f"O-{it}")
    await database.run(acme, assign_money, command)
    other = await a_new_loan(database, acme)
    for wrong in (
        replace(command, parts=((it, yuan(11_00)),)),
        replace(command, parts=((other, yuan(10_00)),)),
        replace(command, item=(await an_item(database, acme)).id),
    ):
        with pytest.raises(SuspenseDiffers):
            await database.run(acme, assign_money, wrong)
    with pytest.raises(SuspenseDiffers):
        await database.run(acme, return_money, ReturnMoney(item.id, command.reference, FEB, ""))


async def test_what_cannot_be_returned(database: Database, acme: Caller) -> None:
    item = await an_item(database, acme)
    command = ReturnMoney(item.id, f"back-{item.id}", FEB, "unclaimed")
    for wrong in (
        replace(command, returned_on=JAN),
        replace(command, returned_on=date(2199, 1, 1)),
        replace(command, reason="x" * 501),
        replace(command, reference=""),
    ):
        with pytest.raises(SuspenseInvalid):
            await database.run(acme, return_money, wrong)
    await database.run(acme, return_money, command)
    with pytest.raises(SuspenseEmpty):
        await database.run(acme, return_money, replace(command, reference=f"again-{item.id}"))
    with pytest.raises(SuspenseDiffers):
        await database.run(acme, return_money, replace(command, reason="something else"))


async def test_another_tenants_item_is_no_item(database: Database, acme: Caller, birch: Caller) -> None:
    item = await an_item(database, acme)
    with pytest.raises(SuspenseNotFound):
        await database.read(birch, suspense_item, item.id)
    with pytest.raises(SuspenseNotFound):
        await database.run(birch, return_money, ReturnMoney(item.id, "mine", FEB, ""))
    with pytest.raises(SuspenseNotFound):
        await database.run(birch, assign_money, AssignMoney(item.id, ((NOBODY, yuan(1)),), "mine"))


async def test_items_are_listed_by_state(database: Database, birch: Caller) -> None:
    made = await database.run(birch, hold_money, [money_held(amount=Money(n, "USD")) for n in range(1, 6)])
    await database.run(birch, return_money, ReturnMoney(made[0].id, f"L-{made[0].id}", FEB, ""))
    seen: list[UUID] = []
    cursor: str | None = None
    while True:
        found = await database.read(birch, list_suspense, ListSuspense(cursor, 2, SuspenseState.HELD))
        seen += [each.id for each in found.rows]
        cursor = found.next
        if cursor is None:
            break
    assert sorted(seen) == sorted(each.id for each in made[1:])
    returned = await database.read(birch, list_suspense, ListSuspense(None, 10, SuspenseState.RETURNED))
    assert [each.id for each in returned.rows] == [made[0].id]


async def test_the_database_keeps_suspense_out_of_loans_accounts(database: Database, acme: Caller) -> None:
    item = await an_item(database, acme)

    async def use_case(tx: TenantTx, _: None) -> None:
        await tx.execute(
            """
            INSERT INTO postings (entry, kind, account, amount, currency, value_on, booked_at, suspense_id)
            SELECT $1, 'suspense', account, amount, 'CNY', $2, $3, $4
              FROM (VALUES ('cash', 100), ('principal', -100)) AS given (account, amount)
            """,
            uuid4(),
            tx.today,
            tx.now,
            item.id,
        )

    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await database.run(acme, use_case, None)
    assert caught.value.constraint_name == "postings_of_a_loan"
