"""Group 3, who acts: the agency and its agent, the device, and the notices that the law wants first."""

from datetime import date, timedelta

from dunwell.contact.model import LENDER, NoticeKind, NoticeStatus, Outcome, Purpose, Reason, Standing
from dunwell.contact.rules.case import Case, about, day_of, is_talk, start_of_day
from dunwell.kernel.calendar import add_months


def judge_actor(case: Case, found: list[Reason]) -> None:
    facts, proposal = case.facts, case.proposal
    if facts.standing is not None:
        _agency(case, facts.standing, found)
        _agent(case, facts.standing, found)
    trained = facts.agent_trained_on
    if trained is not None and _expired(case, trained):
        found.append(case.deny("TRAINING_EXPIRED", f"trained {trained.isoformat()}"))
    if (
        proposal.sender is not None
        and facts.registered_senders is not None
        and proposal.sender not in facts.registered_senders
    ):
        found.append(case.deny("UNREGISTERED_DEVICE"))
    if facts.notices:
        _notices(case, found)


def _expired(case: Case, trained: date) -> bool:
    """On the anniversary a certificate has expired."""
    return add_months(trained, case.policy.agent_certificate_months) <= case.today


def _agency(case: Case, standing: Standing, found: list[Reason]) -> None:
    """An agency acts only while it is registered, not suspended, under contract and reviewed within the year."""
    if case.proposal.actor == LENDER:
        return
    if standing.agency != case.proposal.actor:
        found.append(case.deny("AGENCY_UNKNOWN"))
        return
    if not standing.agency_active:
        found.append(case.deny("AGENCY_INACTIVE"))
    begins, ends = standing.agency_contract_from, standing.agency_contract_until
    if ends is not None and ends < case.today:
        found.append(case.deny("AGENCY_CONTRACT", f"ended {ends.isoformat()}"))
    elif begins is not None and begins > case.today:
        working = f"begins {begins.isoformat()}"
        found.append(case.hold("AGENCY_CONTRACT", start_of_day(begins, case.zone), working))
    months, reviewed = case.policy.agency_review_months, standing.agency_reviewed_on
    if months is not None and (reviewed is None or add_months(reviewed, months) <= case.today):
        found.append(case.hold("AGENCY_REVIEW_DUE", None, f"reviewed {reviewed or 'never'}"))


def _agent(case: Case, standing: Standing, found: list[Reason]) -> None:
    """Whoever is named as acting is registered, active and trained; nobody is named where a machine sends."""
    if case.proposal.agent is None:
        return
    if standing.agent != case.proposal.agent:
        found.append(case.deny("AGENT_UNKNOWN"))
        return
    if not standing.agent_active:
        found.append(case.deny("AGENT_INACTIVE"))
    trained = standing.agent_trained_on
    if case.facts.agent_trained_on is None and (trained is None or _expired(case, trained)):
        found.append(case.deny("TRAINING_EXPIRED", f"trained {trained or 'never'}"))


def _notices(case: Case, found: list[Reason]) -> None:
    """A notice that is not listed was delivered in time."""
    facts, policy = case.facts, case.policy
    transferred = any(
        key in facts.debts and facts.debts[key].transferred_on is not None for key in case.proposal.debts
    )
    if policy.outsourcing_notice and case.proposal.actor != LENDER and _missing(case, NoticeKind.OUTSOURCING):
        found.append(case.hold("OUTSOURCE_NOTICE"))
    if policy.assignment_notice and transferred and _missing(case, NoticeKind.ASSIGNMENT):
        found.append(case.hold("ASSIGNMENT_NOTICE"))
    if policy.transfer_notice and transferred and _missing(case, NoticeKind.TRANSFER):
        found.append(case.deny("EU_TRANSFER_NOTICE"))
    if policy.validation_days is not None and case.proposal.purpose is not Purpose.VALIDATION_NOTICE:
        _validation(case, policy.validation_days, found)


def _missing(case: Case, kind: NoticeKind) -> bool:
    """Listed, and not delivered by now."""
    notice = case.facts.notices.get(kind)
    if notice is None:
        return False
    return notice.status is not NoticeStatus.DELIVERED or (notice.at is not None and notice.at > case.now)


def _validation(case: Case, days: int, found: list[Reason]) -> None:
    """Due by the end of the fifth day after the first talk or delivered message; held while late and not sent."""
    notice = case.facts.notices.get(NoticeKind.VALIDATION)
    if notice is None or (
        notice.status in (NoticeStatus.SENT, NoticeStatus.DELIVERED)
        and (notice.at is None or notice.at <= case.now)
    ):
        return
    for contact in case.facts.contacts:
        reached = is_talk(contact) or contact.outcome is Outcome.DELIVERED
        if reached and contact.person == case.facts.debtor and about(contact, case.proposal.debts):
            first = day_of(contact.at, case.zone)
            if case.today > first + timedelta(days=days):
                found.append(case.hold("VALIDATION_5D", None, f"first contact {first.isoformat()}"))
            return
