"""What must hold for any terms with any clauses: nothing lost, nothing negative, dates in order."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dunwell.loans.model import DayCount, Keep, Method, Prepayment, Roll, Terms
from dunwell.loans.rules.calendar import due_dates, part_of, periods, year_fraction
from dunwell.loans.rules.reamortising import Remaining, reamortised
from dunwell.loans.rules.rolls import is_business_day
from dunwell.loans.rules.schedule import schedule, schedule_after
from tests.loans.cases.terms import any_terms
from tests.loans.cases.terms import terms as some_terms

ADDITIVE = [
    DayCount.THIRTY_E_360, DayCount.ACTUAL_360, DayCount.ACTUAL_364, DayCount.ACTUAL_365,
    DayCount.ACTUAL_ACTUAL, DayCount.PERIOD,
]  # fmt: skip
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(any_terms())
def test_the_principal_is_repaid_to_the_cent_and_nothing_is_negative(terms: Terms) -> None:
    dues = schedule(terms)
    assert sum(due.principal for due in dues) == terms.principal
    assert all(due.principal >= 0 and due.interest >= 0 for due in dues)
    assert [due.number for due in dues] == list(range(1, len(dues) + 1))
    assert all(earlier.due_on <= later.due_on for earlier, later in pairwise(dues))


@given(any_terms())
def test_without_rolls_and_down_payments_due_dates_rise_strictly(terms: Terms) -> None:
    terms = replace(terms, clauses=replace(terms.clauses, roll=Roll.NONE, down_payment=Decimal(0)))
    assert all(earlier.due_on < later.due_on for earlier, later in pairwise(schedule(terms)))


@given(any_terms())
def test_rolled_dates_are_business_days(terms: Terms) -> None:
    clauses = terms.clauses
    if clauses.roll is not Roll.NONE:
        assert all(is_business_day(day, clauses.business_days) for day in due_dates(terms))


@given(any_terms())
def test_interest_only_rows_repay_nothing_before_the_last(terms: Terms) -> None:
    terms = replace(terms, clauses=replace(terms.clauses, tranches=(), down_payment=Decimal(0)))
    rows = schedule(terms)
    assert not any(due.principal for due in rows[: terms.clauses.interest_only])


@given(any_terms())
def test_interest_free_periods_bear_none(terms: Terms) -> None:
    free = replace(terms, clauses=replace(terms.clauses, interest_free=terms.count, tranches=()))
    assert not any(due.interest for due in schedule(free))


@given(any_terms())
def test_deferred_interest_is_demanded_later_and_is_the_same(terms: Terms) -> None:
    at_once = replace(terms, clauses=replace(terms.clauses, interest_deferred=0))
    ours, theirs = schedule(terms), schedule(at_once)
    assert sum(due.interest for due in ours) == sum(due.interest for due in theirs)
    assert [due.principal for due in ours] == [due.principal for due in theirs]


@given(any_terms())
def test_the_last_row_holds_the_balloon(terms: Terms) -> None:
    if terms.method in {Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL} and not terms.clauses.tranches:
        balloon = terms.principal // 8
        clauses = replace(terms.clauses, balloon=balloon, down_payment=Decimal(0), rates=(), multiple_of=1)
        last = schedule(replace(terms, clauses=clauses))[-1]
        assert last.principal >= balloon - terms.count


@given(any_terms())
def test_the_parts_of_a_period_add_up(terms: Terms) -> None:
    period = periods(terms)(1)
    middle = period.start + (period.end - period.start) / 2
    halves = [
        part_of(terms.day_count, period, *span) for span in ((period.start, middle), (middle, period.end))
    ]
    whole = part_of(terms.day_count, period, period.start, period.end)
    assert whole == period.part
    if terms.day_count is not DayCount.ACTUAL_ACTUAL or terms.clauses.accrual == "period":
        assert sum(halves, Fraction(0)) == whole


@given(st.sampled_from(ADDITIVE), st.lists(days, min_size=3, max_size=3).map(sorted))
def test_day_counts_that_add_up(day_count: DayCount, three: list[date]) -> None:
    first, middle, last = three
    parts = year_fraction(day_count, first, middle) + year_fraction(day_count, middle, last)
    assert parts == year_fraction(day_count, first, last)


@given(st.sampled_from(DayCount), days, st.integers(0, 5000))
def test_a_year_fraction_is_near_the_plain_one(day_count: DayCount, start: date, more: int) -> None:
    end = start + timedelta(days=more)
    assert abs(year_fraction(day_count, start, end) - Fraction(more, 365)) <= Fraction(
        more, 60
    ) / 365 + Fraction(3, 360)


@given(any_terms(), st.data())
def test_prepayments_and_principal_parts_add_up(terms: Terms, data: st.DataObject) -> None:
    """Whatever was prepaid, and whether the term or the instalment is kept."""
    clauses = replace(terms.clauses, tranches=(), down_payment=Decimal(0), balloon=None, multiple_of=1)
    terms = replace(terms, clauses=clauses, annual_rate=terms.annual_rate / 4)
    on = terms.disbursed_on + timedelta(days=data.draw(st.integers(0, 20)))
    keep = data.draw(st.sampled_from(Keep))
    prepaid = Prepayment(on, data.draw(st.integers(1, terms.principal // 2)), keep)
    rows = schedule_after(replace(terms, clauses=replace(clauses, rates=())), [prepaid])
    assert sum(due.principal for due in rows) == terms.principal - prepaid.amount
    assert all(due.principal >= 0 and due.interest >= 0 for due in rows)


@given(st.integers(10_000, 10**8), st.integers(3, 48), st.decimals("0.001", "0.5", places=4), st.data())
def test_a_prepayment_makes_the_instalment_smaller_or_the_term_shorter(
    principal: int, count: int, rate: Decimal, data: st.DataObject
) -> None:
    before = some_terms(principal=principal, count=count, annual_rate=rate)
    plain = schedule(before)
    on = plain[0].due_on
    amount = data.draw(st.integers(count, (principal - plain[0].principal) // 2 + count))
    term, shorter = (schedule_after(before, [Prepayment(on, amount, keep)]) for keep in Keep)
    assert len(term) == count
    assert term[0] == shorter[0] == plain[0]
    assert len(shorter) <= count
    assert term[1].total <= plain[1].total
    assert all(due.total <= plain[0].total for due in shorter)
    interest = [sum(due.interest for due in rows) for rows in (shorter, term, plain)]
    assert interest[0] <= interest[1] + count
    assert interest[1] <= interest[2] + count


@given(st.integers(1_000, 10**8), st.integers(1, 36), st.decimals(0, 1, places=4), st.sampled_from(DayCount))
def test_what_is_left_spread_anew_without_a_prepayment_is_the_schedule_itself(
    principal: int, count: int, rate: Decimal, day_count: DayCount
) -> None:
    terms = some_terms(principal=principal, count=count, annual_rate=rate, day_count=day_count)
    dates = tuple(due_dates(terms))
    left = Remaining(principal, terms.disbursed_on, dates, rate, day_count=day_count)
    assert reamortised(left) == schedule(terms)
