"""The real layouts: every sample parsed, every row there, what they declare held against it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from dunwell.statements.model import Checked, Direction, Entry, Kind, Scheme, State
from dunwell.statements.reading import check, open_statement
from tests.builders.statements import SAMPLES

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample statements are not here")


@dataclass(frozen=True)
class Sample:
    """What a file holds: booked sums as (count, minor units)."""

    name: str
    profile: str
    rows: int
    came: tuple[int, int]
    went: tuple[int, int]
    moved: tuple[int, int] = (0, 0)
    not_booked: int = 0
    reconciled: bool | None = None
    notices: int = 0


FILES = [
    Sample("cn-alipay.csv", "alipay-personal", 10, (1, 22222850), (3, 14164), (3, 16537), 3, None, 6),
    Sample("cn-boc-debit.csv", "cn-boc-debit", 17, (4, 982100), (13, 939430), reconciled=True),
    Sample("cn-cmb-debit.csv", "cn-cmb-debit", 5, (1, 123400), (4, 201314), notices=1),
    Sample("cn-icbc-debit-v2.csv", "cn-icbc-debit", 11, (5, 284174), (6, 424108), notices=2),
    Sample("cn-wechat.csv", "wechat-personal", 27, (5, 2849), (11, 290453), (11, 2610089), notices=7),
    Sample("cn-wechat.xlsx", "wechat-personal", 27, (5, 2849), (11, 290453), (11, 2610089), notices=8),
    Sample("camt053.v2.minimal.xml", "", 1, (1, 885), (0, 0), notices=2),
    Sample("camt053.v4.xml", "", 1, (1, 885), (0, 0), notices=2),
    Sample("camt054.v4.xml", "", 1, (0, 0), (1, 20000000), notices=1),
]


def entries_of(name: str) -> list[Entry]:
    with open_statement(SAMPLES / name) as reading:
        return [item for item in reading if isinstance(item, Entry)]


@pytest.mark.parametrize("sample", FILES, ids=lambda sample: sample.name)
def test_a_sample_is_read_whole(sample: Sample) -> None:
    found: Checked = check(SAMPLES / sample.name)
    assert found.faults == ()
    assert found.file.profile == sample.profile
    (totals,) = found.totals
    assert totals.entries == sample.rows
    assert (totals.credits.count, totals.credits.minor) == sample.came
    assert (totals.debits.count, totals.debits.minor) == sample.went
    assert (totals.neutral.count, totals.neutral.minor) == sample.moved
    assert totals.not_booked == sample.not_booked
    assert totals.reconciled is sample.reconciled
    assert len(found.notices) == sample.notices


def test_two_statements_in_one_message_follow_each_other() -> None:
    found = check(SAMPLES / "camt053.v2.multi.statement.xml")
    assert [totals.reconciled for totals in found.totals] == [True, True]
    first, second = (totals.statement for totals in found.totals)
    assert first.closing is not None
    assert second.opening is not None
    assert first.closing.amount == second.opening.amount
    assert found.faults == ()


def test_wechat_tells_its_declared_count_as_a_notice() -> None:
    notices = [str(notice) for notice in check(SAMPLES / "cn-wechat.csv").notices]
    assert "file: it declares 43 entries and holds 27 (export the file again)" in notices


def test_wechat_csv_and_workbook_hold_the_same_entries() -> None:
    def plain(entry: Entry) -> tuple[object, ...]:
        return (entry.at, entry.direction, entry.amount, entry.references, entry.text, entry.fee, entry.state)

    assert [plain(each) for each in entries_of("cn-wechat.csv")] == [
        plain(each) for each in entries_of("cn-wechat.xlsx")
    ]


def test_wechat_row_in_full() -> None:
    entry = entries_of("cn-wechat.csv")[6]
    assert entry.at == datetime(2021, 7, 15, 8, 29, 37, tzinfo=UTC)
    assert entry.booked_on == date(2021, 7, 15)
    assert (entry.direction, entry.amount.minor, entry.kind) == (Direction.NEUTRAL, 10010, Kind.WITHDRAWAL)
    assert entry.fee is not None
    assert entry.fee.minor == 10
    assert [(each.scheme, each.text) for each in entry.references] == [
        (Scheme.PROVIDER, "207210715100077148235523883175")
    ]


def test_alipay_tells_closed_and_waiting_trades_apart_from_money() -> None:
    entries = entries_of("cn-alipay.csv")
    assert [entry.state for entry in entries].count(State.CLOSED) == 2
    assert [entry.state for entry in entries].count(State.PENDING) == 1
    refund = next(entry for entry in entries if entry.refund_of)
    assert (refund.refund_of, refund.kind) == ("2023xxxxx88", Kind.REFUND)


def test_cmb_cuts_the_combined_cell() -> None:
    parties = [entry.counterparty for entry in entries_of("cn-cmb-debit.csv")]
    assert [(party.name, party.account) if party else None for party in parties] == [
        ("北京住房公积金管理中心", "1111111111"),
        ("张三", "66666666666666"),
        ("国网电力有限公司", "99999999999999"),
        None,
        ("抖音电商商家", "888888888"),
    ]


def test_boc_reconciles_by_its_running_balance() -> None:
    (totals,) = check(SAMPLES / "cn-boc-debit.csv").totals
    opening, closing = totals.statement.opening, totals.statement.closing
    assert opening is not None
    assert closing is not None
    assert (opening.amount.amount, closing.amount.amount) == ("2813.58", "3240.28")


def test_icbc_leaves_out_what_was_made_unreadable_and_the_total_line() -> None:
    entries = entries_of("cn-icbc-debit-v2.csv")
    assert {entry.balance_after for entry in entries} == {None}
    assert entries[2].counterparty is not None
    assert (entries[2].counterparty.name, entries[2].counterparty.account) == ("李四", "1234****9876")
    assert entries[2].text == "他行汇入"


def test_nothing_personal_stands_in_the_words_an_entry_has_for_itself() -> None:
    entry = entries_of("cn-boc-debit.csv")[0]
    assert "张三" not in repr(entry)
    assert "6226" not in repr(entry)
