"""Decisions about plans. No database, no clock, no settings: only arguments."""

from datetime import date
from typing import Final

from dunwell.arrangements.model import Answer, PlanVerdict, TermInvalid
from dunwell.kernel.errors import Fault
from dunwell.packs import Pack

TERM: Final = "PLAN_TERM"


def judge_plan(law: Pack, product_kind: str, months: int, on: date) -> PlanVerdict:
    """Whether a plan of so many months may be agreed on a day, and the fields its paper needs (CN-PLN-01, CN-PLN-02).

    Where the pack knows no longest term, the term is left to the parties. Raises `TermInvalid`.
    """
    if months < 1:
        fault = Fault("months", f"{months} is no term", "a whole number of months, at least 1")
        raise TermInvalid(fault.problem, faults=[fault])
    fields, longest = f"plan_fields_{product_kind}", f"plan_months_{product_kind}"
    required, most = law.listed(fields, on), law.value(longest, on, int)
    rules = tuple(
        rule for name in (longest, fields) if (entry := law.entry(name, on)) for rule in entry.rules
    )
    if most is not None and months > most:
        return PlanVerdict(Answer.DENY, required, (TERM,), rules)
    return PlanVerdict(Answer.ALLOW, required, (), rules)
