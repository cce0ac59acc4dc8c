"""The content check: one message in; label, classes and words out."""

from collections.abc import Iterator
from math import inf
from typing import Final

from dunwell.contact.content.circumstances import by_facts
from dunwell.contact.content.explaining import loudest
from dunwell.contact.content.messages import Checked, Hit, Label, Means, Message
from dunwell.contact.content.people import day, entitled, inbound, offered_to_pay, truthy
from dunwell.contact.content.reading import Reading, read
from dunwell.contact.content.scorer import FINE, Head
from dunwell.contact.content.searching import Match
from dunwell.contact.model import LexiconClass
from dunwell.contact.settings.lexicon import class_named

# A word of the lexicon in a text that is less likely a breach than this stands in an innocent place; one that is
# denied, or is spoken of as somebody else's, counts only where the whole text is a breach.
INNOCENT: Final = -4.0
# Likewise a word of distress, in what the other side says.
IDLE: Final = -2.0
# Classes beside the likeliest one are named from this chance on.
LIKELY: Final = 0.35
DISCLOSURE: Final = "THIRD_PARTY_DISCLOSURE"
DISTRESS: Final = "DISTRESS"
RANK: Final = {Label.OK: 0, Label.REVIEW: 1, Label.BLOCK: 2}


def check(message: Message) -> Checked:
    """Judge a message by everything that is known of it; nothing is kept but the reading of the text."""
    hits: list[Hit] = []
    for reading in read(message.text):
        if inbound(message):
            hits += _distress(reading)
            continue
        hits += [hit for hit in breaches(reading) if not _excused(message, hit.code)]
        if not entitled(message) and not offered_to_pay(message):
            hits += disclosure(reading)
    if not inbound(message):
        hits += by_facts(message)
    hits.sort(key=lambda hit: -RANK[hit.label])
    return Checked(hits[0].label if hits else Label.OK, tuple(hits))


def breaches(reading: Reading) -> Iterator[Hit]:
    """Words of the lexicon, unless the whole is innocent; without any, a likeness that is strong enough.

    A text too short to be scored is judged by its words alone.

    Whether a docket number or the day excuses a class is for the caller to say.
    """
    named: set[str] = set()
    for match in reading.matches:
        floor = reading.model.thresholds["breach"] if match.denied else INNOCENT if reading.enough else -inf
        if match.of.code != DISTRESS and reading.breach >= floor:
            named.add(match.of.code)
            yield _word(reading, match)
    if named or not reading.enough or reading.breach < reading.model.thresholds["breach"]:
        return
    chances = {code: chance for code, chance in reading.chances.items() if code != FINE}
    ranked = sorted(chances, key=lambda code: -chances[code])
    whole = sum(chances.values()) or 1.0
    for code in ranked:
        if code == ranked[0] or chances[code] / whole >= LIKELY:
            yield from _likeness(reading, code, reading.model.breach, Label.BLOCK)


def beyond_doubt(hit: Hit, reading: Reading) -> bool:
    """Whether it is a word of the lexicon, or a likeness such as next to nothing innocent has."""
    return hit.means is Means.WORD or reading.breach >= reading.model.thresholds["sure"]


def undoubted(text: str) -> list[Hit]:
    """What a template may not say to anybody: a likeness that leaves doubt is left to the person who sends it."""
    return [hit for reading in read(text) for hit in breaches(reading) if beyond_doubt(hit, reading)]


def disclosure(reading: Reading) -> Iterator[Hit]:
    """What tells a person who does not owe it of a debt."""
    readable = reading.enough or reading.debt is not None
    if not readable or reading.telling < reading.model.thresholds["telling"]:
        return
    if reading.debt is not None:
        yield _word(reading, reading.debt)
    else:
        yield from _likeness(reading, DISCLOSURE, reading.model.telling, Label.BLOCK)


def _excused(message: Message, code: str) -> bool:
    """Whether a fact of the case makes it true, or it was lawful on the day."""
    of = class_named(code)
    if of is None:
        return False
    if of.excused_by_docket and truthy(message.facts.get("docket_no")):
        return True
    on = day(message)
    return of.from_on is not None and on is not None and on < of.from_on


def _distress(reading: Reading) -> Iterator[Hit]:
    """Illness, death, lost work, or danger of life: collection pauses, and a person looks."""
    match = next((each for each in reading.matches if each.of.code == DISTRESS), None)
    sure = reading.distress >= reading.model.thresholds["distress"]
    if match is not None and (sure or (not match.denied and reading.distress >= IDLE)):
        yield Hit(DISTRESS, Label.REVIEW, match.of.rules, match.words, reading.at + match.at, Means.WORD)
    elif sure:
        yield from _likeness(reading, DISTRESS, reading.model.distress, Label.REVIEW)


def _word(reading: Reading, match: Match) -> Hit:
    return Hit(match.of.code, Label.BLOCK, match.of.rules, match.words, reading.at + match.at, Means.WORD)


def _likeness(reading: Reading, code: str, head: Head, label: Label) -> Iterator[Hit]:
    """A hit for each stretch that spoke loudest, or one without words."""
    of: LexiconClass | None = class_named(code)
    places = loudest(reading.text, head, reading.features) or [(-1, "")]
    for at, words in places:
        place = at + reading.at if at >= 0 else -1
        yield Hit(code, label, of.rules if of else (), words, place, Means.LIKENESS)
