"""Latin words, mended: letters replaced, broken up, spaced out, repeated or misspelt."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from dunwell.contact.content.folding import TABLES

PIECE: Final = re.compile(
    r"[a-z0-9@$£€₹¥!|*'’`][a-z0-9@$£€₹¥!|*'’`.,_+~^/\\\-·•=:#%&()\[\]{}]*|[.!?;。！？；\n,，、:：]"
)
NUMBER: Final = re.compile(r"[$£€₹¥]?[0-9][0-9.,:/\-]*(?:%|st|nd|rd|th|am|pm|k|m|d|h|hrs?|days?|x)?|[$£€₹¥]")
SPLIT: Final = re.compile(r"[^a-z0-9@$£€₹¥!|*']+")
NOT_LETTERS: Final = re.compile(r"[^a-z]+")
REPEATED: Final = re.compile(r"(.)\1+")
LEET: Final = str.maketrans("01345789@$!|£€", "oieastbgasille")
STOPS: Final = frozenset(".!?;。！？；\n")
PAUSES: Final = frozenset(",，、:：")
SHORT: Final[Mapping[str, str]] = TABLES["short_en"]
EITHER: Final = re.compile("[1!|]")
MOST_EITHER: Final = 3
GUARDED: Final = frozenset(str(TABLES["guarded"]).split())
LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Word:
    """`start`, `end`: where it stood in the folded text. `mended`: it was written otherwise. Stops are "." and ","."""

    text: str
    start: int
    end: int
    mended: bool = False


def words_of(text: str, known: AbstractSet[str]) -> list[Word]:
    """The words of a folded text, mended where that makes a known or guarded word."""
    pieces = [word for match in PIECE.finditer(text) for word in _piece(match, known)]
    return [_full(word) for word in _rejoined(pieces, known)]


def _full(word: Word) -> Word:
    """A single letter that stands for a word, when it was no part of a word spaced out."""
    if len(word.text) == 1 and word.text in SHORT:
        return Word(SHORT[word.text], word.start, word.end, mended=True)
    return word


def _piece(match: re.Match[str], known: AbstractSet[str]) -> Iterator[Word]:
    start, piece = match.start(), match.group()
    if piece in STOPS or piece in PAUSES:
        yield Word("." if piece in STOPS else ",", start, start + 1)
        return
    bare = piece.rstrip(".,:;!?_+~^/\\-·•=#&'’`|)([]{}*")
    if bare:
        yield from _inside(bare.replace("’", "'").replace("`", "'"), start, known)
    for offset, char in enumerate(piece[len(bare) :], start + len(bare)):
        if char in STOPS or char in PAUSES:
            yield Word("." if char in STOPS else ",", offset, offset + 1)
            break


def _inside(bare: str, start: int, known: AbstractSet[str]) -> Iterator[Word]:
    end = start + len(bare)
    if len(bare) > 1 and bare in SHORT:
        yield from (Word(part, start, end, mended=True) for part in SHORT[bare].split(" "))
        return
    if bare.isalpha():
        text = _mended(bare, known) or bare
        yield from _spread(text, start, end, known, mended=text != bare)
        return
    if NUMBER.fullmatch(bare):
        yield Word(bare, start, end)
        return
    whole = _undisguised(bare, known)
    if whole:
        yield Word(whole, start, end, mended=True)
        return
    offset = start
    for part in SPLIT.split(bare):
        at = start + bare.find(part, offset - start)
        if part:
            text = part if NUMBER.fullmatch(part) else (_undisguised(part, known) or part)
            yield Word(text, at, at + len(part), mended=text != part)
            offset = at + len(part)


def _undisguised(bare: str, known: AbstractSet[str]) -> str | None:
    """The word behind replaced letters or inserted signs, when there is one."""
    if "'" in bare and bare.replace("'", "").isalpha():
        return None
    parts = [part for part in NOT_LETTERS.split(bare) if part]
    joined = "".join(parts)
    honest = len(parts) > 1 and all(part in known and len(part) > 1 for part in parts)
    tight = re.sub(r"[^a-z0-9@$!|]", "", bare)
    for text in (bare.translate(LEET), *_eithers(bare), joined, tight.translate(LEET), *_eithers(tight)):
        whole = text.replace("'", "").isalpha() and len(text) > 1
        if whole and parts and (text in GUARDED or (text in known and not honest)):
            return text
    if "*" in bare and 2 < len(bare) < LONGEST:
        shape = re.compile(re.escape(bare).replace(r"\*", "[a-z]"))
        likely = sorted(GUARDED) + sorted(word for word in known if len(word) == len(bare))
        return next((word for word in likely if shape.fullmatch(word)), None)
    return None


def _eithers(bare: str) -> Iterator[str]:
    """Each way of reading the signs that stand for an i or an l."""
    places = [match.start() for match in EITHER.finditer(bare)]
    if 0 < len(places) <= MOST_EITHER:
        for choice in product("li", repeat=len(places)):
            letters = list(bare)
            for place, letter in zip(places, choice, strict=True):
                letters[place] = letter
            yield "".join(letters).translate(LEET)


@lru_cache(maxsize=1 << 14)
def _near(word: str) -> str | None:
    """The guarded word that one slip away was meant: a letter left out, doubled, swapped or replaced."""
    if len(word) < 5 or len(word) > LONGEST:
        return None
    return min((each for each in GUARDED if len(each) > 5 and _one_slip(word, each)), default=None)


def _one_slip(word: str, meant: str) -> bool:
    if abs(len(word) - len(meant)) > 1 or word[0] != meant[0]:
        return False
    head = next((at for at, (one, two) in enumerate(zip(word, meant, strict=False)) if one != two), None)
    if head is None:
        return len(word) != len(meant)
    one, two = word[head:], meant[head:]
    swapped = len(one) > 1 and len(two) > 1 and one[0] == two[1] and one[1] == two[0] and one[2:] == two[2:]
    return swapped or one[1:] == two[1:] or one[1:] == two or one == two[1:]


def _mended(word: str, known: AbstractSet[str]) -> str | None:
    if word in known or word in GUARDED or len(word) < 4:
        return None
    for text in (REPEATED.sub(r"\1", word), REPEATED.sub(r"\1\1", word)):
        if text != word and (text in GUARDED or text in known):
            return text
    stem = word.removesuffix("s")
    return None if stem in known else _near(word)


def _spread(text: str, start: int, end: int, known: AbstractSet[str], *, mended: bool) -> Iterator[Word]:
    """One word, or the several that were written without a space between them."""
    if len(text) >= 8 and text not in known and text not in GUARDED:
        parts = split_run(text, known)
        if parts:
            offset = start
            for part in parts:
                yield Word(part, offset, min(offset + len(part), end), mended=True)
                offset += len(part)
            return
    yield Word(text, start, end, mended)


def split_run(text: str, known: AbstractSet[str]) -> list[str]:
    """The fewest known words that make up the run; empty when there are none."""
    if len(text) > LONGEST * 3:
        return []
    none: list[str] = []
    best: list[list[str] | None] = [none, *([None] * len(text))]
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - 16), end):
            before, part = best[start], text[start:end]
            usable = part in known or part in GUARDED
            if before is None or not usable or (len(part) < 2 and part not in "ai"):
                continue
            now = best[end]
            if now is None or len(before) + 1 < len(now):
                best[end] = [*before, part]
    found = best[-1]
    return found if found and len(text) / len(found) >= 2.5 else []


def _rejoined(words: Sequence[Word], known: AbstractSet[str]) -> list[Word]:
    """Letters that were spaced out, and guarded words that were cut in two."""
    out: list[Word] = []
    index = 0
    while index < len(words):
        run = _run(words, index)
        if run >= 3:
            joined = _merge(words[index : index + run], known)
            out += joined
            index += run
            continue
        cut = _cut(words, index, known)
        if cut:
            group = words[index : index + cut]
            out.append(Word("".join(each.text for each in group), group[0].start, group[-1].end, mended=True))
            index += cut
            continue
        out.append(words[index])
        index += 1
    return out


def _run(words: Sequence[Word], index: int) -> int:
    """How many single letters follow each other from here; stops between them do not count when they repeat."""
    end = index
    while end < len(words):
        text = words[end].text
        if (len(text) == 1 and (text.isalnum() or text in "@$!|")) or (
            text in ".," and end > index and end + 1 < len(words) and _single(words[end + 1])
        ):
            end += 1
        else:
            break
    letters = sum(1 for each in words[index:end] if each.text not in ".,")
    return end - index if letters >= 3 and any(each.text.isalpha() for each in words[index:end]) else 0


def _single(word: Word) -> bool:
    return len(word.text) == 1 and word.text.isalnum()


def _merge(group: Sequence[Word], known: AbstractSet[str]) -> list[Word]:
    letters = [each for each in group if each.text not in ".,"]
    joined = "".join(each.text for each in letters)
    text = joined if joined.isalpha() else joined.translate(LEET)
    parts = [text] if text in known or text in GUARDED else (split_run(text, known) or [text])
    out: list[Word] = []
    offset = 0
    for part in parts:
        last = min(offset + len(part), len(letters)) - 1
        out.append(Word(part, letters[offset].start, letters[last].end, mended=True))
        offset += len(part)
    return out


def _cut(words: Sequence[Word], index: int, known: AbstractSet[str]) -> int:
    """2 to 4 when so many fragments from here make one guarded word, and not all of them are words."""
    joined = words[index].text
    if not joined.isalpha() or len(joined) > 8:
        return 0
    for count in range(2, 5):
        if index + count > len(words):
            return 0
        part = words[index + count - 1].text
        if not part.isalpha():
            return 0
        joined += part
        group = words[index : index + count]
        if (
            joined in GUARDED
            and len(joined) > 3
            and not all(each.text in known and len(each.text) > 1 for each in group)
        ):
            return count
    return 0
