"""The table of what became of a file's cases."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from tests.loans.timelines.judging import Judged

RESULTS: Final = ("passed", "failed", "not promised")


def report(judged: Sequence[Judged], *, every_fault: bool = False) -> str:
    """Per family, over all, and for what did not pass one line each. A case counts in each of its families."""
    lines = [f"{'family':<18}" + "".join(f"{result:>14}" for result in RESULTS)]
    families = sorted({family for each in judged for family in each.families})
    lines += [_row(family, [each for each in judged if family in each.families]) for family in families]
    lines += [_row("all cases", judged), ""]
    reasons = Counter(each.reason for each in judged if each.result == "not promised")
    lines += [f"not promised, {count}: {reason}" for reason, count in reasons.items()]
    for each in judged:
        lines += _told(each, every_fault=every_fault)
    return "\n".join(lines) + "\n"


def _told(each: Judged, *, every_fault: bool) -> list[str]:
    if each.result == "passed":
        return []
    more = [f"    {fault}" for fault in each.faults] if every_fault else []
    return [f"{each.id} {each.result}: {len(each.faults)} lines, {each.faults[0]}", *more]


def _row(name: str, judged: Iterable[Judged]) -> str:
    counted = Counter(each.result for each in judged)
    return f"{name:<18}" + "".join(f"{counted[result]:>14}" for result in RESULTS)
