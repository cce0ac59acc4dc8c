"""One cell: what is read, what is refused, and that no amount is ever guessed."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.intake.model import WrongCell
from dunwell.intake.rules.cells import int_reader, masked, money_reader, rate_reader
from dunwell.intake.rules.dates import WrongPattern, compiled, date_reader
from dunwell.intake.settings import Cell
from dunwell.kernel.money import Money


def cell(**options: object) -> Cell:
    return Cell.model_validate({"column": "x", **options})


@pytest.mark.parametrize(
    ("text", "options", "minor"),
    [
        ("1234.56", {}, 123456),
        ("1234", {}, 123400),
        ("1234.5", {}, 123450),
        (".5", {}, 50),
        ("0", {}, 0),
        ("-12.00", {}, -1200),
        ("(12.00)", {}, -1200),
        ("+7", {}, 700),
        ("¥28.16", {}, 2816),
        ("$ 1,234.50", {"thousands": ","}, 123450),
        ("1.234,56", {"decimal": ",", "thousands": "."}, 123456),
        ("1 234,5", {"decimal": ","}, 123450),
        ("1.2345", {"scale": "10000"}, 1234500),
        ("123456", {"scale": "0.01"}, 123456),
        ("100.005", {"round": True}, 10000),
        ("100.015", {"round": True}, 10002),
        ("100.0000", {}, 10000),
    ],
)
def test_an_amount_is_read_exactly(text: str, options: dict[str, Any], minor: int):
    assert money_reader(cell(**options))(text, 2) == minor


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("abc", {}),
        ("1e3", {}),
        ("1,234.50", {}),
        ("12.345", {}),
        ("1.2.3", {}),
        ("--1", {}),
        ("NaN", {}),
        ("Infinity", {}),
        ("１２", {}),
        ("٣", {}),
        ("1.234,56", {"decimal": ","}),
        ("99999999999999", {}),
        ("²", {}),
        ("(12", {}),
    ],
)
def test_what_is_no_amount_is_refused_with_a_remedy(text: str, options: dict[str, Any]):
    with pytest.raises(WrongCell) as wrong:
        money_reader(cell(**options))(text, 2)
    assert wrong.value.problem
    assert wrong.value.remedy


@pytest.mark.parametrize(
    ("exponent", "text", "minor"), [(0, "1200", 1200), (3, "1.5", 1500), (3, "1.234", 1234)]
)
def test_the_currency_decides_the_decimals(exponent: int, text: str, minor: int):
    assert money_reader(cell())(text, exponent) == minor
    with pytest.raises(WrongCell):
        money_reader(cell())("1.2345", exponent)


@given(st.integers(min_value=-9_000_000_000_000, max_value=9_000_000_000_000))
def test_every_amount_that_we_write_is_read_back(minor: int):
    assert money_reader(cell())(Money(minor, "CNY").amount, 2) == minor


@given(st.integers(min_value=0, max_value=10**12))
def test_grouping_and_a_decimal_comma_change_the_writing_and_not_the_amount(minor: int):
    english = f"{Decimal(minor).scaleb(-2):,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert money_reader(cell(thousands=","))(english, 2) == minor
    assert money_reader(cell(thousands=".", decimal=","))(german, 2) == minor


@given(st.text(max_size=30))
def test_no_text_at_all_breaks_a_reader(text: str):
    for read in (
        lambda: money_reader(cell())(text, 2),
        lambda: int_reader(cell())(text),
        lambda: rate_reader(cell())(text),
        lambda: date_reader(cell())(text),
        lambda: date_reader(cell(format=["%m/%d/%Y", "%b-%y"]))(text),
    ):
        with suppress(WrongCell):
            read()


@pytest.mark.parametrize(
    ("text", "options", "rate"),
    [
        ("14.07", {"unit": "percent"}, "0.1407"),
        ("14.07%", {}, "0.1407"),
        ("14.07％", {"unit": "percent"}, "0.1407"),
        ("0.0465", {}, "0.0465"),
        ("1.5", {"unit": "percent", "per": "month"}, "0.18"),
        ("0.05", {"unit": "percent", "per": "day_365"}, "0.1825"),
        ("5", {"unit": "per_mille", "per": "month"}, "0.06"),
        ("350", {"unit": "basis_points"}, "0.035"),
        ("0", {"unit": "percent"}, "0"),
        ("0.12345678901", {"round": True}, "0.12345679"),
    ],
)
def test_a_rate_becomes_a_yearly_fraction(text: str, options: dict[str, Any], rate: str):
    assert rate_reader(cell(**options))(text) == Decimal(rate)


@pytest.mark.parametrize("text", ["-1", "14.07", "x", ""])
def test_a_rate_that_cannot_be_is_refused(text: str):
    with pytest.raises(WrongCell):
        rate_reader(cell())(text)


@pytest.mark.parametrize(("text", "count"), [("36", 36), ("36.0", 36), ("-23.0", -23), ("007", 7)])
def test_a_whole_number_may_have_idle_decimals(text: str, count: int):
    assert int_reader(cell())(text) == count


@pytest.mark.parametrize("text", ["36.5", "", "many", "99999999"])
def test_what_is_no_whole_number_is_refused(text: str):
    with pytest.raises(WrongCell):
        int_reader(cell())(text)


@pytest.mark.parametrize(
    ("text", "options", "day"),
    [
        ("2026-03-01", {}, date(2026, 3, 1)),
        ("2016-09-14 00:00:00.000000", {}, date(2016, 9, 14)),
        ("2016-09-14T23:59:59Z", {}, date(2016, 9, 14)),
        ("9/8/2016", {"format": "%m/%d/%Y"}, date(2016, 9, 8)),
        ("10/19/2016 11:58", {"format": "%m/%d/%Y"}, date(2016, 10, 19)),
        ("31.12.2025", {"format": "%d.%m.%Y"}, date(2025, 12, 31)),
        ("20260301", {"format": "%Y%m%d"}, date(2026, 3, 1)),
        ("2026年3月1日", {"format": "%Y年%m月%d日"}, date(2026, 3, 1)),
        ("43101", {"format": "excel"}, date(2018, 1, 1)),
        ("43101.75", {"format": ["iso", "excel"]}, date(2018, 1, 1)),
        ("Mar-18", {"format": "%b-%y"}, date(2018, 3, 1)),
        ("Feb-18", {"format": "%b-%y", "day": "last"}, date(2018, 2, 28)),
        ("03/1999", {"format": "%m/%Y"}, date(1999, 3, 1)),
        ("15 March 2024", {"format": "%d %B %Y"}, date(2024, 3, 15)),
        ("01-MAR-70", {"format": "%d-%b-%y"}, date(1970, 3, 1)),
        ("3/1/26", {"format": ["iso", "%m/%d/%y"]}, date(2026, 3, 1)),
        ("2017-07-25 23:30:00", {"zone": "UTC", "to_zone": "Africa/Lagos"}, date(2017, 7, 26)),
        ("2017-07-25", {"zone": "UTC", "to_zone": "Africa/Lagos"}, date(2017, 7, 25)),
        ("2017-07-25 11:30 PM", {"zone": "UTC", "to_zone": "Africa/Lagos"}, date(2017, 7, 26)),
        ("2017-07-25 22:30:00", {"zone": "UTC", "to_zone": "Africa/Lagos"}, date(2017, 7, 25)),
    ],
)
def test_a_date_is_read_as_the_profile_writes_it(text: str, options: dict[str, Any], day: date):
    assert date_reader(cell(**options))(text) == day


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("1900-01-01", {}),
        ("1969-12-31", {}),
        ("2200-01-01", {}),
        ("0000-01-01", {}),
        ("2026-02-30", {}),
        ("2026-13-01", {}),
        ("2026-03-01x", {}),
        ("20260301", {}),
        ("13/25/2016", {"format": "%m/%d/%Y"}),
        ("00000000", {"format": "%Y%m%d"}),
        ("1112020", {"format": "%m%d%Y"}),
        ("17", {"format": "excel"}),
        ("2017-07-25 25:00", {"zone": "UTC", "to_zone": "Asia/Shanghai"}),
    ],
)
def test_a_date_that_cannot_be_is_refused(text: str, options: dict[str, Any]):
    with pytest.raises(WrongCell) as wrong:
        date_reader(cell(**options))(text)
    assert wrong.value.remedy


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2199, 12, 31)))
def test_every_date_survives_each_of_its_writings(day: date):
    for pattern in ("%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d", "%d %b %Y", "%Y/%m/%d %H:%M"):
        assert date_reader(cell(format=pattern))(day.strftime(pattern)) == day


@pytest.mark.parametrize("pattern", ["%Q", "%Y", "%m/%d", "%Y-%m-%m", "%b %B %Y"])
def test_a_pattern_that_cannot_be_read_back_is_refused(pattern: str):
    with pytest.raises(WrongPattern):
        compiled(pattern)


def test_a_masked_value_shows_its_shape_only():
    assert masked("Zhang 13800138000") == "xxxxx 99999999999"
    assert masked("张伟") == "xx"
    assert len(masked("7" * 100)) == 41
