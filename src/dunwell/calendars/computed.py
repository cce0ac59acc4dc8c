"""Provisional days: what a well-kept library computes for years that nobody has announced yet."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final, cast

from dunwell.calendars.model import Day, Kind, Source

SOURCE: Final = Source(
    "COMPUTED", "Computed by the library `holidays`; nobody has announced it", "holidays.readthedocs.io"
)
# Member States whose national days need no table of ours: country code → name.
COMPUTED: Final[Mapping[str, tuple[str, str]]] = {
    "at": ("奥地利", "Austria"),
    "be": ("比利时", "Belgium"),
    "bg": ("保加利亚", "Bulgaria"),
    "cy": ("塞浦路斯", "Cyprus"),
    "cz": ("捷克", "Czechia"),
    "de": ("德国", "Germany"),
    "dk": ("丹麦", "Denmark"),
    "ee": ("爱沙尼亚", "Estonia"),
    "es": ("西班牙", "Spain"),
    "fi": ("芬兰", "Finland"),
    "fr": ("法国", "France"),
    "gr": ("希腊", "Greece"),
    "hr": ("克罗地亚", "Croatia"),
    "hu": ("匈牙利", "Hungary"),
    "ie": ("爱尔兰", "Ireland"),
    "it": ("意大利", "Italy"),
    "lt": ("立陶宛", "Lithuania"),
    "lu": ("卢森堡", "Luxembourg"),
    "lv": ("拉脱维亚", "Latvia"),
    "mt": ("马耳他", "Malta"),
    "nl": ("荷兰", "Netherlands"),
    "pl": ("波兰", "Poland"),
    "pt": ("葡萄牙", "Portugal"),
    "ro": ("罗马尼亚", "Romania"),
    "se": ("瑞典", "Sweden"),
    "si": ("斯洛文尼亚", "Slovenia"),
    "sk": ("斯洛伐克", "Slovakia"),
}


@lru_cache(maxsize=1024)
def computed_days(country: str, subdivision: str, market: str, year: int) -> tuple[Day, ...]:
    """The days of one year as the library has them, in order, each `confirmed=False`.

    For China the library knows no make-up workday before it is announced: none is invented here either.
    """
    names = _library_days(country, subdivision, market, year, "en_US")
    # Elsewhere the library has no Chinese names; then the English one serves for both.
    chinese = _library_days(country, subdivision, market, year, "zh_CN") if country == "CN" else names
    return tuple(
        Day(day, Kind.PUBLIC_HOLIDAY, chinese[day], name, confirmed=False, source=SOURCE.id)
        for day, name in sorted(names.items())
    )


def _library_days(country: str, subdivision: str, market: str, year: int, language: str) -> dict[date, str]:
    # Imported when a year is asked for that nobody announced: it takes as long as all of our own modules.
    from holidays import country_holidays, financial_holidays  # noqa: PLC0415 - as said

    found = (
        financial_holidays(market, years=year, language=language)
        if market
        else country_holidays(country, subdiv=subdivision or None, years=year, language=language)
    )
    return {day: name for day, name in cast("Mapping[date, str]", found).items() if day.year == year}
