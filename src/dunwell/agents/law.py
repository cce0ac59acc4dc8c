"""The law of agents and agencies as data: what a pack of `agents/packs` may say, and the packs that are shipped."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, cast

from dunwell.agents.model import Answer, ClearView, Course, NoticeKind, ReviewDue, Stop
from dunwell.packs import Names, Pack, shipped

FOLDER: Final = "dunwell.agents.packs"
CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,39}\Z")
COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")


def _months(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 120:
        raise ValueError("must be a whole number of months from 1 to 120")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _table(value: object, keys: set[str]) -> dict[str, object]:
    table = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if set(table) != keys:
        raise ValueError(f"needs {', '.join(sorted(keys))} and nothing else")
    return table


def _code(value: object) -> str:
    if not isinstance(value, str) or not CODE.match(value):
        raise ValueError("a code is written in capitals")
    return value


def _answer(value: object) -> Answer:
    if value not in set(Answer):
        raise ValueError(f"answers {', '.join(Answer)}")
    return Answer(str(value))


def _stopping(value: object) -> Answer:
    """An answer that is not ALLOW: a rule that fails stops something."""
    if value not in set(Answer) - {Answer.ALLOW}:
        raise ValueError("answers HOLD, REVIEW or DENY")
    return Answer(str(value))


def _stop(value: object) -> Stop:
    """`{ code = "OUTSOURCE_NOTICE", answer = "HOLD" }`. Raises ValueError."""
    table = _table(value, {"code", "answer"})
    return Stop(_code(table["code"]), _stopping(table["answer"]))


def _review(value: object) -> ReviewDue:
    table = _table(value, {"code", "months", "placing", "existing"})
    return ReviewDue(
        _code(table["code"]),
        _months(table["months"]),
        _stopping(table["placing"]),
        _answer(table["existing"]),
    )


def _view(value: object) -> ClearView:
    table = _table(value, {"code", "answer", "countries"})
    countries = table["countries"]
    names = cast("list[object]", countries) if isinstance(countries, list) else []
    if not names or not all(isinstance(each, str) and COUNTRY.match(each) for each in names):
        raise ValueError("countries are two capitals each, at least one")
    stop = Stop(_code(table["code"]), _stopping(table["answer"]))
    return ClearView(stop, frozenset(str(each) for each in names))


def _courses(value: object) -> Names:
    names = cast("list[object]", value) if isinstance(value, list) else []
    if not names or not set(names) <= set(Course):
        raise ValueError(f"courses are some of {', '.join(Course)}")
    return Names(tuple(str(name) for name in names))


READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "agent_certificate_months": _months,
    "agent_courses": _courses,
    "agent_certificates": _courses,
    "agency_review": _review,
    "renewal_needs_review": _flag,
    "grievance": _stop,
    "visit_recording": _stop,
    "clear_view": _view,
    **{f"{kind}_notice": _stop for kind in NoticeKind},
}


@cache
def law_of(name: str) -> Pack:
    """The pack shipped under this name. Raises `PackUnknown`."""
    return shipped(FOLDER, name, READERS)
