"""Cells: amounts never rounded, dates never guessed, spoilt ids never taken."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.statements.rules.reading_cells import (
    LONGEST_TEXT,
    Moments,
    WrongCell,
    cleaned,
    masked,
    matcher,
    minor_of,
    number_of,
    reference_of,
    text_of,
)


@pytest.mark.parametrize(
    ("raw", "minor"),
    [
        ("28.16", 2816),
        ("¥28.16", 2816),
        ("￥2000.00", 200000),
        ("-1,000.00", -100000),
        ("(12.00)", -1200),
        ("(-12.00)", 1200),
        ("+5", 500),
        ("50.0", 5000),
        ("0.60000", 60),
        ("12.", 1200),
        ("3 641.58", 364158),
        ("5元", 500),
    ],
)
def test_amounts(raw: str, minor: int) -> None:
    assert minor_of(raw, "CNY") == minor


@pytest.mark.parametrize(
    ("raw", "currency", "words"),
    [
        ("", "CNY", "not an amount"),
        ("x", "CNY", "not an amount"),
        (".5", "CNY", "not an amount"),
        ("1.2.3", "CNY", "not an amount"),
        ("(1", "CNY", "not an amount"),
        ("١٢", "CNY", "not an amount"),
        ("1.234", "CNY", "more than 2 decimals"),
        ("1.5", "JPY", "more than 0 decimals"),
        ("1.23E+05", "CNY", "scientific notation"),
        ("99999999999999", "CNY", "larger than any amount"),
        ("1", "XYZ", "unknown currency"),
    ],
)
def test_no_amounts(raw: str, currency: str, words: str) -> None:
    with pytest.raises(WrongCell, match=words):
        minor_of(raw, currency)


def test_an_amount_may_be_rounded_where_it_is_only_told() -> None:
    assert minor_of("0.00600", "CNY", rounding=True) == 1
    assert minor_of("-1.234,56", "EUR", decimal=",") == -123456


@given(st.integers(-(10**12), 10**12))
def test_an_amount_survives_its_writing(minor: int) -> None:
    assert minor_of(f"{Decimal(minor).scaleb(-2):,.2f}", "CNY") == minor
    assert number_of(str(minor)) == minor


@pytest.mark.parametrize(
    ("raw", "clock", "day", "instant"),
    [
        ("2026-03-01", "", date(2026, 3, 1), None),
        ("2026/3/1", "", date(2026, 3, 1), None),
        ("2026.03.01", "", date(2026, 3, 1), None),
        ("20260301", "", date(2026, 3, 1), None),
        ("2026年3月1日", "", date(2026, 3, 1), None),
        ("2026-03-01 09:30:15", "", date(2026, 3, 1), "2026-03-01T09:30:15+08:00"),
        ("2026-03-01T09:30", "", date(2026, 3, 1), "2026-03-01T09:30:00+08:00"),
        ("20260301093015", "", date(2026, 3, 1), "2026-03-01T09:30:15+08:00"),
        ("2026-03-01 09：30：15", "", date(2026, 3, 1), "2026-03-01T09:30:15+08:00"),
        ("2026-03-01 09:30:15.123456", "", date(2026, 3, 1), "2026-03-01T09:30:15+08:00"),
        ("20260301", "93015", date(2026, 3, 1), "2026-03-01T09:30:15+08:00"),
        ("20260301", "09:30", date(2026, 3, 1), "2026-03-01T09:30:00+08:00"),
    ],
)
def test_moments(raw: str, clock: str, day: date, instant: str | None) -> None:
    found, at = Moments((), "Asia/Shanghai", seconds=False).read(raw, clock)
    assert found == day
    assert (at.isoformat() if at is not None else None) == instant


@pytest.mark.parametrize(
    ("raw", "clock", "words"),
    [
        ("01/03/2026", "", "not a date"),
        ("2026-02-30", "", "no such day"),
        ("1899-01-01", "", "outside"),
        ("2026-03-01 24:00:00", "", "no such time"),
        ("2026-03-01 09:60:00", "", "no such time"),
        ("2026-03-01 09:00:60", "", "no such time"),
        ("2026-03-01", "morning", "no such time"),
        ("", "", "not a date"),
    ],
)
def test_no_moments(raw: str, clock: str, words: str) -> None:
    with pytest.raises(WrongCell, match=words):
        Moments((), "Asia/Shanghai", seconds=False).read(raw, clock)


def test_moments_by_format() -> None:
    day_first = Moments(("%d/%m/%Y", "%d/%m/%Y %H:%M"), "UTC", seconds=False)
    assert day_first.read("01/03/2026") == (date(2026, 3, 1), None)
    at = day_first.read("01/03/2026 09:30")[1]
    assert at is not None
    assert at.hour == 9
    with pytest.raises(WrongCell, match="as the profile writes it"):
        day_first.read("2026-03-01")


def test_seconds_that_must_be_there() -> None:
    strict = Moments((), "UTC", seconds=True)
    assert strict.read("2026-03-01")[1] is None
    assert strict.read("2026-03-01 09:30:00")[1] is not None
    with pytest.raises(WrongCell, match="without seconds"):
        strict.read("2026/3/1 9:30")


@pytest.mark.parametrize("raw", ["1.23457E+17", "4.2E+27", "1E+18"])
def test_spoilt_ids(raw: str) -> None:
    with pytest.raises(WrongCell, match="digits are lost"):
        reference_of(raw)


def test_texts() -> None:
    assert cleaned("\ufeff`42000\t ") == "42000"
    assert cleaned("e\u0301") == "é"
    assert text_of("还款\u3000第三期") == "还款\u3000第三期"
    assert reference_of("202302xxxxxx0011000103") == "202302xxxxxx0011000103"
    with pytest.raises(WrongCell, match="longer"):
        text_of("x" * (LONGEST_TEXT + 1))
    with pytest.raises(WrongCell, match="control"):
        text_of("a\x07")


def test_matchers() -> None:
    test = matcher(["转账", "已退款*", "*失败"])
    assert [test(word) for word in ("转账", "已退款(￥12.00)", "提现失败", "转账成功", "")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_masks() -> None:
    assert [masked(text) for text in ("", "张", "张三", "欧阳小明", "UNIFITS GmbH")] == [
        "",
        "张*",
        "张*",
        "欧***明",
        "UNIF***GmbH",
    ]
