"""Facts that cannot be are refused, naming the field."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from dunwell.contact.model import (
    Circumstance,
    CircumstanceKind,
    ConsentKind,
    FactWrong,
    GivenConsent,
    Guarantee,
    Hours,
    Inheritance,
    Liability,
    NoticeKind,
    NoticeStatus,
    NoticeStep,
    NumberConfirmed,
    Party,
    PaymentOffer,
    Preference,
    Refusal,
    Role,
)
from dunwell.contact.use_cases import (
    confirm_number,
    record_circumstance,
    record_consent,
    record_notice,
    record_offer,
    record_party,
    record_preference,
    record_refusal,
)
from dunwell.kernel.caller import Caller
from dunwell.kernel.errors import Invalid
from dunwell.kernel.ids import ContactPointId, LoanId
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.facts import Late, a_reference, phone_of
from tests.builders.gate import late

Made = Callable[[TenantTx, Late], Awaitable[Any]]


async def made(tx: TenantTx, wanted: tuple[Made, Late]) -> Any:
    make, debt = wanted
    return await make(tx, debt)


def slot(hours: float, begins: float = 0) -> Made:
    async def make(tx: TenantTx, debt: Late) -> Any:
        start = tx.now + timedelta(hours=begins)
        end = start + timedelta(hours=hours)
        return await record_consent(tx, GivenConsent(a_reference(), debt[0], ConsentKind.SLOT, start, end))

    return make


async def endless_slot(tx: TenantTx, debt: Late) -> Any:
    return await record_consent(tx, GivenConsent(a_reference(), debt[0], ConsentKind.SLOT, tx.now))


async def later_consent(tx: TenantTx, debt: Late) -> Any:
    start = tx.now + timedelta(hours=1)
    return await record_consent(tx, GivenConsent(a_reference(), debt[0], ConsentKind.VOLUNTEER, start))


async def backward_consent(tx: TenantTx, debt: Late) -> Any:
    fact = GivenConsent(a_reference(), debt[0], ConsentKind.AUTOMATED, tx.now, tx.now)
    return await record_consent(tx, fact)


async def volunteer_by_number(tx: TenantTx, debt: Late) -> Any:
    point = await phone_of(tx, debt[0])
    fact = GivenConsent(a_reference(), debt[0], ConsentKind.VOLUNTEER, tx.now, point=point)
    return await record_consent(tx, fact)


async def anothers_number(tx: TenantTx, debt: Late) -> Any:
    fact = NumberConfirmed(a_reference(), debt[0], ContactPointId(uuid4()), tx.today)
    return await confirm_number(tx, fact)


async def confirmed_tomorrow(tx: TenantTx, debt: Late) -> Any:
    point = await phone_of(tx, debt[0])
    on = tx.today + timedelta(days=1)
    return await confirm_number(tx, NumberConfirmed(a_reference(), debt[0], point, on))


async def refusal_to_come(tx: TenantTx, debt: Late) -> Any:
    return await record_refusal(tx, Refusal(a_reference(), debt[0], tx.now + timedelta(seconds=1), "lender"))


async def offer_of_no_loan(tx: TenantTx, debt: Late) -> Any:
    return await record_offer(tx, PaymentOffer(a_reference(), debt[0], tx.now, LoanId(uuid4())))


async def notice_of_nothing(tx: TenantTx, debt: Late) -> Any:
    step = NoticeStep(a_reference(), debt[0], NoticeKind.TRANSFER, NoticeStatus.NONE, tx.now)
    return await record_notice(tx, step)


async def nameless_agency(tx: TenantTx, debt: Late) -> Any:
    step = NoticeStep(a_reference(), debt[0], NoticeKind.OUTSOURCING, NoticeStatus.SENT, tx.now)
    return await record_notice(tx, step)


async def no_hours(tx: TenantTx, debt: Late) -> Any:
    return await record_preference(tx, Preference(a_reference(), debt[0], ()))


async def empty_hours(tx: TenantTx, debt: Late) -> Any:
    return await record_preference(tx, Preference(a_reference(), debt[0], (Hours(60, 60),)))


async def vulnerable_number(tx: TenantTx, debt: Late) -> Any:
    point = await phone_of(tx, debt[0])
    fact = Circumstance(a_reference(), debt[0], CircumstanceKind.VULNERABLE, point)
    return await record_circumstance(tx, fact)


def wrong_part(field: str, **changes: Any) -> Made:
    async def make(tx: TenantTx, debt: Late) -> Any:
        other = await a_borrower(tx)
        return await record_party(tx, Party(a_reference(), other, debt[1], **changes))

    return make


async def debtor_as_spouse(tx: TenantTx, debt: Late) -> Any:
    return await record_party(tx, Party(a_reference(), debt[0], debt[1], Role.SPOUSE))


async def late_claim(tx: TenantTx, debt: Late) -> Any:
    guarantee = Guarantee(tx.today, claimed_on=tx.today + timedelta(days=1))
    other = await a_borrower(tx)
    return await record_party(tx, Party(a_reference(), other, debt[1], Role.GUARANTOR, guarantee=guarantee))


async def short_guarantee(tx: TenantTx, debt: Late) -> Any:
    guarantee = Guarantee(tx.today, tx.today - timedelta(days=1))
    other = await a_borrower(tx)
    return await record_party(tx, Party(a_reference(), other, debt[1], Role.GUARANTOR, guarantee=guarantee))


WRONG: list[tuple[Made, str]] = [
    (slot(24.1), "to"),
    (slot(-1), "to"),
    (slot(1, begins=-2), "to"),
    (endless_slot, "to"),
    (later_consent, "from"),
    (backward_consent, "to"),
    (volunteer_by_number, "contact_point"),
    (anothers_number, "contact_point"),
    (confirmed_tomorrow, "confirmed_on"),
    (refusal_to_come, "at"),
    (offer_of_no_loan, "loan"),
    (notice_of_nothing, "status"),
    (nameless_agency, "agency"),
    (no_hours, "hours"),
    (empty_hours, "hours[0]"),
    (vulnerable_number, "contact_point"),
    (wrong_part("role", role=Role.CO_DEBTOR), "role"),
    (wrong_part("liability", role=Role.HEIR, liability=Liability.CO_SIGNED), "liability"),
    (wrong_part("inheritance", role=Role.SPOUSE, inheritance=Inheritance.REFUSED), "inheritance"),
    (wrong_part("guarantee", role=Role.GUARANTOR), "guarantee"),
    (debtor_as_spouse, "borrower"),
    (late_claim, "guarantee.claimed_on"),
    (short_guarantee, "guarantee.period_ends_on"),
]


@pytest.mark.parametrize(("make", "field"), WRONG, ids=[f"{n}-{row[1]}" for n, row in enumerate(WRONG)])
async def test_what_cannot_be_is_refused_naming_the_field(
    database: Database, acme: Caller, make: Made, field: str
):
    debt = await database.run(acme, late, {})
    with pytest.raises(FactWrong) as refused:
        await database.run(acme, made, (make, debt))
    assert isinstance(refused.value, Invalid)
    assert [fault.field for fault in refused.value.faults] == [field]
