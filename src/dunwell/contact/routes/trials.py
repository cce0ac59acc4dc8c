"""Paper cases over HTTP."""

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from dunwell.contact.cases import CaseIn, judge_case, read_cases, shown
from dunwell.contact.cases.format import FORMAT
from dunwell.contact.model import CaseFileBroken
from dunwell.kernel.errors import Fault


def judged_on_paper(cases: Sequence[dict[str, Any]]) -> list[dict[str, object]]:
    """The answers in the order of the cases, as `dunwell contact judge --json` prints them. Raises `CaseFileBroken`."""
    read = read_cases(json.dumps({"format": FORMAT, "cases": cases}).encode())
    return [_judged(number, case) for number, case in enumerate(read)]


def _judged(number: int, case: CaseIn) -> dict[str, object]:
    try:
        return shown(judge_case(case))
    except (OverflowError, ValueError, ZoneInfoNotFoundError) as error:
        fault = Fault(f"cases[{number}]", "names a day, hour or zone that no clock shows", "mend it")
        raise CaseFileBroken("a case cannot be", faults=[fault]) from error
