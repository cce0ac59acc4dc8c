"""Group 8, the evidence: what cannot be written down or recorded may not happen."""

from dunwell.contact.model import CALLS, Channel, Reason
from dunwell.contact.rules.case import Case


def judge_evidence(case: Case, found: list[Reason]) -> None:
    spoken = case.proposal.channel in CALLS or case.proposal.channel is Channel.VISIT
    if not case.facts.audit_ready:
        found.append(case.deny("EVIDENCE_MISSING", "audit store unreachable"))
    elif spoken and case.policy.recorder_required and not case.facts.recorder_on:
        found.append(case.deny("EVIDENCE_MISSING", "recorder off"))
