"""Finding our own numbers in what payers and banks write: full width, spacing, dashes, prefixes. Pure."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# What keyboards, fonts and core systems make of a hyphen.
DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－ー"), "-")
INNER: Final = frozenset("-_./#")
MOST_TOKENS: Final = 24
LONGEST: Final = 500
# Banks and platforms fill an empty field with these.
EMPTY: Final = frozenset(
    {
        "",
        "-",
        "/",
        "0",
        "NOTPROVIDED",
        "NOTPROVIDE",
        "NONREF",
        "NOTAVAILABLE",
        "UNKNOWN",
        "N/A",
        "NA",
        "NONE",
        "NULL",
    }
)


@dataclass(frozen=True, slots=True)
class Cut:
    """Our number stands inside a longer one: after `before`, up to the first `after` (empty: to the end)."""

    before: str
    after: str = ""


def plain(text: str) -> str:
    """One form for what looks the same: NFKC, one kind of dash, no control or zero-width characters."""
    cut = text[:LONGEST]
    if cut.isascii() and cut.isprintable():
        return cut.strip()
    folded = unicodedata.normalize("NFKC", cut).translate(DASHES)
    if not folded.isprintable():
        folded = "".join(" " if unicodedata.category(each) in ("Cc", "Cf") else each for each in folded)
    return folded.strip()


def is_empty(text: str) -> bool:
    """Whether a field says nothing: blank, or filled with dashes, zeros or `NOTPROVIDED`."""
    squeezed = "".join(plain(text).upper().split())
    return squeezed in EMPTY or not squeezed.strip("-/*0")


def tokens(text: str, cuts: Sequence[Cut] = (), shortest: int = 5) -> tuple[str, ...]:
    """What may be a number of ours in a text, best first: the whole, its words, its words run together, and cuts.

    A token has at least `shortest` characters and a digit. At most `MOST_TOKENS`.
    """
    if is_empty(text):
        return ()
    whole = plain(text)
    squeezed = "".join(whole.split())
    words = [word for word in _words(whole) if _counts(word, shortest)]
    joined = [word for word in _words(squeezed) if _counts(word, shortest)]
    found = [*([squeezed] if _counts(squeezed, shortest) else []), *words, *joined]
    found += [part for word in found for part in _cut(word, cuts) if _counts(part, shortest)]
    return tuple(dict.fromkeys(found))[:MOST_TOKENS]


def spellings(token: str) -> tuple[str, ...]:
    """The spellings under which a reference is looked up: as written, in capitals, in small letters."""
    return tuple(dict.fromkeys((token, token.upper(), token.lower())))


def links(texts: Iterable[str]) -> tuple[str, ...]:
    """Numbers by which a later refund may name an entry: capitals, no blanks, nothing that says nothing."""
    squeezed = ("".join(plain(text).upper().split()) for text in texts if not is_empty(text))
    return tuple(sorted({text[:120] for text in squeezed if len(text) >= 4}))


def _counts(word: str, shortest: int) -> bool:
    return len(word) >= shortest and any(each.isdigit() for each in word)


def _words(text: str) -> Iterator[str]:
    """Runs of ASCII letters and digits, with the signs that stand inside numbers."""
    run: list[str] = []
    for each in (*text, " "):
        if (each.isascii() and each.isalnum()) or each in INNER:
            run.append(each)
        elif run:
            word = "".join(run).strip("".join(INNER))
            if word:
                yield word
            run = []


def _cut(word: str, cuts: Sequence[Cut]) -> Iterator[str]:
    upper = word.upper()
    for cut in cuts:
        at = upper.find(cut.before.upper())
        if at < 0:
            continue
        rest = word[at + len(cut.before) :]
        end = rest.upper().find(cut.after.upper()) if cut.after else -1
        yield rest[:end] if end >= 0 else rest
