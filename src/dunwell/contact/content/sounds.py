"""Chinese words that are written by their sound: in Latin letters, initials, digits, or characters read alike."""

import re
from collections import defaultdict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dunwell.contact.content.folding import DATA, TABLES, han

RUN: Final = re.compile(r"[a-z]+|[0-9]|.", re.DOTALL)
DIGITS: Final = {
    "0": "ling",
    "1": "yi",
    "2": "er",
    "3": "san",
    "4": "si",
    "5": "wu",
    "6": "liu",
    "7": "qi",
    "8": "ba",
    "9": "jiu",
}
# Readings of a character in these words beside its commonest one.
ALSO: Final = {
    "行": ("hang",),
    "都": ("dou",),
    "债": ("zai",),
    "曝": ("pu",),
    "还": ("huan",),
    "重": ("zhong",),
    "血": ("xie",),
}
LONGEST_RUN: Final = 400
GUARDED: Final = tuple(str(TABLES["guarded_zh"]).split())
OWN_WORDS: Final = frozenset(str(TABLES["own_words"]).split())
SHORT: Final[dict[str, str]] = dict(TABLES["short"])


def _sounds() -> dict[str, str]:
    lines = (DATA / "sounds.txt").read_text("utf-8").splitlines()[1:]
    return {char: line.split(" ")[0] for line in lines for char in line.split(" ")[1]}


SOUND: Final = _sounds()
SYLLABLES: Final = frozenset(SOUND.values()) | {"lv", "nv", "lve", "nve"}


@dataclass(frozen=True, slots=True)
class Token:
    """A syllable as it was written. `weak`: only its initial or a digit; `char`: the character, if it is one."""

    sound: str
    start: int
    end: int
    char: str = ""
    weak: bool = False


def _index() -> dict[str, list[tuple[str, tuple[frozenset[str], ...]]]]:
    index: dict[str, list[tuple[str, tuple[frozenset[str], ...]]]] = defaultdict(list)
    for word in sorted(GUARDED, key=len, reverse=True):
        read = tuple(frozenset((SOUND.get(char, char), *ALSO.get(char, ()))) for char in word)
        for first in {*read[0], *(each[0] for each in read[0])}:
            index[first].append((word, read))
    return dict(index)


WORDS: Final = _index()


@lru_cache(maxsize=4096)
def syllables(run: str) -> tuple[str, ...]:
    """The fewest syllables that make up a run of letters; empty when there are none."""
    if len(run) > LONGEST_RUN:
        return ()
    best: list[tuple[str, ...] | None] = [(), *([None] * len(run))]
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is not None and run[start:end] in SYLLABLES:
                found, now = (*before, run[start:end]), best[end]
                if now is None or len(found) < len(now):
                    best[end] = found
    return best[-1] or ()


def tokens_of(flat: str, known: AbstractSet[str]) -> list[Token]:
    """Syllables of a text without spaces; English words and what is no syllable become single weak letters."""
    out: list[Token] = []
    for match in RUN.finditer(flat):
        run, start = match.group(), match.start()
        if han(run):
            out.append(Token(SOUND.get(run, run), start, start + 1, run))
        elif run in DIGITS:
            out.append(Token(DIGITS[run], start, start + 1, "", weak=True))
        elif not run.isascii() or not run.isalpha():
            out.append(Token(run, start, start + len(run)))
        else:
            out += _latin(run, start, known)
    return out


def _latin(run: str, start: int, known: AbstractSet[str]) -> list[Token]:
    if run in SHORT:
        return [Token(SOUND.get(char, char), start, start + len(run), char) for char in SHORT[run]]
    parts = syllables(run)
    if parts and not (len(parts) == 1 and run in known and len(run) > 3):
        out: list[Token] = []
        for part in parts:
            out.append(Token(part, start, start + len(part), "", weak=len(part) < 2))
            start += len(part)
        return out
    if len(run) <= 4 and run not in known:
        return [Token(letter, start + at, start + at + 1, "", weak=True) for at, letter in enumerate(run)]
    return [Token(run, start, start + len(run))]


def _fits(token: Token, read: frozenset[str], char: str) -> bool:
    if token.char == char or token.sound in read:
        return True
    return token.weak and len(token.sound) == 1 and any(each.startswith(token.sound) for each in read)


def _means(group: list[Token], word: str, known_pairs: AbstractSet[str]) -> bool:
    """Whether the syllables are likely this word: enough of it must be plain to see."""
    same = sum(token.char == char for token, char in zip(group, word, strict=True))
    weak = sum(token.weak for token in group)
    written = "".join(token.char for token in group)
    if same == len(word):
        return False
    if len(written) < len(word):  # letters or digits stand among them
        letters = sum(token.end - token.start for token in group if not token.char and not token.weak)
        if weak == 0:
            return same > 0 or letters >= 4
        return len(word) - weak >= (1 if same else 2) and (len(word) > 2 or same == 1)
    if len(word) == 2:
        return same == 1 and written not in OWN_WORDS and written not in known_pairs
    return same >= 1 or len(word) >= 4


def restored(
    flat: str, at: tuple[int, ...], known: AbstractSet[str], known_pairs: AbstractSet[str]
) -> tuple[str, tuple[int, ...]]:
    """The text with hidden words in their usual characters; each stands where its syllable stood."""
    tokens = tokens_of(flat, known)
    chars: list[str] = []
    places: list[int] = []
    index = 0
    while index < len(tokens):
        word = _word_at(tokens, index, known_pairs)
        if word is None:
            token = tokens[index]
            written = token.char or flat[token.start : token.end]
            chars += written
            places += [at[token.start]] if token.char else at[token.start : token.end]
            index += 1
            continue
        for char, token in zip(word, tokens[index:], strict=False):
            chars.append(char)
            places.append(at[token.start])
        index += len(word)
    return "".join(chars), tuple(places)


def _word_at(tokens: list[Token], index: int, known_pairs: AbstractSet[str]) -> str | None:
    """The guarded word that begins here; the second syllable, which every one has, rules out most at once."""
    candidates = WORDS.get(tokens[index].sound)
    if candidates is None or index + 1 == len(tokens):
        return None
    second = tokens[index + 1]
    for word, read in candidates:
        if not _fits(second, read[1], word[1]):
            continue
        group = tokens[index : index + len(word)]
        if len(group) == len(word) and all(map(_fits, group, read, word)):
            return word if _means(group, word, known_pairs) else None
    return None
