"""Every fact that is recorded changes the verdict as its rule says, and only facts that were recorded do."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from dunwell.contact.model import (
    Block,
    Channel,
    CircumstanceKind,
    ConsentKind,
    Content,
    HoldKind,
    Inheritance,
    Liability,
    MarkKind,
    NoticeKind,
    NoticeStatus,
    Phase,
    PlaceHold,
    Purpose,
    Role,
)
from dunwell.contact.use_cases import place_hold
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, HoldId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.facts import (
    AMERICAN,
    Late,
    a_guarantee,
    confirms_number,
    consents,
    is_marked,
    is_so,
    is_told,
    offers_to_pay,
    refuses,
    seed_facts,
    takes_part,
    wishes_hours,
)
from tests.builders.gate import a_reminder, late
from tests.contact.conftest import Asking, Nooning

Deed = Callable[[TenantTx, Late], Awaitable[None]]
SEND, PLAN = Phase.SEND, Phase.PLAN
SMS, CALL, VISIT, AI = Channel.SMS, Channel.CALL, Channel.VISIT, Channel.AI_CALL


def held(kind: HoldKind, **changes: Any) -> Deed:
    async def deed(tx: TenantTx, debt: Late) -> None:
        await place_hold(tx, PlaceHold(HoldId(uuid4()), debt[0], kind, "a-test", **changes))

    return deed


def so(kind: CircumstanceKind) -> Deed:
    async def deed(tx: TenantTx, debt: Late) -> None:
        await is_so(tx, debt[0], kind)

    return deed


def marked(kind: MarkKind) -> Deed:
    async def deed(tx: TenantTx, debt: Late) -> None:
        await is_marked(tx, debt[1], kind)

    return deed


def told(kind: NoticeKind, status: NoticeStatus = NoticeStatus.DELIVERED, **changes: Any) -> Deed:
    async def deed(tx: TenantTx, debt: Late) -> None:
        await is_told(tx, debt[0], kind, status, **changes)

    return deed


def consented(kind: ConsentKind) -> Deed:
    async def deed(tx: TenantTx, debt: Late) -> None:
        await consents(tx, debt[0], kind)

    return deed


async def evenings(tx: TenantTx, debt: Late) -> None:
    await wishes_hours(tx, debt[0])


async def confirmed(tx: TenantTx, debt: Late) -> None:
    await confirms_number(tx, debt[0], 60)


async def confirmed_long_ago(tx: TenantTx, debt: Late) -> None:
    await confirms_number(tx, debt[0], 61)


async def do(tx: TenantTx, deeds: tuple[Late, list[Deed]]) -> None:
    debt, done = deeds
    for deed in done:
        await deed(tx, debt)


CHINA: list[tuple[str, list[Deed], dict[str, Any], set[str], set[str]]] = [
    # what is recorded · of which contact · codes it adds · codes it takes away
    ("hours", [evenings], {}, {"CUSTOMER_PREF"}, set()),
    ("bankruptcy", [held(HoldKind.BANKRUPTCY)], {}, {"BANKRUPTCY"}, set()),
    ("complaint", [held(HoldKind.GRIEVANCE)], {"actor": "north"}, {"GRIEVANCE_OPEN"}, set()),
    ("illness", [held(HoldKind.ILLNESS)], {}, {"ILLNESS"}, set()),
    ("under age", [so(CircumstanceKind.UNDER_AGE)], {}, {"UNDER_AGE"}, set()),
    ("barred", [marked(MarkKind.BARRED)], {}, {"TIME_BARRED"}, set()),
    ("transferred", [marked(MarkKind.TRANSFERRED)], {}, {"ASSIGNMENT_NOTICE"}, set()),
    (
        "transferred and told",
        [marked(MarkKind.TRANSFERRED), told(NoticeKind.ASSIGNMENT)],
        {},
        set(),
        set(),
    ),
    (
        "the notice came back",
        [marked(MarkKind.TRANSFERRED), told(NoticeKind.ASSIGNMENT, NoticeStatus.FAILED)],
        {},
        {"ASSIGNMENT_NOTICE"},
        set(),
    ),
    (
        "told of the agency",
        [told(NoticeKind.OUTSOURCING, agency="north")],
        {"actor": "north"},
        set(),
        {"OUTSOURCE_NOTICE"},
    ),
    (
        "told of another agency",
        [told(NoticeKind.OUTSOURCING, agency="south")],
        {"actor": "north"},
        set(),
        set(),
    ),
    (
        "only sent",
        [told(NoticeKind.OUTSOURCING, NoticeStatus.SENT, agency="north")],
        {"actor": "north"},
        set(),
        set(),
    ),
]


@pytest.mark.parametrize(
    ("deeds", "asked", "adds", "takes"), [row[1:] for row in CHINA], ids=[r[0] for r in CHINA]
)
async def test_a_fact_changes_the_verdict_in_china(
    database: Database,
    acme: Caller,
    asking: Asking,
    next_noon: Nooning,
    deeds: list[Deed],
    asked: dict[str, Any],
    adds: set[str],
    takes: set[str],
):
    await next_noon(acme)
    await _compared(database, acme, asking, {}, (deeds, asked, adds, takes))


AMERICA: list[tuple[str, list[Deed], dict[str, Any], set[str], set[str]]] = [
    ("confirmed in time", [confirmed], {"channel": SMS}, set(), {"TEXT_60D"}),
    ("confirmed too long ago", [confirmed_long_ago], {"channel": SMS}, set(), set()),
    (
        "agreed to automated voice",
        [consented(ConsentKind.AUTOMATED)],
        {"channel": AI},
        set(),
        {"AUTOMATED_CONSENT"},
    ),
    (
        "not at work",
        [so(CircumstanceKind.WORK_CONTACT_FORBIDDEN), so(CircumstanceKind.WORK_NUMBER)],
        {"channel": CALL},
        {"WORK_CONTACT"},
        set(),
    ),
    ("a number at work alone", [so(CircumstanceKind.WORK_NUMBER)], {"channel": CALL}, set(), set()),
]


@pytest.mark.parametrize(
    ("deeds", "asked", "adds", "takes"), [row[1:] for row in AMERICA], ids=[r[0] for r in AMERICA]
)
async def test_a_fact_changes_the_verdict_in_america(
    database: Database,
    birch: Caller,
    asking: Asking,
    next_noon: Nooning,
    deeds: list[Deed],
    asked: dict[str, Any],
    adds: set[str],
    takes: set[str],
):
    await next_noon(birch)
    await _compared(database, birch, asking, AMERICAN, (deeds, asked, adds, takes))


async def _compared(
    database: Database,
    caller: Caller,
    asking: Asking,
    changes: dict[str, Any],
    wanted: tuple[list[Deed], dict[str, Any], set[str], set[str]],
) -> None:
    """The same contact before and after: what the facts add and take away, and nothing else."""
    deeds, asked, adds, takes = wanted
    debt = await database.run(caller, late, changes)
    (before,) = await asking(caller, [a_reminder(debt, **asked)], PLAN)
    await database.run(caller, do, (debt, deeds))
    (after,) = await asking(caller, [a_reminder(debt, **asked)], PLAN)
    assert set(after.codes) - set(before.codes) == adds
    assert set(before.codes) - set(after.codes) == takes


async def test_a_consent_opens_its_slot_outside_the_hours_and_no_other(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning, advance: Any
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    await advance(acme, timedelta(hours=11))
    (night,) = await asking(acme, [a_reminder(debt)], PLAN)
    assert night.codes == ("QUIET_HOURS",)
    await database.run(acme, do, (debt, [consented(ConsentKind.SLOT)]))
    (slot,) = await asking(acme, [a_reminder(debt)], PLAN)
    assert (slot.allowed, slot.codes, slot.duties) == (True, ("CONSENT_SLOT",), ("ATTACH_CONSENT",))
    await advance(acme, timedelta(hours=1))
    (over,) = await asking(acme, [a_reminder(debt)], PLAN)
    assert over.codes == ("QUIET_HOURS",)


async def person(tx: TenantTx, _: None) -> BorrowerId:
    return await a_borrower(tx)


Part = Callable[[TenantTx, BorrowerId, Late], Awaitable[None]]


def part(role: Role, **changes: Any) -> Part:
    async def deed(tx: TenantTx, other: BorrowerId, debt: Late) -> None:
        given = dict(changes)
        if "guarantee" in given:
            given["guarantee"] = a_guarantee(tx, given["guarantee"])
        await takes_part(tx, other, debt[1], role, **given)

    return deed


async def refused(tx: TenantTx, other: BorrowerId, debt: Late) -> None:
    await refuses(tx, other, days_ago=400, actor="south")


async def offered(tx: TenantTx, other: BorrowerId, debt: Late) -> None:
    await offers_to_pay(tx, other)


async def debtor_agreed(tx: TenantTx, other: BorrowerId, debt: Late) -> None:
    await consents(tx, debt[0], ConsentKind.VOLUNTEER)


async def parts(tx: TenantTx, done: tuple[BorrowerId, Late, list[Part]]) -> None:
    other, debt, deeds = done
    for deed in deeds:
        await deed(tx, other, debt)


ASK = {"purpose": Purpose.RESTORE_CONTACT, "content": Content("请转告他来电。", blocks=frozenset(Block))}
PAY = {"purpose": Purpose.PAYMENT_INFORMATION, "content": Content("请转告他来电。", blocks=frozenset(Block))}
SOMEBODY: list[tuple[str, list[Part], dict[str, Any], set[str]]] = [
    ("spouse", [part(Role.SPOUSE)], {}, {"SPOUSE_NOT_LIABLE", "THIRD_PARTY_DISCLOSURE"}),
    ("spouse who signed", [part(Role.SPOUSE, liability=Liability.CO_SIGNED)], {}, set()),
    ("guarantor", [part(Role.GUARANTOR, guarantee=30)], {}, set()),
    ("guarantee over", [part(Role.GUARANTOR, guarantee=400)], {}, {"GUARANTEE_LAPSED"}),
    ("heir who accepted", [part(Role.HEIR, inheritance=Inheritance.ACCEPTED)], {}, {"HEIR_LIMIT"}),
    ("contact person", [part(Role.CONTACT_PERSON)], ASK, {"NOT_LOST_CONTACT"}),
    (
        "refused to another, more than a year ago",
        [part(Role.CONTACT_PERSON), refused],
        ASK,
        {"CONTACT_REFUSED", "NOT_LOST_CONTACT"},
    ),
    ("offered to pay", [part(Role.CONTACT_PERSON), offered], PAY, {"VOLUNTEER_PAYER"}),
    (
        "offered, and the debtor agreed",
        [part(Role.CONTACT_PERSON), offered, debtor_agreed],
        PAY,
        {"VOLUNTEER_PAYER"},
    ),
    ("nobody in particular", [], ASK, {"THIRD_PARTY"}),
]


@pytest.mark.parametrize(
    ("deeds", "asked", "codes"), [row[1:] for row in SOMEBODY], ids=[r[0] for r in SOMEBODY]
)
async def test_what_a_person_is_and_said_decides(
    database: Database,
    acme: Caller,
    asking: Asking,
    next_noon: Nooning,
    deeds: list[Part],
    asked: dict[str, Any],
    codes: set[str],
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    other = await database.run(acme, person, None)
    await database.run(acme, parts, (other, debt, deeds))
    (answer,) = await asking(acme, [a_reminder((other, debt[1]), **asked)], PLAN)
    assert set(answer.codes) == codes
    if debtor_agreed in deeds:
        assert answer.allowed
        assert "PAYMENT_DATA_ONLY" in answer.duties


TABLES = """
SELECT count(*) FROM contact_preferences, contact_consents, contact_refusals, payment_offers, contact_notices,
       number_confirmations, number_zones, person_circumstances, loan_parties, debt_marks
"""


async def test_every_table_of_facts_can_be_seeded(database: Database, acme: Caller):
    async def seeded(tx: TenantTx, _: None) -> bool:
        debt = await late(tx, {})
        await seed_facts(tx, debt, await a_borrower(tx))
        return bool(await tx.value(TABLES))

    assert await database.run(acme, seeded, None)
