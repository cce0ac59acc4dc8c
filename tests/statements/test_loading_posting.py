"""Entries become payments, suspense or nothing, with an explanation, and once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.ids import LoanId
from dunwell.kernel.money import Money
from dunwell.loans.model import ListSuspense, Obligor, RecordPayment, Role
from dunwell.loans.use_cases import list_suspense, loan, payment, record_payment
from dunwell.statements import use_cases
from dunwell.statements.kept import Disposition, PayerMarkKind, SaveMark
from dunwell.storage.tenant import Database, TenantTx
from tests.builders.bank_lines import DAY, Line, a_line, a_profile, camt, dated, table
from tests.builders.borrowers import a_borrower
from tests.builders.loans import a_loan
from tests.statements.conftest import Ruled
from tests.statements.people import LENT, a_name, a_person, an_account, load
from tests.statements.taken import entries_of, outstanding, rows, taken


async def test_a_reference_in_the_remark_posts_the_payment(database: Database, acme: Caller):
    who = await a_person(database, acme)
    lines = [a_line(id="A-1", text=f"还款 {who.reference}", payer=who.name, value_on=DAY - timedelta(days=1))]
    [entry] = await load(database, acme, *lines)
    assert (entry.disposition, entry.reason, entry.open) == (Disposition.MATCHED, "reference", False)
    assert who.reference in entry.match["explanation"][0]
    assert entry.match["parts"] == [{"loan": str(who.loan), "reference": who.reference, "amount": "100.00"}]
    assert await outstanding(database, acme, who.loan) == 110_000
    booked = await database.read(acme, payment, entry.payments[0])
    assert (booked.amount, booked.received_on, booked.source) == (
        Money(10_000, "CNY"),
        DAY - timedelta(days=1),
        "statement",
    )
    assert (entry.masked_name, entry.masked_account) == ("测***", "")


@pytest.mark.parametrize("place", ["end_to_end", "text"])
async def test_full_width_and_spacing_do_not_matter(database: Database, acme: Caller, place: str):
    who = await a_person(database, acme)
    wide = "".join(chr(ord(each) + 0xFEE0) if each != "-" else "－" for each in who.reference)
    [entry] = await load(
        database, acme, a_line(**{place: wide[:5] + (" " if place == "text" else "") + wide[5:]})
    )
    assert entry.disposition is Disposition.MATCHED


async def test_a_virtual_account_is_a_debtors_own(database: Database, acme: Caller):
    who, number = await a_person(database, acme), f"88{uuid4().int % 10**10}"
    mark = SaveMark(PayerMarkKind.SUB_ACCOUNT, number, who.borrower)
    await database.run(acme, use_cases.save_mark, mark)
    content = table(("2026-09-01", "55.00", f"F-{number}", number, who.name, "", "x"))
    file = await taken(database, acme, content, profile=a_profile(), account=number)
    [entry] = await entries_of(database, acme, file)
    assert (entry.disposition, entry.reason) == (Disposition.MATCHED, "sub_account")


async def test_a_virtual_account_may_be_the_creditors_own(database: Database, acme: Caller):
    who, number, account = await a_person(database, acme), f"99{uuid4().int % 10**12:012}", an_account()
    mark = SaveMark(PayerMarkKind.SUB_ACCOUNT, number, who.borrower)
    await database.run(acme, use_cases.save_mark, mark)
    lines = [a_line("8.00", virtual=number), a_line("9.00", virtual=account)]
    through, plain = await load(database, acme, *lines, account=account)
    assert (through.disposition, through.reason) == (Disposition.MATCHED, "sub_account")
    assert (plain.disposition, plain.references) == (Disposition.SUSPENSE, ())


async def test_a_payment_request_leads_to_its_loan(database: Database, acme: Caller):
    who, number = await a_person(database, acme), f"PR{uuid4().int % 10**10}"
    mark = SaveMark(PayerMarkKind.PAYMENT_REQUEST, number, who.borrower, who.loan)
    await database.run(acme, use_cases.save_mark, mark)
    [entry] = await load(database, acme, a_line("7.00", end_to_end=number, payer=who.name))
    assert (entry.disposition, entry.reason) == (Disposition.MATCHED, "reference")


async def test_a_payer_on_file_who_pays_what_is_due(database: Database, acme: Caller):
    who = await a_person(database, acme)
    [by_name] = await load(database, acme, a_line("1200.00", payer=f"支付宝-{who.name}"))
    assert (by_name.disposition, by_name.reason) == (Disposition.MATCHED, "payer_name")
    other, number = await a_person(database, acme), f"6217{uuid4().int % 10**12:012}"
    mark = SaveMark(PayerMarkKind.PAYER_ACCOUNT, f"{number[:4]} {number[4:]}", other.borrower)
    await database.run(acme, use_cases.save_mark, mark)
    [odd, exact] = await load(
        database, acme, a_line("3.33", account=number), a_line("1200.00", account=number)
    )
    assert (odd.disposition, odd.reason) == (Disposition.SUSPENSE, "no-exact-amount")
    assert [each["reference"] for each in odd.match["suggestions"]] == [other.reference]
    assert (exact.disposition, exact.reason) == (Disposition.MATCHED, "payer_account")


async def test_two_of_one_name_are_never_guessed(database: Database, acme: Caller):
    name = a_name("重")

    async def make(tx: TenantTx, _: None) -> None:
        for _each in range(2):
            who = await a_borrower(tx, name=name)
            await a_loan(tx, borrower=who, disbursed_on=LENT, first_due_on=LENT + timedelta(days=31))

    await database.run(acme, make, None)
    [entry] = await load(database, acme, a_line("1200.00", payer=name))
    assert (entry.disposition, entry.reason, entry.open) == (Disposition.SUSPENSE, "ambiguous", True)
    assert len(entry.match["suggestions"]) == 2


async def test_a_third_partys_money_waits(database: Database, acme: Caller):
    who = await a_person(database, acme)
    [entry] = await load(database, acme, a_line(text=who.reference, payer="第三人"))
    assert (entry.disposition, entry.reason) == (Disposition.SUSPENSE, "third-party")
    assert entry.match["suggestions"][0]["reference"] == who.reference
    assert await outstanding(database, acme, who.loan) == 120_000


async def test_a_guarantor_is_no_third_party(database: Database, acme: Caller):
    name = a_name("保")

    async def make(tx: TenantTx, _: None) -> str:
        guarantor = await a_borrower(tx, name=name)
        reference = f"LN-{uuid4().hex[:10]}7"
        obligors = (Obligor(guarantor, Role.GUARANTOR),)
        await a_loan(tx, reference=reference, obligors=obligors, disbursed_on=LENT)
        return reference

    reference = await database.run(acme, make, None)
    [entry] = await load(database, acme, a_line(text=reference, payer=name))
    assert entry.disposition is Disposition.MATCHED


async def test_one_payment_for_two_loans_is_split_oldest_first(database: Database, acme: Caller):
    who = await a_person(database, acme)
    second = f"LN-{uuid4().hex[:10]}8"

    async def make(tx: TenantTx, _: None) -> LoanId:
        older = {"disbursed_on": LENT - timedelta(days=90), "first_due_on": LENT}
        return await a_loan(tx, borrower=who.borrower, reference=second, **older)

    other = await database.run(acme, make, None)
    due = (await database.read(acme, loan, other)).outstanding.minor
    [entry] = await load(database, acme, a_line("1250.00", text=f"{who.reference} {second}", payer=who.name))
    assert entry.disposition is Disposition.MATCHED
    assert len(entry.payments) == len(entry.match["parts"]) == 2
    left = await outstanding(database, acme, who.loan), await outstanding(database, acme, other)
    assert due + 120_000 - sum(left) == 125_000
    [(kept, state)] = await rows(
        database, acme, 'SELECT "left", state FROM suspense_items WHERE id = $1', entry.suspense
    )
    assert (kept, state) == (0, "assigned")


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"currency": "USD"}, "wrong-currency"), ({"principal": Money(120_000, "USD")}, "wrong-currency")],
)
async def test_another_currency_waits(
    database: Database, acme: Caller, change: dict[str, object], reason: str
):
    currency = change.pop("currency", "CNY")
    who = await a_person(database, acme, **change)
    [entry] = await load(database, acme, a_line(text=who.reference, payer=who.name), currency=currency)
    assert (entry.disposition, entry.reason) == (Disposition.SUSPENSE, reason)


async def test_a_settled_and_a_closed_loan_take_nothing(database: Database, acme: Caller):
    settled, closed = await a_person(database, acme), await a_person(database, acme)

    async def settle(tx: TenantTx, _: None) -> None:
        command = RecordPayment(settled.loan, f"P-{uuid4()}", Money(120_000, "CNY"), DAY)
        await record_payment(tx, command)
        await tx.execute("UPDATE loans SET state = 'closed' WHERE id = $1", closed.loan)

    await database.run(acme, settle, None)
    lines = [a_line(text=each.reference, payer=each.name) for each in (settled, closed)]
    entries = await load(database, acme, *lines)
    assert [(each.disposition, each.reason) for each in entries] == [
        (Disposition.SUSPENSE, "loan-closed"),
        (Disposition.SUSPENSE, "loan-closed"),
    ]


async def test_money_before_the_loan_was_paid_out_waits_with_the_reason(database: Database, acme: Caller):
    who = await a_person(database, acme)
    line = a_line(text=who.reference, payer=who.name, on=LENT - timedelta(days=1))
    [entry] = await load(database, acme, line)
    assert (entry.disposition, entry.reason) == (Disposition.SUSPENSE, "payment.invalid")
    assert "before the loan was paid out" in entry.match["explanation"][-1]


async def test_another_tenants_reference_is_nobodys(database: Database, acme: Caller, birch: Caller):
    who = await a_person(database, acme)
    [entry] = await load(database, birch, a_line(text=who.reference, payer=who.name))
    assert (entry.disposition, entry.reason) == (Disposition.SUSPENSE, "nothing-found")
    assert entry.match["suggestions"] == []


async def test_debits_pending_and_interest_are_kept_and_ignored(
    database: Database, acme: Caller, ruled: Ruled
):
    await ruled(acme, ignore=[{"contains": "结息", "reason": "bank-interest"}])
    entries = await load(
        database,
        acme,
        a_line(debit=True),
        a_line(status="PDNG", id="P-1"),
        a_line(text="季度结息"),
        a_line("0.00"),
    )
    await ruled(acme)
    assert [(each.disposition, each.reason) for each in entries] == [
        (Disposition.IGNORED, "debit"),
        (Disposition.IGNORED, "not-booked-pending"),
        (Disposition.IGNORED, "rule-bank-interest"),
        (Disposition.IGNORED, "zero"),
    ]
    booked = await load(database, acme, a_line(id="B-77"))
    assert booked[0].disposition is Disposition.SUSPENSE


async def test_the_booking_date_counts_where_the_tenant_says_so(
    database: Database, acme: Caller, ruled: Ruled
):
    await ruled(acme, posting={"received_on": "booked"})
    [entry] = await load(database, acme, a_line(value_on=DAY - timedelta(days=3)))
    await ruled(acme)
    held = await database.read(acme, list_suspense, ListSuspense(None, 500))
    assert next(each for each in held.rows if each.id == entry.suspense).received_on == DAY


async def test_amounts_of_all_dispositions_add_up_to_the_entries(database: Database, acme: Caller):
    who = await a_person(database, acme)
    lines = [
        a_line("10.00", text=who.reference, payer=who.name),
        a_line("20.00"),
        a_line("30.00", debit=True),
        a_line("40.00", status="PDNG"),
        a_line("50.00", debit=True, reversal=True),
    ]
    file = await taken(database, acme, camt(*lines, account=an_account()))
    _, tallies = await database.read(acme, use_cases.file, file.id)
    assert {str(each.disposition): each.minor for each in tallies if str(each.disposition) != "ignored"} == {
        "matched": 1_000,
        "suspense": 2_000,
        "unmatched": 5_000,
    }
    assert sum(each.minor for each in tallies) == 15_000
    assert sum(each.count for each in tallies) == file.entries == 5


async def test_a_batch_costs_a_constant_number_of_statements(
    database: Database, acme: Caller, monkeypatch: pytest.MonkeyPatch
):
    people = [await a_person(database, acme) for _ in range(3)]

    few = [a_line(f"{each}.00", text=who.reference, payer=who.name) for each, who in enumerate(people, 1)]
    few += [a_line(f"{each}.50", payer="某某某") for each in range(3)]
    many = [
        a_line(f"0.{each}", text=who.reference, payer=who.name) for each in range(10, 30) for who in people
    ]
    many += [a_line(f"{each}.70", payer="某某某") for each in range(60)]
    await counted(database, acme, monkeypatch, few)
    small = await counted(database, acme, monkeypatch, dated(few, DAY + timedelta(days=1)))
    large = await counted(database, acme, monkeypatch, dated(many, DAY + timedelta(days=2)))
    assert large == small


async def counted(
    database: Database, acme: Caller, monkeypatch: pytest.MonkeyPatch, lines: list[Line]
) -> int:
    """The statements that loading these lines takes."""
    counts = 0

    def counting(original: Any) -> Any:
        async def call(self: TenantTx, *arguments: object) -> object:
            nonlocal counts
            counts += 1
            return await original(self, *arguments)

        return call

    with monkeypatch.context() as patched:
        for name in ("rows", "row", "value", "execute"):
            patched.setattr(TenantTx, name, counting(getattr(TenantTx, name)))
        await load(database, acme, *lines)
    return counts
