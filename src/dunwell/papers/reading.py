"""Reading a file of cases, judging each, comparing and showing the answers."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

from pydantic import ValidationError

from dunwell.kernel.errors import Fault, Invalid
from dunwell.papers.judges import JUDGES
from dunwell.papers.model import FORMAT, Case, CaseFile, Judged, PapersBroken

MOST_BYTES: Final = 64 * 1024 * 1024
# Answers whose order says nothing.
SETS: Final = frozenset({"reasons", "required_fields", "hidden_by"})


def read_cases(raw: bytes) -> tuple[Case, ...]:
    """Read a file of cases. Raises `PapersBroken` naming every case and field that is wrong."""
    if len(raw) > MOST_BYTES:
        raise _broken([Fault("file", "larger than 64 MiB", "split it")])
    try:
        content: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _broken([Fault("file", "not JSON", "save it as UTF-8 JSON")]) from error
    try:
        cases = CaseFile.model_validate(content).cases
    except ValidationError as error:
        remedy = f"see the format {FORMAT}"
        faults = [Fault(_place(content, tuple(each["loc"])), each["msg"], remedy) for each in error.errors()]
        raise _broken(faults) from error
    twice = [name for name, times in Counter(case.id for case in cases).items() if times > 1]
    if twice:
        raise _broken([Fault(name, "two cases of this id", "give each case its own") for name in twice])
    return cases


def judge_case(case: Case) -> Judged:
    """Put one case to the judge of its kind. Raises `PapersBroken` for a question that cannot be."""
    judge = JUDGES.get(case.kind)
    if judge is None:
        return Judged(case, None, None)
    try:
        answer = judge(case.given)
    except ValidationError as error:
        faults = [
            Fault(
                _field(case, tuple(each["loc"])), _words(each["msg"]), f"see the kind {case.kind} of {FORMAT}"
            )
            for each in error.errors()
        ]
        raise _broken(faults) from error
    except Invalid as error:
        faults = [Fault(_field(case, (each.field,)), each.problem, each.remedy) for each in error.faults]
        raise _broken(faults) from error
    return Judged(case, answer, None if case.expect is None else _agrees(case.expect, answer))


def judge_all(raw: bytes) -> list[Judged]:
    """Judge a file, each case for itself. Raises `PapersBroken` where it is no file of cases."""
    return [_judged(case) for case in read_cases(raw)]


def _judged(case: Case) -> Judged:
    try:
        return judge_case(case)
    except PapersBroken as error:
        return Judged(case, None, None if case.expect is None else False, tuple(error.faults))


def shown(judged: Judged) -> dict[str, Any]:
    """The answer as JSON: id, kind, answer, agrees; `note` or `faults` where there is no answer."""
    told: dict[str, Any] = {
        "id": judged.case.id,
        "kind": judged.case.kind,
        "answer": judged.answer,
        "agrees": judged.agrees,
    }
    if judged.faults:
        return told | {"faults": [str(fault) for fault in judged.faults]}
    return told if judged.answer is not None else told | {"note": "not judged yet"}


def _agrees(expect: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Every expected value is the answer's; what the answer tells besides does not count."""
    return all(key in answer and _same(key, value, answer[key]) for key, value in expect.items())


def _same(key: str, expected: object, given: object) -> bool:
    if isinstance(expected, dict) and isinstance(given, dict):
        inside, found = cast("dict[str, object]", expected), cast("dict[str, object]", given)
        return set(inside) == set(found) and all(_same(each, inside[each], found[each]) for each in inside)
    if key in SETS and isinstance(expected, list) and isinstance(given, list):
        return _members(cast("list[object]", expected)) == _members(cast("list[object]", given))
    return _plain(key, cast("object", expected)) == _plain(key, given)


def _members(values: list[object]) -> set[str]:
    return {json.dumps(each) for each in values}


def _plain(key: str, value: object) -> tuple[type, object]:
    """Amounts and rates by their value, whatever decimals they are written with; all else by type and value."""
    if isinstance(value, str) and (key == "amount" or key.endswith("_pct")):
        return str, _number(value)
    return type(value), value


def _number(text: str) -> Decimal | str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def _place(content: object, place: tuple[int | str, ...]) -> str:
    """`cases.3.kind` as `T45.kind` where the case has an id."""
    if len(place) > 1 and place[0] == "cases" and isinstance(place[1], int):
        cases = cast("Mapping[str, list[object]]", content)["cases"]
        case = cases[place[1]]
        named = cast("Mapping[str, object]", case).get("id") if isinstance(case, dict) else None
        if isinstance(named, str):
            place = (named[:100], *place[2:])
    return ".".join(str(part) for part in place)


def _field(case: Case, place: tuple[int | str, ...]) -> str:
    # Where the question picks the fields, its name comes first and is no field.
    inside = place[1:] if place and place[0] == case.given.get("question") else place
    return ".".join(str(part) for part in (case.id, "given", *inside))


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")


def _broken(faults: Sequence[Fault]) -> PapersBroken:
    return PapersBroken("not a file of cases that can be judged", faults=faults)
