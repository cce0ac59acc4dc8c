"""Group 7, the content: the lexicon after normalisation, charges, disclosure to others, required blocks."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dunwell.contact.model import (
    LENDER,
    MESSAGES,
    Answer,
    Block,
    Channel,
    Charge,
    Content,
    Lexicon,
    LexiconClass,
    Purpose,
    Reason,
    Role,
)
from dunwell.contact.rules.case import Case, liable
from dunwell.contact.rules.voicemail import says_more_than_allowed

UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
PLACEHOLDER: Final = re.compile(r"\{+%?\s*([A-Za-z_][\w.]*)")
BETWEEN: Final = re.compile(r"[^\w¥$€£₹%]+|_+")
SPACES: Final = re.compile(r"\s+")
ACTS_FOR: Final = re.compile(
    r"委托|代表|授权|on behalf of|acting for|instructed by|appointed by", re.IGNORECASE
)
SAYS_IT_IS: Final = "(?:这里是|我是|我们是|本人是|this is|we are|i am|i'm|calling from|here is)\\s*"
SAYS_AS_IT: Final = r"\s*[】\]]?\s*(?:提醒|通知|告知|正式|催促|reminds|informs|notifies)"
OWN_BANK: Final = re.compile("我行|本行|(?:this is|we are|i am) your (?:bank|lender|creditor)", re.IGNORECASE)

MISSING: Final = {
    Block.LENDER: "LENDER_UNNAMED",
    Block.AGENCY: "AGENCY_UNNAMED",
    Block.OBJECTION: "OBJECTION_MISSING",
    Block.OPT_OUT: "OPT_OUT_MISSING",
}


@dataclass(frozen=True, slots=True)
class Findings:
    """What the lexicon sees in a text: classes with the words, a debt word if any, the blocks it carries."""

    classes: tuple[tuple[LexiconClass, str], ...]
    debt_word: str | None
    blocks: frozenset[Block]


def judge_content(case: Case, found: list[Reason]) -> None:
    proposal, content = case.proposal, case.proposal.content
    if proposal.channel is Channel.AI_CALL and not proposal.ai_notice:
        found.append(case.deny("AI_NOTICE"))
    if proposal.demand:
        _charges(case, found)
    if content is None:
        if proposal.channel in MESSAGES or proposal.channel is Channel.LETTER:
            found.append(case.deny("CONTENT_MISSING"))
        return
    if not content.published:
        found.append(case.deny("TEMPLATE_UNPUBLISHED"))
    findings = find(case.policy.lexicon, content.text, content.variables)
    for each, word in findings.classes:
        _breach(case, content, each, word, found)
    _disclosure(case, findings, found)
    _blocks(case, content, findings, found)
    if content.text:
        _speaker(case, content.text, found)
        limited = case.policy.limited_voicemail and proposal.channel is Channel.VOICEMAIL
        if limited and says_more_than_allowed(content.text):
            found.append(case.deny("LCM_EXTRA"))


@lru_cache(maxsize=8192)
def find(lexicon: Lexicon, text: str, variables: tuple[str, ...]) -> Findings:
    """Search a text; the same text is searched once, however many people it goes to."""
    squeezed, spoken = normalise(text)
    classes = tuple(
        (each, word) for each in lexicon.classes if (word := _word(each, squeezed, spoken)) is not None
    )
    names = [name.lower() for name in (*variables, *PLACEHOLDER.findall(text))]
    debt_name = next((name for name in names if lexicon.debt_variables.search(name)), None)
    debt_word = _word(lexicon.debt_words, squeezed, spoken) if text else None
    blocks = frozenset(block for block, marks in lexicon.blocks.items() if marks.search(spoken))
    return Findings(classes, debt_word or debt_name, blocks)


def normalise(text: str) -> tuple[str, str]:
    """(without spaces and punctuation, in words): full width folded, unseen characters dropped, lower case."""
    folded = UNSEEN.sub("", unicodedata.normalize("NFKC", text)).lower()
    return BETWEEN.sub("", folded), SPACES.sub(" ", folded)


def _word(each: LexiconClass, squeezed: str, spoken: str) -> str | None:
    match = each.squeezed.search(squeezed) if each.squeezed else None
    if match is None and each.spoken:
        match = each.spoken.search(spoken)
    return match.group() if match else None


def _breach(case: Case, content: Content, each: LexiconClass, word: str, found: list[Reason]) -> None:
    if each.excused_by_docket and content.docket_no:
        return
    if each.from_on is not None and case.today < each.from_on:
        return
    if any(reason.code in (each.code, "FEE_NOT_DISCLOSED") for reason in found if each.code == "EXTRA_FEE"):
        return
    found.append(Reason(each.code, Answer.DENY, case.policy.codes.get(each.code, each.rules), None, word))


def _charges(case: Case, found: list[Reason]) -> None:
    """A charge outside the signed sheet, or any made in the name of collection; one charge, one code."""
    policy = case.policy
    if not policy.collection_fee_forbidden:
        return
    debt = case.facts.debts.get(case.proposal.debts[0]) if case.proposal.debts else None
    sheet = debt.disclosed_charges if debt else None
    signed = debt.contract_date if debt else None
    bound = signed is not None and policy.fee_sheet_from is not None and signed >= policy.fee_sheet_from
    charges = {item.charge for item in case.proposal.demand}
    outside = charges - sheet if bound and sheet is not None else set[Charge]()
    if outside:
        found.append(case.deny("FEE_NOT_DISCLOSED", ", ".join(sorted(outside))))
    if Charge.COLLECTION_FEE in charges - outside:
        found.append(case.deny("EXTRA_FEE", Charge.COLLECTION_FEE))


def _disclosure(case: Case, findings: Findings, found: list[Reason]) -> None:
    """No debt words to a person who does not owe; a volunteer may be told what is needed to pay."""
    if findings.debt_word is None or case.person.role is Role.ATTORNEY or liable(case.person):
        return
    volunteers = case.person.offered_to_pay_at is not None and case.person.offered_to_pay_at <= case.now
    if volunteers and case.proposal.purpose is Purpose.PAYMENT_INFORMATION:
        return
    found.append(case.deny("THIRD_PARTY_DISCLOSURE", findings.debt_word))


def _blocks(case: Case, content: Content, findings: Findings, found: list[Reason]) -> None:
    """The blocks that must stand in or around a written message."""
    channel = case.proposal.channel
    if channel not in MESSAGES and channel is not Channel.LETTER:
        return
    for block in sorted(case.policy.required_blocks - content.blocks - findings.blocks):
        if block is Block.OPT_OUT and channel is Channel.LETTER:
            continue
        if block is Block.LENDER and case.facts.lender and case.facts.lender in content.text:
            continue
        found.append(case.deny(MISSING[block]))


def _speaker(case: Case, text: str, found: list[Reason]) -> None:
    """An agency says for whom it acts; it does not say that it is the lender."""
    if case.proposal.actor == LENDER or ACTS_FOR.search(text):
        return
    lender = re.escape(case.facts.lender)
    named = f"{SAYS_IT_IS}{lender}|{lender}{SAYS_AS_IT}"
    if OWN_BANK.search(text) or (lender and re.search(named, text, re.IGNORECASE)):
        found.append(case.deny("AGENCY_AS_LENDER"))
