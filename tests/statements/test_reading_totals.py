"""What must add up, whichever way it is written."""

from dataclasses import replace
from datetime import date
from itertools import accumulate, pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.money import Money
from dunwell.statements.model import (
    MOST_FAULTS,
    Account,
    Balance,
    BalanceKind,
    Declared,
    Direction,
    Entry,
    State,
    Statement,
)
from dunwell.statements.rules.reading_totals import Chain, Findings, Tally, follow

ACCOUNT = Account("6222", currency="CNY")


def an_entry(
    minor: int, after: int | None = None, *, line: int = 1, currency: str = "CNY", state: State = State.BOOKED
) -> Entry:
    return Entry(
        statement=1,
        line=line,
        direction=Direction.CREDIT if minor >= 0 else Direction.DEBIT,
        amount=Money(abs(minor), currency),
        state=state,
        booked_on=date(2026, 3, 1),
        balance_after=Money(after, currency) if after is not None else None,
    )


def a_balance(kind: BalanceKind, minor: int, currency: str = "CNY") -> Balance:
    return Balance(kind, Money(minor, currency))


def a_statement(
    opening: int | None = None, closing: int | None = None, *, account: Account = ACCOUNT
) -> Statement:
    return Statement(
        1,
        account,
        opening=a_balance(BalanceKind.OPENING, opening) if opening is not None else None,
        closing=a_balance(BalanceKind.CLOSING, closing) if closing is not None else None,
    )


def rows(opening: int, moves: list[int]) -> list[Entry]:
    balances = list(accumulate(moves, initial=opening))[1:]
    return [
        an_entry(move, after, line=line)
        for line, (move, after) in enumerate(zip(moves, balances, strict=True), 1)
    ]


moves = st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30)


@given(st.integers(-(10**9), 10**9), moves, st.booleans())
def test_a_whole_running_balance_gives_both_ends(
    opening: int, given_moves: list[int], newest_first: bool
) -> None:
    entries = rows(opening, given_moves)
    tally = Tally()
    for entry in reversed(entries) if newest_first else entries:
        tally.add(entry)
    findings = Findings()
    totals = tally.close(a_statement(), findings)
    assert findings.faults == []
    assert totals.reconciled is True
    assert totals.statement.closing is not None
    assert totals.statement.opening is not None
    moved = totals.statement.closing.amount - totals.statement.opening.amount
    assert moved.minor == sum(given_moves)


@given(moves.filter(lambda given_moves: len(given_moves) > 3), st.randoms(use_true_random=False))
def test_a_row_taken_out_of_the_middle_is_noticed(given_moves: list[int], source: Random) -> None:
    given_moves = [move or 1 for move in given_moves]
    entries = rows(1000, given_moves)
    del entries[source.randrange(1, len(entries) - 1)]
    chain = Chain()
    for entry in entries:
        chain.add(entry)
    # Where the rows read newest first by chance, the ends are still wrong, and the statement shows it.
    assert chain.broken_at is not None or chain.ends is not None
    oldest_first = [
        before.balance_after.minor + after.signed.minor == after.balance_after.minor
        for before, after in pairwise(entries)
        if before.balance_after is not None and after.balance_after is not None
    ]
    assert not all(oldest_first)


def test_a_missing_balance_ends_the_chain_without_a_verdict() -> None:
    chain = Chain()
    for entry in (an_entry(5, 105), an_entry(5), an_entry(5, 300)):
        chain.add(entry)
    assert (chain.broken_at, chain.ends, chain.patchy) == (None, None, True)
    tally, findings = Tally(), Findings()
    tally.add(an_entry(5, 105))
    tally.add(an_entry(5))
    assert tally.close(a_statement(), findings).reconciled is None
    assert "some rows have no balance" in str(findings.notices[0])


def test_a_chain_over_two_currencies_compares_nothing() -> None:
    chain = Chain()
    chain.add(an_entry(5, 105))
    chain.add(an_entry(5, 900, currency="USD"))
    assert chain.broken_at is None


def test_a_chain_without_rows() -> None:
    assert (Chain().broken_at, Chain().ends) == (None, None)


@given(st.integers(-(10**9), 10**9), moves)
def test_balances_hold_exactly_when_the_sum_is_right(opening: int, given_moves: list[int]) -> None:
    for wrong in (0, 1):
        tally, findings = Tally(), Findings()
        for move in given_moves:
            tally.add(an_entry(move))
        totals = tally.close(a_statement(opening, opening + sum(given_moves) + wrong), findings)
        assert totals.reconciled is (wrong == 0)
        assert bool(findings.faults) == bool(wrong)


def test_entries_that_are_not_booked_move_nothing() -> None:
    tally, findings = Tally(), Findings()
    tally.add(an_entry(100))
    tally.add(an_entry(100, state=State.PENDING))
    totals = tally.close(a_statement(0, 100), findings)
    assert (totals.reconciled, totals.not_booked, totals.credits.count) == (True, 1, 1)


def test_an_entry_that_is_only_expected_has_no_day() -> None:
    tally = Tally()
    tally.add(replace(an_entry(100, state=State.PENDING), booked_on=None))
    assert tally.close(a_statement(), Findings()).first_on is None


def test_balances_in_two_currencies_prove_nothing() -> None:
    tally, findings = Tally(), Findings()
    statement = Statement(
        1,
        Account("x"),
        opening=a_balance(BalanceKind.OPENING, 1, "EUR"),
        closing=a_balance(BalanceKind.CLOSING, 1, "SEK"),
    )
    assert tally.close(statement, findings).reconciled is None
    assert len(findings.notices) == 1


def test_an_account_in_one_currency_and_an_entry_in_another() -> None:
    tally, findings = Tally(), Findings()
    tally.add(an_entry(1, currency="USD"))
    assert tally.close(a_statement(), findings).currency == "CNY"
    assert "an entry in USD on an account in CNY" in str(findings.faults[0])


def test_a_statement_without_entries_takes_its_currency_from_its_balance() -> None:
    totals = Tally().close(a_statement(5, 5, account=Account("x")), Findings())
    assert (totals.currency, totals.reconciled, totals.first_on) == ("CNY", True, None)


def test_declared_counts_and_sums() -> None:
    tally = Tally()
    tally.add(an_entry(100))
    tally.add(an_entry(-30))
    right, wrong = Findings(), Findings()
    tally.hold(Declared(2, 1, 1, 0, Money(100, "CNY"), Money(30, "CNY"), Money(0, "CNY")), right, "file")
    tally.hold(Declared(3, 2, 2, 1, Money(1, "CNY"), Money(30, "USD"), Money(1, "CNY")), wrong, "file")
    assert right.faults == []
    assert len(wrong.faults) == 7


def test_nothing_declared_of_nothing() -> None:
    findings = Findings()
    Tally().hold(Declared(0, credits=Money(0, "CNY")), findings, "file")
    assert findings.faults == []


def test_one_statement_after_another() -> None:
    before = Tally().close(a_statement(5, 5), Findings())
    for after, pages, faults, notices in (
        (a_statement(5, 9), False, 0, 0),
        (a_statement(7, 9), False, 0, 1),
        (a_statement(7, 9), True, 1, 0),
        (a_statement(), True, 0, 0),
        (a_statement(7, 9, account=Account("other")), True, 0, 0),
    ):
        findings = Findings()
        follow(before, after, findings, pages=pages)
        assert (len(findings.faults), len(findings.notices)) == (faults, notices)
    follow(None, a_statement(5, 9), Findings())


def test_findings_are_kept_up_to_a_limit_and_counted_beyond() -> None:
    findings = Findings()
    for _ in range(MOST_FAULTS + 3):
        findings.add("fault", "x", "wrong")
        findings.add("notice", "x", "told")
    assert (len(findings.faults), len(findings.notices), findings.more) == (MOST_FAULTS, MOST_FAULTS, 3)
