"""The lexicon's patterns, searched in a text that was read through its disguises."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dunwell.contact.content.ideas import DENIALS, Idea
from dunwell.contact.content.normal import Normal
from dunwell.contact.model import LexiconClass
from dunwell.contact.settings.lexicon import lexicon


@dataclass(frozen=True, slots=True)
class Clause:
    """`start`: in `flat` for a Chinese text, in `words` for an English one."""

    start: int
    ideas: tuple[Idea, ...]

    @property
    def denies(self) -> bool:
        """Whether something is denied, warned of, or told of others here."""
        return any(idea.name in DENIALS for idea in self.ideas)


@dataclass(frozen=True, slots=True)
class Match:
    """A class of the lexicon and the words as they were written, with their place.

    `denied`: the clause, or the one before or after it, denies or warns: "we never sue", "beware of callers who".
    """

    of: LexiconClass
    at: int
    words: str
    denied: bool = False


def matches(text: Normal, clauses: Sequence[Clause]) -> Iterator[Match]:
    """The first match of each class."""
    for each in lexicon().classes:
        found = search(each, text, clauses)
        if found is not None:
            yield found


def search(each: LexiconClass, text: Normal, clauses: Sequence[Clause] = ()) -> Match | None:
    """The first match of one class."""
    if text.chinese and each.squeezed is not None:
        found = each.squeezed.search(text.flat)
        if found is not None and found.end() > found.start():
            denied = _denied(clauses, found.start())
            return Match(each, *text.shown_flat(found.start(), found.end()), denied)
    if text.latin and each.spoken is not None:
        found = each.spoken.search(text.spoken)
        if found is not None and found.end() > found.start():
            word = max(bisect_right(text.starts, found.start()) - 1, 0)
            denied = not text.chinese and _denied(clauses, word)
            return Match(each, *text.shown_spoken(found.start(), found.end()), denied)
    return None


def _denied(clauses: Sequence[Clause], place: int) -> bool:
    at = bisect_right([clause.start for clause in clauses], place) - 1
    return any(clause.denies for clause in clauses[max(at - 1, 0) : at + 2])


def evidence(found: Sequence[Match], debt: Match | None) -> list[str]:
    """What the scorer is told of the lexicon: codes, `!` before those that are denied, DEBT for a debt word."""
    codes = [("!" if each.denied else "") + each.of.code for each in found]
    return [*codes, "DEBT"] if debt else codes
