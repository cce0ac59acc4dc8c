"""Paper cases in one line each: what is known, what is asked, and the answer that the format's own text gives.

    reading("a title", "2026-11-23T22:00:00+08:00", "HOLD 2026-11-24T08:00 QUIET_HOURS")

The answer is a verdict, for HOLD the release (`never` for none) on the clock of the case's own offset, the reasons, and
the duties, each with a plus. Earlier contacts are written `11-23T09:00 call unanswered person=P2`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pytest

from dunwell.contact.cases import CaseIn, judge_case, shown

FACTS: Final = (
    "debts",
    "numbers",
    "holds",
    "notices",
    "agency",
    "agent",
    "registered_senders",
    "recorder",
    "audit_store",
)
ZONES: Final = {"us": "America/New_York", "eu": "Europe/Berlin"}


@dataclass(frozen=True, slots=True)
class Reading:
    title: str
    case: dict[str, Any]
    answer: str


def reading(title: str, now: str, answer: str, pack: str = "cn", **given: Any) -> Any:
    """`debtor`: fields of P1; `others`: people besides; `policy`; facts by name; whatever else is of the proposal."""
    offset = now[-6:] if now[-6] in "+-" else "Z"
    debtor: dict[str, Any] = {"id": "P1", "role": "debtor"}
    if pack in ZONES:
        debtor["zone"] = ZONES[pack]
    if pack == "eu":
        debtor["country"] = "DE"
    facts: dict[str, Any] = {"debts": [{"id": "D1"}]}
    facts["people"] = [debtor | given.pop("debtor", {}), *given.pop("others", [])]
    facts["contacts"] = [_contact(each, now[:4], offset) for each in given.pop("contacts", [])]
    facts |= {name: given.pop(name) for name in FACTS if name in given}
    case = {"id": "R01", "title": title, "pack": pack, "now": now, "facts": facts}
    for name in ("policy", "pack_version"):
        if name in given:
            case[name] = given.pop(name)
    case["proposal"] = {"channel": "call"} | given
    case["expect"] = _expected(answer, offset)
    return pytest.param(CaseIn.model_validate(case), id=title)


def hold(kind: str, since: str, **more: str) -> dict[str, object]:
    return {"kind": kind, "from": since} | more


def _contact(text: str, year: str, offset: str) -> dict[str, Any]:
    at, channel, outcome, *rest = text.split()
    contact = {"at": f"{year}-{at}:00{offset}", "channel": channel, "outcome": outcome}
    return contact | dict(each.split("=", 1) for each in rest)


def _expected(answer: str, offset: str) -> dict[str, Any]:
    verdict, *words = answer.split()
    if verdict == "REFUSED":
        return {"policy_error": words[0]}
    expect: dict[str, Any] = {"verdict": verdict}
    if verdict == "HOLD":
        until, *words = words
        expect["until"] = None if until == "never" else _instant(until, offset)
    expect["reasons"] = [word for word in words if not word.startswith("+")]
    expect["duties"] = [word[1:] for word in words if word.startswith("+")]
    return expect


def _instant(text: str, offset: str) -> str:
    whole = text if text[-6] in "+-" else f"{text}:00{offset}"
    return datetime.fromisoformat(whole).isoformat()


def check(case: CaseIn) -> None:
    judged = judge_case(case)
    assert judged.agrees, shown(judged)
