"""What a scorecard makes of an applicant's facts: points, the working behind them, and why not more."""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from dunwell.applications.model import (
    Advice,
    Band,
    Characteristic,
    Decision,
    Facts,
    Knocked,
    KnockOut,
    Line,
    Reason,
    Scorecard,
)
from dunwell.kernel.errors import Broken, Fault

NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)
OTHER: Final = "other"
NOT_TOLD: Final = "not told"


def read_facts(
    told: Mapping[str, str], scorecard: Scorecard, *, complete: bool = True
) -> Facts | tuple[Fault, ...]:
    """The facts as a scorecard reads them, or everything that is wrong with them.

    What it does not ask is refused: nothing is kept about a person that no rule uses. `complete` asks for every
    fact that has to be there.
    """
    faults = [
        Fault(f"facts.{name}", "the scorecard does not ask for it", "leave it out")
        for name in sorted(told.keys() - scorecard.numbers() - scorecard.words())
    ]
    if complete:
        faults += [
            Fault(f"facts.{name}", "not told, and the scorecard needs it", "add it")
            for name in sorted(scorecard.needed() - told.keys())
        ]
    faults += [
        Fault(f"facts.{name}", "not a number", "write it as 1234.56")
        for name in sorted(scorecard.numbers() & told.keys())
        if not NUMBER.fullmatch(told[name])
    ]
    faults += _strange_words(told, scorecard)
    if faults:
        return tuple(faults)
    numbers = scorecard.numbers()
    return {name: Decimal(text) if name in numbers else text for name, text in told.items()}


def score(facts: Facts, scorecard: Scorecard) -> Decision:
    """Points, lines, adverse reasons and proposal. The facts are complete: `read_facts` made them.

    A knock-out rule that applies makes the outcome a decline whatever the points are.
    """
    knocked = tuple(
        Knocked(rule.name, rule.reason, rule.final)
        for rule in scorecard.knock_outs
        if _applies(rule, facts.get(rule.fact))
    )
    lines = tuple(_line(each, facts.get(each.name)) for each in scorecard.characteristics)
    points = scorecard.base + sum(line.points for line in lines)
    return Decision(
        scorecard=scorecard.name,
        base=scorecard.base,
        points=points,
        lines=lines,
        knocked=knocked,
        reasons=tuple(_told(code, scorecard) for code in _reasons(knocked, lines, scorecard.shown)),
        outcome=Advice.DECLINE if knocked else _advice(points, scorecard),
    )


def named_reasons(codes: Iterable[str], scorecard: Scorecard) -> tuple[Reason, ...] | tuple[Fault, ...]:
    """The reasons of those codes with their texts, or a fault for each code the file does not know."""
    distinct = list(dict.fromkeys(codes))
    unknown = [code for code in distinct if code not in scorecard.texts]
    if unknown:
        known = ", ".join(sorted(scorecard.texts))
        return tuple(Fault("reasons", f"no such reason: {code}", f"one of {known}") for code in unknown)
    return tuple(_told(code, scorecard) for code in distinct)


def _strange_words(told: Mapping[str, str], scorecard: Scorecard) -> Iterator[Fault]:
    for each in scorecard.characteristics:
        if not each.categories or each.other is not None or each.name not in told:
            continue
        known = frozenset[str]().union(*(category.values for category in each.categories))
        if told[each.name] not in known:
            yield Fault(
                f"facts.{each.name}", "a word no category lists", f"one of {', '.join(sorted(known))}"
            )


def _applies(rule: KnockOut, value: Decimal | str | None) -> bool:
    match value:
        case None:
            return False
        case str():
            return value in rule.among
        case _:
            below = rule.below is not None and value < rule.below
            return below or (rule.above is not None and value > rule.above)


def _line(each: Characteristic, value: Decimal | str | None) -> Line:
    match value:
        case None:
            return Line(each.name, NOT_TOLD, _given(each.missing), each.best, each.reason)
        case str():
            return _categorised(each, value)
        case _:
            return _banded(each, value)


def _categorised(each: Characteristic, value: str) -> Line:
    for category in each.categories:
        if value in category.values:
            return Line(each.name, category.label, category.points, each.best, category.reason)
    return Line(each.name, OTHER, _given(each.other), each.best, each.reason)


def _banded(each: Characteristic, value: Decimal) -> Line:
    lower: Decimal | None = None
    for band in each.bands:
        if band.upto is None or value < band.upto:
            return Line(each.name, _range(lower, band), band.points, each.best, band.reason)
        lower = band.upto
    raise Broken(f"the bands of {each.name} leave a number out")


def _given(points: int | None) -> int:
    if points is None:
        raise Broken("a fact that was not read is scored")
    return points


def _range(lower: Decimal | None, band: Band) -> str:
    """What is kept of a number in clear: `< 3000`, `3000 - < 8000`, `>= 8000`."""
    if band.upto is None:
        return "all" if lower is None else f">= {lower}"
    return f"< {band.upto}" if lower is None else f"{lower} - < {band.upto}"


def _advice(points: int, scorecard: Scorecard) -> Advice:
    if points >= scorecard.approve_from:
        return Advice.APPROVE
    return Advice.REFER if points >= scorecard.refer_from else Advice.DECLINE


def _reasons(knocked: Iterable[Knocked], lines: Iterable[Line], shown: int) -> list[str]:
    """Of the rules that applied, all; of the characteristics, those that lost most, the first of equals first."""
    losers = sorted((line for line in lines if line.lost), key=lambda line: -line.lost)
    adverse = list(dict.fromkeys(line.reason for line in losers))[:shown]
    return list(dict.fromkeys([*(each.reason for each in knocked), *adverse]))


def _told(code: str, scorecard: Scorecard) -> Reason:
    text = scorecard.texts[code]
    return Reason(code, text.zh, text.en)
