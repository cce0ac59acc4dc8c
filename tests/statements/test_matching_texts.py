"""Numbers and names in what people write: found when they are there, however they are written."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.money import Money
from dunwell.statements.matches import ReceivedOn
from dunwell.statements.model import Direction, Entry, Kind, State
from dunwell.statements.rules.payers import account_text, mask_account, mask_name, names_in, payer_names
from dunwell.statements.rules.references import Cut, is_empty, links, spellings, tokens
from dunwell.statements.rules.sorting import (
    Ignore,
    Original,
    ignored,
    ignored_by_rule,
    original_of,
    received_on,
    takes_back,
)

DAY = date(2026, 9, 1)


@pytest.mark.parametrize(
    "text",
    [
        "LOAN-1001",
        "还款LOAN-1001谢谢",
        "ＬＯＡＮ－１００１",
        "LOAN—1001",
        "张三 还款 (LOAN-1001)",
        "L O A N - 1 0 0 1",
        "ref:LOAN-1001.",
        "LO\u200bAN-1001",
    ],
)
def test_our_number_is_found_however_it_is_written(text: str):
    assert "LOAN-1001" in tokens(text)


@pytest.mark.parametrize("text", ["", "/", "-", "NOTPROVIDED", "0000", "还款", "ABC", "A1", "not provided"])
def test_what_says_nothing_has_no_tokens(text: str):
    assert tokens(text) == ()


def test_a_number_inside_a_longer_one_is_cut_out():
    cuts = (Cut("PAY-", "T"), Cut("REQ"))
    assert "20260001" in tokens("PAY-20260001T7", cuts)
    assert "20260001" in tokens("pay-20260001", cuts)
    assert "778899" in tokens("XXREQ778899", cuts)
    assert tokens("OTHER-20260001", cuts) == ("OTHER-20260001",)
    assert tokens("PAY-12", (Cut("PAY-"),)) == ("PAY-12",)


def test_the_shortest_and_the_most():
    assert tokens("L-1", shortest=3) == ("L-1",)
    assert len(tokens(" ".join(f"N{number:06}" for number in range(99)))) == 24


@given(st.text(max_size=600))
def test_no_text_is_too_strange(text: str):
    found = tokens(text, (Cut("A", "B"), Cut("1")))
    assert all(len(each) >= 5 and any(letter.isdigit() for letter in each) for each in found)
    assert all(2 <= len(name) <= 4 for name in names_in(text))
    assert all("*" not in name for name in payer_names(text, ("支付宝-",)))
    assert len(links([text, text])) <= 1
    assert not (is_empty(text) and tokens(text))
    assert "*" not in account_text(text)
    assert len(mask_account(text)) <= 8
    assert len(mask_name(text)) <= 80


def test_spellings_are_few_and_different():
    assert spellings("ab-1") == ("ab-1", "AB-1")
    assert spellings("Ab-1") == ("Ab-1", "AB-1", "ab-1")


def test_links_leave_out_what_everybody_has():
    assert links(["NOTPROVIDED", " t 20 26 ", "T2026", "123", "/"]) == ("T2026",)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("张三", ("张三",)),
        ("张 三", ("张三",)),
        ("支付宝-李四", ("李四",)),
        ("DOE  John", ("DOE John",)),
        ("张*", ()),
        ("", ()),
        ("1234", ()),
        ("A", ()),
        ("𠮷田", ("𠮷田",)),
    ],
)
def test_payers_names(name: str, found: tuple[str, ...]):
    assert payer_names(name, ("支付宝-",)) == found


def test_names_in_a_remark():
    assert names_in("替张三还款") == ("张三",)
    assert names_in("李四代王小明付利息") == ("李四", "王小明")
    assert names_in("中华人民共和国") == ()


@pytest.mark.parametrize(
    ("account", "text", "masked"),
    [
        ("6222 0000-1111 2222", "6222000011112222", "****2222"),
        ("6222****2222", "", "****2222"),
        ("", "", ""),
        ("1234", "1234", "****"),
        ("alice", "", "****"),
    ],
)
def test_accounts(account: str, text: str, masked: str):
    assert (account_text(account), mask_account(account)) == (text, masked)


def test_names_are_masked():
    assert (mask_name("Jane Doe"), mask_name("张三"), mask_name("")) == ("J*** D***", "张***", "")


@pytest.mark.parametrize(
    ("state", "direction", "kind", "minor", "undoes", "reason"),
    [
        (State.BOOKED, Direction.CREDIT, Kind.PAYMENT, 1, False, ""),
        (State.BOOKED, Direction.CREDIT, Kind.TRANSFER, 1, False, ""),
        (State.PENDING, Direction.CREDIT, Kind.PAYMENT, 1, False, "not-booked-pending"),
        (State.FAILED, Direction.CREDIT, Kind.REFUND, 1, True, "not-booked-failed"),
        (State.BOOKED, Direction.NEUTRAL, Kind.REFUND, 1, True, "neutral"),
        (State.BOOKED, Direction.CREDIT, Kind.PAYMENT, 0, False, "zero"),
        (State.BOOKED, Direction.DEBIT, Kind.PAYMENT, 1, False, "debit"),
        (State.BOOKED, Direction.DEBIT, Kind.FEE, 1, False, "fee"),
        (State.BOOKED, Direction.CREDIT, Kind.FEE, 1, False, "fee"),
        (State.BOOKED, Direction.CREDIT, Kind.INTEREST, 1, False, "interest"),
        (State.BOOKED, Direction.DEBIT, Kind.REFUND, 1, True, ""),
    ],
)
def test_what_asks_for_nothing(
    state: State, direction: Direction, kind: Kind, minor: int, undoes: bool, reason: str
):
    assert ignored(state, direction, kind, minor, undoes=undoes) == reason


def test_refunds_and_reversals_take_back():
    entry = Entry(1, 1, Direction.DEBIT, Money(1, "CNY"), State.BOOKED, DAY)
    assert not takes_back(entry)
    assert takes_back(Entry(1, 1, Direction.DEBIT, Money(1, "CNY"), State.BOOKED, DAY, is_reversal=True))
    assert takes_back(Entry(1, 1, Direction.DEBIT, Money(1, "CNY"), State.BOOKED, DAY, kind=Kind.RETURN))


def test_a_tenant_says_what_is_no_repayment():
    rules = (Ignore("结息", "interest"), Ignore("Own Transfer", "own-transfer"))
    assert ignored_by_rule(("", "季度结息"), rules) == "rule-interest"
    assert ignored_by_rule(("OWN TRANSFER", ""), rules) == "rule-own-transfer"
    assert ignored_by_rule(("张三", "还款"), rules) == ""


def test_the_day_money_counts_from():
    later = date(2026, 9, 3)
    assert received_on(DAY, later, ReceivedOn.VALUE, later) == later
    assert received_on(DAY, later, ReceivedOn.VALUE, DAY) == DAY
    assert received_on(DAY, later, ReceivedOn.BOOKED, later) == DAY
    assert received_on(DAY, None, ReceivedOn.VALUE, later) == DAY
    assert received_on(DAY, date(1900, 1, 1), ReceivedOn.VALUE, later) == DAY


def an_original(number: int = 1, **changes: object) -> Original:
    given = {
        "direction": Direction.CREDIT,
        "minor": 100,
        "currency": "CNY",
        "booked_on": DAY,
        "named": False,
        "taken_back": False,
        "settled": True,
    }
    return Original(UUID(int=number), **(given | changes))


@pytest.mark.parametrize(
    ("candidates", "found"),
    [
        ([], "no-original"),
        ([an_original()], 1),
        ([an_original(booked_on=None)], 1),
        ([an_original(direction=Direction.DEBIT)], "no-original"),
        ([an_original(currency="USD")], "no-original"),
        ([an_original(booked_on=date(2026, 9, 2))], "no-original"),
        ([an_original(minor=101)], "partial-refund"),
        ([an_original(taken_back=True)], "taken-back-before"),
        ([an_original(1), an_original(2)], "ambiguous-original"),
        ([an_original(1), an_original(2, named=True)], 2),
        ([an_original(1), an_original(2, taken_back=True)], 1),
        ([an_original(settled=False)], "original-not-loaded"),
    ],
)
def test_the_entry_that_is_taken_back(candidates: list[Original], found: int | str):
    outcome = original_of(100, "CNY", Direction.DEBIT, DAY, candidates)
    assert (outcome.id.int if isinstance(outcome, Original) else outcome) == found
