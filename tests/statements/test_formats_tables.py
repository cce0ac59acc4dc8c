"""Tables by profile: what a bill of a platform or a bank may hold, and what is wrong with one."""

from pathlib import Path

import pytest

from dunwell.statements.model import Direction, FormatUnknown, Kind, Scheme, State, StatementUnreadable
from tests.builders.statements import (
    a_payment,
    a_refund,
    alipay_account,
    alipay_trades,
    another_bank,
    another_bank_rows,
    as_csv,
    as_workbook,
    boc,
    wechat_merchant,
)
from tests.statements.read import read

ROWS = (
    ("20260301", "093000", "贷方", "1,060.00", "F001", "还款"),
    ("20260301", "93001", "借方", "10.00", "F002", "手续费"),
)


def test_wechat_merchant_payments_and_refunds(tmp_path: Path) -> None:
    found = read(tmp_path, wechat_merchant(a_payment(1), a_payment(2, "50.00"), a_refund(1, "30.00")))
    assert found.faults == []
    assert found.file.profile == "wechat-merchant"
    assert [(entry.direction, entry.amount.minor) for entry in found.entries] == [
        (Direction.CREDIT, 10000),
        (Direction.CREDIT, 5000),
        (Direction.DEBIT, 3000),
    ]
    refund = found.entries[2]
    assert refund.kind is Kind.REFUND
    assert refund.refund_of == found.entries[0].references[0].text
    assert refund.provider is not None
    assert refund.provider.text == f"42000025{1:020}|REFUND|50000025{1:020}"
    assert found.entries[0].provider is not None
    assert found.entries[0].provider.text == f"42000025{1:020}|SUCCESS"
    assert found.statements[0].account.identifier == "1900000109"
    assert found.totals[0].statement.declared.count == 3


def test_wechat_fees_with_five_decimals_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, wechat_merchant(a_payment(1, 手续费="0.60000")))
    assert found.entries[0].fee is not None
    assert found.entries[0].fee.minor == 60


def test_wechat_full_width_clock(tmp_path: Path) -> None:
    found = read(tmp_path, wechat_merchant(a_payment(1, 交易时间="2026-03-01 16：33：45")))
    assert found.faults == []
    assert found.entries[0].at is not None
    assert found.entries[0].at.isoformat() == "2026-03-01T16:33:45+08:00"


def test_wechat_commas_in_a_product_name(tmp_path: Path) -> None:
    found = read(tmp_path, wechat_merchant(a_payment(1, 商品名称='还款,第3期"A')))
    assert found.faults == []
    assert found.entries[0].text == '还款,第3期"A'


@pytest.mark.parametrize("state", ["PROCESSING", "CHANGE"])
def test_wechat_refund_on_its_way_is_not_money_yet(tmp_path: Path, state: str) -> None:
    found = read(tmp_path, wechat_merchant(a_payment(1), a_refund(1, 退款状态=state)))
    assert found.entries[1].state is State.PENDING
    assert found.totals[0].debits.count == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"总交易单数": "3"}, "declares 3 entries and holds 2"),
        ({"应结订单总金额": "999.00"}, "应结订单总金额: it declares 999.00;"),
        ({"退款总金额": "1.00"}, "退款总金额: it declares 1.00;"),
        ({"手续费总金额": "x"}, "手续费总金额: the total is not an amount"),
    ],
)
def test_wechat_totals_that_do_not_equal_the_rows_condemn_the_file(
    tmp_path: Path, wrong: dict[str, str], words: str
) -> None:
    assert words in read(tmp_path, wechat_merchant(a_payment(1), a_payment(2), **wrong)).problems


def test_wechat_bill_that_is_cut_off_has_no_totals(tmp_path: Path) -> None:
    whole = wechat_merchant(a_payment(1), a_payment(2))
    assert "the row of totals is missing" in read(tmp_path, "\n".join(whole.splitlines()[:3]) + "\n").problems


def test_wechat_bill_cut_within_a_row(tmp_path: Path) -> None:
    whole = wechat_merchant(a_payment(1), a_payment(2))
    problems = read(tmp_path, "\n".join(whole.splitlines()[:3])[:-40]).problems
    assert "the line is cut off" in problems


def test_a_bill_of_a_day_without_trade(tmp_path: Path) -> None:
    found = read(tmp_path, wechat_merchant())
    assert found.faults == []
    assert (len(found.statements), len(found.entries), found.totals[0].entries) == (1, 0, 0)


def test_genuine_equal_payments_stay_two(tmp_path: Path) -> None:
    found = read(tmp_path, boc("20.00", "20.00"))
    assert found.faults == []
    assert len(found.entries) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    text = boc("20.00", "-3.50").replace("付款人0", "付款人𠮷").replace("\n", end)
    found = read(tmp_path, text.encode(encoding))
    assert found.faults == []
    assert found.entries[-1].counterparty is not None
    assert found.entries[-1].counterparty.name == "付款人𠮷"


def test_alipay_account_bill(tmp_path: Path) -> None:
    moves = (("100.00", "在线支付"), ("-0.60", "收费"), ("-40.00", "交易退款"))
    found = read(tmp_path, alipay_account(*moves).encode("gb18030"))
    assert found.faults == []
    assert found.file.profile == "alipay-merchant-account"
    assert [entry.kind for entry in found.entries] == [Kind.PAYMENT, Kind.FEE, Kind.REFUND]
    assert found.statements[0].account.identifier == "20885000000000010156"
    assert found.totals[0].reconciled is True
    assert found.entries[0].provider is not None
    assert found.entries[0].provider.scheme == "alipay.account-flow"


def test_alipay_sums_that_do_not_add_up(tmp_path: Path) -> None:
    problems = read(tmp_path, alipay_account(("100.00", "在线支付"), credits="90.00")).problems
    assert "declares credits of 90.00 CNY and holds 100.00 CNY" in problems


def test_alipay_rows_taken_out_break_the_running_balance(tmp_path: Path) -> None:
    whole = alipay_account(*[("10.00", "在线支付")] * 5, credits="40.00")
    lines = [line for line in whole.replace("5笔", "4笔").splitlines() if "REPAY-3" not in line]
    assert "the running balance does not follow" in read(tmp_path, "\n".join(lines)).problems


def test_alipay_trades(tmp_path: Path) -> None:
    found = read(tmp_path, alipay_trades(("交易", "100.00"), ("退款", "-40.00")).encode("gb18030"))
    assert found.faults == []
    assert found.file.profile == "alipay-merchant-trades"
    assert [(entry.signed.minor, entry.kind) for entry in found.entries] == [
        (10000, Kind.PAYMENT),
        (-4000, Kind.REFUND),
    ]
    assert [each.scheme for each in found.entries[1].references] == [
        Scheme.PROVIDER,
        Scheme.ORDER,
        Scheme.REFUND,
    ]
    assert found.entries[1].provider is not None
    assert found.entries[1].provider.text.endswith("|退款|BACK-2")
    assert found.totals[0].statement.declared.credit_count == 1
    wrong = read(tmp_path, alipay_trades(("交易", "100.00"), paid="90.00"))
    assert "declares credits of 90.00 CNY and holds 100.00 CNY" in wrong.problems


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_running_balance_proves_either_order(tmp_path: Path, newest_first: bool) -> None:
    found = read(tmp_path, boc("20.00", "-600.00", "75.00", newest_first=newest_first))
    assert found.faults == []
    opening, closing = found.totals[0].statement.opening, found.totals[0].statement.closing
    assert opening is not None
    assert closing is not None
    assert (opening.amount.amount, closing.amount.amount) == ("500.00", "-5.00")
    assert found.totals[0].reconciled is True


def test_rows_of_two_accounts_are_two_statements(tmp_path: Path) -> None:
    second = "\n".join(boc("5.00", card="9999").splitlines()[2:])
    found = read(tmp_path, boc("20.00", "30.00") + second + "\n")
    assert found.faults == []
    assert [(each.number, each.account.identifier) for each in found.statements] == [(1, "3167"), (2, "9999")]
    assert [entry.statement for entry in found.entries] == [1, 1, 2]


def test_rows_of_an_account_that_stand_apart(tmp_path: Path) -> None:
    first = boc("20.00", "30.00").splitlines()
    second = boc("5.00", card="9999").splitlines()[2:]
    found = read(tmp_path, "\n".join([*first[:3], *second, *first[3:]]))
    assert "rows of this account stand apart" in found.problems


@pytest.mark.parametrize("workbook", [True, False])
def test_another_bank_needs_only_a_profile(tmp_path: Path, workbook: bool) -> None:
    rows = another_bank_rows(*ROWS, closing="1,150.00")
    content = (
        as_workbook(rows)
        if workbook
        else as_csv([[f'"{cell}"' for cell in row] + [""] * (10 - len(row)) for row in rows])
    )
    found = read(tmp_path, content, profile=another_bank())
    assert found.faults == []
    assert [entry.signed.minor for entry in found.entries] == [106000, -1000]
    assert found.entries[1].at is not None
    assert found.entries[1].at.isoformat() == "2026-03-01T09:30:01+08:00"
    assert found.statements[0].account.identifier == "6225880212345678"
    assert found.totals[0].reconciled is True
    assert found.entries[0].provider is not None
    assert found.entries[0].provider.text == "F001"


def test_another_banks_balances_that_do_not_add_up(tmp_path: Path) -> None:
    found = read(tmp_path, as_workbook(another_bank_rows(*ROWS)), profile=another_bank())
    assert (
        "opening balance 100.00 CNY and entries come to 1150.00 CNY; it closes with 150.00 CNY"
        in found.problems
    )
    assert found.totals[0].reconciled is False


@pytest.mark.parametrize(
    ("column", "wrong", "words"),
    [
        (0, "20260230", "line 4, 交易日: there is no such day"),
        (0, "01/03/2026", "line 4, 交易日: not a date"),
        (1, "256161", "there is no such time of day"),
        (2, "转", "line 4, 借贷: a direction the profile does not list"),
        (3, "12.345", "line 4, 发生额: more than 2 decimals"),
        (3, "x", "line 4, 发生额: not an amount"),
        (3, "", "line 4, 发生额: there is no amount"),
        (3, "99999999999999", "line 4, 发生额: larger than any amount we keep"),
        (4, "1.23457E+17", "line 4, 流水号: a number in scientific notation"),
        (5, "坏\x07", "holds control characters"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_with_line_and_column(
    tmp_path: Path, column: int, wrong: str, words: str
) -> None:
    row = [*ROWS[0]]
    row[column] = wrong
    content = as_csv(
        [*[[f'"{cell}"' for cell in line] + [""] * (10 - len(line)) for line in another_bank_rows(row)]]
    )
    assert words in read(tmp_path, content, profile=another_bank()).problems


def test_ids_kept_as_numbers_by_a_spreadsheet_are_refused_with_help(tmp_path: Path) -> None:
    rows = another_bank_rows(("20260301", "093000", "贷方", "50.00", "F001", "还款"))
    rows[3][4] = 123456789012345678
    found = read(tmp_path, as_workbook(rows), profile=another_bank())
    assert "a number in scientific notation: its digits are lost" in found.problems
    assert "请重新导出" in found.problems


def test_times_without_seconds_tell_that_the_bill_was_saved_again(tmp_path: Path) -> None:
    found = read(tmp_path, wechat_merchant(a_payment(1, 交易时间="2026/3/1 10:00")))
    assert "a time without seconds" in found.problems


def test_a_reversal_is_marked(tmp_path: Path) -> None:
    row = ("20260301", "093000", "借方", "60.00", "F001", "冲正还款")
    found = read(tmp_path, as_workbook(another_bank_rows(row, closing="40.00")), profile=another_bank())
    assert found.entries[0].is_reversal
    assert found.entries[0].references == ()


def test_a_sub_account_is_a_reference(tmp_path: Path) -> None:
    rows = another_bank_rows(("20260301", "093000", "贷方", "50.00", "F001", "还款"))
    rows[3][5] = "0000004711"
    found = read(tmp_path, as_workbook(rows), profile=another_bank())
    assert [(each.scheme, each.text) for each in found.entries[0].references] == [
        (Scheme.SUB_ACCOUNT, "0000004711")
    ]


def test_too_many_cells(tmp_path: Path) -> None:
    found = read(tmp_path, boc("20.00").replace(",3167", ",3167,,x"))
    assert "line 3, row: 15 cells where the header has 13" in found.problems


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    found = read(tmp_path, boc("20.00").replace(",3167", ',"3167'))
    assert "a quote is opened here and never closed" in found.problems


def test_two_profiles_that_fit_equally_must_be_told_apart(tmp_path: Path) -> None:
    twin = another_bank(name="its-twin")
    with pytest.raises(FormatUnknown, match="more than one profile"):
        read(tmp_path, as_workbook(another_bank_rows(*ROWS)), profiles=(another_bank(), twin))


def test_a_tenants_profile_is_found_by_content(tmp_path: Path) -> None:
    found = read(
        tmp_path, as_workbook(another_bank_rows(*ROWS, closing="1150.00")), profiles=(another_bank(),)
    )
    assert found.file.profile == "another-bank"


def test_a_profile_without_its_columns(tmp_path: Path) -> None:
    rows = another_bank_rows(*ROWS)
    del rows[2][0]
    with pytest.raises(FormatUnknown):
        read(tmp_path, as_workbook(rows), profile=another_bank())


def test_a_column_that_a_row_needs_and_the_header_lacks(tmp_path: Path) -> None:
    profile = another_bank(file={"header": ["借贷", "发生额"]})
    rows = [[cell for place, cell in enumerate(row) if place != 0] for row in another_bank_rows(*ROWS)]
    with pytest.raises(StatementUnreadable, match="交易日"):
        read(tmp_path, as_workbook(rows), profile=profile)
