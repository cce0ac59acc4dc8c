"""What the learned scorer looks at: pieces of the text, as strings; the same when it learns and when it judges."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from dunwell.contact.content.ideas import STOPS, Idea, idea_features, orders, stem
from dunwell.contact.content.kinds import kind_features
from dunwell.contact.content.normal import Normal

DIGITS: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
LONGEST: Final = 4000
PUNCTUATION: Final = ".,:;!?)]}\"' "
SMALLEST: Final = frozenset({"you", "for", "to", "are"})
LETTERS: Final = 4
MOST_IN_BAG: Final = 40
# How many words were written so that a machine should not read them: some, several.
HIDDEN: Final = (1, 3)


def piece(word: str) -> str:
    """A word as a feature: its stem; numbers are all alike."""
    return stem(word) if word[0].isalpha() else ("0" if word[0].isdigit() or word[1:2].isdigit() else word)


def hidden(text: Normal) -> int:
    """How many Latin words were written with foreign letters, or with digits or signs inside."""
    count = 0
    for word, (start, end) in zip(text.words, text.spans, strict=False):
        written = text.original[start:end].replace("\u2019", "'").rstrip(PUNCTUATION)
        if word.isalpha() and word not in SMALLEST and written:
            count += not (written.isascii() and written.replace("'", "").isalpha())
    return count


def features(text: Normal, ideas: Sequence[Sequence[Idea]], codes: Iterable[str] = ()) -> set[str]:
    """Every feature of the text: its pieces, ideas by clause, kinds of words, and the evidence of the lexicon."""
    out = idea_features(ideas) | orders(text, ideas) | kind_features(text, LONGEST)
    out.update(["%" + code for code in codes])
    out.update(["%HIDDEN" + str(count) for count in HIDDEN if hidden(text) >= count])
    if text.chinese:
        # Politeness is some evidence, but no proof: it counts once, and both words for "you" are one in the pieces.
        out.update(["?" + word for word in "您你" if word in text.flat])
        flat = DIGITS.sub("0", text.flat[:LONGEST].replace("您", "你"))
        out.update(flat)
        out.update([flat[at : at + 2] for at in range(len(flat) - 1)])
        out.update([flat[at : at + 3] for at in range(len(flat) - 2)])
    else:
        out.update(_english(text.words[:LONGEST]))
    return out


def _english(written: Sequence[str]) -> Iterator[str]:
    """Words, two and three in a row, two with one between them, pieces of four letters, and any two of one text."""
    words = [piece(word) for word in written]
    for word in words:
        yield "_" + word
    for one, two in pairwise(words):
        yield f"_{one} {two}"
    for one, two, three in zip(words, words[1:], words[2:], strict=False):
        yield f"_{one} {two} {three}"
    plain = [word for word in words if word not in STOPS]
    for one, two in zip(plain, plain[2:], strict=False):
        yield f"_{one}~{two}"
    bag = sorted(set(plain))[:MOST_IN_BAG]
    for at, one in enumerate(bag):
        for two in bag[at + 1 :]:
            yield f"&{one}|{two}"
    for word in written:
        if word.isalpha() and len(word) > LETTERS:
            marked = f"^{word}$"
            for at in range(len(marked) - LETTERS + 1):
                yield "c" + marked[at : at + LETTERS]
