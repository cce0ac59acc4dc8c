"""The clocks of the law as data: what a pack of `disputes/packs` may say, and the packs that are shipped."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, cast

from dunwell.disputes.model import Clock, Grade, Length
from dunwell.packs import Pack, shipped

FOLDER: Final = "dunwell.disputes.packs"


def _length(value: object) -> Length:
    """`{ code = "…", days = 20 }`, `working_days`, or days for each grade; `names_breach`. Raises ValueError."""
    table = dict(cast("Mapping[str, object]", value)) if isinstance(value, dict) else {}
    code = table.pop("code", None)
    if not isinstance(code, str) or not code:
        raise ValueError("needs the code of the clock")
    names_breach = table.pop("names_breach", False)
    if not isinstance(names_breach, bool):
        raise ValueError("names_breach is true or false")
    if set(table) == {"days"}:
        return Length(code, dict.fromkeys(Grade, _days(table["days"])), names_breach)
    if set(table) == {"working_days"}:
        every = dict.fromkeys(Grade, _days(table["working_days"]))
        return Length(code, every, names_breach, working=True)
    if set(table) != set(Grade):
        raise ValueError(f"needs days, working_days, or each of {', '.join(Grade)}")
    return Length(code, {grade: _days(table[grade]) for grade in Grade}, names_breach)


def _days(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise ValueError("days are a whole number from 1 to 1000")
    return value


READERS: Final[Mapping[str, Callable[[object], object]]] = {f"{clock}_clock": _length for clock in Clock}


@cache
def clock_law(name: str) -> Pack:
    """The pack shipped under this name. Raises `PackUnknown`."""
    return shipped(FOLDER, name, READERS)
