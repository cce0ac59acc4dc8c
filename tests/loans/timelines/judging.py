"""Timelines judged: passed, failed, or not promised, with the reason."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from tests.loans.timelines.lateness import Lateness
from tests.loans.timelines.promises import reason_for
from tests.loans.timelines.tables import Tables, differing, money, status
from tests.loans.timelines.telling import STEPS, Teller

ROW: Final = (
    "nr",
    "days",
    "due_date",
    "paid_date",
    "balance",
    "principal",
    "interest",
    "fees",
    "penalties",
    "due",
    "paid",
    "in_advance",
    "late",
    "waived",
    "outstanding",
)
SPLIT: Final = (
    "date",
    "type",
    "amount",
    "principal",
    "interest",
    "fees",
    "penalties",
    "overpayment",
    "balance",
)
CHARGE: Final = ("is_penalty", "due_date", "due", "paid", "waived", "outstanding")
TOTALS: Final = (
    "principal",
    "interest",
    "fees",
    "penalties",
    "due",
    "paid",
    "in_advance",
    "late",
    "waived",
    "outstanding",
)


EXPECTATIONS: Final = {
    f"expect_{what}"
    for what in (
        "charges",
        "delinquency",
        "delinquency_range",
        "instalment_delinquency",
        "outstanding",
        "overpaid",
        "pause_periods",
        "schedule",
        "status",
        "totals",
        "transactions",
    )
}
# The origin gives the split of a waived fee and none of a waived penalty; the charge tells both.
QUIET: Final = {"Waive loan charges": ("fees", "penalties")}


@dataclass(slots=True)
class Judged:
    """What became of a case: `faults` where it differs, and the rule we do not promise that explains them."""

    id: str
    families: tuple[str, ...]
    faults: list[str] = field(default_factory=list[str])
    compared: int = 0
    reason: str = ""

    @property
    def result(self) -> str:
        if not self.faults:
            return "passed"
        return "not promised" if self.reason else "failed"


def cases_of(path: Path) -> list[Mapping[str, Any]]:
    """The cases of a timeline file."""
    return json.loads(path.read_text(encoding="utf-8"))


def judge(case: Mapping[str, Any]) -> Judged:
    """Judged by the first reading of its steps; where that differs and another is possible, by the other.

    A case that differs is "not promised" where it has the features of a rule that we do not follow.
    """
    judged, ambiguous = _judge(case, nth_overall=False)
    if judged.faults and ambiguous:
        other, _ = _judge(case, nth_overall=True)
        judged = judged if other.faults else other
    if judged.faults:
        judged.reason = reason_for(case)
    return judged


def _judge(case: Mapping[str, Any], *, nth_overall: bool) -> tuple[Judged, bool]:
    judged = Judged(case["id"], tuple(case["families"]))
    unknown = {step["op"] for step in case["steps"]} - set(STEPS) - EXPECTATIONS
    if unknown:
        judged.faults += [f"nobody knows the step {op}" for op in sorted(unknown)]
        return judged, False
    teller = Teller(case["terms"], case["product"], nth_overall=nth_overall)
    lateness = Lateness(teller)
    for place, step in enumerate(case["steps"]):
        try:
            if not step["op"].startswith("expect_"):
                teller.take(step)
                lateness.after(step["op"])
                continue
            found = list(_compare(teller, lateness, step))
        except Exception as error:  # noqa: BLE001 - whatever it is, the case has failed and the others go on
            judged.faults.append(f"step {place} {step['op']}: {type(error).__name__}: {error}")
            break
        judged.compared += 1
        judged.faults += [f"step {place} {step['op']}: {fault}" for fault in found]
    return judged, teller.ambiguous


def _compare(teller: Teller, lateness: Lateness, step: Mapping[str, Any]) -> Iterable[str]:
    op = step["op"].removeprefix("expect_")
    life = teller.life(teller.today)
    if op == "status":
        return [] if status(life) == step["status"] else [f"{status(life)} not {step['status']}"]
    if op.endswith("delinquency") or op in {"delinquency_range", "pause_periods"}:
        return lateness.compare(op, step)
    if op in {"schedule", "totals"} and teller.planned is not None:
        teller = replace(teller, contract=teller.planned, planned=None, told=[])
    elif life is None:
        return ["not disbursed"]
    if op in {"outstanding", "overpaid"} and life is not None:
        amount = money(life.outstanding if op == "outstanding" else life.credit)
        return [] if amount == step["amount"] else [f"{amount} not {step['amount']}"]
    return _tables(Tables(teller), op, step)


def _tables(tables: Tables, op: str, step: Mapping[str, Any]) -> Iterable[str]:
    match op:
        case "schedule":
            return _rows(step["rows"], tables.schedule(), ROW)
        case "totals":
            return differing(step, tables.totals(), TOTALS)
        case "transactions":
            # Accruals are the origin's recognition of income by day; charges here are income when they are made.
            expected = [row for row in step["rows"] if row["type"] != "Accrual"]
            return _unordered(expected, tables.transactions(), SPLIT)
        case _:
            return _unordered(step["rows"], tables.charges(), CHARGE)


def _rows(expected: list[Any], actual: list[Any], names: tuple[str, ...]) -> Iterable[str]:
    lent = iter(sorted((row for row in expected if row["nr"] is None), key=lambda row: row["due_date"]))
    expected = [next(lent) if row["nr"] is None else row for row in expected]
    if len(expected) != len(actual):
        yield f"{len(actual)} rows not {len(expected)}"
        return
    for place, (want, have) in enumerate(zip(expected, actual, strict=True)):
        wanted = {
            name: want[name]
            for name in want
            if have["nr"] is not None or name in {"nr", "due_date", "balance"}
        }
        if have["nr"] is not None and not want["due"] and not want["paid"]:
            # An instalment on which nothing is due has no day on which it was paid.
            del wanted["paid_date"]
        for fault in differing(wanted, have, names):
            yield f"row {place}: {fault}"


def _unordered(expected: list[Any], actual: list[Any], names: tuple[str, ...]) -> Iterable[str]:
    left = list(actual)
    for given in expected:
        want = {name: given[name] for name in given if name not in QUIET.get(given.get("type", ""), ())}
        found = next((have for have in left if not differing(want, have, names)), None)
        if found is None:
            near = min(left, key=lambda have: len(differing(want, have, names)), default=None)
            yield f"{want.get('date', '')} {want.get('type', '')}: " + (
                "; ".join(differing(want, near, names)) if near else "missing"
            )
            continue
        left.remove(found)
    for have in left:
        yield f"{have.get('date', '')} {have.get('type', '')} {have.get('amount', '')} not expected"
