"""Clauses of a contract, worked by hand."""

from datetime import date
from decimal import Decimal

import pytest

from dunwell.loans.model import (
    Accrual,
    BusinessDays,
    DayCount,
    Due,
    Every,
    Keep,
    Level,
    LoanInvalid,
    Method,
    Prepayment,
    RateChange,
    Roll,
    Rounding,
    Spread,
    Tranche,
    Unit,
)
from dunwell.loans.rules.calendar import due_dates, periods
from dunwell.loans.rules.reamortising import Remaining, reamortised
from dunwell.loans.rules.rolls import rolled
from dunwell.loans.rules.schedule import schedule, schedule_after
from tests.loans.cases.terms import terms

OCTOBER = BusinessDays(
    holidays=tuple(date(2024, 10, day) for day in range(1, 8)), workdays=(date(2024, 9, 29),)
)


def parts(dues: tuple[Due, ...]) -> list[tuple[int, int]]:
    return [(due.principal, due.interest) for due in dues]


def test_a_balloon_is_what_a_longer_amortisation_leaves() -> None:
    """1,000.00 over 24 months at 1 %: 47.07 a month; after three the rest is due."""
    dues = schedule(terms(count=3, amortised_over=24))
    assert parts(dues) == [(37_07, 10_00), (37_44, 9_63), (925_49, 9_25)]


def test_a_stated_balloon_is_left_for_the_last() -> None:
    """(1,000.00·1.01³ - 500.00) / 3.0301 = 175.01."""
    assert parts(schedule(terms(count=3, balloon=500_00))) == [
        (165_01, 10_00),
        (166_66, 8_35),
        (668_33, 6_68),
    ]
    dues = schedule(terms(count=3, balloon=400_00, method=Method.EQUAL_PRINCIPAL))
    assert [due.principal for due in dues] == [200_00, 200_00, 600_00]


def test_interest_only_then_amortising() -> None:
    dues = schedule(terms(count=5, interest_only=2))
    assert parts(dues)[:2] == [(0, 10_00), (0, 10_00)]
    assert {due.total for due in dues[2:4]} == {340_02}
    equal = schedule(terms(count=5, interest_only=3, method=Method.EQUAL_PRINCIPAL))
    assert [due.principal for due in equal] == [0, 0, 0, 500_00, 500_00]
    over = schedule(terms(count=4, interest_only=2, amortised_over=24))
    assert parts(over) == [(0, 10_00), (0, 10_00), (37_07, 10_00), (962_93, 9_63)]


def test_grace_on_interest_and_interest_free_periods() -> None:
    dues = schedule(terms(count=3, method=Method.EQUAL_PRINCIPAL, interest_deferred=1, principal=300_00))
    assert parts(dues) == [(100_00, 0), (100_00, 3_00 + 2_00), (100_00, 1_00)]
    free = schedule(terms(count=3, method=Method.EQUAL_PRINCIPAL, interest_free=1, principal=300_00))
    assert parts(free) == [(100_00, 0), (100_00, 2_00), (100_00, 1_00)]
    assert len({due.total for due in schedule(terms(count=4, interest_free=2))[:3]}) == 1


def test_flat_interest_is_counted_on_what_was_lent() -> None:
    dues = schedule(terms(count=3, method=Method.FLAT))
    assert parts(dues) == [(333_33, 10_00), (333_33, 10_00), (333_34, 10_00)]
    later = schedule(
        terms(count=3, method=Method.FLAT, interest_only=1, interest_free=1, interest_deferred=2)
    )
    assert parts(later) == [(0, 0), (500_00, 0), (500_00, 20_00)]
    stated = schedule(terms(count=3, method=Method.FLAT, instalment=350_00))
    assert parts(stated) == [(340_00, 10_00), (340_00, 10_00), (320_00, 10_00)]


def test_a_tranche_of_a_flat_loan_adds_its_own_interest_and_a_rate_change_the_difference() -> None:
    paid_out = Tranche(date(2024, 2, 15), 400_00)
    dues = schedule(terms(count=4, method=Method.FLAT, tranches=(paid_out,)))
    assert parts(dues) == [(150_00, 6_00), (283_33, 10_00), (283_33, 10_00), (283_34, 10_00)]
    dearer = RateChange(date(2024, 3, 15), Decimal("0.24"))
    dues = schedule(terms(count=4, method=Method.FLAT, rates=(dearer,)))
    assert [due.interest for due in dues] == [10_00, 10_00, 20_00, 20_00]
    less = schedule_after(terms(count=4, method=Method.FLAT), [Prepayment(date(2024, 2, 15), 300_00)])
    assert parts(less) == [(250_00, 10_00), (150_00, 10_00), (150_00, 10_00), (150_00, 10_00)]


def test_a_tranche_spread_over_the_whole_term_leaves_its_earlier_parts_to_the_last() -> None:
    again = Tranche(date(2024, 2, 15), 300_00)
    for method in (Method.FLAT, Method.EQUAL_PRINCIPAL):
        rest = terms(count=3, method=method, tranches=(again,), principal=600_00, annual_rate=Decimal(0))
        assert [due.principal for due in schedule(rest)] == [100_00, 250_00, 250_00]
        clauses = terms(
            count=3,
            method=method,
            tranches=(again,),
            principal=600_00,
            annual_rate=Decimal(0),
            spread=Spread.WHOLE_TERM,
        )
        assert [due.principal for due in schedule(clauses)] == [200_00, 200_00, 200_00]


def test_a_tranche_after_the_last_row_makes_rows_of_its_own() -> None:
    late = Tranche(date(2024, 6, 1), 500_00)
    for method in (Method.FLAT, Method.EQUAL_PRINCIPAL):
        dues = schedule(terms(count=1, method=method, tranches=(late,), annual_rate=Decimal(0)))
        assert [(due.due_on, due.principal) for due in dues] == [
            (date(2024, 2, 15), 500_00),
            (date(2024, 6, 15), 500_00),
        ]
    bullet = schedule(terms(count=1, method=Method.BULLET, tranches=(late,)))
    assert parts(bullet) == [(1_000_00, 5_00)]


def test_a_tranche_too_late_for_any_schedule_is_refused() -> None:
    late = Tranche(date(2090, 1, 1), 500_00)
    for method in (Method.FLAT, Method.EQUAL_PRINCIPAL):
        with pytest.raises(LoanInvalid):
            schedule(terms(count=1, method=method, tranches=(late,)))


def test_down_payments_fall_due_on_the_day_the_money_is_paid_out() -> None:
    lent = terms(
        count=2,
        annual_rate=Decimal(0),
        down_payment=Decimal("0.25"),
        tranches=(Tranche(date(2024, 2, 15), 400_00),),
        multiple_of=100_00,
    )
    dues = schedule(lent)
    assert [(due.number, due.due_on, due.principal) for due in dues] == [
        (1, date(2024, 1, 15), 200_00),
        (2, date(2024, 2, 15), 200_00),
        (3, date(2024, 2, 15), 100_00),
        (4, date(2024, 3, 15), 500_00),
    ]


@pytest.mark.parametrize(
    ("rounding", "instalment"),
    [(Rounding.HALF_EVEN, 88_00), (Rounding.UP, 89_00), (Rounding.DOWN, 88_00)],
)
def test_an_instalment_is_a_multiple_and_cents_stay_for_the_last(rounding: Rounding, instalment: int) -> None:
    """88.85 a month before rounding: half-even gives 89."""
    dues = schedule(terms(multiple_of=100, rounding=rounding))
    expected = 89_00 if rounding is Rounding.HALF_EVEN else instalment
    assert {due.total for due in dues[:-1]} == {expected}
    assert dues[-1].total % 100


@pytest.mark.parametrize(
    ("level", "instalment"),
    [(Level.AS_THEY_ARE, 88_93), (Level.EQUAL, 88_85), (Level.AS_THE_FIRST, 89_04)],
)
def test_an_instalment_may_be_computed_from_other_periods_than_interest_is(
    level: Level, instalment: int
) -> None:
    """Actual/360 from 15 January: a twelfth of a year, the 31 days of the first period, or the days of each."""
    dues = schedule(terms(level=level, day_count=DayCount.ACTUAL_360))
    assert dues[0].total == instalment
    assert [due.interest for due in dues[:1]] == [10_33]


def test_a_rate_change_keeps_the_term_or_the_instalment() -> None:
    changed = date(2024, 4, 15)
    plain = schedule(terms())
    term = schedule(terms(rates=(RateChange(changed, Decimal("0.36")),)))
    assert term[:3] == plain[:3]
    assert len(term) == 12
    assert len({due.total for due in term[3:11]}) == 1
    assert term[3].total > plain[3].total
    kept = schedule(terms(rates=(RateChange(changed, Decimal("0.36"), Keep.INSTALMENT),)))
    assert len(kept) > 12
    assert {due.total for due in kept[:-1]} == {plain[0].total}
    cheaper = schedule(terms(rates=(RateChange(changed, Decimal(0), Keep.INSTALMENT),)))
    assert len(cheaper) == 12
    assert cheaper[-1].total < plain[0].total


def test_a_rate_change_inside_a_period_splits_its_interest() -> None:
    """14 of February's days at 12 %, 15 at 24 %: 1,000.00·(0.01·17/29 + 0.02·12/29), by days of the period."""
    split = RateChange(date(2024, 3, 3), Decimal("0.24"))
    dues = schedule(terms(count=2, method=Method.INTEREST_FIRST, rates=(split,)))
    assert [due.interest for due in dues] == [10_00, 14_14]
    bullet = schedule(terms(count=2, method=Method.BULLET, rates=(split,)))
    assert [due.interest for due in bullet] == [24_14]


def test_an_instalment_that_never_repays_is_refused() -> None:
    with pytest.raises(LoanInvalid) as refused:
        schedule(terms(rates=(RateChange(date(2024, 4, 15), Decimal(3), Keep.INSTALMENT),)))
    assert refused.value.faults[0].field == "clauses"


def test_with_a_balloon_a_kept_instalment_leaves_more_for_the_last() -> None:
    change = RateChange(date(2024, 4, 15), Decimal("0.36"), Keep.INSTALMENT)
    dues = schedule(terms(balloon=500_00, rates=(change,)))
    assert len(dues) == 12
    assert dues[-1].principal > 500_00


def test_a_stated_instalment_is_taken_and_the_last_takes_the_rest() -> None:
    dues = schedule(terms(count=3, instalment=300_00))
    assert parts(dues) == [(290_00, 10_00), (292_90, 7_10), (417_10, 4_17)]


def test_a_prepayment_of_everything_leaves_nothing() -> None:
    dues = schedule_after(terms(count=3), [Prepayment(date(2024, 1, 30), 1_000_00)])
    assert [due.total for due in dues] == [4_84, 0, 0]
    gone = schedule_after(terms(count=3), [Prepayment(date(2024, 1, 30), 1_000_00, Keep.INSTALMENT)])
    assert parts(gone) == [(0, 4_84)]


def test_what_is_left_after_an_early_repayment() -> None:
    """Of 921.15 left, 400.00 is repaid on a due date: 50.27 instead of 88.85, or seven rows instead of eleven."""
    dates = tuple(due_dates(terms()))[1:]
    left = Remaining(921_15, date(2024, 2, 15), dates, Decimal("0.12"), instalment=88_85)
    term = reamortised(left, [Prepayment(date(2024, 2, 15), 400_00)])
    shorter = reamortised(left, [Prepayment(date(2024, 2, 15), 400_00, Keep.INSTALMENT)])
    assert (len(term), len(shorter)) == (11, 7)
    assert {due.total for due in shorter[:-1]} == {88_85}
    assert shorter[-1].total < 88_85
    assert {due.total for due in term[:-1]} == {50_27}
    longer = Remaining(921_15, date(2024, 2, 15), dates[:1], Decimal("0.12"), instalment=88_85)
    assert len(reamortised(longer, [Prepayment(date(2024, 2, 16), 1_00, Keep.INSTALMENT)])) == 11


@pytest.mark.parametrize(
    ("roll", "day", "goes_to"),
    [
        (Roll.NONE, date(2024, 10, 1), date(2024, 10, 1)),
        (Roll.FOLLOWING, date(2024, 10, 1), date(2024, 10, 8)),
        (Roll.FOLLOWING, date(2024, 9, 29), date(2024, 9, 29)),
        (Roll.PRECEDING, date(2024, 10, 5), date(2024, 9, 30)),
        (Roll.MODIFIED_FOLLOWING, date(2024, 8, 31), date(2024, 8, 30)),
        (Roll.MODIFIED_FOLLOWING, date(2024, 10, 1), date(2024, 10, 8)),
    ],
)
def test_rolls(roll: Roll, day: date, goes_to: date) -> None:
    assert rolled(day, roll, OCTOBER) == goes_to


def test_a_calendar_without_a_business_day_leaves_the_day_where_it_is() -> None:
    assert rolled(date(2024, 1, 1), Roll.FOLLOWING, BusinessDays(weekend=(1, 2, 3, 4, 5, 6, 7))) == date(
        2024, 1, 1
    )


def test_interest_follows_the_rolled_date_where_the_contract_says_so() -> None:
    """15 June 2024 is a Saturday: two days more in June's period, two fewer in July's."""
    day_by_day = {"day_count": DayCount.ACTUAL_365, "method": Method.INTEREST_FIRST, "roll": Roll.FOLLOWING}
    stays = schedule(terms(**day_by_day, disbursed_on=date(2024, 4, 15), count=3))
    follows = schedule(terms(**day_by_day, disbursed_on=date(2024, 4, 15), count=3, accrues_to_roll=True))
    assert [due.due_on for due in stays] == [due.due_on for due in follows]
    assert [due.interest for due in stays] == [9_86, 10_19, 9_86]
    assert [due.interest for due in follows] == [9_86, 10_85, 9_21]


def test_interest_of_the_calendar_month_before() -> None:
    """Actual/360 on the days of the month before: March's instalment bears February's 29 days, whatever its day."""
    dues = schedule(
        terms(
            count=3,
            day_count=DayCount.ACTUAL_360,
            method=Method.INTEREST_FIRST,
            disbursed_on=date(2024, 1, 11),
            first_due_on=date(2024, 3, 11),
            accrual=Accrual.PREVIOUS_MONTH,
        )
    )
    assert [due.interest for due in dues] == [9_67, 10_33, 10_00]


def test_the_month_before_counts_from_the_day_the_money_was_lent() -> None:
    lent = terms(count=2, accrual=Accrual.PREVIOUS_MONTH, day_count=DayCount.ACTUAL_360)
    assert periods(lent)(1).start == date(2024, 1, 15)
    assert periods(lent)(1).end == date(2024, 2, 1)
    late = terms(count=2, accrual=Accrual.PREVIOUS_MONTH, first_due_on=date(2024, 1, 20))
    assert schedule(late)[0].interest == 0


@pytest.mark.parametrize(
    ("every", "interest"),
    [
        (Every(1, Unit.WEEK), 2_31),
        (Every(1), 10_00),
        (Every(3), 30_00),
        (Every(1, Unit.YEAR), 120_00),
        (Every(30, Unit.DAY), 9_86),
    ],
)
def test_equal_periods_are_equal_parts_of_a_year(every: Every, interest: int) -> None:
    dues = schedule(terms(count=3, every=every, day_count=DayCount.PERIOD, method=Method.INTEREST_FIRST))
    assert {due.interest for due in dues} == {interest}


def test_a_first_period_of_another_length_counts_by_its_days() -> None:
    """15 of the 31 days from 30 December to 30 January."""
    short = terms(
        count=2, day_count=DayCount.PERIOD, method=Method.INTEREST_FIRST, first_due_on=date(2024, 1, 30)
    )
    assert [due.interest for due in schedule(short)] == [4_84, 10_00]


def test_a_whole_year_of_thirty_day_months() -> None:
    yearly = terms(
        count=2, every=Every(1, Unit.YEAR), day_count=DayCount.THIRTY_365, method=Method.INTEREST_FIRST
    )
    assert [due.interest for due in schedule(yearly)] == [118_36, 118_36]
