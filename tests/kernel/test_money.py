"""Money: nothing is lost, nothing is guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.errors import Broken
from dunwell.kernel.money import EXPONENT, LARGEST, Money, WrongMoney, rounded, split, total

currencies = st.sampled_from(sorted(EXPONENT))
minors = st.integers(-LARGEST, LARGEST)


@given(minors, currencies)
def test_what_is_written_is_read_again(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(money.amount, currency) == money


@pytest.mark.parametrize(
    ("text", "currency", "says"),
    [
        ("12.345", "CNY", "decimals"),
        ("1.5", "JPY", "decimals"),
        ("twelve", "CNY", "not a number"),
        ("", "CNY", "not a number"),
        ("NaN", "CNY", "not an amount"),
        ("Infinity", "CNY", "not an amount"),
        ("1e30", "CNY", "not an amount"),
        ("1", "XXX", "unknown currency"),
        ("1", "", "unknown currency"),
        ("1,234.00", "CNY", "not a number"),
    ],
)
def test_wrong_money_says_what_is_wrong(text: str, currency: str, says: str) -> None:
    with pytest.raises(WrongMoney) as raised:
        Money.parse(text, currency, field="principal")
    (fault,) = raised.value.faults
    assert fault.field == "principal"
    assert says in fault.problem
    assert fault.remedy


@given(st.lists(minors, max_size=20), currencies)
def test_a_total_is_the_sum_and_keeps_its_currency(values: list[int], currency: str) -> None:
    assert total([Money(value, currency) for value in values], currency) == Money(sum(values), currency)


def test_two_currencies_do_not_add_or_compare() -> None:
    yuan, dollar = Money(1, "CNY"), Money(1, "USD")
    for act in (lambda: yuan + dollar, lambda: yuan - dollar, lambda: yuan < dollar, lambda: yuan >= dollar):
        with pytest.raises(Broken):
            act()


@given(minors, minors, currencies)
def test_order_and_sign_are_those_of_the_minor_units(a: int, b: int, currency: str) -> None:
    first, second = Money(a, currency), Money(b, currency)
    assert (first < second, first <= second, first > second, first >= second) == (
        a < b,
        a <= b,
        a > b,
        a >= b,
    )
    assert (-first).minor == -a
    assert bool(first) == (a != 0)


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_splitting_loses_nothing_and_is_fair_to_a_unit(whole: int, weights: list[int]) -> None:
    parts = split(whole, weights)
    assert sum(parts) == whole
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Decimal(part) - Decimal(whole) * weight / sum(weights)) < 2


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_are_none_are_refused(weights: list[int]) -> None:
    with pytest.raises(Broken):
        split(100, weights)


@pytest.mark.parametrize(("value", "whole"), [("0.5", 0), ("1.5", 2), ("2.5", 2), ("-0.5", 0), ("2.51", 3)])
def test_rounding_is_half_even(value: str, whole: int) -> None:
    assert rounded(Decimal(value)) == whole


def test_money_reads_as_people_write_it() -> None:
    assert str(Money(123456, "CNY")) == "1234.56 CNY"
    assert Money(-5, "CNY").amount == "-0.05"
    assert Money(12, "KWD").amount == "0.012"
    assert Money(7, "JPY").amount == "7"
