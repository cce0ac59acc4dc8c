"""One text read and scored, once for everybody it goes to."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from dunwell.contact.content.features import features
from dunwell.contact.content.folding import han
from dunwell.contact.content.ideas import clauses_of
from dunwell.contact.content.normal import Known, Normal, normalise
from dunwell.contact.content.scorer import Model, scorer
from dunwell.contact.content.searching import Clause, Match, evidence, matches, search
from dunwell.contact.settings.lexicon import lexicon

# A breach of one sentence would drown in a long text: it is read in parts of about this many characters.
PART: Final = 600
FEWEST_CHARACTERS: Final = 6
FEWEST_WORDS: Final = 4
FEWEST_KNOWN: Final = 0.4
ENDS: Final = re.compile(r"[.!?;。！？；\n]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """A part of a text: its place, the lexicon's matches, a debt word, and log odds of being a breach of ours.

    `enough`: there is so much that is known in it that a likeness means something.
    """

    at: int
    text: Normal
    matches: tuple[Match, ...]
    debt: Match | None
    features: AbstractSet[str]
    model: Model
    chances: Mapping[str, float]
    breach: float
    enough: bool

    @property
    def telling(self) -> float:
        """Log odds of telling of a debt."""
        return self.model.telling.score(self.features)

    @property
    def distress(self) -> float:
        """Log odds of illness, death, lost work or danger of life."""
        return self.model.distress.score(self.features)


def read(original: str) -> tuple[Reading, ...]:
    """The text in one part, or in several when it is long; none when there is nothing to read."""
    if len(original) <= 2 * PART:
        only = _read(original)
        return (only,) if only.text.flat else ()
    readings: list[Reading] = []
    for at, part in parts(original):
        each = _read(part)
        if each.text.flat:
            readings.append(replace(each, at=at))
    return tuple(readings)


def parts(original: str) -> Iterator[tuple[int, str]]:
    """Stretches that end with a sentence where there is one; together they are the text."""
    start = 0
    while start < len(original):
        stop = min(start + PART, len(original))
        ends = [match.end() for match in ENDS.finditer(original, start + PART // 2, stop)]
        stop = ends[-1] if ends and stop < len(original) else stop
        yield start, original[start:stop]
        start = stop


@lru_cache(maxsize=8192)
def _read(original: str) -> Reading:
    learned = scorer()
    text = normalise(original, learned.known)
    seen, found, debt = looked_at(text)
    model = learned.chinese if text.chinese else learned.english
    chances = model.naming.chances(seen)
    score = model.breach_score(seen, chances)
    return Reading(0, text, found, debt, seen, model, chances, score, _enough(text, learned.known))


def _enough(text: Normal, known: Known) -> bool:
    """Six Chinese characters, or four known words that are no small part of all: less is said by anybody."""
    if text.chinese:
        return sum(map(han, text.flat)) >= FEWEST_CHARACTERS
    words = [word for word in text.words if word[0].isalpha()]
    familiar = sum(word in known.words for word in words)
    return familiar >= FEWEST_WORDS and familiar >= FEWEST_KNOWN * len(words)


def looked_at(text: Normal) -> tuple[set[str], tuple[Match, ...], Match | None]:
    """(features, matches of the lexicon, debt word) of a text."""
    clauses = [Clause(start, tuple(ideas)) for start, ideas in clauses_of(text)]
    found = tuple(matches(text, clauses))
    debt = search(lexicon().debt_words, text)
    return features(text, [each.ideas for each in clauses], evidence(found, debt)), found, debt
