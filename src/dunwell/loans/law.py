"""The law of money as data: what a pack of `loans/packs` may say, and the packs that are shipped."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Final, cast

from dunwell.loans.model.law import Ceiling, LenderType
from dunwell.loans.model.words import Component
from dunwell.packs import Names, Pack, read_pack, shipped

FOLDER: Final = "dunwell.loans.packs"
PER_CENT: Final = Decimal(100)
STEPS: Final = ("named", "due", "least_secured", "heavier", "earlier_due", "pro_rata")


def _ceiling(value: object) -> Ceiling:
    """`{ pct = "24" }` or `{ times_lpr = "4" }`. Raises ValueError."""
    table = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if list(table) == ["pct"]:
        return Ceiling(rate=_per_cent(table["pct"]))
    if list(table) == ["times_lpr"]:
        return Ceiling(times_lpr=_number(table["times_lpr"]))
    raise ValueError('write a ceiling as { pct = "24" } or { times_lpr = "4" }')


def _number(value: object) -> Decimal:
    if not isinstance(value, str):
        raise ValueError('write a number as text, such as "3.0"')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or not 0 < number <= 1000:
        raise ValueError("not above 0 and at most 1000")
    return number


def _per_cent(value: object) -> Decimal:
    return _number(value) / PER_CENT


def _yes(value: object) -> bool:
    if value is not True:
        raise ValueError("write true, or leave the parameter out")
    return True


def _day(value: object) -> date:
    if type(value) is not date:
        raise ValueError("must be a day such as 2026-08-01")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise ValueError("must be a whole number from 1 to 1000")
    return value


def _names(value: object) -> Names:
    texts = cast("list[object]", value) if isinstance(value, list) else []
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise ValueError("must be a list of texts")
    return Names(tuple(str(text) for text in texts))


def _lenders(value: object) -> Names:
    return Names(tuple(LenderType(text) for text in _names(value).names))


def _order(value: object) -> Names:
    order = _names(value)
    if sorted(order.names) != sorted(Component):
        raise ValueError("must name every component once")
    return order


def _steps(value: object) -> Names:
    if _names(value).names != STEPS:
        raise ValueError(f"the steps are {', '.join(STEPS)}")
    return Names(STEPS)


READERS: Final[Mapping[str, Callable[[object], object]]] = {
    **{f"cost_cap_{lender}": _ceiling for lender in LenderType},
    **{f"cost_guidance_{lender}": _ceiling for lender in LenderType},
    "outside_lpr_cap": _lenders,
    "lpr_1y": _per_cent,
    "penalty_reducible": _yes,
    "interest_not_deducted": _yes,
    "fee_sheet_from": _day,
    "collection_fee_forbidden": _yes,
    "collection_words": _names,
    "allocation_order": _order,
    "card_principal_first_from_day": _count,
    "card_late_order": _order,
    "order_of_debts": _steps,
    "penal_interest_forbidden": _yes,
}


@cache
def money_law(name: str) -> Pack:
    """The pack shipped under this name. Raises `PackUnknown`."""
    return shipped(FOLDER, name, READERS)


def read_money_law(text: str, file: str) -> Pack:
    """Read and check a pack of money law. Raises `PackUnsound`."""
    return read_pack(text, file, READERS)
