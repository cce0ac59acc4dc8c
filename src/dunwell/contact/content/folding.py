"""Characters as they are read, not as they are written: width, script, look-alikes, what cannot be seen.

Every folded character remembers where it stood in the original, so that what is found can be shown.
"""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

DATA: Final = resources.files("dunwell.contact.content.data")
HAN: Final = "\u4e00", "\u9fff"
MONEY: Final = frozenset("¥$€£₹%")
# Letters in squares and circles that Unicode does not fold itself, and the flags' letters.
BLOCKS: Final = ((0x1F130, 26), (0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))


@dataclass(frozen=True, slots=True)
class Folded:
    """`at[i]`: index in the original text of the character that `text[i]` came from."""

    text: str
    at: tuple[int, ...]


def _tables() -> Mapping[str, Any]:
    return tomllib.loads((DATA / "lookalikes.toml").read_text("utf-8"))


def _simplified() -> dict[str, str]:
    lines = (DATA / "simplified.txt").read_text("utf-8").splitlines()[1:]
    pairs = "".join(lines)
    return {pairs[at]: pairs[at + 1] for at in range(0, len(pairs), 2)}


def _letters() -> dict[str, str]:
    rows = "".join(str(TABLES["letters"]).split())
    folded = {rows[at]: rows[at + 1] for at in range(0, len(rows), 2)}
    for first, count in BLOCKS:
        folded |= {chr(first + at): chr(ord("a") + at) for at in range(count)}
    return folded


TABLES: Final = _tables()
SIMPLIFIED: Final = _simplified()
LETTERS: Final = _letters()
PICTURES: Final[Mapping[str, str]] = TABLES["pictures"]
HALVES: Final = {each[:2]: each[2] for each in TABLES["halves"]}
LEFT_HALVES: Final = frozenset(each[0] for each in HALVES)


def han(char: str) -> bool:
    """Whether this is a Chinese character."""
    return HAN[0] <= char <= HAN[1]


@lru_cache(maxsize=1 << 16)
def folded_char(char: str) -> str:
    """What one character is read as: lower case, simplified, Latin; empty when it cannot be seen."""
    if char.isascii():
        return char.lower() if char >= " " or char in "\n\t" else ""
    if (said := PICTURES.get(char)) is not None:
        return said
    out: list[str] = []
    for each in unicodedata.normalize("NFKD", LETTERS.get(char, char)).lower():
        if unicodedata.category(each) in ("Mn", "Me", "Cf", "Cc", "Co", "Cn", "Cs"):
            continue
        out.append(LETTERS.get(each, SIMPLIFIED.get(each, each)))
    return "".join(out)


def fold(text: str) -> Folded:
    """The text as it is read. Folding twice gives the same."""
    if text.isascii() and text.isprintable():
        plain = text.lower()
        return Folded(plain, tuple(range(len(plain))))
    chars: list[str] = []
    at: list[int] = []
    for index, char in enumerate(text):
        for each in folded_char(char):
            chars.append(each)
            at.append(index)
    if not LEFT_HALVES.isdisjoint(chars):
        return _joined(chars, at)
    return Folded("".join(chars), tuple(at))


def _joined(chars: list[str], at: list[int]) -> Folded:
    """Halves that stand side by side become the character they make."""
    out: list[str] = []
    kept: list[int] = []
    index = 0
    while index < len(chars):
        pair = chars[index] + chars[index + 1] if index + 1 < len(chars) else ""
        whole = HALVES.get(pair)
        out.append(whole or chars[index])
        kept.append(at[index])
        index += 2 if whole else 1
    return Folded("".join(out), tuple(kept))
