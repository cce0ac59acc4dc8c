"""Calendar files: what ships is sound and agrees with the library, and a bad one is refused with its line."""

from datetime import date
from importlib import resources

import pytest
from holidays import country_holidays, financial_holidays

from dunwell.calendars import CalendarUnsound, Kind, calendar_of, days_of, read_calendar
from dunwell.calendars.reading import FOLDER, SHIPPED

GOOD = """\
region = "xx"
title = { zh = "某地", en = "Somewhere" }
country = "CN"
weekend = ["sat", "sun"]
announced = { from = 2026-01-01, through = 2026-12-31 }

[[sources]]
id = "A"
what = "An announcement"
address = "example.org"

[[days]]
on = 2026-02-15
through = 2026-02-23
kind = "public_holiday"
zh = "春节"
en = "Spring Festival"
source = "A"
confirmed = true

[[days]]
on = 2026-02-28
kind = "make_up_workday"
zh = "上班"
en = "Worked"
source = "A"
confirmed = true
"""


def test_a_run_of_days_is_every_day_of_it() -> None:
    found = read_calendar(GOOD, "xx.toml")
    assert [day.on.day for day in found.days] == [*range(15, 24), 28]
    assert set(found.sources) == {"A", "COMPUTED"}


@pytest.mark.parametrize(
    ("old", "new", "key", "line", "says"),
    [
        ('country = "CN"', 'country = "CN"\ncolour = 1', "colour", 4, "Extra inputs"),
        ('country = "CN"', "country =", "", 3, "not TOML"),
        ('country = "CN"', 'country = ""', "country", 3, "name the country"),
        ('country = "CN"', 'country = "CN"\nmarket = "XECB"', "country", 3, "name the country"),
        ('"sat", ', '"samstag", ', "weekend.0", 4, "'sat'"),
        ("from = 2026-01-01", "from = 2026-01-02", "announced", 5, "from 1 January"),
        ("through = 2026-12-31", "through = 2025-12-31", "announced", 5, "from 1 January"),
        ('source = "A"', 'source = "B"', "days.0.source", 18, "no source B"),
        ('kind = "public_holiday"', 'kind = "bank_holiday"', "days.0.kind", 15, "public_holiday"),
        ("through = 2026-02-23", "through = 2026-02-14", "days.0.through", 14, "before the first day"),
        ("through = 2026-02-23", "through = 2026-05-23", "days.0.through", 14, "more than a month"),
        ("through = 2026-02-23", "through = 2026-02-28", "days.1.on", 22, "2026-02-28 stands here twice"),
        ("on = 2026-02-28", "on = 2027-02-27", "days.1.on", 22, "outside the years"),
        ("on = 2026-02-28", "on = 2026-02-27", "days.1.on", 22, "only a day of the weekend"),
        ('en = "Worked"', 'en = ""', "days.1.en", 25, "at least 1"),
        ("confirmed = true\n\n", "\n", "days.0.confirmed", 12, "required"),
    ],
)
def test_a_bad_calendar_is_refused_with_file_and_line(
    old: str, new: str, key: str, line: int, says: str
) -> None:
    with pytest.raises(CalendarUnsound) as refused:
        read_calendar(GOOD.replace(old, new, 1), "xx.toml")
    found = {fault.field: fault for fault in refused.value.faults}
    fault = found[f"xx.toml:{key}" if key else "xx.toml"]
    assert fault.line == line
    assert says in fault.problem


@pytest.mark.parametrize("region", SHIPPED)
def test_every_shipped_file_bears_the_name_of_its_region(region: str) -> None:
    assert calendar_of(region).region == region
    folder = resources.files(FOLDER)
    assert {each.name for each in folder.iterdir() if each.name.endswith(".toml")} == {
        f"{name}.toml" for name in SHIPPED
    }


# Where we differ from the library, and why: kept as a festival, not as a day off of the central government.
DIFFERENT = {("in", date(2026, 4, 14))}


@pytest.mark.parametrize("region", SHIPPED)
def test_announced_weekdays_off_are_those_the_library_knows(region: str) -> None:
    """Two copies of the same announcements, made by different people."""
    calendar = calendar_of(region)
    assert calendar.announced_from is not None
    assert calendar.announced_through is not None
    for year in range(calendar.announced_from.year, calendar.announced_through.year + 1):
        theirs = (
            financial_holidays(calendar.market, years=year)
            if calendar.market
            else country_holidays(calendar.country, subdiv=calendar.subdivision or None, years=year)
        )
        ours = days_of(region, date(year, 1, 1), date(year, 12, 31))
        off = {day.on for day in ours if day.kind is Kind.PUBLIC_HOLIDAY and day.on.weekday() < 5}
        expected = {day for day in theirs if day.year == year and day.weekday() < 5}
        assert off ^ expected == {day for name, day in DIFFERENT if name == region and day.year == year}
