"""Whom a payment is for: rung by rung, with reasons, and never by a guess. Pure.

The rungs: a number given to one debtor alone (virtual or sub-account) → a reference of ours → the payer's account
or name together with an exact due amount within the date window. Two candidates on a rung end it: a person decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dunwell.kernel.ids import BorrowerId, LoanId
from dunwell.statements.matches import (
    CONFIDENCE,
    Candidates,
    EntryFacts,
    Found,
    Match,
    MatchKind,
    MatchRules,
    Owed,
    Part,
    Share,
    Suggestion,
    ThirdParty,
    Unmatched,
)

MOST_SUGGESTIONS: Final = 5
BEST_SCORE: Final = 99
# What a way to a borrower is worth in a suggestion, and what speaks for or against one of their loans.
SCORES: Final = {"sub_account": 70, "reference": 60, "payer_account": 45, "payer_name": 30, "mentioned": 20}
EXACT: Final = 25
NEAR: Final = 10
WRONG_CURRENCY: Final = -40
CLOSED: Final = -30


@dataclass(frozen=True, slots=True)
class _Fit:
    """A due figure of one borrower that the amount equals, and the parts that follow from it."""

    parts: tuple[Part, ...]
    line: str


def match(facts: EntryFacts, candidates: Candidates, rules: MatchRules, share: Share) -> Match | Unmatched:
    """Decide, or say why not and suggest. The parts of a match add up to the amount; `share` makes several."""
    outcome = _by_number(facts, candidates, rules, share) or _by_payer(facts, candidates, rules, share)
    if isinstance(outcome, Match):
        return outcome
    reason, line = outcome or ("nothing-found", "没有线索 · no number, account or name leads to a loan")
    return Unmatched(reason, (line,), suggestions(facts, candidates, rules))


def due_order(loans: Iterable[Owed]) -> list[Owed]:
    """Oldest unpaid first; loans with nothing late after them."""
    return sorted(loans, key=lambda owed: (owed.due_since or date.max, owed.reference))


def _by_number(
    facts: EntryFacts, candidates: Candidates, rules: MatchRules, share: Share
) -> Match | tuple[str, str] | None:
    """The rungs of numbers: virtual account and reference. `None`: there are none."""
    targets = [*candidates.sub_accounts, *(found.target for found in candidates.references)]
    borrowers = {target.borrower for target in targets}
    if not borrowers:
        return None
    if len(borrowers) > 1:
        return "ambiguous", "号码指向多个借款人 · the numbers lead to more than one debtor"
    borrower = next(iter(borrowers))
    kind = MatchKind.SUB_ACCOUNT if candidates.sub_accounts else MatchKind.REFERENCE
    # A loan's own reference is more exact than the account it was paid to.
    exact = {found.target.loan for found in candidates.references if found.target.loan is not None}
    exact = exact or {target.loan for target in candidates.sub_accounts if target.loan is not None}
    of_borrower = candidates.loans.get(borrower, ())
    own = [owed for owed in of_borrower if owed.own] or of_borrower
    meant = [owed for owed in of_borrower if owed.loan in exact] if exact else own
    third_party = candidates.liable.get(borrower) is False and facts.legal_name
    refusal = _refusal(facts, meant, kind, rules, third_party=third_party)
    if refusal is not None:
        return refusal
    takers = [owed for owed in meant if owed.open and owed.currency == facts.currency]
    lines = [_where(found) for found in candidates.references] if candidates.references else []
    if candidates.sub_accounts:
        lines.insert(0, "付款进入该借款人的专属账户 · paid to an account that is this debtor's alone")
    if len(takers) == 1:
        parts = (Part(takers[0].loan, takers[0].reference, facts.minor),)
    else:
        lines.append("按法定顺序分配到多笔贷款 · shared over the debtor's loans in the order of the law")
        parts = share(facts.minor, takers, facts.received_on)
    return Match(kind, parts, CONFIDENCE[kind], tuple(lines))


def _refusal(
    facts: EntryFacts, meant: Sequence[Owed], kind: MatchKind, rules: MatchRules, *, third_party: bool
) -> tuple[str, str] | None:
    """Why money with a clear number is not posted by itself."""
    if not meant:
        return "no-loan", "该借款人没有贷款 · the debtor has no loan"
    if all(owed.currency != facts.currency for owed in meant):
        return "wrong-currency", "币种与贷款不同 · another currency than the loan's"
    if not any(owed.open and owed.currency == facts.currency for owed in meant):
        return "loan-closed", "贷款已结清或关闭 · the loan is settled or closed"
    if third_party and rules.third_party is ThirdParty.SUSPENSE:
        return "third-party", "付款人不是债务人 · somebody who is not liable paid"
    if kind not in rules.automatic:
        return "not-automatic", f"规则不自动入账 · the rules do not post {kind} by themselves"
    return None


def _where(found: Found) -> str:
    return f"我方编号 {found.text} 见于 {found.place} · our number {found.text} stands in {found.place}"


def _by_payer(
    facts: EntryFacts, candidates: Candidates, rules: MatchRules, share: Share
) -> Match | tuple[str, str] | None:
    """The rungs of the payer: account on file, then name, each with an exact due amount."""
    rungs = [(MatchKind.PAYER_ACCOUNT, candidates.by_account)]
    if facts.legal_name:
        rungs.append((MatchKind.PAYER_NAME, candidates.by_name))
    for kind, borrowers in rungs:
        fits = {each: _fit(facts, candidates.loans.get(each, ()), rules, share) for each in borrowers}
        found = {each: fit for each, fit in fits.items() if fit is not None}
        if len(found) > 1:
            return (
                "ambiguous",
                "多个借款人符合 · more than one debtor of that account or name owes exactly this",
            )
        for borrower, fit in found.items():
            if _contradicted(borrower, candidates, facts):
                return (
                    "account-and-name-differ",
                    "账号与户名指向不同的人 · account and name lead to different people",
                )
            if kind not in rules.automatic:
                return "not-automatic", f"规则不自动入账 · the rules do not post {kind} by themselves"
            lines = (_PAYER[kind], fit.line)
            return Match(kind, fit.parts, CONFIDENCE[kind], lines)
    if candidates.by_account or candidates.by_name:
        return "no-exact-amount", "认得付款人，金额对不上 · the payer is known; no due amount equals this"
    return None


_PAYER: Final = {
    MatchKind.PAYER_ACCOUNT: "付款账号已登记 · the payer's account is on file",
    MatchKind.PAYER_NAME: "付款人户名已登记 · the payer's name is on file",
}


def _contradicted(borrower: BorrowerId, candidates: Candidates, facts: EntryFacts) -> bool:
    """Account and name are both known to us, and one of them says somebody else."""
    names = candidates.by_name if facts.legal_name else ()
    return any(told and borrower not in told for told in (candidates.by_account, names))


def _fit(facts: EntryFacts, loans: Sequence[Owed], rules: MatchRules, share: Share) -> _Fit | None:
    """The due figure of one borrower that equals the amount; of equal ones, that of the oldest debt."""
    open_loans = [owed for owed in due_order(loans) if owed.open and owed.currency == facts.currency]
    for owed in open_loans:
        for figure, words in _figures(facts, owed, rules):
            if figure > 0 and abs(figure - facts.minor) <= rules.tolerance:
                line = f"{owed.reference} {words}"
                return _Fit((Part(owed.loan, owed.reference, facts.minor),), line)
    late = [owed for owed in open_loans if owed.own and owed.due and _in_window(facts, owed, rules)]
    due = sum(owed.due for owed in late)
    if len(late) > 1 and abs(due - facts.minor) <= rules.tolerance:
        line = "等于其全部贷款到期合计 · equals all that is due on the debtor's loans"
        return _Fit(share(facts.minor, late, facts.received_on), line)
    return None


def _figures(facts: EntryFacts, owed: Owed, rules: MatchRules) -> list[tuple[int, str]]:
    """The amounts somebody may pay on purpose, with their words."""
    figures: list[tuple[int, str]] = []
    if _in_window(facts, owed, rules):
        figures.append((owed.due, "到期应还额一致 · equals what is due"))
        figures.append((owed.overdue, "逾期额一致 · equals what is overdue"))
    if owed.next_due_on is not None and _days(facts.received_on, owed.next_due_on) <= rules.days_before_due:
        figures.append((owed.next_due, f"下一期 {owed.next_due_on} 一致 · equals the next instalment"))
    figures.append((owed.outstanding, "全部余额一致 · equals all that is open"))
    return figures


def _in_window(facts: EntryFacts, owed: Owed, rules: MatchRules) -> bool:
    return owed.due_since is not None and _days(owed.due_since, facts.received_on) <= rules.days_after_due


def _days(earlier: date, later: date) -> int:
    return (later - earlier).days


def suggestions(facts: EntryFacts, candidates: Candidates, rules: MatchRules) -> tuple[Suggestion, ...]:
    """The loans a person may look at, best first, each with what speaks for and against it."""
    ways: dict[BorrowerId, list[str]] = {}
    for target in candidates.sub_accounts:
        ways.setdefault(target.borrower, []).append("sub_account")
    for found in candidates.references:
        ways.setdefault(found.target.borrower, []).append("reference")
    for name, borrowers in (
        ("payer_account", candidates.by_account),
        ("payer_name", candidates.by_name),
        ("mentioned", candidates.mentioned),
    ):
        for borrower in borrowers:
            ways.setdefault(borrower, []).append(name)
    named = {found.target.loan for found in candidates.references}
    scored = [
        _suggestion(facts, owed, _ways(found, owed, named), rules)
        for borrower, found in ways.items()
        for owed in candidates.loans.get(borrower, ())
    ]
    best: dict[LoanId, Suggestion] = {}
    for each in sorted(scored, key=lambda each: (-each.score, each.reference)):
        best.setdefault(each.loan, each)
    return tuple(best.values())[:MOST_SUGGESTIONS]


def _ways(found: Sequence[str], owed: Owed, named: set[LoanId | None]) -> list[str]:
    """A reference speaks for the loan it names, not for the debtor's others."""
    others = None not in named and named and owed.loan not in named
    return [way for way in dict.fromkeys(found) if way != "reference" or not others]


_WAYS: Final = {
    "sub_account": "专属账户 · the debtor's own sub-account",
    "reference": "写有我方编号 · names our number",
    "payer_account": "付款账号已登记 · the payer's account is on file",
    "payer_name": "户名相同 · the same name",
    "mentioned": "附言提到姓名 · the remark mentions the name",
}


def _suggestion(facts: EntryFacts, owed: Owed, ways: Sequence[str], rules: MatchRules) -> Suggestion:
    score = max((SCORES[way] for way in ways), default=0) + 5 * max(len(ways) - 1, 0)
    reasons = [_WAYS[way] for way in ways]
    if owed.currency != facts.currency:
        score += WRONG_CURRENCY
        reasons.append(f"币种不同 · the loan is in {owed.currency}")
    elif not owed.open:
        score += CLOSED
        reasons.append("已结清或关闭 · settled or closed")
    else:
        exact = [words for figure, words in _figures(facts, owed, rules) if figure == facts.minor]
        score += EXACT if exact else 0
        reasons.extend(exact[:1])
        if owed.due_since is not None and _in_window(facts, owed, rules):
            score += NEAR
            reasons.append(f"最早未还 {owed.due_since} · oldest unpaid {owed.due_since}")
    return Suggestion(owed.loan, owed.reference, max(0, min(score, BEST_SCORE)), tuple(reasons))
