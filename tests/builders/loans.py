"""Loans, sensible by default: `await a_loan(tx, …)` reads as a sentence."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from dunwell.kernel.calendar import add_months
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import (
    Component,
    DayCount,
    Every,
    Loan,
    LoanDraft,
    Method,
    Receipt,
    RecordPayment,
    Terms,
)
from dunwell.loans.use_cases import loan_schedule, record_payment, save_loan
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower

TERMS: Final = Terms(
    principal=1_200_00,
    annual_rate=Decimal(0),
    method=Method.EQUAL_INSTALMENT,
    day_count=DayCount.THIRTY_360,
    disbursed_on=date(2024, 1, 15),
    count=12,
    every=Every(),
)


def some_terms(terms: Terms = TERMS, **changes: Any) -> Terms:
    """1,200.00 lent on 15 January 2024, repaid in twelve months without interest, unless told otherwise."""
    return replace(terms, **changes)


DRAFT: Final = LoanDraft(
    reference="L-1",
    borrower=BorrowerId(UUID(int=0)),
    principal=Money(1_200_00, "CNY"),
    disbursed_on=date(2024, 1, 15),
    method=Method.EQUAL_INSTALMENT,
    count=12,
)


def a_draft(**changes: Any) -> LoanDraft:
    """The loan of `some_terms` as a lender sends it; the borrower is nobody until one is named."""
    return replace(DRAFT, **changes)


async def a_loan(tx: TenantTx, *, days_late: int | None = None, **changes: Any) -> LoanId:
    """A saved loan of a borrower of its own; `days_late=31`: its first instalment fell due 31 days ago."""
    if days_late is not None:
        first = tx.today - timedelta(days=days_late)
        changes = {"disbursed_on": add_months(first, -1), "first_due_on": first} | changes
    given = {"reference": f"L-{uuid4().hex[:12]}"} | changes
    if "borrower" not in given:
        given["borrower"] = await a_borrower(tx)
    saved = await save_loan(tx, a_draft(**given))
    assert saved.id is not None, saved.faults
    return saved.id


async def pay(tx: TenantTx, loan: LoanId, minor: int, on: date | None = None, **changes: Any) -> Receipt:
    """A payment in the loan's usual currency, received today unless told otherwise."""
    given = {"reference": f"P-{uuid4().hex[:12]}", "amount": Money(minor, "CNY")} | changes
    return await record_payment(tx, RecordPayment(loan=loan, received_on=on or tx.today, **given))


BALANCES = """
SELECT account, sum(amount)::bigint AS balance FROM postings WHERE loan_id = $1 GROUP BY account
"""
UNBALANCED = (
    "SELECT count(entry) FROM (SELECT entry FROM postings GROUP BY entry HAVING sum(amount) <> 0) AS wrong"
)


async def a_new_loan(database: Database, caller: Caller, **changes: object) -> LoanId:
    """A loan in a transaction of its own."""

    async def use_case(tx: TenantTx, _: None) -> LoanId:
        return await a_loan(tx, **changes)

    return await database.run(caller, use_case, None)


async def paid(
    database: Database, caller: Caller, to: LoanId, minor: int, on: date, **changes: object
) -> Receipt:
    """A payment in a transaction of its own."""

    async def use_case(tx: TenantTx, _: None) -> Receipt:
        return await pay(tx, to, minor, on, **changes)

    return await database.run(caller, use_case, None)


async def balances(database: Database, caller: Caller, of: LoanId) -> dict[str, int]:
    """What the ledger of a loan says by account; no entry of the tenant is out of balance."""

    async def use_case(tx: TenantTx, _: None) -> dict[str, int]:
        assert await tx.value(UNBALANCED) == 0
        return {row["account"]: row["balance"] for row in await tx.rows(BALANCES, of)}

    return await database.read(caller, use_case, None)


async def check_books(database: Database, caller: Caller, of: LoanId) -> Loan:
    """What the ledger says, the instalments say, and the loan says, is the same."""
    found, rows = await database.read(caller, loan_schedule, of)
    books = await balances(database, caller, of)
    if books.get("written_off"):
        assert not any(books.get(component) for component in Component)
        assert books["written_off"] + books.get("recovered", 0) == sum(row.outstanding for row in rows)
    else:
        for component in Component:
            assert books.get(component, 0) == sum(row.open(component) for row in rows), component
    assert found.outstanding.minor == sum(row.outstanding for row in rows)
    assert found.credit.minor == -books.get("credit", 0)
    return found


async def postings_of(database: Database, caller: Caller) -> int:
    """How many postings there are: a request that is refused leaves none."""

    async def use_case(tx: TenantTx, _: None) -> int:
        return await tx.value("SELECT count(id) FROM postings")

    return await database.read(caller, use_case, None)


async def told(database: Database, caller: Caller, subject: UUID) -> list[Any]:
    """What was told about a subject, in order."""

    async def use_case(tx: TenantTx, _: None) -> list[Any]:
        rows = await tx.rows("SELECT payload FROM facts WHERE subject = $1 ORDER BY at", subject)
        return [row["payload"] for row in rows]

    return await database.read(caller, use_case, None)
