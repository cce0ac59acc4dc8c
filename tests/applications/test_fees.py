"""The fees of the offer are the loan's disclosure sheet: what was not disclosed cannot be charged."""

from datetime import date

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import ChargeNotAllowed, Component, PostCharge
from dunwell.loans.use_cases.charging import post_charge
from dunwell.storage.tenant import Database
from tests.builders.applications import paid_out


def a_charge(loan: LoanId, code: str, on: date) -> PostCharge:
    return PostCharge(loan, f"F-{code}", code, Component.FEES, Money(5_00, "CNY"), on)


async def test_only_what_the_offer_lists_can_be_charged(database: Database, acme: Caller) -> None:
    paid = await paid_out(database, acme)
    on = paid.loan.disbursed_on
    with pytest.raises(ChargeNotAllowed) as refused:
        await database.run(acme, post_charge, a_charge(paid.loan.id, "service_fee", on))
    assert refused.value.extra["reasons"] == "FEE_NOT_DISCLOSED"
    await database.run(acme, post_charge, a_charge(paid.loan.id, "late_fee", on))
