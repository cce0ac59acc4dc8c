"""What the law says of an assignment, a placement, a visit's end and a look at data. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dunwell.agents.model import (
    Answer,
    ClearView,
    Closing,
    Finding,
    Grievance,
    NoticeKind,
    NoticeStatus,
    Placement,
    Recording,
    Sight,
    Standing,
    Stop,
    View,
)
from dunwell.agents.rules.standing import certificate_months, review_missing
from dunwell.kernel.calendar import add_months
from dunwell.packs import Pack

SEVERITY: Final[Mapping[Answer, int]] = {each: number for number, each in enumerate(Answer)}
# Steps of a visit at which there is nothing to record yet; at any other, known or not, the recording has to be there.
BEFORE: Final = frozenset({"plan_visit", "announce_visit", "start_visit"})

Failed = tuple[str, Answer]


@dataclass(frozen=True, slots=True)
class Wrong:
    code: str
    placing: Answer
    existing: Answer


def judge_assignment(law: Pack, standing: Standing, today: date, *, conflict: bool = False) -> Finding:
    """Whether an agent may be given a case: trained and tested in time, with an employer in order (CN-TRN-01).

    On the anniversary a training has expired. `conflict`: an interest of the agent's own in the case.
    """
    failed = [(each.code, each.placing) for each in _agency(law, standing, today)]
    if not standing.agent_active:
        failed.append(("AGENT_UNKNOWN" if standing.agent is None else "AGENT_INACTIVE", Answer.DENY))
    trained, months = standing.agent_trained_on, certificate_months(law, today)
    if trained is None or months is None or not trained <= today < add_months(trained, months):
        failed.append(("TRAINING_EXPIRED", Answer.DENY))
    if conflict:
        failed.append(("CONFLICT_OF_INTEREST", Answer.DENY))
    return _finding(law, failed)


def judge_placement(
    law: Pack,
    agency: Standing,
    today: date,
    *,
    notices: Mapping[NoticeKind, NoticeStatus],
    grievance: Grievance | None = None,
) -> Placement:
    """Whether a case may be given to an agency (CN-OUT-01, CN-ID-03, IN-DRF-07).

    A notice counts only when it was delivered; one that is not listed was. What holds a placement opens with a new
    fact, never with time alone. The cases the agency has already are touched only by what is wrong with the agency.
    """
    wrong = _agency(law, agency, today)
    failed = [(each.code, each.placing) for each in wrong]
    for kind, status in notices.items():
        stop = law.value(f"{kind}_notice", today, Stop)
        if stop is not None and status is not NoticeStatus.DELIVERED:
            failed.append((stop.code, stop.answer))
    pause = law.value("grievance", today, Stop)
    if grievance is Grievance.OPEN and pause is not None:
        failed.append((pause.code, pause.answer))
    return Placement(_finding(law, failed), _worst([each.existing for each in wrong]))


def _agency(law: Pack, standing: Standing, today: date) -> list[Wrong]:
    """What is wrong with an agency: the code, the answer on a new case, and that on the cases it has."""
    if standing.agency is None:
        return [] if standing.agency_active else [_barred("AGENCY_UNKNOWN")]
    wrong = list[Wrong]()
    if not standing.agency_active:
        wrong.append(_barred("AGENCY_INACTIVE"))
    begins, ends = standing.agency_contract_from, standing.agency_contract_until
    if (begins is not None and today < begins) or (ends is not None and today > ends):
        wrong.append(_barred("AGENCY_CONTRACT"))
    due = review_missing(law, standing.agency_reviewed_on, today)
    if due is not None:
        wrong.append(Wrong(due.code, due.placing, due.existing))
    return wrong


def _barred(code: str) -> Wrong:
    return Wrong(code, Answer.DENY, Answer.DENY)


def judge_visit(law: Pack, event: str, recording: Recording, on: date) -> Closing:
    """Whether a visit may take a step: it cannot end without a recording of the whole of it (CN-VIS-03)."""
    stop = law.value("visit_recording", on, Stop)
    if stop is None or event in BEFORE or recording is Recording.WHOLE:
        return Closing(Finding(Answer.ALLOW), incident=False)
    return Closing(_finding(law, [(stop.code, stop.answer)]), incident=True)


def judge_sight(law: Pack, country: str | None, on: date, *, clear: bool) -> Sight:
    """Whether data may be opened from a country, and in which form it is shown (CN-SEC-06).

    `country` None: where the pack is at home. What is masked anyway is shown anywhere; a role changes nothing, the line
    is drawn at the border.
    """
    if not clear:
        return Sight(Finding(Answer.ALLOW), View.MASKED)
    rule = law.value("clear_view", on, ClearView)
    if rule is None or country is None or country in rule.countries:
        return Sight(Finding(Answer.ALLOW), View.CLEAR)
    return Sight(_finding(law, [(rule.stop.code, rule.stop.answer)]), View.MASKED)


def _finding(law: Pack, failed: Sequence[Failed]) -> Finding:
    """The worst answer of the rules that failed, with all their codes and what these rest on."""
    codes = tuple(dict.fromkeys(code for code, _ in failed))
    rules = tuple(dict.fromkeys(rule for code in codes for rule in law.codes.get(code, ())))
    return Finding(_worst([answer for _, answer in failed]), codes, rules)


def _worst(answers: Sequence[Answer]) -> Answer:
    return max(answers, key=lambda each: SEVERITY[each], default=Answer.ALLOW)
