"""Bills of payment platforms, archives with passwords, and entries that a bank booked as one."""

from datetime import date
from uuid import uuid4

import pytest

from dunwell.kernel.caller import Caller
from dunwell.kernel.money import Money
from dunwell.statements.kept import Disposition, FileState
from dunwell.statements.model import StatementLocked
from dunwell.storage.tenant import Database
from tests.builders import statements as built
from tests.statements.conftest import Ruled
from tests.statements.people import Person, a_person
from tests.statements.taken import entries_of, outstanding, taken


async def an_early_person(database: Database, caller: Caller, currency: str = "CNY") -> Person:
    """The bills are of 1 March 2026: the loan was paid out before."""
    lent = {"disbursed_on": date(2026, 1, 1), "first_due_on": date(2026, 2, 1)}
    return await a_person(database, caller, principal=Money(120_000, currency), **lent)


def a_merchant() -> str:
    return f"19{uuid4().int % 10**8:08}"


async def test_a_merchant_bill_finds_our_order_and_its_refund_undoes_it(
    database: Database, acme: Caller, ruled: Ruled
):
    who, merchant, number = await an_early_person(database, acme), a_merchant(), uuid4().int % 10**9
    await ruled(acme, references={"cut": [{"before": "REPAY-", "after": "T"}]})
    told = {"商户号": merchant, "商户订单号": f"REPAY-{who.reference}T1"}
    bill = built.wechat_merchant(built.a_payment(number, **told))
    [paid] = await entries_of(database, acme, await taken(database, acme, bill.encode()))
    assert (paid.disposition, paid.reason) == (Disposition.MATCHED, "reference")
    assert await outstanding(database, acme, who.loan) == 110_000
    both = built.wechat_merchant(built.a_payment(number, **told), built.a_refund(number, **told))
    file = await taken(database, acme, both.encode())
    await ruled(acme)
    assert (file.added, file.duplicates) == (1, 1)
    [refund] = await entries_of(database, acme, file)
    assert (refund.disposition, refund.original) == (Disposition.REVERSED, paid.id)
    assert await outstanding(database, acme, who.loan) == 120_000


async def test_part_of_a_payment_refunded_waits_for_a_person(database: Database, acme: Caller):
    merchant, number = a_merchant(), uuid4().int % 10**9
    told = {"商户号": merchant, "商户订单号": f"X{number}"}
    bill = built.wechat_merchant(built.a_payment(number, **told), built.a_refund(number, "30.00", **told))
    paid, refund = await entries_of(database, acme, await taken(database, acme, bill.encode()))
    assert paid.disposition is Disposition.SUSPENSE
    assert (refund.disposition, refund.reason, refund.open) == (Disposition.UNMATCHED, "partial-refund", True)


async def test_a_payment_told_twice_by_its_platform_is_one(database: Database, acme: Caller):
    merchant, number = a_merchant(), uuid4().int % 10**9
    row = built.a_payment(number, 商户号=merchant)
    file = await taken(database, acme, built.wechat_merchant(row, row).encode())
    assert (file.entries, file.added, file.duplicates) == (2, 1, 1)


async def test_an_archive_asks_for_its_password(database: Database, acme: Caller):
    bill = built.alipay_account(("100.00", "在线支付"), ("-2.00", "收费")).encode("gb18030")
    content = built.locked("secret", "bill.csv", bill)
    with pytest.raises(StatementLocked) as refused:
        await taken(database, acme, content)
    assert "secret" not in str(refused.value.faults)
    with pytest.raises(StatementLocked):
        await taken(database, acme, content, password="wrong")
    file = await taken(database, acme, content, password="secret")
    assert file.state is FileState.LOADED
    reasons = [each.reason for each in await entries_of(database, acme, file)]
    assert reasons == ["nothing-found", "fee"]


async def test_transactions_booked_as_one_are_matched_each(database: Database, acme: Caller):
    one = await an_early_person(database, acme, "EUR")
    two = await an_early_person(database, acme, "EUR")
    details = built.a_detail("20.00", one.reference, name=one.name)
    details += built.a_detail("30.00", two.reference, name=two.name)
    file = await taken(database, acme, built.camt(built.an_entry(details=details)).encode())
    entries = await entries_of(database, acme, file)
    assert [(each.part, each.disposition) for each in entries] == [
        (1, Disposition.MATCHED),
        (2, Disposition.MATCHED),
    ]
    assert await outstanding(database, acme, one.loan) == 118_000
    assert await outstanding(database, acme, two.loan) == 117_000
    other = built.camt(built.an_entry(details=details), version="camt.053.001.02").encode()
    again = await taken(database, acme, other.replace(b"<MsgId>M-1", b"<MsgId>M-2"))
    assert again.added == 0


@pytest.mark.parametrize("text", [built.mt940, built.bai2])
async def test_every_format_goes_in_once(database: Database, acme: Caller, text: object):
    entry = {
        built.mt940: ":61:2603010301C50,00NTRFREF1//B1\r\n:86:EREF+E-1",
        built.bai2: "16,165,5000,Z,B1,C1,REPAY/",
    }[text]
    content = text(entry).encode()
    first = await taken(database, acme, content)
    assert (first.state, first.added) == (FileState.LOADED, 1)
    again = await taken(database, acme, content.replace(b"\r\n", b"\n") + b"\n")
    assert (again.id != first.id, again.added) == (True, 0)


async def test_an_entry_told_whole_and_in_parts_is_one(database: Database, acme: Caller, ruled: Ruled):
    account = f"DE{uuid4().int % 10**18:018}"
    await ruled(acme, accounts={"unique_numbers_of": [account[-8:]]})
    details = built.a_detail("20.00", "E-1") + built.a_detail("30.00", "E-2")
    whole = built.camt(built.an_entry()).replace("DE89370400440532013000", account)
    parts = built.camt(built.an_entry(details=details)).replace("DE89370400440532013000", account)
    first = await taken(database, acme, whole.encode())
    second = await taken(database, acme, parts.encode())
    other = f"DE{uuid4().int % 10**10:010}{account[-8:]}"
    third = await taken(database, acme, parts.replace(account, other).encode())
    fourth = await taken(database, acme, whole.replace(account, other).encode())
    await ruled(acme)
    counts = [(each.added, each.duplicates) for each in (first, second, third, fourth)]
    assert counts == [(1, 0), (0, 2), (2, 0), (0, 1)]
