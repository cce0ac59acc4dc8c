"""Reading a file of paper cases, judging each, showing the answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from dunwell.contact.cases.checking import check_facts
from dunwell.contact.cases.format import FORMAT, CaseFile, CaseIn
from dunwell.contact.cases.reading import facts_of, proposal_of
from dunwell.contact.model import CaseFileBroken, Reason, Verdict
from dunwell.contact.rules import judge, refused_without_pack
from dunwell.contact.settings import ContactSettings, loosened, pack_named, policy_for
from dunwell.kernel.errors import Fault, Invalid

MOST_BYTES: Final = 64 * 1024 * 1024
NO_FILE: Final = "not a file of paper cases"


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with the answer: a verdict, or the code with which its policy is refused."""

    case: CaseIn
    verdict: Verdict | None
    policy_error: str | None

    @property
    def agrees(self) -> bool | None:
        """Whether the answer is the expected one; None where the case expects nothing."""
        expect = self.case.expect
        if expect is None:
            return None
        if expect.policy_error is not None or self.verdict is None:
            return expect.policy_error == self.policy_error
        return (
            expect.verdict is self.verdict.answer
            and expect.until == self.verdict.until
            and set(expect.reasons) == set(self.verdict.codes)
            and set(expect.duties) == set(self.verdict.duties)
        )


@dataclass(frozen=True, slots=True)
class Unread:
    """A case that cannot be: it is not judged, the rest of its file is."""

    id: str
    faults: tuple[Fault, ...]
    expects: bool


def read_cases(raw: bytes) -> tuple[CaseIn, ...]:
    """Read a file of cases. Raises `CaseFileBroken` naming every field of every case that is wrong."""
    read = _read(raw)
    faults = [fault for each in read if isinstance(each, Unread) for fault in each.faults]
    if faults:
        raise CaseFileBroken(NO_FILE, faults=faults)
    return tuple(each for each in read if isinstance(each, CaseIn))


def judge_all(raw: bytes) -> list[Judged | Unread]:
    """Judge a file, each case for itself. Raises `CaseFileBroken` where it is no file of cases at all."""
    return [_judged(each) if isinstance(each, CaseIn) else each for each in _read(raw)]


def judge_case(case: CaseIn) -> Judged:
    """Judge one case by the pack and the values it names. Raises `CaseFileBroken` for facts that cannot be."""
    try:
        return _judge(case)
    except Invalid as error:
        raise _cannot_be(case, error.faults) from error
    except ValidationError as error:
        raise _cannot_be(case, _faults_of(error, case.id, "policy")) from error
    except (ValueError, OverflowError) as error:
        raise _cannot_be(case, [Fault(case.id, str(error))]) from error


def _judge(case: CaseIn) -> Judged:
    day = case.now.date()
    check_facts(case)
    pack = pack_named(case.pack)
    settings = ContactSettings.model_validate(case.policy.model_dump(exclude_none=True, by_alias=True))
    facts = facts_of(case)
    proposal = proposal_of(case, facts)
    if pack is None:
        return Judged(case, refused_without_pack(case.pack, 0), None)
    if broken := loosened(pack, settings, day):
        return Judged(case, None, broken[0].code)
    policy = policy_for(case.pack, settings, 0, day)
    if policy is None:
        return Judged(case, refused_without_pack(case.pack, 0), None)
    policy = replace(policy, pack_version=case.pack_version)
    return Judged(case, judge(policy, facts, proposal, case.now), None)


def _judged(case: CaseIn) -> Judged | Unread:
    try:
        return judge_case(case)
    except CaseFileBroken as error:
        return Unread(case.id, tuple(error.faults), case.expect is not None)


def _cannot_be(case: CaseIn, faults: Sequence[Fault]) -> CaseFileBroken:
    return CaseFileBroken(f"case {case.id} cannot be", faults=faults)


def _read(raw: bytes) -> list[CaseIn | Unread]:
    if len(raw) > MOST_BYTES:
        raise CaseFileBroken("the file is larger than 64 MiB")
    try:
        content: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise CaseFileBroken(NO_FILE, faults=[Fault("file", "not JSON", "save it as UTF-8 JSON")]) from error
    try:
        cases = CaseFile.model_validate(content).cases
    except ValidationError as error:
        raise CaseFileBroken(NO_FILE, faults=_faults_of(error)) from error
    read, ids = list[CaseIn | Unread](), set[str]()
    for position, case in enumerate(cases):
        each = _read_case(case, f"cases.{position}")
        if each.id in ids:
            fault = Fault(each.id, "two cases of this id", "give each case its own")
            each = Unread(each.id, (fault,), "expect" in case)
        ids.add(each.id)
        read.append(each)
    return read


def _read_case(case: Mapping[str, Any], place: str) -> CaseIn | Unread:
    named = case.get("id")
    name = named[:100] if isinstance(named, str) and named else place
    try:
        return CaseIn.model_validate(case)
    except ValidationError as error:
        return Unread(name, tuple(_faults_of(error, name)), "expect" in case)


def _faults_of(error: ValidationError, *place: str) -> list[Fault]:
    """A list that is short only because what stands in it is wrong is no fault of its own."""
    errors = error.errors()
    places = {tuple(each["loc"][:length]) for each in errors for length in range(len(each["loc"]))}
    return [
        Fault(
            ".".join((*place, *(str(part) for part in each["loc"]))),
            each["msg"].removeprefix("Value error, "),
            f"see the format {FORMAT}",
        )
        for each in errors
        if not (each["type"] == "too_short" and tuple(each["loc"]) in places)
    ]


def shown(judged: Judged | Unread) -> dict[str, object]:
    """The answer as JSON: id, verdict, until, reasons, duties, rules, agrees; `faults` of a case that cannot be."""
    if isinstance(judged, Unread):
        unread: dict[str, object] = {
            "id": judged.id,
            "verdict": None,
            "faults": [str(x) for x in judged.faults],
        }
        return unread | ({"agrees": False} if judged.expects else {})
    verdict = judged.verdict
    if verdict is None:
        answer: dict[str, object] = {"id": judged.case.id, "policy_error": judged.policy_error}
    else:
        answer = {
            "id": judged.case.id,
            "verdict": verdict.answer.value,
            "until": verdict.until.astimezone(judged.case.now.tzinfo).isoformat() if verdict.until else None,
            "reasons": list(verdict.codes),
            "duties": list(verdict.duties),
            "rules": [_rule(reason) for reason in verdict.reasons],
            "pack": verdict.pack,
            "pack_version": verdict.pack_version,
        }
    if judged.agrees is not None:
        answer["agrees"] = judged.agrees
    return answer


def _rule(reason: Reason) -> dict[str, object]:
    return {
        "code": reason.code,
        "answer": reason.answer.value,
        "rules": list(reason.rules),
        "until": reason.until.isoformat() if reason.until else None,
        "working": reason.working,
    }
