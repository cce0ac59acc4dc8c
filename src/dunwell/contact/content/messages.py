"""A message whose words are to be judged, and what was found in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

NO_FACTS: Final[Mapping[str, object]] = {}


class Label(StrEnum):
    """`review`: a person looks at it before it goes out or is acted upon; `block`: it does not go out."""

    OK = "ok"
    REVIEW = "review"
    BLOCK = "block"


class Means(StrEnum):
    """How a breach was seen: a word, the sound of a word, ideas that stand together, or a learned likeness."""

    WORD = "word"
    SOUND = "sound"
    IDEA = "idea"
    LIKENESS = "likeness"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Message:
    """A text with what is known of its circumstances.

    `recipient`: role of the person written to (`debtor`, `contact_person` …); `stage`: of the work (`early`, `legal`,
    `inbound` …); `facts`: what is known of the case, such as `docket_no`, `lender`, `agency`. Words that are not
    known are read with care, never refused: see `content.people`.
    """

    text: str
    lang: str | None = None
    channel: str = ""
    recipient: str = "debtor"
    stage: str = ""
    facts: Mapping[str, object] = field(default_factory=lambda: NO_FACTS)


@dataclass(frozen=True, slots=True)
class Hit:
    """One breach: its class, rule ids, and the words as they were written; `at` is where they begin, -1 nowhere."""

    code: str
    label: Label
    rules: tuple[str, ...]
    words: str
    at: int
    means: Means


@dataclass(frozen=True, slots=True)
class Checked:
    """The worst label of all hits; `classes` in order of rank, each once."""

    label: Label
    hits: tuple[Hit, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hit.code for hit in self.hits))

    @property
    def found(self) -> tuple[str, ...]:
        """The words that were found, each once."""
        return tuple(dict.fromkeys(hit.words for hit in self.hits if hit.words))
