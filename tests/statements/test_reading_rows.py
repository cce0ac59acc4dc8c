"""Rows and what stands around them, by profile: every way a profile can be written."""

from pathlib import Path
from typing import Any

import pytest

from dunwell.statements.model import Direction, Kind, State
from tests.builders.statements import another_bank
from tests.statements.read import Found, read

DATE = {"column": "交易日"}
HEADER = "交易日,借贷,发生额,流水号,摘要,对方,余额\n"


def one(folder: Path, cells: str, *, around: str = "", behind: str = "", **profile: Any) -> Found:
    """A table of one row; `profile` replaces parts of the profile's only [[row]], or whole tables of it."""
    tables = {
        name: profile.pop(name)
        for name in ("file", "line", "total", "skip", "check", "account")
        if name in profile
    }
    rows = profile.pop("row", [{"date": DATE, "amount": "发生额"} | profile])
    bank = another_bank(**({"line": [], "row": rows} | tables))
    return read(folder, around + HEADER + cells + "\n" + behind, profile=bank)


@pytest.mark.parametrize(
    ("amount", "changes", "direction", "minor"),
    [
        ("5.00", {}, Direction.CREDIT, 500),
        ("-5.00", {}, Direction.DEBIT, 500),
        ("5.00", {"way": "debit"}, Direction.DEBIT, 500),
        ("-5.00", {"way": "debit"}, Direction.CREDIT, 500),
        ("-5.00", {"way": "credit"}, Direction.DEBIT, 500),
        ("-5.00", {"way": "neutral"}, Direction.NEUTRAL, 500),
        ("5.00", {"amount": None, "credit": "发生额", "debit": "余额"}, Direction.CREDIT, 500),
        ("-5.00", {"amount": None, "credit": "发生额", "debit": "余额"}, Direction.DEBIT, 500),
        ("5.00", {"amount": None, "credit": "余额", "debit": "发生额"}, Direction.DEBIT, 500),
        ("-5.00", {"amount": None, "credit": "余额", "debit": "发生额"}, Direction.CREDIT, 500),
        (
            "-5.00",
            {"amount": None, "credit": "余额", "debit": "发生额", "debits_negative": True},
            Direction.DEBIT,
            500,
        ),
        (
            "5.00",
            {"direction": {"column": "借贷", "credit": "贷", "debit": "借", "neutral": ""}},
            Direction.NEUTRAL,
            500,
        ),
    ],
)
def test_directions(
    tmp_path: Path, amount: str, changes: dict[str, Any], direction: Direction, minor: int
) -> None:
    found = one(tmp_path, f"20260301,,{amount},F1,x,y,", **changes)
    assert found.faults == []
    assert (found.entries[0].direction, found.entries[0].amount.minor) == (direction, minor)


@pytest.mark.parametrize(
    ("row", "changes", "words"),
    [
        (
            "20260301,,5.00,F1,x,y,5.00",
            {"amount": None, "credit": "发生额", "debit": "余额"},
            "both of credit and debit",
        ),
        (
            "20260301,,0.00,F1,x,y,",
            {"amount": None, "credit": "发生额", "debit": "余额"},
            "neither of credit and debit",
        ),
        (
            "20260301,?,5.00,F1,x,y,",
            {"state": {"column": "借贷", "booked": "好"}},
            "a state the profile does not list",
        ),
        (
            "20260301,,5.00,F1,x,y,",
            {"row": [{"when": {"column": "摘要", "in": "z"}, "date": DATE, "amount": "发生额"}]},
            "no [[row]] of the profile",
        ),
        ("20260301,,5.00,F1,x,y,x", {"balance": "余额"}, "余额: not an amount"),
        ("20260301,,5.00,F1,x,y,", {"currency": {"column": "摘要"}}, "unknown currency"),
        ("20260301,,5.00,1E+18,x,y,", {"refund_of": "流水号"}, "its digits are lost"),
        ("20260301,,5.00,F1,x,1E+18,", {"counterparty": {"account": "对方"}}, "对方: a number in scientific"),
        (f"20260301,,5.00,F1,{'x' * 2001},y,", {"text": "摘要"}, "摘要: longer than"),
    ],
)
def test_rows_that_cannot_be_read(tmp_path: Path, row: str, changes: dict[str, Any], words: str) -> None:
    found = one(tmp_path, row, **changes)
    assert words in found.problems
    assert found.entries == []


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("失败", State.FAILED),
        ("已退", State.CLOSED),
        ("待付", State.PENDING),
        ("通知", State.INFORMATION),
        ("好", State.BOOKED),
        ("?", State.BOOKED),
    ],
)
def test_states(tmp_path: Path, word: str, state: State) -> None:
    words = {"failed": "*失败", "closed": "已*", "pending": "待*", "information": "通知", "booked": "好"}
    found = one(
        tmp_path, f"20260301,{word},5.00,F1,x,y,", state={"column": "借贷", "otherwise": "booked"} | words
    )
    assert found.entries[0].state is state


def test_the_rest_of_a_row(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "20260301,人民币,5.00,F1,退款 88,张三/6222,-",
        value_date="交易日",
        balance="余额",
        fee={"column": "摘要", "pattern": r"费(\d+)"},
        refund_of={"column": "摘要", "pattern": r"\d+"},
        currency={"column": "借贷", "map": {"人民币": "CNY"}},
        kind={"column": "摘要", "words": {"refund": ["退款*"]}, "otherwise": "payment"},
        reversal={"column": "余额", "empty": False},
        provider={"scheme": "a.b", "columns": ["余额", "流水号"]},
        counterparty={"column": "对方", "pattern": "^(?P<name>[^/]*)/(?P<account>.*)$"},
        text=["摘要", "没有", "余额"],
    )
    (entry,) = found.entries
    assert entry.value_on == entry.booked_on
    assert (entry.balance_after, entry.fee, entry.provider) == (None, None, None)
    assert (entry.refund_of, entry.kind, entry.is_reversal, entry.text) == (
        "88",
        Kind.REFUND,
        False,
        "退款 88",
    )
    assert entry.counterparty is not None
    assert (entry.counterparty.name, entry.counterparty.account) == ("张三", "6222")


def test_a_combined_cell_that_cannot_be_cut_is_a_name(tmp_path: Path) -> None:
    cut = {"column": "对方", "pattern": "^(?P<name>[^/]*)/(?P<account>.*)$"}
    found = one(tmp_path, "20260301,,5.00,F1,x,张三,", counterparty=cut, kind="payment")
    assert found.entries[0].counterparty is not None
    assert found.entries[0].counterparty.name == "张三"
    assert found.entries[0].kind is Kind.PAYMENT


def test_rows_that_are_left_out(tmp_path: Path) -> None:
    found = one(tmp_path, "20260301,,5.00,F1,作废,y,", skip=[{"column": "摘要", "in": ["作废"]}])
    assert (found.entries, found.faults) == ([], [])


def test_when_a_column_is_empty(tmp_path: Path) -> None:
    rows = [
        {"when": {"column": "对方", "empty": True}, "date": DATE, "amount": "发生额", "way": "debit"},
        {"date": DATE, "amount": "发生额"},
    ]
    found = one(tmp_path, "20260301,,5.00,F1,x,,\n20260301,,5.00,F2,x,y,", row=rows)
    assert [entry.signed.minor for entry in found.entries] == [-500, 500]


TOLD = [
    {"pattern": r"共(?P<count>[^笔]*)笔(?:，期末(?P<closing>\S+))?"},
    {"pattern": r"自(?P<from>\S+)至(?P<to>\S+)"},
    {"pattern": r"期初(?P<opening>\S+)"},
]


def test_what_lines_before_and_behind_the_rows_tell(tmp_path: Path) -> None:
    row = "20260301,,5.00,F1,x,y,"
    found = one(
        tmp_path, row, around="期初1.00\n", behind="自2026-03-01至2026-03-02\n共1笔，期末6.00\n", line=TOLD
    )
    assert found.faults == []
    statement = found.totals[0].statement
    assert str(statement.period_from) == "2026-03-01"
    assert str(statement.period_to) == "2026-03-02"
    assert found.totals[0].reconciled is True


@pytest.mark.parametrize(
    ("line", "faults", "notices"),
    [
        ("共一笔", "count: the declared number is not one", ""),
        ("期初x", "opening: what is declared is wrong: not an amount", ""),
        ("期初1***", "", ""),
        ("自昨天至今天", "", "from: not a date"),
        ("完", "", ""),
    ],
)
def test_what_is_told_and_cannot_be_read(tmp_path: Path, line: str, faults: str, notices: str) -> None:
    shape = {"header": ["交易日", "发生额"], "masked": r"\*", "ignore": ["完"]}
    found = one(tmp_path, "20260301,,5.00,F1,x,y,", behind=line + "\n", line=TOLD, file=shape)
    assert faults in found.problems
    assert bool(found.problems) == bool(faults)
    assert notices in found.told


@pytest.mark.parametrize(
    ("total", "words"),
    [
        ("合计,,5.00,1,,,", ""),
        ("合计,,6.00,1,,,", "declares credits of 6.00 CNY and holds 5.00 CNY"),
        ("合计,,5.00,2,,,", "declares 2 entries and holds 1"),
        ("合计", ""),
    ],
)
def test_a_row_of_totals(tmp_path: Path, total: str, words: str) -> None:
    totals = [{"starts": "合计", "credits": "发生额", "count": ["流水号"], "debits": "没有"}]
    found = one(tmp_path, "20260301,,5.00,F1,x,y,", behind=total + "\n", total=totals)
    assert words in found.problems
    assert bool(found.problems) == bool(words)


def test_totals_that_are_only_told(tmp_path: Path) -> None:
    totals = [{"starts": "合计", "credits": "发生额"}]
    found = one(tmp_path, "20260301,,5.00,F1,x,y,", total=totals, check={"totals": "notice"})
    assert found.faults == []
    assert "the row of totals is missing" in found.told


def test_totals_of_a_column_the_table_does_not_have_are_not_checked(tmp_path: Path) -> None:
    totals = [{"header": ["总数", "总额"], "count": "总数", "sums": {"总额": "没有"}}]
    found = one(tmp_path, "20260301,,5.00,F1,x,y,", behind="总数,总额\n1,9.00\n", total=totals)
    assert found.faults == []


def test_a_header_on_every_page_is_no_row(tmp_path: Path) -> None:
    found = one(tmp_path, "20260301,,5.00,F1,x,y,", behind=HEADER + "20260302,,5.00,F2,x,y,\n")
    assert (len(found.entries), found.faults) == (2, [])


def test_an_account_column_that_the_table_does_not_have(tmp_path: Path) -> None:
    found = one(tmp_path, "20260301,,5.00,F1,x,y,", account={"scheme": "card", "identifier": "卡号"})
    assert found.statements[0].account.identifier == ""
