"""Random lives of a loan, without a database: what is booked always adds up, and order of arrival does not matter."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dunwell.loans.model import (
    Account,
    Component,
    Due,
    EntryKind,
    Instalment,
    LoanState,
    Paid,
    Received,
    Waterfall,
)
from dunwell.loans.rules import (
    Booked,
    Line,
    Past,
    append,
    differences,
    opening_lines,
    relive,
    replay,
    schedule,
    standing_of,
    take_back,
)
from tests.builders.loans import some_terms

START = date(2024, 1, 15)
ORDER = Waterfall()


class LifeOfALoan(RuleBasedStateMachine):
    """Payments in any order, reversals, other terms. The books are kept as the database keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.dues: tuple[Due, ...] = schedule(some_terms(annual_rate=Decimal("0.24")))
        self.instalments: tuple[Instalment, ...] = tuple(Instalment(due) for due in self.dues)
        self.lives: list[Past] = []
        self.ledger: list[Line] = list(opening_lines(self.dues))
        self.credit = 0

    @rule(amount=st.integers(1, 300_00), day=st.integers(0, 400))
    def pay(self, amount: int, day: int) -> None:
        payment = Received(uuid4(), amount, START + timedelta(days=day))
        last = max((each.payment.received_on for each in self.lives), default=START)
        if payment.received_on >= last:
            booked = append(self.instalments, [payment], ORDER)
            self._keep(booked, self.credit + booked.credit, [payment])
        else:
            booked = relive(self.dues, self.lives, [payment], ORDER, payment.id)
            self._keep(booked, booked.credit, [payment])

    @precondition(lambda self: self.lives)
    @rule(place=st.integers(0, 1000))
    def take_back(self, place: int) -> None:
        undone = self.lives.pop(place % len(self.lives))
        reversal = uuid4()
        entry = take_back(undone, reversal, START)
        assert (entry.kind, entry.corrects, entry.payment) == (
            EntryKind.REVERSAL,
            undone.payment.id,
            reversal,
        )
        self.ledger += entry.lines
        booked = relive(self.dues, self.lives, [], ORDER, reversal)
        self._keep(booked, booked.credit, [])

    @rule(count=st.integers(1, 24), principal=st.integers(1, 2_000_00))
    def other_terms(self, count: int, principal: int) -> None:
        before, self.dues = self.dues, schedule(some_terms(count=count, principal=principal))
        self.ledger += differences(opening_lines(before), opening_lines(self.dues))
        booked = relive(self.dues, self.lives, [], ORDER, uuid4())
        self._keep(booked, booked.credit, [])

    def _keep(self, booked: Booked, credit: int, new: list[Received]) -> None:
        self.instalments, self.credit = booked.instalments, credit
        lines: dict[UUID, list[Line]] = {}
        for entry in booked.entries:
            assert sum(line.amount for line in entry.lines) == 0
            assert entry.payment is not None
            self.ledger += entry.lines
            lines.setdefault(entry.payment, []).extend(entry.lines)
        self.lives = [
            Past(past.payment, (*past.lines, *lines.get(past.payment.id, ()))) for past in self.lives
        ]
        self.lives += [Past(payment, tuple(lines[payment.id])) for payment in new]
        self.lives.sort(key=lambda past: past.payment.received_on)

    @invariant()
    def the_ledger_says_what_the_instalments_say(self) -> None:
        assert sum(line.amount for line in self.ledger) == 0
        for component in Component:
            owed = sum(
                getattr(due, component) - getattr(paid, component) for due, paid, _ in self.instalments
            )
            assert owed >= 0
            assert sum(line.amount for line in self.ledger if line.account is Account(component)) == owed
        credit = -sum(line.amount for line in self.ledger if line.account is Account.CREDIT)
        assert credit == self.credit >= 0

    @invariant()
    def it_is_as_if_everything_had_been_known(self) -> None:
        known, _ = replay(self.dues, [past.payment for past in self.lives], ORDER)
        assert self.instalments == known

    @invariant()
    def credit_and_debt_exclude_each_other(self) -> None:
        standing = standing_of(self.instalments, 0, LoanState.OPEN)
        assert not (standing.outstanding and self.credit)
        assert (standing.past_due_since is None) == (standing.outstanding == 0)
        assert (standing.state is LoanState.SETTLED) == (standing.outstanding == 0)


LifeOfALoan.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLifeOfALoan = LifeOfALoan.TestCase


@given(st.integers(0, 100))
def test_a_small_rest_is_owed_but_makes_nobody_late(rest: int) -> None:
    due = Due(1, START, 1000, 0)
    standing = standing_of([Instalment(due, Paid(principal=1000 - rest))], 50, LoanState.OPEN)
    assert standing.outstanding == rest
    assert standing.past_due_since == (START if rest > 50 else None)


@pytest.mark.parametrize(
    ("before", "paid", "after"),
    [
        (LoanState.OPEN, 0, LoanState.OPEN),
        (LoanState.SETTLED, 0, LoanState.OPEN),
        (LoanState.CHARGED_OFF, 0, LoanState.CHARGED_OFF),
        (LoanState.CHARGED_OFF, 1000, LoanState.SETTLED),
    ],
)
def test_what_a_loan_becomes(before: LoanState, paid: int, after: LoanState) -> None:
    instalment = Instalment(Due(1, START, 1000, 0), Paid(paid, settled_on=START if paid else None))
    standing = standing_of([instalment], 0, before)
    assert (standing.state, standing.settled_on) == (after, START if paid else None)
