"""Which words of a text spoke loudest in the learned scorer."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from dunwell.contact.content.features import DIGITS, LONGEST, piece
from dunwell.contact.content.ideas import clauses_of
from dunwell.contact.content.kinds import kinds_of
from dunwell.contact.content.normal import Normal
from dunwell.contact.content.scorer import Head

MOST = 3


def loudest(text: Normal, head: Head, features: AbstractSet[str]) -> list[tuple[int, str]]:
    """Up to three stretches of the original, (place, words), in order; they do not overlap."""
    found: list[tuple[int, int]] = []
    loud = ((head.weights.get(each, 0), each) for each in features)
    for weight, feature in sorted(loud, reverse=True)[:24]:
        if weight <= 0 or len(found) >= MOST:
            break
        for start, words in _places(text, feature):
            at, stop = start, start + len(words)
            near = next((each for each in found if at <= each[1] and each[0] <= stop), None)
            if near is not None:
                found.remove(near)
                at, stop = min(at, near[0]), max(stop, near[1])
            found.append((at, stop))
            break
    return [(at, text.original[at:stop]) for at, stop in sorted(found)]


def _places(text: Normal, feature: str) -> Iterator[tuple[int, str]]:
    kind, rest = feature[0], feature[1:]
    if kind in "=@":
        yield from _of_ideas(text, re.split("[+>]", rest))
    elif kind == "#":
        yield from _of_kinds(text, set(re.split("[|>]", rest)))
    elif kind in "%&?":
        return
    elif kind == "_" and not text.chinese:
        yield from _of_words(text, rest.split(" "))
    elif text.chinese and "0" not in feature and len(feature) > 1:
        at = text.flat.replace("您", "你").find(feature)
        if at >= 0:
            yield text.shown_flat(at, at + len(feature))
    elif text.chinese and len(feature) > 1 and DIGITS.search(text.flat):
        return


def _of_words(text: Normal, wanted: list[str]) -> Iterator[tuple[int, str]]:
    stems = [piece(word) for word in text.words]
    for at in range(len(stems) - len(wanted) + 1):
        if stems[at : at + len(wanted)] == wanted and wanted not in (["."], [","]):
            place, stop = text.spans[at][0], text.spans[at + len(wanted) - 1][1]
            yield place, text.original[place:stop]


def _of_ideas(text: Normal, names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The words that carry the first of these ideas."""
    wanted = {name.lstrip("!") for name in names}
    for _, ideas in clauses_of(text):
        for idea in ideas:
            if idea.name in wanted:
                if text.chinese:
                    yield text.shown_flat(idea.start, idea.end)
                else:
                    place, stop = text.spans[idea.start][0], text.spans[idea.end - 1][1]
                    yield place, text.original[place:stop]


def _of_kinds(text: Normal, wanted: AbstractSet[str]) -> Iterator[tuple[int, str]]:
    """The words that are of one of these kinds."""
    for start, end, kinds in kinds_of(text, LONGEST):
        if not wanted.isdisjoint(kinds):
            if text.chinese:
                yield text.shown_flat(start, end)
            else:
                place, stop = text.spans[start][0], text.spans[end - 1][1]
                yield place, text.original[place:stop]
