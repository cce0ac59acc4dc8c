"""Business dates, local instants, and months of different lengths."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunwell.kernel.calendar import add_months, business_date, days_in_month, is_zone, local_instant
from dunwell.kernel.errors import Broken, Fault
from dunwell.kernel.paging import WrongCursor, decode_cursor, encode_cursor, page

days = st.dates(date(1970, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        (datetime(2026, 11, 23, 15, 59, tzinfo=UTC), "Asia/Shanghai", date(2026, 11, 23)),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), "Asia/Shanghai", date(2026, 11, 24)),
        (datetime(2026, 11, 24, 0, 40, tzinfo=UTC), "America/Los_Angeles", date(2026, 11, 23)),
    ],
)
def test_the_business_date_is_the_local_one(instant: datetime, zone: str, day: date) -> None:
    assert business_date(instant, zone) == day


def test_an_instant_without_an_offset_has_none() -> None:
    with pytest.raises(Broken):
        business_date(datetime(2026, 1, 1), "Asia/Shanghai")  # noqa: DTZ001


@given(
    days, st.times(), st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "America/New_York", "Europe/London"])
)
def test_a_local_instant_lies_on_its_day_and_a_skipped_hour_moves_forward(
    day: date, at: time, zone: str
) -> None:
    instant = local_instant(day, at.replace(tzinfo=None, fold=0), zone)
    local = instant.astimezone(instant.tzinfo).replace(tzinfo=None)
    wanted = datetime.combine(day, at)
    assert timedelta(0) <= local - wanted <= timedelta(hours=1)


def test_the_skipped_hour_of_new_york() -> None:
    instant = local_instant(date(2026, 3, 8), time(2, 30), "America/New_York")
    assert instant.astimezone(UTC) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


@given(days, st.integers(-600, 600))
def test_adding_months_keeps_the_day_or_ends_at_the_months_end(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, days_in_month(later.year, later.month))


@pytest.mark.parametrize(
    ("year", "month", "days"), [(2026, 2, 28), (2024, 2, 29), (2026, 12, 31), (2026, 4, 30)]
)
def test_days_in_a_month(year: int, month: int, days: int) -> None:
    assert days_in_month(year, month) == days


@pytest.mark.parametrize(
    ("name", "known"), [("Asia/Shanghai", True), ("Mars/Base", False), ("../etc", False), ("", False)]
)
def test_zones_are_known_by_name(name: str, *, known: bool) -> None:
    assert is_zone(name) is known


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_cursor_is_read_as_it_was_given(key: list[str]) -> None:
    assert decode_cursor(encode_cursor(key), len(key)) == tuple(key)


@pytest.mark.parametrize("cursor", ["", "x", "bm90IGpzb24", "eyJhIjoxfQ", "WzFd", "%%%", "é"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(WrongCursor):
        decode_cursor(cursor, 1)


@given(st.integers(0, 12), st.integers(1, 6))
def test_pages_cover_every_row_once(count: int, limit: int) -> None:
    rows, seen, cursor = list(range(count)), [], None
    for _ in range(count + 1):
        after = decode_cursor(cursor, 1)
        start = int(after[0]) + 1 if after else 0
        shown = page(rows[start : start + limit + 1], limit, lambda row: row, lambda row: [str(row)])
        seen += shown.rows
        cursor = shown.next
        if cursor is None:
            break
    assert seen == rows


def test_a_fault_reads_as_a_sentence() -> None:
    assert str(Fault("due_on", "a date in 1900", "use 1970 or later", 7)) == (
        "line 7, due_on: a date in 1900 (use 1970 or later)"
    )
