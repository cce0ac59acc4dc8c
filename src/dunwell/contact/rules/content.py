"""Group 7, the content: the lexicon after normalisation, charges, disclosure to others, required blocks."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dunwell.contact.content.checking import beyond_doubt, breaches
from dunwell.contact.content.reading import read
from dunwell.contact.content.speakers import poses_as_lender
from dunwell.contact.content.voicemail import says_more_than_allowed
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
from dunwell.contact.rules.blocks import MISSING, blocks_required
from dunwell.contact.rules.case import Case, liable
from dunwell.contact.settings.lexicon import class_named

PLACEHOLDER: Final = re.compile(r"\{+%?\s*([A-Za-z_][\w.]*)")
SPACES: Final = re.compile(r"\s+")
# How much likelier than for the content check a debt must be spoken of before a person has to look.
MARGIN: Final = 1.5


@dataclass(frozen=True, slots=True)
class Breach:
    """A class with the words that show it. DENY for a word of the lexicon, or a likeness that leaves no doubt."""

    of: LexiconClass
    words: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Findings:
    """What is seen in a text: breaches, a debt word if any, whether it tells of a debt without one, its blocks."""

    breaches: tuple[Breach, ...]
    debt_word: str | None
    telling: bool
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
    for each in findings.breaches:
        _breach(case, content, each, found)
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
    readings = read(text) if text else ()
    found: dict[str, Breach] = {}
    for reading in readings:
        for hit in breaches(reading):
            # A likeness is for a person to judge, unless next to nothing that looks so is innocent.
            answer = Answer.DENY if beyond_doubt(hit, reading) else Answer.REVIEW
            earlier = found.get(hit.code)
            of = class_named(hit.code)
            if of and (earlier is None or (earlier.answer is Answer.REVIEW and answer is Answer.DENY)):
                found[hit.code] = Breach(of, hit.words, answer)
    names = [name.lower() for name in (*variables, *PLACEHOLDER.findall(text))]
    debt_name = next((name for name in names if lexicon.debt_variables.search(name)), None)
    debt_word = next((each.debt.words for each in readings if each.debt), None)
    telling = any(each.telling >= each.model.thresholds["telling"] + MARGIN for each in readings)
    spoken = SPACES.sub(" ", text.lower())
    blocks = frozenset(block for block, marks in lexicon.blocks.items() if marks.search(spoken))
    return Findings(tuple(found.values()), debt_word or debt_name, telling, blocks)


def _breach(case: Case, content: Content, each: Breach, found: list[Reason]) -> None:
    of = each.of
    if of.excused_by_docket and content.docket_no:
        return
    if of.from_on is not None and case.today < of.from_on:
        return
    if any(reason.code in (of.code, "FEE_NOT_DISCLOSED") for reason in found if of.code == "EXTRA_FEE"):
        return
    found.append(Reason(of.code, each.answer, case.policy.codes.get(of.code, of.rules), None, each.words))


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
    """Not a word of the debt to a person who does not owe; a volunteer may be told what is needed to pay."""
    told = findings.debt_word is not None or findings.telling
    if not told or case.person.role is Role.ATTORNEY or liable(case.person):
        return
    volunteers = case.person.offered_to_pay_at is not None and case.person.offered_to_pay_at <= case.now
    if volunteers and case.proposal.purpose is Purpose.PAYMENT_INFORMATION:
        return
    if findings.debt_word is not None:
        found.append(case.deny("THIRD_PARTY_DISCLOSURE", findings.debt_word))
    else:
        found.append(case.review("THIRD_PARTY_DISCLOSURE"))


def _blocks(case: Case, content: Content, findings: Findings, found: list[Reason]) -> None:
    """The blocks that must stand in or around a written message."""
    proposal, facts = case.proposal, case.facts
    required = blocks_required(
        case.policy,
        proposal.channel,
        proposal.purpose,
        agency=proposal.actor != LENDER,
        products={facts.debts[key].product for key in proposal.debts if key in facts.debts},
    )
    names = {Block.LENDER: facts.lender, Block.AGENCY: facts.agency}
    for block in sorted(required - content.blocks - findings.blocks):
        if (name := names.get(block)) and name in content.text:
            continue
        found.append(case.deny(MISSING[block]))


def _speaker(case: Case, text: str, found: list[Reason]) -> None:
    """An agency says for whom it acts; it does not say that it is the lender."""
    if case.proposal.actor != LENDER and poses_as_lender(text, case.facts.lender) is not None:
        found.append(case.deny("AGENCY_AS_LENDER"))
