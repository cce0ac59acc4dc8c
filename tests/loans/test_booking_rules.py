"""Judging and booking without a database: tables of what is refused, and of what a replay posts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from dunwell.kernel.errors import Fault
from dunwell.kernel.money import LARGEST
from dunwell.loans.model import (
    Account,
    ChargeAdjusted,
    Charged,
    ChargedBack,
    ChargedOff,
    Component,
    Contract,
    Due,
    EntryKind,
    Every,
    Happening,
    LoanState,
    PaidIn,
    Waived,
)
from dunwell.loans.rules import (
    adjustment_faults,
    amount_faults,
    base_state,
    charge_of,
    currency_faults,
    day_faults,
    held_lines,
    left_to_charge_back,
    live,
    name_faults,
    open_of,
    rate_faults,
    re_age_faults,
    reamortise_faults,
    reason_faults,
    rebook,
    reference_faults,
    reschedule_faults,
    rests_on,
    reversed_lines,
    waiver_faults,
)
from dunwell.loans.rules.life_lines import lines_of

START, FEB, MAR, APR = date(2024, 1, 15), date(2024, 2, 15), date(2024, 3, 15), date(2024, 4, 15)
CONTRACT = Contract(
    300_00, START, tuple(Due(n, day, 100_00, 1_00) for n, day in ((1, FEB), (2, MAR), (3, APR)))
)
ONE, TWO, CHARGE, WAIVER = (UUID(int=n) for n in (1, 2, 3, 4))


def a_payment(which: UUID, on: date, amount: int = 50_00) -> PaidIn:
    return PaidIn(which, on, which.int, amount)


def a_charge(on: date = FEB, amount: int = 9_00) -> Charged:
    return Charged(CHARGE, on, 3, "fee", Component.FEES, amount, on)


def test_what_comes_between_is_booked_and_what_follows_is_corrected() -> None:
    late, early = a_payment(ONE, MAR), a_payment(TWO, FEB)
    first = rebook(CONTRACT, [late], {}, {ONE}, ONE)
    (entry,) = first.booked.entries
    assert (entry.kind, entry.payment, entry.happening) == (EntryKind.PAYMENT, ONE, None)
    again = rebook(CONTRACT, [early, late], {ONE: entry.lines}, {TWO}, TWO)
    kinds = {each.kind: each for each in again.booked.entries}
    assert set(kinds) == {EntryKind.PAYMENT, EntryKind.REPLAY}
    replayed = kinds[EntryKind.REPLAY]
    assert (replayed.payment, replayed.corrects) == (ONE, ONE)
    both = [*entry.lines, *replayed.lines]
    wanted = lines_of(CONTRACT, again.life)[ONE]
    for account in Account:
        assert sum(line.amount for line in both if line.account is account) == sum(
            line.amount for line in wanted if line.account is account
        )


def test_nothing_is_corrected_where_nothing_is_otherwise() -> None:
    life: list[Happening] = [a_payment(ONE, FEB)]
    first = rebook(CONTRACT, life, {}, {ONE}, ONE)
    charged = rebook(CONTRACT, [*life, a_charge(MAR)], {ONE: first.booked.entries[0].lines}, {CHARGE}, CHARGE)
    (entry,) = charged.booked.entries
    assert (entry.kind, entry.happening, entry.payment) == (EntryKind.CHARGE, CHARGE, None)


@pytest.mark.parametrize(
    ("before", "off", "after"),
    [
        (LoanState.OPEN, False, LoanState.OPEN),
        (LoanState.SETTLED, False, LoanState.OPEN),
        (LoanState.CLOSED, False, LoanState.CLOSED),
        (LoanState.CHARGED_OFF, False, LoanState.OPEN),
        (LoanState.CLOSED, True, LoanState.CHARGED_OFF),
    ],
)
def test_what_a_relived_loan_begins_as(before: LoanState, off: bool, after: LoanState) -> None:
    life = live(CONTRACT, [ChargedOff(ONE, MAR, 1)] if off else [])
    assert base_state(before, life) is after


def test_held_money_is_given_back_by_the_other_sign() -> None:
    lines = held_lines(5)
    assert sum(line.amount for line in lines) == 0
    assert reversed_lines(reversed_lines(lines)) == lines


@pytest.mark.parametrize(
    ("faults", "wrong"),
    [
        (reference_faults("R-1"), False),
        (reference_faults(" "), True),
        (reference_faults("x" * 201), True),
        (reference_faults("a\nb"), True),
        (amount_faults("amount", 1), False),
        (amount_faults("amount", LARGEST), False),
        (amount_faults("amount", 0), True),
        (amount_faults("amount", LARGEST + 1), True),
        (day_faults("on", FEB, START, MAR), False),
        (day_faults("on", START, FEB, MAR), True),
        (day_faults("on", APR, FEB, MAR), True),
        (day_faults("on", date(1969, 12, 31), date.min, MAR), True),
        (currency_faults("amount", "CNY", "CNY"), False),
        (currency_faults("amount", "USD", "CNY"), True),
        (reason_faults(""), False),
        (reason_faults("x" * 501), True),
        (reason_faults("\x00"), True),
        (name_faults("code", "late_fee2"), False),
        (name_faults("code", "2late"), True),
        (rate_faults("rate", Decimal("0.5")), False),
        (rate_faults("rate", Decimal("Infinity")), True),
        (rate_faults("rate", Decimal(-1)), True),
        (rate_faults("rate", Decimal("0.1234567891")), True),
    ],
)
def test_requests(faults: Iterable[Fault], wrong: bool) -> None:
    assert bool(list(faults)) is wrong


def test_what_can_be_waived_and_credited() -> None:
    life = live(CONTRACT, [a_charge()])
    assert open_of(life, Component.FEES) == 9_00
    assert not list(waiver_faults(life, Component.FEES, 9_00))
    for component, amount in ((Component.FEES, 9_01), (None, 1), (Component.FEES, None)):
        assert list(waiver_faults(life, component, amount))
    standing = charge_of(life, CHARGE)
    assert standing is not None
    assert charge_of(life, ONE) is None
    credited = ChargeAdjusted(ONE, MAR, 4, CHARGE, 4_00)
    assert not list(adjustment_faults(standing, [credited], 5_00, MAR))
    assert list(adjustment_faults(standing, [credited], 5_01, MAR))
    assert list(adjustment_faults(standing, [], 1, START))
    assert rests_on([credited], CHARGE)
    assert rests_on([Waived(WAIVER, MAR, 5, CHARGE)], CHARGE)
    assert not rests_on([a_charge(), replace(credited, charge=ONE)], CHARGE)


def test_what_is_left_of_a_payment() -> None:
    payment = a_payment(ONE, FEB)
    back = ChargedBack(TWO, MAR, 2, ONE, 20_00)
    assert left_to_charge_back(payment, [payment, back, replace(back, payment=TWO)]) == 30_00


@pytest.mark.parametrize(
    ("from_due", "new_due", "more", "fields"),
    [
        (MAR, APR, 0, []),
        (MAR, None, 5, []),
        (date(2024, 3, 16), APR, 0, ["from_due"]),
        (FEB, None, -1, ["extra"]),
        (FEB, None, 598, ["extra"]),
        (FEB, date(2199, 12, 1), 0, ["extra"]),
    ],
)
def test_what_can_be_rescheduled(from_due: date, new_due: date | None, more: int, fields: list[str]) -> None:
    life = live(CONTRACT, [])
    faults = reschedule_faults(CONTRACT, life, from_due, new_due, more)
    assert [fault.field for fault in faults] == fields


def test_nothing_is_moved_that_was_paid() -> None:
    life = live(CONTRACT, [a_payment(ONE, FEB, 303_00)])
    assert [fault.field for fault in reschedule_faults(CONTRACT, life, MAR, None, 1)] == ["from_due"]
    assert [fault.field for fault in re_age_faults(life, MAR, APR, 1, Every())] == ["count"]


@pytest.mark.parametrize(
    ("on", "first", "count", "fields"),
    [
        (MAR, APR, 3, []),
        (MAR, MAR, 3, ["first_due_on"]),
        (MAR, APR, 0, ["count"]),
        (MAR, APR, 598, ["count"]),
        (MAR, date(2199, 12, 1), 3, ["count"]),
        (MAR, date(2200, 1, 1), 1, ["first_due_on", "count"]),
    ],
)
def test_what_can_be_re_aged(on: date, first: date, count: int, fields: list[str]) -> None:
    life = live(CONTRACT, [])
    assert [fault.field for fault in re_age_faults(life, on, first, count, Every())] == fields


@pytest.mark.parametrize(("on", "faults"), [(MAR, 0), (FEB, 1), (APR, 1), (date(2024, 5, 1), 1)])
def test_what_can_be_re_amortised(on: date, faults: int) -> None:
    assert len(list(reamortise_faults(live(CONTRACT, []), on))) == faults
