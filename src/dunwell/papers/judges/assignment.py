"""Assignments and placements: whether an agent, or an agency, may be given a case."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from dunwell.agents.model import Grievance, NoticeKind, NoticeStatus, Standing
from dunwell.agents.use_cases import may_assign, may_place
from dunwell.papers.model import Answer, Day, Given

# What an agency and an agent of a case are called, who have no code and no id there.
SOME: Final = "agency"
SOMEBODY: Final = UUID(int=0)


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AgentIn(Part):
    """`trained_on` left out: within the year; null: never. `conflict`: an interest of his own in the case."""

    trained_on: Day | None = None
    active: bool = True
    conflict: bool = False


class AgencyIn(Part):
    """`reviewed_on` left out: within the year; null: never. A contract day that is left out bounds nothing."""

    reviewed_on: Day | None = None
    contract_from: Day | None = None
    contract_until: Day | None = None
    suspended: bool = False


class AssignmentIn(Given):
    today: Day
    agent: AgentIn = AgentIn()
    agency: AgencyIn | None = None


class NoticeIn(Part):
    kind: NoticeKind
    status: NoticeStatus


class GrievanceIn(Part):
    state: Grievance


class PlacementIn(Given):
    """What is left out is in order: the agency reviewed within the year, the notice delivered, no grievance."""

    today: Day
    agency: AgencyIn = AgencyIn()
    notice: NoticeIn | None = None
    grievance: GrievanceIn | None = None


def judge_assignment(given: Mapping[str, Any]) -> Answer:
    """The verdict, with the codes of everything that stands against it."""
    asked = AssignmentIn.model_validate(given)
    agent = asked.agent
    trained = agent.trained_on if "trained_on" in agent.model_fields_set else asked.today
    found = may_assign(
        asked.pack,
        _standing(asked.agency, asked.today, trained=trained, active=agent.active),
        asked.today,
        conflict=agent.conflict,
    )
    return {
        "verdict": found.verdict.value,
        "reasons": list(found.reasons),
        "rules": list(found.rules),
    }


def judge_placement(given: Mapping[str, Any]) -> Answer:
    """The verdict on the new case and on those the agency has; what holds it opens with a new fact only."""
    asked = PlacementIn.model_validate(given)
    notices = {} if asked.notice is None else {asked.notice.kind: asked.notice.status}
    grievance = None if asked.grievance is None else asked.grievance.state
    found = may_place(
        asked.pack, _standing(asked.agency, asked.today), asked.today, notices=notices, grievance=grievance
    )
    return {
        "verdict": found.finding.verdict.value,
        "until": None,
        "existing_cases": found.existing_cases.value,
        "reasons": list(found.finding.reasons),
        "rules": list(found.finding.rules),
    }


def _standing(
    agency: AgencyIn | None, today: Day, *, trained: Day | None = None, active: bool = True
) -> Standing:
    if agency is None:
        return Standing(agent=SOMEBODY, agent_active=active, agent_trained_on=trained)
    reviewed = agency.reviewed_on if "reviewed_on" in agency.model_fields_set else today
    return Standing(
        agency=SOME,
        agency_active=not agency.suspended,
        agency_contract_from=agency.contract_from,
        agency_contract_until=agency.contract_until,
        agency_reviewed_on=reviewed,
        agent=SOMEBODY,
        agent_active=active,
        agent_trained_on=trained,
    )
