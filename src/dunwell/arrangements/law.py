"""The law of plans as data: what a pack of `arrangements/packs` may say, and the packs that are shipped."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, cast

from dunwell.packs import Names, Pack, shipped

FOLDER: Final = "dunwell.arrangements.packs"
PRODUCTS: Final = ("card", "loan")
FIELDS: Final = (
    "balance",
    "structure",
    "currency",
    "cycle",
    "method",
    "dates",
    "amounts",
    "interest_and_fees_run",
    "no_new_card_until_settled",
    "rights_duties_breach",
)


def _months(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 600:
        raise ValueError("must be a whole number of months from 1 to 600")
    return value


def _fields(value: object) -> Names:
    names = cast("list[object]", value) if isinstance(value, list) else []
    if not names or not set(names) <= set(FIELDS):
        raise ValueError(f"fields are some of {', '.join(FIELDS)}")
    return Names(tuple(str(name) for name in names))


READERS: Final[Mapping[str, Callable[[object], object]]] = {
    **{f"plan_months_{product}": _months for product in PRODUCTS},
    **{f"plan_fields_{product}": _fields for product in PRODUCTS},
}


@cache
def plan_law(name: str) -> Pack:
    """The pack shipped under this name. Raises `PackUnknown`."""
    return shipped(FOLDER, name, READERS)
