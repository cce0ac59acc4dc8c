"""Group 1, debt stops: what ends or suspends collection of a debt altogether."""

from datetime import date, timedelta
from typing import Final

from dunwell.contact.model import (
    CALLS,
    LENDER,
    Channel,
    Hold,
    HoldKind,
    PersonStatus,
    Policy,
    Purpose,
    Reason,
    Role,
)
from dunwell.contact.rules.case import Case

CODES: Final = {
    HoldKind.DISPUTE: "DISPUTED",
    HoldKind.PLAN: "PLAN_ACTIVE",
    HoldKind.BREATHING_SPACE: "BREATHING_SPACE",
    HoldKind.CRISIS: "BRS_CRISIS",
    HoldKind.CEASE: "CEASE",
    HoldKind.REPRESENTATION: "REPRESENTED",
    HoldKind.STATUTE_BARRED: "STATUTE_BARRED",
    HoldKind.BEREAVEMENT: "BEREAVEMENT",
    HoldKind.HARDSHIP: "HARDSHIP",
    HoldKind.DECEASED: "DECEASED",
    HoldKind.DISASTER: "DISASTER",
    HoldKind.MANUAL: "MANUAL_HOLD",
    HoldKind.BANKRUPTCY: "BANKRUPTCY",
    HoldKind.DEBT_ADVISER: "DEBT_ADVISER",
    HoldKind.GRIEVANCE: "GRIEVANCE_OPEN",
}
# Kinds that do not simply stop everything: what each stops is said by its own function.
MILDER: Final = frozenset(
    {
        HoldKind.CEASE,
        HoldKind.REPRESENTATION,
        HoldKind.BEREAVEMENT,
        HoldKind.MARRIAGE,
        HoldKind.GRIEVANCE,
        HoldKind.ILLNESS,
    }
)


def judge_debts(case: Case, found: list[Reason]) -> None:
    """Settled debts, people who died or cannot act, and every hold in force that covers this person and debt."""
    facts, proposal = case.facts, case.proposal
    for key in proposal.debts:
        debt = facts.debts.get(key)
        if debt is None or (debt.settled_at is not None and debt.settled_at <= case.now):
            found.append(case.deny("DEBT_SETTLED"))
            break
    person = case.person
    if person.status is PersonStatus.DECEASED:
        found.append(case.deny("DECEASED"))
    elif case.policy.vulnerable_reviewed and (
        person.under_age or person.status is PersonStatus.INCAPACITATED
    ):
        found.append(case.review("UNDER_AGE" if person.under_age else "INCAPACITATED"))
    for hold in facts.holds:
        if covers(hold, case) and in_force(hold, case.today, case.policy):
            reason = _stop(case, hold)
            if reason is not None and all(each.code != reason.code for each in found):
                found.append(reason)


def covers(hold: Hold, case: Case) -> bool:
    """A hold that names no person or debt covers the whole case, third persons too."""
    return hold.person in (None, case.proposal.person) and (
        hold.debt is None or hold.debt in case.proposal.debts
    )


def in_force(hold: Hold, today: date, policy: Policy) -> bool:
    """From `since` through its last day, or until before it was lifted."""
    if (today < hold.since and not hold.begun) or (hold.lifted_on is not None and hold.lifted_on <= today):
        return False
    last = last_day(hold, policy)
    return last is None or today <= last


def last_day(hold: Hold, policy: Policy) -> date | None:
    """The last day in force; None while open.

    A crisis is open until the end of its treatment is known, whatever day a notice named.
    """
    if hold.kind is HoldKind.CRISIS:
        ended = hold.treatment_ended_on
        return None if ended is None else ended + timedelta(days=policy.crisis_days_after)
    days = {
        HoldKind.BREATHING_SPACE: policy.breathing_space_days,
        HoldKind.DEBT_ADVISER: policy.debt_adviser_days,
    }.get(hold.kind)
    if hold.until is not None or days is None:
        return hold.until
    return hold.since + timedelta(days=days - 1)


def _stop(case: Case, hold: Hold) -> Reason | None:
    """The reason a hold in force gives, or None where this contact passes it."""
    working = f"{hold.kind.value} since {hold.since.isoformat()}"
    if hold.kind not in MILDER:
        return case.deny(CODES[hold.kind], working)
    policy, proposal = case.policy, case.proposal
    rings = proposal.channel in CALLS or proposal.channel is Channel.VISIT
    match hold.kind:
        case HoldKind.BEREAVEMENT if not policy.sensitive_days:
            return case.review("BEREAVEMENT", working)
        case HoldKind.BEREAVEMENT | HoldKind.MARRIAGE:
            return case.deny("SENSITIVE_DAY", working) if rings else None
        case HoldKind.ILLNESS:
            return case.review("ILLNESS", working) if policy.vulnerable_reviewed else None
        case HoldKind.GRIEVANCE:
            passes = proposal.actor == LENDER or not policy.complaint_pauses_agency
        case HoldKind.CEASE:
            passes = proposal.purpose is Purpose.CLOSING_NOTICE and policy.closing_notice_passes_cease
        case _:
            passes = case.person.role is Role.ATTORNEY
    return None if passes else case.deny(CODES[hold.kind], working)
