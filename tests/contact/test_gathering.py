"""What the gate knows of a borrower, a loan and the people around it, read from the database."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from dunwell.borrowers.model import BorrowerStatus, Erase, PointKind
from dunwell.borrowers.use_cases import contact_points, erase
from dunwell.contact.model import (
    Answer,
    BorrowerUnknown,
    Channel,
    HoldKind,
    Phase,
    PlaceHold,
)
from dunwell.contact.use_cases import (
    place_hold,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, HoldId, LoanId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.gate import a_reminder, late, several
from tests.builders.loans import pay
from tests.contact.conftest import Asking, Nooning

Late = tuple[BorrowerId, LoanId]
SEND, PLAN = Phase.SEND, Phase.PLAN


async def settle(tx: TenantTx, loan: LoanId) -> None:
    await pay(tx, loan, 1_200_00)


async def test_a_paid_loan_is_not_reminded_of(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    await database.run(acme, settle, borrower[1])
    (answer,) = await asking(acme, [a_reminder(borrower)], SEND)
    assert answer.codes == ("DEBT_SETTLED",)


async def test_somebody_elses_loan_is_not_spoken_of(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    one, other = await database.run(acme, several, 2)
    (answer,) = await asking(acme, [a_reminder((one[0], other[1]))], SEND)
    assert answer.answer is Answer.DENY
    assert {"THIRD_PARTY", "THIRD_PARTY_DISCLOSURE"} <= set(answer.codes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"country": "TH"}, "NO_PACK"),
        ({"phones": ()}, "NUMBER_SOURCE"),
    ],
)
async def test_facts_of_the_borrower_are_judged(
    database: Database,
    acme: Caller,
    asking: Asking,
    next_noon: Nooning,
    changes: dict[str, object],
    code: str,
):
    await next_noon(acme)
    borrower = await database.run(acme, late, changes)
    (answer,) = await asking(acme, [a_reminder(borrower, Channel.SMS)], SEND)
    assert answer.codes == (code,)


async def test_a_number_that_is_not_the_borrowers_is_not_used(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    (answer,) = await asking(acme, [a_reminder(borrower, Channel.SMS, number=uuid4())], SEND)
    assert answer.codes == ("NUMBER_SOURCE",)


async def test_without_a_recorder_nobody_is_called(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    (answer,) = await asking(acme, [a_reminder(borrower, Channel.CALL, content=None)], SEND)
    assert answer.codes == ("EVIDENCE_MISSING",)


async def mark_deceased(tx: TenantTx, borrower: BorrowerId) -> None:
    await tx.execute(
        "UPDATE borrowers SET status = $2 WHERE id = $1", borrower, BorrowerStatus.DECEASED.value
    )


async def test_the_dead_and_the_erased_are_left_alone(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    dead, gone = await database.run(acme, several, 2)
    await database.run(acme, mark_deceased, dead[0])
    await database.run(acme, erase, Erase(gone[0], "asked for it"))
    answers = await asking(acme, [a_reminder(dead), a_reminder(gone)], SEND)
    assert [answer.codes for answer in answers] == [("DECEASED",), ("UNKNOWN_PERSON",)]


async def test_an_unknown_borrower_is_an_error_and_nothing_is_kept(acme: Caller, asking: Asking):
    with pytest.raises(BorrowerUnknown):
        await asking(acme, [a_reminder((BorrowerId(uuid4()), LoanId(uuid4())))], SEND)
    assert await asking(acme, [], SEND) == []


async def add_obligor(tx: TenantTx, added: tuple[LoanId, BorrowerId, str]) -> None:
    await tx.execute("INSERT INTO obligors (loan_id, borrower_id, role) VALUES ($1, $2, $3)", *added)


async def one_more(tx: TenantTx, command: None) -> BorrowerId:
    return await a_borrower(tx)


@pytest.mark.parametrize(
    ("role", "codes"),
    [
        ("co_borrower", ()),
        ("guarantor", ()),
        ("contact_person", ("NOT_LOST_CONTACT", "THIRD_PARTY_DISCLOSURE")),
    ],
)
async def test_what_a_person_is_to_the_loan_decides(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning, role: str, codes: tuple[str, ...]
):
    await next_noon(acme)
    debtor, loan = await database.run(acme, late, {})
    other = await database.run(acme, one_more, None)
    await database.run(acme, add_obligor, (loan, other, role))
    (answer,) = await asking(acme, [a_reminder((other, loan))], SEND)
    assert answer.codes == codes
    hold = PlaceHold(HoldId(uuid4()), debtor, HoldKind.PLAN, "signed", loan=loan)
    await database.run(acme, place_hold, hold)
    (stopped,) = await asking(acme, [a_reminder((other, loan))], SEND)
    assert "PLAN_ACTIVE" in stopped.codes, "a hold on the debtor covers the whole case"


async def test_a_tenant_without_a_pack_may_contact_nobody(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    borrower = await database.run(acme, late, {})
    lawless = replace(acme, tenant=replace(acme.tenant, pack="zz"))
    (answer,) = await asking(lawless, [a_reminder(borrower)], SEND)
    assert (answer.answer, answer.codes, answer.pack) == (Answer.DENY, ("NO_PACK",), "zz")


async def phone_of(tx: TenantTx, borrower: BorrowerId) -> UUID:
    return (await contact_points(tx, [borrower], PointKind.PHONE))[borrower].id


async def test_a_named_number_of_the_borrower_is_used(
    database: Database, acme: Caller, asking: Asking, next_noon: Nooning
):
    await next_noon(acme)
    one, other = await database.run(acme, several, 2)
    phone = await database.read(acme, phone_of, one[0])
    answers = await asking(
        acme,
        [a_reminder(one, Channel.SMS, number=phone), a_reminder(other, Channel.SMS, number=phone)],
        SEND,
    )
    assert [answer.codes for answer in answers] == [(), ("NUMBER_SOURCE",)]
