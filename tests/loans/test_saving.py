"""Loans saved from drafts: once, by the hundred, changed, refused; and what is read of them."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from dunwell.borrowers.use_cases import save_borrowers
from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.kernel.money import Money
from dunwell.kernel.paging import WrongCursor, encode_cursor
from dunwell.loans.model import (
    AskWorking,
    DayCount,
    GivenRow,
    ListLoans,
    ListPostings,
    LoanInvalid,
    LoanNotFound,
    LoanState,
    Method,
    Obligor,
    Outcome,
    Owing,
    Role,
)
from dunwell.loans.use_cases import (
    check_loan,
    days_past_due,
    find_loans,
    list_loans,
    loan,
    loan_ledger,
    loan_schedule,
    loan_working,
    open_debts,
    owings,
    save_loan,
    save_loans,
)
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.borrowers import a_borrower, some_borrower
from tests.builders.loans import a_draft, a_loan, pay


async def somebody(database: Database, caller: Caller) -> BorrowerId:
    async def use_case(tx: TenantTx, _: None) -> BorrowerId:
        return await a_borrower(tx)

    return await database.run(caller, use_case, None)


async def actions(database: Database, caller: Caller, subject: object) -> list[str]:
    async def use_case(tx: TenantTx, _: None) -> list[str]:
        rows = await tx.rows("SELECT action FROM audit_events WHERE subject = $1 ORDER BY id", str(subject))
        return [row["action"] for row in rows]

    return await database.read(caller, use_case, None)


async def test_a_saved_loan_has_its_schedule_and_its_opening_entry(database: Database, acme: Caller) -> None:
    draft = a_draft(
        reference=f"L-{uuid4()}",
        borrower=await somebody(database, acme),
        annual_rate=Decimal("0.12"),
        product="cash",
        attributes={"branch": "7"},
    )
    saved = await database.run(acme, save_loan, draft)
    assert saved.id is not None
    found, rows = await database.read(acme, loan_schedule, saved.id)
    assert (found.state, found.past_due_since, found.matures_on) == (
        LoanState.OPEN,
        date(2024, 2, 15),
        date(2025, 1, 15),
    )
    assert len(rows) == 12
    assert found.outstanding.minor == sum(row.due.total for row in rows) > 1_200_00
    books = (await database.read(acme, loan_ledger, ListPostings(saved.id, None, 100))).rows
    interest = sum(row.due.interest for row in rows)
    assert [(row.account, row.amount.minor) for row in books] == [
        ("principal", 1_200_00),
        ("cash", -1_200_00),
        ("interest", interest),
        ("unearned", -interest),
    ]
    assert await actions(database, acme, saved.id) == ["loan.inserted"]


async def test_hundreds_are_saved_in_one_act_and_again_nothing_happens(
    database: Database, acme: Caller
) -> None:
    who = await somebody(database, acme)
    drafts = [a_draft(reference=f"many-{n}", borrower=who) for n in range(300)]
    first = await database.run(acme, save_loans, drafts)
    assert {saved.outcome for saved in first} == {Outcome.INSERTED}
    assert [saved.reference for saved in first] == [draft.reference for draft in drafts]
    assert await actions(database, acme, first[0].id) == ["loans.inserted"]
    again = await database.run(acme, save_loans, drafts)
    assert {saved.outcome for saved in again} == {Outcome.UNCHANGED}
    assert [saved.id for saved in again] == [saved.id for saved in first]
    changed = [replace(draft, product="other") if n < 2 else draft for n, draft in enumerate(drafts)]
    third = await database.run(acme, save_loans, changed)
    assert [saved.outcome for saved in third[:3]] == [Outcome.UPDATED, Outcome.UPDATED, Outcome.UNCHANGED]
    found = await database.read(acme, loan, LoanId(UUID(str(first[0].id))))
    assert (found.product, found.terms_version) == ("other", 1)


async def test_a_bad_draft_keeps_no_good_one_out(database: Database, acme: Caller) -> None:
    who = await somebody(database, acme)
    drafts = [
        a_draft(reference="bad-1", borrower=who, principal=Money(-1, "CNY")),
        a_draft(reference=f"good-{who}", borrower=who),
        a_draft(reference="bad-2", borrower=BorrowerId(uuid4())),
    ]
    saved = await database.run(acme, save_loans, drafts)
    assert [each.outcome for each in saved] == [Outcome.REFUSED, Outcome.INSERTED, Outcome.REFUSED]
    assert [[fault.field for fault in each.faults] for each in saved] == [["principal"], [], ["borrower"]]
    assert [fault.field for fault in check_loan(drafts[0])] == ["principal"]
    assert await database.run(acme, find_loans, ["bad-1", f"good-{who}"]) == {f"good-{who}": saved[1].id}


async def test_the_currency_of_a_loan_is_fixed(database: Database, acme: Caller) -> None:
    draft = a_draft(reference=f"L-{uuid4()}", borrower=await somebody(database, acme))
    saved = await database.run(acme, save_loan, draft)
    (other,) = await database.run(acme, save_loans, [replace(draft, principal=Money(1_200_00, "USD"))])
    assert (other.id, other.outcome, other.faults[0].field) == (saved.id, Outcome.REFUSED, "principal")


async def test_another_borrower_takes_the_loan_over(database: Database, acme: Caller) -> None:
    one, two, guarantor = [await somebody(database, acme) for _ in range(3)]
    draft = a_draft(reference=f"L-{uuid4()}", borrower=one, obligors=(Obligor(guarantor, Role.GUARANTOR),))
    await database.run(acme, save_loan, draft)
    assert set(await database.read(acme, open_debts, [one, two, guarantor])) == {one, guarantor}
    await database.run(
        acme, save_loan, replace(draft, borrower=two, obligors=(Obligor(one, Role.CONTACT_PERSON),))
    )
    debts = await database.read(acme, open_debts, [one, two, guarantor])
    assert set(debts) == {two}, "a contact person owes nothing"
    assert await database.read(acme, owings, [one, guarantor]) == {}


async def test_racing_tapes_agree(database: Database, acme: Caller) -> None:
    who = await somebody(database, acme)
    drafts = [a_draft(reference=f"race-{n}-{who}", borrower=who) for n in range(30)]
    answers = await asyncio.gather(
        database.run(acme, save_loans, drafts), database.run(acme, save_loans, drafts[::-1])
    )
    ids = [{each.reference: each.id for each in answer} for answer in answers]
    assert ids[0] == ids[1]
    outcomes = sorted(each.outcome for answer in answers for each in answer)
    assert outcomes == [Outcome.INSERTED] * 30 + [Outcome.UNCHANGED] * 30


async def test_a_schedule_as_on_the_tape(database: Database, acme: Caller) -> None:
    zero = Money.zero("CNY")
    draft = a_draft(
        reference=f"L-{uuid4()}",
        borrower=await somebody(database, acme),
        method=Method.AS_ON_TAPE,
        principal=Money(100_00, "CNY"),
        rows=(GivenRow(date(2024, 2, 14), Money(100_00, "CNY"), Money(15_00, "CNY"), zero),),
    )
    saved = await database.run(acme, save_loan, draft)
    assert saved.id is not None
    found, rows = await database.read(acme, loan_schedule, saved.id)
    assert [(row.due.due_on, row.due.total) for row in rows] == [(date(2024, 2, 14), 115_00)]
    assert (found.method, found.day_count) == (Method.AS_ON_TAPE, DayCount.THIRTY_360)


async def test_a_loan_ages_by_itself(database: Database, acme: Caller) -> None:
    async def use_case(tx: TenantTx, _: None) -> tuple[LoanId, date]:
        return await a_loan(tx, days_late=31), tx.today

    it, today = await database.run(acme, use_case, None)
    answer = await database.read(acme, days_past_due, it)
    assert (answer.working.days_past_due, answer.working.bucket) == (31, "M2")
    assert answer.working.since == today - timedelta(days=31)
    ahead = await database.read(acme, loan_working, AskWorking(it, today + timedelta(days=10)))
    assert (ahead.working.days_past_due, ahead.working.on) == (41, today + timedelta(days=10))
    past = await database.read(acme, loan_working, AskWorking(it, today - timedelta(days=31)))
    assert past.working.days_past_due == 0
    with pytest.raises(LoanInvalid):
        await database.read(acme, loan_working, AskWorking(it, date(1900, 1, 1)))
    with pytest.raises(LoanNotFound):
        await database.read(acme, days_past_due, LoanId(uuid4()))


async def test_what_several_borrowers_owe(database: Database, acme: Caller, birch: Caller) -> None:
    async def use_case(tx: TenantTx, _: None) -> tuple[list[BorrowerId], list[LoanId], date]:
        one, two = await a_borrower(tx), await a_borrower(tx)
        late = await a_loan(tx, borrower=one, days_late=40)
        today = await a_loan(tx, borrower=one, days_late=0)
        done = await a_loan(tx, borrower=two, days_late=10)
        await pay(tx, late, 30_00)
        await pay(tx, done, 1_200_00)
        return [one, two], [late, today, done], tx.today

    (one, two), (late, due, done), today = await database.run(acme, use_case, None)
    debts = await database.read(acme, open_debts, [one, two])
    first, second = debts[one]
    assert (first.loan, first.days_past_due, first.bucket) == (late, 40, "M2")
    assert first.overdue.minor in {70_00, 170_00}  # a second instalment may have fallen due
    assert first.due_today.minor == 0
    assert first.outstanding.minor == 1_170_00
    assert first.next_due_on is not None
    assert first.next_due_on > today
    assert first.next_due.minor == 100_00
    assert (second.loan, second.overdue.minor, second.due_today.minor) == (due, 0, 100_00)
    assert (second.past_due_since, second.days_past_due) == (today, 0)
    (settled,) = debts[two]
    assert (settled.loan, settled.settled_on, settled.outstanding.minor) == (done, today, 0)
    assert (settled.past_due_since, settled.next_due_on) == (None, None)
    assert await database.read(birch, open_debts, [one, two]) == {}
    assert await database.read(acme, open_debts, []) == {}
    assert await database.read(birch, owings, [one, two]) == await database.read(acme, owings, []) == {}
    assert await database.read(acme, owings, [one, two]) == {
        each.loan: Owing(each.loan, each.outstanding, each.past_due_since, each.settled_on)
        for each in (first, second, settled)
    }


async def test_loans_are_listed_by_key_and_filtered(database: Database, birch: Caller) -> None:
    async def use_case(tx: TenantTx, _: None) -> tuple[list[LoanId], BorrowerId]:
        who = await a_borrower(tx)
        return [await a_loan(tx, borrower=who, days_late=n * 20) for n in range(4)], who

    ids, who = await database.run(birch, use_case, None)
    seen: list[LoanId] = []
    cursor = None
    while True:
        page = await database.read(birch, list_loans, ListLoans(cursor, 3, borrower=who))
        seen += [each.loan.id for each in page.rows]
        if (cursor := page.next) is None:
            break
    assert sorted(seen) == sorted(ids)
    late = await database.read(birch, list_loans, ListLoans(None, 10, LoanState.OPEN, who, late=True))
    assert {each.loan.id: each.days_past_due for each in late.rows} == dict(
        zip(ids[1:], (20, 40, 60), strict=True)
    )
    found = await database.read(birch, loan, ids[0])
    by_reference = await database.read(birch, list_loans, ListLoans(None, 10, reference=found.reference))
    assert [each.loan.id for each in by_reference.rows] == [ids[0]]


@pytest.mark.parametrize(
    "key", [("x", "y"), ("2024-01-01", str(UUID(int=1))), ("0001-01-01T00:00:00+14:00", str(UUID(int=1)))]
)
async def test_a_forged_cursor_is_refused(database: Database, acme: Caller, key: tuple[str, str]) -> None:
    with pytest.raises(WrongCursor):
        await database.read(acme, list_loans, ListLoans(encode_cursor(key), 3))


@pytest.mark.parametrize("place", ["x", "9" * 19, "-1", "٣"])
async def test_a_forged_place_is_refused(database: Database, acme: Caller, place: str) -> None:
    async def use_case(tx: TenantTx, _: None) -> LoanId:
        return await a_loan(tx)

    it = await database.run(acme, use_case, None)
    with pytest.raises(WrongCursor):
        await database.read(acme, loan_ledger, ListPostings(it, encode_cursor([place]), 3))


async def test_the_same_loan_at_two_tenants_is_two_loans(
    database: Database, acme: Caller, birch: Caller
) -> None:
    ids = []
    for caller in (acme, birch):
        who = (await database.run(caller, save_borrowers, [some_borrower(reference="twin")]))["twin"]
        saved = await database.run(caller, save_loan, a_draft(reference="twin-loan", borrower=who))
        ids.append(saved.id)
    assert ids[0] != ids[1]
    assert await database.read(birch, find_loans, ["twin-loan"]) == {"twin-loan": ids[1]}
