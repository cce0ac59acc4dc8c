"""Paper cases: (pack, policy, facts, proposal, now) in a JSON file, judged without a database."""

from dunwell.contact.cases.format import CaseIn
from dunwell.contact.cases.judging import Judged, Unread, judge_all, judge_case, read_cases, shown

__all__ = ["CaseIn", "Judged", "Unread", "judge_all", "judge_case", "read_cases", "shown"]
