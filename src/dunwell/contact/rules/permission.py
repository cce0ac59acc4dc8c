"""Group 4, the channel: opt-outs, texts to unconfirmed numbers, and how a visit may be made."""

from datetime import timedelta

from dunwell.contact.model import Channel, Place, Reason, Visit
from dunwell.contact.rules.case import Case, number_used


def judge_permission(case: Case, found: list[Reason]) -> None:
    """An opt-out works at once, for the channel named and no other."""
    channel = case.proposal.channel
    if any(each is channel and at <= case.now for each, at in case.person.opt_outs):
        found.append(case.deny("MEDIUM_OPTOUT", channel.value))
    if channel is Channel.SMS and case.policy.text_confirmed_days is not None:
        _confirmed(case, case.policy.text_confirmed_days, found)
    if channel is Channel.VISIT:
        _visit(case, case.proposal.visit or Visit(), found)


def _confirmed(case: Case, days: int, found: list[Reason]) -> None:
    number = number_used(case)
    if number is None or number.confirmed_on is None:
        return
    if case.today > number.confirmed_on + timedelta(days=days):
        found.append(case.hold("TEXT_60D", None, f"confirmed {number.confirmed_on.isoformat()}"))


def _visit(case: Case, visit: Visit, found: list[Reason]) -> None:
    policy = case.policy
    if not policy.visits:
        found.append(case.deny("VISITS_OFF"))
    if policy.visits_spare_vulnerable and case.person.vulnerable:
        found.append(case.deny("VULNERABLE"))
    if policy.visit_team is not None and visit.collectors < policy.visit_team:
        found.append(case.deny("VISIT_TEAM", f"{visit.collectors} of {policy.visit_team}"))
    if policy.visit_consent_by_place and visit.place is not Place.DOORSTEP:
        if not visit.place_consent:
            found.append(case.deny("VISIT_PLACE", visit.place.value))
        elif visit.place is Place.HOME and not visit.filming_consent:
            found.append(case.review("PRIVATE_SPACE"))
