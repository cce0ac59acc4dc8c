"""Families of words: what an unseen word has in common with those that were seen in training."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from dunwell.contact.content.folding import DATA
from dunwell.contact.content.ideas import stem
from dunwell.contact.content.normal import Normal

FILE: Final = "kinds.toml"
MOST: Final = 30


def _phrases(table: Mapping[str, str]) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """By first stem: phrases, longest first, with the kinds they are of."""
    kinds: dict[tuple[str, ...], set[str]] = {}
    for name, phrases in table.items():
        for phrase in phrases.split(","):
            key = tuple(stem(word) for word in phrase.replace("-", " ").split())
            kinds.setdefault(key, set()).add(name)
    index: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for key in sorted(kinds, key=len, reverse=True):
        index.setdefault(key[0], []).append((key, tuple(sorted(kinds[key]))))
    return index


def _characters(table: Mapping[str, str]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    kinds: dict[str, set[str]] = {}
    for name, words in table.items():
        for word in words.lower().split():
            kinds.setdefault(word, set()).add(name)
    index: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for word in sorted(kinds, key=len, reverse=True):
        index.setdefault(word[0], []).append((word, tuple(sorted(kinds[word]))))
    return index


_TABLES: Final = tomllib.loads((DATA / FILE).read_text("utf-8"))
ENGLISH: Final = _phrases(_TABLES["en"])
CHINESE: Final = _characters(_TABLES["zh"])


def kinds_of(text: Normal, longest: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """(start, end, kinds) in order: places in `flat` of a Chinese text, in `words` of an English one."""
    return _in_flat(text.flat[:longest]) if text.chinese else _in_words(text.words[:longest])


def _in_flat(flat: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    at = 0
    while at < len(flat):
        for word, kinds in CHINESE.get(flat[at], ()):
            if flat.startswith(word, at):
                yield at, at + len(word), kinds
                at += len(word) - 1
                break
        at += 1


def _in_words(words: Sequence[str]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """The longest phrase that begins at each word; a word inside a phrase keeps its own kinds, too."""
    stems = [stem(word) for word in words]
    for at, first in enumerate(stems):
        for key, kinds in ENGLISH.get(first, ()):
            if tuple(stems[at : at + len(key)]) == key:
                yield at, at + len(key), kinds
                break


def kind_features(text: Normal, longest: int) -> set[str]:
    """Each kind, any two of the text, and which follows which."""
    row = [kinds for _, _, kinds in kinds_of(text, longest)]
    names = sorted({name for kinds in row for name in kinds})[:MOST]
    out = {"#" + name for name in names}
    for at, one in enumerate(names):
        out.update([f"#{one}|{two}" for two in names[at + 1 :]])
    for one, two in pairwise(row):
        out.update([f"#{a}>{b}" for a in one for b in two])
    return out
