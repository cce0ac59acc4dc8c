"""Facts that lie far back, or with somebody else: lost contact, other contact persons, notices, clocks, who acts."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dunwell.borrowers.model import MarkPoint, PointStatus
from dunwell.borrowers.use_cases import mark_points
from dunwell.contact.model import (
    Block,
    Channel,
    Content,
    MarkKind,
    NoticeKind,
    NoticeStatus,
    Outcome,
    Party,
    Phase,
    Proposal,
    Purpose,
    Role,
    Touch,
)
from dunwell.contact.queries.facts import telephones
from dunwell.contact.use_cases import ask, check, record_contacts, record_party
from dunwell.contact.use_cases.gathering import wanted
from dunwell.contact.use_cases.numbering import clocks_of
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.agents import a_sender, an_agency, an_agent
from tests.builders.borrowers import a_borrower
from tests.builders.contact import a_policy
from tests.builders.facts import (
    AMERICAN,
    Late,
    a_guarantee,
    a_reference,
    is_marked,
    is_told,
    phone_of,
    takes_part,
)
from tests.builders.gate import a_reminder, late
from tests.contact.conftest import Asking, Nooning

SEND, PLAN = Phase.SEND, Phase.PLAN
ASK = Content("请转告他来电。", blocks=frozenset(Block))


def asks(person: BorrowerId, debt: Late, channel: Channel = Channel.SMS) -> Proposal:
    """To be asked for the debtor."""
    return a_reminder((person, debt[1]), channel, purpose=Purpose.RESTORE_CONTACT, content=ASK)


async def contact_persons(tx: TenantTx, asked: tuple[Late, int]) -> list[BorrowerId]:
    debt, count = asked
    found: list[BorrowerId] = []
    for _ in range(count):
        found.append(await a_borrower(tx))
        await record_party(tx, Party(a_reference(), found[-1], debt[1], Role.CONTACT_PERSON))
    return found


Calls = tuple[BorrowerId, Late, list[tuple[timedelta, Outcome]], Purpose]


async def called(tx: TenantTx, calls: Calls) -> None:
    """Calls to the person's number so long ago."""
    person, debt, ago, purpose = calls
    point = await phone_of(tx, person)
    touches = [
        Touch(uuid4(), person, tx.now - back, Channel.CALL, outcome, (debt[1],), purpose, point)
        for back, outcome in ago
    ]
    await record_contacts(tx, touches)


def days(*ago: float, outcome: Outcome = Outcome.UNANSWERED) -> list[tuple[timedelta, Outcome]]:
    return [(timedelta(days=each), outcome) for each in ago]


async def test_who_was_lost_before_the_days_of_the_counters_is_lost_still(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    (friend,) = await database.run(acme, contact_persons, (debt, 1))
    (not_yet,) = await asking(acme, [asks(friend, debt)], PLAN)
    assert not_yet.codes == ("NOT_LOST_CONTACT",)
    await database.run(acme, called, (debt[0], debt, days(90, 91, 92), Purpose.COLLECTION))
    (lost,) = await asking(acme, [asks(friend, debt)], PLAN)
    assert lost.allowed
    assert lost.duties == ("NO_DEBT_CONTENT",)
    talk = days(60, outcome=Outcome.CONNECTED)
    await database.run(acme, called, (debt[0], debt, talk, Purpose.COLLECTION))
    (found,) = await asking(acme, [asks(friend, debt)], PLAN)
    assert found.codes == ("NOT_LOST_CONTACT",)


async def invalid(tx: TenantTx, person: BorrowerId) -> None:
    await mark_points(tx, [MarkPoint(await phone_of(tx, person), PointStatus.INVALID)])


async def test_a_debtor_whose_only_number_is_invalid_is_lost_and_not_rung(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    (friend,) = await database.run(acme, contact_persons, (debt, 1))
    await database.run(acme, invalid, debt[0])
    to_friend, to_debtor = await asking(acme, [asks(friend, debt), a_reminder(debt, Channel.SMS)], PLAN)
    assert to_friend.allowed
    assert to_debtor.codes == ("NUMBER_SOURCE",)


async def test_every_contact_person_of_the_case_counts_however_long_ago(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    first, second, third = await database.run(acme, contact_persons, (debt, 3))
    await database.run(acme, invalid, debt[0])
    for person in (first, second):
        await database.run(acme, called, (person, debt, days(70), Purpose.RESTORE_CONTACT))
    again, another = await asking(
        acme, [asks(first, debt, Channel.CALL), asks(third, debt, Channel.CALL)], PLAN
    )
    assert "CONTACT_PERSONS_MANY" not in again.codes
    assert "CONTACT_PERSONS_MANY" in another.codes
    await database.run(acme, called, (first, debt, days(71, 72), Purpose.RESTORE_CONTACT))
    (often,) = await asking(acme, [asks(first, debt, Channel.CALL)], PLAN)
    assert "CONTACT_PERSON_CAP" in often.codes


async def guaranteed(tx: TenantTx, debt: Late) -> BorrowerId:
    """A debt that was transferred, with a guarantor; the debtor was told."""
    other = await a_borrower(tx)
    await takes_part(tx, other, debt[1], Role.GUARANTOR, guarantee=a_guarantee(tx, 10))
    await is_marked(tx, debt[1], MarkKind.TRANSFERRED)
    await is_told(tx, debt[0], NoticeKind.ASSIGNMENT, loan=debt[1])
    return other


async def told_of_the_transfer(tx: TenantTx, person: BorrowerId) -> None:
    await is_told(tx, person, NoticeKind.ASSIGNMENT)


async def test_a_guarantor_is_told_of_the_transfer_too(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    other = await database.run(acme, guaranteed, debt)
    asked = [a_reminder(debt), a_reminder((other, debt[1]))]
    assert [each.codes for each in await asking(acme, asked, PLAN)] == [(), ("ASSIGNMENT_NOTICE",)]
    await database.run(acme, told_of_the_transfer, other)
    assert [each.codes for each in await asking(acme, asked, PLAN)] == [(), ()]


@pytest.mark.parametrize(("days_apart", "memory"), [(7, 40), (90, 92)])
def test_the_counters_look_back_as_far_as_the_tenants_intervals(days_apart: int, memory: int):
    policies = [a_policy("cn", letters_days_apart=days_apart), None]
    assert wanted(policies).memory == timedelta(days=memory)


async def reached(tx: TenantTx, asked: tuple[Late, int]) -> None:
    debt, ago = asked
    touch = Touch(
        uuid4(), debt[0], tx.now - timedelta(days=ago), Channel.EMAIL, Outcome.DELIVERED, (debt[1],)
    )
    await record_contacts(tx, [touch])


async def validated(tx: TenantTx, debt: Late) -> None:
    await is_told(tx, debt[0], NoticeKind.VALIDATION, NoticeStatus.SENT)


@pytest.mark.parametrize(("ago", "held"), [(5, False), (6, True), (100, True)])
async def test_the_validation_notice_is_due_from_the_first_contact_on(
    database: Database, birch: Caller, asking: Asking, next_noon: Nooning, ago: int, held: bool
):
    await next_noon(birch)
    debt = await database.run(birch, late, AMERICAN)
    await database.run(birch, reached, (debt, ago))
    (answer,) = await asking(birch, [a_reminder(debt)], PLAN)
    assert ("VALIDATION_5D" in answer.codes) is held
    await database.run(birch, validated, debt)
    (after,) = await asking(birch, [a_reminder(debt)], PLAN)
    assert "VALIDATION_5D" not in after.codes


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+12125550123", ("America/New_York",)),
        ("+13605550123", ("America/Los_Angeles",)),
        ("+17015550123", ("America/Denver", "America/North_Dakota/Center")),
        ("+18005550123", ()),
        ("+8613800138000", ("Asia/Shanghai",)),
        ("no number", ()),
    ],
)
def test_an_area_code_points_to_clocks_or_to_none(number: str, zones: tuple[str, ...]):
    assert clocks_of(number) == zones


async def zones_of(tx: TenantTx, person: BorrowerId) -> list[tuple[str, ...] | None]:
    return [row.zones for row in (await telephones(tx, [person]))[person]]


async def test_every_number_of_a_person_in_america_has_a_clock_that_counts(
    database: Database, birch: Caller, asking: Asking, next_noon: Nooning, advance: Any
):
    await next_noon(birch)
    home = await database.run(birch, late, AMERICAN)
    moved = await database.run(
        birch, late, AMERICAN | {"phones": ("+12125550123", "+13605550123", "+18005550123")}
    )
    await advance(birch, timedelta(hours=-3, minutes=-30))
    dry = await database.read(birch, check, a_reminder(moved))
    assert await database.read(birch, zones_of, moved[0]) == [None, None, None], "a dry run keeps nothing"
    at_home, away = await asking(birch, [a_reminder(home), a_reminder(moved)], SEND)
    await advance(birch, timedelta(hours=3, minutes=30))
    assert at_home.allowed
    assert away.codes == dry.codes == ("ZONE_CONFLICT",)
    assert await database.read(birch, zones_of, moved[0]) == [
        ("America/New_York",),
        ("America/Los_Angeles",),
        (),
    ]


async def an_agency_with_an_agent(tx: TenantTx, _: None) -> UUID:
    await an_agency(tx, "north")
    return (await an_agent(tx, "N-1", of="north")).id


async def told_of_it(tx: TenantTx, debt: Late) -> None:
    await is_told(tx, debt[0], NoticeKind.OUTSOURCING, agency="north")


async def test_who_acts_is_judged_by_the_register(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    agent = await database.run(acme, an_agency_with_an_agent, None)
    debt = await database.run(acme, late, {})
    await database.run(acme, told_of_it, debt)
    known, unknown, stranger, poached = await asking(
        acme,
        [
            a_reminder(debt, actor="north", agent=agent),
            a_reminder(debt, actor="south"),
            a_reminder(debt, actor="north", agent=uuid4()),
            a_reminder(debt, agent=agent),
        ],
        PLAN,
    )
    assert not {"AGENCY_UNKNOWN", "AGENCY_INACTIVE", "AGENT_UNKNOWN", "TRAINING_EXPIRED"} & set(known.codes)
    assert {"AGENCY_UNKNOWN", "OUTSOURCE_NOTICE"} <= set(unknown.codes)
    assert {"AGENT_UNKNOWN", "AGENT_INACTIVE"} & set(stranger.codes)
    assert {"AGENT_UNKNOWN", "AGENT_INACTIVE"} & set(poached.codes)


async def a_line(tx: TenantTx, address: str) -> None:
    await a_sender(tx, address)


async def test_what_a_contact_leaves_from_is_judged_from_the_first_sender_on(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    (before,) = await asking(acme, [a_reminder(debt, sender="+862155550111")], PLAN)
    await database.run(acme, a_line, "+862155550100")
    ours, spaced, private = await asking(
        acme,
        [a_reminder(debt, sender=each) for each in ("+862155550100", "+86 21 5555 0100", "+862155550111")],
        PLAN,
    )
    assert [each.codes for each in (before, ours, spaced)] == [(), (), ()]
    assert private.codes == ("UNREGISTERED_DEVICE",)


async def now_of(tx: TenantTx, _: None) -> datetime:
    return tx.now


async def test_only_what_a_batch_needs_is_read(database: Database, acme: Caller, next_noon: Nooning):
    """A plain text costs no look at notices, registers, parties, contracts or zones."""
    await next_noon(acme)
    debt = await database.run(acme, late, {})
    (friend,) = await database.run(acme, contact_persons, (debt, 1))

    async def heard(tx: TenantTx, proposals: list[Proposal]) -> str:
        said: list[str] = []
        connection = tx._connection

        class Listening:
            def __getattr__(self, name: str) -> Any:
                return getattr(connection, name)

            async def fetch(self, sql: str, *arguments: Any) -> Any:
                said.append(sql)
                return await connection.fetch(sql, *arguments)

        tx._connection = Listening()  # type: ignore[assignment]
        await ask(tx, proposals, phase=PLAN)
        return "\n".join(said)

    plain = await database.run(acme, heard, [a_reminder(debt)])
    for table in ("contact_notices", "agencies", "obligors", "terms", "number_zones", "number_confirmations"):
        assert table not in plain
    searching = await database.run(acme, heard, [a_reminder(debt), asks(friend, debt)])
    assert "loan_parties" in searching
    assert "contact_refusals" in searching
