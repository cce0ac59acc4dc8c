"""What a row changes, compared with the rows that spoke before it."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from dunwell.intake.model import KeptPayment, Mark, TapeLoan, TapePayment
from dunwell.intake.parsing import Parser
from dunwell.intake.rules.changes import latest, reconcile, sort_out, until
from dunwell.intake.rules.rows import digest
from dunwell.intake.rules.standing import OPENING
from dunwell.kernel.ids import PaymentId, TapeId
from tests.builders.tapes import a_profile, a_row, csv_text

TAPE, EARLIER = TapeId(UUID(int=1)), TapeId(UUID(int=2))
TODAY = date(2026, 6, 1)


def a_loan(
    line: int = 2, reference: str = "L", principal: int = 100, told_on: date | None = None, *paid: TapePayment
):
    loan = {"principal": principal}
    return TapeLoan(line, reference, "CNY", told_on, {"reference": "C"}, loan, {}, (), paid)


def paid(minor: int, day: int = 1, slot: str = "one") -> TapePayment:
    return TapePayment(slot, date(2026, 5, day), minor, f"L/{slot}")


def kept(minor: int, day: int = 1, slot: str = "one", generation: int = 0) -> KeptPayment:
    return KeptPayment("L", slot, generation, PaymentId(uuid4()), date(2026, 5, day), minor)


def mark_of(loan: TapeLoan, tape: TapeId = EARLIER) -> dict[str, Mark]:
    return {loan.reference: Mark(loan.reference, loan.told_on, digest(loan), tape, loan.line)}


def test_a_new_row_is_a_change_and_an_equal_one_is_not():
    loan = a_loan()
    new = sort_out([loan], {}, TAPE, supersedes=False)
    assert (new.changed, new.unchanged, new.marks[0].tape) == ((loan,), 0, TAPE)
    same = sort_out([replace(loan, line=9)], mark_of(loan), TAPE, supersedes=False)
    assert (same.changed, same.unchanged) == ((), 1)
    assert (same.marks[0].tape, same.marks[0].line) == (TAPE, 9)


def test_older_news_is_no_news():
    newer, older = a_loan(told_on=date(2026, 5, 1)), a_loan(principal=50, told_on=date(2026, 4, 1))
    heard = sort_out([older], mark_of(newer), TAPE, supersedes=True)
    assert (heard.changed, heard.unchanged, heard.marks) == ((), 1, ())
    corrected = sort_out([replace(older, told_on=date(2026, 5, 1))], mark_of(newer), TAPE, supersedes=True)
    assert len(corrected.changed) == 1


def test_a_loan_that_stands_twice_is_refused_within_a_batch_and_across_batches():
    rows = [a_loan(2), a_loan(3, principal=7)]
    within = sort_out(rows, {}, TAPE, supersedes=False)
    across = sort_out(rows[1:], mark_of(rows[0], TAPE), TAPE, supersedes=False)
    assert len(within.changed) == 1
    assert [each.line for each in (*within.problems, *across.problems)] == [3, 3]


@given(st.permutations(range(6)))
def test_the_latest_report_counts_in_whatever_order_they_stand(order: list[int]):
    rows = [a_loan(line, told_on=date(2026, 1 + month, 1)) for line, month in enumerate(order)]
    assert [each.told_on for each in latest(rows)] == [date(2026, 6, 1)]


def test_of_two_reports_of_one_day_the_later_row_counts():
    assert latest([a_loan(2), a_loan(3)])[0].line == 3


def test_payments_after_the_day_have_not_happened():
    loan = a_loan(2, "L", 100, None, paid(5, 1), paid(6, 9))
    assert [each.minor for each in until(loan, date(2026, 5, 1)).payments] == [5]
    assert until(loan, TODAY) is loan


def outcome(loan: TapeLoan, *before: tuple[KeptPayment, bool], supersedes: bool = False):
    done = reconcile(loan, before, TODAY, supersedes=supersedes)
    return [each.minor for each in done.reverse], [(each.minor, each.reference) for each in done.record]


def one_paid(*payments: TapePayment) -> TapeLoan:
    return a_loan(2, "L", 100, None, *payments)


def test_payments_are_brought_to_what_the_row_tells():
    assert outcome(one_paid(paid(5))) == ([], [(5, "tape/L/one")])
    assert outcome(one_paid(paid(5)), (kept(5), False)) == ([], [])
    assert outcome(one_paid(paid(7)), (kept(5), False)) == ([5], [(7, "tape/L/one#1")])
    assert outcome(one_paid(paid(5, 2)), (kept(5, 1), False)) == ([5], [(5, "tape/L/one#1")])
    assert outcome(one_paid(), (kept(5), False)) == ([5], [])
    assert outcome(one_paid(), (kept(5), True)) == ([], [])
    assert outcome(one_paid(paid(5)), (kept(5), True)) == ([], [(5, "tape/L/one#1")])


def test_each_reporting_period_tells_of_its_own_payments():
    assert outcome(one_paid(), (kept(5), False), supersedes=True) == ([], [])


def test_a_payment_after_the_day_is_not_missed():
    done = reconcile(one_paid(), [(kept(5, 9), False)], date(2026, 5, 8), supersedes=False)
    assert done.reverse == ()


def opening(minor: int, day: int = 1) -> TapePayment:
    return paid(minor, day, OPENING)


def test_a_balance_that_went_down_means_that_the_difference_came_in():
    before = kept(100, 1, OPENING), False
    assert outcome(one_paid(opening(100, 9)), before) == ([], [])
    assert outcome(one_paid(opening(130, 9)), before) == ([], [(30, "tape/L/repaid#1")])
    more = kept(30, 9, OPENING, 1), False
    assert outcome(one_paid(opening(130, 9)), before, more) == ([], [])
    assert outcome(one_paid(opening(80, 9)), before, more) == ([100, 30], [(80, "tape/L/repaid#2")])
    assert outcome(one_paid(), before, supersedes=True) == ([100], [])


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 28)), max_size=5),
    st.tuples(st.integers(1, 9), st.integers(1, 28)),
)
def test_what_stands_in_the_end_is_what_was_told_last(history: list[tuple[int, int]], last: tuple[int, int]):
    standing: list[tuple[KeptPayment, bool]] = []
    for minor, day in (*history, last):
        done = reconcile(one_paid(paid(minor, day)), standing, TODAY, supersedes=False)
        gone = {each.generation for each in done.reverse}
        standing = [(each, was or each.generation in gone) for each, was in standing]
        standing += [
            (kept(each.minor, each.payment.paid_on.day, "one", each.generation), False)
            for each in done.record
        ]
    assert [(each.minor, each.paid_on.day) for each, gone in standing if not gone] == [last]
    assert len({each.generation for each, _ in standing}) == len(standing)


def test_a_loan_of_several_rows_is_never_cut_in_two():
    profile = a_profile(
        rows="one-instalment-each", instalment=[{"due_on": "due", "principal": "total"}], payment=[]
    )
    lines = [
        a_row(1, ref=f"L-{number}", due=f"2026-0{month}-01", total="10")
        for number in range(700)
        for month in (3, 4, 5)
    ]
    parser = Parser(profile)
    batches = [*parser.feed(csv_text(lines).encode()), *parser.close()]
    assert [batch.counts.rows for batch in batches] == [1002, 1002, 96]
    assert [(batch.after, batch.through) for batch in batches] == [(0, 1003), (1003, 2005), (2005, 2101)]
    assert {len(loan.instalments) for batch in batches for loan in batch.loans} == {3}
    rest = Parser(profile, after=1003)
    again = [*rest.feed(csv_text(lines).encode()), *rest.close()]
    assert [batch.loans for batch in again] == [batch.loans for batch in batches[1:]]
