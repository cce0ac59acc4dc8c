"""Contracts that accrue, and contracts that change under a life: what was booked stays, what should be is posted."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    AskPayoff,
    Component,
    Contract,
    Due,
    EntryKind,
    InAdvance,
    ListPostings,
    Loan,
    LoanDraft,
    LoanInvalid,
    Outcome,
    PaidIn,
    PaymentKind,
    PostCharge,
    RecordPayment,
)
from dunwell.loans.model.overdue import OverdueRate, OverdueTerms
from dunwell.loans.overdue_table import ProductTable
from dunwell.loans.rules import live
from dunwell.loans.use_cases import (
    charges_of,
    loan,
    loan_ledger,
    loan_schedule,
    post_charge,
    quote_payoff,
    record_payment,
    save_loan,
)
from dunwell.loans.use_cases.contracting import contract_of_draft, is_plain, products
from dunwell.loans.use_cases.rulebook import rulebook
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower
from tests.builders.loans import a_draft, balances, check_books, paid

JAN, FEB, MAR, APR = date(2024, 1, 20), date(2024, 2, 20), date(2024, 3, 20), date(2024, 4, 20)
PENALTY = OverdueTerms(penalty=OverdueRate(annual=Decimal("0.36")))


async def saved(database: Database, caller: Caller, **changes: Any) -> tuple[LoanDraft, Loan]:
    async def use_case(tx: TenantTx, _: None) -> LoanDraft:
        draft = a_draft(reference=f"L-{uuid4()}", borrower=await a_borrower(tx), **changes)
        assert (await save_loan(tx, draft)).outcome is Outcome.INSERTED
        return draft

    draft = await database.run(caller, use_case, None)
    return draft, await again(database, caller, draft, Outcome.UNCHANGED)


async def again(database: Database, caller: Caller, draft: LoanDraft, outcome: Outcome) -> Loan:
    answer = await database.run(caller, save_loan, draft)
    assert (answer.outcome, answer.faults) == (outcome, ())
    assert answer.id is not None
    return await database.read(caller, loan, answer.id)


async def entries(database: Database, caller: Caller, of: Loan) -> set[EntryKind]:
    page = await database.read(caller, loan_ledger, ListPostings(of.id, None, 500))
    return {row.kind for row in page.rows}


async def test_penalties_are_posted_when_something_happens(database: Database, acme: Caller) -> None:
    _, it = await saved(database, acme, overdue=PENALTY)
    assert not it.plain
    quote = await database.read(acme, quote_payoff, AskPayoff(it.id, date(2024, 2, 25)))
    # A tenth of a per cent a day on 100.00 for ten days.
    assert quote.amount == Money(1_201_00, "CNY")
    receipt = await paid(database, acme, it.id, 101_00, date(2024, 2, 25))
    assert {each.component: each.amount for each in receipt.slices} == {
        Component.PENALTIES: 1_00,
        Component.PRINCIPAL: 100_00,
    }
    found = await check_books(database, acme, it.id)
    assert found.outstanding.minor == 1_100_00
    assert (await balances(database, acme, it.id))["earned"] == -1_00


async def test_money_that_came_before_takes_penalties_off_again(database: Database, acme: Caller) -> None:
    _, late = await saved(database, acme, overdue=PENALTY)
    _, known = await saved(database, acme, overdue=PENALTY)
    await paid(database, acme, known.id, 100_00, JAN)
    for each in (late, known):
        await paid(database, acme, each.id, 90_00, APR)
    assert EntryKind.REPLAY not in await entries(database, acme, late)
    await paid(database, acme, late.id, 100_00, JAN)
    assert EntryKind.REPLAY in await entries(database, acme, late)
    rows = [(await database.read(acme, loan_schedule, each.id))[1] for each in (late, known)]
    assert rows[0] == rows[1]
    assert await balances(database, acme, late.id) == await balances(database, acme, known.id)
    await check_books(database, acme, late.id)


async def test_other_terms_under_a_life(database: Database, acme: Caller) -> None:
    draft, it = await saved(database, acme)
    fee = PostCharge(it.id, f"F-{it.id}", "fee", Component.FEES, Money(9_00, "CNY"), FEB)
    await database.run(acme, post_charge, fee)
    await paid(database, acme, it.id, 259_00, FEB)
    shorter = replace(draft, count=3)
    found = await again(database, acme, shorter, Outcome.UPDATED)
    assert (found.terms_version, found.matures_on, found.plain) == (2, date(2024, 4, 15), False)
    _, charges = await database.read(acme, charges_of, it.id)
    assert [each.outstanding for each in charges] == [9_00]
    assert found.outstanding.minor == 950_00
    await check_books(database, acme, it.id)
    assert (await again(database, acme, shorter, Outcome.UNCHANGED)).terms_version == 2
    renamed = replace(shorter, attributes={"note": "moved"})
    assert (await again(database, acme, renamed, Outcome.UPDATED)).terms_version == 2


async def test_a_plain_contract_that_begins_to_accrue(database: Database, acme: Caller) -> None:
    draft, it = await saved(database, acme)
    assert it.plain
    await paid(database, acme, it.id, 100_00, MAR)
    found = await again(database, acme, replace(draft, overdue=PENALTY), Outcome.UPDATED)
    assert not found.plain
    assert found.outstanding.minor > 1_100_00
    await check_books(database, acme, it.id)
    # What was frozen stays where the draft stops saying it.
    kept = await again(database, acme, draft, Outcome.UPDATED)
    assert kept.outstanding == found.outstanding


async def test_a_contract_may_say_more_and_stay_plain(database: Database, acme: Caller) -> None:
    more: dict[str, Any] = {"contracted_on": JAN, "disclosed": ("fee",), "lender_type": "bank"}
    draft, it = await saved(database, acme, **more)
    assert it.plain
    await paid(database, acme, it.id, 250_00, FEB)
    assert (await again(database, acme, replace(draft, count=3), Outcome.UPDATED)).plain
    await check_books(database, acme, it.id)


@pytest.mark.parametrize("rule", list(InAdvance))
async def test_early_money_goes_where_the_contract_or_the_payer_says(
    database: Database, acme: Caller, rule: InAdvance
) -> None:
    _, by_contract = await saved(database, acme, in_advance={PaymentKind.REPAYMENT: rule})
    _, by_payer = await saved(database, acme)
    await paid(database, acme, by_contract.id, 250_00, JAN)
    command = RecordPayment(by_payer.id, f"P-{uuid4()}", Money(250_00, "CNY"), JAN, in_advance=rule)
    receipt = await database.run(acme, record_payment, command)
    assert await database.run(acme, record_payment, command) == receipt
    rows = [(await database.read(acme, loan_schedule, each.id))[1] for each in (by_contract, by_payer)]
    assert rows[0] == rows[1]
    found = await check_books(database, acme, by_payer.id)
    assert found.credit.minor == (250_00 if rule is InAdvance.CREDIT else 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lender_type": "loan shark"}, "lender_type"),
        ({"lender_type": "private", "overdue": PENALTY}, "lpr_1y_pct"),
    ],
)
async def test_a_contract_that_the_law_cannot_judge_is_refused(
    database: Database, acme: Caller, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(LoanInvalid) as caught:
        await saved(database, acme, **changes)
    assert [fault.field for fault in caught.value.faults] == [field]


@pytest.mark.parametrize(
    ("product", "on", "first"),
    [
        ("card", date(2024, 5, 15), Component.INTEREST),
        ("card", date(2024, 5, 16), Component.PRINCIPAL),
        ("cash", date(2024, 5, 16), Component.INTEREST),
    ],
)
async def test_a_late_card_is_settled_principal_first(
    database: Database, acme: Caller, product: str, on: date, first: Component
) -> None:
    async def use_case(tx: TenantTx, _: None) -> Contract:
        rules = await rulebook(tx)
        file = rules.file.model_copy(update={"products": {"card": ProductTable(kind="card")}})
        offered = await products(tx, replace(rules, file=file))
        dues = (Due(1, date(2024, 2, 15), 100_00, 10_00),)
        draft = a_draft(product=product)
        return contract_of_draft(draft, dues, rules.waterfall, offered, None)

    contract = await database.read(acme, use_case, None)
    assert is_plain(contract) is (product == "cash")
    life = live(contract, [PaidIn(UUID(int=1), on, 1, 50_00)])
    assert life.effects[UUID(int=1)].slices[0].component is first
