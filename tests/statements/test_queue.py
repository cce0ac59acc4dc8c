"""The queue: what people decide, once; and refunds, which find what they take back or end up there."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId, PaymentId
from dunwell.kernel.money import Money
from dunwell.kernel.paging import WrongCursor, encode_cursor
from dunwell.loans.model import (
    LoanNotFound,
    LoanSettled,
    RecordPayment,
    ReturnMoney,
    ReversePayment,
    SuspenseEmpty,
)
from dunwell.loans.use_cases import payment, record_payment, return_money, reverse_payment, suspense_item
from dunwell.statements import use_cases
from dunwell.statements.kept import (
    AssignEntry,
    AssignmentInvalid,
    BrowseEntries,
    BrowseMarks,
    BrowseQueue,
    DisownEntry,
    Disposition,
    EntryId,
    EntryNotAssignable,
    EntryNotFound,
    EntrySettled,
    KeptEntry,
    MarkId,
    PayerMarkInvalid,
    PayerMarkKind,
    PayerMarkNotFound,
    PayerMarkTaken,
    ReturnEntry,
    RevealEntry,
    ReverseByEntry,
    SaveMark,
)
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.bank_lines import DAY, a_line, a_profile, camt, table
from tests.statements.people import a_person, an_account, load
from tests.statements.taken import entries_of, outstanding, rows, taken

NEXT = DAY + timedelta(days=1)


async def a_held_entry(database: Database, caller: Caller, amount: str = "100.00") -> KeptEntry:
    [entry] = await load(database, caller, a_line(amount, payer="无名氏", text="谢谢"))
    assert entry.open
    return entry


async def now(database: Database, caller: Caller, entry: KeptEntry) -> KeptEntry:
    return await database.read(caller, use_cases.entry, entry.id)


async def left(database: Database, caller: Caller, entry: KeptEntry) -> tuple[int, str]:
    assert entry.suspense is not None
    item = await database.read(caller, suspense_item, entry.suspense)
    return item.left.minor, str(item.state)


async def test_a_person_assigns_the_money_and_nobody_after_them(database: Database, acme: Caller):
    who, entry = await a_person(database, acme), await a_held_entry(database, acme)
    command = AssignEntry(entry.id, [(who.loan, None)], "电话确认")
    done = await database.run(acme, use_cases.assign, command)
    assert (done.disposition, done.open, done.settled_by) == (Disposition.MATCHED, False, "staff:tester")
    assert done.match["explanation"][-1] == "电话确认"
    assert await outstanding(database, acme, who.loan) == 110_000
    assert await left(database, acme, entry) == (0, "assigned")
    for again in (command, AssignEntry(entry.id, [(uuid4(), None)])):
        with pytest.raises(EntrySettled):
            await database.run(acme, use_cases.assign, again)
    [(count,)] = await rows(
        database,
        acme,
        "SELECT count(*) FROM audit_events WHERE action = 'statement-entry.assigned' AND subject = $1",
        str(entry.id),
    )
    assert count == 1


async def test_two_who_assign_at_once_assign_once(database: Database, acme: Caller):
    who, entry = await a_person(database, acme), await a_held_entry(database, acme)
    command = AssignEntry(entry.id, [(who.loan, None)])
    ends = await asyncio.gather(
        *(database.run(acme, use_cases.assign, command) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in ends) == ["EntrySettled"] * 3 + ["KeptEntry"]
    assert await outstanding(database, acme, who.loan) == 110_000


async def test_parts_go_to_several_loans(database: Database, acme: Caller):
    one, two = await a_person(database, acme), await a_person(database, acme)
    entry = await a_held_entry(database, acme)
    parts = [(one.loan, Money(6_000, "CNY")), (two.loan, Money(4_000, "CNY"))]
    done = await database.run(acme, use_cases.assign, AssignEntry(entry.id, parts))
    assert len(done.payments) == 2
    assert await outstanding(database, acme, two.loan) == 116_000


@pytest.mark.parametrize(
    "amounts",
    [(), (6_000, 6_000), (10_000, None), (10_000, -0), (None, None), (5_000, 5_000, "same"), (5_000, "USD")],
)
async def test_parts_that_do_not_add_up_are_refused(
    database: Database, acme: Caller, amounts: tuple[object, ...]
):
    one, two = await a_person(database, acme), await a_person(database, acme)
    entry = await a_held_entry(database, acme)
    loans = [one.loan, one.loan] if "same" in amounts else [one.loan, two.loan]
    money = [Money(each, "CNY") if isinstance(each, int) else None for each in amounts if each != "same"]
    if "USD" in amounts:
        money = [Money(5_000, "CNY"), Money(5_000, "USD")]
    parts = list(zip(loans, money, strict=False))
    with pytest.raises(AssignmentInvalid) as refused:
        await database.run(acme, use_cases.assign, AssignEntry(entry.id, parts))
    assert refused.value.faults
    assert (await now(database, acme, entry)).open


async def test_what_loans_refuse_stays_in_the_queue(database: Database, acme: Caller, birch: Caller):
    settled, entry = await a_person(database, acme), await a_held_entry(database, acme)

    async def settle(tx: TenantTx, _: None) -> None:
        await record_payment(tx, RecordPayment(settled.loan, f"P-{uuid4()}", Money(120_000, "CNY"), DAY))

    await database.run(acme, settle, None)
    stranger = await a_person(database, birch)
    for loan, error in ((settled.loan, LoanSettled), (stranger.loan, LoanNotFound), (uuid4(), LoanNotFound)):
        with pytest.raises(error):
            await database.run(acme, use_cases.assign, AssignEntry(entry.id, [(LoanId(loan), None)]))
    assert await left(database, acme, entry) == (10_000, "held")
    with pytest.raises(EntryNotFound):
        await database.run(birch, use_cases.assign, AssignEntry(entry.id, [(stranger.loan, None)]))


async def test_money_goes_back_to_its_payer(database: Database, acme: Caller):
    entry = await a_held_entry(database, acme)
    done = await database.run(acme, use_cases.give_back, ReturnEntry(entry.id, "paid-by-mistake"))
    assert (done.disposition, done.reason, done.open) == (Disposition.RETURNED, "paid-by-mistake", False)
    assert await left(database, acme, entry) == (0, "returned")
    with pytest.raises(EntrySettled):
        await database.run(acme, use_cases.disown, DisownEntry(entry.id, "not-ours"))


async def test_what_is_not_ours_leaves_suspense(database: Database, acme: Caller):
    entry = await a_held_entry(database, acme)
    done = await database.run(acme, use_cases.disown, DisownEntry(entry.id, "supplier-refund"))
    assert (done.disposition, done.reason) == (Disposition.IGNORED, "supplier-refund")
    assert await left(database, acme, entry) == (0, "returned")
    [unmatched] = await load(database, acme, a_line(debit=True, reversal=True))
    gone = await database.run(acme, use_cases.disown, DisownEntry(unmatched.id, "own-transfer"))
    assert (gone.disposition, gone.open) == (Disposition.IGNORED, False)


async def test_money_that_left_suspense_by_another_door_leaves_the_queue_too(
    database: Database, acme: Caller
):
    entry = await a_held_entry(database, acme)
    assert entry.suspense is not None
    command = ReturnMoney(entry.suspense, f"R-{uuid4()}", DAY, "by hand")
    await database.run(acme, return_money, command)
    who = await a_person(database, acme)
    with pytest.raises(SuspenseEmpty):
        await database.run(acme, use_cases.assign, AssignEntry(entry.id, [(who.loan, None)]))
    done = await database.run(acme, use_cases.disown, DisownEntry(entry.id, "returned-by-hand"))
    assert (done.disposition, done.open) == (Disposition.IGNORED, False)


async def test_money_that_is_not_there_cannot_be_given(database: Database, acme: Caller):
    who = await a_person(database, acme)
    [unmatched] = await load(database, acme, a_line(debit=True, reversal=True))
    with pytest.raises(EntryNotAssignable):
        await database.run(acme, use_cases.assign, AssignEntry(unmatched.id, [(who.loan, None)]))
    with pytest.raises(EntryNotAssignable):
        await database.run(acme, use_cases.give_back, ReturnEntry(unmatched.id, "x-y"))
    entry = await a_held_entry(database, acme)
    command = ReverseByEntry(entry.id, [PaymentId(uuid4())], "x-y")
    with pytest.raises(EntryNotAssignable):
        await database.run(acme, use_cases.reverse_by, command)
    [ignored] = await load(database, acme, a_line(debit=True))
    with pytest.raises(EntrySettled):
        await database.run(acme, use_cases.assign, AssignEntry(ignored.id, [(who.loan, None)]))
    with pytest.raises(EntryNotFound):
        await database.run(acme, use_cases.disown, DisownEntry(EntryId(uuid4()), "x-y"))


async def test_a_reversal_takes_back_what_its_original_paid(database: Database, acme: Caller):
    who, number = await a_person(database, acme), f"E2E{uuid4().hex[:12]}"
    paid = a_line(text=who.reference, payer=who.name, end_to_end=number)
    back = a_line(debit=True, reversal=True, end_to_end=number, on=NEXT)
    original, reversal = await load(database, acme, paid, back)
    assert (original.disposition, reversal.disposition) == (Disposition.REVERSED, Disposition.REVERSED)
    assert reversal.original == original.id
    assert await outstanding(database, acme, who.loan) == 120_000
    undone = await database.read(acme, payment, original.payments[0])
    assert undone.reversed_by == reversal.payments[0]


async def test_a_reversal_that_stands_above_its_original_finds_it(database: Database, acme: Caller):
    who, number = await a_person(database, acme), f"E2E{uuid4().hex[:12]}"
    paid = a_line(text=who.reference, payer=who.name, end_to_end=number)
    back = a_line(debit=True, reversal=True, end_to_end=number)
    reversal, original = await load(database, acme, back, paid)
    assert reversal.original == original.id
    assert await outstanding(database, acme, who.loan) == 120_000


async def test_a_reversal_that_came_before_its_original_is_linked_later(database: Database, acme: Caller):
    who, number, account = await a_person(database, acme), f"E2E{uuid4().hex[:12]}", an_account()
    back = a_line(debit=True, reversal=True, end_to_end=number, on=NEXT)
    [reversal] = await load(database, acme, back, account=account, opening="1100.00", number="S-2")
    assert (reversal.disposition, reversal.open) == (Disposition.UNMATCHED, True)
    paid = a_line(text=who.reference, payer=who.name, end_to_end=number)
    [original] = await load(database, acme, paid, account=account)
    reversal = await now(database, acme, reversal)
    assert (reversal.disposition, reversal.original, reversal.open) == (
        Disposition.REVERSED,
        original.id,
        False,
    )
    assert await outstanding(database, acme, who.loan) == 120_000


async def test_a_reversal_of_money_in_suspense_sends_it_back(database: Database, acme: Caller):
    number = f"E2E{uuid4().hex[:12]}"
    original, reversal = await load(
        database,
        acme,
        a_line(end_to_end=number),
        a_line(debit=True, reversal=True, end_to_end=number),
    )
    assert (original.disposition, original.open) == (Disposition.REVERSED, False)
    assert reversal.disposition is Disposition.REVERSED
    assert await left(database, acme, original) == (0, "returned")


async def test_our_own_payment_that_comes_back_is_nobodys_repayment(database: Database, acme: Caller):
    number = f"E2E{uuid4().hex[:12]}"
    _, back = await load(
        database, acme, a_line(debit=True, end_to_end=number), a_line(reversal=True, end_to_end=number)
    )
    assert (back.disposition, back.reason) == (Disposition.IGNORED, "own-payment-came-back")
    [unknown] = await load(database, acme, a_line(reversal=True, end_to_end=f"X{uuid4().hex[:8]}"))
    assert (unknown.disposition, unknown.reason, unknown.open) == (Disposition.SUSPENSE, "no-original", True)


async def test_refunds_that_are_not_clear_wait_for_a_person(database: Database, acme: Caller):
    who, number = await a_person(database, acme), f"E2E{uuid4().hex[:12]}"
    paid = a_line(text=who.reference, payer=who.name, end_to_end=number)
    part = a_line("40.00", debit=True, reversal=True, end_to_end=number)
    _, partial = await load(database, acme, paid, part)
    assert (partial.disposition, partial.reason) == (Disposition.UNMATCHED, "partial-refund")
    twice = f"E2E{uuid4().hex[:12]}"
    same = a_line(text=who.reference, payer=who.name, end_to_end=twice)
    back = a_line(debit=True, reversal=True, end_to_end=twice)
    *_, unclear = await load(database, acme, same, same, back)
    assert (unclear.disposition, unclear.reason) == (Disposition.UNMATCHED, "ambiguous-original")
    command = ReverseByEntry(unclear.id, [], "customer-asked")
    with pytest.raises(AssignmentInvalid):
        await database.run(acme, use_cases.reverse_by, command)
    [(chosen,)] = await rows(
        database,
        acme,
        "SELECT payment_ids[1] FROM statement_entries WHERE $1 = ANY(links) LIMIT 1",
        twice.upper(),
    )
    before = await outstanding(database, acme, who.loan)
    command = ReverseByEntry(unclear.id, [PaymentId(chosen)], "customer-asked")
    done = await database.run(acme, use_cases.reverse_by, command)
    assert (done.disposition, len(done.payments)) == (Disposition.REVERSED, 1)
    assert await outstanding(database, acme, who.loan) == before + 10_000


async def test_a_payment_that_was_taken_back_by_hand_leaves_the_reversal_to_people(
    database: Database, acme: Caller
):
    who, number, account = await a_person(database, acme), f"E2E{uuid4().hex[:12]}", an_account()
    paid = a_line(text=who.reference, payer=who.name, end_to_end=number)
    [original] = await load(database, acme, paid, account=account)
    command = ReversePayment(original.payments[0], f"R-{uuid4()}", "bounced")
    await database.run(acme, reverse_payment, command)
    back = a_line(debit=True, reversal=True, end_to_end=number, on=NEXT)
    [reversal] = await load(database, acme, back, account=account, opening="1100.00", number="S-2")
    assert (reversal.disposition, reversal.reason) == (Disposition.UNMATCHED, "payment.reversed")


async def test_the_queue_is_told_page_by_page_the_oldest_first(database: Database, acme: Caller):
    made = [await a_held_entry(database, acme, f"{each}.00") for each in range(1, 4)]
    found: list[KeptEntry] = []
    cursor = None
    while True:
        page = await database.read(acme, use_cases.queue, BrowseQueue(cursor, 2))
        found += page.rows
        cursor = page.next
        if cursor is None:
            break
    ids = [each.id for each in found]
    assert [each for each in ids if each in {entry.id for entry in made}] == [entry.id for entry in made]
    assert all(each.open for each in found)
    with pytest.raises(WrongCursor):
        await database.read(acme, use_cases.queue, BrowseQueue(encode_cursor(("x", "y")), 2))


async def test_entries_are_told_page_by_page_in_their_order(database: Database, acme: Caller):
    account = an_account()
    content = [a_line(f"{each}.00") for each in range(1, 6)]
    file = await taken(database, acme, camt(*content, account=account))
    whole = await entries_of(database, acme, file)
    first = await database.read(acme, use_cases.entries, BrowseEntries(file.id, None, 3))
    rest = await database.read(acme, use_cases.entries, BrowseEntries(file.id, first.next, 3))
    assert [*first.rows, *rest.rows] == whole
    only = BrowseEntries(file.id, None, 10, Disposition.IGNORED)
    assert (await database.read(acme, use_cases.entries, only)).rows == ()
    for wrong in (("a", "1"), ("1", "x"), ("1", "9" * 20), ("９", "1")):
        with pytest.raises(WrongCursor):
            await database.read(acme, use_cases.entries, BrowseEntries(file.id, encode_cursor(wrong), 3))


async def test_payer_and_text_are_shown_for_a_reason(database: Database, acme: Caller):
    number = f"6217{uuid4().int % 10**12:012}"
    [entry] = await load(database, acme, a_line(payer="无名氏", account=number, text="谢谢 13800138000"))
    shown = await database.run(acme, use_cases.reveal, RevealEntry(entry.id, "复核"))
    assert (shown.name, shown.account) == ("无名氏", number)
    assert "13800138000" in shown.text
    stored = await rows(database, acme, "SELECT t::text FROM statement_entries AS t WHERE id = $1", entry.id)
    audited = await rows(database, acme, "SELECT convert_from(body, 'UTF8') FROM audit_events")
    for personal in ("无名氏", number, "13800138000"):
        assert personal not in stored[0][0]
        assert all(personal not in each[0] for each in audited)
    with pytest.raises(EntryNotFound):
        await database.run(acme, use_cases.reveal, RevealEntry(EntryId(uuid4()), "x"))


async def test_payer_marks_belong_to_one_debtor(database: Database, acme: Caller, birch: Caller):
    one, two = await a_person(database, acme), await a_person(database, acme)
    number = f"88{uuid4().int % 10**10}"
    mark = SaveMark(PayerMarkKind.SUB_ACCOUNT, number, one.borrower)
    kept = await database.run(acme, use_cases.save_mark, mark)
    assert await database.run(acme, use_cases.save_mark, mark) == kept
    assert kept.masked == f"****{number[-4:]}"
    for other in (
        SaveMark(PayerMarkKind.SUB_ACCOUNT, number, two.borrower),
        SaveMark(PayerMarkKind.SUB_ACCOUNT, number, one.borrower, one.loan),
    ):
        with pytest.raises(PayerMarkTaken):
            await database.run(acme, use_cases.save_mark, other)
    for wrong in (
        SaveMark(PayerMarkKind.PAYER_ACCOUNT, "6222****1", one.borrower),
        SaveMark(PayerMarkKind.SUB_ACCOUNT, "  ", one.borrower),
        SaveMark(PayerMarkKind.SUB_ACCOUNT, "1234", one.borrower, two.loan),
    ):
        with pytest.raises(PayerMarkInvalid):
            await database.run(acme, use_cases.save_mark, wrong)
    with pytest.raises(LoanNotFound):
        await database.run(
            acme,
            use_cases.save_mark,
            SaveMark(PayerMarkKind.SUB_ACCOUNT, "1234", one.borrower, LoanId(uuid4())),
        )
    found = await database.read(acme, use_cases.marks, BrowseMarks(None, 10, one.borrower))
    assert found.rows == (kept,)
    with pytest.raises(PayerMarkNotFound):
        await database.run(birch, use_cases.drop_mark, kept.id)
    await database.run(acme, use_cases.drop_mark, kept.id)
    with pytest.raises(PayerMarkNotFound):
        await database.run(acme, use_cases.drop_mark, MarkId(kept.id))


async def test_a_shared_account_is_never_guessed(database: Database, acme: Caller):
    people = [await a_person(database, acme) for _ in range(2)]
    number = f"6217{uuid4().int % 10**12:012}"
    for who in people:
        mark = SaveMark(PayerMarkKind.PAYER_ACCOUNT, number, who.borrower)
        await database.run(acme, use_cases.save_mark, mark)
    content = table(("2026-09-01", "1200.00", f"F-{number}", "", "", number, "x"))
    file = await taken(database, acme, content, profile=a_profile(), account=number)
    [entry] = await entries_of(database, acme, file)
    assert (entry.disposition, entry.reason) == (Disposition.SUSPENSE, "ambiguous")
