"""Payments: nothing lost, nothing stretched, and a life replayed comes out the same."""

from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.loans.model import (
    Account,
    Allocation,
    Component,
    Due,
    Instalment,
    Processing,
    Received,
    Slice,
    Waterfall,
)
from dunwell.loans.rules import (
    Line,
    allocate,
    differences,
    opening_lines,
    payment_lines,
    replay,
    reversed_lines,
    settle,
)

START = date(2024, 1, 31)
DUES = (Due(1, START, 100, 10, 5), Due(2, date(2024, 2, 29), 100, 8))

amounts = st.integers(0, 10_000)
dues = st.lists(st.tuples(amounts, amounts, amounts, st.integers(0, 300)), min_size=1, max_size=8).map(
    lambda rows: tuple(
        Due(number, START + timedelta(days=at), principal, interest, costs)
        for number, (principal, interest, costs, at) in enumerate(rows, start=1)
    )
)
waterfalls = st.builds(Waterfall, st.permutations(Component).map(tuple), st.sampled_from(Processing))
payments = st.lists(st.tuples(st.integers(1, 20_000), st.integers(0, 300)), max_size=8).map(
    lambda rows: [
        Received(UUID(int=number), amount, START + timedelta(days=at))
        for number, (amount, at) in enumerate(sorted(rows, key=lambda row: row[1]), start=1)
    ]
)


def slices(amount: int, waterfall: Waterfall = Waterfall()) -> tuple[list[tuple[int, str, int]], int]:  # noqa: B008 - frozen
    allocation = allocate(amount, [Instalment(due) for due in DUES], waterfall)
    return [(number, component, part) for number, component, part in allocation.slices], allocation.surplus


@pytest.mark.parametrize(
    ("amount", "expected", "surplus"),
    [
        (3, [(1, "costs", 3)], 0),
        (12, [(1, "costs", 5), (1, "interest", 7)], 0),
        (115, [(1, "costs", 5), (1, "interest", 10), (1, "principal", 100)], 0),
        (119, [(1, "costs", 5), (1, "interest", 10), (1, "principal", 100), (2, "interest", 4)], 0),
    ],
)
def test_costs_then_interest_then_principal_oldest_first(
    amount: int, expected: list[tuple[int, str, int]], surplus: int
) -> None:
    assert slices(amount) == (expected, surplus)


def test_what_nothing_takes_is_surplus() -> None:
    assert slices(300)[1] == 300 - 223


def test_a_component_may_be_finished_first() -> None:
    order = (Component.PRINCIPAL, Component.INTEREST, Component.COSTS)
    waterfall = Waterfall(order, Processing.COMPONENT_FIRST)
    assert slices(205, waterfall) == ([(1, "principal", 100), (2, "principal", 100), (1, "interest", 5)], 0)


@given(dues, st.integers(1, 200_000), waterfalls)
def test_a_payment_is_never_lost_or_stretched(
    dues: tuple[Due, ...], amount: int, waterfall: Waterfall
) -> None:
    allocation = allocate(amount, [Instalment(due) for due in dues], waterfall)
    assert sum(part.amount for part in allocation.slices) + allocation.surplus == amount
    assert all(part.amount > 0 for part in allocation.slices)
    assert allocation.surplus == max(0, amount - sum(due.total for due in dues))


@given(dues, payments, waterfalls)
def test_a_replayed_life_adds_up(
    dues: tuple[Due, ...], payments: list[Received], waterfall: Waterfall
) -> None:
    instalments, allocations = replay(dues, payments, waterfall)
    surplus = sum(allocation.surplus for allocation in allocations.values())
    assert sum(each.paid.total for each in instalments) + surplus == sum(
        payment.amount for payment in payments
    )
    for due, paid, _ in instalments:
        assert 0 <= paid.principal <= due.principal
        assert 0 <= paid.interest <= due.interest
        assert 0 <= paid.costs <= due.costs
        assert (paid.settled_on is not None) == (0 < due.total == paid.total)


@given(dues, payments, waterfalls)
def test_payments_one_by_one_end_where_replay_ends(
    dues: tuple[Due, ...], payments: list[Received], waterfall: Waterfall
) -> None:
    instalments = tuple(Instalment(due) for due in dues)
    for payment in payments:
        instalments = settle(instalments, allocate(payment.amount, instalments, waterfall), payment)
    assert instalments == replay(dues, payments, waterfall)[0]


@given(dues, payments, waterfalls, st.randoms())
def test_the_order_of_payments_of_one_day_does_not_matter(
    dues: tuple[Due, ...], payments: list[Received], waterfall: Waterfall, random: Random
) -> None:
    same_day = [payment._replace(received_on=START) for payment in payments]
    shuffled = random.sample(same_day, len(same_day))
    assert replay(dues, same_day, waterfall)[0] == replay(dues, shuffled, waterfall)[0]


@given(dues, payments, waterfalls)
def test_every_entry_balances(dues: tuple[Due, ...], payments: list[Received], waterfall: Waterfall) -> None:
    assert sum(line.amount for line in opening_lines(dues)) == 0
    _, allocations = replay(dues, payments, waterfall)
    for payment in payments:
        lines = payment_lines(payment.amount, allocations[payment.id])
        assert sum(line.amount for line in lines) == 0
        assert all(line.amount for line in lines)


@given(dues, payments, waterfalls, waterfalls)
def test_differences_turn_what_is_booked_into_what_should_be(
    dues: tuple[Due, ...], payments: list[Received], first: Waterfall, second: Waterfall
) -> None:
    before, after = replay(dues, payments, first)[1], replay(dues, payments, second)[1]
    for payment in payments:
        held = payment_lines(payment.amount, before[payment.id])
        wanted = payment_lines(payment.amount, after[payment.id])
        change = differences(held, wanted)
        assert sum(line.amount for line in change) == 0
        assert differences([*held, *change], wanted) == ()
        assert differences([*held, *reversed_lines(held)], ()) == ()


def test_a_loan_without_interest_opens_with_two_lines() -> None:
    assert opening_lines([Due(1, START, 100, 0)]) == (
        Line(Account.PRINCIPAL, None, 100),
        Line(Account.CASH, None, -100),
    )


def test_a_payment_with_surplus_owes_it_back() -> None:
    allocation = Allocation((Slice(1, Component.PRINCIPAL, 60),), surplus=40)
    assert payment_lines(100, allocation) == (
        Line(Account.CASH, None, 100),
        Line(Account.PRINCIPAL, 1, -60),
        Line(Account.CREDIT, None, -40),
    )
