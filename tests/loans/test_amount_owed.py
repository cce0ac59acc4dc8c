"""What a loan asks on any day, as known then and as recomputed now; every figure leads to its postings."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import httpx
import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    AskWorking,
    ChargeOff,
    Component,
    LoanInvalid,
    LoanNotFound,
    PlacePause,
    PostCharge,
    ReversePayment,
    WaiveCharge,
)
from dunwell.loans.model.overdue import LateFee, OverdueRate, OverdueTerms
from dunwell.loans.model.owed import AskOwed, Owed, View
from dunwell.loans.use_cases import (
    amount_owed,
    charge_off,
    loan_working,
    place_pause,
    post_charge,
    reverse_payment,
    waive_charge,
)
from dunwell.storage.tenant import Database
from tests.builders.loans import a_new_loan, paid
from tests.builders.strategy import today_of
from tests.loans.test_owed_documents import printed

FIRST_DUE = date(2024, 2, 15)
PENALTY = OverdueTerms(penalty=OverdueRate(annual=Decimal("0.365")))
# 1,200.00 in twelve instalments of 100.00, nothing else.
INSTALMENT = 100_00


async def owed_of(database: Database, caller: Caller, loan: LoanId, on: date, **how: datetime) -> Owed:
    found = await database.read(caller, amount_owed, AskOwed(loan, on, **how))
    assert found.reconciled
    return found


def figures(found: Owed) -> tuple[int, int, int, int]:
    """To pay, not yet due, credit, days late."""
    return found.total, found.ahead, found.credit, found.days_past_due


def part(found: Owed, component: Component) -> int:
    return next(each.open for each in found.parts if each.component is component)


async def test_a_day_in_the_past_today_and_one_ahead(database: Database, acme: Caller):
    it = await a_new_loan(database, acme)
    await paid(database, acme, it, 150_00, date(2024, 2, 20))
    before = await owed_of(database, acme, it, date(2024, 2, 14))
    assert figures(before) == (0, 1_200_00, 0, 0)
    assert before.events == ()
    late = await owed_of(database, acme, it, date(2024, 2, 19))
    assert figures(late) == (INSTALMENT, 1_100_00, 0, 4)
    after = await owed_of(database, acme, it, date(2024, 3, 20))
    assert figures(after) == (50_00, 1_000_00, 0, 5)
    ahead = await owed_of(database, acme, it, date(2099, 1, 1))
    assert figures(ahead)[:2] == (1_050_00, 0)


async def test_what_was_known_then_and_what_is_known_now_about_then(
    database: Database, acme: Caller, advance
):
    it = await a_new_loan(database, acme)
    then = datetime.now(UTC)
    await advance(acme, timedelta(days=2))
    receipt = await paid(database, acme, it, 100_00, date(2024, 2, 15))
    on = date(2024, 2, 20)
    known = await owed_of(database, acme, it, on, known_at=then + timedelta(days=1))
    assert (known.total, known.days_past_due, known.view) == (INSTALMENT, 5, View.KNOWN_THEN)
    now = await owed_of(database, acme, it, on)
    assert (now.total, now.days_past_due, now.view) == (0, 0, View.RECOMPUTED)
    await advance(acme, timedelta(days=2))
    command = ReversePayment(receipt.payment, f"R-{uuid4()}", "bounced")
    await database.run(acme, reverse_payment, command)
    gone = await owed_of(database, acme, it, on)
    assert (gone.total, gone.events) == (INSTALMENT, ())
    while_it_stood = await owed_of(database, acme, it, on, known_at=then + timedelta(days=3))
    assert (while_it_stood.total, len(while_it_stood.events)) == (0, 1)


async def test_every_posting_of_the_loan_stands_behind_one_figure(database: Database, acme: Caller):
    it = await a_new_loan(database, acme, annual_rate=Decimal("0.12"))
    for at in range(3):
        await paid(database, acme, it, 70_00 + at, FIRST_DUE + timedelta(days=20 * at))
    found = await owed_of(database, acme, it, date(2024, 6, 1))

    async def numbers(tx, _: None) -> set[int]:
        sql = "SELECT id FROM postings WHERE loan_id = $1 AND account NOT IN ('cash', 'unearned', 'credit')"
        return {row["id"] for row in await tx.rows(sql, it)}

    behind = [number for each in found.parts for number in each.ledger.postings]
    assert sorted(behind) == sorted(await database.read(acme, numbers, None))
    assert {number for event in found.events for number in event.postings} & set(behind)
    settled = [amount for event in found.events for _, amount in event.parts]
    assert sum(settled) == sum(each.paid for each in found.parts) == 210_03


async def test_penalty_interest_is_owed_by_the_day_and_posted_when_something_happens(
    database: Database, acme: Caller
):
    it = await a_new_loan(database, acme, overdue=PENALTY)
    ten_days = await owed_of(database, acme, it, FIRST_DUE + timedelta(days=10))
    # 100.00 × 36.5 % × 10 / 360 (the contract counts 30/360); the eleventh day adds what rounding left.
    assert part(ten_days, Component.PENALTIES) == 101
    assert (ten_days.total, ten_days.per_day) == (101_01, 11)
    penalties = next(each for each in ten_days.parts if each.component is Component.PENALTIES)
    assert (penalties.unposted, penalties.ledger.balance) == (101, 0)
    assert [(line.instalment, line.days) for line in ten_days.accrual] == [(1, 10)]
    await paid(database, acme, it, 50_00, FIRST_DUE + timedelta(days=10))
    after = await owed_of(database, acme, it, FIRST_DUE + timedelta(days=10))
    assert after.total == 51_01
    penalties = next(each for each in after.parts if each.component is Component.PENALTIES)
    assert (penalties.unposted, penalties.paid) == (0, 101)


async def test_contract_ceiling_and_demand_stand_side_by_side_whether_it_was_posted_or_not(
    database: Database, acme: Caller
):
    terms = OverdueTerms(late_fee=LateFee(flat=50_00), penalty=PENALTY.penalty)
    days = {"disbursed_on": date(2026, 1, 15), "first_due_on": date(2026, 2, 15)}
    it = await a_new_loan(database, acme, overdue=terms, lender_type="small_loan", **days)
    on = date(2026, 2, 25)
    # 50.00 and 1.01 were agreed; 24 % of 1,200.00 for 40 days are 32.00: penalty interest goes first, then the fee.
    for paid_before, total in ((0, 132_00), (1_00, 131_00), (50_00, 81_00)):
        if paid_before:
            await paid(database, acme, it, paid_before, on)
        found = await owed_of(database, acme, it, on)
        assert (found.total, found.demanded) == (total, total)
        assert found.capped is not None
        assert (found.capped.contractual, found.capped.cap, found.capped.demanded) == (51_01, 32_00, 32_00)
        assert (found.capped.excess, found.capped.reasons) == (19_01, ("COST_CAP",))
        assert found.capped.excess_by_part == {Component.PENALTIES: 1_01, Component.FEES: 18_00}
        assert len(found.accrual) == 2


async def test_interest_above_the_ceiling_is_owed_by_contract_and_not_demanded(
    database: Database, acme: Caller
):
    days = {"disbursed_on": date(2026, 1, 15), "first_due_on": date(2026, 2, 15)}
    rate = Decimal("0.30")
    it = await a_new_loan(database, acme, annual_rate=rate, lender_type="small_loan", **days)
    found = await owed_of(database, acme, it, date(2026, 2, 15))
    assert found.capped is not None
    # A month of 1,200.00 at 30 % and at 24 %.
    assert (found.capped.contractual, found.capped.cap) == (30_00, 24_00)
    assert found.total - found.demanded == found.capped.excess == 6_00


async def test_a_late_fee_a_charge_and_a_waiver_stand_in_the_statement(database: Database, acme: Caller):
    it = await a_new_loan(database, acme, overdue=OverdueTerms(late_fee=LateFee(flat=20_00)))
    on = FIRST_DUE + timedelta(days=3)
    charge = PostCharge(it, f"F-{uuid4()}", "notice", Component.COSTS, Money(7_00, "CNY"), on)
    made = await database.run(acme, post_charge, charge)
    owes = await owed_of(database, acme, it, on)
    assert (part(owes, Component.FEES), part(owes, Component.COSTS), owes.total) == (20_00, 7_00, 127_00)
    await database.run(acme, waive_charge, WaiveCharge(it, f"W-{uuid4()}", on, charge=made.id))
    assert (await owed_of(database, acme, it, on)).total == 120_00


async def test_a_statement_counts_a_pause_as_the_working_does(database: Database, acme: Caller):
    it = await a_new_loan(database, acme, days_late=10)
    today = await database.read(acme, today_of, None)
    pause = PlacePause(it, f"S-{uuid4()}", today - timedelta(days=6), today - timedelta(days=2), "flood")
    await database.run(acme, place_pause, pause)
    working = (await database.read(acme, loan_working, AskWorking(it, today))).working
    assert working.paused_days
    assert (await owed_of(database, acme, it, today)).days_past_due == working.days_past_due
    assert working.days_past_due == working.calendar_days - working.paused_days


async def test_a_charged_off_loan_is_owed_as_before(database: Database, acme: Caller):
    it = await a_new_loan(database, acme)
    before = await owed_of(database, acme, it, date(2024, 12, 1))
    await database.run(acme, charge_off, ChargeOff(it, f"X-{uuid4()}", date(2024, 12, 1), "uncollectable"))
    after = await owed_of(database, acme, it, date(2024, 12, 1))
    assert after.total == before.total
    await paid(database, acme, it, 100_00, date(2024, 12, 5))
    assert (await owed_of(database, acme, it, date(2024, 12, 5))).total == before.total - 100_00


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"on": date(2024, 1, 14)}, "on"),
        ({"on": date(1900, 1, 1)}, "on"),
        ({"known_at": datetime(2199, 1, 1, tzinfo=UTC)}, "known_at"),
        ({"known_at": datetime(2000, 1, 1, tzinfo=UTC)}, "known_at"),
        ({"known_at": datetime(2024, 1, 1)}, "known_at"),  # noqa: DTZ001 - that is the fault
    ],
)
async def test_a_statement_that_cannot_be_is_refused_by_field(
    database: Database, acme: Caller, how: dict[str, object], field: str
):
    it = await a_new_loan(database, acme)
    with pytest.raises(LoanInvalid) as refusal:
        await database.read(acme, amount_owed, AskOwed(it, **how))
    assert refusal.value.faults[0].field == field


async def test_another_tenants_loan_has_no_statement(database: Database, acme: Caller, birch: Caller):
    it = await a_new_loan(database, acme)
    with pytest.raises(LoanNotFound):
        await database.read(birch, amount_owed, AskOwed(it))


async def test_the_statement_over_http_in_three_forms(
    acme_http: httpx.AsyncClient, database: Database, acme: Caller
):
    it = await a_new_loan(database, acme, overdue=PENALTY)
    address = f"/v1/loans/{it}/amount-owed"
    told = (await acme_http.get(f"{address}?on=2024-02-25")).json()
    assert told["total"] == {"amount": "101.01", "currency": "CNY"}
    assert (told["reconciled"], told["view"], told["days_past_due"]) == (True, "recomputed_now", 10)
    assert told["accrual"][0]["amount"] == "1825/18"
    paper = await acme_http.get(f"{address}.pdf?on=2024-02-25&language=en")
    assert paper.headers["content-type"] == "application/pdf"
    assert f'filename="owed-{it}-2024-02-25.pdf"' in paper.headers["content-disposition"]
    assert "101.01" in printed(paper.content)
    book = await acme_http.get(f"{address}.xlsx?on=2024-02-25")
    assert book.content[:2] == b"PK"
    refused = await acme_http.get(f"{address}?on=2024-01-01")
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["field"] == "on"
