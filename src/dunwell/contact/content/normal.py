"""A text in the two forms that are searched: Chinese without spaces and punctuation, and Latin words."""

from bisect import bisect_right
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from dunwell.contact.content.folding import MONEY, fold, han
from dunwell.contact.content.sounds import restored, syllables
from dunwell.contact.content.words import STOPS, Word, words_of

PAUSE: Final = STOPS | frozenset("，,、:：")
SHORTEST_CLAUSE: Final = 3


@dataclass(frozen=True, slots=True)
class Known:
    """English words and pairs of Chinese characters that stand in ordinary messages: these are not disguises."""

    words: AbstractSet[str] = frozenset()
    pairs: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Normal:
    """`flat`: characters without spaces and punctuation, hidden words restored; `clauses`: where each begins.

    `spoken`: mended words with one space between them, stops as " . " and pauses as " , ". The `_at` tuples give
    the place in the original, for each character of `flat` and each word of `spoken`.
    """

    original: str
    flat: str
    flat_at: tuple[int, ...]
    clauses: tuple[int, ...]
    words: tuple[str, ...]
    spoken: str
    starts: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    chinese: bool
    disguised: bool

    @property
    def latin(self) -> bool:
        """Whether there is a word or a number to be searched in `spoken`."""
        return any(word[0].isalnum() or word[0] in MONEY for word in self.words)

    def shown_flat(self, start: int, end: int) -> tuple[int, str]:
        """(place, words) in the original of a stretch of `flat`."""
        first, last = self.flat_at[start], self.flat_at[end - 1]
        follows = self.flat_at[end] if end < len(self.flat_at) else len(self.original)
        stop = last + 1
        # A syllable in letters covers several characters of the original.
        while stop < follows and self.original[stop].isascii() and self.original[stop].isalnum():
            stop += 1
        return first, self.original[first:stop]

    def shown_spoken(self, start: int, end: int) -> tuple[int, str]:
        """(place, words) in the original of a stretch of `spoken`."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        last = max(bisect_right(self.starts, max(end - 1, start)) - 1, 0)
        place, stop = self.spans[first][0], self.spans[last][1]
        return place, self.original[place:stop]


def normalise(original: str, known: Known) -> Normal:
    """Read a text through its disguises. Takes time in proportion to its length."""
    folded = fold(original)
    chars: list[str] = []
    places: list[int] = []
    pauses: list[int] = []
    for char, place in zip(folded.text, folded.at, strict=True):
        if (char.isalnum() and char.isprintable()) or char in MONEY:
            chars.append(char)
            places.append(place)
        elif char in PAUSE and (not pauses or len(chars) - pauses[-1] >= SHORTEST_CLAUSE):
            pauses.append(len(chars))
    flat, flat_at = "".join(chars), tuple(places)
    chinese = any(map(han, flat))
    words = words_of(folded.text, known.words)
    disguised = any(word.mended for word in words)
    if chinese or _is_pinyin(words, known):
        now, now_at = restored(flat, flat_at, known.words, known.pairs)
        disguised = disguised or now != flat
        if len(now) != len(flat):
            pauses = _moved(pauses, flat_at, now_at)
        flat, flat_at, chinese = now, now_at, True
    spoken, starts = _spoken(words)
    spans = tuple((folded.at[each.start], folded.at[each.end - 1] + 1) for each in words)
    texts = tuple(each.text for each in words)
    return Normal(
        original, flat, flat_at, (0, *pauses), texts, spoken, starts, spans or ((0, 0),), chinese, disguised
    )


def _moved(pauses: list[int], before: tuple[int, ...], after: tuple[int, ...]) -> list[int]:
    """The same pauses, counted in the restored text."""
    ends = len(after)
    return [bisect_right(after, before[at] - 1) if at < len(before) else ends for at in pauses]


def _is_pinyin(words: list[Word], known: Known) -> bool:
    """Whether a text in Latin letters is Chinese spelt out."""
    plain = [each.text for each in words if each.text.isalpha()]
    spelt = [text for text in plain if text not in known.words and syllables(text)]
    return len(spelt) >= 2 and len(spelt) * 2 > len(plain)


def _spoken(words: list[Word]) -> tuple[str, tuple[int, ...]]:
    starts: list[int] = []
    length = 0
    for each in words:
        starts.append(length)
        length += len(each.text) + 1
    return " ".join(each.text for each in words), tuple(starts) or (0,)
