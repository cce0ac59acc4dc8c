"""Cases of agents, agencies, visits and access that cannot be are refused by field; every spelling of a recording."""

from typing import Any

import pytest

from dunwell.papers.model import Case, PapersBroken
from dunwell.papers.reading import judge_case

DAY = {"today": "2026-11-23"}


def a_case(kind: str, given: dict[str, Any]) -> Case:
    return Case.model_validate({"id": "A1", "title": "one", "kind": kind, "given": given})


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("assignment", {}, "today"),
        ("assignment", DAY | {"agent": {"trained_on": 20251101}}, "agent.trained_on"),
        ("assignment", DAY | {"agent": {"trained_on": "2025-13-01"}}, "agent.trained_on"),
        ("assignment", DAY | {"agent": {"height": 180}}, "agent.height"),
        ("placement", DAY | {"notice": {"kind": "postcard", "status": "sent"}}, "notice.kind"),
        ("placement", DAY | {"notice": {"kind": "outsourcing", "status": "lost"}}, "notice.status"),
        ("placement", DAY | {"notice": {"kind": "outsourcing"}}, "notice.status"),
        ("placement", DAY | {"grievance": {"state": "loud"}}, "grievance.state"),
        ("placement", DAY | {"pack": "zz"}, "pack"),
        ("visit", {"recording": None}, "event"),
        ("visit", {"event": "close_visit", "recording": 7}, "recording"),
        ("visit", {"event": "close_visit", "recording": []}, "recording"),
        ("visit", {"event": "close_visit", "recording": {}}, "recording"),
        ("access", {}, "data"),
        ("access", {"data": "clear_phone_numbers", "user": {"country": "Singapore"}}, "user.country"),
        ("access", {"data": "clear_phone_numbers", "user": {"shoe": 1}}, "user.shoe"),
    ],
)
def test_a_case_that_cannot_be_names_its_field(kind: str, given: dict[str, Any], field: str) -> None:
    with pytest.raises(PapersBroken) as refused:
        judge_case(a_case(kind, given))
    assert [fault.field for fault in refused.value.faults] == [f"A1.given.{field}"]
    assert refused.value.faults[0].remedy


@pytest.mark.parametrize(
    ("recording", "verdict"),
    [
        (None, "DENY"),
        (False, "DENY"),
        ("", "DENY"),
        (" None ", "DENY"),
        ("missing", "DENY"),
        ("Partial", "DENY"),
        ("interrupted", "DENY"),
        ({"partial": True}, "DENY"),
        ({"whole": False}, "DENY"),
        ({"present": False, "complete": True}, "DENY"),
        ({"state": "missing"}, "DENY"),
        ({"status": "whole", "state": "damaged"}, "DENY"),
        (True, "ALLOW"),
        ("whole", "ALLOW"),
        ("rec-4711.mp4", "ALLOW"),
        ({"file": "rec-4711.mp4"}, "ALLOW"),
        ({"present": True, "complete": True, "status": "present"}, "ALLOW"),
    ],
)
def test_a_recording_counts_when_it_is_there_as_a_whole(recording: object, verdict: str) -> None:
    answer = judge_case(a_case("visit", {"event": "close_visit", "recording": recording})).answer
    assert answer is not None
    assert (answer["verdict"], answer["incident_opened"]) == (verdict, verdict == "DENY")
