"""The judge: (policy, facts, proposal, now) → verdict. Every rule is asked; the worst answer wins."""

from datetime import UTC, datetime
from typing import Final

from dunwell.contact.model import (
    SEVERITY,
    Answer,
    Direction,
    Facts,
    Policy,
    Proposal,
    Purpose,
    Reason,
    Role,
    Verdict,
)
from dunwell.contact.rules.actor import judge_actor
from dunwell.contact.rules.case import Case, a_case, liable
from dunwell.contact.rules.clock import judge_clock
from dunwell.contact.rules.content import judge_content
from dunwell.contact.rules.counters import judge_counters
from dunwell.contact.rules.debts import judge_debts
from dunwell.contact.rules.evidence import judge_evidence
from dunwell.contact.rules.limitation import judge_limitation
from dunwell.contact.rules.permission import judge_permission
from dunwell.contact.rules.recipient import judge_recipient

# In the order of regulations: debt stops, recipient, actor and notices, channel, clock, counters, content.
GROUPS: Final = (
    judge_debts,
    judge_limitation,
    judge_recipient,
    judge_actor,
    judge_permission,
    judge_clock,
    judge_counters,
    judge_content,
)
# A release that needs more steps than this is none that anybody can be told.
STEPS: Final = 64
ASKING: Final = frozenset({Purpose.RESTORE_CONTACT, Purpose.LOCATION})
# Whoever is not liable and is asked for the debtor.
OTHERS: Final = frozenset({Role.CONTACT_PERSON, Role.THIRD_PARTY, Role.SPOUSE})
NO_PACK: Final = "NO_PACK"

DUTIES: Final = {"CONSENT_SLOT": "ATTACH_CONSENT", "VOLUNTEER_PAYER": "PAYMENT_DATA_ONLY"}


def judge(policy: Policy, facts: Facts, proposal: Proposal, now: datetime) -> Verdict:
    """Judge one proposed contact at the instant `now`.

    All failing rules are reported. HOLD carries the first instant at which the same proposal on the same
    facts is allowed. No pack for the debtor's country, or a person nobody knows: DENY.
    """
    now = now.astimezone(UTC)
    if proposal.person not in facts.people or facts.debtor not in facts.people:
        return _verdict(
            policy, (Reason("UNKNOWN_PERSON", Answer.DENY, policy.codes.get("UNKNOWN_PERSON", ())),)
        )
    if facts.people[facts.debtor].country not in policy.countries:
        return _verdict(policy, (Reason(NO_PACK, Answer.DENY, policy.codes.get(NO_PACK, ())),))
    case = a_case(policy, facts, proposal, now)
    found = failing(case)
    answer = worst(found)
    if answer is Answer.ALLOW:
        duties = _duties(case, found)
        return Verdict(
            answer, _noted(case, found), duties, None, policy.pack, policy.pack_version, policy.policy_version
        )
    until = release(case, found) if answer is Answer.HOLD else None
    failed = [reason for reason in found if reason.answer is not Answer.ALLOW]
    return Verdict(
        answer, _noted(case, failed), (), until, policy.pack, policy.pack_version, policy.policy_version
    )


def refused_without_pack(pack: str, policy_version: int) -> Verdict:
    """The answer where the tenant has no law to judge by: nothing may be sent."""
    return Verdict(
        Answer.DENY, (Reason(NO_PACK, Answer.DENY, ("OURS-PACK-01",)),), (), None, pack, "", policy_version
    )


def failing(case: Case) -> list[Reason]:
    """Every rule that does not plainly allow, with the exceptions that were used. Inbound: the evidence only.

    While a release is searched the first group that fails is enough: it says when to judge again.
    """
    found: list[Reason] = []
    if case.proposal.direction is Direction.OUTBOUND:
        for group in GROUPS:
            group(case, found)
            if case.searching and found and worst(found) is not Answer.ALLOW:
                return found
    else:
        found.append(case.reason("INBOUND", Answer.ALLOW))
    judge_evidence(case, found)
    return found


def worst(found: list[Reason]) -> Answer:
    """DENY before REVIEW before HOLD before ALLOW."""
    answer = Answer.ALLOW
    for reason in found:
        if SEVERITY[reason.answer] > SEVERITY[answer]:
            answer = reason.answer
    return answer


def release(case: Case, found: list[Reason]) -> datetime | None:
    """Take the latest release, judge again there, and so on until the answer is ALLOW.

    None when a failing rule has no release, or when the answer becomes DENY or REVIEW first. No release is later
    than the first instant at which its rule holds again, so no allowing instant is stepped over.
    """
    for _ in range(STEPS):
        at = case.now
        for reason in found:
            if reason.answer is not Answer.HOLD:
                continue
            if reason.until is None:
                return None
            at = max(at, reason.until)
        case = case.at(at)
        found = failing(case)
        answer = worst(found)
        if answer is not Answer.HOLD:
            return at if answer is Answer.ALLOW else None
    return None


def _verdict(policy: Policy, reasons: tuple[Reason, ...]) -> Verdict:
    return Verdict(Answer.DENY, reasons, (), None, policy.pack, policy.pack_version, policy.policy_version)


def _duties(case: Case, found: list[Reason]) -> tuple[str, ...]:
    """What an ALLOW demands beyond what every contact does."""
    duties = tuple(DUTIES[reason.code] for reason in found if reason.code in DUTIES) if found else ()
    person, proposal = case.person, case.proposal
    asks = proposal.purpose in ASKING and proposal.direction is Direction.OUTBOUND
    if asks and person.role in OTHERS and not liable(person):
        return (*duties, "NO_DEBT_CONTENT")
    return duties


def _noted(case: Case, found: list[Reason]) -> tuple[Reason, ...]:
    """With the note that it was queued under another version of the law; the present one judged."""
    queued = case.proposal.queued_pack_version
    if queued is None or queued == case.policy.pack_version:
        return tuple(found)
    note = case.reason("PACK_VERSION", Answer.ALLOW, None, f"queued under {queued}")
    return (*found, note)
