"""Ideas in a text: who is spoken of, what is done to him, when, and whether it is denied."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from dunwell.contact.content.folding import DATA
from dunwell.contact.content.normal import Normal

# Ideas that colour the others; they are told of a clause by themselves and in pairs, but do not negate.
DENIALS: Final = frozenset({"NO", "SAYS", "ASKED"})
LONGEST_PHRASE: Final = 4
MOST_PER_CLAUSE: Final = 14
MOST_OF_WORD: Final = 3
SMALL: Final = frozenset(
    [
        "i",
        "we",
        "you",
        "your",
        "my",
        "our",
        "he",
        "she",
        "they",
        "it",
        "his",
        "her",
        "their",
        "will",
        "would",
        "can",
        "could",
        "may",
        "might",
        "must",
        "should",
        "shall",
        "have",
        "has",
        "had",
        "been",
        "be",
        "is",
        "are",
        "was",
        "were",
        "the",
        "a",
        "to",
        "of",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "and",
        "or",
        "if",
        "before",
        "after",
        "until",
        "this",
        "that",
        "what",
        "who",
        "how",
        ".",
        ",",
    ]
)
STOPS: Final = frozenset({".", ","})


@dataclass(frozen=True, slots=True)
class Idea:
    """`start`, `end`: in `flat` for a Chinese text, in `words` for an English one."""

    name: str
    start: int
    end: int
    denied: bool


def stem(word: str) -> str:
    """A word without its commonest ending."""
    for ending in ("'s", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 4 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word[-1] == "e" else word


def _chinese(table: Mapping[str, str]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    names: dict[str, set[str]] = {}
    for name, words in table.items():
        for word in words.lower().split():
            names.setdefault(word, set()).add(name)
    index: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for word in sorted(names, key=len, reverse=True):
        index.setdefault(word[0], []).append((word, tuple(sorted(names[word]))))
    return index


def _english(table: Mapping[str, str]) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    names: dict[tuple[str, ...], set[str]] = {}
    for name, phrases in table.items():
        for phrase in phrases.split(","):
            key = tuple(stem(word) for word in phrase.replace("-", " ").split())
            names.setdefault(key, set()).add(name)
    index: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for key in sorted(names, key=len, reverse=True):
        index.setdefault(key[0], []).append((key, tuple(sorted(names[key]))))
    return index


_TABLES: Final = tomllib.loads((DATA / "ideas.toml").read_text("utf-8"))
CHINESE: Final = _chinese(_TABLES["zh"])
ENGLISH: Final = _english(_TABLES["en"])


def clauses_of(text: Normal) -> Iterator[tuple[int, list[Idea]]]:
    """(start, ideas) of each clause, in order; the start is a place in `flat` or a number of words."""
    if text.chinese:
        ends = [*text.clauses[1:], len(text.flat)]
        for start, end in zip(text.clauses, ends, strict=True):
            yield start, _denying(list(_in_flat(text.flat, start, end)))
        return
    stems = [stem(word) for word in text.words]
    start = 0
    for index in range(len(stems) + 1):
        if index == len(stems) or stems[index] in STOPS:
            yield start, _denying(list(_in_words(stems, start, index)))
            start = index + 1


def _in_flat(flat: str, start: int, end: int) -> Iterator[Idea]:
    at = start
    while at < end:
        for word, names in CHINESE.get(flat[at], ()):
            if flat.startswith(word, at) and at + len(word) <= end:
                for name in names:
                    yield Idea(name, at, at + len(word), denied=False)
                at += len(word) - 1
                break
        at += 1


def _in_words(stems: Sequence[str], start: int, end: int) -> Iterator[Idea]:
    at = start
    while at < end:
        for key, names in ENGLISH.get(stems[at], ()):
            stop = at + len(key)
            if stop <= end and tuple(stems[at:stop]) == key:
                for name in names:
                    yield Idea(name, at, stop, denied=False)
                at = stop - 1
                break
        at += 1


def _denying(ideas: list[Idea]) -> list[Idea]:
    """What comes after a denial in the clause is denied."""
    denied = False
    out: list[Idea] = []
    for idea in ideas:
        denied = denied or idea.name in DENIALS
        out.append(Idea(idea.name, idea.start, idea.end, denied and idea.name not in DENIALS))
    return out


def idea_features(clauses: Iterable[Sequence[Idea]]) -> set[str]:
    """Each idea and each pair inside a clause, and which follow each other; `!` marks what is denied."""
    out: set[str] = set()
    for clause in clauses:
        names = sorted({("!" if idea.denied else "") + idea.name for idea in clause})[:MOST_PER_CLAUSE]
        out.update(["=" + name for name in names])
        for at, one in enumerate(names):
            out.update([f"={one}+{two}" for two in names[at + 1 :]])
    return out


def orders(text: Normal, clauses: Iterable[Sequence[Idea]]) -> set[str]:
    """Two and three ideas in a row; in English with the small words that stand between them."""
    out: set[str] = set()
    for row in [_told(text, clauses)] if not text.chinese else map(_firsts, clauses):
        for one, two in pairwise(row):
            out.update([f"@{a}>{b}" for a in one for b in two])
        for one, two, three in zip(row, row[1:], row[2:], strict=False):
            out.update([f"@{a}>{b}>{c}" for a in one for b in two for c in three])
    return out


def _firsts(clause: Sequence[Idea]) -> list[tuple[str, ...]]:
    """The first idea of each word of a Chinese clause."""
    seen: dict[int, str] = {}
    for idea in clause:
        seen.setdefault(idea.start, ("!" if idea.denied else "") + idea.name)
    return [(name,) for name in seen.values()]


def _told(text: Normal, clauses: Iterable[Sequence[Idea]]) -> list[tuple[str, ...]]:
    """Each English word as its ideas, as itself when it is small, or as any other."""
    ideas: dict[int, list[str]] = {}
    for clause in clauses:
        for idea in clause:
            for at in range(idea.start, idea.end):
                ideas.setdefault(at, []).append(idea.name)
    row: list[tuple[str, ...]] = []
    for at, word in enumerate(text.words):
        if word in SMALL:
            row.append((word,))
        else:
            row.append(tuple(sorted(set(ideas[at])))[:MOST_OF_WORD] if at in ideas else ("*",))
    return row
