"""Reading a file of paper cases, judging each, showing the answers."""

import json
from dataclasses import dataclass, replace
from typing import Final

from pydantic import ValidationError

from dunwell.contact.cases.format import FORMAT, CaseFile, CaseIn
from dunwell.contact.cases.reading import facts_of, proposal_of
from dunwell.contact.model import CaseFileBroken, Reason, Verdict
from dunwell.contact.rules import judge, refused_without_pack
from dunwell.contact.settings import ContactSettings, loosened, pack_named, policy_for
from dunwell.kernel.errors import Fault

MOST_BYTES: Final = 64 * 1024 * 1024


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


def read_cases(raw: bytes) -> tuple[CaseIn, ...]:
    """Read a file of cases. Raises `CaseFileBroken` naming every field that is wrong."""
    if len(raw) > MOST_BYTES:
        raise CaseFileBroken("the file is larger than 64 MiB")
    try:
        return CaseFile.model_validate(json.loads(raw)).cases
    except (ValueError, RecursionError) as error:
        raise CaseFileBroken("not a file of paper cases", faults=_faults(error)) from error


def _faults(error: Exception) -> list[Fault]:
    if isinstance(error, ValidationError):
        return [
            Fault(".".join(str(part) for part in each["loc"]), each["msg"], f"see the format {FORMAT}")
            for each in error.errors()
        ]
    return [Fault("file", "not JSON", "save it as UTF-8 JSON")]


def judge_case(case: CaseIn) -> Judged:
    """Judge one case by the pack and the values it names. Raises `CaseFileBroken` for facts that cannot be."""
    day = case.now.date()
    pack = pack_named(case.pack)
    try:
        settings = ContactSettings.model_validate(case.policy.model_dump(exclude_none=True, by_alias=True))
        facts = facts_of(case)
        proposal = proposal_of(case, facts)
    except ValueError as error:
        raise CaseFileBroken(f"case {case.id} cannot be", faults=[Fault(case.id, str(error))]) from error
    if pack is None:
        return Judged(case, refused_without_pack(case.pack, 0), None)
    if broken := loosened(pack, settings, day):
        return Judged(case, None, broken[0].code)
    policy = policy_for(case.pack, settings, 0, day)
    if policy is None:
        return Judged(case, refused_without_pack(case.pack, 0), None)
    policy = replace(policy, pack_version=case.pack_version)
    return Judged(case, judge(policy, facts, proposal, case.now), None)


def shown(judged: Judged) -> dict[str, object]:
    """The answer as JSON: id, verdict, until, reasons, duties, rules, agrees."""
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
