"""Group 1, debt stops: what ends or suspends collection of a debt altogether."""

from datetime import date, timedelta
from typing import Final

from dunwell.contact.model import (
    CALLS,
    Answer,
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
    HoldKind.ILLNESS: "ILLNESS",
}


def judge_debts(case: Case, found: list[Reason]) -> None:
    """Settled debts, dead debtors, and every hold in force that covers this person and debt."""
    facts, proposal = case.facts, case.proposal
    for key in proposal.debts:
        debt = facts.debts.get(key)
        if debt is None or (debt.settled_at is not None and debt.settled_at <= case.now):
            found.append(case.deny("DEBT_SETTLED"))
            break
    if case.person.status is PersonStatus.DECEASED:
        found.append(case.deny("DECEASED"))
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
    if today < hold.since or (hold.lifted_on is not None and hold.lifted_on <= today):
        return False
    last = last_day(hold, policy)
    return last is None or today <= last


def last_day(hold: Hold, policy: Policy) -> date | None:
    """The last day in force; None while open."""
    if hold.kind is HoldKind.CRISIS and hold.treatment_ended_on is not None:
        return hold.treatment_ended_on + timedelta(days=policy.crisis_days_after)
    if hold.kind is HoldKind.BREATHING_SPACE and hold.until is None:
        return hold.since + timedelta(days=policy.breathing_space_days - 1)
    return hold.until


def _stop(case: Case, hold: Hold) -> Reason | None:
    """The reason a hold in force gives, or None where this contact passes it."""
    proposal = case.proposal
    working = f"{hold.kind.value} since {hold.since.isoformat()}"
    if hold.kind is HoldKind.CEASE and proposal.purpose is Purpose.CLOSING_NOTICE:
        if case.policy.closing_notice_passes_cease:
            return None
    elif hold.kind is HoldKind.REPRESENTATION and case.person.role is Role.ATTORNEY:
        return None
    elif hold.kind is HoldKind.BEREAVEMENT:
        if not case.policy.sensitive_days:
            return case.reason("BEREAVEMENT", Answer.REVIEW, None, working)
        if proposal.channel is not Channel.VISIT and proposal.channel not in CALLS:
            return None
        return case.deny("SENSITIVE_DAY", working)
    return case.deny(CODES[hold.kind], working)
