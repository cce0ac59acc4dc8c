"""Time values: each formula undoes the other."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.loans.rules.time_value import NoSuchValue, When, fv, ipmt, nper, pmt, ppmt, pv, rate

whens = st.sampled_from(When)
rates = st.decimals("0.0001", "0.2", places=6) | st.just(Decimal(0))
periods = st.integers(1, 360)
amounts = st.decimals(1, 10**7, places=2)
CLOSE = Decimal("1e-12")


@given(rates, periods, amounts, st.decimals(0, 10**6, places=2), whens)
def test_the_payment_settles_present_and_future_value(
    each: Decimal, count: int, lent: Decimal, rest: Decimal, when: When
) -> None:
    payment = pmt(each, count, lent, -rest, when)
    assert abs(fv(each, count, payment, lent, when) + rest) < CLOSE
    assert abs(pv(each, count, payment, -rest, when) - lent) < CLOSE


@given(rates, periods, amounts, whens)
def test_interest_and_principal_make_the_payment_and_principal_the_loan(
    each: Decimal, count: int, lent: Decimal, when: When
) -> None:
    payment = pmt(each, count, lent, when=when)
    numbers = range(1, min(count, 40) + 1)
    assert all(
        abs(ipmt(each, n, count, lent, when=when) + ppmt(each, n, count, lent, when=when) - payment) < CLOSE
        for n in numbers
    )
    if count <= 40:
        assert abs(sum(ppmt(each, n, count, lent, when=when) for n in numbers) + lent) < CLOSE


@given(rates, periods, amounts, whens)
def test_the_number_of_periods_and_the_rate_are_found_again(
    each: Decimal, count: int, lent: Decimal, when: When
) -> None:
    payment = pmt(each, count, lent, when=when)
    assert abs(nper(each, payment, lent, when=when) - count) < Decimal("1e-6")
    if count > 1:
        assert abs(rate(count, payment, lent, when=when) - each) < Decimal("1e-9")


def test_a_rate_below_zero_is_found() -> None:
    """100 back for 110, in one payment."""
    assert abs(rate(1, Decimal(0), Decimal(-110), Decimal(100)) + Decimal(1) / 11) < CLOSE


def test_a_rate_that_is_met_exactly_is_found() -> None:
    assert rate(1, Decimal(0), Decimal(-100), Decimal(100)) == 0
    assert abs(rate(1, Decimal(0), Decimal(-2), Decimal(3)) - Decimal("0.5")) < CLOSE


def test_what_has_no_solution_says_so() -> None:
    for call in (
        lambda: pmt(Decimal("0.01"), 0, Decimal(100)),
        lambda: ipmt(Decimal("0.01"), 13, 12, Decimal(100)),
        lambda: nper(Decimal("0.01"), Decimal("-0.5"), Decimal(100)),
        lambda: nper(Decimal(0), Decimal(0), Decimal(100)),
        lambda: rate(0, Decimal(1), Decimal(100)),
        lambda: rate(12, Decimal(1), Decimal(100)),
    ):
        with pytest.raises(NoSuchValue):
            call()
