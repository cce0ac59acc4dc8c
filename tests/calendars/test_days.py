"""Calendars as data: what was announced, what is provisional, and counting of days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.calendars import (
    CalendarUnknown,
    Kind,
    add_working_days,
    calendar_of,
    confirmed_through,
    days_of,
    holidays,
    is_working_day,
    known,
    next_working_day,
    region_for,
    regions,
    working_days_between,
)
from dunwell.kernel.errors import Invalid
from dunwell.packs import NAMES

DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))
REGIONS = st.sampled_from(["cn", "us", "uk", "uk-scotland", "uk-northern-ireland", "eu", "in", "de", "fr"])
DAY = timedelta(days=1)

# 国办发明电〔2024〕12号 and 〔2025〕7号, as announced: days off, and weekends worked instead.
OFF = {
    2025: [
        ("01-01", "01-01"), ("01-28", "02-04"), ("04-04", "04-06"), ("05-01", "05-05"), ("05-31", "06-02"),
        ("10-01", "10-08"),
    ],
    2026: [
        ("01-01", "01-03"), ("02-15", "02-23"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-19", "06-21"),
        ("09-25", "09-27"), ("10-01", "10-07"),
    ],
}  # fmt: skip
WORKED = {
    2025: ["01-26", "02-08", "04-27", "09-28", "10-11"],
    2026: ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
}


def whole_year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


@pytest.mark.parametrize("year", [2025, 2026])
def test_china_keeps_the_days_that_were_announced(year: int) -> None:
    off = set[date]()
    for start, end in OFF[year]:
        first, last = date.fromisoformat(f"{year}-{start}"), date.fromisoformat(f"{year}-{end}")
        off |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    worked = {date.fromisoformat(f"{year}-{day}") for day in WORKED[year]}
    days = days_of("cn", *whole_year(year))
    assert holidays("cn", *whole_year(year)) == off
    assert {day.on for day in days if day.kind is Kind.MAKE_UP_WORKDAY} == worked
    assert all(day.confirmed and day.source == f"CAL-CN-{year}" for day in days)
    assert all(is_working_day("cn", day) for day in worked)
    assert not any(is_working_day("cn", day) for day in off)


@pytest.mark.parametrize(
    ("region", "day", "working"),
    [
        ("us", date(2026, 7, 3), False),  # Independence Day falls on a Saturday
        ("us", date(2026, 11, 26), False),
        ("us", date(2026, 11, 27), True),
        ("us", date(2027, 12, 31), False),  # New Year's Day of 2028 is a Saturday
        ("uk", date(2026, 12, 28), False),
        ("uk", date(2026, 4, 6), False),
        ("uk-scotland", date(2026, 4, 6), True),
        ("uk-scotland", date(2026, 6, 15), False),
        ("uk-england-wales", date(2026, 6, 15), True),
        ("uk-northern-ireland", date(2026, 7, 13), False),
        ("uk-england-wales", date(2026, 7, 13), True),
        ("eu", date(2026, 5, 1), False),
        ("eu", date(2025, 10, 3), True),
        ("de", date(2029, 10, 3), False),
        ("fr", date(2026, 7, 14), False),
        ("in", date(2026, 1, 26), False),
        ("in", date(2026, 8, 28), True),  # a festival is worked
        ("cn", date(2026, 11, 21), False),
    ],
)
def test_which_days_are_worked(region: str, day: date, working: bool) -> None:
    assert is_working_day(region, day) is working


def test_a_festival_spares_people_and_is_worked() -> None:
    festival = date(2026, 8, 28)
    assert festival in holidays("in", festival, festival)
    assert is_working_day("in", festival)


@pytest.mark.parametrize("region", regions())
@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027, 2030])
def test_every_day_says_whether_it_was_announced_and_by_whom(region: str, year: int) -> None:
    calendar, through = calendar_of(region), confirmed_through(region)
    days = days_of(region, *whole_year(year))
    assert len(days) > 5
    assert [day.on for day in days] == sorted(day.on for day in days)
    for day in days:
        assert day.source in calendar.sources
        assert day.zh
        assert day.en
        announced = calendar.announced_from is not None and through is not None
        if not (announced and calendar.announced_from <= day.on <= through):
            assert (day.confirmed, day.source) == (False, "COMPUTED")


def test_what_nobody_has_announced_is_provisional() -> None:
    assert confirmed_through("cn") == date(2026, 12, 31)
    days = days_of("cn", *whole_year(2027))
    assert days
    assert not any(day.confirmed for day in days)
    # No make-up workday is invented before it is announced.
    assert {day.kind for day in days} == {Kind.PUBLIC_HOLIDAY}
    assert confirmed_through("de") is None


def test_a_span_over_new_year_joins_what_is_announced_and_what_is_not() -> None:
    days = days_of("cn", date(2026, 10, 1), date(2027, 1, 1))
    assert [day.confirmed for day in days] == [True] * 8 + [False]


@pytest.mark.parametrize("region", ["", "zz", "CN", "../cn", "uk-", "xecb"])
def test_an_unknown_region_is_refused_everywhere(region: str) -> None:
    day = date(2026, 11, 24)
    assert not known(region)
    for asked in (
        lambda: calendar_of(region),
        lambda: confirmed_through(region),
        lambda: holidays(region, day, day),
        lambda: is_working_day(region, day),
        lambda: next_working_day(region, day),
        lambda: add_working_days(region, day, 1),
        lambda: working_days_between(region, day, day),
        lambda: days_of(region, day, day),
    ):
        with pytest.raises(CalendarUnknown):
            asked()


@pytest.mark.parametrize("pack", NAMES)
def test_every_pack_has_a_calendar(pack: str) -> None:
    assert known(pack)


@pytest.mark.parametrize(
    ("pack", "country", "region"),
    [
        ("cn", "CN", "cn"), ("uk", "GB", "uk-england-wales"), ("eu", "DE", "de"), ("eu", "GR", "gr"),
        ("eu", "BR", "eu"), ("us", "US", "us"), ("in", "IN", "in"), ("us", "", "us"), ("zz", "BR", "zz"),
    ],
)  # fmt: skip
def test_whose_days_a_person_keeps(pack: str, country: str, region: str) -> None:
    assert region_for(pack, country) == region


@given(REGIONS, DAYS, DAYS)
def test_the_next_working_day_is_later_worked_and_monotone(region: str, one: date, other: date) -> None:
    first, second = sorted((one, other))
    following = next_working_day(region, first)
    assert following > first
    assert is_working_day(region, following)
    assert following <= next_working_day(region, second)
    assert working_days_between(region, first, following) == 1


@given(REGIONS, DAYS, st.integers(0, 40), st.integers(0, 40))
def test_terms_add_up(region: str, start: date, one: int, other: int) -> None:
    once = add_working_days(region, start, one + other)
    assert once == add_working_days(region, add_working_days(region, start, one), other)
    assert working_days_between(region, start, once) == one + other


@given(REGIONS, DAYS, st.integers(0, 200), st.integers(0, 200))
def test_spans_of_working_days_join(region: str, start: date, one: int, other: int) -> None:
    middle = start + timedelta(days=one)
    end = middle + timedelta(days=other)
    whole = working_days_between(region, start, end)
    assert whole == working_days_between(region, start, middle) + working_days_between(region, middle, end)
    assert whole <= one + other


@given(REGIONS, DAYS, st.integers(0, 400))
def test_holidays_of_a_span_are_those_of_its_days(region: str, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    whole = holidays(region, first, last)
    assert all(first <= day <= last for day in whole)
    middle = first + timedelta(days=length // 2)
    assert whole == holidays(region, first, middle) | holidays(region, middle + DAY, last)


def test_a_span_that_ends_before_it_begins_is_empty() -> None:
    assert holidays("cn", date(2026, 10, 7), date(2026, 10, 1)) == frozenset()
    assert working_days_between("cn", date(2026, 10, 9), date(2026, 10, 8)) == 0


@pytest.mark.parametrize("number", [-1, 10_001])
def test_an_impossible_term_is_refused(number: int) -> None:
    with pytest.raises(Invalid):
        add_working_days("cn", date(2026, 1, 1), number)
