"""A draft as terms, and its clauses as they are kept beside the schedule that was derived from them."""

from dunwell.loans.model import LoanDraft, Terms
from dunwell.loans.model import clauses_json as kept_clauses

__all__ = ["kept_clauses", "terms_of"]


def terms_of(draft: LoanDraft) -> Terms:
    """What a schedule needs of a draft whose method computes one."""
    return Terms(
        principal=draft.principal.minor,
        annual_rate=draft.annual_rate,
        method=draft.method,
        day_count=draft.day_count,
        disbursed_on=draft.disbursed_on,
        count=draft.count,
        every=draft.every,
        first_due_on=draft.first_due_on,
        clauses=draft.clauses,
    )
