"""Debts whose limitation period is over: no word of courts, and a person decides where a demand may cost the debtor."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from dunwell.contact.model import Purpose, Reason
from dunwell.contact.rules.case import Case

# Any mention of courts is a suggestion of suit here, also one that would be true of a younger debt.
COURTS: Final = re.compile(
    r"\b(?:courts?|sue[sd]?|suing|law ?suits?|litigat\w*|legal (?:action|proceedings?|steps?|process|remed(?:y|ies))|"
    r"judge?ments?|summons|writ|arbitrat\w*)\b"
    r"|起诉|诉讼|法院|法庭|仲裁|立案|强制执行|查封|冻结|支付令|律师函|打官司|(?:法律|司法)(?:途径|手段|程序|措施|责任)"
)
DEMANDS: Final = frozenset({Purpose.COLLECTION, Purpose.REMINDER})


def judge_limitation(case: Case, found: list[Reason]) -> None:
    """US-LEG-01, UK-LEG-01: no threat of suit. CN-LEG-04: an answer may revive the debt, so a person looks first."""
    proposal, debts = case.proposal, case.facts.debts
    barred = [
        day
        for key in proposal.debts
        if key in debts and (day := debts[key].barred_on) is not None and day <= case.today
    ]
    if not barred:
        return
    since = f"barred since {min(barred).isoformat()}"
    content = proposal.content
    if content is not None and (content.docket_no or speaks_of_courts(content.text)):
        found.append(case.deny("TIME_BARRED", f"{since}, and it speaks of courts"))
    elif case.policy.barred_debts_reviewed and proposal.purpose in DEMANDS:
        found.append(case.review("TIME_BARRED", since))


@lru_cache(maxsize=4096)
def speaks_of_courts(text: str) -> bool:
    """Whether a text mentions courts or steps before them; full width is folded, case does not matter."""
    return COURTS.search(unicodedata.normalize("NFKC", text).lower()) is not None
