"""What words alone do not tell: breaches that follow from the facts of the case beside the text."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from dunwell.contact.content.ideas import clauses_of
from dunwell.contact.content.messages import Hit, Label, Means, Message
from dunwell.contact.content.people import truthy
from dunwell.contact.content.reading import read
from dunwell.contact.content.speakers import poses_as_lender
from dunwell.contact.content.voicemail import says_more_than_allowed
from dunwell.contact.model import Block
from dunwell.contact.settings.lexicon import class_named, lexicon

BARRED: Final = ("time_barred", "statute_barred", "limitation_expired", "barred")
PLACES: Final = ("jurisdiction", "pack", "country")
AMERICA: Final = frozenset({"us", "usa", "united states"})
LENDER_RULES: Final = ("CN-ID-02",)
VOICE_RULES: Final = ("CN-AI-02",)
VOICEMAIL_RULES: Final = ("US-CON-01",)
UNNAMED: Final = frozenset({Block.LENDER, Block.AGENCY, Block.COLLECTOR})
BLOCK_RULES: Final = ("CN-ID-01", "CN-ID-02", "CN-CON-07", "US-CHN-02")
SPACES: Final = re.compile(r"\s+")


def by_facts(message: Message) -> Iterator[Hit]:
    """Each breach that a fact shows; without facts there is none."""
    facts = message.facts
    if any(truthy(facts.get(name)) for name in BARRED):
        yield from _speaks_of_court(message)
    if _by_agency(facts):
        words = poses_as_lender(message.text, str(facts.get("lender") or "").strip())
        if words is not None:
            yield _hit(message, "AGENCY_AS_LENDER", LENDER_RULES, words)
    if message.channel == "ai_call" and "ai_notice" in facts and not truthy(facts["ai_notice"]):
        yield _hit(message, "AI_NOTICE", VOICE_RULES, "")
    limited = truthy(facts.get("limited_content")) and _in_america(facts)
    if message.channel == "voicemail" and limited and says_more_than_allowed(message.text):
        yield _hit(message, "LCM_EXTRA", VOICEMAIL_RULES, "")
    yield from _missing(message)


def _by_agency(facts: Mapping[str, object]) -> bool:
    """Whether an agency speaks: it is named, or said to act."""
    actor = str(facts.get("actor") or facts.get("sender") or "").lower()
    return truthy(facts.get("agency")) or "agency" in actor


def _in_america(facts: Mapping[str, object]) -> bool:
    return any(str(facts.get(name) or "").strip().lower() in AMERICA for name in PLACES)


def _speaks_of_court(message: Message) -> Iterator[Hit]:
    """A debt that is barred by time: no suit, no threat of one (US-LEG-01, UK-LEG-01)."""
    of = class_named("TIME_BARRED")
    for reading in read(message.text):
        for _, ideas in clauses_of(reading.text):
            if of and any(idea.name == "COURT" and not idea.denied for idea in ideas):
                yield _hit(message, of.code, of.rules, "")
                return


def _missing(message: Message) -> Iterator[Hit]:
    """Blocks that the facts say the message must carry (`required_blocks`), and does not."""
    wanted = message.facts.get("required_blocks")
    if not isinstance(wanted, list | tuple | set | frozenset):
        return
    names = {str(name) for name in wanted}  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    spoken = SPACES.sub(" ", message.text.lower())
    for block, marks in lexicon().blocks.items():
        code = block.value.upper() + ("_UNNAMED" if block in UNNAMED else "_MISSING")
        named = message.facts.get(block.value)
        stands = marks.search(spoken) or (isinstance(named, str) and named and named in message.text)
        if block.value in names and not stands:
            yield _hit(message, code, BLOCK_RULES, "")


def _hit(message: Message, code: str, rules: tuple[str, ...], words: str) -> Hit:
    return Hit(code, Label.BLOCK, rules, words, message.text.find(words) if words else -1, Means.FACT)
