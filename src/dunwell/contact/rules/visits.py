"""Group 4, visits: whether they are made at all, by whom, where, and how they were announced."""

from datetime import timedelta

from dunwell.contact.model import Place, Reason, Visit
from dunwell.contact.rules.case import Case


def judge_visit(case: Case, found: list[Reason]) -> None:
    policy, visit = case.policy, case.proposal.visit or Visit()
    if not policy.visits:
        found.append(case.deny("VISITS_OFF"))
    if policy.visits_spare_vulnerable and case.person.vulnerable:
        found.append(case.deny("VULNERABLE"))
    if policy.visit_team is not None and visit.collectors < policy.visit_team:
        found.append(case.deny("VISIT_TEAM", f"{visit.collectors} of {policy.visit_team}"))
    if policy.visit_papers and not visit.papers:
        found.append(case.deny("VISIT_PAPERS"))
    if policy.visit_home_first and visit.place is Place.WORKPLACE and not visit.tried_home:
        found.append(case.deny("VISIT_HOME_FIRST"))
    _place(case, visit, found)
    if policy.visit_notice_hours is not None:
        _notice(case, visit, policy.visit_notice_hours, found)


def _place(case: Case, visit: Visit, found: list[Reason]) -> None:
    """Not into the home or the place of work without consent to it, and nothing private filmed without consent."""
    policy = case.policy
    if policy.visit_consent_by_place and visit.place is not Place.DOORSTEP and not visit.place_consent:
        found.append(case.deny("VISIT_PLACE", visit.place.value))
    elif policy.visit_filming_consent and visit.place is Place.HOME and not visit.filming_consent:
        found.append(case.review("PRIVATE_SPACE"))


def _notice(case: Case, visit: Visit, hours: int, found: list[Reason]) -> None:
    """Announced so many hours before; what was never announced waits for the announcement."""
    if not visit.announced:
        found.append(case.hold("VISIT_NOTICE", None, "not announced"))
    elif visit.announced_at is not None:
        release = visit.announced_at + timedelta(hours=hours)
        if case.now < release:
            found.append(case.hold("VISIT_NOTICE", release, f"announced {visit.announced_at.isoformat()}"))
